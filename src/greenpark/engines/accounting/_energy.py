"""Comprehensive energy consumption 综合能耗 after GB/T 2589, calorific 当量 and equal-value 等价."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, localcontext
from enum import StrEnum

import msgspec

from greenpark.engines.accounting._book import FactorBook, select_factor
from greenpark.engines.accounting._errors import BadInputs, MissingFactor, MissingParameter
from greenpark.engines.accounting._model import Flag, Quantity, Term, Tier
from greenpark.engines.accounting._units import convert, dimension
from greenpark.engines.accounting._working import (
    ARITHMETIC,
    constant,
    evaluate,
    factor_term,
    flags_of,
    given,
    shown,
    worst_tier,
)
from greenpark.kernel.factors import Factor


class Basis(StrEnum):
    """How secondary energy is converted."""

    EQUIVALENT = "equivalent"  # 当量值: by its own heat, 3.6 MJ per kWh
    EQUAL_VALUE = "equal-value"  # 等价值: by the fuel it took to make it; a dated parameter


class Direction(StrEnum):
    IN = "in"
    OUT = "out"  # energy products sold or handed on: deducted


class Purpose(StrEnum):
    ENERGY = "energy"
    FEEDSTOCK = "feedstock"  # 原料用能: counted here, and shown apart because dual control deducts it


class EnergyItem(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One carrier that came in or went out in the period.

    carrier      subject of the standard-coal table (``raw_coal``, ``coke``…), or ``electricity`` or ``heat``
    lhv          measured lower heating value; takes precedence over the table (clause on measured values)
    coefficient  standard coal per unit, given by the caller with a reference; takes precedence over ``lhv``
    non_fossil   electricity or heat from renewables or nuclear: counted here, and shown apart
    """

    carrier: str
    amount: Quantity
    direction: Direction = Direction.IN
    purpose: Purpose = Purpose.ENERGY
    non_fossil: bool = False
    lhv: Quantity | None = None
    coefficient: Quantity | None = None
    table: str = ""
    """Table of coefficients when not the standard's own: ``other`` for carriers outside GB/T 2589."""
    label: str = ""


class EqualValue(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The dated coefficients of the equal-value basis. ``ref`` of each must name the document and year."""

    electricity: Quantity | None = None
    heat: Quantity | None = None


@dataclass(frozen=True, slots=True)
class EnergyLine:
    """One carrier converted; ``tce`` is negative for energy that went out."""

    id: str
    label_zh: str
    carrier: str
    direction: Direction
    purpose: Purpose
    non_fossil: bool
    basis: Basis
    tce: Decimal
    formula: str
    terms: tuple[Term, ...]
    flags: tuple[Flag, ...]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class EnergyResult:
    """``total`` [tce] is the sum of the lines. The ``of_which`` figures are parts of it and are not deducted."""

    edition: str
    on: date
    basis: Basis
    lines: tuple[EnergyLine, ...]
    total: Decimal
    of_which_feedstock: Decimal
    of_which_non_fossil: Decimal
    tier: Tier | None
    flags: tuple[Flag, ...]
    factor_ids: tuple[str, ...]
    working: str


#: Carriers whose coefficient depends on the basis.
SECONDARY: dict[str, dict[Basis, str]] = {
    "electricity": {Basis.EQUIVALENT: "electricity_equivalent", Basis.EQUAL_VALUE: "electricity_equal_value"},
    "heat": {Basis.EQUIVALENT: "heat_equivalent", Basis.EQUAL_VALUE: "heat_equal_value"},
}

#: Dimension of an amount -> (unit of the formula, of the coefficient, of a measured heating value).
_FORMS: dict[str, tuple[str, str, str]] = {
    "mass": ("t", "tce/t", "GJ/t"),
    "norm volume": ("1e4Nm3", "tce/1e4Nm3", "GJ/1e4Nm3"),
    "electricity": ("MWh", "tce/MWh", ""),
    "heat": ("GJ", "tce/GJ", ""),
}

EDITION = "gb2589-2020"


def to_tce(
    items: Iterable[EnergyItem],
    basis: Basis,
    book: FactorBook,
    on: date,
    *,
    equal_value: EqualValue | None = None,
    edition: str = EDITION,
) -> EnergyResult:
    """Comprehensive energy consumption E = sum of amount x coefficient, in minus out [tce].

    Amounts are positive; the direction says the sign. Raises MissingParameter for the equal-value basis without the
    coefficient it needs, MissingFactor for a carrier without a value (also when the standard prints only a range),
    FactorOutOfForce when the edition does not cover the date, BadUnit, BadAmount, BadInputs. Source: GB/T 2589, the
    clause on comprehensive energy consumption and annexes A and B.
    """
    with localcontext(ARITHMETIC):
        lines = tuple(
            _energy_line(number, item, basis, book, on, equal_value or EqualValue(), edition)
            for number, item in enumerate(items, start=1)
        )
        total = sum((line.tce for line in lines), Decimal(0))
        feedstock = sum((line.tce for line in lines if line.purpose is Purpose.FEEDSTOCK), Decimal(0))
        non_fossil = sum((line.tce for line in lines if line.non_fossil), Decimal(0))
    terms = [term for line in lines for term in line.terms]
    return EnergyResult(
        edition=edition,
        on=on,
        basis=basis,
        lines=lines,
        total=total,
        of_which_feedstock=feedstock,
        of_which_non_fossil=non_fossil,
        tier=worst_tier(terms),
        flags=tuple(sorted({flag for line in lines for flag in line.flags})),
        factor_ids=tuple(sorted({term.factor_id for term in terms if term.factor_id})),
        working="\n".join(f"{line.label_zh}：{shown(line.formula, line.terms, line.tce, 'tce')}" for line in lines),
    )


def _energy_line(
    number: int,
    item: EnergyItem,
    basis: Basis,
    book: FactorBook,
    on: date,
    equal_value: EqualValue,
    edition: str,
) -> EnergyLine:
    row = _row(item, basis, book, on, edition)
    unit, coefficient_unit, _ = _form(item)
    amount = given("E", item.label or (row.name_zh if row else book.name_zh(item.carrier)), item.amount, unit)
    formula, terms, flags, notes = _coefficient(item, basis, row, coefficient_unit, equal_value)
    formula = f"E * {formula}"
    if item.direction is Direction.OUT:
        formula = f"-{formula}"
    used = (amount, *terms)
    return EnergyLine(
        id=f"{number}-{item.carrier}",
        label_zh=amount.name_zh,
        carrier=item.carrier,
        direction=item.direction,
        purpose=item.purpose,
        non_fossil=item.non_fossil,
        basis=basis,
        tce=evaluate(formula, {term.symbol: term.value for term in used}),
        formula=formula,
        terms=used,
        flags=flags_of(used, flags),
        notes=notes,
    )


def _form(item: EnergyItem) -> tuple[str, str, str]:
    what = dimension(item.amount.unit)
    if what == "volume":
        raise BadInputs(f"{item.carrier}：气体量应以标准立方米（Nm3，0 ℃、101.325 kPa）给出，水等液体以质量给出")
    if what not in _FORMS:
        raise BadInputs(f"{item.carrier}：单位 {item.amount.unit} 不是能源消费量的单位")
    return _FORMS[what]


def _row(item: EnergyItem, basis: Basis, book: FactorBook, on: date, edition: str) -> Factor | None:
    """The table's row, also when the caller gives a better value: it carries the name and the printed range."""
    subject = SECONDARY.get(item.carrier, {}).get(basis, item.carrier)
    if item.coefficient is None and item.lhv is None:
        return select_factor(book, "standard-coal", subject, on, set=item.table or edition)
    return next((row for row in book.rows("standard-coal", subject) if row.set == edition and row.in_force(on)), None)


def _coefficient(
    item: EnergyItem, basis: Basis, row: Factor | None, unit: str, equal_value: EqualValue
) -> tuple[str, tuple[Term, ...], list[Flag], tuple[str, ...]]:
    """Formula part, terms, flags and notes of the coefficient [kgce per unit], best source first."""
    if item.coefficient is not None:
        term = given("k", "折标准煤系数", item.coefficient, unit)
        return "k", (term,), _against_range(term.value, unit, row), ()
    if item.lhv is not None:
        return _by_heating_value(item, row, unit)
    if item.carrier in SECONDARY and basis is Basis.EQUAL_VALUE:
        chosen = equal_value.electricity if item.carrier == "electricity" else equal_value.heat
        if chosen is None:
            raise MissingParameter(
                f"{item.carrier} 的等价值系数不是常数（取决于上一年的供电或供热煤耗），须连同文件号和年份一并给出"
            )
        if not chosen.ref:
            raise MissingParameter(f"{item.carrier} 的等价值系数须在 ref 中写明文件号和年份")
        return "k", (given("k", "等价值折标准煤系数", chosen, unit),), [], (f"依据 {chosen.ref}",)
    if row is None:
        raise MissingFactor(f"没有 {item.carrier} 的折标准煤系数")
    return "k", (factor_term("k", "折标准煤系数", row, unit),), [], ()


def _by_heating_value(
    item: EnergyItem, row: Factor | None, unit: str
) -> tuple[str, tuple[Term, ...], list[Flag], tuple[str, ...]]:
    heat_unit = next(heat for _, coefficient, heat in _FORMS.values() if coefficient == unit)
    if not heat_unit or item.lhv is None:
        raise BadInputs(f"{item.carrier} 以 {item.amount.unit} 计量，不能用低位发热量折算")
    measured = given("LHV", "实测低位发热量", item.lhv, heat_unit)
    coal = constant("Q_CE", "标准煤的热值", Decimal("29.3076"), "GJ/tce", "GB/T 2589：1 kgce = 7000 kcal × 4.1868")
    return "LHV / Q_CE", (measured, coal), _against_range(measured.value / coal.value, unit, row), ()


def _against_range(value: Decimal, unit: str, row: Factor | None) -> list[Flag]:
    """Beside a row that prints a range: the choice is said, and a value outside it even more."""
    if row is None or row.low is None or row.high is None:
        return []
    low, high = convert(row.low, row.unit, unit), convert(row.high, row.unit, unit)
    return [Flag.RANGE_CHOICE] if low <= value <= high else [Flag.RANGE_CHOICE, Flag.OUTSIDE_RANGE]
