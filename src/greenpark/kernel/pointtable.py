"""Point specifications as columns, so that checks and rollups of many points need no Python loop."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from greenpark.kernel.points import PointKind, PointSpec
from greenpark.kernel.readings import Floats, Int32s, Int64s

#: Order in which the kinds are numbered in :attr:`PointTable.kinds`.
KINDS = tuple(PointKind)


class UnknownPoint(LookupError):
    """Readings name a point that the table does not describe."""


@dataclass(frozen=True, slots=True)
class PointTable:
    """Columns sorted by ``ids``; NaN where a :class:`PointSpec` leaves a number open. Units as in ``PointSpec``."""

    ids: Int32s
    kinds: npt.NDArray[np.int8]
    interval_us: Int64s
    multiplier: Floats
    register_max: Floats
    min_value: Floats
    max_value: Floats
    max_rate: Floats

    @classmethod
    def of(cls, specs: Iterable[PointSpec]) -> PointTable:
        """Raises ValueError for an interval that is not positive or an id that occurs twice."""
        chosen = sorted(specs, key=lambda s: s.id)
        for spec, following in pairwise(chosen):
            if spec.id == following.id:
                raise ValueError(f"监测点 {spec.id} 的定义出现了两次，请只保留一条")
        for spec in chosen:
            if spec.expected_interval_s <= 0:
                raise ValueError(f"监测点 {spec.id} 的上报间隔应大于 0 秒，现为 {spec.expected_interval_s}")

        def numbers(name: str) -> Floats:
            found = [getattr(s, name) for s in chosen]
            return np.array([np.nan if x is None else x for x in found], np.float64)

        return cls(
            ids=np.array([s.id for s in chosen], np.int32),
            kinds=np.array([KINDS.index(s.kind) for s in chosen], np.int8),
            interval_us=np.array([s.expected_interval_s for s in chosen], np.int64) * 1_000_000,
            multiplier=numbers("multiplier"),
            register_max=numbers("register_max"),
            min_value=numbers("min_value"),
            max_value=numbers("max_value"),
            max_rate=numbers("max_rate"),
        )

    def __len__(self) -> int:
        return len(self.ids)

    def rows(self, points: Int32s) -> npt.NDArray[np.intp]:
        """Row of each point. Raises UnknownPoint naming the first that is missing."""
        if not len(points):
            return np.zeros(0, np.intp)
        if not len(self.ids):
            raise UnknownPoint(f"没有监测点 {int(points[0])} 的定义")
        found = np.minimum(np.searchsorted(self.ids, points), len(self.ids) - 1)
        missing = self.ids[found] != points
        if missing.any():
            raise UnknownPoint(f"没有监测点 {int(points[missing][0])} 的定义")
        return found


def run_starts(points: Int32s) -> npt.NDArray[np.intp]:
    """Index of the first row of each run of equal points; empty for no rows."""
    if not len(points):
        return np.zeros(0, np.intp)
    return np.concatenate(([0], np.flatnonzero(points[1:] != points[:-1]) + 1))
