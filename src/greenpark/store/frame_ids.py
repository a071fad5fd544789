"""Ids of frames: unique over processes, rising with time, and telling the day of receipt.

Layout of the 63 bits, high to low::

    31 bits  whole seconds since 2020-01-01T00:00:00Z (until 2088)
    12 bits  writer: a number that the database gives to each process that makes ids
    20 bits  running number within that second and writer

The seconds may run ahead of the clock when a process makes more than a million ids in a second, and stand still when
the clock is set back; the day of a frame is defined by its id, not by ``received_us``.
"""

from __future__ import annotations

from datetime import date

from greenpark.kernel.periods import day_start_us, local_day

_EPOCH_S = 1_577_836_800
_WRITER_BITS = 12
_RUN_BITS = 20
_SECOND_SHIFT = _WRITER_BITS + _RUN_BITS

#: Writer numbers run from 0 to this minus one, then start again.
WRITERS = 1 << _WRITER_BITS
#: The most ids that one call can give: they are consecutive.
MOST_AT_ONCE = 1 << _RUN_BITS


def second_us(frame_id: int) -> int:
    """The second in which the id was made [UTC µs]."""
    return ((frame_id >> _SECOND_SHIFT) + _EPOCH_S) * 1_000_000


def day_of(frame_id: int) -> date:
    """Local day (park's zone) to whose archive the frame belongs."""
    return local_day(second_us(frame_id))


def first_of_day(day: date) -> int:
    """Smallest id that belongs to the day; ids of a day are the half-open span to the next day's first."""
    return _first_of_second(day_start_us(day) // 1_000_000)


def _first_of_second(second: int) -> int:
    return max(0, second - _EPOCH_S) << _SECOND_SHIFT


class FrameIds:
    """Hands out ids of one writer. Not thread-safe; the store guards it."""

    def __init__(self, writer: int) -> None:
        if not 0 <= writer < WRITERS:
            raise ValueError(f"writer {writer} is not in 0..{WRITERS - 1}")
        self._writer = writer << _RUN_BITS
        self._second = 0
        self._next = 0

    def take(self, count: int, now_us: int) -> range:
        """``count`` consecutive ids. Raises ValueError for more than :data:`MOST_AT_ONCE` or a time before 2020."""
        if not 0 <= count <= MOST_AT_ONCE:
            raise ValueError(f"{count} frame ids at once; at most {MOST_AT_ONCE}")
        now = now_us // 1_000_000
        if now < _EPOCH_S:
            raise ValueError(f"clock shows a time before 2020: {now_us} µs")
        if now > self._second:
            self._second, self._next = now, 0
        if self._next + count > MOST_AT_ONCE:
            self._second, self._next = self._second + 1, 0
        first = _first_of_second(self._second) | self._writer | self._next
        self._next += count
        return range(first, first + count)
