"""Closing months 月结, and recomputing them afterwards."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction

from greenpark.domains.accounts import facade as accounts
from greenpark.domains.accounts.contracts import Actor
from greenpark.domains.carbon import models
from greenpark.domains.carbon.contracts import CannotClose, Check, Closed, Difference, Figures, MonthClosed, Verified
from greenpark.domains.carbon.rules import canonical, closing
from greenpark.domains.carbon.rules.difference import differences
from greenpark.domains.carbon.selectors import computation, enterprises, parameters
from greenpark.domains.carbon.selectors.computation import Computation
from greenpark.domains.carbon.services import ledger
from greenpark.domains.registry.contracts import EnterpriseView
from greenpark.kernel.factors import Confidence
from greenpark.kernel.periods import Month


def check_month(*, month: Month, by: Actor, at: datetime, enterprise_ids: Iterable[int] | None = None) -> list[Check]:
    """What stands in the way of closing, and what to look at. Provisional figures are brought up to date first."""
    if not by.may("carbon.close"):
        by.need("carbon.view")
    chosen, closed = _chosen(month, by, enterprise_ids)
    computed = computation.compute([e for e in chosen if e.id not in closed], month, known_at=at, until=at)
    ledger.store(list(computed.values()), at=at)
    return [c for item in computed.values() for c in _checks(item, at)]


def close_month(*, month: Month, by: Actor, at: datetime, enterprise_ids: Iterable[int] | None = None) -> MonthClosed:
    """Close a month for one, some or all enterprises in the actor's scope that have sources.

    Enterprises with a blocking finding stay open and are listed with the reason; the others are closed together.
    Closing a closed month changes nothing and returns the digests it was closed with. Raises NotAllowed, NotFound, and
    CannotClose when not a single enterprise could be closed.
    """
    by.need("carbon.close")
    explicit = enterprise_ids is not None
    chosen, closed = _chosen(month, by, enterprise_ids, with_sources=not explicit)
    computed = computation.compute([e for e in chosen if e.id not in closed], month, known_at=at, until=at)
    refused: list[Check] = []
    warnings: list[Check] = []
    ready: list[Computation] = []
    for item in computed.values():
        found = _checks(item, at)
        blocks = [c for c in found if c.level == "block"]
        refused += blocks
        warnings += [c for c in found if c.level == "warn"]
        if not blocks:
            ready.append(item)
    if not ready and not closed:
        reasons = tuple(f"{c.enterprise}：{c.text}" for c in refused)
        raise CannotClose(
            f"{month} 没有可以月结的企业" + (f"：{reasons[0]}" if reasons else "，请先配置核算源"), reasons
        )
    fresh = _write(ready, month, by, at, warnings)
    results = tuple(
        _closed_result(period, enterprise, already=enterprise.id not in fresh)
        for enterprise in chosen
        if (period := _closed_period(enterprise.id, month)) is not None
    )
    bytes_ = canonical.month_bytes(str(month), [(_code(c, chosen), c.sm3, c.sha256) for c in results])
    return MonthClosed(
        str(month), results, tuple(refused), tuple(warnings), canonical.sm3(bytes_), canonical.sha256(bytes_)
    )


def _code(closed: Closed, chosen: list[EnterpriseView]) -> str:
    return next(enterprises.reporting_code(e) for e in chosen if e.id == closed.enterprise_id)


def _chosen(
    month: Month, by: Actor, enterprise_ids: Iterable[int] | None, *, with_sources: bool = True
) -> tuple[list[EnterpriseView], set[int]]:
    """The enterprises meant, and which of them are already closed."""
    known = enterprises.visible(by)
    if enterprise_ids is not None:
        chosen = [enterprises.one(by, i) for i in enterprise_ids]
    else:
        chosen = list(known.values())
        if with_sources:
            having = set(models.Source.objects.values_list("enterprise_id", flat=True).distinct())
            chosen = [e for e in chosen if e.id in having]
    closed = models.LedgerPeriod.objects.filter(
        month=str(month), closed=True, enterprise_id__in=[e.id for e in chosen]
    ).values_list("enterprise_id", flat=True)
    return chosen, set(closed)


def _checks(item: Computation, at: datetime) -> list[Check]:
    facts = closing.EnterpriseFacts(
        item.enterprise.id,
        item.enterprise.name,
        item.report_state,
        item.report_expected,
        tuple(
            closing.SourceFacts(
                e.source,
                e.source_name,
                e.problem_code,
                e.problem,
                e.coverage,
                tuple(f["code"] for f in e.factors if f["confidence"] != Confidence.CONFIRMED),
            )
            for e in item.entries
        ),
        closed=False,
    )
    return closing.checks(
        facts,
        month_over=at >= ledger.month_end(item.month),
        month=str(item.month),
        coverage_minimum=parameters.parameter("coverage_minimum"),
    )


@transaction.atomic
def _write(ready: list[Computation], month: Month, by: Actor, at: datetime, warnings: list[Check]) -> set[int]:
    """Fix the months; returns the enterprises closed by this call. One that somebody else closed meanwhile is kept."""
    before = {
        p.enterprise_id: p
        for p in models.LedgerPeriod.objects.select_for_update().filter(
            month=str(month), enterprise_id__in=[c.enterprise.id for c in ready]
        )
    }
    fresh: list[tuple[models.LedgerPeriod, Computation]] = []
    for item in ready:
        earlier = before.get(item.enterprise.id)
        if earlier is not None and earlier.closed:
            continue
        data = item.canonical()
        period = ledger.period_of(item, at=at)
        period.pk = earlier.pk if earlier else None
        period.closed, period.closed_at, period.closed_by = True, at, by.name
        period.canonical = data.decode("utf-8")
        period.sm3, period.sha256 = canonical.sm3(data), canonical.sha256(data)
        period.save()
        fresh.append((period, item))
    ledger.write_entries(fresh)
    for period, item in fresh:
        accounts.record(
            action="carbon.period.closed",
            subject=f"enterprise:{item.enterprise.id}/{month}",
            by=by,
            at=at,
            detail={
                "sm3": period.sm3,
                "sha256": period.sha256,
                "entries": period.entry_count,
                "tco2e": canonical.text(period.tco2e),
                "warnings": [c.text for c in warnings if c.enterprise_id == item.enterprise.id][:50],
            },
            organisation_id=item.enterprise.organisation_id,
        )
    return {item.enterprise.id for _, item in fresh}


def _closed_period(enterprise_id: int, month: Month) -> models.LedgerPeriod | None:
    return models.LedgerPeriod.objects.filter(enterprise_id=enterprise_id, month=str(month), closed=True).first()


def _closed_result(period: models.LedgerPeriod, enterprise: EnterpriseView, *, already: bool) -> Closed:
    return Closed(
        enterprise.id,
        enterprise.name,
        period.month,
        already,
        period.sm3,
        period.sha256,
        period.entry_count,
        Figures(
            period.tco2e,
            period.tco2e_market,
            period.tce_calorific,
            period.tce_equal,
            period.unconfirmed,
            period.entry_count,
            period.problems,
        ),
    )


def verify_month(*, month: Month, by: Actor, enterprise_ids: Iterable[int] | None = None, most: int = 50) -> Verified:
    """Recompute a closed month from readings, reports and factors, and compare every figure with what was closed.

    Uses the factors, parameters and configuration known at closing; rollups are made afresh from the stored readings.
    ``differences`` (at most ``most``) name the first difference first, upstream before downstream. Raises NotAllowed,
    NotFound, and CannotClose when nothing of the month is closed.
    """
    by.need("carbon.view")
    chosen, closed = _chosen(month, by, enterprise_ids, with_sources=False)
    periods = models.LedgerPeriod.objects.filter(month=str(month), enterprise_id__in=closed).order_by("enterprise_id")
    if not closed:
        raise CannotClose(f"{month} 还没有月结的企业，没有可以核对的内容")
    by_id = {e.id: e for e in chosen}
    found: list[Difference] = []
    count = 0
    by_moment: dict[datetime, list[models.LedgerPeriod]] = {}
    for period in periods:
        by_moment.setdefault(period.known_at, []).append(period)
    for known_at, group in sorted(by_moment.items()):
        again = computation.compute(
            [by_id[p.enterprise_id] for p in group], month, known_at=known_at, until=known_at, afresh=True
        )
        for period in group:
            count += period.entry_count
            found += list(_compare(period, by_id[period.enterprise_id], again[period.enterprise_id]))
    found.sort(key=lambda d: d.enterprise_id)
    parts = [(enterprises.reporting_code(by_id[p.enterprise_id]), p.sm3, p.sha256) for p in periods]
    digest = canonical.sm3(canonical.month_bytes(str(month), parts))
    return Verified(str(month), len(closed), count, not found, digest, tuple(found[:most]))


def _compare(period: models.LedgerPeriod, enterprise: EnterpriseView, again: Computation) -> Iterable[Difference]:
    """Stored bytes against their digest, stored rows against the bytes, then the recomputation against the bytes."""

    def planted(source: str, name: str, figure: str, label: str, was: str, now: str, cause: str) -> Difference:
        return Difference(enterprise.id, enterprise.name, source, name, figure, label, was, now, cause)

    data = period.canonical.encode("utf-8")
    if canonical.sm3(data) != period.sm3:
        yield planted(
            "",
            "",
            "sm3",
            "结账字节的 SM3",
            period.sm3,
            canonical.sm3(data),
            "保存的结账内容被直接改动，请核对备份与审计日志",
        )
        return
    expected = json.loads(period.canonical)
    rows = {(e.source_code, e.gas): e for e in period.entries.all()}
    for entry in expected["entries"]:
        row = rows.pop((entry["source"], entry["gas"]), None)
        for figure, label in _STORED.items():
            now = None if row is None else canonical.text(getattr(row, figure))
            if now != entry[figure]:
                yield planted(
                    entry["source"],
                    entry["source_name"],
                    figure,
                    f"分录的{label}",
                    entry[figure] or "—",
                    now or "—",
                    "数据库中的分录被直接改动，与结账字节不符",
                )
    yield from differences(expected, again.document, enterprise_id=enterprise.id, enterprise=enterprise.name)


_STORED = {
    "activity": "活动数据",
    "tco2e": "排放量",
    "tco2e_market": "排放量（基于市场）",
    "tce_calorific": "能耗（当量）",
}


def note_late(*, month: Month, by: Actor, at: datetime) -> int:
    """Mark closed months whose inputs changed after closing («有迟到数据») with the difference; returns how many.

    The difference is what a recomputation gives beyond the closed figures and the late-data corrections approved since.
    """
    chosen, closed = _chosen(month, by, None, with_sources=False)
    by_id = {e.id: e for e in chosen}
    late = 0
    periods = list(models.LedgerPeriod.objects.filter(month=str(month), enterprise_id__in=closed))
    by_moment: dict[datetime, list[models.LedgerPeriod]] = {}
    for period in periods:
        by_moment.setdefault(period.known_at, []).append(period)
    for known_at, group in by_moment.items():
        again = computation.compute([by_id[p.enterprise_id] for p in group], month, known_at=known_at, until=known_at)
        for period in group:
            found = _late_difference(period, again[period.enterprise_id])
            late += bool(found)
            if found != period.late:
                period.late, period.late_since = found, (period.late_since or at) if found else None
                period.save(update_fields=["late", "late_since"])
    return late


def _late_difference(period: models.LedgerPeriod, again: Computation) -> dict[str, Any]:
    """Figures by source and gas that differ now, net of approved late-data corrections; empty when none."""
    booked: dict[tuple[str, str], dict[str, Decimal]] = {}
    for c in models.Correction.objects.filter(
        enterprise_id=period.enterprise_id, month=period.month, late_data=True, state="approved"
    ):
        sums = booked.setdefault((c.source_code, c.gas), dict.fromkeys(LATE_FIGURES, Decimal(0)))
        for name in LATE_FIGURES:
            sums[name] += getattr(c, name) or Decimal(0)
    now = {(e.source, e.gas): e for e in again.entries}
    rows = []
    for entry in period.entries.all():
        fresh = now.get((entry.source_code, entry.gas))
        if fresh is None or fresh.problem or entry.problem:
            continue
        deltas = {
            name: (getattr(fresh, name) or Decimal(0))
            - (getattr(entry, name) or Decimal(0))
            - booked.get((entry.source_code, entry.gas), {}).get(name, Decimal(0))
            for name in LATE_FIGURES
        }
        if any(canonical.fixed(d) for d in deltas.values()):
            rows.append(
                {"source": entry.source_code, "gas": entry.gas, **{n: canonical.text(d) for n, d in deltas.items()}}
            )
    if not rows:
        return {}
    totals = {
        n: canonical.text(sum((Decimal(r[n]) for r in rows), Decimal(0))) for n in LATE_FIGURES if n != "activity"
    }
    return {"sources": rows, **totals}


LATE_FIGURES = ("activity", "tce_calorific", "tce_equal", "tco2e", "tco2e_market")
