"""Substituted values: what they are, how far a rule reaches, and that the original stays."""

import json
import re
from pathlib import Path

import msgspec
import numpy as np
import pytest

from greenpark.engines import quality
from greenpark.engines.quality import CALCULATIONS, NotSubstitutable, Rule
from greenpark.kernel.points import PointKind, PointSpec
from greenpark.kernel.pointtable import PointTable
from greenpark.kernel.quality import Quality, counts
from greenpark.kernel.readings import Readings

Q = 900_000_000
DAY = 96 * Q
SHANGHAI_MIDNIGHT = -8 * 4 * Q  # 1970-01-01 00:00, a Thursday
BAD = int(Quality.DEVICE_FAULT)


def table(kind=PointKind.RATE):
    return PointTable.of([PointSpec(id=1, kind=kind, unit="kW", expected_interval_s=900)])


def series(values, bad=(), times=None):
    flags = np.zeros(len(values), np.int32)
    flags[list(bad)] = BAD
    return Readings.of([1] * len(values), np.arange(len(values)) * Q if times is None else times, values, flags)


def test_the_new_value_counts_and_the_original_is_returned():
    done = quality.substitute(series([10.0, 99.0, 14.0], [1]), table(), Rule.LINEAR)
    assert done.readings.values.tolist() == [12.0]
    assert done.originals.tolist() == [99.0]
    assert counts(int(done.readings.quality[0]))
    assert done.readings.quality[0] == Quality.SUBSTITUTED | Quality.ESTIMATED


def test_previous_reaches_four_intervals_and_no_further():
    done = quality.substitute(series([10.0, *[0.0] * 6], range(1, 7)), table(), Rule.PREVIOUS)
    assert done.readings.values.tolist() == [10.0] * 4
    assert done.left.tolist() == [5, 6]


def test_linear_needs_both_sides():
    done = quality.substitute(series([0.0, 5.0, 0.0], [0, 2]), table(), Rule.LINEAR)
    assert len(done.readings) == 0
    assert done.left.tolist() == [0, 2]


def test_comparable_days_are_working_days_for_a_working_day():
    days = 15  # Thursday to Thursday
    values = np.concatenate([np.full(96, 10.0 + d) for d in range(days)])
    times = SHANGHAI_MIDNIGHT + np.arange(days * 96) * Q
    hit = (days - 1) * 96 + 40
    done = quality.substitute(series(values, [hit], times), table(), Rule.COMPARABLE)
    working = [d for d in range(days - 1) if (d + 3) % 7 < 5]
    assert done.readings.values.tolist() == [pytest.approx(np.mean([10.0 + d for d in working]))]


def test_missing_readings_can_be_filled_in():
    readings = series([10.0, 16.0], times=np.array([0, 3 * Q]))
    absent = quality.missing(readings, table())
    assert absent.times.tolist() == [Q, 2 * Q]
    done = quality.substitute(Readings.concat([readings, absent]).sorted(), table(), Rule.LINEAR)
    assert done.readings.values.tolist() == [12.0, 14.0]
    assert np.isnan(done.originals).all()


def test_registers_are_not_substituted():
    with pytest.raises(NotSubstitutable, match="累计量"):
        quality.substitute(series([1.0], [0]), table(PointKind.COUNTER), Rule.PREVIOUS)


def test_the_catalogue_entry_checks_and_substitutes():
    entry = CALCULATIONS[0]
    request = msgspec.json.decode(
        b'{"point": {"kind": "rate", "unit": "kW", "expected_interval_s": 900, "max_value": 50},'
        b' "times_us": [0, 900000000, 1800000000], "values": [10, 99, 14], "substitute_by": "linear"}',
        type=entry.input,
    )
    answer = msgspec.to_builtins(entry.run(request))
    assert [(f["index"], f["bits"], f["counts"]) for f in answer["findings"]] == [(1, ["RANGE"], False)]
    assert answer["substituted"] == [{"time_us": 900000000, "original": 99.0, "value": 12.0}]


def test_the_catalogue_entry_refuses_unsorted_times():
    entry = CALCULATIONS[0]
    point = entry.input.__annotations__  # the input is a Struct with named fields
    assert "times_us" in point
    request = msgspec.convert(
        {"point": {"kind": "rate", "unit": "kW", "expected_interval_s": 900}, "times_us": [5, 5], "values": [1, 2]},
        entry.input,
    )
    with pytest.raises(ValueError, match="升序"):
        entry.run(request)


PAGE = Path(__file__).parents[5] / "docs" / "algorithms" / "quality.md"


def test_the_worked_example_of_the_page():
    request, answer = re.findall(r"```json\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    entry = CALCULATIONS[0]
    got = msgspec.to_builtins(entry.run(msgspec.json.decode(request, type=entry.input)))
    assert got == json.loads(answer)
