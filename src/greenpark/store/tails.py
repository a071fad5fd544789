"""What the keeper remembers of each point: the newest counting reading, how settled it is, and the rows still open."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from greenpark.engines import quality
from greenpark.kernel.pointtable import PointTable, run_starts
from greenpark.kernel.quality import Quality
from greenpark.kernel.readings import Floats, Int64s, Readings, Rollups, Step

Indices = npt.NDArray[np.intp]

#: Moment before all others.
NEVER = -(1 << 62)
_EVENT = int(Quality.SPIKE | Quality.RESET | Quality.ROLLOVER)


@dataclass(slots=True)
class Tails:
    """Columns along ``table``; one row a point."""

    table: PointTable
    known: npt.NDArray[np.bool_] = field(init=False)
    """Read from the store since the process began; all else is meaningless without."""
    seen: Int64s = field(init=False)
    """Time of the newest reading, counting or not."""
    time: Int64s = field(init=False)
    """Time of the newest counting reading; NEVER without one."""
    value: Floats = field(init=False)
    rate: Floats = field(init=False)
    """Rise per µs of the newest step, raw; NaN without one."""
    unsettled: Int64s = field(init=False)
    """Ordinary readings still to come before verdicts on the past cannot change."""

    def __post_init__(self) -> None:
        n = len(self.table)
        self.known = np.zeros(n, np.bool_)
        self.seen = np.full(n, NEVER, np.int64)
        self.time = np.full(n, NEVER, np.int64)
        self.value = np.full(n, np.nan)
        self.rate = np.full(n, np.nan)
        self.unsettled = np.full(n, quality.CONTEXT, np.int64)

    def moved_to(self, table: PointTable) -> Tails:
        """The same memory along another table; points that are new there are not known."""
        moved = Tails(table)
        if not len(self.table) or not len(table):
            return moved
        at = np.minimum(np.searchsorted(self.table.ids, table.ids), len(self.table) - 1)
        same = self.table.ids[at] == table.ids
        for name in ("known", "seen", "time", "value", "rate", "unsettled"):
            getattr(moved, name)[same] = getattr(self, name)[at[same]]
        return moved

    def learn(self, readings: Readings, rows: Indices) -> None:
        """Take over what screened readings say of the points at ``rows``: their newest readings, with context."""
        self.known[rows] = True
        if not len(readings):
            return
        wanted = np.zeros(len(self.table), np.bool_)
        wanted[rows] = True
        at = self.table.rows(readings.points)
        readings, at = readings.take(wanted[at]), at[wanted[at]]
        starts = run_starts(readings.points)
        for low, high in zip(starts, np.append(starts[1:], len(readings)), strict=True):
            row = int(at[low])
            if readings.times[high - 1] >= self.seen[row]:
                self._learn_one(row, readings.take(slice(low, high)))

    def _learn_one(self, row: int, readings: Readings) -> None:
        self.seen[row] = readings.times[-1]
        counts = np.flatnonzero(quality.counting(readings.quality))
        times, values = readings.times[counts], readings.values[counts]
        self.time[row] = times[-1] if len(times) else NEVER
        self.value[row] = values[-1] if len(times) else np.nan
        self.rate[row] = (values[-1] - values[-2]) / (times[-1] - times[-2]) if len(times) > 1 else np.nan
        eventful = (readings.quality & _EVENT) != 0
        eventful[1:] |= np.diff(readings.values, prepend=readings.values[:1])[1:] < 0
        last_event = int(np.flatnonzero(eventful)[-1]) if eventful.any() else -1
        quiet = int((counts > last_event).sum())
        self.unsettled[row] = max(0, quality.CONTEXT - quiet)


@dataclass(slots=True)
class OpenRows:
    """The newest row of each point at each step, to which further readings add."""

    rows: dict[Step, Rollups] = field(default_factory=lambda: {step: Rollups.empty() for step in Step})

    def of(self, step: Step, points: npt.NDArray[np.int32]) -> Rollups:
        rows = self.rows[step]
        return rows.take(np.isin(rows.points, points))

    def replace(self, step: Step, rows: Rollups) -> None:
        """Keep the newest row of each point; ``rows`` by point and start."""
        if not len(rows):
            return
        newest = rows.take(np.append(run_starts(rows.points)[1:], len(rows)) - 1)
        held = self.rows[step]
        both = Rollups.concat([held.take(~np.isin(held.points, newest.points)), newest])
        self.rows[step] = both.take(np.argsort(both.points, kind="stable"))

    def forget(self, points: npt.NDArray[np.int32]) -> None:
        for step, rows in self.rows.items():
            self.rows[step] = rows.take(~np.isin(rows.points, points))
