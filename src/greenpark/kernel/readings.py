"""Readings and rollups as columns. Everything that moves many values moves them in these."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

Int32s: TypeAlias = npt.NDArray[np.int32]
Int64s: TypeAlias = npt.NDArray[np.int64]
Floats: TypeAlias = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Readings:
    """Columns of equal length; a row is one reading.

    points   int32    point id
    times    int64    UTC microseconds since 1970
    values   float64  raw value as the device sent it, finite
    quality  int32    mask of :class:`greenpark.kernel.quality.Quality`
    frames   int64    id of the frame (message, file row group) that brought it; 0 when none is kept
    """

    points: Int32s
    times: Int64s
    values: Floats
    quality: Int32s
    frames: Int64s

    def __len__(self) -> int:
        return len(self.points)

    @classmethod
    def of(
        cls,
        points: Sequence[int] | Int32s,
        times: Sequence[int] | Int64s,
        values: Sequence[float] | Floats,
        quality: Sequence[int] | Int32s | None = None,
        frames: Sequence[int] | Int64s | None = None,
    ) -> Readings:
        """Build from any sequences; quality defaults to GOOD, frames to 0. Raises ValueError on unequal lengths."""
        n = len(points)
        columns = cls(
            np.asarray(points, np.int32),
            np.asarray(times, np.int64),
            np.asarray(values, np.float64),
            np.zeros(n, np.int32) if quality is None else np.asarray(quality, np.int32),
            np.zeros(n, np.int64) if frames is None else np.asarray(frames, np.int64),
        )
        if not len(columns.times) == len(columns.values) == len(columns.quality) == len(columns.frames) == n:
            raise ValueError("columns of readings differ in length")
        return columns

    @classmethod
    def empty(cls) -> Readings:
        return cls.of([], [], [])

    @classmethod
    def concat(cls, parts: Iterable[Readings]) -> Readings:
        chosen = list(parts)
        if not chosen:
            return cls.empty()
        return cls(*(np.concatenate([getattr(p, c) for p in chosen]) for c in cls.__slots__))

    def take(self, index: Any) -> Readings:
        """Rows at ``index`` (integer array, boolean mask or slice)."""
        return Readings(*(getattr(self, c)[index] for c in self.__slots__))

    def sorted(self) -> Readings:
        """By point, then time; stable."""
        return self.take(np.lexsort((self.times, self.points)))


class Step(StrEnum):
    """Rollup periods. Days and months are cut in the park's zone."""

    QUARTER = "15min"
    HOUR = "hour"
    DAY = "day"
    MONTH = "month"


@dataclass(frozen=True, slots=True)
class Rollups:
    """Columns of equal length; a row is one point in one period of a step.

    points     int32    point id
    starts     int64    start of the period, UTC microseconds (periods are half-open)
    amount     float64  amount in the period: counters difference×multiplier [unit], intervals sum×multiplier [unit],
                        rates time integral [unit·h]; NaN where the kind has none or nothing is known
    mean       float64  mean of valid values, time-weighted for rates, states and concentrations; NaN when none
    low, high  float64  extremes of valid values; NaN when none
    count      int32    readings received with a time in the period
    valid      int32    of these, the ones that count
    coverage   float64  share of the period that valid data covers, 0 to 1
    estimated  float64  part of ``amount`` that was spread over a gap or substituted [same unit]
    quality    int32    OR of the masks of the readings, plus GAP, ROLLOVER, RESET and so on found here
    """

    points: Int32s
    starts: Int64s
    amount: Floats
    mean: Floats
    low: Floats
    high: Floats
    count: Int32s
    valid: Int32s
    coverage: Floats
    estimated: Floats
    quality: Int32s

    def __len__(self) -> int:
        return len(self.points)

    @classmethod
    def empty(cls) -> Rollups:
        ints, longs, floats = np.zeros(0, np.int32), np.zeros(0, np.int64), np.zeros(0, np.float64)
        return cls(ints, longs, floats, floats, floats, floats, ints, ints, floats, floats, ints)

    @classmethod
    def concat(cls, parts: Iterable[Rollups]) -> Rollups:
        chosen = list(parts)
        if not chosen:
            return cls.empty()
        return cls(*(np.concatenate([getattr(p, c) for p in chosen]) for c in cls.__slots__))

    def take(self, index: Any) -> Rollups:
        """Rows at ``index`` (integer array, boolean mask or slice)."""
        return Rollups(*(getattr(self, c)[index] for c in self.__slots__))
