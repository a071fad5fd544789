"""Rules that put another value in the place of one that does not count. The original is kept, and the rule is named."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

from greenpark.engines.quality.checks import counting
from greenpark.kernel.periods import PARK_ZONE, day_start_us, local_day
from greenpark.kernel.points import PointKind
from greenpark.kernel.pointtable import KINDS, PointTable, run_starts
from greenpark.kernel.quality import INVALID, Quality
from greenpark.kernel.readings import Floats, Int64s, Readings

Indices = npt.NDArray[np.intp]

_COUNTER = KINDS.index(PointKind.COUNTER)


class Rule(StrEnum):
    """Where a substituted value comes from."""

    PREVIOUS = "previous"  # the last value that counts
    LINEAR = "linear"  # on the line between the values that count before and after
    COMPARABLE = "comparable"  # mean of the same time of day on earlier comparable days


class NotSubstitutable(ValueError):
    """A register has no value of its own to substitute: the rollup divides what it counted on."""


@dataclass(frozen=True, slots=True)
class Reach:
    """How far a rule may look; beyond it a value stays missing rather than being made up."""

    previous_intervals: int = 4
    """PREVIOUS: at most so many expected intervals old."""
    linear_intervals: int = 16
    """LINEAR: the two values may be at most so many expected intervals apart."""
    comparable_days: int = 28
    """COMPARABLE: days looked back."""
    comparable_least: int = 3
    """COMPARABLE: so many of these days must have a value."""


@dataclass(frozen=True, slots=True)
class Substituted:
    """``readings`` carry the new values with SUBSTITUTED and ESTIMATED; storing them replaces the originals, which the
    store keeps. ``originals`` are the values they stand for (NaN where nothing was received). ``left`` are the rows of
    the input for which the rule found nothing."""

    rule: Rule
    readings: Readings
    originals: Floats
    left: Indices


def missing(readings: Readings, table: PointTable) -> Readings:
    """Rows for readings that never came, one per expected interval between two that did, with value NaN and GAP: to be
    concatenated with the readings, sorted, and substituted. Readings by point and time."""
    parts = [Readings.empty()]
    for low, high in _runs(readings):
        interval = int(table.interval_us[table.rows(readings.points[low : low + 1])[0]])
        times = readings.times[low:high]
        absent = np.maximum(np.rint(np.diff(times) / interval).astype(np.int64) - 1, 0)
        after = np.repeat(np.arange(len(absent)), absent)
        nth = np.arange(len(after)) - np.repeat(np.cumsum(absent) - absent, absent) + 1
        at = times[after] + nth * (np.diff(times)[after] // (absent[after] + 1))
        n = len(at)
        ids = np.full(n, readings.points[low], np.int32)
        parts.append(Readings.of(ids, at, np.full(n, np.nan), np.full(n, int(Quality.GAP))))
    return Readings.concat(parts)


def substitute(
    readings: Readings,
    table: PointTable,
    rule: Rule,
    reach: Reach = Reach(),
    *,
    zone: ZoneInfo = PARK_ZONE,
) -> Substituted:
    """Values for all readings that do not count, or are NaN, by one rule. Readings by point and time, with quality.

    Raises NotSubstitutable for counters, UnknownPoint for readings without a specification.
    """
    usable = counting(readings.quality) & np.isfinite(readings.values)
    values = np.full(len(readings), np.nan)
    for low, high in _runs(readings):
        row = table.rows(readings.points[low : low + 1])[0]
        if table.kinds[row] == _COUNTER:
            raise NotSubstitutable(
                f"监测点 {int(readings.points[low])} 是累计量，不替代单个读数；缺失时段由汇总按时间和可比日分摊"
            )
        here = slice(low, high)
        good = np.flatnonzero(usable[here])
        wanted = np.flatnonzero(~usable[here])
        if not len(good) or not len(wanted):
            continue
        times, known = readings.times[here], readings.values[here]
        interval = int(table.interval_us[row])
        values[low + wanted] = _RULES[rule](times, known, good, wanted, interval, reach, zone)
    found = ~usable & ~np.isnan(values)
    part = readings.take(found)
    quality = (part.quality & ~np.int32(INVALID)) | np.int32(Quality.SUBSTITUTED | Quality.ESTIMATED)
    new = Readings(part.points, part.times, values[found], quality.astype(np.int32), part.frames)
    return Substituted(rule, new, part.values, np.flatnonzero(~usable & ~found))


def _runs(readings: Readings) -> list[tuple[int, int]]:
    starts = run_starts(readings.points)
    return list(zip(starts.tolist(), [*starts[1:].tolist(), len(readings)], strict=True)) if len(starts) else []


def _previous(
    times: Int64s, known: Floats, good: Indices, wanted: Indices, interval: int, reach: Reach, _zone: ZoneInfo
) -> Floats:
    at = np.searchsorted(good, wanted) - 1
    source = good[np.maximum(at, 0)]
    near = (at >= 0) & (times[wanted] - times[source] <= reach.previous_intervals * interval)
    return np.asarray(np.where(near, known[source], np.nan), np.float64)


def _linear(
    times: Int64s, known: Floats, good: Indices, wanted: Indices, interval: int, reach: Reach, _zone: ZoneInfo
) -> Floats:
    at = np.searchsorted(good, wanted)
    inside = (at > 0) & (at < len(good))
    before, after = good[np.maximum(at - 1, 0)], good[np.minimum(at, len(good) - 1)]
    apart = times[after] - times[before]
    near = inside & (apart <= reach.linear_intervals * interval)
    share = (times[wanted] - times[before]) / np.maximum(apart, 1)
    return np.asarray(np.where(near, known[before] + (known[after] - known[before]) * share, np.nan), np.float64)


def _comparable(
    times: Int64s, known: Floats, good: Indices, wanted: Indices, interval: int, reach: Reach, zone: ZoneInfo
) -> Floats:
    """Working days, Saturdays and Sundays are compared with their like; the nearest reading within half an interval of
    the same local time of day counts."""
    found = np.full(len(wanted), np.nan)
    good_times = times[good]
    for i, moment in enumerate(times[wanted].tolist()):
        today = local_day(moment, zone)
        into_day = moment - day_start_us(today, zone)
        targets = []
        for back in range(1, reach.comparable_days + 1):
            day = type(today).fromordinal(today.toordinal() - back)
            if _day_class(day.weekday()) == _day_class(today.weekday()):
                targets.append(day_start_us(day, zone) + into_day)
        wanted_at = np.array(targets, np.int64)
        right = np.minimum(np.searchsorted(good_times, wanted_at), len(good_times) - 1)
        left = np.maximum(right - 1, 0)
        nearer = np.abs(good_times[left] - wanted_at) < np.abs(good_times[right] - wanted_at)
        at = np.where(nearer, left, right)
        hit = np.abs(good_times[at] - wanted_at) * 2 <= interval
        if hit.sum() >= reach.comparable_least:
            found[i] = known[good[at[hit]]].mean()
    return found


def _day_class(weekday: int) -> int:
    return max(weekday - 4, 0)


_RULES = {Rule.PREVIOUS: _previous, Rule.LINEAR: _linear, Rule.COMPARABLE: _comparable}
