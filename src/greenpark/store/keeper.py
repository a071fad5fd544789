"""Keeps the rollups up to date behind the store.

The ingest pipeline hands over each committed batch. Ordinary readings, newer than the last and rising as before, are
added to the open rows in memory without reading anything again. Everything else (late, suspicious, after a suspicion,
first of a process) is made again from stored readings by :mod:`greenpark.store.recompute`. Both give the same rows.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

from greenpark.engines import quality, rollup
from greenpark.engines.quality.counters import SUSPICIOUS_FACTOR
from greenpark.kernel.periods import PARK_ZONE, local_day
from greenpark.kernel.points import PointKind, PointSpec
from greenpark.kernel.pointtable import KINDS, PointTable, run_starts
from greenpark.kernel.quality import Quality
from greenpark.kernel.readings import Int32s, Int64s, Readings, Rollups, Step
from greenpark.store.interface import LateSpan, Store
from greenpark.store.recompute import Recomputer, Spans
from greenpark.store.tails import NEVER, OpenRows, Tails

log = logging.getLogger(__name__)

Bools = npt.NDArray[np.bool_]

#: Given point ids, their specifications; ids it does not know are left out.
SpecsProvider = Callable[[Sequence[int]], Iterable[PointSpec]]

_COUNTER = KINDS.index(PointKind.COUNTER)
_WITH_STEPS = [KINDS.index(k) for k in (PointKind.COUNTER, PointKind.RATE, PointKind.STATE, PointKind.INTERVAL)]
_INTERVAL = KINDS.index(PointKind.INTERVAL)
_MARKED = int(Quality.RESET | Quality.ROLLOVER)
_US_PER_HOUR = 3_600_000_000
#: Later than any period [UTC µs]: the year 2255.
_END_OF_TIME = 9_000_000_000_000_000
#: Late spans longer than this are made again as whole days [µs].
_LONG_SPAN_US = 3 * 24 * _US_PER_HOUR
#: How far back a process that starts looks for rows that a crash kept from being written [µs].
RECOVERY_US = 45 * 24 * _US_PER_HOUR


@dataclass(slots=True)
class Work:
    """What the keeper has done since it was made; for the page on system health."""

    batches: int = 0
    readings: int = 0
    added: int = 0
    """Readings taken by the fast way."""
    recomputed: int = 0
    """Stretches made again from stored readings."""
    without_spec: int = 0
    """Readings of points nobody describes (any more); they are stored but not rolled up."""


def _steady_clock() -> int:
    return time.monotonic_ns() // 1000


class RollupKeeper:
    """One per process that writes readings. Safe to call from several threads.

    Args:
        store: where readings are read from and rows are written to.
        specs: specifications of points; asked once per point until :meth:`specs_changed`.
        zone: in which days and months are cut.
        flush_us: rows are written at most this often.
        clock: rising µs; only differences matter.
    """

    def __init__(
        self,
        store: Store,
        specs: SpecsProvider,
        *,
        zone: ZoneInfo = PARK_ZONE,
        flush_us: int = 500_000,
        clock: Callable[[], int] = _steady_clock,
    ) -> None:
        self.store, self.zone, self.flush_us = store, zone, flush_us
        self.work = Work()
        self._specs, self._clock = specs, clock
        self._recomputer = Recomputer(store, zone)
        self._tails, self._open = Tails(PointTable.of([])), OpenRows()
        self._no_spec: set[int] = set()
        self._waiting: list[Readings] = []
        self._behind: set[int] = set()
        self._flushed_us = clock()
        self._inbox, self._lock = threading.Lock(), threading.RLock()

    # ---- called by whoever writes

    def committed(self, readings: Readings) -> None:
        """These readings are on disk. Called in the order of the commits; cheap, except when a flush is due."""
        with self._inbox:
            self._waiting.append(readings)
            self.work.batches += 1
        self.tick()

    def tick(self) -> bool:
        """Flush when one is due; to be called about once a second when nothing is committed. Returns whether it did."""
        if self._clock() - self._flushed_us < self.flush_us:
            return False
        return self.flush()

    def flush(self) -> bool:
        """Write all rows that the committed readings change. Returns whether there was anything. When it raises, the
        points concerned are made again from the store at the next flush: nothing is lost."""
        with self._lock:
            with self._inbox:
                parts, self._waiting = self._waiting, []
            self._flushed_us = self._clock()
            if not parts and not self._behind:
                return self._late() > 0
            readings = _unique(Readings.concat(parts).sorted())
            try:
                self._take(readings)
            except Exception:
                self._behind.update(int(p) for p in np.unique(readings.points))
                self._forget(np.unique(readings.points))
                raise
            self._late()
            return True

    def recover(self) -> int:
        """After a start: make the rows again that a crash kept from being written. Returns the number of points looked
        at. Late spans survive a crash in the store; the newest readings of each point are compared with its rows."""
        with self._lock:
            newest = self.store.latest(None)
            self._describe(newest.points)
            newest = newest.take(np.isin(newest.points, self._tails.table.ids))
            if len(newest):
                begins = self._newest_rows(newest)
                self._recompute(Spans.of(newest.points, begins, newest.times))
            self._late()
            return len(newest)

    def rebuild(self, points: Sequence[int] | None, day_from: date, day_to: date, *, bulk: bool = False) -> int:
        """Make all rollups of the local days ``day_from`` <= day < ``day_to`` again from stored readings, and the
        months around them; of all points that have readings when None. Returns the readings read. ``bulk`` writes
        quarters, hours and days into the history instead of the database of recent ones: for a backfill of years."""
        with self._lock:
            self.flush()
            chosen = self.store.latest(None).points if points is None else np.unique(np.array(points, np.int32))
            self._describe(chosen)
            chosen = chosen[np.isin(chosen, self._tails.table.ids)]
            if not len(chosen):
                return 0
            done = self._recomputer.days(_part(self._tails.table, chosen), day_from, day_to, bulk=bulk)
            self._forget(chosen)
            return done

    def specs_changed(self, points: Sequence[int]) -> None:
        """Ask for the specifications of these points again. Rows already written stay; rebuild the days that the change
        concerns."""
        with self._lock:
            self.flush()
            gone = np.array(points, np.int32)
            self._no_spec.difference_update(int(p) for p in points)
            self._open.forget(gone)
            table = self._tails.table
            self._tails = self._tails.moved_to(_part(table, table.ids[~np.isin(table.ids, gone)]))

    # ---- the two ways

    def _take(self, readings: Readings) -> None:
        self.work.readings += len(readings)
        self._describe(readings.points[run_starts(readings.points)])
        readings = self._described(readings)
        slow_points = np.zeros(len(self._tails.table), np.bool_)
        at = self._tails.table.rows(readings.points)
        fresh, slow = self._sort_out(readings, at)
        slow_points[slow] = True
        if self._behind:
            slow_points |= np.isin(self._tails.table.ids, np.array(sorted(self._behind), np.int32))
        slow_points |= self._changed_elsewhere(np.unique(at[~slow_points[at]]))
        fast = ~slow_points[at]
        if fast.any():
            self._add(fresh.take(fast), at[fast])
        spans = self._spans(readings.take(~fast))
        if len(spans):
            self._recompute(spans)
        self._behind.clear()

    def _changed_elsewhere(self, rows: npt.NDArray[np.intp]) -> Bools:
        """Which of these points another process has written for since: their newest stored month is not the one held
        here, so what is remembered of them is out of date. Shape of the table."""
        changed = np.zeros(len(self._tails.table), np.bool_)
        if not len(rows):
            return changed
        points = self._tails.table.ids[rows]
        held = self._open.of(Step.MONTH, points)
        begin = int(held.starts.min()) if len(held) else int(self._tails.seen[rows].min())
        stored = self.store.rollups(Step.MONTH, points, begin, _END_OF_TIME)
        newest = stored.take(np.append(run_starts(stored.points)[1:], len(stored)) - 1 if len(stored) else slice(0))
        if len(newest) == len(held) and (newest.points == held.points).all():
            same = (newest.starts == held.starts) & (newest.count == held.count) & (newest.quality == held.quality)
            alike = (newest.amount == held.amount) | (np.isnan(newest.amount) & np.isnan(held.amount))
            changed[self._tails.table.rows(held.points[~(same & alike)])] = True
            return changed
        changed[rows] = True
        return changed

    def _describe(self, points: Int32s) -> None:
        """Make sure that the table describes the points that anybody describes."""
        table = self._tails.table
        missing = [int(p) for p in points[~np.isin(points, table.ids)] if int(p) not in self._no_spec]
        if not missing:
            return
        found = [s for s in self._specs(missing) if s.id in set(missing)]
        self._no_spec.update(set(missing) - {s.id for s in found})
        self._tails = self._tails.moved_to(_joined(table, PointTable.of(found)))

    def _described(self, readings: Readings) -> Readings:
        inside = np.isin(readings.points, self._tails.table.ids)
        self.work.without_spec += int((~inside).sum())
        return readings if inside.all() else readings.take(inside)

    def _sort_out(self, readings: Readings, at: npt.NDArray[np.intp]) -> tuple[Readings, npt.NDArray[np.intp]]:
        """Readings with their range checked, and the rows of points that cannot be added the fast way."""
        tails = self._tails
        table = tails.table
        bad = quality.out_of_range(readings, table)
        if bad.any():
            marked = readings.quality | np.where(bad, np.int32(Quality.RANGE), np.int32(0))
            readings = Readings(readings.points, readings.times, readings.values, marked, readings.frames)
        slow = (
            ~(tails.known & self._reaches_open_row())[at]
            | (readings.times <= tails.seen[at])
            | ((readings.quality & _MARKED) != 0)
        )
        is_counter = table.kinds[at] == _COUNTER
        opened = self._opened()[at]
        slow |= readings.times < opened  # an amount of an earlier interval has already reached into a later quarter
        slow |= is_counter & (tails.unsettled[at] > 0)
        use = np.flatnonzero(is_counter & quality.counting(readings.quality))
        if len(use):
            slow[use] |= self._suspicious(readings.take(use), at[use])
        return readings, np.unique(at[slow])

    def _reaches_open_row(self) -> Bools:
        """Points whose next step begins in their open quarter. Where readings that do not count lie in between, it
        begins before, in a row that is not at hand."""
        tails = self._tails
        kinds = tails.table.kinds
        begin = np.where(kinds == _INTERVAL, tails.time + tails.table.interval_us, tails.time)
        opened = self._opened()
        stepless = ~np.isin(kinds, _WITH_STEPS)
        return np.asarray(stepless | (tails.time == NEVER) & (opened == NEVER) | (begin >= opened), np.bool_)

    def _opened(self) -> Int64s:
        """Start of the open quarter of each point of the table; NEVER without one."""
        table = self._tails.table
        rows = self._open.rows[Step.QUARTER]
        opened = np.full(len(table), NEVER, np.int64)
        known = np.isin(rows.points, table.ids)
        opened[table.rows(rows.points[known])] = rows.starts[known]
        return opened

    def _suspicious(self, readings: Readings, at: npt.NDArray[np.intp]) -> Bools:
        """Steps that the checks might want to look at: back, too fast, or out of proportion to the step before. It
        may say so too often, never too seldom."""
        tails = self._tails
        first = np.ones(len(readings), np.bool_)
        first[1:] = readings.points[1:] != readings.points[:-1]
        before_time = np.where(first, tails.time[at], np.roll(readings.times, 1))
        before_value = np.where(first, tails.value[at], np.roll(readings.values, 1))
        spent = np.maximum(readings.times - before_time, 1).astype(np.float64)
        rate = (readings.values - before_value) / spent
        before_rate = np.where(first, tails.rate[at], np.roll(rate, 1))
        limit = tails.table.max_rate[at] / np.abs(tails.table.multiplier[at]) / _US_PER_HOUR
        allowed = np.where(np.isnan(limit), SUSPICIOUS_FACTOR * before_rate, limit * (1 - 1e-9))
        return np.asarray(~((rate >= 0) & (rate <= allowed)), np.bool_)

    def _add(self, readings: Readings, at: npt.NDArray[np.intp]) -> None:
        """The fast way: only steps that end at the new readings, added to the open rows."""
        tails = self._tails
        self.work.added += len(readings)
        rows = np.unique(at)
        rows = rows[(tails.time[rows] != NEVER) & np.isin(tails.table.kinds[rows], _WITH_STEPS)]
        carried = Readings.of(tails.table.ids[rows], tails.time[rows], tails.value[rows])
        both = Readings.concat([carried, readings])
        own = np.ones(len(both), np.bool_)
        own[: len(carried)] = False
        order = np.lexsort((both.times, both.points))
        parts, gaps = rollup.quarters(both.take(order), tails.table, own=own[order])
        points = readings.points[run_starts(readings.points)]
        if len(gaps):
            parts = self._with_gaps(parts, gaps, points)
        self._store_parts(parts, points)
        self._remember(readings, at)

    def _with_gaps(self, parts: Rollups, gaps: rollup.Gaps, points: Int32s) -> Rollups:
        silent, begin, end = rollup.needed_history(gaps)
        so_far = self._merge([self._open.of(Step.QUARTER, points), parts], Step.QUARTER)
        history = Rollups.concat([so_far, self.store.rollups(Step.QUARTER, silent, begin, end)])
        return self._merge([parts, rollup.spread(gaps, history, self.zone)], Step.QUARTER)

    def _merge(self, parts: list[Rollups], step: Step) -> Rollups:
        return rollup.merge(parts, self._tails.table, step, self.zone)

    def _store_parts(self, parts: Rollups, points: Int32s) -> None:
        """Add partial quarters to the open rows of all steps and write what changed."""
        source = Step.QUARTER
        for step in rollup.ORDER:
            if step is not source:
                parts = rollup.aggregate(parts, self._tails.table, source, step, self.zone)
            # Only rows that something was added to; an open row before them is written already.
            changed = self._merge([self._open.of(step, points), parts], step)
            self.store.put_rollups(step, changed)
            self._open.replace(step, changed)
            source = step

    def _remember(self, readings: Readings, at: npt.NDArray[np.intp]) -> None:
        tails = self._tails
        newest = np.append(run_starts(readings.points)[1:], len(readings)) - 1
        tails.seen[at[newest]] = readings.times[newest]
        use = np.flatnonzero(quality.counting(readings.quality))
        if not len(use):
            return
        counted, at = readings.take(use), at[use]
        starts = run_starts(counted.points)
        last = np.append(starts[1:], len(counted)) - 1
        single = last == starts
        before = np.maximum(last - 1, 0)
        before_time = np.where(single, tails.time[at[last]], counted.times[before])
        before_value = np.where(single, tails.value[at[last]], counted.values[before])
        spent = np.maximum(counted.times[last] - before_time, 1)
        tails.rate[at[last]] = np.where(before_time == NEVER, np.nan, (counted.values[last] - before_value) / spent)
        tails.time[at[last]], tails.value[at[last]] = counted.times[last], counted.values[last]

    def _spans(self, readings: Readings) -> Spans:
        """Stretches of the points that go the slow way: of new readings, and of what an earlier flush left behind."""
        starts = run_starts(readings.points)
        ends = np.append(starts[1:], len(readings)) - 1 if len(starts) else starts
        points, first, last = readings.points[starts], readings.times[starts], readings.times[ends]
        behind = np.array(sorted(self._behind), np.int32)
        if len(behind):
            newest = self.store.latest(behind)
            newest = newest.take(np.isin(newest.points, self._tails.table.ids))
            begins = self._newest_rows(newest)
            points = np.concatenate((points, newest.points))
            first, last = np.concatenate((first, begins)), np.concatenate((last, newest.times))
        return Spans.of(points, first, last)

    def _recompute(self, spans: Spans) -> None:
        self.work.recomputed += len(spans)
        points = np.unique(spans.points)
        readings = self._recomputer.spans(spans, self._tails.table)
        rows = self._tails.table.rows(points)
        self._tails.learn(readings, rows)
        self._reopen(points)

    def _reopen(self, points: Int32s) -> None:
        """Take the newest stored row of each point at each step for its open one."""
        table = self._tails.table
        rows = table.rows(points)
        rows = rows[self._tails.seen[rows] != NEVER]
        self._open.forget(points)
        if not len(rows):
            return
        points, seen = table.ids[rows], self._tails.seen[rows]
        # An amount reaches beyond the quarter of its reading; its last row is the open one.
        reach = seen + np.where(table.kinds[rows] == _INTERVAL, table.interval_us[rows], 1)
        for step in rollup.ORDER:
            starts = rollup.period_starts(seen, step, self.zone)
            found = self.store.rollups(step, points, int(starts.min()), int(reach.max()))
            at = np.searchsorted(points, found.points)
            self._open.replace(step, found.take(found.starts >= starts[at]))

    def _late(self) -> int:
        """Work off the late spans that the store remembers."""
        done = 0
        while spans := self.store.take_late():
            self._describe(np.array(sorted({s.point for s in spans}), np.int32))
            mine = [s for s in spans if s.point not in self._no_spec]
            long = [s for s in mine if s.end_us - s.start_us > _LONG_SPAN_US]
            short = [s for s in mine if s.end_us - s.start_us <= _LONG_SPAN_US]
            if short:
                self._recompute(_late_spans(short))
            if long:
                self._rebuild_late(long)
            self.store.done_late([s.id for s in spans])
            done += len(spans)
        return done

    def _rebuild_late(self, spans: list[LateSpan]) -> None:
        points = np.unique(np.array([s.point for s in spans], np.int32))
        first, last = min(s.start_us for s in spans), max(s.end_us for s in spans)
        table = _part(self._tails.table, points)
        following = local_day(last - 1, self.zone).toordinal() + 1
        self._recomputer.days(table, local_day(first, self.zone), date.fromordinal(following), bulk=False)
        self.work.recomputed += len(spans)
        self._forget(points)

    def _newest_rows(self, newest: Readings) -> Int64s:
        """Where the stored quarters of each point end, at most ``RECOVERY_US`` before its newest reading [UTC µs]."""
        begins = newest.times - RECOVERY_US
        if not len(newest):
            return begins
        for step, back in ((Step.DAY, RECOVERY_US), (Step.QUARTER, 0)):
            low = int(begins.min()) if back == 0 else int(newest.times.min()) - back
            found = self.store.rollups(step, newest.points, low, int(newest.times.max()) + 1)
            if not len(found):
                continue
            last = np.append(run_starts(found.points)[1:], len(found)) - 1
            at = np.searchsorted(newest.points, found.points[last])
            begins[at] = np.maximum(begins[at], found.starts[last])
        return np.minimum(begins, newest.times)

    def _forget(self, points: Int32s) -> None:
        """The next reading of these points goes the slow way."""
        table = self._tails.table
        self._tails.known[np.isin(table.ids, points)] = False
        self._open.forget(points)


def _unique(readings: Readings) -> Readings:
    """Of several readings of a point at one moment the last, which is what the store kept."""
    if len(readings) < 2:
        return readings
    keep = np.ones(len(readings), np.bool_)
    keep[:-1] = (np.diff(readings.times) != 0) | (np.diff(readings.points) != 0)
    return readings if keep.all() else readings.take(keep)


def _late_spans(spans: list[LateSpan]) -> Spans:
    return Spans.of(
        np.array([s.point for s in spans], np.int32),
        np.array([s.start_us for s in spans], np.int64),
        np.array([max(s.end_us - 1, s.start_us) for s in spans], np.int64),
    )


def _part(table: PointTable, points: Int32s) -> PointTable:
    keep = np.isin(table.ids, points)
    return PointTable(*(getattr(table, name)[keep] for name in PointTable.__slots__))


def _joined(first: PointTable, second: PointTable) -> PointTable:
    order = np.argsort(np.concatenate((first.ids, second.ids)), kind="stable")
    return PointTable(*(np.concatenate((getattr(first, n), getattr(second, n)))[order] for n in PointTable.__slots__))
