"""Figures and times read as the bureaus write them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from greenpark.kernel.periods import Month
from greenpark.project.shell import numbers


@pytest.mark.parametrize(
    ("value", "decimals", "shown"),
    [
        (28412.6, 1, "28,412.6"),
        (0, None, "0"),
        (0.0, 1, "0.0"),
        (-0.04, 1, "0.0"),
        (-1234.56, 1, "-1,234.6"),
        (1e9, 0, "1,000,000,000"),
        (1e9, None, "1,000,000,000"),
        (2.675, 2, "2.68"),
        (Decimal("0.125"), 2, "0.13"),
        (12.34, None, "12.3"),
        (None, 1, "—"),
        (float("nan"), 1, "—"),
        (float("inf"), 1, "—"),
        (np.float64("nan"), 1, "—"),
        (np.float64(7.25), 1, "7.3"),
        (np.int32(1200), None, "1,200"),
        ("", 1, "—"),
        ("12.5", 2, "12.50"),
    ],
)
def test_num(value: object, decimals: int | None, shown: str) -> None:
    assert numbers.num(value, decimals) == shown


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (3_864_000, "386.4 万"),
        (9_999, "9,999"),
        (9999.94, "9,999.9"),
        (9999.96, "1.0 万"),
        (10_000, "1.0 万"),
        (95_000_000, "9,500.0 万"),
        (99_999_960, "1.0 亿"),
        (1e9, "10.0 亿"),
        (-123_456, "-12.3 万"),
        (0, "0"),
        (0.25, "0.3"),
        (None, "—"),
    ],
)
def test_cn(value: object, shown: str) -> None:
    assert numbers.cn(value) == shown


def test_shares() -> None:
    assert numbers.pct(0.382) == "38.2 %"
    assert numbers.pct(1) == "100.0 %"
    assert numbers.pct(0) == "0.0 %"
    assert numbers.pct(None) == "—"
    assert numbers.pp(0.054) == "5.4 个百分点"
    assert numbers.pp(-0.012) == "-1.2 个百分点"
    assert numbers.pp(None) == "—"


@given(st.floats(allow_nan=False, allow_infinity=False, min_value=-1e15, max_value=1e15), st.integers(0, 4))
def test_num_reads_back_to_the_rounded_value(value: float, decimals: int) -> None:
    """What is shown differs from the value by at most half of the last decimal, and never hides the sign."""
    shown = Decimal(numbers.num(value, decimals).replace(",", ""))
    assert abs(shown - Decimal(repr(value))) <= Decimal(1).scaleb(-decimals) / 2
    assert shown == 0 or (shown < 0) == (value < 0)


@given(st.floats(min_value=0, max_value=9.99e11))
def test_scaled_digits_stay_short(value: float) -> None:
    digits, _word = numbers.scaled(value, 1)
    assert Decimal(digits.replace(",", "")) < 10_000


def test_times_are_shown_in_the_parks_zone() -> None:
    at = datetime(2026, 11, 21, 16, 30, 5, tzinfo=UTC)
    assert numbers.moment(at) == "2026-11-22 00:30"
    assert numbers.moment(int(at.timestamp() * 1e6)) == "2026-11-22 00:30"
    assert numbers.clock(at) == "00:30:05"
    assert numbers.day(at) == "2026-11-22"
    assert numbers.day(date(2026, 11, 2)) == "2026-11-02"
    assert numbers.day(Month(2026, 3)) == "2026-03"
    assert numbers.day_cn(date(2026, 11, 2)) == "2026年11月2日"
    assert numbers.day_cn(Month(2026, 3)) == "2026年3月"
    assert numbers.moment(None) == numbers.day(None) == numbers.clock("") == "—"


def test_a_naive_time_is_refused() -> None:
    with pytest.raises(ValueError, match="no time zone"):
        numbers.moment(datetime(2026, 11, 21))  # noqa: DTZ001


@pytest.mark.parametrize(
    ("age", "shown"),
    [
        (timedelta(seconds=12), "12 秒前"),
        (timedelta(seconds=-5), "0 秒前"),
        (timedelta(minutes=3, seconds=59), "3 分钟前"),
        (timedelta(hours=26), "26 小时前"),
        (timedelta(days=5), "5 天前"),
        (timedelta(hours=-2), "2026-11-22 10:00"),
    ],
)
def test_ago(age: timedelta, shown: str) -> None:
    now = datetime(2026, 11, 22, 0, 0, tzinfo=UTC)
    assert numbers.ago(now - age, now) == shown
