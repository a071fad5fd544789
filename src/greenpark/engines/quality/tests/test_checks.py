"""The single checks, against hand-made cases."""

import numpy as np
import pytest

from greenpark.engines import quality
from greenpark.engines.quality import Limits
from greenpark.kernel.points import PointKind, PointSpec
from greenpark.kernel.pointtable import PointTable, UnknownPoint
from greenpark.kernel.quality import Quality
from greenpark.kernel.readings import Readings

Q = 900_000_000


def table(kind=PointKind.RATE, **more):
    return PointTable.of([PointSpec(id=1, kind=kind, unit="kW", expected_interval_s=900, **more)])


def series(values, times=None):
    return Readings.of([1] * len(values), np.arange(len(values)) * Q if times is None else times, values)


def where(mask):
    return np.flatnonzero(mask).tolist()


def test_range_is_inclusive_and_catches_what_is_no_number():
    found = quality.out_of_range(series([-1.0, 0.0, 50.0, 100.0, 101.0, np.inf]), table(min_value=0, max_value=100))
    assert where(found) == [0, 4, 5]


def test_an_interval_above_the_highest_rate_is_out_of_range():
    # 15 min at 40 kW are 10 kWh; the multiplier makes 5 raw units of them.
    found = quality.out_of_range(series([5.0, 5.1]), table(PointKind.INTERVAL, max_rate=40.0, multiplier=2.0))
    assert where(found) == [1]


def test_a_gap_is_more_than_one_and_a_half_intervals():
    times = np.array([0, Q, 2 * Q, int(3.5 * Q), int(5.01 * Q)])
    assert where(quality.gaps(series([1.0] * 5, times), table())) == [4]


def test_flat_lines_are_for_what_moves():
    stuck = [3.2] * 96
    limits = Limits(flat_intervals=96)
    assert where(quality.flat_lines(series([1.0, *stuck, 4.0]), table(), limits)) == list(range(1, 97))
    assert not quality.flat_lines(series([1.0, *stuck[:-1], 4.0]), table(), limits).any()
    assert not quality.flat_lines(series(stuck), table(PointKind.COUNTER), limits).any()
    assert not quality.flat_lines(series([0.0] * 200), table(), limits).any()


def test_clock_skew_compares_with_receipt():
    times = np.array([0, 0, 0, 0], np.int64)
    received = np.array([0, -301, 1200, 1201], np.int64) * 1_000_000
    assert where(quality.clock_skew(times, received, Q)) == [1, 3]
    assert where(quality.clock_skew(times, received, Q, resent=True)) == [1]


def test_duplicates_and_conflicts_are_told_apart():
    repeats, conflicts = quality.duplicates(series([1.0, 1.0, 2.0, 3.0], np.array([0, 0, 0, Q])))
    assert (where(repeats), where(conflicts)) == ([1], [2])


def test_a_peak_of_a_concentration_is_remarked_but_still_counts_in_the_screen():
    rng = np.random.default_rng(1)
    values = 20 + rng.normal(0, 0.2, 60)
    values[30] = 90.0
    kind = table(PointKind.CONCENTRATION)
    assert where(quality.value_spikes(series(values), kind)) == [30]
    assert not quality.screen(series(values), kind).any()
    values[30:] += 70  # a real step
    assert not quality.value_spikes(series(values), kind)[32:].any()


def test_a_new_current_transformer_shows_as_a_change_of_scale():
    rng = np.random.default_rng(2)
    steps = rng.uniform(8, 12, 400)
    steps[250:] *= 1.6
    found = quality.scale_changes(series(np.cumsum(steps)), table(PointKind.COUNTER))
    assert len(where(found)) == 1
    assert abs(where(found)[0] - 250) <= 2
    assert not quality.scale_changes(series(np.cumsum(rng.uniform(8, 12, 400))), table(PointKind.COUNTER)).any()


def test_the_proposed_highest_rate_comes_from_the_median_step():
    # 10 units each quarter of an hour, multiplier 2: 80 an hour, times 100.
    values = np.cumsum(np.r_[np.full(50, 10.0), 1e6, np.full(49, 10.0)])
    counter = table(PointKind.COUNTER, multiplier=2.0)
    assert quality.estimate_max_rate(series(values), counter).tolist() == [8000.0]
    assert np.isnan(quality.estimate_max_rate(series([1.0, 2.0]), counter)).all()


def test_check_collects_everything():
    values = np.cumsum(np.full(60, 10.0))
    values[20] = 0.0
    found = quality.check(series(values, np.r_[np.arange(59) * Q, 70 * Q]), table(PointKind.COUNTER))
    assert {i: int(b) for i, b in enumerate(found) if b} == {20: Quality.SPIKE, 59: Quality.GAP}


def test_readings_without_a_specification_are_an_error():
    with pytest.raises(UnknownPoint, match="2"):
        quality.screen(Readings.of([2], [0], [1.0]), table())


def test_nothing_in_nothing_out():
    assert len(quality.check(Readings.empty(), table())) == 0
