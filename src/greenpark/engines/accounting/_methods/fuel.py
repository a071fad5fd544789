"""CO2 of fuel combustion: E = FC x NCV x CC x OF x 44/12, or by measured carbon."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from greenpark.engines.accounting._errors import MissingFactor, MissingParameter
from greenpark.engines.accounting._inputs import Burnt, FuelCombustion
from greenpark.engines.accounting._methods._documents import GB32150, GB32151_34, GUIDES, POWER
from greenpark.engines.accounting._methods._make import method
from greenpark.engines.accounting._model import Category, Line, Quantity, Term
from greenpark.engines.accounting._units import dimension
from greenpark.engines.accounting._working import Working

FORMULA = "FC * NCV * CC * OF * 44 / 12"
FORMULA_CARBON = "FC * C * OF * 44 / 12"

#: Dimension of the amount -> units of the amount, of the net calorific value, of a carbon content.
UNITS = {
    "mass": ("t", "GJ/t", "tC/t"),
    "norm volume": ("1e4Nm3", "GJ/1e4Nm3", "tC/1e4Nm3"),
}


@dataclass(frozen=True, slots=True)
class Options:
    """Where an edition differs: the fuel tables it may use."""

    sets: frozenset[str] = frozenset()
    """Empty: any table, to be named by the caller."""
    default_set: str = ""


def units_of(amount: Quantity, what: str) -> tuple[str, str, str]:
    """Formula units for an amount. Raises MissingParameter for anything but mass or norm volume."""
    found = UNITS.get(dimension(amount.unit))
    if found is None:
        raise MissingParameter(
            f"{what}：数量应为质量（t）或标准状态下的体积（Nm3、万 Nm3），现为 {amount.unit}；工况体积请先折算"
        )
    return found


def compute(question: FuelCombustion, working: Working) -> Iterator[Line]:
    for number, burnt in enumerate(question.fuels, start=1):
        yield _line(f"{number}-{burnt.fuel}", burnt, working)


def _line(id: str, burnt: Burnt, working: Working) -> Line:
    options: Options = working.method.options
    table = burnt.set or options.default_set
    if options.sets and table and table not in options.sets:
        raise MissingParameter(
            f"方法 {working.method.id} 只能用缺省值表 {'、'.join(sorted(options.sets))}，不能用表 {table}"
        )
    amount_unit, ncv_unit, carbon_unit = units_of(burnt.amount, burnt.fuel)
    label = burnt.label or working.book.name_zh(burnt.fuel)
    amount = working.amount("FC", "消费量", burnt.amount, amount_unit)
    oxidation = _oxidation(burnt, working, table)
    if burnt.carbon is not None:
        carbon = working.amount("C", "实测元素碳含量", burnt.carbon, carbon_unit)
        return working.line(id, label, FORMULA_CARBON, (amount, carbon, oxidation), activity=burnt.amount)
    ncv = _known("NCV", "低位发热量", burnt.ncv, ncv_unit, "ncv", burnt, working, table)
    per_heat = _known("CC", "单位热值含碳量", burnt.carbon_per_heat, "tC/GJ", "carbon-per-heat", burnt, working, table)
    if ncv.unit != ncv_unit:
        raise MissingFactor(
            f"{burnt.fuel}：表 {table} 的低位发热量以 {ncv.unit} 给出，数量却以 {burnt.amount.unit} 给出；"
            "请给出同一基准的数值"
        )
    return working.line(id, label, FORMULA, (amount, ncv, per_heat, oxidation), activity=burnt.amount)


def _known(
    symbol: str,
    name_zh: str,
    own: Quantity | None,
    unit: str,
    kind: str,
    burnt: Burnt,
    working: Working,
    table: str,
) -> Term:
    if own is None and not table:
        raise MissingParameter(f"{burnt.fuel}：没有给出{name_zh}，也没有指明缺省值表（set）")
    if own is not None:
        return working.amount(symbol, name_zh, own, unit)
    return working.factor(symbol, name_zh, kind, burnt.fuel, set=table)


def _oxidation(burnt: Burnt, working: Working, table: str) -> Term:
    if burnt.oxidation is not None:
        return working.share("OF", "碳氧化率", burnt.oxidation)
    if burnt.device:
        return working.factor("OF", "碳氧化率", "oxidation", burnt.device, set=table)
    if not table:
        raise MissingParameter(f"{burnt.fuel}：没有给出碳氧化率，也没有指明缺省值表（set）")
    return working.factor("OF", "碳氧化率", "oxidation", burnt.fuel, set=table)


_TITLES = ("化石燃料燃烧 CO2 排放", "CO2 of fossil fuel combustion")
_E = "E = Σ FC × NCV × CC × OF × 44/12"
_PAGE = "accounting-fuel-combustion.md"

#: Suffix, document, and the fuel tables that the edition may use (empty: any, named by the caller).
_EDITIONS = (
    ("guides-2013", GUIDES, Options()),
    ("power-2022", POWER, Options(frozenset({"C"}), "C")),
    ("gb32151-34-2024", GB32151_34, Options(frozenset({"GB32151.34"}), "GB32151.34")),
    ("gb32150-2025", GB32150, Options()),
)

METHODS = tuple(
    method(
        "fuel-combustion", suffix, document, _TITLES, Category.FUEL, _E, FuelCombustion, compute,
        options=options, confirmed=True, page=_PAGE,
    )
    for suffix, document, options in _EDITIONS
)  # fmt: skip
