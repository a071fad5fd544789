"""The checks for the catalogue: JSON in, JSON out."""

from __future__ import annotations

import msgspec
import numpy as np

from greenpark.engines.quality.checks import Limits, check, counting, estimate_max_rate
from greenpark.engines.quality.substitution import Reach, Rule, missing, substitute
from greenpark.kernel.calculation import Calculation
from greenpark.kernel.points import PointKind, PointSpec
from greenpark.kernel.pointtable import PointTable
from greenpark.kernel.quality import Quality
from greenpark.kernel.readings import Readings


class Point(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A monitoring point. Units as in the product: raw units for register_max, min_value, max_value; ``unit`` per hour
    for max_rate."""

    kind: PointKind
    unit: str
    expected_interval_s: int
    multiplier: float = 1.0
    register_max: float | None = None
    min_value: float | None = None
    max_value: float | None = None
    max_rate: float | None = None

    def table(self) -> PointTable:
        fields = {name: getattr(self, name) for name in self.__struct_fields__}
        return PointTable.of([PointSpec(id=1, **fields)])


class QualityInput(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Readings of one point by time: UTC µs, raw value, and the bits already known (0 when left out)."""

    point: Point
    times_us: list[int]
    values: list[float]
    quality: list[int] = []
    substitute_by: Rule | None = None


class Finding(msgspec.Struct, frozen=True):
    index: int
    time_us: int
    value: float
    bits: list[str]
    counts: bool


class SubstitutedValue(msgspec.Struct, frozen=True):
    time_us: int
    original: float | None
    value: float


class QualityOutput(msgspec.Struct, frozen=True):
    quality: list[int]
    findings: list[Finding]
    proposed_max_rate: float | None
    substituted: list[SubstitutedValue]


class UnsortedReadings(ValueError):
    """Times must rise; a moment may occur once."""


def columns(times: list[int], values: list[float], quality: list[int]) -> Readings:
    """Readings of point 1. Raises UnsortedReadings, ValueError for columns of unequal length."""
    readings = Readings.of([1] * len(times), times, values, quality or None)
    if len(readings) > 1 and (np.diff(readings.times) <= 0).any():
        at = int(np.flatnonzero(np.diff(readings.times) <= 0)[0]) + 1
        raise UnsortedReadings(f"第 {at + 1} 个读数的时间不晚于前一个，请按时间升序提供且同一时刻只给一个值")
    return readings


def run(request: QualityInput) -> QualityOutput:
    """Check the readings of one point and, when asked, substitute those that do not count."""
    table = request.point.table()
    readings = columns(request.times_us, request.values, request.quality)
    bits = check(readings, table, Limits())
    counts = counting(bits)
    findings = [
        Finding(int(i), int(readings.times[i]), float(readings.values[i]), _names(int(bits[i])), bool(counts[i]))
        for i in np.flatnonzero(bits)
    ]
    rate = float(estimate_max_rate(readings, table)[0])
    replaced: list[SubstitutedValue] = []
    if request.substitute_by is not None:
        marked = Readings(readings.points, readings.times, readings.values, bits, readings.frames)
        everything = Readings.concat([marked, missing(marked, table)]).sorted()
        done = substitute(everything, table, request.substitute_by, Reach())
        replaced = [
            SubstitutedValue(int(t), None if np.isnan(old) else float(old), float(new))
            for t, old, new in zip(done.readings.times, done.originals, done.readings.values, strict=True)
        ]
    return QualityOutput(bits.tolist(), findings, None if np.isnan(rate) else rate, replaced)


def _names(bits: int) -> list[str]:
    return [str(q.name) for q in Quality if q and bits & q]


CALCULATIONS = (
    Calculation(
        name="quality-check",
        summary_zh="检查一个监测点的读数：范围、突变、走平、缺失、回绕、换表、倍率变化，并可按规则替代",
        summary_en="Check the readings of one point (range, spikes, flat line, gaps, rollover, exchange, scale)",
        input=QualityInput,
        output=QualityOutput,
        run=run,
        source="docs/algorithms/quality.md",
    ),
)
