"""Queries over the sealed history against the same done by hand on the readings themselves."""

from __future__ import annotations

import itertools
from datetime import date, timedelta

import numpy as np
import pytest

from greenpark.kernel.quality import Quality
from greenpark.kernel.readings import Readings
from greenpark.store import history_queries as ask
from greenpark.store.combined import ReadingStore

from .builders import DAY, HOUR, MINUTE, NEXT, T0
from .conftest import Place

DAYS = 3


@pytest.fixture
def meters(store: ReadingStore) -> Readings:
    """Four counters, one reading per 10 minutes, over three days; meter 3 is exchanged on the second day at noon."""
    rng = np.random.default_rng(5)
    n = DAYS * 144
    values = np.cumsum(rng.random((4, n)), axis=1) + np.array([[0], [50], [900], [7]])
    values[2, 144 + 72 :] -= values[2, 144 + 72]
    quality = np.zeros((4, n), np.int32)
    quality[1, 100] = Quality.SPIKE
    values[1, 100] = 1e9
    quality[0, 50] = Quality.SPIKE | Quality.CONFIRMED
    times = np.tile(T0 + np.arange(n) * 10 * MINUTE, (4, 1))
    points = np.tile(np.arange(1, 5), (n, 1)).T
    readings = Readings.of(points.ravel(), times.ravel(), values.ravel(), quality.ravel())
    store.append(readings, now_us=T0)
    for day in store.dirty_days():
        store.seal(day)
    return readings


def hour_highs(readings: Readings, point: int) -> dict[int, float]:
    keep = (readings.points == point) & (
        (readings.quality & Quality.SPIKE == 0) | (readings.quality & Quality.CONFIRMED != 0)
    )
    highs: dict[int, float] = {}
    for time, value in zip(readings.times[keep].tolist(), readings.values[keep].tolist(), strict=True):
        highs[time // HOUR] = max(value, highs.get(time // HOUR, -np.inf))
    return highs


def test_raw_series(meters: Readings, place: Place) -> None:
    frame = ask.sealed(str(place.history), DAY, DAY + timedelta(DAYS))
    found = ask.series(frame, [2, 4], T0 + 23 * HOUR, T0 + 25 * HOUR).to_pydict()
    keep = np.isin(meters.points, [2, 4]) & (meters.times >= T0 + 23 * HOUR) & (meters.times < T0 + 25 * HOUR)
    assert found["point"] == meters.points[keep].tolist()
    assert found["value"] == meters.values[keep].tolist()
    assert ask.series(frame, [], T0, T0 + HOUR).count_rows() == 0


def test_hourly_extremes_leave_invalid_values_out(meters: Readings, place: Place) -> None:
    frame = ask.of_points(ask.sealed(str(place.history), DAY, NEXT), [2])
    found = ask.hourly(frame).sort("start").to_pydict()
    assert found["high"] == [high for _, high in sorted(hour_highs(meters, 2).items())][:48]
    assert found["count"] == [5 if hour == 100 // 6 else 6 for hour in range(48)]


def test_enterprise_by_source_by_day(meters: Readings, place: Place) -> None:
    points = [
        ask.AccountedPoint(1, "示范企业 A", "grid", 40.0),
        ask.AccountedPoint(2, "示范企业 A", "grid"),
        ask.AccountedPoint(3, "示范企业 A", "gas"),
        ask.AccountedPoint(4, "示范企业 B", "grid"),
    ]
    long = date(2020, 1, 1), date(2030, 1, 1)
    factors = [
        ask.DatedFactor("grid", long[0], DAY, 0.5),
        ask.DatedFactor("grid", NEXT, long[1], 0.6),
        ask.DatedFactor("gas", *long, 2.0),
    ]
    last = NEXT + timedelta(1)
    frame = ask.sealed(str(place.history), ask.lead_in(NEXT), last)
    found = ask.account(frame, points, factors, DAY, last).to_pydict()
    amounts = {
        key: value
        for *key, value in zip(found["enterprise"], found["source"], found["day"], found["amount"], strict=True)
        for key in [tuple(key)]
    }
    expected: dict[tuple[str, str, date], float] = {}
    for p in points:
        highs = sorted(hour_highs(meters, p.point).items())
        for (_, before), (hour, high) in itertools.pairwise(highs):
            key = (p.enterprise, p.source, DAY + timedelta((hour * HOUR - T0) // (24 * HOUR)))
            expected[key] = expected.get(key, 0.0) + max(0.0, high - before) * p.multiplier
    assert amounts == pytest.approx(expected)
    emission = dict(
        zip(zip(found["source"], found["day"], found["enterprise"], strict=True), found["emission"], strict=True)
    )
    assert emission["grid", DAY, "示范企业 B"] == pytest.approx(0.5 * expected["示范企业 B", "grid", DAY])
    assert emission["grid", NEXT, "示范企业 B"] == pytest.approx(0.6 * expected["示范企业 B", "grid", NEXT])
    resets = dict(
        zip(zip(found["source"], found["day"], found["enterprise"], strict=True), found["resets"], strict=True)
    )
    assert {key for key, count in resets.items() if count} == {("gas", NEXT, "示范企业 A")}


@pytest.mark.parametrize("factors", [[], [1.0, 2.0]])
def test_a_day_without_exactly_one_factor_is_an_error(meters: Readings, place: Place, factors: list[float]) -> None:
    dated = [ask.DatedFactor("grid", DAY, DAY, value) for value in factors]
    frame = ask.sealed(str(place.history), DAY, DAY)
    with pytest.raises(ask.FactorMissing, match="grid"):
        ask.account(frame, [ask.AccountedPoint(1, "A", "grid")], dated, DAY, DAY)


def test_superseded_and_log_files_are_not_read(store: ReadingStore, place: Place) -> None:
    for value in range(4):
        store.append(Readings.of([1], [T0], [float(value)]), now_us=T0)
        store.seal(DAY)
    store.maintain(now_us=T0)  # writes a checkpoint beside the log; keeps the superseded files
    assert len(list(place.history.glob("readings/**/*.parquet"))) > 1
    assert ask.sealed(str(place.history), DAY, DAY).to_pydict()["value"] == [3.0]
