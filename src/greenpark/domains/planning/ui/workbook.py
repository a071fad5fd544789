"""Lists and annexes as .xlsx, as people send them on."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from io import BytesIO
from typing import Any
from urllib.parse import quote

from django.http import HttpResponse
from openpyxl import Workbook
from openpyxl.styles import Alignment, Border, Font, Side
from openpyxl.utils import get_column_letter

from greenpark.domains.planning.rules.annex import Cell, placed

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_EDGE = Side(style="thin")
_BOX = Border(left=_EDGE, right=_EDGE, top=_EDGE, bottom=_EDGE)


def guarded(value: Any) -> Any:
    """Text that a spreadsheet would run as a formula gets an apostrophe in front."""
    return "'" + value if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t", "\r") else value


def listing(name: str, notes: str, headers: Sequence[tuple[str, int]], rows: Iterable[Sequence[Any]]) -> HttpResponse:
    """A list with title, a line of scope and source, headers with widths, frozen panes."""
    book = Workbook()
    sheet = book.active
    sheet.title = name[:31]
    sheet.append([name])
    sheet.append([notes])
    sheet.append([header for header, _ in headers])
    for row in rows:
        sheet.append([guarded(value) for value in row])
    sheet["A1"].font = Font(bold=True, size=14)
    for column, (_, width) in enumerate(headers, start=1):
        sheet.column_dimensions[get_column_letter(column)].width = width
        sheet.cell(3, column).font = Font(bold=True)
    sheet.freeze_panes = "A4"
    sheet.auto_filter.ref = f"A3:{get_column_letter(len(headers))}{max(sheet.max_row, 3)}"
    return _answer(book, f"{name}.xlsx")


def annex(name: str, title: str, header: list[list[Cell]], body: list[list[Cell]]) -> HttpResponse:
    """An annex in the layout of the document: title, merged header, cells as printed and as text."""
    book = Workbook()
    sheet = book.active
    sheet.title = title[:31]
    cells = placed([*header, *body])
    width = max(column + cell.columns for _, column, cell in cells)
    sheet.cell(1, 1, title).font = Font(bold=True, size=16)
    sheet.cell(1, 1).alignment = Alignment(horizontal="center")
    sheet.merge_cells(start_row=1, start_column=1, end_row=1, end_column=width)
    for row, column, cell in cells:
        place = sheet.cell(row + 2, column + 1)
        place.number_format, place.value = "@", cell.text
        place.data_type = "s"
        place.alignment = Alignment(horizontal="center", vertical="center", wrap_text=True)
        place.font = Font(bold=row < len(header))
        for r in range(cell.rows):
            for c in range(cell.columns):
                sheet.cell(row + 2 + r, column + 1 + c).border = _BOX
        if cell.rows > 1 or cell.columns > 1:
            ends = {"end_row": row + 1 + cell.rows, "end_column": column + cell.columns}
            sheet.merge_cells(start_row=row + 2, start_column=column + 1, **ends)
    for column in range(1, width + 1):
        sheet.column_dimensions[get_column_letter(column)].width = 6 if column == 1 else 20
    sheet.freeze_panes = sheet.cell(len(header) + 2, 1)
    sheet.print_title_rows = f"1:{len(header) + 1}"
    sheet.page_setup.orientation, sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = "landscape", 1, 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    return _answer(book, name)


def _answer(book: Workbook, name: str) -> HttpResponse:
    stream = BytesIO()
    book.save(stream)
    response = HttpResponse(stream.getvalue(), content_type=XLSX)
    response["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(name)}"
    return response
