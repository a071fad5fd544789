"""Writing provisional months."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal

from django.db import transaction

from greenpark.domains.accounts.contracts import Actor
from greenpark.domains.carbon import models
from greenpark.domains.carbon.rules import canonical
from greenpark.domains.carbon.rules.computing import Entry
from greenpark.domains.carbon.selectors import computation, enterprises
from greenpark.domains.carbon.selectors.computation import Computation
from greenpark.domains.registry.contracts import EnterpriseView
from greenpark.engines.accounting import BadUnit, convert
from greenpark.kernel.periods import Month, from_us

#: Categories that are emitted on the spot; electricity and heat are emitted elsewhere.
DIRECT = frozenset({"fuel", "process", "wastewater", "recovered", "feedstock"})


def recompute(*, month: Month, by: Actor, at: datetime, enterprise_ids: Iterable[int] | None = None) -> int:
    """Bring the open months of enterprises in the actor's scope up to date. Returns how many changed.

    Closed months are left alone, and an enterprise whose inputs did not change is not written.
    """
    chosen = _chosen(by, enterprise_ids)
    closed = set(
        models.LedgerPeriod.objects.filter(month=str(month), closed=True).values_list("enterprise_id", flat=True)
    )
    open_ones = [e for e in chosen if e.id not in closed]
    computed = computation.compute(open_ones, month, known_at=at, until=at)
    return store(list(computed.values()), at=at)


def _chosen(by: Actor, enterprise_ids: Iterable[int] | None) -> list[EnterpriseView]:
    known = enterprises.visible(by)
    if enterprise_ids is None:
        return list(known.values())
    return [enterprises.one(by, i) if i not in known else known[i] for i in enterprise_ids]


@transaction.atomic
def store(computed: Sequence[Computation], *, at: datetime) -> int:
    """Write provisional months whose content changed; returns how many. Closed ones are never touched."""
    if not computed:
        return 0
    month = str(computed[0].month)
    before = {
        p.enterprise_id: p
        for p in models.LedgerPeriod.objects.filter(month=month, enterprise_id__in=[c.enterprise.id for c in computed])
    }
    changed: list[tuple[models.LedgerPeriod, Computation]] = []
    same: list[int] = []
    for item in computed:
        period = before.get(item.enterprise.id)
        digest = canonical.sm3(item.canonical())
        if period is not None and period.closed:
            continue
        if period is not None and period.inputs_digest == digest:
            same.append(period.pk)
        elif period is not None or item.entries:
            fresh = period_of(item, at=at)
            fresh.pk = period.pk if period else None
            changed.append((fresh, item))
    models.LedgerPeriod.objects.filter(pk__in=same).update(computed_at=at, known_at=at)
    for period, _ in changed:
        period.save()
    write_entries(changed)
    return len(changed)


def write_entries(periods: Sequence[tuple[models.LedgerPeriod, Computation]]) -> None:
    """Replace the entries of periods."""
    models.LedgerEntry.objects.filter(period_id__in=[p.pk for p, _ in periods]).delete()
    models.LedgerEntry.objects.bulk_create(
        [_entry(period, item, entry) for period, item in periods for entry in item.entries], batch_size=400
    )


def period_of(item: Computation, *, at: datetime) -> models.LedgerPeriod:
    """An unsaved period with the totals of its entries."""
    entries = item.entries
    equal_known = all(e.tce_equal is not None for e in entries if not e.problem)
    return models.LedgerPeriod(
        enterprise_id=item.enterprise.id,
        month=str(item.month),
        computed_at=at,
        known_at=at,
        inputs_digest=canonical.sm3(item.canonical()),
        tco2e=_sum(entries, "tco2e"),
        tco2e_market=_sum(entries, "tco2e_market"),
        tce_calorific=_sum(entries, "tce_calorific"),
        tce_equal=_sum(entries, "tce_equal") if equal_known else None,
        direct_tco2e=_sum([e for e in entries if e.category in DIRECT], "tco2e"),
        electricity_mwh=sum((_mwh(e) for e in entries if e.category == "electricity"), Decimal(0)),
        entry_count=len(entries),
        unconfirmed=sum(e.unconfirmed for e in entries),
        problems=sum(bool(e.problem) for e in entries),
    )


def _sum(entries: Iterable[Entry], name: str) -> Decimal:
    return sum((getattr(e, name) or Decimal(0) for e in entries), Decimal(0))


def _mwh(entry: Entry) -> Decimal:
    if entry.activity is None or not entry.activity_unit:
        return Decimal(0)
    try:
        return canonical.fixed(convert(entry.activity, entry.activity_unit, "MWh"))
    except BadUnit:
        return Decimal(0)


def _entry(period: models.LedgerPeriod, item: Computation, entry: Entry) -> models.LedgerEntry:
    return models.LedgerEntry(
        period=period,
        source=item.sources[entry.source],
        enterprise_id=period.enterprise_id,
        month=period.month,
        process=entry.process,
        source_code=entry.source,
        source_name=entry.source_name,
        category=entry.category,
        medium=entry.medium,
        gas=entry.gas,
        activity=entry.activity,
        activity_unit=entry.activity_unit,
        method=entry.method,
        method_edition=entry.method_edition[:160],
        tce_calorific=entry.tce_calorific,
        tce_equal=entry.tce_equal,
        gas_t=entry.gas_t,
        tco2e=entry.tco2e,
        tco2e_market=entry.tco2e_market,
        tier=entry.tier,
        coverage=entry.coverage,
        estimated_share=entry.estimated_share,
        unconfirmed=entry.unconfirmed,
        problem_code=entry.problem_code,
        problem=entry.problem,
        factors=list(entry.factors),
        working=list(entry.working),
        trace=list(entry.inputs),
    )


def month_end(month: Month) -> datetime:
    """First moment after the month, UTC."""
    return from_us(month.end_us())
