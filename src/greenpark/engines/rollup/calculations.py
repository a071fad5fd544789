"""Rollups for the catalogue: JSON in, JSON out."""

from __future__ import annotations

from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec
import numpy as np

from greenpark.engines.rollup.batch import Context, rollup
from greenpark.engines.rollup.slots import period_lengths, period_starts
from greenpark.kernel.calculation import Calculation
from greenpark.kernel.points import PointKind, PointSpec
from greenpark.kernel.pointtable import PointTable
from greenpark.kernel.readings import Readings, Step


class RollupInput(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Readings of one point by time (UTC µs, raw value), with quality bits as ``quality-check`` returns them."""

    kind: PointKind
    unit: str
    expected_interval_s: int
    times_us: list[int]
    values: list[float]
    quality: list[int] = []
    multiplier: float = 1.0
    register_max: float | None = None
    step: Step = Step.HOUR
    zone: str = "Asia/Shanghai"


class Period(msgspec.Struct, frozen=True):
    """One period. None where nothing is known; ``estimated`` is the part of ``amount`` that was spread over a gap."""

    start_us: int
    amount: float | None
    mean: float | None
    low: float | None
    high: float | None
    count: int
    valid: int
    coverage: float
    estimated: float
    quality: int


class RollupOutput(msgspec.Struct, frozen=True):
    unit: str
    periods: list[Period]


class BadReadings(ValueError):
    """The readings cannot be rolled up as given."""


def run(request: RollupInput) -> RollupOutput:
    """Roll up the readings of one point, from its first to its last."""
    try:
        zone = ZoneInfo(request.zone)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise BadReadings(f"时区 {request.zone!r} 不存在，应写作 Asia/Shanghai 的形式") from error
    readings = Readings.of([1] * len(request.times_us), request.times_us, request.values, request.quality or None)
    if not len(readings):
        return RollupOutput(request.unit, [])
    if (np.diff(readings.times) <= 0).any():
        raise BadReadings("读数应按时间升序提供，且同一时刻只给一个值")
    spec = PointSpec(
        id=1,
        kind=request.kind,
        unit=request.unit,
        expected_interval_s=request.expected_interval_s,
        multiplier=request.multiplier,
        register_max=request.register_max,
    )
    edges = period_starts(readings.times[[0, -1]], request.step, zone)
    reach = edges[1:] + period_lengths(edges[1:], request.step, zone)
    # An interval that starts in the last period may reach into the next.
    end = period_starts(reach + request.expected_interval_s * 1_000_000, request.step, zone)
    end = end + period_lengths(end, request.step, zone)
    rows = rollup(readings, PointTable.of([spec]), int(edges[0]), int(end[0]), request.step, Context(zone))
    return RollupOutput(
        request.unit,
        [
            Period(
                start_us=int(rows.starts[i]),
                amount=_known(rows.amount[i]),
                mean=_known(rows.mean[i]),
                low=_known(rows.low[i]),
                high=_known(rows.high[i]),
                count=int(rows.count[i]),
                valid=int(rows.valid[i]),
                coverage=float(rows.coverage[i]),
                estimated=float(rows.estimated[i]),
                quality=int(rows.quality[i]),
            )
            for i in range(len(rows))
        ],
    )


def _known(value: float) -> float | None:
    return None if np.isnan(value) else float(value)


CALCULATIONS = (
    Calculation(
        name="rollup",
        summary_zh="把一个监测点的读数汇总为 15 分钟、小时、日、月，跨界按时间分摊，缺失按可比日分摊",
        summary_en="Readings of one point to 15 min, hour, day or month; steps cut at boundaries, gaps shared out",
        input=RollupInput,
        output=RollupOutput,
        run=run,
        source="docs/algorithms/rollup.md",
    ),
)
