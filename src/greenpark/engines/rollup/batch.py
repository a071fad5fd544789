"""Roll up a span of readings in one go."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import numpy as np

from greenpark.engines.rollup import shapes
from greenpark.engines.rollup.aggregate import aggregate, merge
from greenpark.engines.rollup.quarters import quarters
from greenpark.engines.rollup.slots import period_starts
from greenpark.kernel.periods import PARK_ZONE
from greenpark.kernel.points import PointSpec
from greenpark.kernel.pointtable import PointTable
from greenpark.kernel.readings import Readings, Rollups, Step


@dataclass(frozen=True, slots=True)
class Context:
    """What rolling up may look at beyond the readings themselves."""

    zone: ZoneInfo = PARK_ZONE
    history: Rollups | None = None
    """Earlier quarters of the same points, from which long gaps take their shape; the quarters rolled up here are
    added to them."""


class NotWholePeriods(ValueError):
    """The window does not begin or end where a period does."""


def rollup(
    readings: Readings,
    specs: PointTable | Iterable[PointSpec],
    start_us: int,
    end_us: int,
    step: Step = Step.QUARTER,
    context: Context = Context(),
) -> Rollups:
    """Rows of ``step`` that start in the half-open window [UTC µs], by point and start.

    Args:
        readings: by point and time, each moment once, with their screened quality (RANGE, SPIKE, RESET, ROLLOVER).
            They should reach beyond the window by at least one counting reading on either side: the step across an
            edge is cut there. Rows near an edge without such a neighbour hold what is known.
        specs: of all points in ``readings``.
        start_us, end_us: starts of periods of ``step``.

    Raises:
        UnknownPoint: a reading has no specification.
        NotWholePeriods: an edge of the window lies inside a period, whose row would be a part of it.
    """
    table = specs if isinstance(specs, PointTable) else PointTable.of(specs)
    edges = np.array([start_us, end_us], np.int64)
    if (period_starts(edges, step, context.zone) != edges).any():
        raise NotWholePeriods(f"汇总区间的两端应落在 {step.value} 的起点上，现为 {start_us}–{end_us}")
    rows, gaps = quarters(readings, table)
    if len(gaps):
        history = rows if context.history is None else Rollups.concat([rows, context.history])
        rows = merge([rows, shapes.spread(gaps, history, context.zone)], table, Step.QUARTER, context.zone)
    inside = (rows.starts >= start_us) & (rows.starts < end_us)
    if not inside.all():
        rows = rows.take(inside)
    return rows if step is Step.QUARTER else aggregate(rows, table, Step.QUARTER, step, context.zone)
