"""Quarter-hour rows against hand calculation, and against the law that nothing is lost or invented."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from greenpark.engines.rollup import (
    QUARTER_US,
    aggregate,
    merge,
    quarters,
    rollup,
    spread,
)
from greenpark.kernel.points import PointKind, PointSpec
from greenpark.kernel.pointtable import PointTable, UnknownPoint
from greenpark.kernel.quality import Quality
from greenpark.kernel.readings import Readings, Rollups, Step

MINUTE = 60_000_000
Q = QUARTER_US
HOUR = 4 * Q
#: 2026-06-01 00:00 in Shanghai, a Monday.
MONDAY = 1_780_243_200_000_000


def table(kind=PointKind.COUNTER, interval=900, **more):
    return PointTable.of([PointSpec(id=1, kind=kind, unit="kWh", expected_interval_s=interval, **more)])


def series(minutes, values, quality=None):
    return Readings.of([1] * len(values), MONDAY + np.array(minutes) * MINUTE, values, quality)


def amounts(rows):
    return {int((s - MONDAY) // MINUTE): a for s, a in zip(rows.starts, rows.amount.tolist(), strict=True)}


def day(readings, table, step=Step.QUARTER):
    return rollup(readings, table, MONDAY - 24 * HOUR, MONDAY + 240 * HOUR, step)


def test_a_step_is_cut_at_the_boundary_in_proportion_to_time():
    # 12 kWh between 00:10 and 00:20: half before, half after 00:15. Multiplier 40.
    rows = day(series([10, 20], [100.0, 112.0]), table(multiplier=40.0))
    assert amounts(rows) == {0: 240.0, 15: 240.0}
    assert rows.coverage.tolist() == [pytest.approx(5 / 15)] * 2
    assert rows.estimated.tolist() == [0.0, 0.0]


def test_a_reading_on_the_boundary_closes_the_quarter_before():
    rows = day(series([0, 15, 30], [100.0, 110.0, 130.0]), table())
    got = amounts(rows)
    assert (got[0], got[15]) == (10.0, 20.0)
    assert np.isnan(got[30])  # nothing is known yet of the quarter that begins with the last reading
    assert rows.coverage.tolist() == [1.0, 1.0, 0.0]


def test_a_slow_meter_is_divided_evenly_and_not_called_estimated():
    rows = day(series([0, 60], [0.0, 8.0]), table(interval=3600))
    assert [amounts(rows)[m] for m in (0, 15, 30, 45)] == [2.0] * 4
    assert not rows.estimated.any()


def test_a_gap_is_spread_and_marked():
    rows = day(series([0, 15, 60, 75], [0.0, 3.0, 12.0, 15.0]), table())
    assert [amounts(rows)[m] for m in (0, 15, 30, 45, 60)] == [3.0] * 5
    assert rows.estimated.tolist() == [0.0, 3.0, 3.0, 3.0, 0.0, 0.0]
    marked = (rows.quality & (Quality.GAP | Quality.ESTIMATED)) != 0
    assert marked.tolist() == [False, True, True, True, False, False]
    assert rows.coverage.tolist() == [1, 0, 0, 0, 1, 0]


def test_a_wrapped_register_counts_through():
    readings = series([0, 15, 30], [985.0, 995.0, 5.0], [0, 0, int(Quality.ROLLOVER)])
    assert amounts(day(readings, table(register_max=1000.0)))[15] == 10.0


def test_an_exchange_counts_what_the_meter_used_to_count_and_says_estimated():
    flags = [0, 0, int(Quality.RESET), 0]
    rows = day(series([0, 15, 30, 45], [500.0, 510.0, 4.0, 14.0], flags), table())
    assert amounts(rows)[15] == 10.0  # 10 a quarter before and after; the new register's 4 are part of it
    assert rows.estimated[1] == 10.0
    rows = day(series([0, 15, 30, 45], [500.0, 510.0, 14.0, 24.0], flags), table())
    assert amounts(rows)[15] == 14.0  # the new register shows more than expected: at least that much was used
    rows = day(series([0, 15, 30, 45], [500.0, 510.0, 400.0, 410.0], flags), table())
    assert amounts(rows)[15] == 10.0  # it cannot have started at 0


def test_readings_that_do_not_count_are_stepped_over():
    rows = day(series([0, 15, 30], [100.0, 0.0, 120.0], [0, int(Quality.SPIKE), 0]), table())
    assert [amounts(rows)[m] for m in (0, 15)] == [10.0, 10.0]
    assert (rows.count.tolist(), rows.valid.tolist()) == ([1, 1, 1], [1, 0, 1])
    assert rows.quality[1] & Quality.SPIKE


def test_intervals_are_cut_and_missing_ones_stay_unknown():
    rows = day(series([5, 20, 65], [3.0, 6.0, 3.0]), table(PointKind.INTERVAL))
    got = amounts(rows)
    assert got[0] == pytest.approx(2.0)  # 10 of 15 minutes
    assert got[15] == pytest.approx(1.0 + 4.0)
    assert got[30] == pytest.approx(2.0)
    assert np.isnan(got[45])
    assert rows.quality[list(got).index(45)] & Quality.GAP
    assert np.nansum(rows.amount) == pytest.approx(12.0)


def test_power_is_integrated_along_the_straight_line():
    # 0 to 60 kW within the hour: 30 kWh, of which the quarters hold 1, 3, 5 and 7 of 16 parts.
    rows = day(series([0, 60], [0.0, 60.0]), table(PointKind.RATE, 3600))
    assert [amounts(rows)[m] for m in (0, 15, 30, 45)] == pytest.approx([30 * k / 16 for k in (1, 3, 5, 7)])
    assert rows.mean[:4].tolist() == pytest.approx([7.5, 22.5, 37.5, 52.5])


def test_power_over_a_long_silence_is_unknown():
    rows = day(series([0, 15, 15 + 600, 630], [10.0] * 4), table(PointKind.RATE))
    assert np.nansum(rows.amount) == pytest.approx(5.0)
    assert np.isnan(amounts(rows)[300])
    assert (rows.quality[(rows.starts > MONDAY + 15 * MINUTE) & (rows.starts < MONDAY + 600 * MINUTE)]).all()


def test_a_state_holds_until_the_next_reading():
    rows = day(series([0, 5, 20], [1.0, 0.0, 1.0]), table(PointKind.STATE))
    assert rows.mean[0] == pytest.approx(1 / 3)
    assert np.isnan(rows.amount).all()
    hours = aggregate(rows, table(PointKind.STATE), Step.QUARTER, Step.HOUR)
    assert hours.mean[0] == pytest.approx(5 / 20)
    assert hours.coverage[0] == pytest.approx(20 / 60)


def test_concentrations_are_averaged_over_valid_readings():
    flags = [0, int(Quality.DEVICE_CALIBRATING), 0]
    rows = day(series([0, 5, 10], [10.0, 500.0, 20.0], flags), table(PointKind.CONCENTRATION, 300))
    assert rows.mean.tolist() == [15.0]
    assert (rows.count[0], rows.valid[0]) == (3, 2)
    assert rows.coverage[0] == pytest.approx(2 / 3)
    assert (rows.low[0], rows.high[0]) == (10.0, 20.0)
    assert np.isnan(rows.amount[0])


def test_hourly_concentrations_cover_their_hour():
    rows = day(series([0, 60, 180], [10.0, 20.0, 60.0]), table(PointKind.CONCENTRATION, 3600), Step.DAY)
    assert rows.mean.tolist() == [30.0]
    assert rows.coverage[0] == pytest.approx(3 / 24)


def test_several_points_and_kinds_in_one_call():
    specs = [
        PointSpec(id=i, kind=kind, unit="", expected_interval_s=900)
        for i, kind in enumerate([PointKind.COUNTER, PointKind.RATE, PointKind.COUNTER, PointKind.CONCENTRATION], 1)
    ]
    one = series([0, 15, 30], [1.0, 2.0, 4.0])
    every = Readings.concat([Readings.of([s.id] * 3, one.times, one.values) for s in specs])
    together, _ = quarters(every, PointTable.of(specs))
    for spec in specs:
        alone, _ = quarters(every.take(every.points == spec.id), PointTable.of(specs))
        same(together.take(together.points == spec.id), alone)


def test_a_point_without_specification_is_an_error():
    with pytest.raises(UnknownPoint, match="9"):
        quarters(Readings.of([9], [0], [1.0]), table())


def test_a_window_that_cuts_a_period_is_refused():
    with pytest.raises(ValueError, match="起点"):
        rollup(Readings.empty(), table(), MONDAY + 1, MONDAY + HOUR)


# ---- laws


def same(a, b):
    assert a.points.tolist() == b.points.tolist()
    assert a.starts.tolist() == b.starts.tolist()
    for name in Rollups.__slots__:
        np.testing.assert_allclose(getattr(a, name), getattr(b, name), rtol=1e-9, atol=1e-9, err_msg=name)


@st.composite
def registers(draw):
    """Readings of a register at any times: seconds to days apart."""
    gaps = draw(st.lists(st.one_of(st.integers(1, 1800), st.integers(1, 200_000)), min_size=1, max_size=60))
    rises = draw(st.lists(st.floats(0, 1e4), min_size=len(gaps), max_size=len(gaps)))
    begin = draw(st.integers(0, 86_400))
    times = MONDAY + np.cumsum([begin, *gaps]) * 1_000_000
    return Readings.of([1] * len(times), times, np.cumsum([draw(st.floats(0, 1e6)), *rises]))


@given(registers(), st.sampled_from([60, 900, 3600]), st.sampled_from([1.0, 40.0, -2.5]))
def test_the_slots_add_up_to_the_register(readings, interval, multiplier):
    spec = table(interval=interval, multiplier=multiplier)
    rows, gaps = quarters(readings, spec)
    rows = merge([rows, spread(gaps, rows)], spec, Step.QUARTER)
    rise = (readings.values[-1] - readings.values[0]) * multiplier
    assert np.nansum(rows.amount) == pytest.approx(rise, rel=1e-9, abs=1e-6)
    for step in (Step.HOUR, Step.DAY, Step.MONTH):
        longer = aggregate(rows, spec, Step.QUARTER, step)
        assert np.nansum(longer.amount) == pytest.approx(rise, rel=1e-9, abs=1e-6)
        assert longer.count.sum() == len(readings)
        assert (longer.coverage <= 1).all()
        assert longer.estimated.sum() == pytest.approx(rows.estimated.sum(), rel=1e-9, abs=1e-6)


@given(registers(), st.sampled_from(list(PointKind)), st.sampled_from([60, 900, 3600]), st.data())
def test_any_window_gives_the_same_slots(readings, kind, interval, data):
    spec = table(kind, interval)
    whole, _ = quarters(readings, spec)
    at = data.draw(st.integers(0, len(readings) - 1))
    begin = int(readings.times[at] // Q * Q)
    end = begin + data.draw(st.integers(1, 40)) * Q
    # One counting reading beyond each edge, and for intervals those that reach into the window.
    low = int(np.searchsorted(readings.times, begin - interval * 1_000_000)) - 1
    high = int(np.searchsorted(readings.times, end)) + 1
    part = readings.take(slice(max(low, 0), high))
    inside = (whole.starts >= begin) & (whole.starts < end)
    rows, _ = quarters(part, spec)
    same(rows.take((rows.starts >= begin) & (rows.starts < end)), whole.take(inside))


@given(registers(), st.sampled_from(list(PointKind)), st.sampled_from([60, 900, 3600]), st.data())
def test_rows_of_two_stretches_merge_into_the_rows_of_both(readings, kind, interval, data):
    spec = table(kind, interval)
    whole, gaps = quarters(readings, spec)
    cut = data.draw(st.integers(0, len(readings) - 1))
    first, first_gaps = quarters(readings.take(slice(0, cut)), spec)
    own = np.ones(len(readings) - max(cut - 1, 0), bool)
    own[:1] = cut == 0
    second, second_gaps = quarters(readings.take(slice(max(cut - 1, 0), None)), spec, own=own)
    same(merge([first, second], spec, Step.QUARTER), merge([whole], spec, Step.QUARTER))
    assert np.r_[first_gaps.amount, second_gaps.amount].tolist() == gaps.amount.tolist()


@given(registers(), st.sampled_from(list(PointKind)))
@settings(max_examples=50)
def test_one_step_or_two_make_the_same_month(readings, kind):
    spec = table(kind)
    rows, _ = quarters(readings, spec)
    at_once = aggregate(rows, spec, Step.QUARTER, Step.MONTH)
    hours = aggregate(rows, spec, Step.QUARTER, Step.HOUR)
    days = aggregate(hours, spec, Step.HOUR, Step.DAY)
    same(aggregate(days, spec, Step.DAY, Step.MONTH), at_once)
