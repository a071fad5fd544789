"""Rollups: recent periods in the database by (point, start), older ones in the history by month or year.

A row of the database wins over one of the history, so a late recalculation of an old period is an ordinary insert.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from greenpark.kernel.periods import Month, local_day
from greenpark.kernel.readings import Floats, Int32s, Int64s, Rollups, Step
from greenpark.store.database import Database, Rows
from greenpark.store.delta import Partitioned
from greenpark.store.history import among, clamped
from greenpark.store.inbox import tick
from greenpark.store.schema import ROLLUP_TABLES

_TIME = pa.timestamp("us", "UTC")
_FLOATS = ("amount", "mean", "low", "high", "coverage", "estimated")
_NAMES = ("point", "start", "amount", "mean", "low", "high", "count", "valid", "coverage", "estimated", "quality")
_KINDS = {"point": "i4", "start": "i8", "count": "i4", "valid": "i4", "quality": "i4"}
_ROW = np.dtype([(name, _KINDS.get(name, "f8")) for name in _NAMES])
_SUM = np.dtype([("start", "i8"), ("amount", "f8")])
_ARROW = {"f8": pa.float64(), "i4": pa.int32(), "i8": _TIME}
SCHEMA = pa.schema(
    [pa.field(n, _ARROW[_KINDS.get(n, "f8")], nullable=n in _FLOATS) for n in _NAMES]
    + [pa.field("part", pa.string(), nullable=False)]
)
#: Months that one partition of the history holds.
_YEARLY = {Step.DAY, Step.MONTH}
#: Rows moved from the database to the history in one step.
_MOVE_ROWS = 1_000_000
#: Rows handed to the writer of the history at a time.
_BATCH_ROWS = 1 << 17


def _columns(rollups: Rollups) -> dict[str, npt.NDArray[Any]]:
    return dict(zip(_NAMES, (getattr(rollups, c) for c in Rollups.__slots__), strict=True))


def _from_rows(rows: Rows) -> Rollups:
    return Rollups(*(np.ascontiguousarray(rows[name]) for name in _NAMES))


def _part(step: Step, month: Month) -> str:
    return f"{month.year:04d}" if step in _YEARLY else str(month)


def _parts(step: Step, starts: Int64s) -> list[tuple[str, npt.NDArray[np.bool_]]]:
    """Partitions that the starts fall into, with the rows of each."""
    found: dict[str, npt.NDArray[np.bool_]] = {}
    month, end = Month.of(local_day(int(starts.min()))), int(starts.max())
    while month.start_us() <= end:
        rows = (starts >= month.start_us()) & (starts < month.end_us())
        if rows.any():
            part = _part(step, month)
            found[part] = found[part] | rows if part in found else rows
        month = month.next()
    return list(found.items())


def overlay(older: Rollups, newer: Rollups) -> Rollups:
    """By point and start; of equal keys the row of ``newer`` (its last one) stands."""
    if not len(older) and _rising(newer):
        return newer
    both = Rollups.concat([older, newer])
    if not len(both):
        return both
    order = np.lexsort((both.starts, both.points))
    points, starts = both.points[order], both.starts[order]
    last = np.append((points[1:] != points[:-1]) | (starts[1:] != starts[:-1]), True)
    return both.take(order[last])


def _rising(rollups: Rollups) -> bool:
    """Whether the rows are by point and start already, each once."""
    step = np.diff(rollups.points)
    return bool(((step > 0) | ((step == 0) & (np.diff(rollups.starts) > 0))).all())


class RollupStore:
    """See the rollup operations of :class:`greenpark.store.interface.Store`."""

    def __init__(self, database: Database, path: str) -> None:
        self._database = database
        self._history = {step: Partitioned(f"{path.rstrip('/')}/rollups/{step.value}", SCHEMA, "part") for step in Step}

    # ── writing ────────────────────────────────────────────────────────────────────────────────────────────────

    def put(self, step: Step, rollups: Rollups) -> None:
        if not len(rollups):
            return
        with self._database.writing() as session:
            arrival = tick(session, 0)
            rollups = overlay(Rollups.empty(), rollups)
            columns = {**_columns(rollups), "arrival": np.full(len(rollups), arrival, np.int64)}
            session.upsert(ROLLUP_TABLES[step], ("point", "start"), columns)

    def backfill(self, step: Step, rollups: Rollups) -> None:
        """Under the seal lock of the caller."""
        if not len(rollups):
            return
        table = self._history[step]
        for part, rows in _parts(step, rollups.starts):
            chosen = rollups if rows.all() else rollups.take(rows)
            merged = overlay(self._read_part(step, part), chosen)
            table.replace([part], _batches(merged, part))
        with self._database.writing() as session:
            tick(session, 0)
            session.run(
                "INSERT INTO meta (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value "
                "WHERE meta.value < excluded.value",
                (f"history-{step.value}", int(rollups.starts.max())),
            )

    def move(self, step: Step, before_us: int, crash: Callable[[str], None]) -> int:
        """Rows of periods that began before ``before_us`` from the database to the history. Under the seal lock."""
        name = ROLLUP_TABLES[step]
        moved = 0
        while True:
            with self._database.reading() as session:
                head = session.one("SELECT value FROM meta WHERE name = 'arrival'")
                sql = f"SELECT {', '.join(_NAMES)} FROM {name} WHERE start < ? LIMIT ?"
                rows = session.columns(sql, (before_us, _MOVE_ROWS), _ROW)
            if not len(rows) or head is None:
                return moved
            self.backfill(step, _from_rows(rows))
            crash("rollups-delete")
            dropped = 0
            for chunk in np.array_split(rows, -(-len(rows) // 20_000)):
                with self._database.writing() as session:
                    keys = zip(chunk["point"].tolist(), chunk["start"].tolist(), strict=True)
                    # A row written anew since then carries a higher number and stays.
                    session.run_many(
                        f"DELETE FROM {name} WHERE point = ? AND start = ? AND arrival <= ?",
                        ((point, start, head[0]) for point, start in keys),
                    )
                dropped += len(chunk)
            moved += dropped

    # ── reading ────────────────────────────────────────────────────────────────────────────────────────────────

    def read(self, step: Step, points: Int32s | None, start_us: int, end_us: int) -> Rollups:
        recent = self._recent(step, points, start_us, end_us)
        until = self._history_until(step)
        if start_us > until:
            return recent
        return overlay(self._older(step, points, start_us, min(end_us, until + 1)), recent)

    def sums(self, step: Step, points: Int32s, start_us: int, end_us: int) -> tuple[Int64s, Floats]:
        until = self._history_until(step)
        if start_us > until:
            return self._recent_sums(step, points, start_us, end_us)
        rows = self.read(step, points, start_us, min(end_us, until + 1))
        known = rows.take(~np.isnan(rows.amount))
        starts, at = np.unique(known.starts, return_inverse=True)
        amounts = np.bincount(at, weights=known.amount, minlength=len(starts)).astype(np.float64)
        if end_us > until + 1:
            more, plus = self._recent_sums(step, points, until + 1, end_us)
            starts, amounts = np.concatenate([starts, more]), np.concatenate([amounts, plus])
        return starts, amounts

    def _history_until(self, step: Step) -> int:
        """Start of the newest period that the history may hold; everything later is in the database only."""
        with self._database.reading() as session:
            row = session.one("SELECT value FROM meta WHERE name = ?", (f"history-{step.value}",))
        return int(row[0]) if row else -(2**62)

    def _recent(self, step: Step, points: Int32s | None, start_us: int, end_us: int) -> Rollups:
        sql = f"SELECT {', '.join(_NAMES)} FROM {ROLLUP_TABLES[step]} WHERE start >= ? AND start < ?"
        params: list[Any] = [start_us, end_us]
        if points is not None:
            condition, param = self._database.among("point", points)
            sql, params = f"{sql} AND {condition}", [*params, param]
        with self._database.reading() as session:
            return _from_rows(session.columns(f"{sql} ORDER BY point, start", params, _ROW))

    def _recent_sums(self, step: Step, points: Int32s, start_us: int, end_us: int) -> tuple[Int64s, Floats]:
        condition, param = self._database.among("point", points)
        sql = f"""SELECT start, sum(amount) AS amount FROM {ROLLUP_TABLES[step]}
WHERE {condition} AND start >= ? AND start < ? AND amount IS NOT NULL GROUP BY start ORDER BY start"""
        with self._database.reading() as session:
            rows = session.columns(sql, (param, start_us, end_us), _SUM)
        return np.ascontiguousarray(rows["start"]), np.ascontiguousarray(rows["amount"])

    def _older(self, step: Step, points: Int32s | None, start_us: int, end_us: int) -> Rollups:
        if end_us <= start_us or (points is not None and not len(points)):
            return Rollups.empty()
        start = pc.field("start")
        where = (start >= pa.scalar(start_us, _TIME)) & (start < pa.scalar(end_us, _TIME))
        if points is not None:
            where = where & among(points)
        first, last = (_part(step, Month.of(local_day(clamped(us)))) for us in (start_us, end_us - 1))
        return _from_arrow(self._history[step].read(list(_NAMES), (first, last), where))

    def _read_part(self, step: Step, part: str) -> Rollups:
        return _from_arrow(self._history[step].read(list(_NAMES), [part], None))

    def tables(self) -> list[Partitioned]:
        return list(self._history.values())


def _from_arrow(table: pa.Table) -> Rollups:
    table = table.combine_chunks().set_column(1, "start", table["start"].cast(pa.int64()))
    return Rollups(*(table[name].to_numpy(zero_copy_only=False) for name in _NAMES))


def _batches(rollups: Rollups, part: str) -> Iterator[pa.RecordBatch]:
    """A piece at a time: a month of quarters of thousands of points is too large to be held twice."""
    for first in range(0, max(len(rollups), 1), _BATCH_ROWS):
        yield from _to_arrow(rollups.take(slice(first, first + _BATCH_ROWS)), part).to_batches()


def _to_arrow(rollups: Rollups, part: str) -> pa.Table:
    columns = _columns(rollups)
    arrays = [pa.array(columns[name], from_pandas=name in _FLOATS) for name in _NAMES]
    arrays[1] = pa.array(rollups.starts).view(_TIME)
    return pa.table([*arrays, pa.repeat(pa.scalar(part, pa.string()), len(rollups))], schema=SCHEMA)
