"""Large CSV files of history, a few million rows a second: column-wise, without frames and without a preview.

For moving in years of readings once. Everyday files go through :mod:`.importing`, which checks and explains each cell.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

from greenpark.ingest.files.layouts import MANUAL, POINT_TITLES, VALUE_TITLES
from greenpark.ingest.files.tables import BadFile, is_time_title
from greenpark.kernel.periods import PARK_ZONE
from greenpark.kernel.readings import Int64s, Readings

#: Bytes read at a time; bounds the memory.
BLOCK_BYTES = 32 * 1024 * 1024


def read_bulk(path: Path, ids: Mapping[str, int], *, zone: ZoneInfo = PARK_ZONE) -> Iterator[Readings]:
    """Readings of a long CSV (point, time, value; UTF-8) block by block, in the order of the file.

    ids: what stands in the point's column -> point id. Times are ISO 8601 (without zone: ``zone``) or seconds, ms or µs
    since 1970. Empty values are left out. Raises BadFile for an unknown point or anything that is no number or time;
    blocks before it were already handed out.
    """
    try:
        reader = csv.open_csv(path, read_options=csv.ReadOptions(block_size=BLOCK_BYTES))
        names = _columns(reader.schema.names)
        for batch in reader:
            yield _readings(batch, names, ids, zone)
    except (pa.ArrowInvalid, OSError) as error:
        raise BadFile(f"{path.name} 读不下去：{error}") from error


def _columns(titles: list[str]) -> tuple[str, str, str]:
    def first(holds: Any, what: str) -> str:
        for title in titles:
            if holds(title.strip().lower()):
                return title
        raise BadFile(f"表头缺少{what}一列。批量文件应有 point、time、value 三列")

    return (
        first(POINT_TITLES.__contains__, "监测点"),
        first(is_time_title, "时间"),
        first(VALUE_TITLES.__contains__, "数值"),
    )


def _readings(batch: Any, names: tuple[str, str, str], ids: Mapping[str, int], zone: ZoneInfo) -> Readings:
    point, time, value = (batch.column(name) for name in names)
    known = pc.is_valid(value)
    if value.type != pa.float64():
        value = pc.cast(value, pa.float64())
    codes = pc.dictionary_encode(pc.cast(point, pa.string()))
    table = []
    for name in codes.dictionary.to_pylist():
        if name not in ids:
            raise BadFile(f"没有编号为「{name}」的监测点。请先登记，或从文件中去掉")
        table.append(ids[name])
    points = np.array(table, np.int32)[codes.indices.to_numpy(zero_copy_only=False)]
    values = pc.fill_null(value, 0.0).to_numpy(zero_copy_only=False)
    keep = known.to_numpy(zero_copy_only=False).astype(bool)
    if not np.isfinite(values[keep]).all():
        raise BadFile("文件中有不是有限数的数值。缺数请留空")
    quality = np.full(len(points), MANUAL, np.int32)
    return Readings.of(points, _times(time, zone), values, quality).take(keep)


def _times(column: Any, zone: ZoneInfo) -> Int64s:
    """UTC µs of a column of timestamps, ISO texts or numbers."""
    if pa.types.is_integer(column.type):
        numbers = column.to_numpy(zero_copy_only=False).astype(np.int64)
        for scale in (1, 1_000, 1_000_000):
            if (numbers // scale < 4_102_444_800).all():
                return np.asarray(numbers * (1_000_000 // scale), np.int64)
        raise BadFile("时间应为 1970 年以来的秒、毫秒或微秒数")
    if pa.types.is_string(column.type):
        column = pc.cast(column, pa.timestamp("us", tz="UTC"))
    if column.type.tz is None:
        column = pc.assume_timezone(pc.cast(column, pa.timestamp("us")), str(zone))
    return np.asarray(pc.cast(column, pa.timestamp("us", tz="UTC")).cast(pa.int64()).to_numpy(zero_copy_only=False))
