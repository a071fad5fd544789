"""Energy and carbon accounting: pure functions from activity data and factors to lines with their working.

>>> book = FactorBook(load_factors(packs))           # greenpark.kernel.factors
>>> result = run("fuel-combustion.guides-2013", {...}, book, date(2026, 1, 1))
>>> result.total, result.flags, result.working

Start with ``METHODS`` (what can be run), ``run`` and ``to_tce``; docs/algorithms/accounting-*.md explain each method.
"""

from greenpark.engines.accounting._book import (
    FactorBook,
    GridPolicy,
    GridScope,
    YearRule,
    select_factor,
    select_grid_factor,
)
from greenpark.engines.accounting._calculations import CALCULATIONS
from greenpark.engines.accounting._catalogue import METHODS, check_inputs, in_gwp, methods_in_force, run
from greenpark.engines.accounting._energy import (
    Basis,
    Direction,
    EnergyItem,
    EnergyLine,
    EnergyResult,
    EqualValue,
    Purpose,
    to_tce,
)
from greenpark.engines.accounting._errors import (
    AccountingError,
    AmbiguousFactor,
    BadAmount,
    BadInputs,
    BadUnit,
    DoubleClaim,
    FactorOutOfForce,
    MethodOutOfForce,
    MissingEvidence,
    MissingFactor,
    MissingParameter,
    NegativeBalance,
    NegativePurchase,
    OverClaimed,
    UnknownMethod,
)
from greenpark.engines.accounting._model import (
    FLAG_NAMES,
    Category,
    Flag,
    GasTotal,
    Line,
    Method,
    MethodResult,
    Quantity,
    Term,
    Tier,
)
from greenpark.engines.accounting._series import Rate, SeriesTotal, hourly_lines, hourly_total, rate, tce_rate
from greenpark.engines.accounting._units import convert
from greenpark.kernel.factors import Confidence, Factor

__all__ = [
    "CALCULATIONS",
    "FLAG_NAMES",
    "METHODS",
    "AccountingError",
    "AmbiguousFactor",
    "BadAmount",
    "BadInputs",
    "BadUnit",
    "Basis",
    "Category",
    "Confidence",
    "Direction",
    "DoubleClaim",
    "EnergyItem",
    "EnergyLine",
    "EnergyResult",
    "EqualValue",
    "Factor",
    "FactorBook",
    "FactorOutOfForce",
    "Flag",
    "GasTotal",
    "GridPolicy",
    "GridScope",
    "Line",
    "Method",
    "MethodOutOfForce",
    "MethodResult",
    "MissingEvidence",
    "MissingFactor",
    "MissingParameter",
    "NegativeBalance",
    "NegativePurchase",
    "OverClaimed",
    "Purpose",
    "Quantity",
    "Rate",
    "SeriesTotal",
    "Term",
    "Tier",
    "UnknownMethod",
    "YearRule",
    "check_inputs",
    "convert",
    "hourly_lines",
    "hourly_total",
    "in_gwp",
    "methods_in_force",
    "rate",
    "run",
    "select_factor",
    "select_grid_factor",
    "tce_rate",
    "to_tce",
]
