"""Preview and store the observations of a file.

The preview compares with what is stored, reading by reading. Storing is one commit for the whole file: after a crash
the file is in or it is not, and importing it again changes nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import orjson

from greenpark.ingest.files.layouts import MANUAL, CellError, Observations, Resolve, read_observations
from greenpark.ingest.files.tables import Cell, Table, read_table
from greenpark.ingest.pipeline import EARLIEST_US, Tolerances
from greenpark.ingest.reasons import moment
from greenpark.ingest.sink import Delivery, Receipt, Sink
from greenpark.kernel.readings import Readings
from greenpark.store.interface import Store

#: Rows of one frame: small enough to show, large enough not to bloat the store.
ROWS_PER_FRAME = 2_000


@dataclass(frozen=True, slots=True)
class Preview:
    """What importing the file would do. ``repeated`` are second mentions of the same point and time with the same
    value; with another value they are errors."""

    table: Table
    observations: Observations
    keep: tuple[int, ...]
    """Indices of the observations that would be stored."""
    new: int
    updated: int
    unchanged: int
    repeated: int
    errors: tuple[CellError, ...]
    points: int
    first_us: int | None
    last_us: int | None

    @property
    def rows_with_errors(self) -> set[int]:
        return {error.row for error in self.errors}


class HasErrors(ValueError):
    """The file has errors and a partial import was not asked for; nothing was stored."""


def preview(name: str, data: bytes, resolve: Resolve, store: Store, *, now_us: int) -> Preview:
    """Read, check and compare. Raises BadFile when the file as a whole cannot be used."""
    table = read_table(name, data)
    seen = read_observations(table, resolve)
    errors = list(seen.errors)
    good = _checked(seen, errors, now_us)
    good, repeated = _without_repeats(seen, good, errors, table)
    new, updated, unchanged = _compare(seen, good, store)
    times = [seen.times[i] for i in good]
    return Preview(
        table,
        seen,
        tuple(good),
        new,
        updated,
        unchanged,
        repeated,
        tuple(sorted(errors, key=lambda e: (e.row, e.column))),
        len({seen.specs[i].id for i in good}),
        min(times, default=None),
        max(times, default=None),
    )


def _checked(seen: Observations, errors: list[CellError], now_us: int) -> list[int]:
    """The same rules as for every other gateway, said of a cell."""
    latest = now_us + Tolerances().future_s * 1_000_000
    good = []
    for i, (spec, time_us, value) in enumerate(zip(seen.specs, seen.times, seen.values, strict=True)):
        problem = ""
        if not np.isfinite(value):
            problem = f"数值 {value} 不是有限的数。缺数请留空"
        elif time_us < EARLIEST_US:
            problem = f"时间 {moment(time_us)} 早于 2000 年"
        elif time_us > latest:
            problem = f"时间 {moment(time_us)} 在将来。请核对日期和时区"
        elif spec.commissioned_us is not None and time_us < spec.commissioned_us:
            problem = f"时间 {moment(time_us)} 早于监测点启用时间 {moment(spec.commissioned_us)}"
        elif spec.decommissioned_us is not None and time_us >= spec.decommissioned_us:
            problem = f"时间 {moment(time_us)} 不早于监测点停用时间 {moment(spec.decommissioned_us)}"
        if problem:
            errors.append(CellError(seen.rows[i], seen.columns[i], problem))
        else:
            good.append(i)
    return good


def _without_repeats(
    seen: Observations, good: list[int], errors: list[CellError], table: Table
) -> tuple[list[int], int]:
    first: dict[tuple[int, int], int] = {}
    kept, repeated = [], 0
    for i in good:
        key = (seen.specs[i].id, seen.times[i])
        known = first.setdefault(key, i)
        if known == i:
            kept.append(i)
        elif seen.values[known] == seen.values[i]:
            repeated += 1
        else:
            line = table.line(seen.rows[known])
            text = f"与第 {line} 行同一监测点、同一时间，数值不同（{seen.values[known]:g}）。请只保留一个"
            errors.append(CellError(seen.rows[i], seen.columns[i], text))
    return kept, repeated


def _compare(seen: Observations, good: Sequence[int], store: Store) -> tuple[int, int, int]:
    """new, updated, unchanged against the store."""
    if not good:
        return 0, 0, 0
    points = np.array([seen.specs[i].id for i in good], np.int32)
    times = np.array([seen.times[i] for i in good], np.int64)
    values = np.array([seen.values[i] for i in good])
    stored = store.read(np.unique(points), int(times.min()), int(times.max()) + 1)
    known = dict(
        zip(zip(stored.points.tolist(), stored.times.tolist(), strict=True), stored.values.tolist(), strict=True)
    )
    before = [known.get(key) for key in zip(points.tolist(), times.tolist(), strict=True)]
    new = sum(b is None for b in before)
    unchanged = sum(b is not None and b == v for b, v in zip(before, values.tolist(), strict=True))
    return new, len(before) - new - unchanged, unchanged


@dataclass(frozen=True, slots=True)
class Imported:
    """What was stored."""

    accepted: int
    refused: int
    left_out: int
    """Cells with errors, in a partial import."""
    frame_ids: tuple[int, ...] = ()
    receipts: tuple[Receipt, ...] = field(default=(), repr=False)


def store_file(shown: Preview, sink: Sink, *, who: str, now_us: int, partial: bool = False) -> Imported:
    """Store what the preview showed, in one commit. Raises HasErrors when there are errors and ``partial`` is False."""
    if shown.errors and not partial:
        raise HasErrors(
            f"文件有 {len(shown.errors)} 处错误，没有导入任何数据。请改正后重新上传，或选择只导入正确的部分"
        )
    deliveries = _deliveries(shown, who, now_us)
    receipts = sink.accept(deliveries) if deliveries else []
    return Imported(
        sum(r.accepted for r in receipts),
        sum(len(r.refused) for r in receipts),
        len(shown.errors),
        tuple(r.frame_id for r in receipts),
        tuple(receipts),
    )


def _deliveries(shown: Preview, who: str, now_us: int) -> list[Delivery]:
    seen, table = shown.observations, shown.table
    made: list[Delivery] = []
    chunk: list[int] = []

    def flush() -> None:
        if not chunk:
            return
        rows = sorted({seen.rows[i] for i in chunk})
        lines = [{"line": table.line(row), "cells": [_plain(c) for c in table.rows[row]]} for row in rows]
        raw = orjson.dumps({"file": table.name, "sheet": table.sheet, "header": table.header, "rows": lines})
        delivery = Delivery("file", table.name, who, now_us, raw)
        delivery.keys = [("point", str(seen.specs[i].id)) for i in chunk]
        delivery.times = [seen.times[i] for i in chunk]
        delivery.values = [seen.values[i] for i in chunk]
        delivery.flags = [seen.flags[i] | MANUAL for i in chunk]
        made.append(delivery)
        chunk.clear()

    last_row = -1
    for i in shown.keep:
        if len(chunk) >= ROWS_PER_FRAME and seen.rows[i] != last_row:
            flush()
        chunk.append(i)
        last_row = seen.rows[i]
    flush()
    return made


def _plain(cell: Cell) -> str | float | int | None:
    return cell if cell is None or isinstance(cell, str | int | float) else str(cell)


def as_readings(shown: Preview) -> Readings:
    """The observations as columns, for bulk loading without frames (:meth:`Store.backfill`)."""
    seen = shown.observations
    return Readings.of(
        [seen.specs[i].id for i in shown.keep],
        [seen.times[i] for i in shown.keep],
        [seen.values[i] for i in shown.keep],
        [seen.flags[i] | MANUAL for i in shown.keep],
    )
