"""Reads of the ledger: totals, rankings, lists, entries, corrections."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from greenpark.domains.accounts.contracts import Actor
from greenpark.domains.carbon import models
from greenpark.domains.carbon.contracts import (
    CATEGORY_NAMES,
    REPORT_STATE_NAMES,
    TIER_NAMES,
    BySource,
    ClosingStatus,
    CorrectionView,
    EntryView,
    Figures,
    LedgerRow,
    MonthTotal,
    NotFound,
    Ranked,
    ReportState,
)
from greenpark.domains.carbon.rules import flags, items, reporting
from greenpark.domains.carbon.selectors import enterprises, parameters, sources
from greenpark.kernel.periods import PARK_ZONE, Month

_ZERO = Decimal(0)


def total(parts: Iterable[Figures]) -> Figures:
    """Sum of figures; the equal-value energy is known only where every part knows it."""
    chosen = list(parts)
    equal = [f.tce_equal for f in chosen]
    return Figures(
        sum((f.tco2e for f in chosen), _ZERO),
        sum((f.tco2e_market for f in chosen), _ZERO),
        sum((f.tce_calorific for f in chosen), _ZERO),
        None if any(e is None for e in equal) else sum((e for e in equal if e is not None), _ZERO),
        sum(f.unconfirmed for f in chosen),
        sum(f.entries for f in chosen),
        sum(f.problems for f in chosen),
    )


@dataclass(frozen=True, slots=True)
class _Period:
    enterprise_id: int
    month: str
    closed: bool
    closed_at: datetime | None
    computed_at: datetime
    late: dict[str, object]
    direct: Decimal
    electricity: Decimal
    figures: Figures
    corrections: int


def _periods(months: Sequence[str], ids: Iterable[int]) -> list[_Period]:
    """Periods with approved corrections added to their figures; two queries."""
    wanted = set(ids)
    corrected = _corrected(months)
    fields = (
        "enterprise_id",
        "month",
        "closed",
        "closed_at",
        "computed_at",
        "late",
        "direct_tco2e",
        "electricity_mwh",
        "tco2e",
        "tco2e_market",
        "tce_calorific",
        "tce_equal",
        "unconfirmed",
        "entry_count",
        "problems",
    )
    found = []
    for row in models.LedgerPeriod.objects.filter(month__in=list(months)).order_by("month").values(*fields):
        if row["enterprise_id"] not in wanted:
            continue
        figures = Figures(
            row["tco2e"],
            row["tco2e_market"],
            row["tce_calorific"],
            row["tce_equal"],
            row["unconfirmed"],
            row["entry_count"],
            row["problems"],
        )
        extra = corrected.get((row["enterprise_id"], row["month"]))
        if extra:
            figures = replace(total([figures, extra[1]]), entries=figures.entries)
        found.append(
            _Period(
                row["enterprise_id"],
                row["month"],
                row["closed"],
                row["closed_at"],
                row["computed_at"],
                row["late"],
                row["direct_tco2e"],
                row["electricity_mwh"],
                figures,
                extra[0] if extra else 0,
            )
        )
    return found


def _corrected(months: Sequence[str]) -> dict[tuple[int, str], tuple[int, Figures]]:
    found: dict[tuple[int, str], tuple[int, Figures]] = {}
    for c in models.Correction.objects.filter(month__in=list(months), state="approved"):
        count, before = found.get((c.enterprise_id, c.month), (0, Figures()))
        add = Figures(c.tco2e, c.tco2e_market, c.tce_calorific, c.tce_equal or _ZERO)
        found[(c.enterprise_id, c.month)] = count + 1, total([before, add])
    return found


def month_totals(actor: Actor, months: Sequence[Month], *, enterprise_id: int | None = None) -> list[MonthTotal]:
    """各企业合计 of each month in the actor's scope (or of one enterprise), corrections included, in the order given.

    Transfers between enterprises of a park are not netted: electricity or heat sold to a neighbour stands on both.
    """
    ids = [enterprises.one(actor, enterprise_id).id] if enterprise_id else list(enterprises.visible(actor))
    by_month: dict[str, list[_Period]] = {}
    for period in _periods([str(m) for m in months], ids):
        by_month.setdefault(period.month, []).append(period)
    return [_month_total(str(m), by_month.get(str(m), [])) for m in months]


def _month_total(month: str, rows: list[_Period]) -> MonthTotal:
    return MonthTotal(
        month,
        total(p.figures for p in rows),
        len(rows),
        sum(p.closed for p in rows),
        sum((p.direct for p in rows), _ZERO),
        sum((p.electricity for p in rows), _ZERO),
        max((p.computed_at for p in rows), default=None),
    )


def ranking(actor: Actor, month: Month, *, limit: int | None = None) -> list[Ranked]:
    """Enterprises of a month by tCO2e, the largest first."""
    known = enterprises.visible(actor)
    before, now = str(month.previous()), str(month)
    periods = _periods([before, now], known)
    previous = {p.enterprise_id: p.figures.tco2e for p in periods if p.month == before}
    rows = sorted((p for p in periods if p.month == now), key=lambda p: (-p.figures.tco2e, p.enterprise_id))
    whole = sum((p.figures.tco2e for p in rows), _ZERO)
    return [
        Ranked(
            p.enterprise_id,
            known[p.enterprise_id].name,
            p.figures,
            p.figures.tco2e / whole if whole else _ZERO,
            previous.get(p.enterprise_id),
            p.closed,
        )
        for p in rows[:limit]
    ]


def by_source(actor: Actor, month: Month, *, enterprise_id: int | None = None) -> list[BySource]:
    """Emissions of a month by category and medium, the largest first; corrections stand under their source's."""
    ids = [enterprises.one(actor, enterprise_id).id] if enterprise_id else list(enterprises.visible(actor))
    sums: dict[tuple[str, str], list[Figures]] = {}
    rows = models.LedgerEntry.objects.filter(month=str(month), enterprise_id__in=ids).values_list(
        "category", "medium", "tco2e", "tco2e_market", "tce_calorific", "tce_equal", "unconfirmed", "problem"
    )
    for category, medium, tco2e, market, calorific, equal, unconfirmed, problem in rows:
        known_equal = equal if equal is not None or not problem else _ZERO
        sums.setdefault((category, medium), []).append(
            Figures(tco2e or _ZERO, market or _ZERO, calorific or _ZERO, known_equal, unconfirmed, 1, bool(problem))
        )
    for c in models.Correction.objects.filter(month=str(month), enterprise_id__in=ids, state="approved"):
        sums.setdefault((c.category, c.medium), []).append(
            Figures(c.tco2e, c.tco2e_market, c.tce_calorific, c.tce_equal or _ZERO)
        )
    totals = {key: total(parts) for key, parts in sums.items()}
    whole = sum((f.tco2e for f in totals.values()), _ZERO)
    return [
        BySource(
            category,
            CATEGORY_NAMES.get(category, category),
            medium,
            f,
            f.tco2e / whole if whole else _ZERO,
            items.medium_name(medium),
        )
        for (category, medium), f in sorted(totals.items(), key=lambda kv: (-kv[1].tco2e, kv[0]))
    ]


def closing_status(actor: Actor, month: Month, at: datetime) -> ClosingStatus:
    """Where the closing of a month stands in the actor's scope."""
    rows = ledger_rows(actor, month, at)
    expected = [r for r in rows if r.report_expected]
    return ClosingStatus(
        str(month),
        len(rows),
        sum(r.closed for r in rows),
        len(expected),
        sum(r.report_state == ReportState.VERIFIED for r in expected),
        sum(r.report_state in (ReportState.MISSING, ReportState.DRAFT, ReportState.RETURNED) for r in expected),
        sum(bool(r.late) for r in rows),
    )


def ledger_rows(actor: Actor, month: Month, at: datetime) -> list[LedgerRow]:
    """The list of a month: every enterprise in scope that has sources or figures. A fixed number of queries."""
    known = enterprises.visible(actor)
    before, now = str(month.previous()), str(month)
    periods = _periods([before, now], known)
    present = {p.enterprise_id: p for p in periods if p.month == now}
    previous = {p.enterprise_id: p.figures.tco2e for p in periods if p.month == before}
    in_force = sources.in_force(known, month, at)
    needed = {e: any(spec.report_items() for _, spec in rows) for e, rows in in_force.items()}
    reports = {r.enterprise_id: r for r in models.MonthlyReport.objects.filter(month=now)}
    last_day = reporting.deadline(month, _deadline_day())
    late = last_day is not None and at.astimezone(PARK_ZONE).date() > last_day
    rows = []
    for e in known.values():
        if e.id not in in_force and e.id not in present:
            continue
        period, report = present.get(e.id), reports.get(e.id)
        state = report.state if report else ReportState.MISSING
        unfinished = state in (ReportState.MISSING, ReportState.DRAFT, ReportState.RETURNED)
        rows.append(
            LedgerRow(
                e.id,
                e.name,
                enterprises.reporting_code(e),
                e.industry,
                e.demo,
                now,
                period.figures if period else None,
                previous.get(e.id),
                period.electricity if period else None,
                state,
                REPORT_STATE_NAMES[state],
                needed.get(e.id, False),
                late and unfinished and needed.get(e.id, False),
                bool(period and period.closed),
                period.closed_at if period else None,
                period.late if period else {},
                period.corrections if period else 0,
                period.computed_at if period else None,
                report.filled_by if report else "",
                report.reviewed_by if report else "",
            )
        )
    return rows


def _deadline_day() -> int | None:
    value = parameters.parameter("report_deadline_day")
    return None if value is None else int(value)


def entries(actor: Actor, month: Month, enterprise_id: int) -> list[EntryView]:
    """Entries of an enterprise's month by source and gas. Raises NotFound."""
    enterprise = enterprises.one(actor, enterprise_id)
    rows = models.LedgerEntry.objects.filter(month=str(month), enterprise_id=enterprise_id).select_related("period")
    return [_entry(row, enterprise.name) for row in rows.order_by("source_code", "gas")]


def entry(actor: Actor, entry_id: int) -> EntryView:
    """One entry in scope. Raises NotFound."""
    row = models.LedgerEntry.objects.filter(pk=entry_id).select_related("period").first()
    if row is None:
        raise NotFound("没有这条分录；未月结的月份重新核算后分录会换新")
    return _entry(row, enterprises.one(actor, row.enterprise_id).name)


def entry_of(actor: Actor, enterprise_id: int, month: Month, source: str, gas: str) -> EntryView:
    """One entry by its natural key, which survives a recomputation. Raises NotFound."""
    enterprise = enterprises.one(actor, enterprise_id)
    row = (
        models.LedgerEntry.objects.filter(enterprise_id=enterprise_id, month=str(month), source_code=source, gas=gas)
        .select_related("period")
        .first()
    )
    if row is None:
        raise NotFound("没有这条分录")
    return _entry(row, enterprise.name)


def _entry(row: models.LedgerEntry, enterprise: str) -> EntryView:
    return EntryView(
        row.pk,
        row.month,
        row.enterprise_id,
        enterprise,
        row.process,
        row.source_code,
        row.source_name,
        row.category,
        CATEGORY_NAMES.get(row.category, row.category),
        row.medium,
        row.gas,
        row.activity,
        row.activity_unit,
        row.method,
        row.method_edition,
        row.tce_calorific,
        row.tce_equal,
        row.gas_t,
        row.tco2e,
        row.tco2e_market,
        row.tier,
        TIER_NAMES.get(row.tier, row.tier),
        row.coverage,
        row.estimated_share,
        row.unconfirmed,
        row.problem,
        tuple(row.factors),
        tuple(row.working),
        tuple(row.trace),
        row.period.closed,
        row.period.computed_at,
        items.medium_name(row.medium),
        flags.notices_of(row.method, row.unconfirmed, row.working),
    )


@dataclass(frozen=True, slots=True)
class PeriodView:
    """An enterprise's month for its page."""

    enterprise_id: int
    month: str
    figures: Figures
    """As computed or closed, without corrections."""
    corrected: Figures
    closed: bool
    closed_at: datetime | None
    closed_by: str
    computed_at: datetime
    sm3: str
    sha256: str
    late: dict[str, object]
    late_since: datetime | None
    direct_tco2e: Decimal
    electricity_mwh: Decimal
    corrections: tuple[CorrectionView, ...]


def period(actor: Actor, month: Month, enterprise_id: int) -> PeriodView | None:
    """An enterprise's month, None while nothing was computed. Raises NotFound."""
    enterprises.one(actor, enterprise_id)
    row = models.LedgerPeriod.objects.filter(enterprise_id=enterprise_id, month=str(month)).first()
    if row is None:
        return None
    figures = Figures(
        row.tco2e, row.tco2e_market, row.tce_calorific, row.tce_equal, row.unconfirmed, row.entry_count, row.problems
    )
    extra = _corrected([str(month)]).get((enterprise_id, str(month)))
    return PeriodView(
        enterprise_id,
        str(month),
        figures,
        replace(total([figures, extra[1]]), entries=figures.entries) if extra else figures,
        row.closed,
        row.closed_at,
        row.closed_by,
        row.computed_at,
        row.sm3,
        row.sha256,
        row.late,
        row.late_since,
        row.direct_tco2e,
        row.electricity_mwh,
        tuple(corrections(actor, month=month, enterprise_id=enterprise_id)),
    )


def canonical_of(actor: Actor, month: Month, enterprise_id: int) -> bytes:
    """The bytes that a month was closed with. Raises NotFound."""
    enterprises.one(actor, enterprise_id)
    row = models.LedgerPeriod.objects.filter(enterprise_id=enterprise_id, month=str(month), closed=True).first()
    if row is None:
        raise NotFound(f"{month} 尚未月结")
    return row.canonical.encode("utf-8")


def months(actor: Actor) -> list[str]:
    """Months that have figures in the actor's scope, newest first."""
    ids = list(enterprises.visible(actor))
    found = models.LedgerPeriod.objects.filter(enterprise_id__in=ids).values_list("month", flat=True).distinct()
    return sorted(set(found), reverse=True)


def corrections(
    actor: Actor, *, month: Month | None = None, enterprise_id: int | None = None, state: str = ""
) -> list[CorrectionView]:
    """Corrections in scope, newest first."""
    known = enterprises.visible(actor)
    rows = models.Correction.objects.filter(enterprise_id__in=[enterprise_id] if enterprise_id else list(known))
    if month is not None:
        rows = rows.filter(month=str(month))
    if state:
        rows = rows.filter(state=state)
    return [
        CorrectionView(
            c.pk,
            c.enterprise_id,
            known[c.enterprise_id].name,
            c.month,
            c.source_code,
            c.gas,
            CATEGORY_NAMES.get(c.category, c.category),
            c.activity,
            c.activity_unit,
            c.tce_calorific,
            c.tce_equal,
            c.tco2e,
            c.tco2e_market,
            c.reason,
            c.document,
            c.late_data,
            c.state,
            c.proposed_by,
            c.proposed_by_id,
            c.proposed_at,
            c.decided_by,
            c.decided_at,
            c.opinion,
        )
        for c in rows
        if c.enterprise_id in known
    ]
