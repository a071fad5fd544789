"""Virtual meters: formulas over other meters. See docs/algorithms/formula.md."""

from greenpark.engines.formula.calculations import CALCULATIONS
from greenpark.engines.formula.evaluation import Aligned, Evaluated, Missing, UnknownMeter, evaluate, virtual_meter
from greenpark.engines.formula.language import Formula, FormulaError, parse
from greenpark.engines.formula.units import UnitMismatch, require_unit, unit_of

__all__ = [
    "CALCULATIONS",
    "Aligned",
    "Evaluated",
    "Formula",
    "FormulaError",
    "Missing",
    "UnitMismatch",
    "UnknownMeter",
    "evaluate",
    "parse",
    "require_unit",
    "unit_of",
    "virtual_meter",
]
