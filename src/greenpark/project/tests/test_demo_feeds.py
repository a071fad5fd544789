"""What the demo devices send equals what the recordings say."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from greenpark.kernel.periods import PARK_ZONE, to_us
from greenpark.project.demo import feeds, pack, series

PACK = Path(__file__).resolve().parents[4] / "packs" / "demo"


@pytest.fixture(scope="module")
def all_sources() -> list[feeds.Source]:
    return feeds.sources(PACK, pack.points(PACK))


def at(*parts: int) -> int:
    return to_us(datetime(*parts, tzinfo=PARK_ZONE))


def test_every_point_is_fed_by_one_gateway(all_sources: list[feeds.Source]) -> None:
    fed = [s for f in feeds.hj212_feeds(all_sources) for s in f.sources]
    fed += [s for f in feeds.mqtt_feeds(all_sources) for s in f.sources]
    fed += feeds.http_feed(all_sources).sources
    assert sorted(s.point.code for s in fed) == sorted(p.code for p in pack.points(PACK))
    assert len({s.point.binding for s in fed}) == len(fed)


def test_a_meter_shows_the_sum_of_its_intervals(all_sources: list[feeds.Source]) -> None:
    meter = next(f for f in feeds.mqtt_feeds(all_sources) if f.topic == "demo/A/meter")
    day = [reading for message in meter.past(at(2026, 3, 3), at(2026, 3, 4)) for reading in message]
    assert len(day) == 97
    counted = day[-1]["v"]["import_kwh"] - day[0]["v"]["import_kwh"]
    source = next(s for s in meter.sources if s.point.column == "import_kwh")
    hours = range(at(2026, 3, 3), at(2026, 3, 4), series.QUARTER_US)
    assert counted == pytest.approx(sum(source.value(m) for m in hours), abs=0.02)


def test_hour_records_leave_missing_factors_out(all_sources: list[feeds.Source]) -> None:
    air = next(f for f in feeds.hj212_feeds(all_sources) if f.mn.endswith("A0001"))
    records = list(air.hours(at(2026, 1, 1), at(2026, 3, 1)))
    assert len(records) == 59 * 24
    factors = [len(groups) for _, groups in records]
    assert max(factors) == 8
    assert min(factors) < 8, "the recording has gaps; a gap sent as a number would be an invention"


def test_batches_hold_items_of_their_own_unit(all_sources: list[feeds.Source]) -> None:
    batches = list(feeds.http_feed(all_sources).past(at(2026, 5, 1), at(2026, 5, 2), per_batch=100))
    items = [item for batch in batches for item in batch]
    assert len(items) == 3 * 96 + 24
    assert {item["unit"] for item in items if item["key"] == "demo.B.yield"} == {"MWh"}
    assert all(len(batch) <= 100 for batch in batches)
