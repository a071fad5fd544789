"""A spreadsheet or CSV file as rows of plain cells."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from datetime import date, datetime
from typing import TypeAlias

from python_calamine import CalamineError, CalamineWorkbook

Cell: TypeAlias = str | float | int | bool | datetime | date | None

MAX_BYTES = 50 * 1024 * 1024
MAX_CELLS = 3_000_000


class BadFile(ValueError):
    """The file as a whole cannot be used; says why and what to do next."""


@dataclass(frozen=True, slots=True)
class Table:
    """``rows`` below the header; the header stands in line ``header_line`` of the file (1 = first)."""

    name: str
    sheet: str
    header: tuple[str, ...]
    rows: list[list[Cell]]
    header_line: int

    def line(self, row: int) -> int:
        """Line number in the file, as people count."""
        return self.header_line + 1 + row


def read_table(name: str, data: bytes) -> Table:
    """By the ending: .csv (UTF-8 with or without BOM, then GB 18030), .xlsx, .xls (first sheet). Raises BadFile."""
    if len(data) > MAX_BYTES:
        raise BadFile(f"文件 {len(data) / 1e6:.0f} MB，超过上限 {MAX_BYTES // 1024 // 1024} MB。请按月拆分后导入")
    ending = name.lower().rpartition(".")[2]
    if ending in ("csv", "txt"):
        sheet, rows = "", _csv_rows(data)
    elif ending in ("xlsx", "xls", "xlsm"):
        sheet, rows = _sheet_rows(data)
    else:
        raise BadFile(f"{name} 的格式不支持。请使用 .xlsx、.xls 或 .csv 文件")
    return _with_header(name, sheet, rows)


def _csv_rows(data: bytes) -> list[list[Cell]]:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = data.decode(encoding)
            break
        except UnicodeDecodeError:
            continue
    else:
        raise BadFile("文件编码无法识别。请另存为 UTF-8 或 GB 18030（Excel 默认）编码的 CSV")
    if "\0" in text:
        raise BadFile("文件不是文本。请确认它是 CSV，或以 .xlsx 结尾上传")
    head = text[:4096].split("\n", 1)[0]
    delimiter = max(",\t;", key=head.count)
    return [list(row) for row in csv.reader(io.StringIO(text), delimiter=delimiter)]


def _sheet_rows(data: bytes) -> tuple[str, list[list[Cell]]]:
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(data))
        sheet = book.sheet_names[0]
        rows = book.get_sheet_by_name(sheet).to_python(skip_empty_area=False)
    except (CalamineError, OSError, ValueError, IndexError) as error:
        raise BadFile("文件打不开。请确认它没有密码保护，并以 .xlsx 格式另存后上传") from error
    return sheet, rows


def _with_header(name: str, sheet: str, rows: list[list[Cell]]) -> Table:
    """The header is the first line with at least two filled cells one of which names a time; titles may stand above."""
    if sum(len(row) for row in rows) > MAX_CELLS:
        raise BadFile(f"文件超过 {MAX_CELLS // 10_000} 万个单元格。请按月拆分后导入")
    for line, row in enumerate(rows[:20]):
        texts = tuple("" if cell is None else str(cell).strip() for cell in row)
        if any(is_time_title(text) for text in texts) and sum(bool(text) for text in texts) >= 2:
            return Table(name, sheet, texts, rows[line + 1 :], line + 1)
    raise BadFile("前 20 行里没有找到表头。表头应有「时间」一列，以及「监测点」和「数值」两列或每个监测点一列")


TIME_TITLES = frozenset(
    {"时间", "采集时间", "数据时间", "监测时间", "日期时间", "日期", "time", "timestamp", "datetime", "date"}
)


def bare(title: str) -> str:
    """A header without its asterisk and without the unit in brackets: ``数值（kWh）*`` -> ``数值``."""
    text = title.strip().strip("*＊").strip()
    for left in "（([":
        text = text.partition(left)[0].strip()
    return text.lower()


def is_time_title(title: str) -> bool:
    return bare(title) in TIME_TITLES
