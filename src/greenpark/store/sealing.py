"""Seal and backfill: merge what came with what is there and overwrite whole days.

Order of the steps of a seal, and what a crash before each leaves behind:

1. note the watermark, read the inbox up to it, read the partition, merge      nothing happened
2. record the sealed values that give way, in the database                     recorded once more next time: same key
3. overwrite the partition, one Delta commit                                   next seal merges the same rows again
4. delete the inbox rows up to the watermark, slice by slice                   next seal merges the rest again

Rows that arrive or change after the watermark carry a higher number and stay.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import date

import numpy as np
import pyarrow as pa

from greenpark.kernel.readings import Readings
from greenpark.store import frame_ids
from greenpark.store.database import as_readings
from greenpark.store.history import History, frames_to_arrow, to_arrow
from greenpark.store.inbox import Inbox, day_span, must_be_sound
from greenpark.store.interface import Frame
from greenpark.store.merging import Merged, by_day, merge_day
from greenpark.store.newest import newest_rows, spans

#: Rows merged at a time; a day with more is merged in ranges of points. About 100 bytes of memory a row.
MERGE_ROWS = 4_000_000
#: Rows of bulk history written in one commit, rounded up to whole days.
BULK_ROWS = 1_000_000
#: Inbox rows deleted in one transaction, so that writers wait for milliseconds.
_DELETE_ROWS = 40_000
#: Raw bytes of frames archived in one commit.
_FRAME_BYTES = 64_000_000
_FRAME_ROWS = 50_000

Step = Callable[[str], None]


def _no_fault(step: str) -> None:
    """Tests put a crash here."""


class Sealer:
    """Moves days from the inbox to the history."""

    def __init__(self, inbox: Inbox, history: History) -> None:
        self._inbox = inbox
        self._history = history
        self.before: Step = _no_fault

    def seal(self, day: date) -> int:
        with self._inbox.database.sealing():
            rows = self._seal_readings(day)
            self._seal_frames(day)
            return rows

    # ── readings ───────────────────────────────────────────────────────────────────────────────────────────────

    def _seal_readings(self, day: date) -> int:
        start, end = day_span(day)
        watermark = self._inbox.change_counter()
        waiting = self._inbox.count(start, end, watermark)
        sealed = self._history.readings.rows(day.isoformat())
        if waiting:
            sealed = self._merge(day, watermark, waiting + sealed)
            self._inbox.note_sealed(start, watermark)
            self.before("delete")
            self._empty(start, end, watermark)
        self._inbox.clear_dirty(start, watermark)
        return sealed

    def _merge(self, day: date, watermark: int, rows: int) -> int:
        count = 0

        def batches() -> Iterator[pa.RecordBatch]:
            nonlocal count
            for low, high in self._ranges(rows):
                merged = self._merge_range(day, watermark, low, high)
                count += len(merged)
                yield from to_arrow(merged, day).to_batches()
            self.before("commit")

        self._history.readings.replace([day.isoformat()], batches())
        return count

    def _ranges(self, rows: int) -> list[tuple[int, int]]:
        """Ranges of point ids that cover all, each with about ``MERGE_ROWS`` rows."""
        lowest, highest = -(2**31), 2**31 - 1
        parts = -(-rows // MERGE_ROWS)
        if parts <= 1:
            return [(lowest, highest)]
        points = self._inbox.latest(None).points
        cuts = sorted({int(chunk[0]) for chunk in np.array_split(points, parts)[1:] if len(chunk)})
        return list(zip([lowest, *cuts], [*(cut - 1 for cut in cuts), highest], strict=True))

    def _merge_range(self, day: date, watermark: int, low: int, high: int) -> Readings:
        start, end = day_span(day)
        came = self._inbox.waiting(start, end, watermark, low, high)
        newer = as_readings(came)
        older = self._history.read_day(day, low, high)
        merged = merge_day(older, newer)
        if len(merged.earlier):
            self._record(day, older, newer, merged, came["arrival"])
        return merged.readings

    def _record(self, day: date, older: Readings, newer: Readings, merged: Merged, arrivals: object) -> None:
        both = Readings.concat([older, newer])
        arrival = np.concatenate([np.zeros(len(older), np.int64), np.asarray(arrivals, np.int64)])
        self.before("record")
        since = self._inbox.sealed_up_to(day_span(day)[0])
        self._inbox.record_replaced(both.take(merged.earlier), arrival[merged.later], both.frames[merged.later], since)

    def _empty(self, start: int, end: int, watermark: int) -> None:
        for low, high in self._inbox.slices(start, end, _DELETE_ROWS):
            self._inbox.delete(low, high, watermark)
            self.before("slice")
            time.sleep(0.002)  # lets a waiting writer of another process in

    # ── frames ─────────────────────────────────────────────────────────────────────────────────────────────────

    def _seal_frames(self, day: date) -> None:
        low = frame_ids.first_of_day(day)
        end = frame_ids.first_of_day(date.fromordinal(day.toordinal() + 1))
        while frames := self._frames(low, end):
            known = set(self._history.frame_ids(day, frames[0].id, frames[-1].id))
            new = [frame for frame in frames if frame.id not in known]
            self.before("frames")
            if new:
                self._history.frames.add(frames_to_arrow(new, day))
            self.before("frames-delete")
            self._inbox.delete_frames([frame.id for frame in frames])
            low = frames[-1].id + 1

    def _frames(self, low: int, end: int) -> list[Frame]:
        taken: list[Frame] = []
        size = 0
        for frame in self._inbox.frames_between(low, end, _FRAME_ROWS):
            taken.append(frame)
            size += len(frame.raw)
            if size >= _FRAME_BYTES:
                break
        return taken

    # ── bulk ───────────────────────────────────────────────────────────────────────────────────────────────────

    def backfill(self, readings: Readings, now_us: int, late: bool) -> None:
        must_be_sound(readings)
        with self._inbox.database.sealing():
            group: list[tuple[date, Readings]] = []
            ends: list[Readings] = []
            rows = 0
            for day, part in by_day(readings):
                start, end = day_span(day)
                if self._inbox.count(start, end, self._inbox.change_counter()):
                    self._seal_readings(day)  # what came earlier must not win over what comes now
                part = self._over(day, part, now_us)
                ends.append(part.take(newest_rows(part.points, part.times)))
                if group and rows + len(part) > BULK_ROWS:
                    self._put(group)
                    group, rows = [], 0
                group.append((day, part))
                rows += len(part)
            if group:
                self._put(group)
        last = Readings.concat(ends)
        newest = last.take(newest_rows(last.points, last.times))
        touched = spans(readings.points, readings.times, 86_400_000_000) if late else None
        self._inbox.note_backfill(newest, touched, now_us)

    def _over(self, day: date, part: Readings, now_us: int) -> Readings:
        older = Readings.empty()
        if self._history.readings.rows(day.isoformat()):
            older = self._history.read_day(day, -(2**31), 2**31 - 1)
        merged = merge_day(older, part)
        if len(merged.earlier):
            both = Readings.concat([older, part])
            arrival = np.full(len(merged.later), now_us // 1000, np.int64)
            since = self._inbox.sealed_up_to(day_span(day)[0])
            self._inbox.record_replaced(both.take(merged.earlier), arrival, both.frames[merged.later], since)
        return merged.readings

    def _put(self, group: list[tuple[date, Readings]]) -> None:
        self.before("commit")
        days = [day.isoformat() for day, _ in group]
        counter = self._inbox.change_counter()
        self._history.readings.replace(days, (b for day, part in group for b in to_arrow(part, day).to_batches()))
        for day, _ in group:
            if self._inbox.sealed_up_to(start := day_span(day)[0]) >= 0:
                self._inbox.note_sealed(start, counter)
