"""Annex tables in the layout of the document: header with merged cells, one row an indicator, cells as printed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from greenpark.domains.planning.rules.reading import years_of

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell with its extent; ``code`` names the indicator that it belongs to."""

    text: str
    rows: int = 1
    columns: int = 1
    code: str = ""


def layout(rows: Sequence[Row], base_year: str = "") -> tuple[list[list[Cell]], list[list[Cell]]]:
    """Header rows and body rows. Columns without any content are left out, as in the document.

    A merged row has one target cell over all years; a group cell reaches down to the next group.
    """
    years = [year for year in years_of(rows[0]) if any(row[f"y{year}"] for row in rows)] if rows else []
    has = {name: any(row[name] for row in rows) for name in ("group", "unit", "scope", "provider", "base", "remark")}
    left = [("序号", "no"), *([("类别", "group")] if has["group"] else [])]
    left.append(("工作指标" if has["scope"] else "指标", "name"))
    left += [
        (title, name)
        for title, name in (("单位", "unit"), ("涉及辖区", "scope"), ("数据提供部门", "provider"))
        if has[name]
    ]
    if has["base"]:
        left.append((f"{base_year}年" if base_year else "基期", "base"))
    remark = [("备注", "remark")] if has["remark"] else []
    if has["scope"]:
        top = [Cell(title, rows=2) for title, _ in left] + [Cell("目标", columns=len(years))]
        top += [Cell(title, rows=2) for title, _ in remark]
        header = [top, [Cell(f"{year}年") for year in years]]
    else:
        header = [[Cell(title) for title, _ in left] + [Cell(f"{y}年") for y in years] + [Cell(t) for t, _ in remark]]
    return header, [_body(rows, index, left, years, remark) for index in range(len(rows))]


def _body(
    rows: Sequence[Row], index: int, left: list[tuple[str, str]], years: list[int], remark: list[tuple[str, str]]
) -> list[Cell]:
    row = rows[index]
    code = str(row["indicator"])
    cells = []
    for _, name in left:
        if name == "group":
            if row["group"]:
                cells.append(Cell(str(row["group"]), rows=_reach(rows, index)))
            elif index == 0:
                cells.append(Cell(""))
        else:
            cells.append(Cell(str(row[name]), code=code if name == "name" else ""))
    if row["merged"]:
        cells.append(Cell(str(row[f"y{years[0]}"]), columns=len(years)))
    else:
        cells += [Cell(str(row[f"y{year}"])) for year in years]
    return cells + [Cell(str(row[name])) for _, name in remark]


def _reach(rows: Sequence[Row], index: int) -> int:
    following = next((i for i in range(index + 1, len(rows)) if rows[i]["group"]), len(rows))
    return following - index


def placed(rows: Sequence[Sequence[Cell]]) -> list[tuple[int, int, Cell]]:
    """Each cell with the row and column (from 0) where it begins, as a browser would lay the table out."""
    taken: set[tuple[int, int]] = set()
    found = []
    for number, row in enumerate(rows):
        column = 0
        for cell in row:
            while (number, column) in taken:
                column += 1
            found.append((number, column, cell))
            taken |= {(number + r, column + c) for r in range(cell.rows) for c in range(cell.columns)}
            column += cell.columns
    return found
