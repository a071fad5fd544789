"""Time-of-use cost against hand calculation and against a loop over minutes that shares no code with it."""

import json
import re
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from greenpark.engines.tariff import (
    CALCULATIONS,
    Hours,
    Price,
    Schedule,
    Tariff,
    TariffError,
    UnpricedHours,
    bill,
    costs,
    price_line,
    rounded,
)
from greenpark.kernel.periods import day_start_us, to_us

HOUR = 3_600_000_000
SHANGHAI = ZoneInfo("Asia/Shanghai")
MONDAY = day_start_us(date(2026, 6, 1))
NIGHT, DAY = Hours("谷", "22:00", "08:00"), Hours("峰", "08:00", "22:00")
EARLY = datetime(2020, 1, 1, tzinfo=SHANGHAI)


def tariff(schedules=None, prices=None, **more):
    return Tariff(
        name="演示",
        unit="kWh",
        currency="CNY",
        source="演示数据",
        schedules=schedules or [Schedule([NIGHT, DAY])],
        prices=prices or [Price("谷", Decimal("0.3"), EARLY), Price("峰", Decimal("0.9"), EARLY)],
        **more,
    )


def priced(chosen, start, energy, hours=1):
    n = len(energy)
    line = price_line(chosen, start, start + n * hours * HOUR)
    starts = start + np.arange(n) * hours * HOUR
    return bill(line, np.zeros(n, np.int32), starts, hours * HOUR, np.array(energy, float))


def test_a_day_by_hand():
    made = priced(tariff(), MONDAY, [1.0] * 24)
    assert [(i.kind, i.energy, i.cost) for i in made.items] == [
        ("谷", Decimal(10), Decimal("3.0")),
        ("峰", Decimal(14), Decimal("12.6")),
    ]
    assert made.total() == Decimal("15.6")


def test_money_is_exact():
    made = priced(tariff(prices=[Price(k, Decimal("0.1"), EARLY) for k in ("谷", "峰")]), MONDAY, [0.1] * 24)
    assert made.total() == Decimal("0.24")  # 24 × 0.1 × 0.1; floats give 0.24000000000000005


def test_a_price_may_change_at_any_moment():
    change = datetime(2026, 6, 1, 10, 37, 12, tzinfo=SHANGHAI)
    prices = [
        Price("谷", Decimal("0.3"), EARLY),
        Price("峰", Decimal("0.9"), EARLY, change),
        Price("峰", Decimal("1.9"), change),
    ]
    made = priced(tariff(prices=prices), MONDAY + 10 * HOUR, [3600.0])
    assert [(i.price, i.energy) for i in made.items] == [
        (Decimal("0.9"), Decimal(37 * 60 + 12)),
        (Decimal("1.9"), Decimal(3600 - 37 * 60 - 12)),
    ]
    assert made.split == 1


def test_unpriced_hours_are_named():
    with pytest.raises(UnpricedHours, match=r"2026-06-01 08:00 至 2026-06-01 22:00") as caught:
        priced(tariff(prices=[Price("谷", Decimal("0.3"), EARLY)]), MONDAY, [0.0] * 24)
    assert caught.value.spans == [
        (datetime(2026, 6, 1, 0, tzinfo=UTC), datetime(2026, 6, 1, 14, tzinfo=UTC)),
    ]
    local = datetime(2026, 6, 1, 0, 30)  # noqa: DTZ001 - a moment without offset is local
    with pytest.raises(UnpricedHours, match="2026-06-01 00:00"):
        priced(tariff(prices=[Price(k, Decimal(1), local) for k in ("谷", "峰")]), MONDAY, [1])
    with pytest.raises(UnpricedHours):
        costs(
            price_line(tariff([Schedule([DAY])], [Price("峰", Decimal(1), EARLY)]), MONDAY, MONDAY + HOUR),
            np.array([MONDAY]),
            HOUR,
            np.ones(1),
        )


def test_unknown_energy_is_listed_and_not_billed():
    made = priced(tariff(), MONDAY, [1.0, float("nan"), 1.0])
    assert made.unknown.tolist() == [1]
    assert made.total() == Decimal("0.6")


def test_months_day_types_holidays_and_moved_workdays():
    every = Hours("平", "00:00", "24:00")
    chosen = tariff(
        [
            Schedule([NIGHT, DAY], months=[6], day_types=["workday"]),
            Schedule([every], months=[6], day_types=["weekend"]),
            Schedule([Hours("深谷", "00:00", "24:00")], months=[6], day_types=["holiday"]),
        ],
        [Price(k, Decimal(p), EARLY) for k, p in (("谷", 1), ("峰", 2), ("平", 3), ("深谷", 4))],
        holidays=[date(2026, 6, 19)],
        moved_workdays=[date(2026, 6, 14)],
    )
    for day, kinds in ((5, {"谷", "峰"}), (6, {"平"}), (14, {"谷", "峰"}), (19, {"深谷"})):
        made = priced(chosen, day_start_us(date(2026, 6, day)), [1.0] * 24)
        assert {i.kind for i in made.items} == kinds


def test_a_schedule_has_its_own_validity():
    old = Schedule([Hours("谷", "00:00", "24:00")], valid_to=date(2026, 6, 1))
    new = Schedule([Hours("峰", "00:00", "24:00")], valid_from=date(2026, 6, 1))
    made = priced(tariff([old, new]), MONDAY - HOUR, [1.0, 1.0])
    assert [(i.kind, i.energy) for i in made.items] == [("谷", 1), ("峰", 1)]


@pytest.mark.parametrize(
    ("schedules", "prices", "reason"),
    [
        ([Schedule([NIGHT, DAY, Hours("尖", "10:00", "12:00")])], None, "同时属于峰和尖"),
        ([Schedule([Hours("谷", "8:00", "24:00")])], None, "08:30 的形式"),
        ([Schedule([Hours("谷", "08:00", "08:00")])], None, "长度为零"),
        ([Schedule([NIGHT], months=[13])], None, "1 至 12"),
        ([Schedule([NIGHT], day_types=["sunday"])], None, "日类型"),
        ([Schedule([NIGHT])], None, "峰有价格但没有时段"),
        (None, [Price("谷", Decimal(1), EARLY)] * 2, "两个价格"),
        (None, [Price("谷", Decimal(1), EARLY, EARLY)], "在生效前已失效"),
        (None, [Price("谷", Decimal("NaN"), EARLY)], "不是有限的数"),
    ],
)
def test_a_tariff_that_contradicts_itself_is_refused(schedules, prices, reason):
    with pytest.raises(TariffError, match=reason):
        price_line(tariff(schedules, prices), MONDAY, MONDAY + 48 * HOUR)


def test_a_zone_that_does_not_exist_is_refused():
    with pytest.raises(TariffError, match="Mars"):
        price_line(tariff(zone="Mars/Base"), MONDAY, MONDAY + HOUR)


def test_a_day_of_23_hours_has_a_shorter_night():
    berlin = ZoneInfo("Europe/Berlin")
    start = day_start_us(date(2026, 3, 29), berlin)
    made = priced(tariff(zone="Europe/Berlin"), start, [1.0] * 23)
    assert [(i.kind, i.energy) for i in made.items] == [("谷", 9), ("峰", 14)]


def test_groups_are_billed_apart():
    line = price_line(tariff(), MONDAY, MONDAY + 24 * HOUR)
    starts = np.array([MONDAY, MONDAY + 9 * HOUR, MONDAY])
    made = bill(line, np.array([7, 7, 5], np.int32), starts, HOUR, np.array([1.0, 2.0, 4.0]))
    assert (made.total(7), made.total(5), made.total()) == (Decimal("2.1"), Decimal("1.2"), Decimal("3.3"))


def test_rounding_is_commercial():
    assert [rounded(Decimal(x)) for x in ("0.125", "-0.125", "2.675")] == [
        Decimal("0.13"),
        Decimal("-0.13"),
        Decimal("2.68"),
    ]


def by_the_minute(chosen, start, minutes, energy):
    """Cost as a fraction, minute by minute, from the text of the tariff alone."""
    total = Fraction(0)
    for i in range(minutes):
        at = datetime.fromtimestamp(start / 1e6, SHANGHAI) + timedelta(minutes=i)
        clock = f"{at:%H:%M}"
        for hours in chosen.schedules[0].hours:
            if hours.begin < hours.end:
                inside = hours.begin <= clock < hours.end
            else:
                inside = clock >= hours.begin or clock < hours.end
            if inside:
                price = next(p for p in chosen.prices if p.kind == hours.kind and p.valid_from <= at
                             and (p.valid_to is None or at < p.valid_to))  # fmt: skip
                total += Fraction(energy[i * len(energy) // minutes]) * len(energy) / minutes * Fraction(price.price)
    return total


@given(
    st.integers(0, 2880),
    st.lists(st.integers(0, 1000), min_size=1, max_size=30),
    st.sampled_from([15, 60, 90]),
    st.integers(0, 4000),
)
@settings(max_examples=40)
def test_the_bill_agrees_with_a_loop_over_minutes(begin, energy, length, change):
    change_at = datetime.fromtimestamp(MONDAY / 1e6, SHANGHAI) + timedelta(minutes=change)
    chosen = tariff(
        prices=[
            Price("谷", Decimal("0.31"), EARLY, change_at),
            Price("谷", Decimal("0.37"), change_at),
            Price("峰", Decimal("0.91"), EARLY),
        ]
    )
    start = MONDAY + begin * 60_000_000
    n = len(energy)
    line = price_line(chosen, start, start + n * length * 60_000_000)
    starts = start + np.arange(n) * length * 60_000_000
    values = np.array(energy, float)
    made = bill(line, np.zeros(n, np.int32), starts, length * 60_000_000, values)
    expected = by_the_minute(chosen, start, n * length, energy)
    assert float(made.total()) == pytest.approx(float(expected), abs=1e-5)
    assert costs(line, starts, length * 60_000_000, values).sum() == pytest.approx(float(expected), abs=1e-9)
    assert sum(i.energy for i in made.items) == sum(energy)


def test_energy_too_large_to_be_exact_is_refused():
    with pytest.raises(ValueError, match="过大"):
        priced(tariff(), MONDAY, [1e13])


def test_periods_outside_the_line_are_refused():
    line = price_line(tariff(), MONDAY, MONDAY + HOUR)
    with pytest.raises(ValueError, match="超出"):
        bill(line, np.zeros(1, np.int32), np.array([MONDAY + HOUR]), HOUR, np.ones(1))
    assert to_us(datetime(1970, 1, 1, tzinfo=UTC)) == 0


PAGE = Path(__file__).parents[5] / "docs" / "algorithms" / "tariff.md"


def test_the_worked_example_of_the_page():
    request, answer = re.findall(r"```json\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    entry = CALCULATIONS[0]
    got = msgspec.to_builtins(entry.run(msgspec.json.decode(request, type=entry.input)))
    assert got == json.loads(answer)
