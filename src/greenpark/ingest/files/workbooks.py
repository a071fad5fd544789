"""Workbooks that go back to people: the template, and the file with its errors marked."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

from openpyxl import Workbook
from openpyxl.comments import Comment
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter

from greenpark.ingest.files.importing import Preview
from greenpark.ingest.files.tables import Cell

RED = PatternFill("solid", fgColor="FCE8EB")
HEAD = PatternFill("solid", fgColor="E9F0FC")
RESULT_TITLE = "校验结果"
#: Comments on more cells than this make a workbook slow to open; the result column still names them all.
MAX_COMMENTS = 2_000


def guarded(cell: Cell) -> Cell:
    """Texts that a spreadsheet would run as a formula are shown as text."""
    return "'" + cell if isinstance(cell, str) and cell[:1] in ("=", "+", "-", "@", "\t", "\r") else cell


def error_workbook(shown: Preview, *, only_errors: bool = False) -> bytes:
    """The uploaded table as .xlsx: red cells with comments, and a last column that says what is wrong with the line."""
    table = shown.table
    book, sheet = _new_book((table.sheet or "数据")[:31])
    width = max([len(table.header), *(len(row) for row in table.rows)], default=0)
    sheet.append([*(guarded(t) for t in table.header), *[""] * (width - len(table.header)), RESULT_TITLE])
    by_row: dict[int, list[tuple[int, str]]] = {}
    for error in shown.errors:
        by_row.setdefault(error.row, []).append((error.column, error.message))
    comments = 0
    for row in range(-1, len(table.rows)):
        faults = by_row.get(row, [])
        if row >= 0:
            if only_errors and not faults:
                continue
            cells = [guarded(c) for c in table.rows[row]]
            sheet.append([*cells, *[None] * (width - len(cells)), ""])
        line = sheet.max_row
        for column, message in faults:
            cell = sheet.cell(line, column + 1)
            cell.fill = RED
            if comments < MAX_COMMENTS:
                cell.comment = Comment(message, "校验")
                comments += 1
        if faults:
            text = "；".join(f"{get_column_letter(column + 1)}{line}：{message}" for column, message in faults)
            sheet.cell(line, width + 1, text if row >= 0 else f"{RESULT_TITLE}：{text}").fill = RED
    _dress(sheet, width + 1)
    return _bytes(book)


def template(points: Sequence[tuple[str, str, str]]) -> bytes:
    """A template in the long layout. points: (code, name, unit) of what the person may fill in."""
    book, sheet = _new_book("读数")
    sheet.append(["监测点*", "时间*", "数值*", "单位", "质量标记"])
    for code, _, unit in points[:1]:
        sheet.append([code, "2026-01-01 00:00", None, unit, None])
    _dress(sheet, 5)
    codes = book.create_sheet("字典")
    codes.append(["编号", "名称", "单位"])
    for row in points:
        codes.append([guarded(text) for text in row])
    _dress(codes, 3)
    help_sheet = book.create_sheet("填写说明")
    for text in (
        "每行一条读数：监测点填编号（见「字典」），时间写作 2026-11-22 09:15，数值为仪表显示的原始值。",
        "也可以每行一个时间、每个监测点一列，表头写监测点编号，单位写在括号里。",
        "质量标记留空表示正常；停运 F、维护 M、手工 S、故障 D、校准 C、超上限 T、通讯异常 B。",
        "同一监测点、同一时间再次导入：数值相同则不变，不同则更新，原值保留备查。",
    ):
        help_sheet.append([text])
    help_sheet.column_dimensions["A"].width = 90
    return _bytes(book)


def _new_book(title: str) -> tuple[Workbook, Any]:
    book = Workbook()
    sheet: Any = book.active
    sheet.title = title
    return book, sheet


def _dress(sheet: Any, width: int) -> None:
    for column in range(1, width + 1):
        cell = sheet.cell(1, column)
        cell.font = Font(bold=True)
        cell.fill = cell.fill if cell.fill == RED else HEAD
        cell.alignment = Alignment(wrap_text=True, vertical="center")
        sheet.column_dimensions[get_column_letter(column)].width = 22 if column < width else 50
    sheet.freeze_panes = "A2"


def _bytes(book: Workbook) -> bytes:
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()
