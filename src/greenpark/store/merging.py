"""Putting readings in order and laying newer ones over older ones. Pure functions over columns."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

import numpy as np

from greenpark.kernel.periods import day_start_us, local_day
from greenpark.kernel.quality import CONTENT_BITS
from greenpark.kernel.readings import Int32s, Int64s, Readings

_DAY_BITS = 37  # microseconds of a day of up to 38 hours
_POINT_RANGE = 1 << (63 - _DAY_BITS)


def order_in_day(points: Int32s, times: Int64s) -> Int64s:
    """Stable order by point, then time, for readings of one day."""
    if len(points) < 2:
        return np.arange(len(points))
    low, start = int(points.min()), int(times.min())
    if int(points.max()) - low >= _POINT_RANGE or int(times.max()) - start >= 1 << _DAY_BITS:
        return np.lexsort((times, points))
    key = ((points.astype(np.int64) - low) << _DAY_BITS) | (times - start)
    if bool((key[1:] >= key[:-1]).all()):
        return np.arange(len(points))
    return np.argsort(key, kind="stable")


def by_day(readings: Readings) -> Iterator[tuple[date, Readings]]:
    """The readings of each local day, in their order, oldest day first; one day at a time in memory."""
    if not len(readings):
        return
    first, last = local_day(int(readings.times.min())), local_day(int(readings.times.max()))
    days = [date.fromordinal(n) for n in range(first.toordinal(), last.toordinal() + 1)]
    if len(days) == 1:
        yield first, readings
        return
    starts = np.array([day_start_us(day) for day in days[1:]], np.int64)
    index = np.searchsorted(starts, readings.times, side="right").astype(np.uint16 if len(days) < 65_536 else np.int64)
    order = np.argsort(index, kind="stable")
    bounds = np.searchsorted(index[order], np.arange(len(days) + 1)).tolist()
    for day, low, high in zip(days, bounds[:-1], bounds[1:], strict=True):
        if high > low:
            yield day, readings.take(order[low:high])


def rounds(readings: Readings) -> Iterator[Readings]:
    """Parts in which each point and time comes once. ``readings`` is by time and point, later arrivals last; the n-th
    arrival of a key is in the n-th part."""
    if not len(readings):
        return
    first = np.ones(len(readings), np.bool_)
    first[1:] = (readings.times[1:] != readings.times[:-1]) | (readings.points[1:] != readings.points[:-1])
    if first.all():
        yield readings
        return
    rank = np.arange(len(readings)) - np.flatnonzero(first)[np.cumsum(first) - 1]
    for turn in range(int(rank.max()) + 1):
        yield readings.take(rank == turn)


@dataclass(frozen=True, slots=True)
class Merged:
    """A day by point and time without doubles, and what had to give way.

    ``earlier`` and ``later`` index the concatenation of the older and the newer rows, pairwise.
    """

    readings: Readings
    earlier: Int64s
    later: Int64s


def merge_day(older: Readings, newer: Readings) -> Merged:
    """Newer rows over older ones, and later rows of ``newer`` over earlier ones. The same value and quality again (but
    for marks of receipt) keeps the row that was first, with its frame."""
    both = Readings.concat(found) if len(found := [r for r in (older, newer) if len(r)]) != 1 else found[0]
    order = order_in_day(both.points, both.times)
    points, times = both.points[order], both.times[order]
    again = (points[1:] == points[:-1]) & (times[1:] == times[:-1])
    if not again.any():
        none = np.zeros(0, np.int64)
        return Merged(both.take(order), none, none)
    kept, earlier, later = _settle(both, order, again)
    return Merged(both.take(kept), earlier, later)


def _settle(both: Readings, order: Int64s, again: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> tuple[
    Int64s, Int64s, Int64s
]:  # fmt: skip
    """Of each run of equal keys the row that stands, and the pairs (given way, by which)."""
    first = np.concatenate([[True], ~again])
    run = np.cumsum(first) - 1
    stands = order[first].copy()
    earlier: list[np.ndarray[tuple[int], np.dtype[np.int64]]] = []
    later: list[np.ndarray[tuple[int], np.dtype[np.int64]]] = []
    rank = np.arange(len(order)) - np.flatnonzero(first)[run]
    for turn in range(1, int(rank.max()) + 1):
        rows = np.flatnonzero(rank == turn)
        now, was = order[rows], stands[run[rows]]
        differs = (both.values[now] != both.values[was]) | (
            ((both.quality[now] ^ both.quality[was]) & CONTENT_BITS) != 0
        )
        earlier.append(was[differs])
        later.append(now[differs])
        stands[run[rows[differs]]] = now[differs]
    return stands, np.concatenate(earlier), np.concatenate(later)
