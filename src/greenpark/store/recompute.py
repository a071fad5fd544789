"""Rollups made again from stored readings: late data, suspicious steps, and whole days after a seal or a backfill."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

from greenpark.engines import quality, rollup
from greenpark.kernel.periods import PARK_ZONE, day_start_us
from greenpark.kernel.pointtable import PointTable, run_starts
from greenpark.kernel.readings import Int32s, Int64s, Readings, Rollups, Step
from greenpark.store.interface import Store

Indices = npt.NDArray[np.intp]
Bools = npt.NDArray[np.bool_]

#: Expected intervals read before and after a span at first; multiplied by 8 until there is context enough.
FIRST_PAD = 40
PAD_GROWTH = 8
PAD_STAGES = 4
#: Verdicts on readings further away than this from a changed reading stay as they are.
SETTLED = quality.CONTEXT // 2
#: Readings held in memory at a time when whole days are made again: a month of 1,000 points every 15 minutes.
READINGS_PER_CHUNK = 3_000_000
#: How far back a point is looked for whose readings before a chunk are out of sight [µs].
LONGEST_SILENCE_US = 400 * 96 * rollup.QUARTER_US

_FAR = 1 << 60


@dataclass(frozen=True, slots=True)
class Spans:
    """Changed stretches, one a point: first and last moment that changed [UTC µs]."""

    points: Int32s
    first: Int64s
    last: Int64s

    def __len__(self) -> int:
        return len(self.points)

    def take(self, index: Indices | Bools) -> Spans:
        return Spans(self.points[index], self.first[index], self.last[index])

    @classmethod
    def of(cls, points: Int32s, first: Int64s, last: Int64s) -> Spans:
        """By point; several stretches of one point become the stretch around them when they lie within a day of each
        other, else they stay apart (the point then occurs more than once)."""
        order = np.lexsort((first, points))
        points, first, last = points[order], first[order], last[order]
        if not len(points):
            return cls(points, first, last)
        highest = np.zeros(len(last), np.int64)
        starts = run_starts(points)
        for low, high in zip(starts, np.append(starts[1:], len(points)), strict=True):
            highest[low:high] = np.maximum.accumulate(last[low:high])
        new = np.ones(len(points), np.bool_)
        new[1:] = (points[1:] != points[:-1]) | (first[1:] > highest[:-1] + 96 * rollup.QUARTER_US)
        at = np.flatnonzero(new)
        return cls(points[at], first[at], np.maximum.reduceat(last, at))


class Recomputer:
    """Rolls up stored readings and writes the rows. Holds no state of its own between calls."""

    def __init__(self, store: Store, zone: ZoneInfo = PARK_ZONE) -> None:
        self.store = store
        self.zone = zone

    # ---- a stretch of single points

    def spans(self, spans: Spans, table: PointTable) -> Readings:
        """Make the rollups again that the spans can influence, at all steps. Returns the screened readings that were
        looked at (by point and time); for a span at a point's end they include its newest ``CONTEXT`` readings."""
        seen = []
        for group in _grouped(spans):
            seen.append(self._group(group, table))
        if not seen:
            return Readings.empty()
        together = Readings.concat(seen).sorted()
        keep = np.ones(len(together), np.bool_)
        keep[:-1] = (np.diff(together.times) != 0) | (np.diff(together.points) != 0)
        return together.take(keep)

    def _group(self, spans: Spans, table: PointTable) -> Readings:
        readings = self._with_context(spans, table)
        if not len(readings):
            return readings
        first, last = self._influenced(spans, readings, table)
        rows = self._roll(readings, table)
        at = np.searchsorted(spans.points, rows.points)
        rows = rows.take((rows.starts >= first[at]) & (rows.starts < last[at]))
        self.store.put_rollups(Step.QUARTER, rows)
        self._upper(rows, table)
        return readings

    def _with_context(self, spans: Spans, table: PointTable) -> Readings:
        """Screened readings of the spans with at least ``CONTEXT`` counting ones on either side where they exist."""
        interval = table.interval_us[table.rows(spans.points)]
        wanted = np.arange(len(spans))
        parts: list[Readings] = []
        pad = FIRST_PAD * interval
        for stage in range(PAD_STAGES):
            part = spans.take(wanted)
            begin = int((part.first // rollup.QUARTER_US * rollup.QUARTER_US - pad[wanted]).min()) - rollup.QUARTER_US
            end = int((part.last + pad[wanted]).max()) + rollup.QUARTER_US
            found = self.store.read(part.points, begin, end)
            found = _screened(found, table)
            enough = _has_context(found, part)
            if stage == PAD_STAGES - 1:
                enough[:] = True
            parts.append(found.take(np.isin(found.points, part.points[enough])))
            wanted = wanted[~enough]
            if not len(wanted):
                break
            if stage == 0:
                wanted, more = self._ends_reached(spans, wanted, found)
                parts.append(found.take(np.isin(found.points, more)))
                if not len(wanted):
                    break
            pad = pad * PAD_GROWTH
        return Readings.concat(parts).sorted()

    def _ends_reached(self, spans: Spans, wanted: Indices, found: Readings) -> tuple[Indices, Int32s]:
        """Points whose only lack is that nothing newer exists need not be read again. Returns those that do, and the
        points that are done."""
        part = spans.take(wanted)
        newest = self.store.latest(part.points)
        newest_at = np.full(len(part), -_FAR, np.int64)
        at = np.searchsorted(newest.points, part.points)
        at = np.minimum(at, max(len(newest) - 1, 0))
        if len(newest):
            hit = newest.points[at] == part.points
            newest_at[hit] = newest.times[at[hit]]
        before, _after = _context_counts(found, part)
        last_read = np.full(len(part), -_FAR, np.int64)
        starts = run_starts(found.points)
        ends = np.append(starts[1:], len(found)) - 1 if len(starts) else starts
        where = np.searchsorted(part.points, found.points[starts])
        inside = (where < len(part)) & (part.points[np.minimum(where, len(part) - 1)] == found.points[starts])
        last_read[where[inside]] = found.times[ends[inside]]
        done = (before >= quality.CONTEXT) & (last_read >= newest_at)
        return wanted[~done], part.points[done]

    def _influenced(self, spans: Spans, readings: Readings, table: PointTable) -> tuple[Int64s, Int64s]:
        """First quarter and end of the quarters that may have changed, for each span [UTC µs]."""
        starts = np.searchsorted(readings.points, spans.points, side="left")
        ends = np.searchsorted(readings.points, spans.points, side="right")
        first, last = spans.first.copy(), spans.last.copy()
        interval = table.interval_us[table.rows(spans.points)]  # an amount reaches as far beyond its reading
        for i, (low, high) in enumerate(zip(starts, ends, strict=True)):
            times = readings.times[low:high]
            counts = np.flatnonzero(quality.counting(readings.quality[low:high]))
            times = times[counts]
            if len(times):
                before = int(np.searchsorted(times, first[i])) - SETTLED
                after = int(np.searchsorted(times, last[i], side="right")) + SETTLED - 1
                first[i] = min(first[i], times[max(before, 0)])
                last[i] = max(last[i], times[min(after, len(times) - 1)])
        quarter = rollup.QUARTER_US
        return first // quarter * quarter, ((last + interval) // quarter + 1) * quarter

    def _roll(self, readings: Readings, table: PointTable) -> Rollups:
        rows, gaps = rollup.quarters(readings, table)
        if not len(gaps):
            return rows
        points, begin, end = rollup.needed_history(gaps)
        history = self.store.rollups(Step.QUARTER, points, begin, end)
        spread = rollup.spread(gaps, Rollups.concat([rows, history]), self.zone)
        return rollup.merge([rows, spread], table, Step.QUARTER, self.zone)

    def _upper(self, rows: Rollups, table: PointTable) -> None:
        """Hours, days and months that the quarters touch, made from what is stored."""
        if not len(rows):
            return
        points = np.unique(rows.points)
        days = np.unique(rollup.period_starts(rows.starts, Step.DAY, self.zone))
        touched = _keys(rows.points, rollup.period_starts(rows.starts, Step.DAY, self.zone))
        for begin, end in _stretches(days):
            quarters = self.store.rollups(Step.QUARTER, points, begin, end)
            at = _keys(quarters.points, rollup.period_starts(quarters.starts, Step.DAY, self.zone))
            quarters = quarters.take(np.isin(at, touched))
            hours = rollup.aggregate(quarters, table, Step.QUARTER, Step.HOUR, self.zone)
            self.store.put_rollups(Step.HOUR, hours)
            self.store.put_rollups(Step.DAY, rollup.aggregate(hours, table, Step.HOUR, Step.DAY, self.zone))
        self.months(points, int(days[0]), int(days[-1]), table)

    def months(self, points: Int32s, first_us: int, last_us: int, table: PointTable) -> None:
        """Months that contain the moments from ``first_us`` to ``last_us``, made from the stored days."""
        begin = int(rollup.period_starts(np.array([first_us], np.int64), Step.MONTH, self.zone)[0])
        last = rollup.period_starts(np.array([last_us], np.int64), Step.MONTH, self.zone)
        end = int(last[0] + rollup.period_lengths(last, Step.MONTH, self.zone)[0])
        days = self.store.rollups(Step.DAY, points, begin, end)
        self.store.put_rollups(Step.MONTH, rollup.aggregate(days, table, Step.DAY, Step.MONTH, self.zone))

    # ---- whole days

    def days(self, table: PointTable, day_from: date, day_to: date, *, bulk: bool) -> int:
        """All rollups of the points of ``table`` that start on the local days ``day_from`` <= day < ``day_to``, and the
        months around them. ``bulk`` writes quarters, hours and days straight into the history. Returns the number of
        readings. Memory is bounded by ``READINGS_PER_CHUNK``."""
        if not len(table) or day_from >= day_to:
            return 0
        total = 0
        broken: list[Spans] = []
        put = self.store.backfill_rollups if bulk else self.store.put_rollups
        pad = int(table.interval_us.max()) * FIRST_PAD + rollup.QUARTER_US
        for begin, end in self._chunks(table, day_from, day_to):
            found = _screened(self.store.read(table.ids, begin - pad, end + pad), table)
            if not len(found):
                continue
            inside = (found.times >= begin) & (found.times < end)
            total += int(inside.sum())
            broken.append(self._out_of_sight(found, inside, begin, end))
            rows = self._roll(found, table)
            del found, inside  # the rows need the room
            within = (rows.starts >= begin) & (rows.starts < end)
            rows = rows if within.all() else rows.take(within)
            put(Step.QUARTER, rows)
            hours = rollup.aggregate(rows, table, Step.QUARTER, Step.HOUR, self.zone)
            put(Step.HOUR, hours)
            put(Step.DAY, rollup.aggregate(hours, table, Step.HOUR, Step.DAY, self.zone))
            del rows, within, hours  # before the next chunk is read
        self._mend(broken, table)
        self.months(table.ids, day_start_us(day_from, self.zone), day_start_us(day_to, self.zone) - 1, table)
        return total

    def _out_of_sight(self, found: Readings, inside: Bools, begin: int, end: int) -> Spans:
        """Points with neighbours beyond what was read, at the edge where they are."""
        lonely, early = _without_context(found, inside, begin, end)
        if len(lonely):
            before = self.store.read(lonely.points, begin - LONGEST_SILENCE_US, begin)
            lonely = lonely.take(np.isin(lonely.points, before.points))
        if len(early):
            newest = self.store.latest(early.points)
            at = np.minimum(np.searchsorted(newest.points, early.points), max(len(newest) - 1, 0))
            later = newest.times[at] >= end
            early = early.take(later)
        return Spans(*(np.concatenate((getattr(lonely, n), getattr(early, n))) for n in Spans.__slots__))

    def _mend(self, broken: Sequence[Spans], table: PointTable) -> None:
        """Edges of chunks at which a point was silent, so that its neighbours were out of sight."""
        points = np.concatenate([b.points for b in broken]) if broken else np.zeros(0, np.int32)
        if len(points):
            first = np.concatenate([b.first for b in broken])
            self.spans(Spans.of(points, first, first), table)

    def _chunks(self, table: PointTable, day_from: date, day_to: date) -> Iterator[tuple[int, int]]:
        """Whole local days that hold about ``READINGS_PER_CHUNK`` readings, judged by the expected intervals."""
        per_day = float((86_400_000_000 / table.interval_us).sum())
        step = timedelta(days=max(1, int(READINGS_PER_CHUNK / max(per_day, 1))))
        day = day_from
        while day < day_to:
            # Ending with the month where that fits: the history keeps a file a month.
            following = min(day + step, day_to)
            month = following.replace(day=1)
            following = month if month > day else following
            yield day_start_us(day, self.zone), day_start_us(following, self.zone)
            day = following


def _screened(readings: Readings, table: PointTable) -> Readings:
    marked = quality.screen(readings, table)
    return Readings(readings.points, readings.times, readings.values, marked, readings.frames)


def _grouped(spans: Spans) -> Iterator[Spans]:
    """Groups of spans that can be read together: each point once, all within about two days."""
    order = np.argsort(spans.first, kind="stable")
    while len(order):
        near = spans.first[order] - spans.first[order[0]] <= 192 * rollup.QUARTER_US
        near &= spans.last[order] - spans.last[order[0]] <= 384 * rollup.QUARTER_US
        _, once = np.unique(spans.points[order[near]], return_index=True)
        chosen = order[near][once]
        yield spans.take(chosen[np.argsort(spans.points[chosen])])
        order = order[~np.isin(order, chosen)]


def _context_counts(readings: Readings, spans: Spans) -> tuple[Int64s, Int64s]:
    """Counting readings before and after each span; spans by point, each point once."""
    at = np.searchsorted(spans.points, readings.points)
    inside = at < len(spans)
    at = np.minimum(at, len(spans) - 1)
    inside &= (spans.points[at] == readings.points) & quality.counting(readings.quality)
    before = np.bincount(at[inside & (readings.times < spans.first[at])], minlength=len(spans))
    after = np.bincount(at[inside & (readings.times > spans.last[at])], minlength=len(spans))
    return before.astype(np.int64), after.astype(np.int64)


def _has_context(readings: Readings, spans: Spans) -> Bools:
    before, after = _context_counts(readings, spans)
    return (before >= quality.CONTEXT) & (after >= quality.CONTEXT)


def _without_context(found: Readings, inside: Bools, begin: int, end: int) -> tuple[Spans, Spans]:
    """Points whose readings just outside of [begin, end) are too few to decide alike: at their first reading of the
    chunk (too few before), and at their last (too few after)."""
    points = np.unique(found.points[inside])
    counts = quality.counting(found.quality)
    at = np.searchsorted(points, found.points)
    at = np.minimum(at, max(len(points) - 1, 0))
    known = counts & (points[at] == found.points) if len(points) else counts & False
    before = np.bincount(at[known & (found.times < begin)], minlength=len(points))
    after = np.bincount(at[known & (found.times >= end)], minlength=len(points))
    first = np.full(len(points), _FAR, np.int64)
    last = np.full(len(points), -_FAR, np.int64)
    np.minimum.at(first, at[inside & known], found.times[inside & known])
    np.maximum.at(last, at[inside & known], found.times[inside & known])
    lonely, early = before < quality.CONTEXT, after < quality.CONTEXT
    lonely &= first < _FAR
    early &= last > -_FAR
    ids = points.astype(np.int32)
    return (
        Spans(ids[lonely], first[lonely], first[lonely]),
        Spans(ids[early], last[early], last[early]),
    )


def _keys(points: Int32s, starts: Int64s) -> Int64s:
    return points.astype(np.int64) << 40 | starts // 60_000_000


def _stretches(days: Int64s) -> Iterator[tuple[int, int]]:
    """Runs of neighbouring days as half-open spans; a day may have up to 25 hours."""
    longest = 25 * 4 * rollup.QUARTER_US
    cut = np.flatnonzero(np.diff(days) > longest) + 1
    for part in np.split(days, cut):
        yield int(part[0]), int(part[-1]) + longest
