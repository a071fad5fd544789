"""Appending, reading, replacing, newest values."""

from __future__ import annotations

import threading

import numpy as np
import pytest

from greenpark.kernel.quality import Quality
from greenpark.kernel.readings import Readings
from greenpark.store.combined import ReadingStore
from greenpark.store.interface import Appended

from .builders import ALWAYS, DAY, HOUR, MINUTE, NEXT, T0, grid, one, rows, same
from .conftest import Place


def counts(done: Appended) -> tuple[int, int, int]:
    return done.new, done.unchanged, done.replaced


def test_what_is_appended_can_be_read_by_point_and_time(store: ReadingStore) -> None:
    assert counts(store.append(grid(3, 4), now_us=T0)) == (12, 0, 0)
    assert same(store.read(None, *ALWAYS), grid(3, 4).sorted())
    assert rows(store.read([2], T0 + MINUTE, T0 + 3 * MINUTE)) == [
        (2, T0 + MINUTE, 2001.0, 0, 0),
        (2, T0 + 2 * MINUTE, 2002.0, 0, 0),
    ]


def test_the_same_again_changes_nothing_and_keeps_its_first_frame(store: ReadingStore) -> None:
    first = grid(2, 3)
    store.append(Readings.of(first.points, first.times, first.values, None, [7] * 6), now_us=T0)
    again = Readings.of(first.points, first.times, first.values, None, [8] * 6)
    assert counts(store.append(again, now_us=T0)) == (0, 6, 0)
    assert set(store.read(None, *ALWAYS).frames.tolist()) == {7}
    assert store.take_late() == []
    assert store.latest([1]).frames.tolist() == [7]


def test_another_value_replaces_and_the_earlier_stays_visible(store: ReadingStore) -> None:
    store.append(one(1, T0, 5.0, frame=10), now_us=T0 + 1000)
    assert counts(store.append(one(1, T0, 6.0, Quality.LATE, frame=11), now_us=T0 + HOUR)) == (0, 0, 1)
    assert rows(store.read([1], *ALWAYS)) == [(1, T0, 6.0, int(Quality.LATE), 11)]
    (earlier,) = store.replaced(1, *ALWAYS)
    assert (earlier.value, earlier.quality, earlier.frame_id, earlier.by_frame_id) == (5.0, 0, 10, 11)
    assert earlier.replaced_us == T0 + HOUR
    assert store.replaced(1, T0 + 1, T0 + HOUR) == []
    assert [(s.point, s.start_us, s.end_us) for s in store.take_late()] == [(1, T0, T0 + 1)]


def test_another_quality_replaces_too(store: ReadingStore) -> None:
    store.append(one(1, T0, 5.0), now_us=T0)
    assert counts(store.append(one(1, T0, 5.0, Quality.SPIKE), now_us=T0)) == (0, 0, 1)
    assert store.latest([1]).quality.tolist() == [int(Quality.SPIKE)]


def test_within_one_append_later_rows_are_later_arrivals(store: ReadingStore) -> None:
    store.append(one(1, T0, 1.0), now_us=T0)
    batch = Readings.of([1, 1, 2, 1], [T0] * 4, [2.0, 3.0, 9.0, 1.0], None, [1, 2, 3, 4])
    assert counts(store.append(batch, now_us=T0)) == (1, 0, 3)
    assert rows(store.read(None, *ALWAYS)) == [(1, T0, 1.0, 0, 4), (2, T0, 9.0, 0, 3)]
    assert [r.value for r in store.replaced(1, *ALWAYS)] == [1.0, 2.0, 3.0]


def test_counts_are_exact_for_a_mixed_append(store: ReadingStore) -> None:
    store.append(grid(10, 10), now_us=T0)
    mixed = grid(10, 12)
    values = mixed.values.copy()
    values[:7] += 0.5
    assert counts(store.append(Readings.of(mixed.points, mixed.times, values), now_us=T0)) == (20, 93, 7)
    late = store.take_late()
    assert [(s.point, s.start_us, s.end_us) for s in late] == [(p, T0, T0 + 1) for p in range(1, 8)]


def test_latest_is_the_newest_by_time_whatever_came_last(store: ReadingStore, place: Place) -> None:
    store.append(Readings.of([1, 2, 1], [T0 + HOUR, T0, T0 + 2 * HOUR], [1.0, 2.0, 3.0]), now_us=T0)
    store.append(one(1, T0 + MINUTE, 4.0), now_us=T0)
    wanted = [(1, T0 + 2 * HOUR, 3.0, 0, 0), (2, T0, 2.0, 0, 0)]
    assert rows(store.latest([1, 2, 99])) == wanted
    assert rows(place.open().latest(None)) == wanted
    assert rows(store.latest([])) == []


def test_latest_outlives_the_seal(store: ReadingStore) -> None:
    store.append(grid(2, 3), now_us=T0)
    store.seal(DAY)
    assert rows(store.latest(None)) == [(1, T0 + 2 * MINUTE, 1002.0, 0, 0), (2, T0 + 2 * MINUTE, 2002.0, 0, 0)]
    store.append(one(2, T0 + 2 * MINUTE, 7.0), now_us=T0)
    assert store.latest([2]).values.tolist() == [7.0]


def test_late_readings_are_remembered_until_done(store: ReadingStore, place: Place) -> None:
    store.append(grid(2, 3, start=T0 + 10 * HOUR), now_us=T0)
    assert store.take_late() == []
    late = Readings.of([1, 1, 1, 2], [T0, T0 + MINUTE, T0 + 5 * HOUR, T0 + 11 * HOUR], [1.0, 2.0, 3.0, 4.0])
    store.append(late, now_us=T0)
    spans = place.open().take_late()
    assert [(s.point, s.start_us, s.end_us) for s in spans] == [
        (1, T0, T0 + MINUTE + 1),
        (1, T0 + 5 * HOUR, T0 + 5 * HOUR + 1),
    ]
    assert store.take_late(limit=1) == spans[:1]
    store.done_late([spans[0].id])
    assert store.take_late() == spans[1:]


def test_two_writers_see_each_others_newest(place: Place) -> None:
    here, there = place.open(), place.open()
    here.append(one(1, T0 + HOUR, 1.0), now_us=T0)
    there.append(one(1, T0 + 2 * HOUR, 2.0), now_us=T0)
    assert here.append(one(1, T0 + HOUR + MINUTE, 3.0), now_us=T0).new == 1
    assert [(s.point, s.start_us) for s in there.take_late()] == [(1, T0 + HOUR + MINUTE)]


def test_the_change_counter_rises_with_every_change(store: ReadingStore, place: Place) -> None:
    seen = [store.change_counter()]
    store.append(one(1, T0, 1.0), now_us=T0)
    seen.append(place.open().change_counter())
    done = store.append(one(1, T0, 2.0), now_us=0)
    assert done.counter == store.change_counter()
    seen.append(store.change_counter())
    store.backfill(one(1, T0 - HOUR, 2.0), now_us=0)
    seen.append(store.change_counter())
    assert seen == sorted(set(seen))


@pytest.mark.parametrize(
    ("time", "value", "words"),
    [(T0, np.nan, "finite"), (T0, np.inf, "finite"), (-1, 1.0, "1970"), (2**62, 1.0, "1970")],
)
def test_unsound_readings_are_refused_whole(store: ReadingStore, time: int, value: float, words: str) -> None:
    batch = Readings.of([1, 2], [T0, time], [1.0, value])
    with pytest.raises(ValueError, match=words):
        store.append(batch, now_us=T0)
    with pytest.raises(ValueError, match=words):
        store.backfill(batch, now_us=T0)
    assert len(store.read(None, *ALWAYS)) == 0


def test_nothing_at_all_is_fine(store: ReadingStore) -> None:
    assert counts(store.append(Readings.empty(), now_us=T0)) == (0, 0, 0)
    store.backfill(Readings.empty(), now_us=T0)
    assert len(store.read(None, *ALWAYS)) == len(store.read([], *ALWAYS)) == len(store.latest(None)) == 0
    assert store.dirty_days() == []
    assert store.seal(DAY) == 0


def test_ids_at_the_ends_of_their_range(store: ReadingStore) -> None:
    ends = Readings.of([2**31 - 1, -(2**31), 0], [T0] * 3, [1.0, -0.0, 5e-324], [2**30, 0, 0], [2**62, 0, 1])
    store.append(ends, now_us=T0)
    before = rows(store.read(None, *ALWAYS))
    store.seal(DAY)
    assert rows(store.read(None, *ALWAYS)) == before == sorted(rows(ends))


def test_readers_go_on_while_a_writer_holds_its_transaction(store: ReadingStore, place: Place) -> None:
    store.append(grid(2, 2), now_us=T0)
    answered = threading.Event()
    other = place.open()

    def ask() -> None:
        assert len(other.read(None, *ALWAYS)) == 4
        assert len(other.latest(None)) == 2
        answered.set()

    with store.database.writing() as session:
        session.run("DELETE FROM inbox")
        asking = threading.Thread(target=ask)
        asking.start()
        assert answered.wait(20)
    asking.join()


def test_threads_may_append_at_the_same_time(store: ReadingStore) -> None:
    def work(point: int) -> None:
        for minute in range(20):
            store.append(one(point, T0 + minute * MINUTE, float(minute)), now_us=T0)

    threads = [threading.Thread(target=work, args=(point,)) for point in range(1, 5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(store.read(None, *ALWAYS)) == 80
    assert store.latest(None).times.tolist() == [T0 + 19 * MINUTE] * 4
    assert store.take_late() == []


def test_dirty_days_are_the_days_that_wait(store: ReadingStore) -> None:
    store.append(Readings.of([1, 1], [T0 - 1, T0 + 24 * HOUR], [1.0, 2.0]), now_us=T0)
    days = store.dirty_days()
    assert [str(day) for day in days] == ["2026-10-02", "2026-10-04"]
    store.seal(days[0])
    assert store.dirty_days() == [NEXT]
    store.mark_dirty(np.array([5], np.int32), [DAY])
    assert store.dirty_days() == [DAY, NEXT]
    assert [(s.point, s.start_us, s.end_us) for s in store.take_late()] == [(5, T0, T0 + 24 * HOUR)]
    store.seal(DAY)
    assert store.dirty_days() == [NEXT]


def test_flipping_values_in_one_append_are_counted_exactly(store: ReadingStore) -> None:
    store.append(one(1, T0, 1.0), now_us=T0)
    flips = Readings.of([1, 1, 1, 1], [T0] * 4, [2.0, 1.0, 2.0, 1.0])
    assert counts(store.append(flips, now_us=T0)) == (0, 0, 4)
