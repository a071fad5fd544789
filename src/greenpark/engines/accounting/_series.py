"""The fast twin for time series: one rate in exact arithmetic, then arrays of floats.

A method that is proportional to its activity is reduced to a :class:`Rate` once; hours, days and live values are then
products of arrays. A ledger never uses this path: it reckons in decimals.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, localcontext
from typing import Any

import numpy as np
import numpy.typing as npt

from greenpark.engines.accounting._book import FactorBook
from greenpark.engines.accounting._catalogue import run
from greenpark.engines.accounting._energy import Basis, EnergyItem, EqualValue, to_tce
from greenpark.engines.accounting._errors import BadInputs
from greenpark.engines.accounting._model import Flag, Quantity
from greenpark.engines.accounting._working import ARITHMETIC
from greenpark.kernel.readings import Floats


@dataclass(frozen=True, slots=True)
class Rate:
    """Result per unit of activity, and all that has to be said about it."""

    per_unit: Decimal
    """[tCO2e or tce per ``unit``]"""
    unit: str
    """Of the activity: MWh, t, 1e4Nm3…"""
    of: str
    """``tCO2e`` or ``tce``"""
    method_id: str
    on: date
    flags: tuple[Flag, ...]
    factor_ids: tuple[str, ...]


def rate(
    method_id: str,
    inputs_of: Callable[[Quantity], Mapping[str, Any]],
    unit: str,
    factors: FactorBook,
    on: date,
) -> Rate:
    """The total of a method per unit of activity.

    ``inputs_of`` builds the method's inputs around one quantity in ``unit``. It is tried with 0, 1 and 3: a method that
    is not proportional to it raises BadInputs. Raises what :func:`run` raises.
    """
    nothing, one, three = (run(method_id, inputs_of(Quantity(Decimal(n), unit)), factors, on) for n in (0, 1, 3))
    with localcontext(ARITHMETIC):
        straight = nothing.total == 0 and abs(three.total - 3 * one.total) <= abs(one.total) * Decimal("1e-24")
    if not straight:
        raise BadInputs(f"方法 {method_id} 的结果与该数量不成正比，不能用于逐时计算")
    return Rate(one.total, unit, "tCO2e", method_id, on, one.flags, one.factor_ids)


def tce_rate(
    carrier: str,
    unit: str,
    basis: Basis,
    factors: FactorBook,
    on: date,
    *,
    equal_value: EqualValue | None = None,
    lhv: Quantity | None = None,
) -> Rate:
    """Standard coal per unit of a carrier. Raises what :func:`to_tce` raises."""
    item = EnergyItem(carrier, Quantity(Decimal(1), unit), lhv=lhv)
    result = to_tce([item], basis, factors, on, equal_value=equal_value)
    return Rate(result.total, unit, "tce", result.edition, on, result.flags, result.factor_ids)


def hourly_lines(amounts: Floats, per_unit: Rate | Decimal | float) -> Floats:
    """Amounts [unit of the rate] of each period -> tCO2e or tce of each period, same shape.

    NaN (nothing known) stays NaN; it is never a zero. Equal to the decimal path within 1e-9 relative.
    """
    factor = per_unit.per_unit if isinstance(per_unit, Rate) else per_unit
    return np.asarray(amounts, np.float64) * float(factor)


@dataclass(frozen=True, slots=True)
class SeriesTotal:
    """Sum over sources per period."""

    total: Floats
    """Sum over the sources that are known; NaN where none is."""
    known: npt.NDArray[np.int64]
    """How many sources were known in each period. Fewer than all means that ``total`` is too low: say so."""
    sources: int


def hourly_total(amounts: Sequence[Floats] | Floats, rates: Sequence[Rate]) -> SeriesTotal:
    """Sources x periods -> the park's figure per period.

    amounts   one row per source, in the unit of its rate; NaN where nothing is known

    Raises ValueError when rows and rates differ in number or rates are of different things (tCO2e and tce).
    """
    table = np.atleast_2d(np.asarray(amounts, np.float64))
    if len(table) != len(rates):
        raise ValueError(f"{len(table)} rows of amounts, {len(rates)} rates")
    if len({r.of for r in rates}) > 1:
        raise ValueError("rates of tCO2e and of tce cannot be summed")
    each = table * np.array([[float(r.per_unit)] for r in rates])
    known = (~np.isnan(each)).sum(axis=0)
    total = np.where(known > 0, np.nansum(each, axis=0), np.nan)
    return SeriesTotal(total, known.astype(np.int64), len(rates))
