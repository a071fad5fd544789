"""Latest values, raw series, rollups, sums, online rate."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from greenpark.domains.telemetry.contracts import OnlineRate
from greenpark.domains.telemetry.selectors.store_access import access
from greenpark.engines import quality, rollup
from greenpark.kernel.pointtable import PointTable
from greenpark.kernel.readings import Floats, Int32s, Int64s, Readings, Rollups, Step
from greenpark.store.interface import Replaced

Points: TypeAlias = Sequence[int] | Int32s

#: How far beyond a window readings are taken along, so that the steps across its edges are whole [µs].
_MARGIN_US = 3 * 86_400_000_000
#: A point is online while its newest reading is not older than so many expected intervals …
_INTERVALS = 3
#: … and never called silent before this age [µs].
_LEAST_US = 600_000_000


def ids_of(points: Points) -> Int32s:
    """Sorted distinct point ids."""
    return np.unique(np.asarray(points, np.int32))


def latest(points: Points) -> Readings:
    """The newest reading of each point that has one; by point."""
    ids = ids_of(points)
    return access().store.latest(ids) if len(ids) else Readings.empty()


def readings(points: Points, start_us: int, end_us: int) -> Readings:
    """Raw readings in the half-open span [UTC µs], by point and time, with the quality stored at ingest."""
    ids = ids_of(points)
    return access().store.read(ids, start_us, end_us) if len(ids) and start_us < end_us else Readings.empty()


def screened(points: Points, start_us: int, end_us: int) -> Readings:
    """Raw readings with what their neighbours say about them (spikes, flat lines, resets) added to the quality."""
    found = readings(points, start_us - _MARGIN_US, end_us + _MARGIN_US)
    if not len(found):
        return found
    table = _table(found.points)
    found = found.take(np.isin(found.points, table.ids))
    marked = Readings(found.points, found.times, found.values, quality.screen(found, table), found.frames)
    return marked.take((marked.times >= start_us) & (marked.times < end_us))


def _table(points: Int32s) -> PointTable:
    return PointTable.of(access().directory.specs(np.unique(points).tolist()))


def rollups(step: Step, points: Points, start_us: int, end_us: int) -> Rollups:
    """Rollup rows whose start lies in the half-open span [UTC µs], by point and start."""
    ids = ids_of(points)
    return access().store.rollups(step, ids, start_us, end_us) if len(ids) and start_us < end_us else Rollups.empty()


def rollup_sums(step: Step, points: Points, start_us: int, end_us: int) -> tuple[Int64s, Floats]:
    """Starts and the sum of ``amount`` over the points, unknown amounts left out. One unit and direction, please."""
    ids = ids_of(points)
    if not len(ids) or start_us >= end_us:
        return np.zeros(0, np.int64), np.zeros(0)
    return access().store.rollup_sums(step, ids, start_us, end_us)


def rollups_from_readings(step: Step, points: Points, start_us: int, end_us: int) -> Rollups:
    """The same rows computed afresh from the stored readings, without using any stored rollup: for verification."""
    found = readings(points, start_us - _MARGIN_US, end_us + _MARGIN_US)
    if not len(found):
        return Rollups.empty()
    table = _table(found.points)
    found = found.take(np.isin(found.points, table.ids))
    marked = Readings(found.points, found.times, found.values, quality.screen(found, table), found.frames)
    return rollup.rollup(marked, table, start_us, end_us, step)


def replaced(point: int, start_us: int, end_us: int) -> list[Replaced]:
    """Earlier values of the point that later ones replaced."""
    return access().store.replaced(point, start_us, end_us)


def change_counter() -> int:
    """Rises with every write of any process; cheap enough to ask every second."""
    return access().store.change_counter()


def is_online(times: Int64s, intervals_s: npt.NDArray[np.int64], now_us: int) -> npt.NDArray[np.bool_]:
    """Whether newest readings at ``times`` are recent enough for their expected intervals."""
    return now_us - times <= np.maximum(_INTERVALS * intervals_s * 1_000_000, _LEAST_US)


def online_rate(points: Points, now_us: int) -> OnlineRate:
    """Online rate 在线率 of the points, and the age of the newest reading among them."""
    ids = ids_of(points)
    newest = latest(ids)
    specs = {spec.id: spec.expected_interval_s for spec in access().directory.specs(newest.points.tolist())}
    intervals = np.array([specs.get(p, 0) for p in newest.points.tolist()], np.int64)
    online = int(is_online(newest.times, intervals, now_us).sum())
    return OnlineRate(
        len(ids),
        online,
        len(newest) - online,
        len(ids) - len(newest),
        int(newest.times.max()) if len(newest) else None,
    )
