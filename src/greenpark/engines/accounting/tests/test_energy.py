"""Comprehensive energy: bases, ranges, editions and parts."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from greenpark.engines.accounting import (
    BadInputs,
    Basis,
    Direction,
    EnergyItem,
    EqualValue,
    FactorBook,
    FactorOutOfForce,
    Flag,
    MissingFactor,
    MissingParameter,
    Purpose,
    Quantity,
    to_tce,
)

ON = date(2026, 3, 1)


def item(carrier: str, value: object, unit: str, **more: object) -> EnergyItem:
    return EnergyItem(carrier, Quantity(Decimal(str(value)), unit), **more)  # type: ignore[arg-type]


def tce(book: FactorBook, *items: EnergyItem, on: date = ON) -> Decimal:
    return to_tce(items, Basis.EQUIVALENT, book, on).total


@pytest.mark.parametrize(
    ("carrier", "value", "unit", "kgce"),
    [
        ("raw_coal", 1, "t", "714.3"),
        ("electricity", 10000, "kWh", "1229"),
        ("heat", 1, "GJ", "34.12"),
        ("diesel", 1, "t", "1457.1"),
        ("blast_furnace_gas", 1, "1e4Nm3", "1286"),
        ("fresh_water", 1, "t", "0.2571"),
        ("compressed_air", 1, "1e4Nm3", "400"),
    ],
)
def test_printed_coefficients(book: FactorBook, carrier: str, value: int, unit: str, kgce: str) -> None:
    assert tce(book, item(carrier, value, unit)) * 1000 == Decimal(kgce)


def test_the_editions_differ_in_water(book: FactorBook) -> None:
    old = to_tce([item("fresh_water", 1000, "t")], Basis.EQUIVALENT, book, date(2021, 3, 1), edition="gb2589-2008")
    new = to_tce([item("fresh_water", 1000, "t")], Basis.EQUIVALENT, book, date(2021, 4, 1))
    assert (old.total, new.total) == (Decimal("0.0857"), Decimal("0.2571"))
    with pytest.raises(FactorOutOfForce):
        tce(book, item("fresh_water", 1, "t"), on=date(2021, 3, 1))


def test_a_range_asks_for_a_value_and_says_so(book: FactorBook) -> None:
    with pytest.raises(MissingFactor, match=r"1\.1 至 1\.33"):
        tce(book, item("natural_gas", 1, "1e4Nm3"))

    def flags(kgce: str) -> tuple[Flag, ...]:
        chosen = item("natural_gas", 1, "1e4Nm3", coefficient=Quantity(Decimal(kgce), "kgce/Nm3", ref="化验单"))
        return to_tce([chosen], Basis.EQUIVALENT, book, ON).flags

    assert flags("1.2143") == (Flag.RANGE_CHOICE,)
    assert flags("1.4") == (Flag.OUTSIDE_RANGE, Flag.RANGE_CHOICE)


def test_equal_value_has_no_constant(book: FactorBook) -> None:
    power = item("electricity", 1, "MWh")
    with pytest.raises(MissingParameter, match="不是常数"):
        to_tce([power], Basis.EQUAL_VALUE, book, ON)
    unnamed = EqualValue(electricity=Quantity(Decimal(300), "gce/kWh"))
    with pytest.raises(MissingParameter, match="文件号"):
        to_tce([power], Basis.EQUAL_VALUE, book, ON, equal_value=unnamed)
    named = EqualValue(electricity=Quantity(Decimal(300), "gce/kWh", ref="演示"))
    result = to_tce([power, item("raw_coal", 1, "t")], Basis.EQUAL_VALUE, book, ON, equal_value=named)
    assert result.total == Decimal("1.0143")
    assert "演示" in result.lines[0].notes[0]


def test_feedstock_and_non_fossil_are_parts_not_deductions(book: FactorBook) -> None:
    result = to_tce(
        [
            item("raw_coal", 100, "t", purpose=Purpose.FEEDSTOCK),
            item("electricity", 100, "MWh", non_fossil=True),
            item("electricity", 900, "MWh"),
        ],
        Basis.EQUIVALENT,
        book,
        ON,
    )
    assert result.total == Decimal("71.43") + Decimal("122.9")
    assert (result.of_which_feedstock, result.of_which_non_fossil) == (Decimal("71.43"), Decimal("12.29"))


def test_unconfirmed_coefficients_are_flagged(book: FactorBook) -> None:
    assert to_tce([item("crude_benzene", 1, "t")], Basis.EQUIVALENT, book, ON).flags == (Flag.UNCONFIRMED,)


@pytest.mark.parametrize(
    "wrong",
    [
        item("natural_gas", 1, "m3"),
        item("raw_coal", 1, "degC"),
        item("electricity", 1, "MWh", lhv=Quantity(Decimal(1), "GJ/t")),
    ],
)
def test_units_that_are_no_energy_amounts(book: FactorBook, wrong: EnergyItem) -> None:
    with pytest.raises(BadInputs):
        tce(book, wrong)


def test_carriers_outside_the_standard_must_be_asked_for(book: FactorBook) -> None:
    with pytest.raises(MissingFactor):
        tce(book, item("briquette", 1, "t"))
    assert tce(book, item("briquette", 1, "t", table="other")) == Decimal("0.5")


@given(st.decimals("0", "1e6", places=3), st.decimals("0", "1e6", places=3))
def test_what_goes_out_cancels_what_came_in(book: FactorBook, one: Decimal, other: Decimal) -> None:
    """Conservation: in minus the same out is nothing, and amounts add up."""
    coke = item("coke", one, "t")
    assert tce(book, coke, item("coke", one, "t", direction=Direction.OUT)) == 0
    assert tce(book, coke, item("coke", other, "t")) == tce(book, item("coke", one + other, "t"))
