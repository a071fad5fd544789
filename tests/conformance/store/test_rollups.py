"""Rollups in the database and in the history, as one."""

from __future__ import annotations

import numpy as np
import pytest

from greenpark.kernel.readings import Rollups, Step
from greenpark.store.combined import ReadingStore
from greenpark.store.interface import Retention

from .builders import ALWAYS, HOUR, T0, rollups
from .conftest import Place
from .test_seal import Crash, crash_at

DAY_US = 24 * HOUR
KEEP = Retention(rollup_days={Step.QUARTER: 1, Step.HOUR: 1, Step.DAY: 1, Step.MONTH: 1})


def same(left: Rollups, right: Rollups) -> bool:
    return all(
        np.array_equal(getattr(left, c), getattr(right, c), equal_nan=getattr(left, c).dtype.kind == "f")
        and getattr(left, c).dtype == getattr(right, c).dtype
        for c in Rollups.__slots__
    )


def series(points: int, hours: int, start: int = T0) -> Rollups:
    p = np.repeat(np.arange(1, points + 1), hours).tolist()
    s = np.tile(start + np.arange(hours) * HOUR, points).tolist()
    return rollups(p, s, np.arange(points * hours, dtype=float).tolist())


@pytest.mark.parametrize("step", list(Step))
def test_all_columns_come_back_unknown_ones_as_nan(store: ReadingStore, step: Step) -> None:
    put = series(3, 4)
    put.amount[5] = np.nan
    store.put_rollups(step, put)
    assert same(store.rollups(step, None, *ALWAYS), put)
    assert len(store.rollups(step, [2], T0 + HOUR, T0 + 3 * HOUR)) == 2
    store.maintain(now_us=T0 + 800 * DAY_US, keep=KEEP)
    assert same(store.rollups(step, None, *ALWAYS), put)
    assert same(store.rollups(step, [2], T0 + HOUR, T0 + 3 * HOUR), put.take(slice(5, 7)))


def test_unknown_is_null_in_the_database_and_in_the_history(store: ReadingStore) -> None:
    store.put_rollups(Step.HOUR, rollups([1, 1], [T0, T0 + HOUR], [np.nan, 2.0]))
    with store.database.reading() as session:
        assert session.all("SELECT amount FROM rollup_hour ORDER BY start") == [(None,), (2.0,)]
    store.backfill_rollups(Step.DAY, rollups([1], [T0], [np.nan]))
    (table,) = [t for t in store._rollups.tables() if t.uri.endswith("/day")]
    assert table.dataset().to_table()["amount"].null_count == 1


def test_a_row_is_replaced_by_point_and_start(store: ReadingStore) -> None:
    store.put_rollups(Step.HOUR, series(2, 2))
    store.put_rollups(Step.HOUR, rollups([1, 1], [T0, T0], [7.0, 8.0]))
    assert store.rollups(Step.HOUR, None, *ALWAYS).amount.tolist() == [8.0, 1.0, 2.0, 3.0]


def test_a_late_row_over_an_old_period_wins_and_moves_too(store: ReadingStore) -> None:
    store.backfill_rollups(Step.HOUR, series(2, 3))
    assert store.rollups(Step.HOUR, None, *ALWAYS).amount.tolist() == [0.0, 1.0, 2.0, 3.0, 4.0, 5.0]
    store.put_rollups(Step.HOUR, rollups([1], [T0 + HOUR], [10.0]))
    expected = [0.0, 10.0, 2.0, 3.0, 4.0, 5.0]
    assert store.rollups(Step.HOUR, None, *ALWAYS).amount.tolist() == expected
    assert store.maintain(now_us=T0 + 9 * DAY_US, keep=KEEP).rollups_moved == 1
    assert store.rollups(Step.HOUR, None, *ALWAYS).amount.tolist() == expected
    store.backfill_rollups(Step.HOUR, rollups([2], [T0], [30.0]))
    assert store.rollups(Step.HOUR, [2], *ALWAYS).amount.tolist() == [30.0, 4.0, 5.0]


def test_sums_are_the_same_wherever_the_rows_lie(store: ReadingStore) -> None:
    rows = series(5, 80)
    rows.amount[3] = np.nan
    store.put_rollups(Step.HOUR, rows)
    chosen = np.isin(rows.points, [1, 3, 4])
    hours = T0 + np.arange(80) * HOUR
    expected = [float(np.nansum(rows.amount[chosen & (rows.starts == h)])) for h in hours]

    def check() -> None:
        starts, amounts = store.rollup_sums(Step.HOUR, [1, 3, 4], *ALWAYS)
        assert starts.tolist() == hours.tolist()
        assert amounts == pytest.approx(expected)
        starts, amounts = store.rollup_sums(Step.HOUR, [1, 3, 4], T0 + 10 * HOUR, T0 + 60 * HOUR)
        assert starts.tolist() == hours[10:60].tolist()
        assert amounts == pytest.approx(expected[10:60])

    check()
    store.maintain(now_us=T0 + 3 * DAY_US, keep=KEEP)  # the first 48 hours are now in the history
    with store.database.reading() as session:
        assert session.one("SELECT count(*) FROM rollup_hour") == (5 * 32,)
    check()
    store.maintain(now_us=T0 + 30 * DAY_US, keep=KEEP)
    check()


def test_a_sum_of_unknowns_only_is_no_row(store: ReadingStore) -> None:
    store.put_rollups(Step.HOUR, rollups([1], [T0], [np.nan]))
    starts, amounts = store.rollup_sums(Step.HOUR, [1], *ALWAYS)
    assert len(starts) == len(amounts) == 0


def test_rows_of_many_years_are_found(store: ReadingStore) -> None:
    starts = [T0 + n * 28 * DAY_US for n in range(60)]
    store.put_rollups(Step.MONTH, rollups([1] * 60, starts, list(range(60))))
    store.backfill_rollups(Step.DAY, rollups([1] * 60, starts, list(range(60))))
    assert store.rollups(Step.DAY, None, *ALWAYS).amount.tolist() == list(range(60))
    assert store.rollups(Step.MONTH, [1], starts[3], starts[50]).amount.tolist() == list(range(3, 50))


def test_a_crash_while_rows_move_loses_and_doubles_nothing(place: Place) -> None:
    store = place.open()
    rows = series(3, 30)
    store.put_rollups(Step.HOUR, rows)
    crash_at(store, "rollups-delete")
    with pytest.raises(Crash):
        store.maintain(now_us=T0 + 9 * DAY_US, keep=KEEP)
    after = place.open()
    assert same(after.rollups(Step.HOUR, None, *ALWAYS), rows)
    after.put_rollups(Step.HOUR, rollups([1], [T0], [-5.0]))
    after.maintain(now_us=T0 + 9 * DAY_US, keep=KEEP)
    found = after.rollups(Step.HOUR, None, *ALWAYS)
    assert len(found) == 90
    assert found.amount[0] == -5.0


def test_a_row_written_while_rows_move_stays(place: Place) -> None:
    store, other = place.open(), place.open()
    store.put_rollups(Step.HOUR, series(1, 3))
    moved: list[str] = []

    def meanwhile(step: str) -> None:
        if not moved:
            other.put_rollups(Step.HOUR, rollups([1], [T0 + HOUR], [-9.0]))
        moved.append(step)

    store.sealer.before = meanwhile
    store.maintain(now_us=T0 + 9 * DAY_US, keep=KEEP)
    assert moved
    assert store.rollups(Step.HOUR, None, *ALWAYS).amount.tolist() == [0.0, -9.0, 2.0]


def test_nothing_is_fine(store: ReadingStore) -> None:
    store.put_rollups(Step.HOUR, Rollups.empty())
    store.backfill_rollups(Step.HOUR, Rollups.empty())
    assert len(store.rollups(Step.HOUR, None, *ALWAYS)) == 0
    assert len(store.rollups(Step.HOUR, [], *ALWAYS)) == 0
    assert [len(a) for a in store.rollup_sums(Step.HOUR, [1], *ALWAYS)] == [0, 0]
