"""The sealed past: readings, frames and rollups as Delta tables below one path."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from greenpark.kernel.periods import local_day
from greenpark.kernel.readings import Int32s, Readings
from greenpark.store import frame_ids
from greenpark.store.delta import Partitioned
from greenpark.store.inbox import EARLIEST_US, LATEST_US
from greenpark.store.interface import Frame

_TIME = pa.timestamp("us", "UTC")
READINGS = pa.schema(
    [
        pa.field("point", pa.int32(), nullable=False),
        pa.field("ts", _TIME, nullable=False),
        pa.field("value", pa.float64(), nullable=False),
        pa.field("quality", pa.int32(), nullable=False),
        pa.field("frame", pa.int64(), nullable=False),
        pa.field("day", pa.date32(), nullable=False),
    ]
)
FRAMES = pa.schema(
    [
        pa.field("id", pa.int64(), nullable=False),
        pa.field("received", _TIME, nullable=False),
        pa.field("gateway", pa.string(), nullable=False),
        pa.field("peer", pa.string(), nullable=False),
        pa.field("device", pa.string(), nullable=False),
        pa.field("raw", pa.binary(), nullable=False),
        pa.field("day", pa.date32(), nullable=False),
    ]
)
#: Up to so many partitions are named one by one; more make a range.
_NAMED = 62
_COLUMNS = ["point", "ts", "value", "quality", "frame"]


def clamped(us: int) -> int:
    """A moment within the years that the store takes, for spans such as "everything"."""
    return min(max(us, EARLIEST_US), LATEST_US)


def days_between(start_us: int, end_us: int) -> list[str] | tuple[str, str]:
    """Partitions that a half-open span touches."""
    first, last = local_day(clamped(start_us)), local_day(clamped(max(start_us, end_us - 1)))
    count = last.toordinal() - first.toordinal() + 1
    if count > _NAMED:
        return first.isoformat(), last.isoformat()
    return [date.fromordinal(first.toordinal() + n).isoformat() for n in range(count)]


def among(points: Int32s) -> pc.Expression:
    """Condition on ``point`` that also lets row groups be skipped by their statistics."""
    column = pc.field("point")
    if len(points) == 1:
        return column == pa.scalar(int(points[0]), pa.int32())
    low, high = pa.scalar(int(points.min()), pa.int32()), pa.scalar(int(points.max()), pa.int32())
    return (column >= low) & (column <= high) & column.isin(pa.array(points))


class History:
    """Sealed days."""

    def __init__(self, path: str) -> None:
        self.path = path.rstrip("/")
        self.readings = Partitioned(f"{self.path}/readings", READINGS, "day")
        self.frames = Partitioned(f"{self.path}/frames", FRAMES, "day", group_rows=1024)

    def read(self, points: Int32s | None, start_us: int, end_us: int) -> Readings:
        """Sealed readings of the span, in the order of the files."""
        if end_us <= start_us or (points is not None and not len(points)):
            return Readings.empty()
        ts = pc.field("ts")
        where = (ts >= pa.scalar(start_us, _TIME)) & (ts < pa.scalar(end_us, _TIME))
        if points is not None:
            where = where & among(points)
        return from_arrow(self.readings.read(_COLUMNS, days_between(start_us, end_us), where))

    def read_day(self, day: date, low: int, high: int) -> Readings:
        """Sealed readings of a day, of the points from ``low`` to ``high``, both included; by point and time."""
        point = pc.field("point")
        where = (point >= pa.scalar(low, pa.int32())) & (point <= pa.scalar(high, pa.int32()))
        return from_arrow(self.readings.read(_COLUMNS, [day.isoformat()], where))

    def frame(self, frame_id: int) -> Frame | None:
        day = frame_ids.day_of(frame_id).isoformat()
        columns = ["id", "received", "gateway", "peer", "device", "raw"]
        table = self.frames.read(columns, [day], pc.field("id") == pa.scalar(frame_id, pa.int64()))
        if not len(table):
            return None
        row = table.slice(0, 1)
        received = int(row["received"].cast(pa.int64())[0].as_py())
        gateway, peer, device, raw = (row[name][0].as_py() for name in ("gateway", "peer", "device", "raw"))
        return Frame(frame_id, received, gateway, peer, device, raw)

    def frame_ids(self, day: date, low: int, high: int) -> Sequence[int]:
        """Archived ids of a day between two, both included."""
        column = pc.field("id")
        where = (column >= pa.scalar(low, pa.int64())) & (column <= pa.scalar(high, pa.int64()))
        ids: list[int] = self.frames.read(["id"], [day.isoformat()], where)["id"].to_pylist()
        return ids


def from_arrow(table: pa.Table) -> Readings:
    table = table.combine_chunks()
    return Readings(
        table["point"].to_numpy(),
        table["ts"].cast(pa.int64()).to_numpy(),
        table["value"].to_numpy(),
        table["quality"].to_numpy(),
        table["frame"].to_numpy(),
    )


def to_arrow(readings: Readings, day: date) -> pa.Table:
    """A day's readings with its partition column."""
    n = len(readings)
    return pa.table(
        [
            readings.points,
            pa.array(readings.times).view(_TIME),
            readings.values,
            readings.quality,
            readings.frames,
            pa.array(np.full(n, day.toordinal() - date(1970, 1, 1).toordinal(), np.int32)).view(pa.date32()),
        ],
        schema=READINGS,
    )


def frames_to_arrow(frames: Iterable[Frame], day: date) -> pa.Table:
    rows = list(frames)
    return pa.table(
        [
            pa.array([f.id for f in rows], pa.int64()),
            pa.array([f.received_us for f in rows], pa.int64()).view(_TIME),
            pa.array([f.gateway for f in rows], pa.string()),
            pa.array([f.peer for f in rows], pa.string()),
            pa.array([f.device for f in rows], pa.string()),
            pa.array([f.raw for f in rows], pa.binary()),
            pa.array([day] * len(rows), pa.date32()),
        ],
        schema=FRAMES,
    )
