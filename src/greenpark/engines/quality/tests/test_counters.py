"""What the screen decides about registers: spikes, rollover, exchange, and what it must leave alone."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from greenpark.engines.quality import CONTEXT, screen
from greenpark.kernel.points import PointKind, PointSpec
from greenpark.kernel.pointtable import PointTable
from greenpark.kernel.quality import Quality
from greenpark.kernel.readings import Readings

Q = 900_000_000
SPIKE, RESET, ROLLOVER = Quality.SPIKE, Quality.RESET, Quality.ROLLOVER


def table(**more):
    return PointTable.of([PointSpec(id=1, kind=PointKind.COUNTER, unit="kWh", expected_interval_s=900, **more)])


def bits(values, quality=None, times=None, **more):
    times = np.arange(len(values)) * Q if times is None else times
    return screen(Readings.of([1] * len(values), times, values, quality), table(**more)).tolist()


RISING = [100.0 + 10 * i for i in range(40)]


def with_values(changes):
    values = list(RISING)
    for index, value in changes.items():
        values[index] = value
    return values


@pytest.mark.parametrize(
    ("changes", "spikes"),
    [
        ({20: 0.0}, [20]),
        ({20: 0.0, 21: 0.0}, [20, 21]),
        ({20: 0.0, 21: 0.0, 22: 0.0}, [20, 21, 22]),
        ({20: 0.0, 22: 0.0}, [20, 22]),
        ({20: 5e6}, [20]),
        ({20: 5e6, 21: 5.1e6}, [20, 21]),
        ({20: 5e6, 23: 0.0}, [20, 23]),
        ({20: 5e6, 21: 0.0}, [20, 21]),
        ({20: 0.0, 21: 5e6}, [20, 21]),
    ],
    ids=str,
)
def test_values_that_leave_and_come_back_are_spikes(changes, spikes):
    found = bits(with_values(changes))
    assert [i for i, b in enumerate(found) if b] == spikes
    assert all(found[i] == SPIKE for i in spikes)


def test_a_wrapped_register_is_not_a_spike():
    values = [(999_900 + 10 * i) % 1_000_000 for i in range(40)]
    found = bits(values, register_max=1_000_000.0)
    assert [(i, b) for i, b in enumerate(found) if b] == [(10, ROLLOVER)]


def test_a_zero_reading_beside_the_wrap_is_a_spike_and_the_wrap_remains():
    values = [(999_900 + 10 * i) % 1_000_000 for i in range(40)]
    values[5] = 0.0
    found = bits(values, register_max=1_000_000.0)
    assert [(i, b) for i, b in enumerate(found) if b] == [(5, SPIKE), (10, ROLLOVER)]


def test_a_zero_reading_just_before_the_wrap_does_not_take_the_last_good_one_with_it():
    values = [99_960.0, 99_970.0, 0.0, 99_990.0, 5.0, 15.0, 25.0, 35.0]
    found = bits(values, register_max=100_000.0)
    assert [(i, b) for i, b in enumerate(found) if b] == [(2, SPIKE), (4, ROLLOVER)]


def test_an_exchanged_meter_starts_anew():
    values = [52_340.0 + 10 * i for i in range(20)] + [3.0 + 10 * i for i in range(20)]
    assert [(i, b) for i, b in enumerate(bits(values)) if b] == [(20, RESET)]
    # The register is wide enough to have wrapped, but not within a quarter of an hour.
    assert [(i, b) for i, b in enumerate(bits(values, register_max=1e6)) if b] == [(20, RESET)]


def test_an_exchange_for_a_higher_register_needs_the_highest_rate():
    values = RISING[:20] + [500_000.0 + 10 * i for i in range(20)]
    assert not any(bits(values))  # without a rate to compare with, a rise is believed
    assert [(i, b) for i, b in enumerate(bits(values, max_rate=1000.0)) if b] == [(20, RESET)]


def test_a_change_of_unit_is_an_exchange_that_says_so():
    values = RISING[:20] + [1000 * v for v in RISING[20:]]
    found = bits(values, max_rate=1000.0)
    assert found[20] == RESET | Quality.MULTIPLIER_CHANGE


@pytest.mark.parametrize("step_up", [0.0, 15.0, 90.0, 400.0])
def test_a_real_step_of_the_load_is_believed(step_up):
    values = RISING[:20] + [RISING[19] + (10 + step_up) * (i + 1) for i in range(20)]
    assert not any(bits(values))


def test_start_after_a_standstill_is_believed_with_the_next_reading():
    still = [100.0] * 20
    assert bits([*still, 400.0])[-1] == SPIKE
    assert not any(bits([*still, 400.0, 700.0]))
    assert not any(bits([*still, 400.0, 400.0]))


def test_the_newest_reading_far_too_high_waits_for_confirmation():
    assert bits([*RISING, RISING[-1] + 5e6])[-1] == SPIKE
    assert bits([*RISING, RISING[-1] + 5e6, RISING[-1] + 20])[-2:] == [SPIKE, 0]


def test_the_newest_reading_fallen_waits_for_three_more():
    base = [52_000 + v for v in RISING]
    for more in range(1, 4):
        assert bits(base + [1.0 + 10 * i for i in range(more)])[-more:] == [SPIKE] * more
    assert bits(base + [1.0 + 10 * i for i in range(4)])[-4:] == [RESET, 0, 0, 0]


def test_small_steps_back_count_as_they_are():
    rng = np.random.default_rng(3)
    values = 1000 + np.cumsum(np.where(np.arange(200) % 40 < 10, 0.0, 10.0)) + rng.uniform(-0.2, 0.2, 200)
    found = np.array(bits(values.tolist()))
    assert (np.diff(values) < 0).any()
    assert not (found & RESET).any()
    assert (found & SPIKE).astype(bool).mean() < 0.1


def test_a_confirmed_value_is_never_a_spike():
    quality = [0] * 40
    quality[20] = int(Quality.CONFIRMED)
    assert not bits(with_values({20: 5e6}), quality)[20] & SPIKE


def test_values_at_or_above_the_register_size_are_out_of_range():
    found = bits(with_values({20: 1e6}), register_max=1e6)
    assert [(i, b) for i, b in enumerate(found) if b] == [(20, Quality.RANGE)]


def test_readings_the_device_disowned_take_no_part():
    quality = [0] * 40
    quality[20] = int(Quality.DEVICE_MAINTENANCE)
    assert bits(with_values({20: 0.0}), quality)[20] == Quality.DEVICE_MAINTENANCE


def test_points_do_not_look_into_each_other():
    values = RISING + [v - 100 for v in RISING]
    readings = Readings.of([1] * 40 + [2] * 40, np.tile(np.arange(40) * Q, 2), values)
    both = PointTable.of([PointSpec(id=i, kind=PointKind.COUNTER, unit="kWh", expected_interval_s=900) for i in (1, 2)])
    assert not screen(readings, both).any()


events = st.lists(
    st.tuples(st.integers(0, 199), st.sampled_from(["zero", "up", "reset", "back", "still"])), max_size=12
)


@given(events, st.integers(0, 2**32 - 1), st.integers(CONTEXT, 200 - CONTEXT), st.integers(1, 60))
def test_a_window_with_context_decides_like_the_whole(events, seed, begin, length):
    rng = np.random.default_rng(seed)
    steps = rng.uniform(0, 20, 200)
    values = 5000 + np.cumsum(steps)
    for at, what in events:
        if what == "reset":
            values[at:] -= values[at] - 1
        elif what == "back":
            values[at:] -= rng.uniform(0, 30)
        elif what == "still":
            values[at : at + 9] = values[at]
    for at, what in events:
        if what in ("zero", "up"):
            values[at] = 0.0 if what == "zero" else values[at] + 1e6
    whole = bits(values.tolist())
    low, high = begin - CONTEXT, min(begin + length + CONTEXT, 200)
    end = begin + length if high < 200 else 200
    part = bits(values[low:high].tolist())
    assert part[CONTEXT : CONTEXT + end - begin] == whole[begin:end]
