"""Invariants over random inputs: a balance closes, results are proportional, no lines hide."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from greenpark.engines.accounting import FactorBook, NegativeBalance, run

ON = date(2026, 3, 1)
amounts = st.decimals("0.001", "1e7", places=3)
shares = st.decimals("0.0001", "0.9999", places=4)


def q(value: Decimal, unit: str) -> dict[str, str]:
    return {"value": str(value), "unit": unit}


def stream(name: str, amount: Decimal, carbon: Decimal) -> dict[str, Any]:
    return {"material": name, "amount": q(amount, "t"), "carbon": q(carbon, "tC/t")}


@given(st.lists(st.tuples(amounts, shares), min_size=1, max_size=6), st.lists(shares, max_size=5))
def test_a_carbon_balance_closes(book: FactorBook, inputs: list[tuple[Decimal, Decimal]], parts: list[Decimal]) -> None:
    """Products take known parts of the carbon; what the engine emits is exactly the carbon that is left."""
    total = sum(Fraction(m) * Fraction(c) for m, c in inputs)
    products = [(Decimal(f"{float(total) * float(p) / max(len(parts), 1):.6f}"), p) for p in parts]
    left = total - sum(Fraction(m) * Fraction(c) for m, c in products)
    assume(left >= 0)
    question = {
        "inputs": [stream("coal", m, c) for m, c in inputs],
        "outputs": [stream("product", m, c) for m, c in products],
    }
    result = run("carbon-balance.chemical-2013", question, book, ON)
    carbon_emitted = Fraction(result.total) * 12 / 44
    assert abs(carbon_emitted - left) < Fraction(1, 10**12)


@given(amounts, shares)
def test_a_balance_with_too_much_product_is_refused(book: FactorBook, mass: Decimal, carbon: Decimal) -> None:
    question = {"inputs": [stream("coal", mass, carbon)], "outputs": [stream("product", mass + 1, carbon)]}
    with pytest.raises(NegativeBalance):
        run("carbon-balance.chemical-2013", question, book, ON)


@given(amounts, st.integers(1, 1000))
def test_results_are_proportional(book: FactorBook, amount: Decimal, times: int) -> None:
    def burnt(value: Decimal) -> Fraction:
        fuels = {"fuels": [{"fuel": "coke", "amount": q(value, "t"), "set": "A"}]}
        return Fraction(run("fuel-combustion.guides-2013", fuels, book, ON).total)

    assert abs(burnt(amount * times) - times * burnt(amount)) < Fraction(1, 10**15)


@given(amounts)
def test_the_unit_of_an_amount_does_not_matter(book: FactorBook, amount: Decimal) -> None:
    def bought(value: Decimal, unit: str) -> Decimal:
        grid = {"region": "全国", "year_rule": "fixed-year", "data_year": 2023}
        return run("electricity-location.guides-2013", {"purchased": q(value, unit), "grid": grid}, book, ON).total

    assert bought(amount, "MWh") == bought(amount * 1000, "kWh") == bought(amount / 10, "1e4kWh")


@given(amounts, shares)
def test_green_power_and_the_rest_are_all_there_is(book: FactorBook, consumed: Decimal, share: Decimal) -> None:
    """Claims plus rest equal consumption: no kilowatt-hour appears twice or vanishes."""
    green = (consumed * share).quantize(Decimal("0.001"))
    claim = {"kind": "green-power", "amount": q(green, "MWh"), "evidence": "合同"}
    question = {"consumed": q(consumed, "MWh"), "instruments": [claim]}
    result = run("electricity-market.gb32151-34-2024", question, book, ON)
    rest = Fraction(result.lines[-1].value) / Fraction("0.5306")
    assert abs(Fraction(green) + rest - Fraction(consumed)) < Fraction(1, 10**15)
