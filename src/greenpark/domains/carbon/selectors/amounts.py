"""Monthly amounts of points: sums over the day rollups, or reckoned again from the readings themselves."""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np

from greenpark.domains.carbon.rules.computing import PointAmount
from greenpark.domains.telemetry import facade as telemetry
from greenpark.kernel.periods import Month
from greenpark.kernel.readings import Rollups, Step

_DAY_US = 86_400_000_000


def of_month(
    points: Iterable[int], month: Month, *, until_us: int, from_readings: bool = False
) -> dict[int, PointAmount]:
    """Amount of each point in a month, for all points in one query.

    ``until_us`` ends the span that coverage is judged by: a running month is not blamed for its future. With
    ``from_readings`` the rollups are computed afresh from the stored readings and the kept ones are not consulted.
    """
    wanted = sorted(set(points))
    if not wanted:
        return {}
    start, end = month.start_us(), month.end_us()
    if from_readings:
        days = telemetry.rollups_from_readings(Step.DAY, wanted, start, end)
    else:
        days = telemetry.rollups(Step.DAY, wanted, start, end)
    span = max(1, min(end, max(until_us, start + 1)) - start) / _DAY_US
    return add_up(days, wanted, span)


def add_up(days: Rollups, wanted: list[int], span_days: float) -> dict[int, PointAmount]:
    """Sum day rollups by point. Sums are exactly rounded (fsum), so the order of rows does not matter."""
    found: dict[int, PointAmount] = {}
    order = np.argsort(days.points, kind="stable")
    ids = days.points[order]
    for point in wanted:
        rows = order[np.searchsorted(ids, point, "left") : np.searchsorted(ids, point, "right")]
        if not len(rows):
            continue
        amounts = days.amount[rows]
        known = np.isfinite(amounts)
        estimated = days.estimated[rows]
        found[point] = PointAmount(
            point,
            math.fsum(amounts[known].tolist()) if known.any() else None,
            math.fsum(np.nan_to_num(estimated).tolist()),
            min(1.0, math.fsum(np.nan_to_num(days.coverage[rows]).tolist()) / span_days),
            int(days.count[rows].sum()),
            int(days.valid[rows].sum()),
            int(np.bitwise_or.reduce(days.quality[rows])),
        )
    return found
