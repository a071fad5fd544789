"""Formulas for the catalogue: JSON in, JSON out."""

from __future__ import annotations

import msgspec
import numpy as np

from greenpark.engines.formula.evaluation import Missing, evaluate
from greenpark.engines.formula.language import parse
from greenpark.engines.formula.units import require_unit, unit_of
from greenpark.kernel.calculation import Calculation


class Meter(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Amounts of one meter, one a period; null where unknown."""

    unit: str
    amounts: list[float | None]


class FormulaInput(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    formula: str
    meters: dict[str, Meter]
    unit: str | None = None
    """Unit the result must have; not checked when left out."""
    missing: Missing = Missing.UNKNOWN


class FormulaOutput(msgspec.Struct, frozen=True):
    unit: str
    names: list[str]
    values: list[float | None]
    incomplete: list[int]
    """Indices of periods in which an input was missing or the formula divides by zero."""


class UnequalColumns(ValueError):
    """The meters do not cover the same periods."""


def run(request: FormulaInput) -> FormulaOutput:
    """Evaluate one formula over aligned periods."""
    formula = parse(request.formula)
    units = {name: meter.unit for name, meter in request.meters.items()}
    unit = unit_of(formula, units)
    if request.unit is not None:
        require_unit(formula, units, request.unit)
    lengths = {name: len(request.meters[name].amounts) for name in formula.names}
    if len(set(lengths.values())) > 1:
        raise UnequalColumns(f"各表计的期数不同：{lengths}，请补齐后再算（未知的写 null）")
    columns = {
        name: np.array([np.nan if x is None else x for x in request.meters[name].amounts], np.float64)
        for name in formula.names
    }
    result = evaluate(formula, columns, request.missing)
    values = [None if np.isnan(x) else float(x) for x in result.values]
    return FormulaOutput(unit, list(formula.names), values, np.flatnonzero(result.incomplete).tolist())


CALCULATIONS = (
    Calculation(
        name="formula",
        summary_zh="虚拟表计：按公式由其他表计的用量计算，检查单位，缺数不当作零",
        summary_en="Virtual meter: a formula over the amounts of other meters, with units checked",
        input=FormulaInput,
        output=FormulaOutput,
        run=run,
        source="docs/algorithms/formula.md",
    ),
)
