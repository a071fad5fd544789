"""What the newest time of each point is, in memory: tells late readings from fresh ones at the speed of the inbox."""

from __future__ import annotations

import numpy as np

from greenpark.kernel.readings import Int32s, Int64s

#: Earlier than any reading.
NEVER = np.iinfo(np.int64).min


class Newest:
    """A copy of the ``latest`` table's times. Valid as of the append numbered ``arrival``."""

    def __init__(self) -> None:
        self.arrival = -1
        self._points = np.zeros(0, np.int32)
        self._times = np.zeros(0, np.int64)

    def of(self, points: Int32s) -> Int64s:
        """Newest time per entry of ``points`` [UTC µs], ``NEVER`` for a point without readings."""
        if not len(self._points):
            return np.full(len(points), NEVER, np.int64)
        at = np.minimum(np.searchsorted(self._points, points), len(self._points) - 1)
        return np.where(self._points[at] == points, self._times[at], NEVER)

    def update(self, points: Int32s, times: Int64s, arrival: int) -> None:
        """Take in newest times of distinct points; an earlier time than the known one changes nothing."""
        known = np.isin(points, self._points, assume_unique=True)
        if not known.all():
            merged = np.concatenate([self._points, points[~known]])
            order = np.argsort(merged, kind="stable")
            self._points = merged[order]
            self._times = np.concatenate([self._times, times[~known]])[order]
        if known.any():
            at = np.searchsorted(self._points, points[known])
            self._times[at] = np.maximum(self._times[at], times[known])
        self.arrival = arrival


def newest_rows(points: Int32s, times: Int64s) -> Int64s:
    """Index of the newest row of each point; of equal times the last row. By point."""
    if not len(points):
        return np.zeros(0, np.int64)
    order = np.lexsort((times, points))
    last = np.flatnonzero(np.append(np.diff(points[order]) != 0, True))
    return order[last]


def spans(points: Int32s, times: Int64s, gap_us: int) -> tuple[Int32s, Int64s, Int64s]:
    """Half-open spans that cover the readings, a new one wherever a point pauses for more than ``gap_us``."""
    if not len(points):
        return points, times, times
    order = np.lexsort((times, points))
    p, t = points[order], times[order]
    cut = (np.diff(p) != 0) | (np.diff(t) > gap_us)
    first = np.flatnonzero(np.concatenate([[True], cut]))
    last = np.flatnonzero(np.concatenate([cut, [True]]))
    return p[first], t[first], t[last] + 1
