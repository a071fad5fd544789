"""Longer periods from shorter ones: 15 min -> hour -> day -> month. Exact: nothing is read again."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

from greenpark.engines.rollup.slots import HOUR_US, period_lengths, period_starts
from greenpark.kernel.periods import PARK_ZONE
from greenpark.kernel.points import PointKind
from greenpark.kernel.pointtable import KINDS, PointTable
from greenpark.kernel.readings import Floats, Int64s, Rollups, Step

_RATE, _STATE = KINDS.index(PointKind.RATE), KINDS.index(PointKind.STATE)
_CONCENTRATION = KINDS.index(PointKind.CONCENTRATION)

ORDER = (Step.QUARTER, Step.HOUR, Step.DAY, Step.MONTH)


def aggregate(rows: Rollups, table: PointTable, source: Step, target: Step, zone: ZoneInfo = PARK_ZONE) -> Rollups:
    """Rows of ``target`` made of rows of ``source``, both by point and start.

    Amounts, estimated parts and counts add up; extremes and quality are merged; means are weighted as their kind asks
    (measured time for rates and states, valid readings else); coverage is measured time over the full period, for
    concentrations valid readings over expected ones. A period counts as complete only when all of it was measured, so
    the running hour has a coverage below 1.

    Raises ValueError when ``target`` is not longer than ``source``.
    """
    if ORDER.index(target) <= ORDER.index(source):
        raise ValueError(f"cannot make {target} of {source}")
    if not len(rows):
        return rows
    return gather(rows, period_starts(rows.starts, target, zone), table, source, target, zone)


def merge(parts: list[Rollups], table: PointTable, step: Step, zone: ZoneInfo = PARK_ZONE) -> Rollups:
    """Additive rows of one step put together; by point and start."""
    parts = sorted((p for p in parts if len(p)), key=len)
    if not parts:
        return Rollups.empty()
    # Points that only the largest part knows are merged already; sorting them again is most of the work.
    largest = parts[-1]
    concerned = np.unique(np.concatenate([p.points for p in parts[:-1]])) if len(parts) > 1 else largest.points[:0]
    alone = ~np.isin(largest.points, concerned)
    if len(parts) == 1 or not alone.any() or not _rising(largest):
        return _merged(parts, table, step, zone)
    together = Rollups.concat([largest.take(alone), _merged([*parts[:-1], largest.take(~alone)], table, step, zone)])
    return together.take(np.argsort(together.points, kind="stable"))


def _rising(rows: Rollups) -> bool:
    """Whether rows are by point and start, each once."""
    step = np.diff(rows.points)
    return bool(((step > 0) | ((step == 0) & (np.diff(rows.starts) > 0))).all())


def _merged(parts: list[Rollups], table: PointTable, step: Step, zone: ZoneInfo) -> Rollups:
    rows = parts[0] if len(parts) == 1 else Rollups.concat(parts)
    rows = rows.take(np.lexsort((rows.starts, rows.points)))
    return gather(rows, rows.starts, table, step, step, zone)


def gather(
    rows: Rollups, starts: Int64s, table: PointTable, source: Step, target: Step, zone: ZoneInfo = PARK_ZONE
) -> Rollups:
    """Merge rows (any order of parts, sorted by point and ``starts``) that share point and start. ``source`` equal to
    ``target`` merges partial rows of the same period."""
    n = len(rows)
    new = np.ones(n, np.bool_)
    new[1:] = (starts[1:] != starts[:-1]) | (rows.points[1:] != rows.points[:-1])
    first = np.flatnonzero(new)
    lengths = period_lengths(rows.starts, source, zone)
    points, begins = rows.points[first], starts[first]
    full = period_lengths(begins, target, zone)
    spec = table.rows(points)
    kinds = table.kinds[spec]

    measured = rows.coverage * lengths
    seconds = np.add.reduceat(measured, first)
    amount = _sum_known(rows.amount, first)
    estimated = np.add.reduceat(rows.estimated, first)
    valid = np.add.reduceat(rows.valid, first, dtype=np.int32)

    by_time = np.repeat((kinds == _RATE) | (kinds == _STATE), np.diff(first, append=n))
    weight = np.where(by_time, measured, rows.valid)
    weight = np.where(np.isnan(rows.mean), 0.0, weight)
    total = np.add.reduceat(np.where(weight > 0, rows.mean, 0.0) * weight, first)
    weights = np.add.reduceat(weight, first)
    mean = np.where(weights > 0, total / np.where(weights > 0, weights, 1), np.nan)
    exact = (kinds == _RATE) & (seconds > 0)
    mean = np.where(exact, (amount - estimated) / np.where(exact, seconds, 1) * HOUR_US, mean)

    coverage = seconds / full
    share = valid * table.interval_us[spec] / full
    coverage = np.minimum(np.where(kinds == _CONCENTRATION, share, coverage), 1.0)
    return Rollups(
        points=points,
        starts=begins,
        amount=amount,
        mean=mean,
        low=np.fmin.reduceat(rows.low, first),
        high=np.fmax.reduceat(rows.high, first),
        count=np.add.reduceat(rows.count, first, dtype=np.int32),
        valid=valid,
        coverage=coverage,
        estimated=estimated,
        quality=np.bitwise_or.reduceat(rows.quality, first),
    )


def _sum_known(amount: Floats, first: npt.NDArray[np.intp]) -> Floats:
    """Sums per group; NaN only where nothing in the group is known."""
    unknown = np.isnan(amount)
    if not unknown.any():
        return np.asarray(np.add.reduceat(amount, first), np.float64)
    total = np.add.reduceat(np.where(unknown, 0.0, amount), first)
    nothing = np.logical_and.reduceat(unknown, first)
    return np.asarray(np.where(nothing, np.nan, total), np.float64)
