"""The store: inbox in a database, sealed days in Delta tables."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path

import numpy as np

from greenpark.kernel.periods import day_start_us, local_day
from greenpark.kernel.readings import Floats, Int32s, Int64s, Readings, Rollups, Step
from greenpark.store import frame_ids
from greenpark.store.backup import copy_out, put_back
from greenpark.store.database import Database
from greenpark.store.delta import Partitioned
from greenpark.store.history import History
from greenpark.store.inbox import DAY_US, Inbox
from greenpark.store.interface import Appended, Frame, LateSpan, Maintained, NotTaken, Replaced, Retention
from greenpark.store.merging import merge_day
from greenpark.store.rollup_store import RollupStore
from greenpark.store.sealing import Sealer


def _ids(points: Sequence[int] | Int32s | None) -> Int32s | None:
    return None if points is None else np.unique(np.asarray(points, np.int32))


class ReadingStore:
    """See :class:`greenpark.store.interface.Store`."""

    def __init__(self, database: Database, history_path: str) -> None:
        self.database = database
        self.history = History(history_path)
        self.inbox = Inbox(database)
        self.sealer = Sealer(self.inbox, self.history)
        self._rollups = RollupStore(database, history_path)

    # ── readings ───────────────────────────────────────────────────────────────────────────────────────────────

    def append(
        self,
        readings: Readings,
        frames: Sequence[Frame] = (),
        refused: Sequence[NotTaken] = (),
        *,
        now_us: int,
    ) -> Appended:
        return self.inbox.append(readings, frames, refused, now_us)

    def backfill(self, readings: Readings, *, now_us: int, late: bool = True) -> None:
        self.sealer.backfill(readings, now_us, late)

    def read(self, points: Sequence[int] | Int32s | None, start_us: int, end_us: int) -> Readings:
        wanted = _ids(points)
        # The inbox first: what a seal moves meanwhile is then seen twice, never not at all.
        recent = self.inbox.read(wanted, start_us, end_us)
        older = self.history.read(wanted, start_us, end_us)
        return merge_day(older, recent).readings

    def latest(self, points: Sequence[int] | Int32s | None) -> Readings:
        return self.inbox.latest(_ids(points))

    def replaced(self, point: int, start_us: int, end_us: int) -> list[Replaced]:
        return self.inbox.replaced(point, start_us, end_us)

    def change_counter(self) -> int:
        return self.inbox.change_counter()

    # ── frames and what was not taken ──────────────────────────────────────────────────────────────────────────

    def new_frame_ids(self, count: int, *, now_us: int) -> range:
        return self.inbox.new_frame_ids(count, now_us)

    def frame(self, frame_id: int) -> Frame | None:
        return self.inbox.frame(frame_id) or (self.history.frame(frame_id) if frame_id > 0 else None)

    def refuse(self, items: Sequence[NotTaken]) -> None:
        self.inbox.refuse(items)

    def not_taken(
        self,
        *,
        start_us: int,
        end_us: int,
        code: str = "",
        gateway: str = "",
        limit: int = 200,
        before_id: int | None = None,
    ) -> list[NotTaken]:
        return self.inbox.not_taken(start_us, end_us, code, gateway, limit, before_id)

    # ── rollups ────────────────────────────────────────────────────────────────────────────────────────────────

    def take_late(self, limit: int = 10_000) -> list[LateSpan]:
        return self.inbox.take_late(limit)

    def done_late(self, ids: Sequence[int]) -> None:
        self.inbox.done_late(ids)

    def put_rollups(self, step: Step, rollups: Rollups) -> None:
        self._rollups.put(step, rollups)

    def backfill_rollups(self, step: Step, rollups: Rollups) -> None:
        with self.database.sealing():
            self._rollups.backfill(step, rollups)

    def rollups(self, step: Step, points: Sequence[int] | Int32s | None, start_us: int, end_us: int) -> Rollups:
        return self._rollups.read(step, _ids(points), start_us, end_us)

    def rollup_sums(
        self, step: Step, points: Sequence[int] | Int32s, start_us: int, end_us: int
    ) -> tuple[Int64s, Floats]:
        wanted = _ids(points)
        assert wanted is not None
        return self._rollups.sums(step, wanted, start_us, end_us)

    # ── upkeep ─────────────────────────────────────────────────────────────────────────────────────────────────

    def mark_dirty(self, points: Int32s, days: Sequence[date]) -> None:
        self.inbox.mark_dirty(points, days)

    def dirty_days(self) -> list[date]:
        return self.inbox.dirty_days()

    def seal(self, day: date) -> int:
        return self.sealer.seal(day)

    def maintain(self, *, now_us: int, keep: Retention | None = None) -> Maintained:
        keep = keep or Retention()
        with self.database.sealing():
            moved = 0
            for step, days in keep.rollup_days.items():
                if days is not None:
                    before = day_start_us(local_day(now_us - days * DAY_US))
                    moved += self._rollups.move(step, before, self.sealer.before)
            dropped = self.inbox.prune_not_taken(keep.not_taken_rows, now_us - keep.not_taken_days * DAY_US)
            frame_days = 0
            if keep.frame_days is not None:
                frame_days = self._drop_frames(local_day(now_us - keep.frame_days * DAY_US))
            removed = sum(table.tidy(keep.history_hours) for table in self._tables())
            self.database.tidy()
        return Maintained(moved, dropped, frame_days, removed)

    def _drop_frames(self, before: date) -> int:
        days = self.history.frames.partitions()
        gone = [day for day in days if day < before.isoformat()]
        if gone:
            self.history.frames.drop(before.isoformat())
        self.inbox.drop_frames(frame_ids.first_of_day(before))
        return len(gone)

    def _tables(self) -> list[Partitioned]:
        return [self.history.readings, self.history.frames, *self._rollups.tables()]

    def backup(self, target: Path) -> None:
        with self.database.sealing():
            copy_out(self.database, self._tables(), self.history.path, target)

    def restore(self, source: Path) -> None:
        with self.database.sealing():
            put_back(self.database, self._tables(), self.history.path, source)
            self.inbox.forget()

    def close(self) -> None:
        self.database.close()
