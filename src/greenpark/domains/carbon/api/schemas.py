"""Shapes of requests and answers. tCO2e, tce and activity amounts are decimal strings."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any

from ninja import Schema
from pydantic import Field, PlainSerializer

Figure = Annotated[Decimal, PlainSerializer(lambda v: format(v, "f"), return_type=str)]


class FiguresOut(Schema):
    """``tco2e`` is location-based, ``tco2e_market`` beside it; ``tce_equal`` is null without its coefficient."""

    tco2e: Figure
    tco2e_market: Figure
    tce_calorific: Figure
    tce_equal: Figure | None
    unconfirmed: int
    entries: int
    problems: int


class MonthTotal(Schema):
    month: str
    figures: FiguresOut
    enterprises: int
    closed: int
    direct_tco2e: Figure
    electricity_mwh: Figure
    computed_at: datetime | None


class MonthTotals(Schema):
    items: list[MonthTotal]
    count: int


class LedgerRow(Schema):
    enterprise_id: int
    enterprise: str
    code: str
    industry: str
    demo: bool
    month: str
    figures: FiguresOut | None
    previous_tco2e: Figure | None
    electricity_mwh: Figure | None
    report_state: str
    report_expected: bool
    overdue: bool
    closed: bool
    closed_at: datetime | None
    late: dict[str, Any]
    corrections: int
    computed_at: datetime | None
    status: str


class LedgerRows(Schema):
    items: list[LedgerRow]
    count: int


class RankedRow(Schema):
    enterprise_id: int
    enterprise: str
    figures: FiguresOut
    share: Figure
    previous_tco2e: Figure | None
    closed: bool


class RankedRows(Schema):
    items: list[RankedRow]
    count: int


class BySourceRow(Schema):
    category: str
    category_name: str
    medium: str
    figures: FiguresOut
    share: Figure


class BySourceRows(Schema):
    items: list[BySourceRow]
    count: int


class Notice(Schema):
    """One thing that a reader of an entry must be told; ``level`` is warn or info."""

    code: str
    level: str
    word: str
    text: str


class Entry(Schema):
    """One gas of one source. ``trace`` leads to points, report items and constants, ``factors`` to the library."""

    month: str
    enterprise_id: int
    process: str
    source: str
    source_name: str
    category: str
    medium: str
    gas: str
    activity: Figure | None
    activity_unit: str
    method: str
    method_edition: str
    tce_calorific: Figure | None
    tce_equal: Figure | None
    gas_t: Figure | None
    tco2e: Figure | None
    tco2e_market: Figure | None
    tier: str
    coverage: Figure | None
    estimated_share: Figure | None
    unconfirmed: bool
    problem: str
    factors: list[dict[str, Any]]
    working: list[dict[str, Any]]
    trace: list[dict[str, Any]]
    closed: bool
    computed_at: datetime | None
    notices: list[Notice]


class Entries(Schema):
    items: list[Entry]
    count: int


class Changed(Schema):
    changed: int


class CheckOut(Schema):
    level: str
    code: str
    text: str
    enterprise_id: int | None
    enterprise: str
    source: str


class Checks(Schema):
    items: list[CheckOut]
    count: int


class CloseIn(Schema):
    """Ids of enterprises; empty for all in scope."""

    enterprises: list[int] = []


class ClosedOut(Schema):
    enterprise_id: int
    enterprise: str
    month: str
    already: bool
    sm3: str
    sha256: str
    entries: int
    figures: FiguresOut


class MonthClosed(Schema):
    month: str
    closed: list[ClosedOut]
    refused: list[CheckOut]
    warnings: list[CheckOut]
    sm3: str
    sha256: str


class DifferenceOut(Schema):
    enterprise_id: int
    enterprise: str
    source: str
    source_name: str
    figure: str
    figure_name: str
    expected: str
    actual: str
    cause: str


class Verified(Schema):
    month: str
    enterprises: int
    entries: int
    same: bool
    sm3: str
    differences: list[DifferenceOut]


class LiveFiguresOut(Schema):
    """``tce_equal`` is null while an equal-value coefficient is unknown."""

    tco2e: float
    tce_calorific: float
    tce_equal: float | None
    reported_tco2e: float


class LiveOut(Schema):
    """An estimate; ``reported_tco2e`` is the part that stands on last month's reported amounts."""

    at: datetime
    newest_reading_at: datetime | None
    today: LiveFiguresOut
    month: LiveFiguresOut
    year: LiveFiguresOut
    metered_sources: int
    reported_sources: int
    unconfirmed_factors: int
    not_computed: int
    note: str


class FactorOut(Schema):
    """One version. ``value`` is the decimal as printed in the source, "" when unknown."""

    code: str
    version: int
    kind: str
    name: str
    subject: str
    region: str
    value: str
    unit: str
    edition: str
    valid_from: date | None
    valid_to: date | None
    source: str
    confidence: str
    notes: str
    pack: str
    known_since: datetime
    superseded_at: datetime | None
    decided_by: str
    document: str
    reason: str


class Factors(Schema):
    items: list[FactorOut]
    count: int


class ConfirmIn(Schema):
    document: str = Field(max_length=300)
    reason: str = Field(max_length=500)


class Version(Schema):
    version: int


class SourceOut(Schema):
    enterprise_id: int
    code: str
    version: int
    name: str
    process: str
    category: str
    medium: str
    method: str
    options: dict[str, Any]
    bindings: list[dict[str, Any]]
    energy: list[dict[str, Any]]
    market: dict[str, Any]
    retired: bool
    valid_from: date
    valid_to: date | None
    known_since: datetime
    changed_by: str
    reason: str


class Sources(Schema):
    items: list[SourceOut]
    count: int


class SourceIn(Schema):
    name: str = Field(max_length=120)
    category: str
    method: str
    bindings: list[dict[str, Any]]
    valid_from: str
    valid_to: str = ""
    options: dict[str, Any] = {}
    energy: list[dict[str, Any]] = []
    market: dict[str, Any] | None = None
    process: str = Field("", max_length=80)
    medium: str = Field("", max_length=60)
    reason: str = Field("", max_length=300)


class ReportItem(Schema):
    code: str
    name: str
    unit: str
    value: Figure | None
    previous: Figure | None
    needed: bool


class Report(Schema):
    enterprise_id: int
    month: str
    state: str
    filled_by: str
    note: str
    opinion: str
    reviewed_by: str
    submitted_at: datetime | None
    verified_at: datetime | None
    deadline: str
    overdue: bool
    closed: bool
    editable: bool
    items: list[ReportItem]
    evidence: list[dict[str, Any]]


class ReportIn(Schema):
    values: dict[str, str]
    filled_by: str = ""
    phone: str = ""
    note: str = ""
    submit: bool = False


class ReviewIn(Schema):
    verb: str = Field(pattern="^(verify|return)$")
    opinion: str = ""


class State(Schema):
    state: str


class Digest(Schema):
    sha256: str


class CorrectionOut(Schema):
    id: int
    enterprise_id: int
    enterprise: str
    month: str
    source: str
    gas: str
    activity: Figure | None
    activity_unit: str
    tce_calorific: Figure
    tce_equal: Figure | None
    tco2e: Figure
    tco2e_market: Figure
    reason: str
    document: str
    late_data: bool
    state: str
    proposed_by: str
    proposed_at: datetime
    decided_by: str
    decided_at: datetime | None
    opinion: str


class Corrections(Schema):
    items: list[CorrectionOut]
    count: int


class CorrectionIn(Schema):
    """Differences, new minus closed."""

    source: str
    gas: str = "CO2"
    tco2e: Decimal
    tco2e_market: Decimal | None = None
    activity: Decimal | None = None
    tce_calorific: Decimal | None = None
    tce_equal: Decimal | None = None
    reason: str = Field(max_length=500)
    document: str = Field("", max_length=200)


class Id(Schema):
    id: int


class DecideIn(Schema):
    approve: bool
    opinion: str = Field("", max_length=500)


class MethodOut(Schema):
    id: str
    title: str
    edition: str
    document: str
    category: str
    formula: str
    effective_from: date | None
    effective_to: date | None
    confirmed: bool
    fields: list[str]


class Methods(Schema):
    items: list[MethodOut]
    count: int
