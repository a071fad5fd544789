"""The demo's series say what the recordings say."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import numpy as np
import pytest

from greenpark.kernel.periods import PARK_ZONE, to_us
from greenpark.project.demo import series

PACK = Path(__file__).resolve().parents[4] / "packs" / "demo"


@pytest.fixture(scope="module")
def steel() -> series.Recording:
    return series.steel(PACK)


def at(*parts: int) -> int:
    return to_us(datetime(*parts, tzinfo=PARK_ZONE))


def test_the_recordings_are_whole(steel: series.Recording) -> None:
    # Sum of the column taken by awk from the file as published.
    assert steel.columns["import_kwh"].sum() == pytest.approx(959_640.31, abs=1e-3)
    assert len(steel) == 365 * 96
    assert len(series.turbine(PACK)) == 36_733
    assert np.isnan(series.air(PACK).columns["co_ug_m3"]).sum() == 1401


def test_weekdays_stay_weekdays(steel: series.Recording) -> None:
    # 2026-11-23 is a Monday and so is 2018-01-01; 463 weeks and 7 repetitions of 52 weeks lie between them.
    weeks = (at(2026, 11, 23) - at(2018, 1, 1)) // series.WEEK_US
    expected_row = (weeks % 52) * 7 * 96 + 33
    assert steel.row_of(at(2026, 11, 23, 8, 20)) == expected_row


def test_a_register_counts_what_the_intervals_say(steel: series.Recording) -> None:
    since = at(2025, 11, 1)
    day = range(at(2026, 3, 3), at(2026, 3, 4), series.QUARTER_US)
    by_intervals = sum(steel.value("import_kwh", moment) for moment in day)
    by_register = steel.register("import_kwh", day.stop, since) - steel.register("import_kwh", day.start, since)
    assert by_register == pytest.approx(by_intervals, rel=1e-9)


def test_a_register_never_falls_over_the_seam(steel: series.Recording) -> None:
    moments = range(at(2026, 1, 1), at(2028, 1, 1), 11 * series.HOUR_US)
    readings = [steel.register("import_kwh", moment, at(2025, 1, 1)) for moment in moments]
    assert min(np.diff(readings)) >= 0


def test_rows_lie_wholly_in_the_span(steel: series.Recording) -> None:
    starts = list(steel.starts(at(2026, 5, 1, 0, 7), at(2026, 5, 1, 1, 7)))
    assert [(s - at(2026, 5, 1)) // 60_000_000 for s in starts] == [15, 30, 45]
