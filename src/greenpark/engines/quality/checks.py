"""Checks of readings. Each is pure, takes columns sorted by point and time, and returns a mask or quality bits.

``screen`` is what sums depend on: range, and for counters spikes, rollover and exchange. ``check`` adds what people
should see but what must not remove a value from an average on its own: flat lines, gaps, spikes of concentrations and
rates, changes of scale. A peak in a stack is not deleted because it is a peak.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from greenpark.engines.quality import counters
from greenpark.kernel.points import PointKind
from greenpark.kernel.pointtable import KINDS, PointTable, run_starts
from greenpark.kernel.quality import INVALID, Quality
from greenpark.kernel.readings import Floats, Int32s, Int64s, Readings

Bools = npt.NDArray[np.bool_]

_COUNTER, _INTERVAL = KINDS.index(PointKind.COUNTER), KINDS.index(PointKind.INTERVAL)
_INVALID, _CONFIRMED = int(INVALID), int(Quality.CONFIRMED)
_US_PER_HOUR = 3_600_000_000


@dataclass(frozen=True, slots=True)
class Limits:
    """Parameters of the checks that a person may set; the defaults say where they come from."""

    gap_factor: float = 1.5
    """A step longer than this many expected intervals has readings missing: half way to one missing reading."""
    flat_intervals: int = 96
    """A rate or concentration that shows the same value this many times running is stuck: a day of quarter hours."""
    clock_tolerance_us: int = 300_000_000
    """Device time and time of receipt may differ by this, plus one expected interval when the device is behind."""
    spike_factor: float = 20.0
    """Values that are no counters: a deviation of this many ordinary steps that both neighbours contradict."""
    scale_window: int = 96
    """Readings on either side whose ordinary step is compared to find a change of multiplier."""
    scale_ratio: float = 1.5
    """Smallest ratio that counts as a change of multiplier."""
    rate_factor: float = 100.0
    """Estimated highest rate of a counter: this many times the median of its own positive steps."""


def counting(quality: Int32s) -> Bools:
    """Which readings count in sums and means; the vectorised form of :func:`greenpark.kernel.quality.counts`."""
    return np.asarray(((quality & _INVALID) == 0) | ((quality & _CONFIRMED) != 0), np.bool_)


def _per_reading(column: npt.NDArray[Any], starts: npt.NDArray[np.intp], n: int) -> npt.NDArray[Any]:
    return np.repeat(column, np.diff(starts, append=n))


def out_of_range(readings: Readings, table: PointTable) -> Bools:
    """Values outside ``min_value``..``max_value``, not finite, at or above the size of their register, or intervals
    above ``max_rate``. Shape (n,)."""
    n = len(readings)
    bad: Bools = ~np.isfinite(readings.values)
    starts = run_starts(readings.points)
    rows = table.rows(readings.points[starts])
    low, high = table.min_value[rows].copy(), table.max_value[rows].copy()
    kinds = table.kinds[rows]
    hours = table.interval_us[rows] / _US_PER_HOUR
    by_rate = np.where(kinds == _INTERVAL, table.max_rate[rows] * hours / np.abs(table.multiplier[rows]), np.nan)
    high = np.fmin(high, by_rate)
    if not np.isnan(low).all():
        bad |= readings.values < _per_reading(low, starts, n)
    if not np.isnan(high).all():
        bad |= readings.values > _per_reading(high, starts, n)
    size = np.where(kinds == _COUNTER, table.register_max[rows], np.nan)
    if not np.isnan(size).all():
        bad |= readings.values >= _per_reading(size, starts, n)
    return bad


def screen(readings: Readings, table: PointTable) -> Int32s:
    """Quality of each reading with what decides whether and how it counts: RANGE for all kinds; SPIKE, RESET and
    ROLLOVER for counters. Readings sorted by point and time, each moment once. Shape (n,).

    Raises UnknownPoint for readings without a specification.
    """
    if not len(readings):
        return readings.quality
    bad = out_of_range(readings, table)
    quality = readings.quality
    if bad.any():
        quality = quality | np.where(bad, np.int32(Quality.RANGE), np.int32(0))
    starts = run_starts(readings.points)
    rows = table.rows(readings.points[starts])
    is_counter = table.kinds[rows] == _COUNTER
    if not is_counter.any():
        return quality
    usable = _per_reading(is_counter, starts, len(readings)) & counting(quality) & np.isfinite(readings.values)
    chosen = None if usable.all() else np.flatnonzero(usable)
    found = counters.verdicts(_registers(readings, quality, table, chosen))
    if not found.any():
        return quality
    quality = quality.copy()
    if chosen is None:
        quality |= found
    else:
        quality[chosen] |= found
    return quality


def _registers(
    readings: Readings, quality: Int32s, table: PointTable, chosen: npt.NDArray[np.intp] | None
) -> counters.Registers:
    part = readings if chosen is None else readings.take(chosen)
    quality = quality if chosen is None else quality[chosen]
    starts = run_starts(part.points)
    rows = table.rows(part.points[starts])
    limit = table.max_rate[rows] / np.abs(table.multiplier[rows]) / _US_PER_HOUR
    n = len(part)
    return counters.Registers(
        part.points,
        part.times,
        part.values,
        np.asarray(_per_reading(limit, starts, n), np.float64),
        np.asarray(_per_reading(table.register_max[rows], starts, n), np.float64),
        (quality & _CONFIRMED) != 0,
    )


def gaps(readings: Readings, table: PointTable, limits: Limits = Limits()) -> Bools:
    """Readings before which others are missing. Shape (n,)."""
    found = np.zeros(len(readings), np.bool_)
    if len(readings) < 2:
        return found
    starts = run_starts(readings.points)
    expected = table.interval_us[table.rows(readings.points[starts])] * limits.gap_factor
    longest = _per_reading(expected, starts, len(readings))
    same = readings.points[1:] == readings.points[:-1]
    found[1:] = (np.diff(readings.times) > longest[1:]) & same
    return found


def flat_lines(readings: Readings, table: PointTable, limits: Limits = Limits()) -> Bools:
    """Rates and concentrations that did not change for ``flat_intervals`` readings or more; every reading of such a
    run. Counters and intervals may stand still, and so may a value of exactly 0. Shape (n,)."""
    n = len(readings)
    found = np.zeros(n, np.bool_)
    if not n:
        return found
    change = (np.diff(readings.values) != 0) | (np.diff(readings.points) != 0)
    begins = np.concatenate(([0], np.flatnonzero(change) + 1))
    lengths = np.diff(begins, append=n)
    kinds = table.kinds[table.rows(readings.points[begins])]
    movable = np.isin(kinds, [KINDS.index(PointKind.RATE), KINDS.index(PointKind.CONCENTRATION)])
    stuck = (lengths >= limits.flat_intervals) & movable & (readings.values[begins] != 0)
    return np.asarray(np.repeat(stuck, lengths), np.bool_)


def clock_skew(
    times: Int64s, received: Int64s, interval_us: Int64s | int, limits: Limits = Limits(), *, resent: bool = False
) -> Bools:
    """Readings whose device time lies further ahead of, or behind, the time of receipt than tolerated. ``resent``
    data may be any age; only the future is then wrong. Times in UTC µs, shape (n,)."""
    ahead: Bools = times - received > limits.clock_tolerance_us
    if resent:
        return ahead
    return np.asarray(ahead | (received - times > limits.clock_tolerance_us + np.asarray(interval_us)), np.bool_)


def duplicates(readings: Readings) -> tuple[Bools, Bools]:
    """(repeats, conflicts): rows that repeat the previous row's point and time with the same value, and with another
    value. Sorted stably, the last of a conflict is the one that counts. Shape (n,) each."""
    same = np.zeros(len(readings), np.bool_)
    alike = np.zeros(len(readings), np.bool_)
    if len(readings) > 1:
        same[1:] = (np.diff(readings.times) == 0) & (np.diff(readings.points) == 0)
        alike[1:] = readings.values[1:] == readings.values[:-1]
    return same & alike, same & ~alike


def value_spikes(readings: Readings, table: PointTable, limits: Limits = Limits()) -> Bools:
    """Single values of rates, intervals and concentrations that leave and come back at once, by more than
    ``spike_factor`` ordinary steps of the readings around them. A remark for people, not a removal. Shape (n,)."""
    n = len(readings)
    found = np.zeros(n, np.bool_)
    if n < 5:
        return found
    step = np.diff(readings.values, prepend=readings.values[:1])
    into, out = step[1:-1], -step[2:]
    deviation = np.minimum(np.abs(into), np.abs(out))
    alone = (np.sign(into) == np.sign(out)) & (deviation > 0)
    alone &= (readings.points[2:] == readings.points[1:-1]) & (readings.points[:-2] == readings.points[1:-1])
    center = np.flatnonzero(alone) + 1
    offsets = np.array([o for o in range(-4, 6) if o not in (0, 1)], np.intp)
    ordinary = counters._median(np.abs(counters._around(center, readings.points, step, offsets)))
    back = np.abs(readings.values[center + 1] - readings.values[center - 1]) <= 0.25 * deviation[center - 1]
    starts = run_starts(readings.points)
    rows = table.rows(readings.points[starts])
    kinds = _per_reading(table.kinds[rows], starts, n)
    usable = (kinds[center] != _COUNTER) & (kinds[center] != KINDS.index(PointKind.STATE))
    # The ordinary step of a flat series is 0; then the first move would be a spike. Such a series proves nothing.
    hit = usable & back & (ordinary > 0) & (deviation[center - 1] > limits.spike_factor * ordinary)
    found[center[hit]] = True
    return found


def scale_changes(readings: Readings, table: PointTable, limits: Limits = Limits()) -> Bools:
    """Readings from which on the ordinary step of a counter (or value of an interval) is a constant multiple of what
    it was: another CT, another unit. The one reading a point at which the ratio is most extreme. Shape (n,).

    A remark for people: production may also have doubled. Compared are the medians of ``scale_window`` readings on
    either side, and the whole of both sides must agree with it (middle halves that do not overlap)."""
    n, w = len(readings), limits.scale_window
    found = np.zeros(n, np.bool_)
    starts = run_starts(readings.points)
    ends = np.concatenate((starts[1:], [n])) if len(starts) else starts
    kinds = table.kinds[table.rows(readings.points[starts])]
    for start, end, kind in zip(starts, ends, kinds, strict=True):
        if kind not in (_COUNTER, _INTERVAL) or end - start < 2 * w + 1:
            continue
        values = readings.values[start:end]
        steps = np.diff(values) if kind == _COUNTER else values[1:]
        windows = np.lib.stride_tricks.sliding_window_view(steps, w)
        low, middle, high = np.quantile(windows, (0.25, 0.5, 0.75), axis=1)
        before, after = slice(0, len(middle) - w), slice(w, len(middle))
        apart = (low[after] > high[before]) | (high[after] < low[before])
        positive = (middle[before] > 0) & (middle[after] > 0) & apart
        ratio = np.where(positive, middle[after] / np.where(positive, middle[before], 1), 1.0)
        size = np.abs(np.log(ratio))
        best = int(np.argmax(size))
        if size[best] > np.log(limits.scale_ratio):
            found[start + best + w + 1] = True  # the reading at the end of the first step of the new size
    return found


def estimate_max_rate(readings: Readings, table: PointTable, limits: Limits = Limits()) -> Floats:
    """Highest plausible rate [unit/h, multiplier applied] of each point of the table from its own data: ``rate_factor``
    times the median of the positive rates; NaN for points that are no counters or have fewer than 8 positive steps.
    A proposal to write into ``PointSpec.max_rate``; rollups never guess it. Shape (len(table),)."""
    proposal = np.full(len(table), np.nan)
    if len(readings) < 2:
        return proposal
    spent = np.maximum(np.diff(readings.times), 1)
    rate = np.diff(readings.values) / spent * _US_PER_HOUR
    same = np.diff(readings.points) == 0
    starts = run_starts(readings.points)
    ends = np.concatenate((starts[1:], [len(readings)]))
    for row, start, end in zip(table.rows(readings.points[starts]), starts, ends, strict=True):
        if table.kinds[row] != _COUNTER:
            continue
        rising = rate[start : end - 1][same[start : end - 1]]
        rising = rising[rising > 0]
        if len(rising) >= 8:
            proposal[row] = limits.rate_factor * float(np.median(rising)) * abs(float(table.multiplier[row]))
    return proposal


def check(readings: Readings, table: PointTable, limits: Limits = Limits()) -> Int32s:
    """Everything the checks find, as quality bits beside what is stored: ``screen`` plus the remarks. Shape (n,)."""
    quality = screen(readings, table).copy()
    remarks: tuple[tuple[Bools, Quality], ...] = (
        (gaps(readings, table, limits), Quality.GAP),
        (flat_lines(readings, table, limits), Quality.FLAT_LINE),
        (duplicates(readings)[0], Quality.DUPLICATE),
        (scale_changes(readings, table, limits), Quality.MULTIPLIER_CHANGE),
        (value_spikes(readings, table, limits), Quality.SPIKE),
    )
    for mask, bit in remarks:
        quality[mask] |= np.int32(bit)
    return quality
