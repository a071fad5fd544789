"""Formulas over aligned periods of rollups, all periods at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import numpy.typing as npt

from greenpark.engines.formula.language import OPERATIONS, Floats, Formula, Name, Node, Number, Values
from greenpark.kernel.quality import Quality
from greenpark.kernel.readings import Int64s, Rollups

Bools = npt.NDArray[np.bool_]


class Missing(StrEnum):
    """What becomes of a period in which an input is not known."""

    UNKNOWN = "unknown"  # the result is unknown too
    ZERO = "zero"  # the input counts 0, and the result is marked incomplete


class UnknownMeter(LookupError):
    """The formula names a meter for which nothing was handed in."""


@dataclass(frozen=True, slots=True)
class Evaluated:
    """values: one a period, NaN where unknown. incomplete: periods in which an input was missing or the formula
    divides by zero. Shapes (n,)."""

    values: Floats
    incomplete: Bools


def evaluate(formula: Formula, columns: Mapping[str, Floats], missing: Missing = Missing.UNKNOWN) -> Evaluated:
    """Evaluate over columns of equal length, one a meter, NaN where a meter has no value.

    Raises UnknownMeter naming the meters of the formula that have no column.
    """
    absent = [name for name in formula.names if name not in columns]
    if absent:
        raise UnknownMeter(f"公式 {formula.text} 引用的表计没有数据列：{'、'.join(absent)}")
    used = {name: np.asarray(columns[name], np.float64) for name in formula.names}
    gaps = {name: np.isnan(column) for name, column in used.items()}
    incomplete = np.logical_or.reduce(list(gaps.values()))
    if missing is Missing.ZERO and incomplete.any():
        used = {name: np.where(gaps[name], 0.0, column) for name, column in used.items()}
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        values = np.broadcast_to(np.asarray(_value(formula.root, used), np.float64), incomplete.shape)
    finite = np.isfinite(values)
    return Evaluated(np.where(finite, values, np.nan), incomplete | ~finite)


def _value(node: Node, columns: Mapping[str, Floats]) -> Values:
    if isinstance(node, Number):
        return node.value
    if isinstance(node, Name):
        return columns[node.name]
    return OPERATIONS[node.operator](*[_value(part, columns) for part in node.operands])


@dataclass(frozen=True, slots=True)
class Aligned:
    """Rollups of several points on common periods: tables with one row a point and one column a period; NaN amounts
    where a point has no row."""

    ids: npt.NDArray[np.int32]
    starts: Int64s
    amount: Floats
    estimated: Floats
    coverage: Floats
    quality: npt.NDArray[np.int32]

    @classmethod
    def of(cls, rollups: Rollups, starts: Int64s | None = None) -> Aligned:
        """``starts``: the periods wanted, rising; all that occur when None. Rollups by point and start."""
        periods = np.unique(rollups.starts) if starts is None else starts
        ids, row = np.unique(rollups.points, return_inverse=True)
        column = np.minimum(np.searchsorted(periods, rollups.starts), max(len(periods) - 1, 0))
        inside = periods[column] == rollups.starts if len(periods) else np.zeros(len(rollups), np.bool_)
        row, column = row[inside], column[inside]
        shape = (len(ids), len(periods))
        amount, estimated, coverage = np.full(shape, np.nan), np.zeros(shape), np.zeros(shape)
        quality = np.zeros(shape, np.int32)
        amount[row, column] = rollups.amount[inside]
        estimated[row, column] = rollups.estimated[inside]
        coverage[row, column] = rollups.coverage[inside]
        quality[row, column] = rollups.quality[inside]
        return cls(ids.astype(np.int32), periods, amount, estimated, coverage, quality)


def virtual_meter(
    formula: Formula,
    meters: Mapping[str, int],
    inputs: Aligned,
    *,
    point: int,
    missing: Missing = Missing.UNKNOWN,
) -> Rollups:
    """Rollups of a virtual meter: the formula over the amounts of its meters, period by period.

    ``estimated`` is what the result changes when the estimated parts of all inputs are taken out (exact for sums and
    differences); ``coverage`` is that of the least covered input; ``quality`` the bits of all inputs, and ESTIMATED
    where a missing input was taken as 0. Raises UnknownMeter for a name without point.
    """
    unmapped = [name for name in formula.names if name not in meters]
    if unmapped:
        raise UnknownMeter(f"公式 {formula.text} 引用的表计没有对应的监测点：{'、'.join(unmapped)}")
    rows = {name: _row(inputs, meters[name]) for name in formula.names}
    n = len(inputs.starts)
    unknown = np.full(n, np.nan)
    amounts = {name: unknown if r is None else inputs.amount[r] for name, r in rows.items()}
    result = evaluate(formula, amounts, missing)
    guessed = {name: np.zeros(n) if r is None else inputs.estimated[r] for name, r in rows.items()}
    estimated = np.zeros(n)
    if any(part.any() for part in guessed.values()):
        measured = evaluate(formula, {name: amounts[name] - guessed[name] for name in rows}, missing)
        estimated = np.nan_to_num(result.values - measured.values)
    known = [r for r in rows.values() if r is not None]
    coverage = np.min([inputs.coverage[r] for r in known], axis=0) if len(known) == len(rows) else np.zeros(n)
    quality = np.bitwise_or.reduce(inputs.quality[known], axis=0) if known else np.zeros(n, np.int32)
    quality = quality | np.where(result.incomplete & ~np.isnan(result.values), np.int32(Quality.ESTIMATED), 0)
    none = np.zeros(n, np.int32)
    return Rollups(
        points=np.full(n, point, np.int32),
        starts=inputs.starts,
        amount=result.values,
        mean=unknown,
        low=unknown,
        high=unknown,
        count=none,
        valid=none,
        coverage=coverage,
        estimated=estimated,
        quality=quality.astype(np.int32),
    )


def _row(inputs: Aligned, point: int) -> int | None:
    at = int(np.searchsorted(inputs.ids, point))
    return at if at < len(inputs.ids) and inputs.ids[at] == point else None
