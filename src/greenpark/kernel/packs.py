"""Packs: reviewed data with sources, shipped beside the code, read once and never written.

A pack is a folder with ``pack.json`` (its manifest: what it is, which edition, from when, from which documents) and
tables in CSV (UTF-8, a header line). Every table has a schema, a tuple of :class:`Column`; a cell that breaks it is
reported with file, row and column, so that a person can open the file and find it. Rows are numbered as a spreadsheet
shows them: the header is row 1.

This is the one place in the kernel that opens files. It may, because a pack is part of the product like its code;
engines never call it, they are handed the rows.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

import msgspec

MANIFEST = "pack.json"
_BOOLS = {"true": True, "false": False, "是": True, "否": False, "1": True, "0": False}


class BrokenPack(ValueError):
    """A pack that does not keep its schema. Names the file, the row (header = 1) and the column.

    ``row`` is None for a fault of the whole file, ``column`` is "" for a fault of the whole row. ``others`` holds the
    further faults of the same file, so that one run shows them all.
    """

    def __init__(self, file: Path | str, row: int | None, column: str, why: str) -> None:
        self.file, self.row, self.column, self.why = str(file), row, column, why
        self.others: tuple[BrokenPack, ...] = ()
        where = self.file + (f"，第 {row} 行" if row is not None else "") + (f"，列 {column}" if column else "")
        super().__init__(f"数据包有误：{where}：{why}")


Parse = Callable[[str], Any]


def _text(cell: str) -> str:
    return cell


def _decimal(cell: str) -> Decimal:
    try:
        value = Decimal(cell)
    except InvalidOperation:
        raise ValueError(f"应为数字，现为 {cell!r}") from None
    if not value.is_finite():
        raise ValueError(f"应为有限的数字，现为 {cell!r}")
    return value


def _integer(cell: str) -> int:
    if not re.fullmatch(r"-?\d+", cell):
        raise ValueError(f"应为整数，现为 {cell!r}")
    return int(cell)


def _date(cell: str) -> date:
    try:
        return date.fromisoformat(cell)
    except ValueError:
        raise ValueError(f"应为 2026-01-31 形式的日期，现为 {cell!r}") from None


def _bool(cell: str) -> bool:
    if cell.lower() not in _BOOLS:
        raise ValueError(f"应为 true 或 false，现为 {cell!r}")
    return _BOOLS[cell.lower()]


def _list(cell: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in cell.split(";") if part.strip())


#: Kind of a column -> parser of a non-blank cell. ``list`` is ``a; b; c`` and gives a tuple.
KINDS: Mapping[str, Parse] = {
    "text": _text,
    "decimal": _decimal,
    "integer": _integer,
    "date": _date,
    "bool": _bool,
    "list": _list,
}


@dataclass(frozen=True, slots=True)
class Column:
    """Schema of one column of a table.

    name      header in the file, exactly
    kind      one of :data:`KINDS`
    required  a blank cell is a fault; otherwise it reads as None (text and list: "" and ())
    choices   allowed texts (each element of a list column)
    pattern   regular expression the whole cell must match
    unique    no two rows may hold the same value (blank ones apart)
    low, high inclusive bounds of a decimal or integer
    check     own check of the parsed value: returns what is wrong, or ""
    absent    the column itself may be missing from the file
    """

    name: str
    kind: str = "text"
    required: bool = True
    choices: frozenset[str] = frozenset()
    pattern: str = ""
    unique: bool = False
    low: Decimal | int | None = None
    high: Decimal | int | None = None
    check: Callable[[Any], str] | None = field(default=None, compare=False)
    absent: bool = False

    def blank(self) -> Any:
        return {"text": "", "list": ()}.get(self.kind)

    def parse(self, cell: str) -> Any:
        """Value of a cell. Raises ValueError with the reason in Chinese."""
        if not cell:
            if self.required:
                raise ValueError("不能为空")
            return self.blank()
        if self.pattern and not re.fullmatch(self.pattern, cell):
            raise ValueError(f"{cell!r} 不符合格式 {self.pattern}")
        value = KINDS[self.kind](cell)
        for part in value if self.kind == "list" else (cell,):
            if self.choices and part not in self.choices:
                raise ValueError(f"{part!r} 不在允许的取值之内：{'、'.join(sorted(self.choices))}")
        if self.low is not None and value < self.low:
            raise ValueError(f"{cell} 小于下限 {self.low}")
        if self.high is not None and value > self.high:
            raise ValueError(f"{cell} 大于上限 {self.high}")
        why = self.check(value) if self.check else ""
        if why:
            raise ValueError(why)
        return value


@dataclass(frozen=True, slots=True)
class Row:
    """One checked row: typed values by column name, and where it stands."""

    file: str
    number: int
    """Row in the file, the header being 1."""
    values: Mapping[str, Any]

    def __getitem__(self, name: str) -> Any:
        return self.values[name]

    def text(self, name: str) -> str:
        return str(self.values[name])

    def decimal(self, name: str) -> Decimal | None:
        value = self.values[name]
        return value if isinstance(value, Decimal) else None

    def day(self, name: str) -> date | None:
        value = self.values[name]
        return value if isinstance(value, date) else None

    def broken(self, column: str, why: str) -> BrokenPack:
        """An error that points to this row, for checks across columns or tables."""
        return BrokenPack(self.file, self.number, column, why)


def load_table(path: Path, columns: Sequence[Column]) -> list[Row]:
    """Read a CSV table against its schema.

    Raises BrokenPack for the first fault (file missing, not UTF-8, unknown or missing column, wrong number of cells,
    a cell that breaks its column); the further ones are in its ``others``. Cells are stripped of outer spaces.
    """
    rows, faults = read_table(path, columns)
    _raise_first(faults)
    return rows


def read_table(path: Path, columns: Sequence[Column]) -> tuple[list[Row], list[BrokenPack]]:
    """As :func:`load_table`, but returns the sound rows and all faults instead of raising."""
    try:
        content = path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        return [], [BrokenPack(path, None, "", "文件不存在")]
    except UnicodeDecodeError as error:
        return [], [BrokenPack(path, None, "", f"不是 UTF-8 编码（第 {error.start} 字节）")]
    return parse_table(content, columns, file=str(path))


def parse_table(content: str, columns: Sequence[Column], *, file: str) -> tuple[list[Row], list[BrokenPack]]:
    """As :func:`read_table`, from text. ``file`` is only used in messages."""
    lines = csv.reader(io.StringIO(content, newline=""), strict=True)
    try:
        header = [name.strip() for name in next(lines, [])]
        faults = _header_faults(header, columns, file)
        if faults:
            return [], faults
        rows: list[Row] = []
        for number, cells in enumerate(lines, start=2):
            if not any(cell.strip() for cell in cells):
                continue
            row, wrong = _row(file, number, header, cells, columns)
            faults += wrong
            if row is not None:
                rows.append(row)
    except csv.Error as error:
        return [], [BrokenPack(file, lines.line_num, "", f"不是合格的 CSV：{error}")]
    return rows, faults + _repeated(rows, columns)


def _header_faults(header: list[str], columns: Sequence[Column], file: str) -> list[BrokenPack]:
    if not header:
        return [BrokenPack(file, 1, "", "没有表头")]
    known = {column.name for column in columns}
    faults = [BrokenPack(file, 1, name, "表头中没有这一列") for name in sorted(_needed(columns) - set(header))]
    faults += [BrokenPack(file, 1, name, "不认识的列") for name in header if name not in known]
    return faults + [
        BrokenPack(file, 1, name, "列名重复") for name in sorted({n for n in header if header.count(n) > 1})
    ]


def _needed(columns: Sequence[Column]) -> set[str]:
    return {column.name for column in columns if not column.absent}


def _row(
    file: str, number: int, header: list[str], cells: list[str], columns: Sequence[Column]
) -> tuple[Row | None, list[BrokenPack]]:
    if len(cells) != len(header):
        why = f"有 {len(cells)} 格，表头有 {len(header)} 列（文字中的逗号要用引号括起）"
        return None, [BrokenPack(file, number, "", why)]
    by_name = dict(zip(header, cells, strict=True))
    values: dict[str, Any] = {}
    faults: list[BrokenPack] = []
    for column in columns:
        if column.name not in by_name:
            values[column.name] = column.blank()
            continue
        try:
            values[column.name] = column.parse(by_name[column.name].strip())
        except ValueError as error:
            faults.append(BrokenPack(file, number, column.name, str(error)))
    return (None if faults else Row(file, number, values)), faults


def _repeated(rows: Iterable[Row], columns: Sequence[Column]) -> list[BrokenPack]:
    faults = []
    for column in columns:
        if not column.unique:
            continue
        seen: dict[Any, int] = {}
        for row in rows:
            value = row[column.name]
            if value in (None, "", ()):
                continue
            if value in seen:
                faults.append(row.broken(column.name, f"{value!r} 与第 {seen[value]} 行重复"))
            seen.setdefault(value, row.number)
    return faults


def refer(rows: Iterable[Row], column: str, known: Iterable[str], what: str) -> None:
    """Check that every non-blank cell (each element of a list) of a column names something known.

    Raises BrokenPack for the first that does not. ``what`` says where the names live, as in ``来源表 sources``.
    """
    names = set(known)
    faults = []
    for row in rows:
        value = row[column]
        parts = value if isinstance(value, tuple) else (value,) if value not in (None, "") else ()
        faults += [row.broken(column, f"{part!r} 不在{what}之中") for part in parts if part not in names]
    _raise_first(faults)


def _raise_first(faults: Sequence[BrokenPack]) -> None:
    if faults:
        first = faults[0]
        first.others = tuple(faults[1:])
        raise first


class Source(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A document or data source a pack rests on."""

    title: str
    kind: str
    """official, secondary (a transcription or program), mirror (a re-post), arithmetic or recalled (not retrieved)."""
    publisher: str = ""
    year: str = ""
    address: str = ""


class Manifest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``pack.json``: what a pack is, which edition, from when, from which documents."""

    id: str
    title: str
    edition: str
    kind: str
    """standard or region."""
    effective_from: date | None = None
    effective_to: date | None = None
    """Last day in force, inclusive; absent while in force."""
    documents: tuple[str, ...] = ()
    """The official documents the pack restates, by number."""
    sources: dict[str, Source] = {}
    """Key -> where values were found. Tables refer to these keys."""
    tables: dict[str, str] = {}
    """Name of a table -> file in the folder."""
    requires: tuple[str, ...] = ()
    """Ids of packs this one builds on."""
    notes: str = ""
    extra: dict[str, Any] = {}
    """Free settings of one kind of pack; whoever reads them checks them."""


@dataclass(frozen=True, slots=True)
class Pack:
    """A manifest and its folder."""

    folder: Path
    manifest: Manifest

    def table(self, name: str, columns: Sequence[Column]) -> list[Row]:
        """Rows of the table ``name`` of the manifest. Raises BrokenPack, also when there is no such table."""
        file = self.manifest.tables.get(name)
        if file is None:
            raise BrokenPack(self.folder / MANIFEST, None, f"tables.{name}", "清单中没有这张表")
        return load_table(self.folder / file, columns)


def load_pack(folder: Path) -> Pack:
    """Read the manifest of a pack. Raises BrokenPack (``column`` is the place in the JSON)."""
    path = folder / MANIFEST
    try:
        raw = path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        raise BrokenPack(path, None, "", "文件不存在") from None
    try:
        manifest = msgspec.json.decode(raw, type=Manifest)
    except msgspec.ValidationError as error:
        why, _, place = str(error).partition(" - at ")
        raise BrokenPack(path, None, place.strip("`"), why) from None
    except msgspec.DecodeError as error:
        raise BrokenPack(path, None, "", f"不是合格的 JSON：{error}") from None
    for name, file in manifest.tables.items():
        target = (folder / file).resolve()
        if not target.is_relative_to(folder.resolve()) or not target.is_file():
            raise BrokenPack(path, None, f"tables.{name}", f"没有文件 {file}")
    return Pack(folder, manifest)


def find_packs(root: Path, kind: str = "") -> Iterator[Pack]:
    """All packs below a folder, in order of their paths; ``kind`` limits them to standard or region packs."""
    for path in sorted(root.glob(f"**/{MANIFEST}")):
        pack = load_pack(path.parent)
        if not kind or pack.manifest.kind == kind:
            yield pack
