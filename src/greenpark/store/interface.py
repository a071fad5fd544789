"""What the rest of the product may ask of the readings store. One conformance suite runs on every implementation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Protocol

from greenpark.kernel.readings import Floats, Int32s, Int64s, Readings, Rollups, Step


class StoreError(Exception):
    """The store could not do what was asked; nothing of the call was stored unless its docstring says otherwise."""


class DiskFull(StoreError):
    """No room left (disk, quota or file size limit). Nothing of the call was stored, what was there is intact."""


class StoreBusy(StoreError):
    """Another process held the write or the seal lock for too long. Nothing was stored; try again."""


class NotEmpty(StoreError):
    """A restore would overwrite readings."""


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
    """0 when handed to the store, which numbers the list itself in order of arrival."""
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
    """What one append did, counted exactly against what is not sealed yet.

    A reading that is already sealed counts as ``new`` when it is sent again: comparing it with the history is the work
    of the next seal, which records a replacement only if the value or the quality differs.
    """

    new: int
    unchanged: int
    replaced: int
    counter: int = 0
    """:meth:`Store.change_counter` as of this append."""


@dataclass(frozen=True, slots=True)
class LateSpan:
    """Readings of a point that came in behind its newest one (late, corrected, backfilled): rollups that touch
    [start_us, end_us) have to be made again."""

    id: int
    point: int
    start_us: int
    end_us: int


@dataclass(frozen=True, slots=True)
class Retention:
    """What :meth:`Store.maintain` keeps. Days count back from ``now_us``; None keeps for ever."""

    rollup_days: Mapping[Step, int | None] = field(
        default_factory=lambda: {Step.QUARTER: 45, Step.HOUR: 400, Step.DAY: 4000, Step.MONTH: None}
    )
    """Rollups stay in the database for so long, then move to the history. Nothing is lost by moving."""
    not_taken_rows: int = 200_000
    not_taken_days: int = 180
    frame_days: int | None = None
    """Evidence older than this is deleted. Readings then still name the frame, but it cannot be shown any more."""
    history_hours: int = 168
    """Superseded files of the history stay so long for readers that began before."""


@dataclass(frozen=True, slots=True)
class Maintained:
    """What :meth:`Store.maintain` did."""

    rollups_moved: int
    not_taken_dropped: int
    frame_days_dropped: int
    files_removed: int


class Store(Protocol):
    """Readings, frames, rollups. Times are UTC microseconds; spans are half-open.

    Any number of threads and processes may use a store on the same database and history. Writers queue, readers are
    never blocked. Every write is on disk when the call returns; a call that raises has stored nothing of its own.
    """

    def append(
        self,
        readings: Readings,
        frames: Sequence[Frame] = (),
        refused: Sequence[NotTaken] = (),
        *,
        now_us: int,
    ) -> Appended:
        """Write readings, their frames and the refused items in one commit. Idempotent: the same reading again is
        ``unchanged`` (and keeps its first frame), another value or quality for the same point and time replaces and
        the earlier one is kept (`replaced`). Within one call later rows are later arrivals. Readings that are not
        newer than the point's newest one and changed something are remembered as late spans; days already sealed
        become dirty. Raises ValueError for a value that is not finite, DiskFull, StoreBusy."""
        ...

    def backfill(self, readings: Readings, *, now_us: int, late: bool = True) -> None:
        """Bulk history straight into the sealed days it touches, merged with what is there; newest wins. Durable on
        return, one day after the other: after an error some days may be in, doing it again is harmless. Hand it whole
        days, as many per call as fit in memory (one commit a call; a month of 1,000 points every 15 minutes is 90 MB).
        ``late`` False leaves the late spans out, when the caller makes the rollups itself."""
        ...

    def new_frame_ids(self, count: int, *, now_us: int) -> range:
        """Ids that no other process hands out, rising. From an id the day of receipt can be told (`frame_ids`)."""
        ...

    def frame(self, frame_id: int) -> Frame | None: ...

    def refuse(self, items: Sequence[NotTaken]) -> None:
        """Keep rejected frames and refused items. Their ``id`` is ignored."""
        ...

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
        """Newest first; ``before_id`` of the last row of a page gives the next page."""
        ...

    def latest(self, points: Sequence[int] | Int32s | None) -> Readings:
        """The newest reading (by its time) of each point that has one; one row a point, by point. All when None."""
        ...

    def read(self, points: Sequence[int] | Int32s | None, start_us: int, end_us: int) -> Readings:
        """Readings of the points (all when None) in the span, inbox and history merged, by point and time."""
        ...

    def replaced(self, point: int, start_us: int, end_us: int) -> list[Replaced]:
        """Earlier values, by time and then by when they were replaced. A value that was sealed already when its
        replacement came is listed from the next seal of that day on. Every
        value that ever stood is listed, but one that came and went several times between two seals may be listed once,
        and a sealed value that came back stands with its first frame."""
        ...

    def change_counter(self) -> int:
        """Rises with every append, backfill and put_rollups of any process; cheap enough to ask every second."""
        ...

    def take_late(self, limit: int = 10_000) -> list[LateSpan]:
        """The oldest late spans not done yet. They stay until :meth:`done_late`, also over a crash."""
        ...

    def done_late(self, ids: Sequence[int]) -> None: ...

    def put_rollups(self, step: Step, rollups: Rollups) -> None:
        """Insert or replace rows by (point, start)."""
        ...

    def backfill_rollups(self, step: Step, rollups: Rollups) -> None:
        """Bulk rollups straight into the history (merged, newest wins), for periods that screens seldom ask for."""
        ...

    def rollups(self, step: Step, points: Sequence[int] | Int32s | None, start_us: int, end_us: int) -> Rollups:
        """Rows whose start lies in the span, by point and start. Recent ones from the database, older from history."""
        ...

    def rollup_sums(
        self, step: Step, points: Sequence[int] | Int32s, start_us: int, end_us: int
    ) -> tuple[Int64s, Floats]:
        """Starts and the sum of ``amount`` over the points, unknown amounts left out; by start. Signs and units are the
        caller's: hand in points of one unit and one direction."""
        ...

    def mark_dirty(self, points: Int32s, days: Sequence[date]) -> None:
        """The days are to be sealed again, and the points' rollups on them made again (late spans of whole days)."""
        ...

    def dirty_days(self) -> list[date]:
        """Days with readings or frames not yet sealed, or marked dirty; oldest first."""
        ...

    def seal(self, day: date) -> int:
        """Merge the day's inbox rows with its partition, deduplicate, sort by point, overwrite that one partition, then
        empty the inbox of it; archive the frames received that day. Returns the readings in the partition. A crash at
        any moment leaves nothing lost or doubled. May be called for a day that is not over. Readers and writers go on
        meanwhile; a second seal waits."""
        ...

    def maintain(self, *, now_us: int, keep: Retention | None = None) -> Maintained:
        """Daily housekeeping: old rollups to the history, caps of the lists, vacuum and checkpoint of the history."""
        ...

    def backup(self, target: Path) -> None:
        """A consistent copy into an empty folder while the store is in use. Raises NotEmpty, DiskFull."""
        ...

    def restore(self, source: Path) -> None:
        """Put a backup into this store, which must be empty. Raises NotEmpty, StoreError for a damaged backup."""
        ...

    def close(self) -> None: ...
