"""Coefficients of a metered source: tonnes per unit of each input, so that a live figure is one multiplication.

All methods of the ledger are linear in their amounts once factors and constants are given; a source that turns out not
to be (or that refuses the trial amounts) has no coefficients and is left out of the live figure, which then says so.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from greenpark.domains.carbon.rules import computing, tiers
from greenpark.domains.carbon.rules.bindings import Binding, Spec

_TRIAL = Decimal(1000)
_FIGURES = ("tco2e", "tce_calorific", "tce_equal")


@dataclass(frozen=True, slots=True)
class Coefficients:
    """Per point: tCO2e, tce calorific and tce equal-value per unit of the point's amount; NaN for an unknown last."""

    per_point: Mapping[int, tuple[float, float, float]]
    unconfirmed: bool


def is_metered(spec: Spec) -> bool:
    """Whether every amount comes from points or constants."""
    return bool(spec.point_ids()) and not any(b.kind == "report" and not b.optional for b in spec.bindings)


def coefficients(spec: Spec, setting: computing.Setting) -> Coefficients | None:
    """Coefficients of a metered source; None when it has none."""
    base = _figures(spec, {}, setting)
    if base is None:
        return None
    found: dict[int, tuple[float, float, float]] = {}
    unconfirmed, equal_known = False, base[2]
    for binding in spec.bindings:
        if binding.kind != "points":
            continue
        once = _figures(spec, {binding.name: _TRIAL}, setting)
        twice = _figures(spec, {binding.name: 2 * _TRIAL}, setting)
        if once is None or twice is None or any(base[0][i] + twice[0][i] != 2 * once[0][i] for i in range(3)):
            return None
        unconfirmed |= once[1]
        equal_known &= once[2]
        step = [float((once[0][i] - base[0][i]) / _TRIAL * binding.scale) for i in range(3)]
        for point, sign in binding.points:
            before = found.get(point, (0.0, 0.0, 0.0))
            found[point] = (before[0] + sign * step[0], before[1] + sign * step[1], before[2] + sign * step[2])
    if not equal_known:
        found = {point: (co2, calorific, math.nan) for point, (co2, calorific, _) in found.items()}
    return Coefficients(found, unconfirmed)


def _figures(
    spec: Spec, amounts: Mapping[str, Decimal], setting: computing.Setting
) -> tuple[tuple[Decimal, Decimal, Decimal], bool, bool] | None:
    """Figures of the source with the given amounts and zero elsewhere; whether a factor is unconfirmed; whether the
    equal-value energy is known (else its figure is 0). None when refused."""
    entries = computing.compute(spec, [_amount(b, amounts.get(b.name)) for b in spec.bindings], setting, None)
    if any(e.problem for e in entries):
        return None
    sums = [sum((getattr(e, name) or Decimal(0) for e in entries), Decimal(0)) for name in _FIGURES]
    known = all(e.tce_equal is not None for e in entries)
    return (sums[0], sums[1], sums[2]), any(e.unconfirmed for e in entries), known


def _amount(binding: Binding, value: Decimal | None) -> computing.Amount:
    if binding.kind == "points":
        return computing.Amount(binding, value or Decimal(0), tiers.InputQuality("points", float(value or 0), 0.0, 1.0))
    if binding.kind == "constant":
        return computing.Amount(binding, binding.value, tiers.InputQuality("constant", 0.0))
    return computing.Amount(binding, None, tiers.InputQuality("report", 0.0))
