"""What the rest of the product may ask of the readings store. One conformance suite runs against every implementation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from greenpark.kernel.readings import Int32s, Readings, Rollups, Step


@dataclass(frozen=True, slots=True)
class Frame:
    """The message that brought readings, kept as evidence."""

    id: int
    received_us: int
    gateway: str
    peer: str
    device: str
    raw: bytes


@dataclass(frozen=True, slots=True)
class NotTaken:
    """A frame (``key`` empty) or a single item that was refused, for people to look at."""

    id: int
    received_us: int
    gateway: str
    peer: str
    device: str
    frame_id: int
    key: str
    """JSON list of the binding key; empty for a whole frame."""
    value: str
    code: str
    reason: str
    likely_cause: str
    raw: bytes


@dataclass(frozen=True, slots=True)
class Replaced:
    """An earlier value that a later one for the same point and time replaced."""

    point: int
    time_us: int
    value: float
    quality: int
    frame_id: int
    replaced_us: int
    by_frame_id: int


@dataclass(frozen=True, slots=True)
class Appended:
    """What one append did. ``touched`` names the points and spans that rollups have to look at again."""

    new: int
    unchanged: int
    replaced: int


class Store(Protocol):
    """Readings, frames, rollups. Times are UTC microseconds; spans are half-open."""

    def append(self, readings: Readings, frames: Sequence[Frame] = (), *, now_us: int) -> Appended:
        """Write readings and their frames in one commit; on disk on return. Idempotent: the same reading again is
        ``unchanged``, another value for the same point and time replaces and the earlier one is kept (`replaced`).
        Days already sealed become dirty."""
        ...

    def backfill(self, readings: Readings) -> None:
        """Bulk history straight into the sealed days it touches, merged with what is there. Durable on return."""
        ...

    def new_frame_ids(self, count: int, *, now_us: int) -> range:
        """Ids that no other process hands out. From an id the day of receipt can be told."""
        ...

    def frame(self, frame_id: int) -> Frame | None: ...

    def refuse(self, items: Sequence[NotTaken]) -> None: ...

    def not_taken(self, *, start_us: int, end_us: int, code: str = "", gateway: str = "", limit: int = 200,
                  before_id: int | None = None) -> list[NotTaken]: ...

    def latest(self, points: Sequence[int]) -> Readings:
        """The newest reading of each point that has one; one row a point."""
        ...

    def read(self, points: Sequence[int] | Int32s | None, start_us: int, end_us: int) -> Readings:
        """Readings of the points (all when None) in the span, inbox and history merged, by point and time."""
        ...

    def replaced(self, point: int, start_us: int, end_us: int) -> list[Replaced]: ...

    def put_rollups(self, step: Step, rollups: Rollups) -> None:
        """Insert or replace rows by (point, start)."""
        ...

    def rollups(self, step: Step, points: Sequence[int] | Int32s | None, start_us: int, end_us: int) -> Rollups:
        """Rows whose start lies in the span, by point and start. Recent ones from the database, older from history."""
        ...

    def mark_dirty(self, points: Int32s, days: Sequence[date]) -> None: ...

    def dirty_days(self) -> list[date]:
        """Days with readings not yet sealed, or changed after sealing."""
        ...

    def seal(self, day: date) -> int:
        """Merge the day's inbox rows with its partition, deduplicate, sort by point, overwrite that one partition, then
        empty the inbox of it. Returns the rows in the partition. A crash at any moment leaves nothing lost or doubled."""
        ...
