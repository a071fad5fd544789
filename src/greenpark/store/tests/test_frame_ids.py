"""Ids of frames: layout, uniqueness, day."""

from __future__ import annotations

import itertools
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from greenpark.kernel.periods import day_start_us
from greenpark.store import frame_ids
from greenpark.store.frame_ids import MOST_AT_ONCE, WRITERS, FrameIds

DAY = date(2026, 10, 3)
NOW = day_start_us(DAY)


def test_layout_of_the_bits() -> None:
    (number,) = FrameIds(5).take(1, NOW + 7_300_000)
    assert number == ((NOW // 1_000_000 + 7 - 1_577_836_800) << 32) | 5 << 20
    assert frame_ids.second_us(number) == NOW + 7_000_000


@given(
    st.lists(
        st.tuples(st.integers(0, 3), st.integers(0, MOST_AT_ONCE), st.integers(-5_000_000, 5_000_000)), max_size=30
    )
)
def test_never_twice_and_always_rising_per_writer(takes: list[tuple[int, int, int]]) -> None:
    writers = [FrameIds(n) for n in range(4)]
    taken: list[list[range]] = [[] for _ in writers]
    for writer, count, drift in takes:
        taken[writer].append(writers[writer].take(count, NOW + drift))
    for ranges in taken:
        assert all(len(r) == 0 or r[0] >= (p[-1] + 1 if len(p) else 0) for p, r in itertools.pairwise(ranges))
    spans = sorted((r[0], r[-1]) for ranges in taken for r in ranges if len(r))
    assert all(end < start for (_, end), (start, _) in itertools.pairwise(spans))


def test_a_clock_set_back_does_not_repeat_ids() -> None:
    ids = FrameIds(1)
    first = ids.take(3, NOW + 60_000_000)
    assert ids.take(3, NOW)[0] == first[-1] + 1


@given(st.integers(day_start_us(date(2020, 1, 2)), day_start_us(date(2087, 1, 1))), st.integers(0, WRITERS - 1))
def test_the_day_holds_exactly_its_ids(now: int, writer: int) -> None:
    (number,) = FrameIds(writer).take(1, now)
    day = frame_ids.day_of(number)
    assert frame_ids.first_of_day(day) <= number < frame_ids.first_of_day(date.fromordinal(day.toordinal() + 1))
    assert 0 < number < 2**63


@pytest.mark.parametrize(("count", "now"), [(MOST_AT_ONCE + 1, NOW), (-1, NOW), (1, 0)])
def test_what_cannot_be_given(count: int, now: int) -> None:
    with pytest.raises(ValueError, match=r"frame ids|2020"):
        FrameIds(0).take(count, now)
    with pytest.raises(ValueError, match="writer"):
        FrameIds(WRITERS)
