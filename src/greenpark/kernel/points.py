"""A monitoring point 监测点 as the measurement spine sees it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

#: Where a point's readings come from; the first element names the gateway. Compared literally.
#:   ("hj212", MN, "2061", "a21026-Avg")        command, factor and suffix as sent
#:   ("mqtt", topic, json_path)                 json_path "" when the payload is a bare number
#:   ("sparkplug", group, edge, device, metric) device "" for metrics of the edge node
#:   ("modbus", "host:port", unit, register)    all as text
#:   ("http", external_id)                      also used by CSV and Excel files
BindingKey: TypeAlias = tuple[str, ...]


class PointKind(StrEnum):
    """How values of a point add up over time."""

    COUNTER = "counter"  # ever-rising register; the amount is the difference
    INTERVAL = "interval"  # amount in the interval that STARTS at the reading's time
    RATE = "rate"  # momentary value [unit]; the amount is its time integral [unit·h]
    CONCENTRATION = "concentration"  # averaged over valid values; has no amount
    STATE = "state"  # last value holds; share of time per value


@dataclass(frozen=True, slots=True)
class PointSpec:
    """What checks and rollups need to know of a point. Times are UTC microseconds since 1970."""

    id: int
    kind: PointKind
    unit: str
    expected_interval_s: int
    multiplier: float = 1.0
    """Register units -> ``unit`` (CT×PT ratio of a meter). Applied when rolling up; stored values stay raw."""
    register_max: float | None = None
    """Counters: the register shows values below this and then starts at 0 again [raw units]."""
    min_value: float | None = None
    """Plausible range of a single reading [raw units]."""
    max_value: float | None = None
    max_rate: float | None = None
    """Counters and intervals: highest plausible increase [``unit`` per hour], multiplier applied."""
    commissioned_us: int | None = None
    decommissioned_us: int | None = None
