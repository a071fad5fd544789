"""Units of a formula: what may be added to what, and in what the result is counted."""

from __future__ import annotations

from collections.abc import Mapping

from greenpark.engines.formula.language import Formula, FormulaError, Name, Node, Number, Operation

#: Spellings of one and the same unit. Different sizes of one quantity (kWh, MWh) are different units here: a factor
#: of 1000 belongs in the formula, where it can be seen.
SPELLINGS = {"m³": "m3", "Nm³": "Nm3", "kW·h": "kWh", "MW·h": "MWh", "kvarh": "kvarh", "千瓦时": "kWh", "度": "kWh"}

Dimension = tuple[tuple[str, int], ...]
_NONE: Dimension = ()


class UnitMismatch(FormulaError):
    """Quantities of different units are added or compared, or the result is not in the unit that was declared."""


def unit_of(formula: Formula, units: Mapping[str, str]) -> str:
    """Unit of the result, such as ``kWh``, ``kWh/m3`` or ``1`` for a pure number.

    Raises UnitMismatch with the position where the units part, FormulaError for a name without unit.
    """
    return spell(_dimension(formula.root, units))


def require_unit(formula: Formula, units: Mapping[str, str], declared: str) -> None:
    """Raises UnitMismatch unless the result is in the declared unit."""
    found = unit_of(formula, units)
    if found != SPELLINGS.get(declared, declared):
        raise UnitMismatch(f"结果的单位是 {found}，与声明的 {declared} 不同")


def spell(dimension: Dimension) -> str:
    above = [u if e == 1 else f"{u}^{e}" for u, e in dimension if e > 0]
    below = [u if e == -1 else f"{u}^{-e}" for u, e in dimension if e < 0]
    return "·".join(above or ["1"]) + "".join(f"/{u}" for u in below)


def _dimension(node: Node, units: Mapping[str, str]) -> Dimension:
    if isinstance(node, Number):
        return _NONE
    if isinstance(node, Name):
        if node.name not in units:
            raise FormulaError(f"表计 {node.name} 没有定义", node.position)
        unit = SPELLINGS.get(units[node.name], units[node.name])
        return _NONE if unit in ("", "1") else ((unit, 1),)
    parts = [_dimension(part, units) for part in node.operands]
    if node.operator in ("*", "/"):
        return _product(parts[0], parts[1], 1 if node.operator == "*" else -1)
    for part, operand in zip(parts[1:], node.operands[1:], strict=True):
        if part != parts[0]:
            raise UnitMismatch(f"{spell(parts[0])} 与 {spell(part)} 不能相加减或比较，请先换算", _at(operand))
    return parts[0]


def _product(a: Dimension, b: Dimension, sign: int) -> Dimension:
    exponents = dict(a)
    for unit, exponent in b:
        exponents[unit] = exponents.get(unit, 0) + sign * exponent
    return tuple(sorted((u, e) for u, e in exponents.items() if e))


def _at(node: Number | Name | Operation) -> int:
    return node.position
