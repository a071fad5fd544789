"""The keeper against the batch computation over the same readings, on a real store."""

from datetime import date

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from greenpark.engines.quality import screen
from greenpark.engines.rollup import QUARTER_US, period_starts, rollup
from greenpark.kernel.points import PointKind, PointSpec
from greenpark.kernel.pointtable import PointTable
from greenpark.kernel.quality import Quality
from greenpark.kernel.readings import Readings, Step
from greenpark.store.keeper import RollupKeeper
from greenpark.store.opening import open_store

Q = QUARTER_US
HOUR, DAY = 4 * Q, 96 * Q
#: 2026-06-01 00:00 in Shanghai, a Monday.
MONDAY = 1_780_243_200_000_000
SPECS = {
    1: PointSpec(id=1, kind=PointKind.COUNTER, unit="kWh", expected_interval_s=900, multiplier=40.0),
    2: PointSpec(id=2, kind=PointKind.RATE, unit="kW", expected_interval_s=300),
    3: PointSpec(id=3, kind=PointKind.INTERVAL, unit="m3", expected_interval_s=900),
    4: PointSpec(id=4, kind=PointKind.CONCENTRATION, unit="mg/m3", expected_interval_s=600, max_value=400.0),
    5: PointSpec(id=5, kind=PointKind.STATE, unit="1", expected_interval_s=900),
    6: PointSpec(id=6, kind=PointKind.COUNTER, unit="m3", expected_interval_s=900, register_max=1000.0, max_rate=300.0),
}


def specs(points):
    return [SPECS[p] for p in points if p in SPECS]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("keeper")


class Bench:
    """A store, its keeper, and everything it was given."""

    made = 0

    def __init__(self, folder, flush_us=0):
        Bench.made += 1
        self.path = folder / str(Bench.made)
        self.path.mkdir()
        self.open(flush_us)
        self.now = MONDAY
        self.kept = {}

    def open(self, flush_us=0):
        self.store = open_store(f"sqlite:///{self.path}/r.sqlite3", str(self.path / "history"), synchronous="NORMAL")
        self.clock = 0
        self.keeper = RollupKeeper(self.store, specs, flush_us=flush_us, clock=lambda: self.clock)

    def commit(self, readings):
        self.now += 1_000_000
        self.store.append(readings, now_us=self.now)
        for p, t, v, q in zip(readings.points, readings.times, readings.values, readings.quality, strict=True):
            self.kept[int(p), int(t)] = (v, q)

    def send(self, readings):
        self.commit(readings)
        self.keeper.committed(readings)

    def truth(self, step):
        keys = sorted(k for k in self.kept if k[0] in SPECS)
        values = [self.kept[k] for k in keys]
        readings = Readings.of(
            *([column[i] for column in keys] for i in (0, 1)), *([v[i] for v in values] for i in (0, 1))
        )
        table = PointTable.of(SPECS.values())
        screened = Readings.of(readings.points, readings.times, readings.values, screen(readings, table))
        begin, end = period_starts(np.array([MONDAY - 90 * DAY, MONDAY + 90 * DAY]), step)
        return rollup(screened, table, int(begin), int(end), step)

    def check(self, steps=Step):
        for step in steps:
            same(self.store.rollups(step, None, MONDAY - 90 * DAY, MONDAY + 90 * DAY), self.truth(step), step)


def same(got, expected, step):
    for name in ("points", "starts", "count", "valid", "quality"):
        assert getattr(got, name).tolist() == getattr(expected, name).tolist(), (step, name)
    for name in ("amount", "mean", "low", "high", "coverage", "estimated"):
        np.testing.assert_allclose(
            getattr(got, name), getattr(expected, name), rtol=1e-9, atol=1e-8, err_msg=f"{step} {name}"
        )


def register(point, first, last, begin=0.0, step=10.0):
    n = last - first
    times = MONDAY + np.arange(first, last) * Q + 17_000_000
    return Readings.of([point] * n, times, begin + step * np.arange(first, last))


def test_ordinary_readings_are_added_without_reading_again(folder):
    bench = Bench(folder)
    for i in range(0, 80, 8):
        bench.send(register(1, i, i + 8))
    assert bench.keeper.work.added == 80 - 4 * 8  # until CONTEXT readings are known, verdicts may change
    bench.check()


def test_a_late_block_changes_only_what_it_touches(folder):
    bench = Bench(folder)
    whole = register(1, 0, 300)
    late = np.zeros(300, bool)
    late[100:124] = True
    bench.send(whole.take(~late))
    before = bench.store.rollups(Step.HOUR, None, MONDAY, MONDAY + 9 * DAY)
    assert (before.quality[25:30] & Quality.ESTIMATED).all()
    bench.send(whole.take(late))
    after = bench.store.rollups(Step.HOUR, None, MONDAY, MONDAY + 9 * DAY)
    changed = [i for i in range(len(after)) if after.coverage[i] != before.coverage[i]]
    assert changed == list(range(24, 32))
    assert not (after.quality & Quality.ESTIMATED).any()
    assert bench.store.take_late() == []
    bench.check()


def test_a_spike_is_held_back_and_dropped_when_the_next_reading_contradicts_it(folder):
    bench = Bench(folder)
    bench.send(register(1, 0, 50))
    spike = register(1, 50, 51, begin=5e6)
    bench.send(spike)
    booked = bench.store.rollups(Step.MONTH, [1], MONDAY - 40 * DAY, MONDAY + 40 * DAY)
    assert booked.amount[0] == pytest.approx(49 * 10 * 40)
    assert booked.quality[0] & Quality.SPIKE
    bench.send(register(1, 51, 52))
    booked = bench.store.rollups(Step.MONTH, [1], MONDAY - 40 * DAY, MONDAY + 40 * DAY)
    assert booked.amount[0] == pytest.approx(51 * 10 * 40)
    bench.check()


def test_a_correction_replaces_the_value_in_the_books(folder):
    bench = Bench(folder)
    bench.send(register(1, 0, 100))
    wrong = register(1, 60, 61, begin=3.0)
    bench.send(wrong)
    bench.check()
    bench.send(register(1, 60, 61))
    bench.check()


def test_readings_of_a_point_nobody_describes_are_counted_and_left_alone(folder):
    bench = Bench(folder)
    bench.send(register(99, 0, 3))
    assert bench.keeper.work.without_spec == 3
    assert len(bench.store.rollups(Step.QUARTER, None, MONDAY - DAY, MONDAY + DAY)) == 0
    SPECS[99] = PointSpec(id=99, kind=PointKind.COUNTER, unit="kWh", expected_interval_s=900)
    try:
        bench.keeper.specs_changed([99])
        bench.send(register(99, 3, 5))
        bench.check()
    finally:
        del SPECS[99]


def test_rows_are_written_when_a_flush_is_due(folder):
    bench = Bench(folder, flush_us=500_000)
    bench.send(register(1, 0, 10))
    assert not bench.keeper.tick()
    assert len(bench.store.rollups(Step.QUARTER, None, MONDAY, MONDAY + DAY)) == 0
    bench.clock += 500_000
    assert bench.keeper.tick()
    bench.check()
    bench.clock += 500_000
    assert not bench.keeper.tick()


def test_a_process_that_died_before_writing_catches_up(folder):
    bench = Bench(folder)
    bench.send(Readings.concat([register(1, 0, 200), register(6, 0, 200, step=2.0)]))
    bench.commit(register(1, 200, 230))  # on disk, and then the process is gone
    bench.commit(register(6, 90, 95, step=2.1))  # late ones too
    bench.commit(register(1, 400, 410))
    bench.store.close()
    bench.open()
    assert bench.keeper.recover() == 2
    bench.check()
    bench.send(register(1, 410, 450))
    bench.check()


def test_what_another_process_wrote_is_noticed(folder):
    bench = Bench(folder)
    bench.send(register(1, 0, 80))
    elsewhere = RollupKeeper(bench.store, specs, flush_us=0)
    bench.commit(register(1, 80, 90, begin=3.0))
    elsewhere.committed(register(1, 80, 90, begin=3.0))
    bench.send(register(1, 90, 100))
    bench.check()


def test_a_failed_flush_is_made_good(folder, monkeypatch):
    bench = Bench(folder)
    bench.send(register(1, 0, 100))
    put = bench.store.put_rollups

    def fail(step, rollups):
        if step is Step.DAY:
            raise OSError("disk full")
        put(step, rollups)

    monkeypatch.setattr(bench.store, "put_rollups", fail)
    with pytest.raises(OSError, match="disk full"):
        bench.send(register(1, 100, 120))
    monkeypatch.undo()
    bench.send(register(2, 100, 104))
    bench.check()


@pytest.mark.parametrize("bulk", [False, True], ids=["database", "history"])
def test_days_made_again_are_the_same(folder, bulk, monkeypatch):
    monkeypatch.setattr("greenpark.store.recompute.READINGS_PER_CHUNK", 250)
    rng = np.random.default_rng(5)
    whole = register(1, 0, 1000)
    silent = np.zeros(1000, bool)
    silent[280:420] = silent[700:705] = True
    values = np.where(rng.random(1000) < 0.02, 0.0, whole.values + rng.uniform(0, 3, 1000))
    readings = Readings.of(whole.points, whole.times, values).take(~silent)
    bench = Bench(folder)
    bench.commit(Readings.concat([readings, register(6, 300, 900, step=0.5)]))
    bench.keeper.rebuild(None, date(2026, 6, 1), date(2026, 6, 12), bulk=bulk)
    bench.check()
    bench.send(register(1, 1000, 1040))
    bench.check()


def test_a_backfill_with_late_spans_is_worked_off_by_days(folder):
    bench = Bench(folder)
    bench.send(register(1, 600, 700))
    earlier = register(1, 0, 600)
    bench.store.backfill(earlier, now_us=bench.now)
    for t, v in zip(earlier.times, earlier.values, strict=True):
        bench.kept[1, int(t)] = (v, 0)
    bench.keeper.flush()
    bench.check()


# ---- any readings, in any order, in any batches

VALUES = {
    1: st.floats(0, 50),
    2: st.floats(-10, 100),
    3: st.floats(0, 20),
    4: st.floats(0, 500),
    5: st.sampled_from([0.0, 1.0]),
    6: st.floats(0, 60),
}


@st.composite
def histories(draw):
    """Readings of all kinds of points with faults, in an order of arrival, cut into batches."""
    parts = []
    for point in draw(st.lists(st.sampled_from(sorted(VALUES)), min_size=1, max_size=3, unique=True)):
        n = draw(st.integers(1, 90))
        rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
        minutes = rng.choice(
            [3, 10, 15, 15, 15, 15, 15, 40, 300, 2000], n, p=[0.05] * 2 + [0.16] * 5 + [0.05, 0.04, 0.01]
        )
        times = MONDAY + np.cumsum(minutes) * 60_000_000 + rng.integers(0, 60_000_000)
        values = rng.uniform(0, 50, n)
        if point in (1, 6):
            values = np.cumsum(values * (rng.random(n) < 0.9))
            for at in np.flatnonzero(rng.random(n) < draw(st.sampled_from([0, 0.02, 0.1]))):
                what = rng.integers(4)
                if what == 0:
                    values[at] = 0.0
                elif what == 1:
                    values[at] += 1e5
                elif what == 2:
                    values[at:] -= values[at]
                else:
                    values[at:] -= rng.uniform(0, 20)
            if point == 6:
                values = values % 1000
        quality = np.where(rng.random(n) < 0.03, int(Quality.DEVICE_FAULT), 0)
        parts.append(Readings.of([point] * n, times, values, quality))
    readings = Readings.concat(parts)
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    delay = np.where(rng.random(len(readings)) < draw(st.sampled_from([0, 0.03, 0.2])), rng.integers(0, DAY), 0)
    order = np.argsort(readings.times + delay, kind="stable")
    cuts = sorted(draw(st.lists(st.integers(0, len(order)), max_size=12)))
    return [readings.take(part) for part in np.split(order, cuts) if len(part)]


@given(histories(), st.data())
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
def test_whatever_arrives_the_books_are_those_of_the_batch(folder, history, data):
    bench = Bench(folder)
    restart = data.draw(st.integers(0, 3 * len(history)))
    for i, batch in enumerate(history):
        if i == restart:
            bench.commit(batch)
            bench.store.close()
            bench.open()
            bench.keeper.recover()
        else:
            bench.send(batch)
        if data.draw(st.integers(0, 4)) == 0:
            bench.check([Step.QUARTER, Step.DAY])
    bench.check()
    bench.store.close()
