"""Electric load of a scope from the 15-minute rollups of the meters at its border."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import numpy as np

from greenpark.domains.accounts.contracts import Actor
from greenpark.domains.overview.contracts import MediumAmount, Power
from greenpark.domains.overview.rules import SLOT_S, kwh_per_unit, slot_floor
from greenpark.domains.overview.selectors.points import active_points
from greenpark.domains.registry import facade as registry
from greenpark.domains.registry.contracts import Balance, Medium, PointView
from greenpark.domains.telemetry import facade as telemetry
from greenpark.kernel.periods import from_us, to_us
from greenpark.kernel.readings import Floats, Rollups, Step

_SLOT_US = SLOT_S * 1_000_000
_PER_HOUR = 3600 / SLOT_S
#: The newest slots (three hours), in which meters that send hourly amounts may still be missing.
_LATEST_SLOTS = 12
_SIDES = (Balance.IMPORT, Balance.PRODUCTION, Balance.EXPORT)


def _rows(points: Sequence[PointView], step: Step, start: datetime, end: datetime) -> Rollups:
    ids = np.asarray(sorted(point.id for point in points), np.int32)
    return telemetry.rollups(step, ids, to_us(start), to_us(end)) if len(ids) else Rollups.empty()


def power(actor: Actor, at: datetime, *, hours: int = 24, enterprise_id: int | None = None) -> Power:
    """Load of the scope: each slot's amount over its length, by import, own production and export.

    Imported and produced add up to what the scope uses; what it exports is shown apart and positive. A slot without
    any amount is None, not zero, and the slot that is still running is left out. Meters in a unit that is no
    electricity are named in ``skipped``.
    """
    points = active_points(actor, enterprise_id=enterprise_id, medium=Medium.ELECTRICITY)
    meters = [p for p in points if p.balance in _SIDES]
    factor = {p.id: f for p in meters if (f := kwh_per_unit(p.spec.kind, p.spec.unit)) is not None}
    skipped = tuple(f"{p.name}（{p.spec.unit or '无单位'}）" for p in meters if p.id not in factor)
    known = [p for p in meters if p.id in factor]
    end = slot_floor(at)
    start = end - timedelta(hours=hours)
    rows = _rows(known, Step.QUARTER, start, end)
    slots = int(hours * _PER_HOUR)
    waiting = _waiting(rows, to_us(start), slots)
    columns = {side: _column(rows, known, factor, side, to_us(start), waiting) for side in _SIDES}
    current = _current(rows, known, factor, at)
    estimated = len(np.unique(rows.starts[rows.estimated > 0]))
    return Power(
        now_kw=current[0],
        slot_at=current[1],
        meters=len(known),
        meters_in_slot=current[2],
        times_ms=tuple((to_us(start) + i * _SLOT_US) // 1000 for i in range(slots)),
        imported_kw=columns[Balance.IMPORT],
        produced_kw=columns[Balance.PRODUCTION],
        exported_kw=columns[Balance.EXPORT],
        estimated_slots=estimated,
        skipped=skipped,
    )


def _column(
    rows: Rollups, points: list[PointView], factor: dict[int, float], side: Balance, start_us: int, waiting: Floats
) -> tuple[float | None, ...]:
    chosen = {p.id: factor[p.id] for p in points if p.balance == side}
    mask = np.isin(rows.points, list(chosen)) & np.isfinite(rows.amount)
    index = (rows.starts[mask] - start_us) // _SLOT_US
    scale: Floats = np.asarray([chosen[int(p)] for p in rows.points[mask]], np.float64)
    slots = len(waiting)
    sums, counts = waiting.copy(), np.zeros(slots, np.int64)
    inside = (index >= 0) & (index < slots)
    np.add.at(sums, index[inside], (rows.amount[mask] * scale)[inside] * _PER_HOUR)
    np.add.at(counts, index[inside], 1)
    known = (counts > 0) & np.isfinite(sums)
    return tuple(float(total) if ok else None for total, ok in zip(sums, known, strict=True))


def _waiting(rows: Rollups, start_us: int, slots: int) -> Floats:
    """0 for each slot, NaN for those of the last three hours that fewer meters have filled than the fullest: a curve
    that drops because a meter has not reported yet would be read as a drop of the load."""
    index = (rows.starts[np.isfinite(rows.amount)] - start_us) // _SLOT_US
    counts = np.bincount(index[(index >= 0) & (index < slots)], minlength=slots)
    late = np.zeros(slots)
    tail = slice(max(0, slots - _LATEST_SLOTS), slots)
    late[tail][counts[tail] < counts.max(initial=0)] = np.nan
    return late


def _current(
    rows: Rollups, points: list[PointView], factor: dict[int, float], at: datetime
) -> tuple[float | None, datetime | None, int]:
    """Load in the newest slot that is over and that the most meters have filled, of the last three hours. The newest
    slot alone would leave out meters that send once an hour, and the load would seem to fall."""
    sign = {p.id: -factor[p.id] if p.balance == Balance.EXPORT else factor[p.id] for p in points}
    last = to_us(slot_floor(at))
    best: tuple[int, int, float] | None = None
    for start in range(last - _LATEST_SLOTS * _SLOT_US, last, _SLOT_US):
        mask = (rows.starts == start) & np.isfinite(rows.amount) & (rows.coverage > 0)
        count = int(mask.sum())
        if not count or (best is not None and count < best[0]):
            continue
        amounts = zip(rows.points[mask].tolist(), rows.amount[mask].tolist(), strict=True)
        best = count, start, sum(sign[point] * amount for point, amount in amounts) * _PER_HOUR
    return (best[2], from_us(best[1]), best[0]) if best else (None, None, 0)


def by_medium(actor: Actor, enterprise_id: int, start: datetime, end: datetime) -> list[MediumAmount]:
    """What an enterprise took in per medium and unit between two local midnights, from its import meters."""
    points = [
        p
        for p in active_points(actor, enterprise_id=enterprise_id, balance=Balance.IMPORT)
        if p.spec.kind.value != "state"
    ]
    rows = _rows(points, Step.DAY, start, end)
    days = max(1, round((end - start) / timedelta(days=1)))
    groups: dict[tuple[str, str], list[PointView]] = {}
    for point in points:
        groups.setdefault((point.medium, _amount_unit(point)), []).append(point)
    found = []
    for (medium, unit), members in groups.items():
        mask = np.isin(rows.points, [p.id for p in members]) & np.isfinite(rows.amount)
        if not mask.any():
            continue
        coverage = min(float(rows.coverage[mask & (rows.points == p.id)].sum()) / days for p in members)
        found.append(
            MediumAmount(
                medium,
                registry.MEDIA.get(medium, medium),
                float(rows.amount[mask].sum()),
                unit,
                float(rows.estimated[mask].sum()),
                min(1.0, coverage),
                tuple(p.id for p in members),
            )
        )
    return sorted(found, key=lambda row: row.medium_name)


def _amount_unit(point: PointView) -> str:
    """Unit of a rollup's amount: a rate integrates over hours, and kW over hours are kWh."""
    if point.spec.kind.value != "rate":
        return point.spec.unit
    return {"kW": "kWh", "MW": "MWh"}.get(point.spec.unit) or point.spec.unit.removesuffix("/h") or point.spec.unit
