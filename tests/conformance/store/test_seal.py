"""Sealing, merging with what is sealed, bulk history, and crashes between any two steps."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from greenpark.kernel.readings import Readings, Step
from greenpark.store.combined import ReadingStore
from greenpark.store.interface import Retention

from .builders import ALWAYS, DAY, HOUR, MINUTE, NEXT, T0, frame, grid, one, rollups, rows, same
from .conftest import Place

DAY_US = 24 * HOUR


class Crash(BaseException):
    """Stands for the death of the process: nothing after it runs."""


def crash_at(store: ReadingStore, step: str, nth: int = 1) -> None:
    seen = 0

    def before(name: str) -> None:
        nonlocal seen
        seen += name == step
        if name == step and seen == nth:
            raise Crash(step)

    store.sealer.before = before


def test_a_seal_moves_the_day_and_only_the_day(store: ReadingStore) -> None:
    readings = grid(3, 4, start=T0 + DAY_US - 2 * MINUTE)
    store.append(readings, now_us=T0)
    assert store.seal(DAY) == 6
    assert len(store.inbox.read(None, *ALWAYS)) == 6
    assert same(store.read(None, *ALWAYS), readings.sorted())
    assert store.dirty_days() == [NEXT]


def test_days_are_cut_in_the_park_zone(store: ReadingStore) -> None:
    store.append(Readings.of([1, 1, 1], [T0 - 1, T0, T0 + DAY_US - 1], [1.0, 2.0, 3.0]), now_us=T0)
    assert store.seal(DAY) == 2
    assert rows(store.inbox.read(None, *ALWAYS)) == [(1, T0 - 1, 1.0, 0, 0)]


def test_sealing_again_changes_nothing(store: ReadingStore) -> None:
    store.append(grid(3, 4), now_us=T0)
    store.seal(DAY)
    version = store.history.readings.version()
    assert store.seal(DAY) == 12
    assert store.history.readings.version() == version


def test_late_and_corrected_readings_join_their_sealed_day(store: ReadingStore) -> None:
    store.append(grid(2, 3), now_us=T0)
    store.seal(DAY)
    late = Readings.of([1, 2, 2], [T0 + MINUTE, T0, T0 + 9], [-1.0, 2000.0, 9.0], None, [5, 6, 7])
    store.append(late, now_us=T0 + HOUR)
    expected = [
        (1, T0, 1000.0, 0, 0), (1, T0 + MINUTE, -1.0, 0, 5), (1, T0 + 2 * MINUTE, 1002.0, 0, 0),
        (2, T0, 2000.0, 0, 0), (2, T0 + 9, 9.0, 0, 7), (2, T0 + MINUTE, 2001.0, 0, 0),
        (2, T0 + 2 * MINUTE, 2002.0, 0, 0),
    ]  # fmt: skip
    assert rows(store.read(None, *ALWAYS)) == expected
    assert store.seal(DAY) == 7
    assert rows(store.read(None, *ALWAYS)) == expected
    (gone,) = store.replaced(1, *ALWAYS)
    assert (gone.value, gone.frame_id, gone.by_frame_id, gone.replaced_us) == (1001.0, 0, 5, T0 + HOUR)
    assert store.replaced(2, *ALWAYS) == []


def test_the_files_are_sorted_by_point_and_time_without_doubles(store: ReadingStore) -> None:
    rng = np.random.default_rng(3)
    for _ in range(3):
        n = 500
        store.append(Readings.of(rng.integers(1, 9, n), T0 + rng.integers(0, 90, n) * MINUTE, rng.random(n)), now_us=T0)
        store.seal(DAY)
    table = store.history.readings.table()
    assert len(table.file_uris()) == 1
    sealed = store.history.readings.dataset().to_table().to_pydict()
    keys = list(zip(sealed["point"], sealed["ts"], strict=True))
    assert keys == sorted(set(keys))
    assert len(keys) > 400


def test_a_day_larger_than_memory_is_merged_in_ranges_of_points(
    store: ReadingStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    readings = grid(50, 20)
    store.append(readings, now_us=T0)
    monkeypatch.setattr("greenpark.store.sealing.MERGE_ROWS", 90)
    monkeypatch.setattr("greenpark.store.sealing._DELETE_ROWS", 30)
    assert store.seal(DAY) == 1000
    assert same(store.read(None, *ALWAYS), readings.sorted())
    store.append(one(51, T0, 1.0), now_us=T0)
    store.append(one(-7, T0, 1.0), now_us=T0)
    assert store.seal(DAY) == 1002
    assert len(store.inbox.read(None, *ALWAYS)) == 0


@pytest.mark.parametrize("step", ["record", "commit", "delete", "slice", "frames", "frames-delete"])
@pytest.mark.parametrize("ranges", [1, 4])
def test_a_crash_at_any_step_of_a_seal_loses_and_doubles_nothing(
    place: Place, step: str, ranges: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = place.open()
    monkeypatch.setattr("greenpark.store.sealing.MERGE_ROWS", 80 // ranges)
    monkeypatch.setattr("greenpark.store.sealing._DELETE_ROWS", 7)
    numbers = store.new_frame_ids(3, now_us=T0)
    store.append(grid(8, 5), [frame(numbers[0])], now_us=T0)
    store.seal(DAY)
    corrected = grid(8, 3).values + np.where(np.arange(24) % 3 == 0, 0.25, 0.0)
    store.append(Readings.of(grid(8, 3).points, grid(8, 3).times, corrected), [frame(numbers[1])], now_us=T0 + HOUR)
    before = store.read(None, *ALWAYS)
    crash_at(store, step)
    with pytest.raises(Crash):
        store.seal(DAY)

    after = place.open()
    assert same(after.read(None, *ALWAYS), before)
    after.append(one(3, T0, 77.0), now_us=T0 + 2 * HOUR)  # between the crash and the next seal
    assert after.seal(DAY) == 40
    expected = [(77.0 if (p, t) == (3, T0) else v) for p, t, v, _, _ in rows(before)]
    assert after.read(None, *ALWAYS).values.tolist() == expected
    assert len(after.inbox.read(None, *ALWAYS)) == 0
    assert all(after.frame(number) for number in numbers[:2])
    assert after.history.frames.rows(DAY.isoformat()) == 2
    for point, minute in [(p, m) for m in range(3) for p in range(1, 9)]:
        earlier = [r.value for r in after.replaced(point, T0 + minute * MINUTE, T0 + minute * MINUTE + 1)]
        first = [point * 1000.0 + minute] if (minute * 8 + point - 1) % 3 == 0 else []
        if (point, minute) == (3, 0):
            first = [3000.0] if not first else [*first, first[0] + 0.25]
        assert earlier == first


def test_what_arrives_during_a_seal_stays(place: Place) -> None:
    store, other = place.open(), place.open()
    store.append(grid(2, 3), now_us=T0)
    steps: list[str] = []

    def meanwhile(step: str) -> None:
        steps.append(step)
        if step == "commit":
            other.append(Readings.of([1, 3], [T0, T0], [-1.0, 3.0]), now_us=T0)
            assert other.read([1], T0, T0 + 1).values.tolist() == [-1.0]

    store.sealer.before = meanwhile
    assert store.seal(DAY) == 6
    assert "commit" in steps
    assert rows(store.inbox.read(None, *ALWAYS)) == [(1, T0, -1.0, 0, 0), (3, T0, 3.0, 0, 0)]
    assert store.read(None, *ALWAYS).values.tolist() == [-1.0, 1001.0, 1002.0, 2000.0, 2001.0, 2002.0, 3.0]
    store.sealer.before = lambda step: None
    store.append(one(1, T0, -2.0), now_us=T0)
    assert store.seal(DAY) == 7
    assert [r.value for r in store.replaced(1, *ALWAYS)] == [1000.0, -1.0]


def test_backfill_goes_straight_to_the_days(store: ReadingStore) -> None:
    readings = grid(5, 3 * 24 * 60 // 30)
    spread = Readings.of(readings.points, T0 + (readings.times - T0) * 30, readings.values)
    store.backfill(spread, now_us=T0)
    assert len(store.inbox.read(None, *ALWAYS)) == 0
    assert same(store.read(None, *ALWAYS), spread.sorted())
    assert store.history.readings.partitions() == ["2026-10-03", "2026-10-04", "2026-10-05"]
    assert store.latest([5]).times.tolist() == [int(spread.times.max())]
    assert [(s.point, s.start_us) for s in store.take_late()] == [(p, T0) for p in range(1, 6)]


def test_backfill_over_sealed_and_waiting_readings_wins(store: ReadingStore) -> None:
    store.append(Readings.of([1, 1], [T0, T0 + MINUTE], [1.0, 2.0]), now_us=T0)
    store.seal(DAY)
    store.append(Readings.of([1, 1], [T0 + 2 * MINUTE, T0 + DAY_US], [3.0, 4.0]), now_us=T0)
    bulk = Readings.of([1, 1, 1, 2], [T0, T0 + 2 * MINUTE, T0 + DAY_US, T0], [10.0, 30.0, 4.0, 5.0])
    store.backfill(bulk, now_us=T0 + HOUR, late=False)
    assert store.take_late() == []
    assert store.read([1], *ALWAYS).values.tolist() == [10.0, 2.0, 30.0, 4.0]
    assert [r.value for r in store.replaced(1, *ALWAYS)] == [1.0, 3.0]
    store.backfill(bulk, now_us=T0 + HOUR, late=False)
    assert store.read([1], *ALWAYS).values.tolist() == [10.0, 2.0, 30.0, 4.0]
    assert len(store.replaced(1, *ALWAYS)) == 2


def test_backfill_leaves_days_between_alone(store: ReadingStore) -> None:
    store.backfill(one(1, T0 + DAY_US, 1.0), now_us=T0)
    store.backfill(Readings.of([1, 1], [T0, T0 + 2 * DAY_US], [2.0, 3.0]), now_us=T0)
    assert store.read([1], *ALWAYS).values.tolist() == [2.0, 1.0, 3.0]


def test_a_long_history_is_read_by_span(store: ReadingStore) -> None:
    times = T0 + np.arange(400) * DAY_US // 2
    store.backfill(Readings.of(np.ones(400), times, np.arange(400.0)), now_us=T0)
    assert store.read([1], *ALWAYS).values.tolist() == list(range(400))
    assert store.read([1], T0 + DAY_US, T0 + 190 * DAY_US).values.tolist() == list(range(2, 380))
    assert store.read([1, 5], T0 + DAY_US, T0 + DAY_US).values.tolist() == []


def test_readers_never_miss_a_row_while_days_are_sealed(place: Place) -> None:
    store, reader = place.open(), place.open()
    store.append(grid(4, 30), now_us=T0)
    lengths: list[int] = []
    store.sealer.before = lambda step: lengths.append(len(reader.read(None, *ALWAYS)))
    store.seal(DAY)
    assert len(lengths) >= 3
    assert set(lengths) == {120}


@pytest.mark.parametrize("make", [lambda s: s.seal(DAY), lambda s: s.maintain(now_us=T0 + 30 * DAY_US)])
def test_maintenance_leaves_readings_alone(store: ReadingStore, make: Callable[[ReadingStore], object]) -> None:
    for minute in range(3):
        store.append(grid(2, 3, start=T0 + minute * 3 * MINUTE), now_us=T0)
        store.seal(DAY)
    store.append(one(9, T0, 1.0), now_us=T0)
    store.put_rollups(Step.HOUR, rollups([1], [T0], [1.0]))
    before = store.read(None, *ALWAYS)
    make(store)
    assert same(store.read(None, *ALWAYS), before)


def test_vacuum_removes_superseded_files_only(store: ReadingStore, place: Place) -> None:
    for value in range(3):
        store.append(one(1, T0, float(value)), now_us=T0)
        store.seal(DAY)
    done = store.maintain(now_us=T0, keep=Retention(history_hours=0))
    assert done.files_removed == 2
    assert place.open().read([1], *ALWAYS).values.tolist() == [2.0]
    folder = place.history / "readings" / f"day={DAY.isoformat()}"
    assert len(list(folder.glob("*.parquet"))) == 1
