"""The fast path equals the decimal path, and an unknown amount stays unknown."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from greenpark.engines.accounting import (
    BadInputs,
    Basis,
    FactorBook,
    Flag,
    Quantity,
    Rate,
    hourly_lines,
    hourly_total,
    rate,
    run,
    tce_rate,
)

ON = date(2026, 8, 1)
POWER = "electricity-location.gb32150-2025"
FUEL = "fuel-combustion.gb32150-2025"


def bought(amount: Quantity) -> dict[str, Any]:
    return {"purchased": {"value": str(amount.value), "unit": amount.unit}}


def burnt(amount: Quantity) -> dict[str, Any]:
    return {"fuels": [{"fuel": "coke", "set": "A", "amount": {"value": str(amount.value), "unit": amount.unit}}]}


@given(st.lists(st.floats(0, 1e6), min_size=1, max_size=30))
def test_equal_to_the_decimal_path(book: FactorBook, amounts: list[float]) -> None:
    for method, inputs_of, unit in ((POWER, bought, "kWh"), (FUEL, burnt, "kg")):
        fast = hourly_lines(np.array(amounts), rate(method, inputs_of, unit, book, ON))
        exact = [float(run(method, inputs_of(Quantity(Decimal(repr(a)), unit)), book, ON).total) for a in amounts]
        np.testing.assert_allclose(fast, exact, rtol=1e-9, atol=1e-300)


def test_a_rate_says_what_it_rests_on(book: FactorBook) -> None:
    found = rate(POWER, bought, "MWh", book, ON)
    assert (found.per_unit, found.unit, found.of) == (Decimal("0.5306"), "MWh", "tCO2e")
    assert found.flags == (Flag.OLDER_DATA_YEAR,)
    assert found.factor_ids == ("grid.2023.CN.average",)


def test_a_method_that_is_not_proportional_is_refused(book: FactorBook) -> None:
    def with_base_load(amount: Quantity) -> dict[str, Any]:
        return {"fuels": [*burnt(amount)["fuels"], *burnt(Quantity(Decimal(5), "t"))["fuels"]]}

    with pytest.raises(BadInputs, match="正比"):
        rate(FUEL, with_base_load, "t", book, ON)


def test_unknown_is_not_zero(book: FactorBook) -> None:
    power, coke = rate(POWER, bought, "MWh", book, ON), rate(FUEL, burnt, "t", book, ON)
    result = hourly_total([np.array([1.0, np.nan, np.nan]), np.array([1.0, 2.0, np.nan])], [power, coke])
    one, two = float(power.per_unit), float(coke.per_unit)
    np.testing.assert_allclose(result.total, [one + two, 2 * two, np.nan], rtol=1e-12)
    assert result.known.tolist() == [2, 1, 0]
    assert result.sources == 2


def test_sums_of_unlike_things_are_refused(book: FactorBook) -> None:
    power, energy = rate(POWER, bought, "MWh", book, ON), tce_rate("electricity", "MWh", Basis.EQUIVALENT, book, ON)
    assert energy.per_unit == Decimal("0.1229")
    with pytest.raises(ValueError, match="tce"):
        hourly_total([np.ones(1), np.ones(1)], [power, energy])
    with pytest.raises(ValueError, match="rows"):
        hourly_total([np.ones(1)], [power, power])


def test_no_periods(book: FactorBook) -> None:
    found: Rate = rate(POWER, bought, "MWh", book, ON)
    assert hourly_lines(np.zeros(0), found).shape == (0,)
    assert hourly_total([np.zeros(0)], [found]).total.shape == (0,)
