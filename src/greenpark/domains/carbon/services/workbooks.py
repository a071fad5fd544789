"""Excel in and out: the template of the monthly report, reading an upload, marking its errors, exports.

Amounts are written as numbers with a number format. Text that a spreadsheet would run as a formula is guarded with an
apostrophe. Values of formulas in uploads are never trusted.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from openpyxl import Workbook, load_workbook
from openpyxl.comments import Comment
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.workbook.defined_name import DefinedName
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet
from python_calamine import CalamineWorkbook

from greenpark.domains.carbon.contracts import ImportRefused, ImportRow
from greenpark.domains.carbon.rules import items, sheets
from greenpark.domains.carbon.rules.sheets import Grid, Known

_HEAD = PatternFill("solid", fgColor="E9F0FC")
_RED = PatternFill("solid", fgColor="FCE8EB")
_RED_FONT = Font(color="B4132F", bold=True)
_OK_FONT = Font(color="067A58")
_LINE = Side(style="thin", color="B9C4D6")
_BOX = Border(left=_LINE, right=_LINE, top=_LINE, bottom=_LINE)
_MIDDLE = Alignment(horizontal="center", vertical="center", wrap_text=True)
_AMOUNT = "#,##0.######"

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def guard(value: Any) -> Any:
    """Text that starts like a formula gets an apostrophe in front; everything else passes."""
    if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t", "\r"):
        return "'" + value
    return value


def template(month: str, known: Sequence[Known], wanted: Sequence[items.Item]) -> bytes:
    """The template for ``month``: the enterprises already filled in, columns for the ``wanted`` items."""
    book = Workbook()
    sheet = book.active
    assert isinstance(sheet, Worksheet)
    sheet.title = "企业月报"
    year, number = month.split("-")
    last = _header(sheet, f"企业能源与碳排放月报（{year} 年 {int(number)} 月）", month, wanted)
    for row, enterprise in enumerate(known, start=6):
        sheet.cell(row, 1, enterprise.code).number_format = "@"
        sheet.cell(row, 2, enterprise.name)
    _input_cells(sheet, last, rows=max(len(known) + 20, 40), wanted=wanted)
    _dictionary(book, sheet, known)
    _notes(book, wanted)
    book.defined_names[sheets.DEFINED_NAME] = DefinedName(
        sheets.DEFINED_NAME, attr_text=f'"{sheets.TEMPLATE};{sheets.VERSION};{month}"', hidden=True
    )
    return _bytes(book)


def _header(sheet: Worksheet, title: str, month: str, wanted: Sequence[items.Item]) -> int:
    last = 2 + len(wanted) + 1
    sheet.merge_cells(start_row=1, start_column=1, end_row=1, end_column=last)
    sheet.cell(1, 1, title).font = Font(size=16, bold=True)
    sheet.cell(1, 1).alignment = _MIDDLE
    sheet.merge_cells(start_row=2, start_column=1, end_row=2, end_column=last)
    sheet.cell(2, 1, f"填报单位：        填报人：        联系电话：        （带 * 为必填；{sheets.stamp_text(month)}）")
    sheet.merge_cells(start_row=3, start_column=1, end_row=3, end_column=last)
    sheet.cell(3, 1, "没有发生的项目请留空或填 0；数值请按列头的单位填写，不要填写公式")
    for column, text in ((1, sheets.CODE_TITLE + "*"), (2, sheets.NAME_TITLE + "*"), (last, sheets.NOTE_TITLE)):
        sheet.merge_cells(start_row=4, start_column=column, end_row=5, end_column=column)
        sheet.cell(4, column, text)
    start = 3
    while start < last:
        group = wanted[start - 3].group
        end = start
        while end + 1 < last and wanted[end + 1 - 3].group == group:
            end += 1
        sheet.merge_cells(start_row=4, start_column=start, end_row=4, end_column=end)
        sheet.cell(4, start, group)
        start = end + 1
    for column, item in enumerate(wanted, start=3):
        sheet.cell(5, column, sheets.title_of(item))
    for row in (4, 5):
        sheet.row_dimensions[row].height = 34
        for column in range(1, last + 1):
            cell = sheet.cell(row, column)
            cell.fill, cell.border, cell.alignment, cell.font = _HEAD, _BOX, _MIDDLE, Font(bold=True)
    sheet.column_dimensions["A"].width, sheet.column_dimensions["B"].width = 24, 30
    for column in range(3, last):
        sheet.column_dimensions[get_column_letter(column)].width = 15
    sheet.column_dimensions[get_column_letter(last)].width = 26
    sheet.freeze_panes = "C6"
    sheet.print_title_rows = "1:5"
    return last


def _input_cells(sheet: Worksheet, last: int, *, rows: int, wanted: Sequence[items.Item]) -> None:
    for row in range(6, 6 + rows):
        for column in range(1, last + 1):
            cell = sheet.cell(row, column)
            cell.border = _BOX
            if column == 1:
                cell.number_format = "@"
            elif 3 <= column < last:
                cell.number_format = _AMOUNT
    if wanted:
        check = DataValidation(type="decimal", operator="greaterThanOrEqual", formula1="0", allow_blank=True)
        check.error, check.errorTitle = "请填写不小于 0 的数字", "数值有误"
        sheet.add_data_validation(check)
        check.add(f"C6:{get_column_letter(last - 1)}{5 + rows}")


def _dictionary(book: Workbook, sheet: Worksheet, known: Sequence[Known]) -> None:
    hidden = book.create_sheet("字典")
    hidden.sheet_state = "hidden"
    hidden.append([sheets.CODE_TITLE, sheets.NAME_TITLE])
    for enterprise in known:
        hidden.append([enterprise.code, enterprise.name])
    if known:
        for column, letter in (("A", "A"), ("B", "B")):
            choice = DataValidation(
                type="list", formula1=f"字典!${letter}$2:${letter}${len(known) + 1}", allow_blank=True
            )
            choice.error, choice.errorTitle = "请从下拉列表选择", "不在名录"
            sheet.add_data_validation(choice)
            choice.add(f"{column}6:{column}{max(len(known) + 25, 45)}")


def _notes(book: Workbook, wanted: Sequence[items.Item]) -> None:
    sheet = book.create_sheet("填写说明")
    sheet.append(["项目", "单位", "说明"])
    for item in wanted:
        sheet.append([item.name, items.unit_name(item.unit), item.help or "本月实际发生量"])
    sheet.append([])
    for line in (
        "一、每家企业一行，统一社会信用代码是唯一的对应依据；没有信用代码的企业用平台的企业编号。",
        "二、同一个月再次导入只更新填写了的项目，空格不会清除已报的数。",
        "三、导入前先预览：新增、更新、不变、错误各多少行；有错误的行会标红并在「校验结果」列写明。",
    ):
        sheet.append([line])
    for column, width in (("A", 26), ("B", 14), ("C", 60)):
        sheet.column_dimensions[column].width = width


def read(content: bytes, file_name: str) -> Grid:
    """The first sheet of an upload (.xlsx, .xls, .csv). Raises ImportRefused with what to do."""
    if not content:
        raise ImportRefused("文件是空的，请选择填好的模板")
    if len(content) > sheets.MAX_BYTES:
        raise ImportRefused(f"文件 {len(content) / 1048576:.1f} MB，大于上限 {sheets.MAX_BYTES // 1048576} MB")
    suffix = file_name.rsplit(".", 1)[-1].lower()
    if suffix == "csv":
        return _read_csv(content)
    if suffix in ("xlsx", "xlsm"):
        return _read_xlsx(content)
    if suffix == "xls":
        return _read_xls(content)
    raise ImportRefused(f"不认识的文件类型 .{suffix}，请用 .xlsx、.xls 或 .csv")


def _read_csv(content: bytes) -> Grid:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = content.decode(encoding)
            break
        except UnicodeDecodeError:
            continue
    else:
        raise ImportRefused("文件编码既不是 UTF-8 也不是 GB18030，请另存为 .xlsx")
    cells = tuple(tuple(row) for row in csv.reader(io.StringIO(text)))
    return Grid(cells, _stamp(cells))


def _read_xls(content: bytes) -> Grid:
    try:
        rows = CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0).to_python()
    except Exception as problem:
        raise ImportRefused("文件打不开，可能已损坏或有密码，请另存为 .xlsx 再试") from problem
    cells = tuple(tuple(row) for row in rows)
    return Grid(cells, _stamp(cells))


def _read_xlsx(content: bytes) -> Grid:
    try:
        book = load_workbook(io.BytesIO(content))
    except Exception as problem:
        raise ImportRefused("文件打不开，可能已损坏或有密码，请用下载的模板重新填写") from problem
    sheet = book["企业月报"] if "企业月报" in book.sheetnames else book.worksheets[0]
    if sheet.max_row > sheets.MAX_ROWS + 200 or sheet.max_column > 200:
        raise ImportRefused(f"工作表有 {sheet.max_row} 行 {sheet.max_column} 列，超过上限，请删去空白行列")
    cells = tuple(tuple(row) for row in sheet.iter_rows(values_only=True))
    formulas = frozenset(
        sheets.address(r, c)
        for r, row in enumerate(cells)
        for c, value in enumerate(row)
        if isinstance(value, str) and value.startswith("=")
    )
    stamp = _stamp(cells)
    named = book.defined_names.get(sheets.DEFINED_NAME)
    if named is not None and named.attr_text:
        parts = tuple(named.attr_text.strip('"').split(";"))
        stamp = (parts[0], parts[1], parts[2]) if len(parts) == 3 else stamp
    return Grid(cells, stamp, formulas)


def _stamp(cells: Sequence[Sequence[Any]]) -> tuple[str, str, str] | None:
    for row in cells[:5]:
        for value in row:
            if isinstance(value, str) and (found := sheets.stamp_of(value)):
                return found
    return None


def mark_errors(content: bytes, file_name: str, rows: Sequence[ImportRow], *, only_errors: bool = False) -> bytes:
    """The uploaded workbook with red cells, comments and a last column 校验结果; text files become a workbook."""
    if file_name.lower().endswith((".xlsx", ".xlsm")):
        book = load_workbook(io.BytesIO(content))
        sheet = book["企业月报"] if "企业月报" in book.sheetnames else book.worksheets[0]
    else:
        book = Workbook()
        sheet = book.worksheets[0]
        for line in read(content, file_name).cells:
            sheet.append([guard(c) for c in line])
    column = sheet.max_column + 1
    header = min((r.line for r in rows), default=6) - 1
    head = sheet.cell(header, column, sheets.RESULT_TITLE)
    head.fill, head.font, head.border = _RED, _RED_FONT, _BOX
    sheet.column_dimensions[get_column_letter(column)].width = 60
    for row in rows:
        text = "；".join(f"{cell} {message}" for cell, message in row.errors) or "通过"
        result = sheet.cell(row.line, column, text)
        result.font = _RED_FONT if row.errors else _OK_FONT
        result.alignment = Alignment(wrap_text=True, vertical="top")
        for cell, message in row.errors:
            target = sheet[cell]
            target.fill, target.font = _RED, _RED_FONT
            target.comment = Comment(message, "绿园")
    if only_errors:
        good = sorted((r.line for r in rows if not r.errors), reverse=True)
        for line in good:
            sheet.delete_rows(line)
    return _bytes(book)


def export(title: str, note: str, columns: Sequence[tuple[str, str]], rows: Sequence[Sequence[Any]]) -> bytes:
    """A plain export: title, a line on scope and as-of, header, rows.

    ``columns`` are (title, number format); "" means text. Decimals are written as numbers.
    """
    book = Workbook()
    sheet = book.active
    assert isinstance(sheet, Worksheet)
    sheet.title = title[:30]
    sheet.append([title])
    sheet["A1"].font = Font(size=14, bold=True)
    sheet.append([note])
    sheet.append([name for name, _ in columns])
    for index, (name, _) in enumerate(columns, start=1):
        cell = sheet.cell(3, index)
        cell.fill, cell.font, cell.border, cell.alignment = _HEAD, Font(bold=True), _BOX, _MIDDLE
        sheet.column_dimensions[get_column_letter(index)].width = max(12, min(40, len(name) * 2 + 4))
    for row in rows:
        sheet.append([float(v) if isinstance(v, Decimal) else guard(v) for v in row])
        for index, (_, number_format) in enumerate(columns, start=1):
            if number_format:
                sheet.cell(sheet.max_row, index).number_format = number_format
    sheet.freeze_panes = "A4"
    sheet.print_title_rows = "1:3"
    return _bytes(book)


def values_of(row: ImportRow) -> Mapping[str, Decimal]:
    """Typed amounts of a preview row."""
    return {code: Decimal(text) for code, text in row.values.items() if code != "note"}


def _bytes(book: Workbook) -> bytes:
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()
