"""Points with their newest readings, and how well data comes in."""

from __future__ import annotations

from datetime import datetime

import numpy as np

from greenpark.domains.accounts.contracts import Actor
from greenpark.domains.overview.contracts import Collection, LatestValue
from greenpark.domains.overview.rules import is_online, quality_level
from greenpark.domains.registry import facade as registry
from greenpark.domains.registry.contracts import PointView
from greenpark.domains.telemetry import facade as telemetry
from greenpark.kernel.periods import from_us, to_us
from greenpark.kernel.points import PointKind

#: More points than any park has; a region would page.
_ALL = 1_000_000
_SILENT_SHOWN = 8


def active_points(
    actor: Actor, *, enterprise_id: int | None = None, medium: str = "", balance: str = ""
) -> list[PointView]:
    """Active points in scope."""
    chosen = registry.PointFilter(enterprise_id=enterprise_id, medium=medium, balance=balance, state="active")
    return registry.points(actor, chosen, limit=_ALL)[0]


def newest(points: list[PointView]) -> dict[int, tuple[int, float, int]]:
    """Point id -> time [µs], raw value, quality of the newest reading."""
    if not points:
        return {}
    rows = telemetry.latest(np.asarray(sorted(p.id for p in points), np.int32))
    columns = zip(rows.points.tolist(), rows.times.tolist(), rows.values.tolist(), rows.quality.tolist(), strict=True)
    return {point: (time, value, quality) for point, time, value, quality in columns}


def collection(actor: Actor, at: datetime) -> Collection:
    """Online rate of the actor's scope."""
    points = active_points(actor)
    known, now_us = newest(points), to_us(at)
    silent = [
        point
        for point in points
        if not is_online(known[point.id][0] if point.id in known else None, point.spec.expected_interval_s, now_us)
    ]
    times = [time for time, _value, _quality in known.values()]
    return Collection(
        len(points),
        len(points) - len(silent),
        from_us(max(times)) if times else None,
        tuple(
            (
                point.id,
                f"{point.enterprise_name} · {point.name}",
                from_us(known[point.id][0]) if point.id in known else None,
            )
            for point in silent[:_SILENT_SHOWN]
        ),
    )


def latest_values(actor: Actor, enterprise_id: int, at: datetime) -> list[LatestValue]:
    """Every active point of an enterprise with its newest reading."""
    points = active_points(actor, enterprise_id=enterprise_id)
    known, now_us = newest(points), to_us(at)
    return [_value(point, known.get(point.id), now_us) for point in points]


def _value(point: PointView, reading: tuple[int, float, int] | None, now_us: int) -> LatestValue:
    level, text = quality_level(reading[2]) if reading else ("none", "尚无读数")
    # A register's display and a momentary value are scaled alike: CT×PT applies to both.
    value = None
    if reading:
        value = reading[1] if point.spec.kind is PointKind.STATE else reading[1] * point.spec.multiplier
    online = is_online(reading[0] if reading else None, point.spec.expected_interval_s, now_us)
    return LatestValue(
        point_id=point.id,
        code=point.code,
        name=point.name,
        facility=point.facility,
        medium=point.medium,
        medium_name=registry.MEDIA.get(point.medium, point.medium),
        kind=point.spec.kind.value,
        kind_name=registry.POINT_KINDS.get(point.spec.kind.value, point.spec.kind.value),
        unit=point.spec.unit,
        value=value,
        at=from_us(reading[0]) if reading else None,
        quality=reading[2] if reading else 0,
        quality_level=level,
        quality_text=text,
        online=online,
        demo=point.demo,
    )
