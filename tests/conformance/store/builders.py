"""Small readings for the tests."""

from __future__ import annotations

from datetime import date

import numpy as np

from greenpark.kernel.periods import day_start_us
from greenpark.kernel.readings import Readings, Rollups
from greenpark.store.interface import Frame, NotTaken

MINUTE = 60_000_000
HOUR = 60 * MINUTE
DAY = date(2026, 10, 3)
NEXT = date(2026, 10, 4)
T0 = day_start_us(DAY)
ALWAYS = (0, 1 << 61)


def rows(readings: Readings) -> list[tuple[int, int, float, int, int]]:
    return list(
        zip(
            readings.points.tolist(),
            readings.times.tolist(),
            readings.values.tolist(),
            readings.quality.tolist(),
            readings.frames.tolist(),
            strict=True,
        )
    )


def same(left: Readings, right: Readings) -> bool:
    """Byte for byte."""
    return all(
        getattr(left, c).dtype == getattr(right, c).dtype and getattr(left, c).tobytes() == getattr(right, c).tobytes()
        for c in Readings.__slots__
    )


def one(point: int, time: int, value: float, quality: int = 0, frame: int = 0) -> Readings:
    return Readings.of([point], [time], [value], [quality], [frame])


def grid(points: int, minutes: int, start: int = T0) -> Readings:
    """Each point once a minute, in order of arrival; value tells point and minute."""
    p = np.tile(np.arange(1, points + 1), minutes)
    m = np.repeat(np.arange(minutes), points)
    return Readings.of(p, start + m * MINUTE, p * 1000.0 + m)


def frame(number: int, raw: bytes = b"##0101QN=...") -> Frame:
    return Frame(number, T0 + 5, "hj212", "127.0.0.1:4711", "MN-1", raw)


def refused(received: int, code: str = "unknown_point", gateway: str = "http") -> NotTaken:
    return NotTaken(0, received, gateway, "10.0.0.7", "dev", 0, '["http","x"]', "1.5", code, "点位未登记", "", b"\x00{")


def rollups(points: list[int], starts: list[int], amounts: list[float]) -> Rollups:
    n = len(points)
    z, unknown = np.zeros(n), np.full(n, np.nan)
    ints = np.arange(n, dtype=np.int32)
    return Rollups(
        np.asarray(points, np.int32), np.asarray(starts, np.int64), np.asarray(amounts, np.float64),
        unknown, z - 1, z + 1, ints + 4, ints + 3, z + 0.75, z, ints,
    )  # fmt: skip
