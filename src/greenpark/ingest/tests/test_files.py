"""Files: both layouts, both encodings, errors cell by cell, the workbook that goes back, nothing half-stored."""

from __future__ import annotations

import io
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest
from openpyxl import Workbook, load_workbook

from greenpark.ingest.directory import FixedDirectory
from greenpark.ingest.files.importing import HasErrors, Preview, preview, store_file
from greenpark.ingest.files.tables import BadFile, read_table
from greenpark.ingest.files.workbooks import error_workbook, template
from greenpark.ingest.pipeline import NoKeeper, Pipeline
from greenpark.kernel.periods import PARK_ZONE, to_us
from greenpark.kernel.points import PointKind, PointSpec
from greenpark.kernel.quality import Quality
from greenpark.store.combined import ReadingStore
from greenpark.store.opening import open_store

NOW = to_us(datetime(2026, 11, 22, 12, tzinfo=PARK_ZONE))
A = PointSpec(1, PointKind.COUNTER, "kWh", 900)
B = PointSpec(2, PointKind.RATE, "m3/h", 900, commissioned_us=to_us(datetime(2026, 1, 1, tzinfo=PARK_ZONE)))
NAMES = {"D-01": A, "一号总表": A, "S-02": B, "1001": A}


def at(text: str) -> int:
    return to_us(datetime.fromisoformat(text).replace(tzinfo=PARK_ZONE))


@pytest.fixture
def store(tmp_path: Path) -> ReadingStore:
    return open_store(f"sqlite:///{tmp_path}/r.sqlite3", str(tmp_path / "history"))


@pytest.fixture
def sink(store: ReadingStore) -> Pipeline:
    directory = FixedDirectory.of({("point", "1"): A, ("point", "2"): B})
    return Pipeline(store, directory, NoKeeper(), lambda: NOW)


def look(data: bytes | str, store: ReadingStore, name: str = "x.csv") -> Preview:
    raw = data.encode() if isinstance(data, str) else data
    return preview(name, raw, NAMES.get, store, now_us=NOW)


LONG = "监测点*,时间,数值（kWh）,质量\nD-01,2026-11-01 00:00,100.5,\n一号总表,2026/11/1 0:15,101,D\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_long_layout_in_the_encodings_of_excel(encoding: str, store: ReadingStore, sink: Pipeline) -> None:
    shown = look(LONG.encode(encoding), store)
    assert (shown.new, shown.updated, shown.unchanged, shown.errors) == (2, 0, 0, ())
    done = store_file(shown, sink, who="李敏", now_us=NOW)
    assert done.accepted == 2
    stored = store.read([1], at("2026-11-01"), at("2026-11-02"))
    assert stored.values.tolist() == [100.5, 101.0]
    assert stored.times.tolist() == [at("2026-11-01T00:00"), at("2026-11-01T00:15")]
    assert stored.quality.tolist() == [Quality.MANUAL_ENTRY, Quality.MANUAL_ENTRY | Quality.DEVICE_FAULT]
    frame = store.frame(int(stored.frames[0]))
    assert frame is not None
    assert "一号总表".encode() in frame.raw


def test_importing_again_changes_nothing_and_a_correction_is_an_update(store: ReadingStore, sink: Pipeline) -> None:
    store_file(look(LONG, store), sink, who="x", now_us=NOW)
    again = look(LONG, store)
    assert (again.new, again.updated, again.unchanged) == (0, 0, 2)
    corrected = look(LONG.replace("100.5", "100.7"), store)
    assert (corrected.new, corrected.updated, corrected.unchanged) == (0, 1, 1)
    store_file(corrected, sink, who="x", now_us=NOW + 1)
    assert [r.value for r in store.replaced(1, 0, NOW)] == [100.5]


def test_wide_layout_from_a_workbook_with_a_title_above(store: ReadingStore) -> None:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    for row in (
        ["2026 年 11 月抄表"],
        ["时间", "D-01（kW·h）", "S-02"],
        [datetime(2026, 11, 1), 100, 5.5],  # noqa: DTZ001
        ["2026-11-01 00:15", "1,001.5", None],
        [46327.0, 102, "—"],  # a date that lost its format: 2026-11-01
    ):
        sheet.append(row)
    out = io.BytesIO()
    book.save(out)
    shown = look(out.getvalue(), store, "x.xlsx")
    assert shown.observations.values[:3] == [100.0, 5.5, 1001.5]
    assert shown.observations.empty == 2
    assert [(e.row, e.column) for e in shown.errors] == [(2, 1)]  # the same moment as line 1, another value
    assert "第 3 行" in shown.errors[0].message


def test_every_kind_of_fault_is_named_in_its_cell(store: ReadingStore, sink: Pipeline) -> None:
    text = (
        "监测点,时间,数值,单位,质量\n"
        "X-99,2026-11-01,1,,\n"
        "D-01,gestern,1,,\n"
        "D-01,2026-11-01,abc,,\n"
        "D-01,2026-11-01,1,Wh,\n"
        "D-01,2026-11-01,1,,Z\n"
        "D-01,2027-11-01,1,,\n"
        "S-02,2025-12-31 23:59,1,,\n"
        "D-01,1999-01-01,1,,\n"
        "D-01,2026-11-01,nan,,\n"
        ",,,,\n"
        "D-01,2026-11-02,,,\n"
        "1001,2026-11-03,7,kWh,N\n"
    )
    shown = look(text, store)
    assert [(e.row, e.column) for e in shown.errors] == [
        (0, 0), (1, 1), (2, 2), (3, 3), (4, 4), (5, 2), (6, 2), (7, 2), (8, 2),
    ]  # fmt: skip
    assert shown.new == 1
    assert shown.observations.empty == 1
    with pytest.raises(HasErrors, match="9 处错误"):
        store_file(shown, sink, who="x", now_us=NOW)
    assert not len(store.read(None, 0, NOW + 10**12))
    done = store_file(shown, sink, who="x", now_us=NOW, partial=True)
    assert (done.accepted, done.left_out) == (1, 9)


def test_errors_go_back_in_the_same_workbook(store: ReadingStore) -> None:
    shown = look("监测点,时间,数值\nD-01,2026-11-01,1\nX,2026-11-01,=1+1\n", store)
    sheet = load_workbook(io.BytesIO(error_workbook(shown))).active
    assert sheet is not None
    assert sheet.max_row == 3
    assert sheet.cell(1, 4).value == "校验结果"
    assert not sheet.cell(2, 4).value
    assert "A3：没有编号或名称为「X」" in str(sheet.cell(3, 4).value)
    assert sheet.cell(3, 1).fill.fgColor.rgb == "00FCE8EB"
    assert sheet.cell(3, 1).comment is not None
    assert sheet.cell(3, 3).value == "'=1+1"  # not a formula
    only = load_workbook(io.BytesIO(error_workbook(shown, only_errors=True))).active
    assert only is not None
    assert only.max_row == 2
    assert "A2：" in str(only.cell(2, 4).value)


@pytest.mark.parametrize(
    ("name", "data", "says"),
    [
        ("x.pdf", b"", "格式不支持"),
        ("x.csv", b"", "表头"),
        ("x.csv", b"a,b\n1,2\n", "表头"),
        ("x.csv", "监测点,时间\nD-01,1\n".encode(), "「数值」"),
        ("x.csv", b"\x00\x01\x02", "不是文本"),
        ("x.xlsx", b"PK\x03\x04broken", "打不开"),
        ("x.csv", "时间\n2026-01-01\n".encode(), "表头"),
    ],
)
def test_files_that_cannot_be_used(name: str, data: bytes, says: str, store: ReadingStore) -> None:
    with pytest.raises(BadFile, match=says):
        look(data, store, name)


def test_the_template_can_be_filled_in_and_imported(store: ReadingStore) -> None:
    book = load_workbook(io.BytesIO(template([("D-01", "一号总表", "kWh"), ("=cmd", "x", "kW")])))
    sheet = book["读数"]
    sheet.cell(2, 3, 12.5)
    assert book["字典"].cell(3, 1).value == "'=cmd"
    out = io.BytesIO()
    book.save(out)
    shown = look(out.getvalue(), store, "t.xlsx")
    assert (shown.new, shown.errors) == (1, ())


def test_many_rows_become_several_frames_and_one_commit(store: ReadingStore, sink: Pipeline) -> None:
    start = at("2026-10-01")
    times = np.arange(5_000) * 900 * 1_000_000 + start
    text = "point,time,value\n" + "".join(f"D-01,{t},{i}\n" for i, t in enumerate(times.tolist()))
    done = store_file(look(text, store), sink, who="x", now_us=NOW)
    assert done.accepted == 5_000
    assert len(done.frame_ids) == 3
    stored = store.read([1], start, NOW)
    assert stored.values.tolist() == list(map(float, range(5_000)))


def test_semicolons_and_tabs() -> None:
    assert read_table("x.csv", "时间;数值;编号\n1;2;3\n".encode()).header == ("时间", "数值", "编号")
    assert read_table("x.txt", "时间\t数值\n1\t2\n".encode()).rows == [["1", "2"]]
