"""A store that keeps everything in lists: enough of the interface for tests of what stands before it."""

from __future__ import annotations

from collections.abc import Sequence

from greenpark.kernel.readings import Readings
from greenpark.store.interface import Appended, Frame, NotTaken


class MemoryStore:
    def __init__(self) -> None:
        self.parts: list[Readings] = []
        self.frames: list[Frame] = []
        self.notes: list[NotTaken] = []
        self.commits = 0
        self.next_id = 1
        self.fail_append: Exception | None = None

    def append(
        self,
        readings: Readings,
        frames: Sequence[Frame] = (),
        refused: Sequence[NotTaken] = (),
        *,
        now_us: int,
    ) -> Appended:
        if self.fail_append:
            raise self.fail_append
        self.commits += 1
        self.parts.append(readings)
        self.frames.extend(frames)
        self.notes.extend(refused)
        return Appended(len(readings), 0, 0)

    def new_frame_ids(self, count: int, *, now_us: int) -> range:
        ids = range(self.next_id, self.next_id + count)
        self.next_id += count
        return ids

    def refuse(self, items: Sequence[NotTaken]) -> None:
        self.notes.extend(items)

    @property
    def readings(self) -> Readings:
        return Readings.concat(self.parts)
