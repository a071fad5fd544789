"""A broken pack names file, row and column; a sound one comes back typed."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from greenpark.kernel.packs import BrokenPack, Column, find_packs, load_pack, load_table, refer

COLUMNS = (
    Column("id", unique=True, pattern=r"[a-z0-9_]+"),
    Column("value", "decimal", required=False, low=0),
    Column("unit", choices=frozenset({"t", "GJ"})),
    Column("valid_from", "date", required=False),
    Column("tags", "list", required=False, absent=True),
)


def table(tmp_path: Path, text: str | bytes) -> Path:
    path = tmp_path / "table.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def test_cells_come_back_typed_and_blanks_stay_blank(tmp_path: Path) -> None:
    path = table(tmp_path, "\ufeffid,value,unit,valid_from,tags\na, 0.1229 ,t,2026-01-31,x; y\nb,,GJ,,\n\n")
    first, second = load_table(path, COLUMNS)
    assert (first["value"], first.day("valid_from"), first["tags"]) == (
        Decimal("0.1229"),
        date(2026, 1, 31),
        ("x", "y"),
    )
    assert (second.decimal("value"), second["valid_from"], second["tags"], second.number) == (None, None, (), 3)


@pytest.mark.parametrize(
    ("text", "row", "column", "why"),
    [
        ("id,value,unit,valid_from\na,x,t,\n", 2, "value", "应为数字"),
        ("id,value,unit,valid_from\na,NaN,t,\n", 2, "value", "有限"),
        ("id,value,unit,valid_from\na,-1,t,\n", 2, "value", "下限"),
        ("id,value,unit,valid_from\na,1,kg,\n", 2, "unit", "允许的取值"),
        ("id,value,unit,valid_from\na,1,,\n", 2, "unit", "不能为空"),
        ("id,value,unit,valid_from\na,1,t,2026-13-01\n", 2, "valid_from", "日期"),
        ("id,value,unit,valid_from\na,1,t,\na,2,t,\n", 3, "id", "重复"),
        ("id,value,unit,valid_from\nA,1,t,\n", 2, "id", "格式"),
        ("id,value,unit,valid_from\na,1,t\n", 2, "", "3 格"),
        ("id,value,valid_from\na,1,\n", 1, "unit", "没有这一列"),
        ("id,value,unit,valid_from,colour\na,1,t,,red\n", 1, "colour", "不认识"),
        ("", 1, "", "没有表头"),
        ('id,value,unit,valid_from\n"a,1,t,\n', 2, "", "CSV"),
        (b"id,value,unit,valid_from\n\xc3\x28,1,t,\n", None, "", "UTF-8"),
    ],
)
def test_a_fault_names_its_place(tmp_path: Path, text: str | bytes, row: int | None, column: str, why: str) -> None:
    path = table(tmp_path, text)
    with pytest.raises(BrokenPack) as caught:
        load_table(path, COLUMNS)
    assert (caught.value.file, caught.value.row, caught.value.column) == (str(path), row, column)
    assert why in caught.value.why
    assert str(path) in str(caught.value)


def test_one_run_shows_all_faults(tmp_path: Path) -> None:
    path = table(tmp_path, "id,value,unit,valid_from\na,x,kg,\nb,y,t,\n")
    with pytest.raises(BrokenPack) as caught:
        load_table(path, COLUMNS)
    places = [(fault.row, fault.column) for fault in (caught.value, *caught.value.others)]
    assert places == [(2, "value"), (2, "unit"), (3, "value")]


def test_missing_file(tmp_path: Path) -> None:
    with pytest.raises(BrokenPack, match="不存在"):
        load_table(tmp_path / "none.csv", COLUMNS)


def test_references_are_checked(tmp_path: Path) -> None:
    rows = load_table(table(tmp_path, "id,value,unit,valid_from,tags\na,1,t,,x;z\n"), COLUMNS)
    refer(rows, "tags", {"x", "z"}, "标签表")
    with pytest.raises(BrokenPack) as caught:
        refer(rows, "tags", {"x"}, "标签表")
    assert (caught.value.row, caught.value.column) == (2, "tags")


def write_manifest(folder: Path, **changes: object) -> None:
    folder.mkdir(exist_ok=True)
    manifest = {"id": "demo", "title": "演示", "edition": "1", "kind": "standard", "tables": {"t": "table.csv"}}
    (folder / "pack.json").write_text(json.dumps(manifest | changes))


def test_a_manifest_is_checked(tmp_path: Path) -> None:
    folder = tmp_path / "one"
    write_manifest(folder)
    with pytest.raises(BrokenPack) as caught:
        load_pack(folder)
    assert caught.value.column == "tables.t"
    table(folder, "id,value,unit,valid_from\na,1,t,\n")
    pack = load_pack(folder)
    assert [row["id"] for row in pack.table("t", COLUMNS)] == ["a"]
    with pytest.raises(BrokenPack):
        pack.table("other", COLUMNS)
    assert [found.manifest.id for found in find_packs(tmp_path, "standard")] == ["demo"]
    assert not list(find_packs(tmp_path, "region"))


@pytest.mark.parametrize(
    ("changes", "place"),
    [({"edition": 3}, "$.edition"), ({"effective_from": "soon"}, "$.effective_from"), ({"wrong": 1}, "")],
)
def test_a_broken_manifest_names_the_place(tmp_path: Path, changes: dict[str, object], place: str) -> None:
    write_manifest(tmp_path, **changes)
    with pytest.raises(BrokenPack) as caught:
        load_pack(tmp_path)
    assert caught.value.column == place


def test_a_table_outside_the_folder_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "pack"
    table(tmp_path, "id\n")
    write_manifest(folder, tables={"t": "../table.csv"})
    with pytest.raises(BrokenPack):
        load_pack(folder)
