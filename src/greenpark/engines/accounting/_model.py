"""Questions and answers of the engine: quantities in, lines with their working out."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING, Any

import msgspec

from greenpark.kernel.factors import Confidence

if TYPE_CHECKING:
    from greenpark.engines.accounting._working import Working


class Tier(StrEnum):
    """Where an amount comes from, best first. Carried as given; a result has the worst tier of its amounts."""

    MEASURED = "measured"
    REPORTED = "reported"
    ESTIMATED = "estimated"
    SUBSTITUTED = "substituted"


class Category(StrEnum):
    """Source categories of a ledger entry."""

    FUEL = "fuel"
    PROCESS = "process"
    ELECTRICITY = "electricity"
    HEAT = "heat"
    WASTEWATER = "wastewater"
    RECOVERED = "recovered"


class Flag(StrEnum):
    """What a reader of a result must be told."""

    UNCONFIRMED = "unconfirmed"  # a factor that was not retrieved (recalled) was used
    METHOD_UNCONFIRMED = "method-unconfirmed"  # wording or dates of the method were not checked against the print
    OLDER_DATA_YEAR = "older-data-year"  # a grid factor of an earlier data year than the activity
    RANGE_CHOICE = "range-choice"  # the caller chose a value; the standard prints only a range
    OUTSIDE_RANGE = "outside-range"  # the given value lies outside the range that the standard prints
    CERTIFICATES = "certificates"  # unbundled certificates lower the total
    EXPORT_DEDUCTED = "export-deducted"  # exported electricity or heat lowers the total
    ESTIMATED = "estimated"  # an amount was estimated or substituted
    EMPTY = "empty"  # no activity was given at all; the total of zero is not a measurement
    GAS_BURNT = "gas-burnt-on-site"  # an output gas is burnt here and must stand in a fuel entry as well


#: Flag -> Chinese and English words for screens.
FLAG_NAMES: dict[Flag, tuple[str, str]] = {
    Flag.UNCONFIRMED: ("使用了未确认的因子", "an unconfirmed factor was used"),
    Flag.METHOD_UNCONFIRMED: ("方法文本未核对", "the method's text was not checked"),
    Flag.OLDER_DATA_YEAR: ("使用了较早数据年份的电网因子", "a grid factor of an earlier data year"),
    Flag.RANGE_CHOICE: ("标准只给出范围，取值由填报方选定", "chosen within a printed range"),
    Flag.OUTSIDE_RANGE: ("取值超出标准给出的范围", "outside the printed range"),
    Flag.CERTIFICATES: ("单独购买的绿证已抵减", "unbundled certificates deducted"),
    Flag.EXPORT_DEDUCTED: ("外供部分已扣除", "exports deducted"),
    Flag.ESTIMATED: ("含估算或替代数据", "estimated or substituted data"),
    Flag.EMPTY: ("没有任何活动数据", "no activity data"),
    Flag.GAS_BURNT: ("煤气在边界内燃烧，须另列燃料", "gas burnt on site, to be booked as fuel"),
}


class Quantity(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An amount or a measured property, as given: value, unit, tier and the way back to where it came from.

    In JSON the value is a string (``"1234.5"``), so that no digit is lost.
    """

    value: Decimal
    unit: str
    tier: Tier = Tier.MEASURED
    ref: str = ""
    """Opaque to the engine: rollup, report or document id."""

    def __post_init__(self) -> None:
        if not self.value.is_finite():
            raise ValueError(f"数值应为有限的数，现为 {self.value}")


@dataclass(frozen=True, slots=True)
class Term:
    """One value in a line's working."""

    symbol: str
    """As in the line's formula: ``FC``, ``NCV``."""
    name_zh: str
    value: Decimal
    unit: str
    factor_id: str = ""
    """Id of the factor; "" for an amount or a value that the caller gave."""
    edition: str = ""
    confidence: Confidence | None = None
    """None for amounts and values that the caller gave."""
    source: tuple[str, ...] = ()
    tier: Tier | None = None
    ref: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """One summand of a result. ``value`` is the formula applied to the terms, and the sum of lines is the total.

    ``formula`` is an expression over the terms' symbols with numbers, + - * / and parentheses. A deduction (carbon in
    products, exported power, recovered CO2) is a line with a negative value.
    """

    id: str
    label_zh: str
    category: Category
    gas: str
    """CO2, CH4, N2O…"""
    mass: Decimal
    """Of the gas [t]."""
    value: Decimal
    """[tCO2e]"""
    formula: str
    terms: tuple[Term, ...]
    flags: tuple[Flag, ...] = ()
    notes: tuple[str, ...] = ()
    activity: Quantity | None = None
    """The amount as given, before conversion."""
    memo: bool = False
    """Stands beside the total and is in no sum."""


@dataclass(frozen=True, slots=True)
class GasTotal:
    """Sum of one gas."""

    gas: str
    mass: Decimal
    """[t]"""
    co2e: Decimal
    """[tCO2e]"""


@dataclass(frozen=True, slots=True)
class MethodResult:
    """Answer of a method.

    ``total`` is the sum of ``lines`` in ``unit`` (tCO2e), ``memo`` stands beside it and is in no sum (certificates
    that the method does not count, gas to be booked as fuel). ``working`` is the whole calculation as text, one line
    per summand.
    """

    method_id: str
    title_zh: str
    edition: str
    on: date
    category: Category
    lines: tuple[Line, ...]
    memo: tuple[Line, ...]
    total: Decimal
    unit: str
    by_gas: tuple[GasTotal, ...]
    gwp_edition: str
    tier: Tier | None
    flags: tuple[Flag, ...]
    factor_ids: tuple[str, ...]
    working: str


@dataclass(frozen=True, slots=True)
class Method:
    """One method in one edition. ``compute`` yields lines from the inputs; it is pure."""

    id: str
    family: str
    """Methods that answer the same question in different editions."""
    title_zh: str
    title_en: str
    edition: str
    document: str
    """Standard and clause."""
    category: Category
    gases: tuple[str, ...]
    formula: str
    inputs: type[msgspec.Struct]
    compute: Callable[[Any, Working], Iterable[Line]]
    effective_from: date | None
    effective_to: date | None = None
    """Last day in force, inclusive."""
    confidence: Confidence = Confidence.RECALLED
    """Of the formula: confirmed when a retrieved source carries it; otherwise every result is flagged."""
    dates: Confidence = Confidence.RECALLED
    """Of the dates in force."""
    options: Any = None
    """Settings by which editions of one family differ."""
    gwp_edition: str = "AR6"
    page: str = ""
    """File in docs/algorithms."""

    def in_force(self, on: date) -> bool:
        return (self.effective_from is None or self.effective_from <= on) and (
            self.effective_to is None or on <= self.effective_to
        )
