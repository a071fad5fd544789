"""What may cross the border of the carbon ledger. Plain values, no Django.

Amounts are :class:`decimal.Decimal`; units stand in the field name or beside the figure. Emissions [t of gas] and
[tCO2e], energy [tce] in two readings: 当量 ``tce_calorific`` (electricity at its own heat value) and 等价 ``tce_equal``
(electricity at what a power plant burns for it). Positive means consumed or emitted; what leaves the enterprise or is
recovered is negative.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from greenpark.domains.accounts.contracts import OutOfScope

PERMISSIONS: dict[str, str] = {
    "carbon.view": "查看碳台账、排放因子与核算源",
    "carbon.export": "导出碳台账",
    "carbon.report": "填报企业月报",
    "carbon.review": "核验与退回企业月报、催报",
    "carbon.close": "月结、批准更正分录",
    "carbon.correct": "提出更正分录",
    "carbon.configure": "维护核算源、参数，确认排放因子",
}


class Category(StrEnum):
    """Where in the balance a source stands."""

    FUEL = "fuel"
    PROCESS = "process"
    ELECTRICITY = "electricity"
    HEAT = "heat"
    WASTEWATER = "wastewater"
    RECOVERED = "recovered"
    FEEDSTOCK = "feedstock"
    EXPORT = "export"


CATEGORY_NAMES: dict[str, str] = {
    Category.FUEL: "化石燃料燃烧",
    Category.PROCESS: "工业过程",
    Category.ELECTRICITY: "外购电力",
    Category.HEAT: "外购热力",
    Category.WASTEWATER: "废水处理",
    Category.RECOVERED: "二氧化碳回收",
    Category.FEEDSTOCK: "原料用能",
    Category.EXPORT: "外供能源",
}


class Tier(StrEnum):
    """How the activity amount was obtained."""

    MEASURED = "measured"
    REPORTED = "reported"
    SUBSTITUTED = "substituted"
    ESTIMATED = "estimated"


TIER_NAMES: dict[str, str] = {
    Tier.MEASURED: "实测",
    Tier.REPORTED: "填报",
    Tier.SUBSTITUTED: "替代",
    Tier.ESTIMATED: "估算",
}


class ReportState(StrEnum):
    """States of a monthly report; ``missing`` is the absence of one."""

    MISSING = "missing"
    DRAFT = "draft"
    SUBMITTED = "submitted"
    RETURNED = "returned"
    VERIFIED = "verified"


REPORT_STATE_NAMES: dict[str, str] = {
    ReportState.MISSING: "未填报",
    ReportState.DRAFT: "草稿",
    ReportState.SUBMITTED: "待核验",
    ReportState.RETURNED: "已退回",
    ReportState.VERIFIED: "已核验",
}


class CarbonError(ValueError):
    """Base of the errors of this domain; the text is Chinese and says what, why, what next."""


class NotFound(CarbonError, OutOfScope):
    """The thing does not exist or lies outside the actor's data scope. Answered 404."""


class ReportRefused(CarbonError):
    """A report cannot be saved or moved. ``errors`` holds a message per field."""

    def __init__(self, message: str, errors: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.errors = dict(errors or {})


class ImportRefused(CarbonError):
    """A workbook cannot be read at all: wrong template, old version, too large."""


class SourceRefused(CarbonError):
    """A source's configuration is incomplete. ``errors`` holds a message per field."""

    def __init__(self, message: str, errors: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.errors = dict(errors or {})


class FactorRefused(CarbonError):
    """A factor cannot be confirmed or revised."""


class CannotClose(CarbonError):
    """The month cannot be closed; ``reasons`` lists each obstacle."""

    def __init__(self, message: str, reasons: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.reasons = reasons


class CorrectionRefused(CarbonError):
    """A correction cannot be proposed or approved."""


@dataclass(frozen=True, slots=True)
class Figures:
    """Sums over ledger entries. ``tco2e`` is location-based, ``tco2e_market`` beside it counts green power as 0."""

    tco2e: Decimal = Decimal(0)
    tco2e_market: Decimal = Decimal(0)
    tce_calorific: Decimal = Decimal(0)
    tce_equal: Decimal | None = Decimal(0)
    """None when a source has no equal-value coefficient; see the warning beside it."""
    unconfirmed: int = 0
    """Entries that used an unconfirmed factor."""
    entries: int = 0
    problems: int = 0
    """Sources that could not be computed."""


@dataclass(frozen=True, slots=True)
class MonthTotal:
    """One month of a scope, 各企业合计 (transfers inside a park are not netted)."""

    month: str
    figures: Figures
    enterprises: int
    closed: int
    """Enterprises whose month is closed."""
    direct_tco2e: Decimal = Decimal(0)
    electricity_mwh: Decimal = Decimal(0)
    computed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class LedgerRow:
    """One enterprise in the ledger's list of a month."""

    enterprise_id: int
    enterprise: str
    code: str
    industry: str
    demo: bool
    month: str
    figures: Figures | None
    """None while nothing was computed."""
    previous_tco2e: Decimal | None
    electricity_mwh: Decimal | None
    report_state: str
    report_state_name: str
    report_expected: bool
    overdue: bool
    closed: bool
    closed_at: datetime | None
    late: Mapping[str, Any]
    corrections: int
    """Approved corrections, contained in ``figures``."""
    computed_at: datetime | None
    filled_by: str = ""
    reviewed_by: str = ""

    @property
    def change(self) -> Decimal | None:
        """Relative change of tCO2e against the month before."""
        if self.figures is None or not self.previous_tco2e:
            return None
        return self.figures.tco2e / self.previous_tco2e - 1

    @property
    def electricity_10mwh(self) -> Decimal | None:
        """Bought electricity in 万千瓦时."""
        return None if self.electricity_mwh is None else self.electricity_mwh / 10

    @property
    def status(self) -> str:
        """closed, late, review, returned, missing, draft or open."""
        if self.closed:
            return "late" if self.late else "closed"
        if not self.report_expected or self.report_state == ReportState.VERIFIED:
            return "open"
        return {ReportState.SUBMITTED: "review"}.get(ReportState(self.report_state), self.report_state)


@dataclass(frozen=True, slots=True)
class CorrectionView:
    """A correction for people."""

    id: int
    enterprise_id: int
    enterprise: str
    month: str
    source: str
    gas: str
    category_name: str
    activity: Decimal | None
    activity_unit: str
    tce_calorific: Decimal
    tce_equal: Decimal | None
    tco2e: Decimal
    tco2e_market: Decimal
    reason: str
    document: str
    late_data: bool
    state: str
    proposed_by: str
    proposed_by_id: int
    proposed_at: datetime
    decided_by: str
    decided_at: datetime | None
    opinion: str


@dataclass(frozen=True, slots=True)
class ReportItemView:
    """One item of a report with its value and the month before."""

    code: str
    name: str
    unit: str
    unit_name: str
    group: str
    help: str
    value: Decimal | None
    previous: Decimal | None
    needed: bool
    """A source cannot be computed without it."""


@dataclass(frozen=True, slots=True)
class ReportView:
    """A monthly report with everything beside it."""

    enterprise_id: int
    enterprise: str
    code: str
    month: str
    state: str
    state_name: str
    filled_by: str
    phone: str
    note: str
    opinion: str
    reviewed_by: str
    submitted_at: datetime | None
    verified_at: datetime | None
    deadline: str
    overdue: bool
    closed: bool
    editable: bool
    items: tuple[ReportItemView, ...]
    history: tuple[Mapping[str, Any], ...]
    evidence: tuple[Mapping[str, Any], ...]
    reminders: tuple[Mapping[str, Any], ...]


@dataclass(frozen=True, slots=True)
class Ranked:
    """An enterprise in the ranking of a month."""

    enterprise_id: int
    enterprise: str
    figures: Figures
    share: Decimal
    """Part of the scope's tCO2e, 0 to 1."""
    previous_tco2e: Decimal | None
    closed: bool


@dataclass(frozen=True, slots=True)
class BySource:
    """Emissions of a month by category and medium."""

    category: str
    category_name: str
    medium: str
    figures: Figures
    share: Decimal
    medium_name: str = ""


@dataclass(frozen=True, slots=True)
class LiveFigures:
    """Emissions and energy of one span up to now."""

    tco2e: float
    tce_calorific: float
    tce_equal: float | None
    """None while the equal-value coefficient of any energy in it is unknown."""
    reported_tco2e: float
    """Part of ``tco2e`` that stands on last month's reported amounts, by the day: an estimate."""


@dataclass(frozen=True, slots=True)
class Live:
    """The live estimate of a scope."""

    at: datetime
    newest_reading_at: datetime | None
    today: LiveFigures
    month: LiveFigures
    year: LiveFigures
    metered_sources: int
    reported_sources: int
    unconfirmed_factors: int
    not_computed: int
    note: str = ""


@dataclass(frozen=True, slots=True)
class ClosingStatus:
    """Where the closing of a month stands."""

    month: str
    enterprises: int
    closed: int
    reports_expected: int
    reports_verified: int
    reports_missing: int
    late: int
    """Closed enterprises whose readings changed after closing."""


@dataclass(frozen=True, slots=True)
class Check:
    """One finding before a close. ``level`` is block, warn or ok."""

    level: str
    code: str
    text: str
    enterprise_id: int | None = None
    enterprise: str = ""
    source: str = ""
    link: str = ""


@dataclass(frozen=True, slots=True)
class Closed:
    """The result of closing one enterprise's month."""

    enterprise_id: int
    enterprise: str
    month: str
    already: bool
    sm3: str
    sha256: str
    entries: int
    figures: Figures


@dataclass(frozen=True, slots=True)
class MonthClosed:
    """The result of closing a month for several enterprises."""

    month: str
    closed: tuple[Closed, ...]
    refused: tuple[Check, ...]
    warnings: tuple[Check, ...]
    sm3: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Difference:
    """The first figure of a closed month that a recomputation does not reproduce."""

    enterprise_id: int
    enterprise: str
    source: str
    source_name: str
    figure: str
    figure_name: str
    expected: str
    """As closed."""
    actual: str
    """As recomputed."""
    cause: str


@dataclass(frozen=True, slots=True)
class Verified:
    """The result of recomputing a closed month."""

    month: str
    enterprises: int
    entries: int
    same: bool
    sm3: str
    differences: tuple[Difference, ...] = ()

    @property
    def first(self) -> Difference | None:
        return self.differences[0] if self.differences else None


@dataclass(frozen=True, slots=True)
class ImportRow:
    """One enterprise's line of an import preview."""

    line: int
    enterprise_id: int | None
    enterprise: str
    code: str
    kind: str
    """new, changed, same or error"""
    values: Mapping[str, str] = field(default_factory=dict)
    errors: tuple[tuple[str, str], ...] = ()
    """(cell address, message)"""
    changes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ImportPreview:
    """What an import would do. ``token`` names the parked file."""

    month: str
    rows: tuple[ImportRow, ...]
    token: str = ""
    applied: bool = False

    def count(self, kind: str) -> int:
        return sum(1 for r in self.rows if r.kind == kind)


@dataclass(frozen=True, slots=True)
class Notice:
    """One thing that a reader of a figure must be told."""

    code: str
    level: str
    """``warn`` or ``info``."""
    word: str
    text: str


@dataclass(frozen=True, slots=True)
class EntryView:
    """A ledger entry as screens and the API see it."""

    id: int
    month: str
    enterprise_id: int
    enterprise: str
    process: str
    source: str
    source_name: str
    category: str
    category_name: str
    medium: str
    gas: str
    activity: Decimal | None
    activity_unit: str
    method: str
    method_edition: str
    tce_calorific: Decimal
    tce_equal: Decimal | None
    gas_t: Decimal
    tco2e: Decimal
    tco2e_market: Decimal
    tier: str
    tier_name: str
    coverage: Decimal | None
    estimated_share: Decimal | None
    unconfirmed: bool
    problem: str
    factors: tuple[Mapping[str, Any], ...] = ()
    working: tuple[Mapping[str, Any], ...] = ()
    trace: tuple[Mapping[str, Any], ...] = ()
    closed: bool = False
    computed_at: datetime | None = None
    medium_name: str = ""
    notices: tuple[Notice, ...] = ()
    """What a reader must be told, warnings first."""
