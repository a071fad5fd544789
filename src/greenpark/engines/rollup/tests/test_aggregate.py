"""Periods of a zone, the shape of gaps, the catalogue entry and the worked example of the page."""

import json
import re
from datetime import date, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec
import numpy as np
import pytest

from greenpark.engines.rollup import (
    CALCULATIONS,
    QUARTER_US,
    Context,
    aggregate,
    period_lengths,
    period_starts,
    rollup,
)
from greenpark.kernel.periods import day_start_us
from greenpark.kernel.points import PointKind, PointSpec
from greenpark.kernel.pointtable import PointTable
from greenpark.kernel.quality import Quality
from greenpark.kernel.readings import Readings, Step

Q, HOUR = QUARTER_US, 4 * QUARTER_US
BERLIN = ZoneInfo("Europe/Berlin")
COUNTER = PointTable.of([PointSpec(id=1, kind=PointKind.COUNTER, unit="kWh", expected_interval_s=900)])


@pytest.mark.parametrize(("day", "hours"), [(date(2026, 3, 29), 23), (date(2026, 10, 25), 25), (date(2026, 6, 1), 24)])
def test_days_of_23_and_25_hours(day, hours):
    begin, end = day_start_us(day, BERLIN), day_start_us(day + timedelta(days=1), BERLIN)
    times = np.arange(begin - Q, end + 2 * Q, Q)
    readings = Readings.of([1] * len(times), times, np.arange(len(times), dtype=float))
    by_hour = rollup(readings, COUNTER, begin, end, Step.HOUR, Context(BERLIN))
    assert by_hour.amount.tolist() == [4.0] * hours
    by_day = rollup(readings, COUNTER, begin, end, Step.DAY, Context(BERLIN))
    assert (by_day.amount.tolist(), by_day.coverage.tolist()) == ([4.0 * hours], [1.0])
    assert period_lengths(by_day.starts, Step.DAY, BERLIN).tolist() == [hours * HOUR]


def test_days_and_months_are_cut_in_the_zone():
    eve = day_start_us(date(2026, 11, 1)) - 1
    moments = np.array([eve, eve + 1])
    assert period_starts(moments, Step.MONTH).tolist() == [
        day_start_us(date(2026, 10, 1)),
        day_start_us(date(2026, 11, 1)),
    ]
    lengths = period_lengths(period_starts(moments, Step.MONTH), Step.MONTH)
    assert (lengths // (24 * HOUR)).tolist() == [31, 30]


def test_a_shorter_period_cannot_be_made_of_a_longer_one():
    with pytest.raises(ValueError, match="cannot make"):
        aggregate(rollup(Readings.empty(), COUNTER, 0, Q), COUNTER, Step.DAY, Step.HOUR)


def two_weeks(silent):
    """A meter with the same rhythm each working day, another at weekends; ``silent`` readings left out."""
    begin = day_start_us(date(2026, 6, 1))
    times = begin + np.arange(14 * 96 + 1) * Q
    quarter = np.arange(14 * 96)
    weekend = quarter // 96 % 7 >= 5
    load = np.where(weekend, 1.0, 1.0 + 9.0 * ((quarter % 96 >= 32) & (quarter % 96 < 72)))
    register = np.concatenate(([0.0], np.cumsum(load)))
    keep = np.ones(len(times), bool)
    keep[silent] = False
    return begin, load, Readings.of([1] * keep.sum(), times[keep], register[keep])


@pytest.mark.parametrize("first", [8 * 96 + 21, 12 * 96 + 10], ids=["Tuesday", "Saturday"])
def test_a_gap_takes_the_shape_of_comparable_days(first):
    begin, load, readings = two_weeks(slice(first, first + 70))
    rows = rollup(readings, COUNTER, begin, begin + 14 * 96 * Q)
    np.testing.assert_allclose(rows.amount, load, atol=1e-9)
    inside = slice(first - 1, first + 70)
    np.testing.assert_allclose(rows.estimated[inside], load[inside], atol=1e-9)
    assert (rows.quality[inside] & Quality.GAP).all()


def test_the_shape_is_scaled_to_what_the_register_says():
    first = 8 * 96 + 20
    begin, load, readings = two_weeks(slice(first, first + 70))
    after = readings.times >= begin + (first + 70) * Q
    readings = Readings.of(readings.points, readings.times, readings.values + after * 100.0)
    rows = rollup(readings, COUNTER, begin, begin + 14 * 96 * Q)
    gap = rows.amount[first - 1 : first + 70]
    np.testing.assert_allclose(gap / gap.sum(), load[first - 1 : first + 70] / load[first - 1 : first + 70].sum())


def test_without_comparable_days_the_gap_is_divided_by_time():
    begin, _, readings = two_weeks(slice(20, 90))
    rows = rollup(readings, COUNTER, begin, begin + 96 * Q)
    np.testing.assert_allclose(rows.amount[19:90], rows.amount[19:90].mean())


def test_the_future_has_no_part_in_the_shape():
    first = 8 * 96 + 20
    begin, _, readings = two_weeks(slice(first, first + 70))
    whole = rollup(readings, COUNTER, begin, begin + 9 * 96 * Q)
    known = readings.take(readings.times <= begin + (first + 70) * Q)
    then = rollup(known, COUNTER, begin, begin + 9 * 96 * Q)
    np.testing.assert_array_equal(whole.amount[: first + 70], then.amount[: first + 70])


PAGE = Path(__file__).parents[5] / "docs" / "algorithms" / "rollup.md"


def test_the_worked_example_of_the_page():
    request, answer = re.findall(r"```json\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    entry = CALCULATIONS[0]
    got = msgspec.to_builtins(entry.run(msgspec.json.decode(request, type=entry.input)))
    assert got == json.loads(answer)


def test_the_catalogue_entry_names_what_is_wrong():
    entry = CALCULATIONS[0]
    base = {"kind": "counter", "unit": "kWh", "expected_interval_s": 900, "times_us": [1, 0], "values": [1, 2]}
    with pytest.raises(ValueError, match="升序"):
        entry.run(msgspec.convert(base, entry.input))
    with pytest.raises(ValueError, match="Mars/Base"):
        entry.run(msgspec.convert(base | {"zone": "Mars/Base"}, entry.input))
    assert entry.run(msgspec.convert(base | {"times_us": [], "values": []}, entry.input)).periods == []
