"""The working that is shown is the working that was done: checked with exact fractions and with units by pint."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from fractions import Fraction

import msgspec
import pint
import pytest

from greenpark.engines.accounting import FactorBook, Line, run, to_tce
from greenpark.engines.accounting._calculations import CALCULATIONS
from greenpark.engines.accounting._units import UNITS
from greenpark.engines.accounting._working import evaluate
from greenpark.engines.accounting.tests.conftest import Example, examples

EMISSIONS = [example for example in examples() if example.name != "comprehensive-energy"]
ENERGY = [example for example in examples() if example.name == "comprehensive-energy"]

units = pint.UnitRegistry()
units.define("tce = [standard_coal]")
units.define("kgce = tce / 1000")

#: Words of our unit names -> pint. All masses are masses: 44/12 turns carbon into CO2 without a unit.
WORDS = {
    "1e4Nm3": "(1e4 * meter**3)", "Nm3": "meter**3", "m3": "meter**3", "1e4m3": "(1e4 * meter**3)",
    "tCO2e": "metric_ton", "tCO2": "metric_ton", "tCOD": "metric_ton", "tCH4": "metric_ton", "tC": "metric_ton",
    "kgCO2": "kilogram", "kgCH4": "kilogram", "kgCOD": "kilogram", "kgC": "kilogram", "t": "metric_ton",
    "1e4t": "(1e4 * metric_ton)", "kg": "kilogram", "mg": "milligram", "L": "liter", "Gg": "gigagram",
    "MWh": "(megawatt * hour)", "kWh": "(kilowatt * hour)", "1e4kWh": "(1e4 * kilowatt * hour)",
    "GWh": "(gigawatt * hour)", "GJ": "gigajoule", "MJ": "megajoule", "kJ": "kilojoule", "TJ": "terajoule",
    "gce": "(kgce / 1000)", "kgce": "kgce", "tce": "tce", "MPa": "megapascal", "kPa": "kilopascal", "bar": "bar",
    "degC": "kelvin", "K": "kelvin", "1": "dimensionless",
    "%": "(dimensionless / 100)",
}  # fmt: skip


def in_pint(unit: str) -> pint.Quantity:
    text = re.sub(r"[A-Za-z0-9%]+", lambda m: WORDS[m[0]], unit.replace(".", "*"))
    return 1.0 * units.parse_expression(text)


def checked(line_value: Decimal, formula: str, terms: object, target: str) -> None:
    values = {t.symbol: float(t.value) * in_pint(t.unit) for t in terms}  # type: ignore[attr-defined]
    result = eval(formula, {"__builtins__": {}}, values)
    assert result.to(target).magnitude == pytest.approx(float(line_value), rel=1e-12, abs=1e-12)


def exact(formula: str, terms: object) -> Fraction:
    values = {t.symbol: Fraction(t.value) for t in terms}  # type: ignore[attr-defined]
    return Fraction(eval(re.sub(r"\b(\d+)\b", r"Fraction(\1)", formula), {"Fraction": Fraction}, values))


@pytest.mark.parametrize("example", EMISSIONS, ids=lambda e: e.method())
def test_every_line_by_fractions_and_by_units(example: Example, book: FactorBook) -> None:
    question = example.input
    result = run(question["method"], question["inputs"], book, date.fromisoformat(question["on"]))
    lines: list[Line] = [*result.lines, *result.memo]
    assert lines
    for line in lines:
        assert abs(Fraction(line.value) - exact(line.formula, line.terms)) < Fraction(1, 10**20), line.id
        checked(line.value, line.formula, line.terms, "metric_ton")
    total = Fraction(result.total)
    assert abs(total - sum(Fraction(line.value) for line in result.lines)) < Fraction(1, 10**20)
    assert abs(total - sum(Fraction(gas.co2e) for gas in result.by_gas)) < Fraction(1, 10**20)


@pytest.mark.parametrize("example", ENERGY, ids=lambda e: e.input["basis"])
def test_energy_by_fractions_and_by_units(example: Example, book: FactorBook) -> None:
    question = next(c.input for c in CALCULATIONS if c.name == example.name)
    asked = msgspec.convert(example.input, question)
    result = to_tce(asked.items, asked.basis, book, asked.on, equal_value=asked.equal_value)
    for line in result.lines:
        assert abs(Fraction(line.tce) - exact(line.formula, line.terms)) < Fraction(1, 10**20)
        checked(line.tce, line.formula, line.terms, "tce")


def test_conversions_agree_with_pint() -> None:
    by_dimension: dict[str, list[str]] = {}
    for unit, (what, _) in UNITS.items():
        by_dimension.setdefault(what, []).append(unit)
    for names in by_dimension.values():
        for unit in names:
            ours = float(UNITS[unit][1] / UNITS[names[0]][1])
            theirs = (in_pint(unit) / in_pint(names[0])).to("dimensionless").magnitude
            assert ours == pytest.approx(theirs, rel=1e-12), (unit, names[0])


@pytest.mark.parametrize("text", ["__import__('os')", "a.b", "a ** b", "f(a)", "a if b else c", "True", "'x'", "z"])
def test_a_formula_knows_nothing_else(text: str) -> None:
    with pytest.raises(ValueError, match="not a formula"):
        evaluate(text, {"a": Decimal(1), "b": Decimal(2), "c": Decimal(3)})
