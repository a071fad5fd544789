"""Time-of-use cost for the catalogue: JSON in, JSON out. Money and energy travel as text, exact."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

import msgspec
import numpy as np

from greenpark.engines.tariff.costing import bill, price_line, rounded
from greenpark.engines.tariff.schedule import Tariff, moment_of
from greenpark.kernel.calculation import Calculation
from greenpark.kernel.periods import to_us


class TouCostInput(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Energy of consecutive periods from ``start`` on; null where unknown."""

    tariff: Tariff
    start: datetime
    period_minutes: int
    energy: list[float | None]


class CostLine(msgspec.Struct, frozen=True):
    kind: str
    price: Decimal
    energy: Decimal
    cost: Decimal
    """Exact; not rounded."""


class TouCostOutput(msgspec.Struct, frozen=True):
    currency: str
    unit: str
    lines: list[CostLine]
    total: Decimal
    """Exact; ``total_rounded`` is what is printed (half up, two places)."""
    total_rounded: Decimal
    unknown: list[int]
    """Indices of periods whose energy is not known; the total leaves them out."""
    split: int


class BadPeriods(ValueError):
    """The periods cannot be placed in time."""


def run(request: TouCostInput) -> TouCostOutput:
    """Cost of one meter's energy by kind and price."""
    if request.period_minutes <= 0:
        raise BadPeriods(f"每期长度应大于 0 分钟，现为 {request.period_minutes}")
    start = to_us(moment_of(request.start, request.tariff))
    length = request.period_minutes * 60_000_000
    n = len(request.energy)
    starts = start + np.arange(n, dtype=np.int64) * length
    energy = np.array([np.nan if x is None else x for x in request.energy], np.float64)
    line = price_line(request.tariff, start, start + max(n, 1) * length)
    made = bill(line, np.zeros(n, np.int32), starts, length, energy)
    total = made.total()
    return TouCostOutput(
        currency=request.tariff.currency,
        unit=request.tariff.unit,
        lines=[CostLine(i.kind, i.price, i.energy, i.cost) for i in made.items],
        total=total,
        total_rounded=rounded(total),
        unknown=made.unknown.tolist(),
        split=made.split,
    )


CALCULATIONS = (
    Calculation(
        name="tou-cost",
        summary_zh="分时电费：尖峰平谷时段和价格均为数据，金额精确，未定价的时段报错",
        summary_en="Time-of-use cost: hours and prices as data, exact money, unpriced hours are an error",
        input=TouCostInput,
        output=TouCostOutput,
        run=run,
        source="docs/algorithms/tariff.md",
    ),
)
