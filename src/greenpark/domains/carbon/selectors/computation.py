"""Gather what a month's ledger is made of, and reckon it. Nothing is written here: closing and verifying share it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from greenpark.domains.carbon import models
from greenpark.domains.carbon.contracts import ReportState
from greenpark.domains.carbon.rules import canonical, computing
from greenpark.domains.carbon.rules.bindings import Spec
from greenpark.domains.carbon.selectors import amounts, enterprises, factors, sources
from greenpark.domains.registry.contracts import EnterpriseView
from greenpark.kernel.periods import PARK_ZONE, Month, to_us

#: Reports that count. A draft or a returned report does not: its numbers are not yet, or no longer, stood for.
COUNTING = (ReportState.SUBMITTED, ReportState.VERIFIED)


@dataclass(frozen=True, slots=True)
class Computation:
    """One enterprise's month, reckoned."""

    enterprise: EnterpriseView
    month: Month
    entries: tuple[computing.Entry, ...]
    sources: dict[str, models.Source]
    report_state: str
    report_expected: bool
    document: dict[str, Any]

    def canonical(self) -> bytes:
        return canonical.dump(self.document)


def compute(
    chosen: Sequence[EnterpriseView], month: Month, *, known_at: datetime, until: datetime, afresh: bool = False
) -> dict[int, Computation]:
    """Reckon a month for enterprises; those without sources in force have no entries.

    known_at  factors, parameters and configuration known at this moment count
    until     coverage is judged up to here (a running month)
    afresh    trust nothing that was kept: amounts from the readings, factors from the tables
    """
    ids = [e.id for e in chosen]
    in_force = sources.in_force(ids, month, known_at)
    points = {p for rows in in_force.values() for _, spec in rows for p in spec.point_ids()}
    by_point = amounts.of_month(points, month, until_us=to_us(until), from_readings=afresh)
    reports = reported(ids, month)
    states = dict(
        models.MonthlyReport.objects.filter(enterprise_id__in=ids, month=str(month)).values_list(
            "enterprise_id", "state"
        )
    )
    setting = setting_of(month, known_at, afresh=afresh)
    found: dict[int, Computation] = {}
    for enterprise in chosen:
        rows = in_force.get(enterprise.id, [])
        report = reports.get(enterprise.id)
        entries = [entry for _, spec in rows for entry in entries_of(spec, by_point, report, setting)]
        found[enterprise.id] = Computation(
            enterprise,
            month,
            tuple(entries),
            {row.code: row for row, _ in rows},
            states.get(enterprise.id, ReportState.MISSING),
            any(spec.report_items() for _, spec in rows),
            computing.month_document(enterprises.reporting_code(enterprise), str(month), entries),
        )
    return found


def entries_of(
    spec: Spec,
    by_point: dict[int, computing.PointAmount],
    report: computing.Reported | None,
    setting: computing.Setting,
) -> list[computing.Entry]:
    """Entries of one source."""
    return computing.compute(spec, computing.amounts_of(spec, by_point, report), setting, report)


def setting_of(month: Month, known_at: datetime, *, afresh: bool = False) -> computing.Setting:
    """Factors and parameters as known at a moment."""
    book = factors.fresh_book(known_at) if afresh else factors.book(known_at)
    equal = {
        key: models.Parameter.objects.filter(key=key, known_since__lte=known_at).order_by("-known_since", "-id").first()
        for key in ("equal_value_electricity", "equal_value_heat")
    }
    electricity, heat = equal["equal_value_electricity"], equal["equal_value_heat"]
    return computing.Setting(
        book.factors,
        book.versions,
        month.first_day(),
        known_at.astimezone(PARK_ZONE).date(),
        Decimal(electricity.value) if electricity else None,
        electricity.source if electricity else "",
        Decimal(heat.value) if heat else None,
        heat.source if heat else "",
    )


def reported(enterprise_ids: Sequence[int], month: Month) -> dict[int, computing.Reported]:
    """Reports that count, with values and evidence, in three queries."""
    rows = models.MonthlyReport.objects.filter(
        enterprise_id__in=list(enterprise_ids), month=str(month), state__in=COUNTING
    ).prefetch_related("values", "evidence")
    return {
        row.enterprise_id: computing.Reported(
            row.pk,
            row.state,
            {v.item: v.value for v in row.values.all()},
            "；".join(f"{e.name}（SM3 {e.sm3[:16]}）" for e in row.evidence.all()),
        )
        for row in rows
    }
