"""Marks of receipt: shown, harmless to every sum, and no reason to call a reading replaced."""

from __future__ import annotations

from datetime import UTC, datetime

import orjson
import pytest

from greenpark.domains.registry.testing import make_enterprise, make_point
from greenpark.domains.telemetry import facade
from greenpark.domains.telemetry.rules import quality_level, quality_words
from greenpark.domains.telemetry.selectors.store_access import access
from greenpark.ingest.sink import Delivery
from greenpark.kernel.periods import to_us
from greenpark.kernel.quality import Quality
from greenpark.kernel.readings import Step

pytestmark = pytest.mark.django_db

START = to_us(datetime(2026, 11, 20, 4, tzinfo=UTC))
MINUTE = 60_000_000
HOUR = 60 * MINUTE


def feed(key: tuple[str, ...], received_us: int, value: float = 60.0, first: int = START) -> None:
    n = 181
    made = Delivery("http", "10.0.0.1", "meter", received_us, orjson.dumps({"received": received_us}))
    made.keys, made.times, made.values = [key] * n, [first + i * MINUTE for i in range(n)], [value] * n
    access().pipeline.accept([made])
    access().keeper.flush()


def test_late_readings_count_like_others_and_a_replay_is_no_replacement() -> None:
    enterprise = make_enterprise("A01")
    on_time, late = (
        make_point(enterprise.id, code, kind="rate", unit="kW", expected_interval_s=60) for code in ("P1", "P2")
    )
    end = START + 3 * HOUR
    feed(on_time.binding, end)  # in one batch, the last half hour in time
    feed(late.binding, end + 5 * HOUR)
    marks = facade.readings([late.id], START, end).quality
    assert all(mark == Quality.LATE for mark in marks.tolist())
    first, second = (facade.rollups(Step.HOUR, [p.id], START, end) for p in (on_time, late))
    assert first.amount.tolist() == second.amount.tolist() == pytest.approx([60.0] * 3)
    assert first.valid.tolist() == second.valid.tolist()
    for point in (on_time, late):
        again = facade.rollups_from_readings(Step.HOUR, [point.id], START, end)
        stored = facade.rollups(Step.HOUR, [point.id], START, end)
        assert again.amount.tolist() == stored.amount.tolist()
        assert again.quality.tolist() == stored.quality.tolist()
    # Sent again, now with other marks of receipt: nothing is replaced, the first marks stay.
    feed(on_time.binding, end + 5 * HOUR)
    feed(late.binding, end)
    assert facade.replaced(on_time.id, START, end) == []
    assert facade.replaced(late.id, START, end) == []
    assert facade.readings([on_time.id], START, end).quality.tolist()[-1] == 0
    assert facade.readings([late.id], START, end).quality.tolist() == marks.tolist()
    # Another value does replace.
    feed(late.binding, end + 6 * HOUR, value=61.0)
    assert len(facade.replaced(late.id, START, end)) == 180


def test_late_alone_is_a_remark_no_warning() -> None:
    assert (quality_level(int(Quality.LATE)), quality_words(int(Quality.LATE))) == ("info", "迟到")
    assert quality_level(int(Quality.LATE | Quality.RANGE)) == "bad"
