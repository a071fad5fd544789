"""Decisions without a database."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from greenpark.domains.overview import rules
from greenpark.domains.overview.contracts import Todo
from greenpark.kernel.periods import Month
from greenpark.kernel.points import PointKind
from greenpark.kernel.quality import Quality


@pytest.mark.parametrize(
    ("kind", "unit", "factor"),
    [
        ("counter", "kWh", 1.0),
        ("interval", "MWh", 1000.0),
        ("rate", "MW", 1000.0),
        ("counter", "万kWh", 10_000.0),
        ("counter", "GJ", None),
        ("concentration", "kWh", None),
    ],
)
def test_units_of_electric_meters(kind: str, unit: str, factor: float | None) -> None:
    assert rules.kwh_per_unit(PointKind(kind), unit) == factor


@pytest.mark.parametrize(
    ("quality", "level", "text"),
    [
        (0, "ok", "正常"),
        (int(Quality.LATE), "ok", "正常"),
        (int(Quality.GAP), "warn", "此前缺数"),
        (int(Quality.SPIKE | Quality.RANGE), "bad", "超出合理范围、突跳"),
        (int(Quality.SPIKE | Quality.CONFIRMED), "ok", "已确认"),
        (int(Quality.DEVICE_OTHER), "warn", "有备注"),
    ],
)
def test_quality_in_words(quality: int, level: str, text: str) -> None:
    assert rules.quality_level(quality) == (level, text)


def test_months_and_slots_are_cut_in_the_parks_zone() -> None:
    at = datetime(2026, 10, 31, 16, 7, tzinfo=UTC)  # 00:07 on 1 November in the park
    assert rules.last_month(at) == Month(2026, 10)
    assert rules.months_to(at, 3) == [Month(2026, 9), Month(2026, 10), Month(2026, 11)]
    assert rules.slot_floor(at) == datetime(2026, 10, 31, 16, 0, tzinfo=UTC)
    assert rules.greeting(at) == "凌晨好"


def test_due_dates_come_before_figures() -> None:
    todos = [Todo("none", "", "c", "", "", rank=60), Todo("bad", "", "a", "", "", rank=10)]
    assert [todo.title for todo in rules.ordered(todos)] == ["a", "c"]
