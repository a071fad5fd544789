"""The monthly report as a worksheet: columns, their titles, and reading a filled grid back. No files here.

Columns are matched by the title in the header, not by position; the unit stands in the title and is checked.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from greenpark.domains.carbon.contracts import ImportRefused, ImportRow, ReportRefused
from greenpark.domains.carbon.rules import items, reporting

TEMPLATE = "CM01"
VERSION = "2026.1"
#: Name of the hidden defined name that carries id, version and month.
DEFINED_NAME = "gp_template"
#: Earlier versions and what changed since, so that an old file is refused with the difference explained.
HISTORY: dict[str, str] = {}

CODE_TITLE, NAME_TITLE, NOTE_TITLE, RESULT_TITLE = "统一社会信用代码", "企业名称", "备注", "校验结果"
MAX_ROWS, MAX_BYTES = 2000, 5 * 1024 * 1024
_STAMP = re.compile(r"模板版本\s*([A-Z0-9]+)-([0-9.]+)\s*[（(]?\s*(\d{4}-\d{2})")


@dataclass(frozen=True, slots=True)
class Known:
    """An enterprise that may be reported by the person who imports."""

    enterprise_id: int
    code: str
    """Credit code, or the registry's code where none is known."""
    name: str
    alias: str = ""


@dataclass(frozen=True, slots=True)
class Grid:
    """A worksheet as text, with the template's stamp (id, version, month) where one was found."""

    cells: tuple[tuple[Any, ...], ...]
    stamp: tuple[str, str, str] | None
    formulas: frozenset[str] = frozenset()
    """Addresses of cells that hold a formula."""


@dataclass(frozen=True, slots=True)
class Columns:
    """Where what stands. Indexes count from 0, ``first`` is the first data row."""

    first: int
    code: int
    name: int
    note: int | None
    items: Mapping[int, items.Item] = field(default_factory=dict)


def stamp_text(month: str) -> str:
    return f"模板版本 {TEMPLATE}-{VERSION}（{month}）"


def stamp_of(text: str) -> tuple[str, str, str] | None:
    """The stamp in a line of text."""
    match = _STAMP.search(text)
    return (match[1], match[2], match[3]) if match else None


def title_of(item: items.Item) -> str:
    return f"{item.name}\n（{items.unit_name(item.unit)}）"


def address(row: int, column: int) -> str:
    """``A1`` of zero-based indexes.

    >>> address(5, 27)
    'AB6'
    """
    letters, rest = "", column + 1
    while rest:
        rest, digit = divmod(rest - 1, 26)
        letters = chr(65 + digit) + letters
    return f"{letters}{row + 1}"


def check_stamp(grid: Grid, month: str) -> None:
    """Raise ImportRefused for another template, an old version or another month's file."""
    if grid.stamp is None:
        return
    template, version, of_month = grid.stamp
    if template != TEMPLATE:
        raise ImportRefused(f"这是模板 {template} 的文件，企业月报应使用模板 {TEMPLATE}，请重新下载模板")
    if version != VERSION:
        changed = HISTORY.get(version, "列或字典有变动")
        raise ImportRefused(f"模板版本为 {version}，现行版本为 {VERSION}（{changed}），请下载新模板后填报")
    if of_month != month:
        raise ImportRefused(f"文件是 {of_month} 的月报，现在导入的是 {month}，请核对月份")


def columns_of(grid: Grid) -> Columns:
    """Find the header and match its columns by title. Raises ImportRefused naming what is missing or unknown."""
    for row, cells in enumerate(grid.cells[:12]):
        titles = [_clean(c)[0] for c in cells]
        if CODE_TITLE in titles or NAME_TITLE in titles:
            return _match(grid, row, titles)
    raise ImportRefused(f"前 12 行没有找到表头「{CODE_TITLE}」或「{NAME_TITLE}」，请使用下载的模板")


def _match(grid: Grid, row: int, titles: list[str]) -> Columns:
    below = grid.cells[row + 1] if row + 1 < len(grid.cells) else ()
    found: dict[int, items.Item] = {}
    unknown: list[str] = []
    note = code = name = None
    two_lines = _is_subheader(below)
    for index in range(max(len(titles), len(below) if two_lines else 0)):
        raw = below[index] if two_lines and index < len(below) and below[index] not in (None, "") else None
        raw = raw if raw is not None else (grid.cells[row][index] if index < len(titles) else None)
        title, unit = _clean(raw)
        if title in ("", RESULT_TITLE) or title.startswith("综合能耗"):
            continue
        if title == CODE_TITLE:
            code = index
        elif title == NAME_TITLE:
            name = index
        elif title == NOTE_TITLE:
            note = index
        elif title in items.BY_NAME:
            found[index] = _with_unit(items.BY_NAME[title], unit, address(row, index))
        else:
            close = difflib.get_close_matches(title.partition("（")[0].strip(), items.BY_NAME, n=1, cutoff=0.5)
            unknown.append(f"{address(row, index)} 「{title}」" + (f"，是否为「{close[0]}」" if close else ""))
    if unknown:
        raise ImportRefused("表头中有不认识的列：" + "；".join(unknown))
    if code is None or name is None:
        raise ImportRefused(f"表头缺少「{CODE_TITLE if code is None else NAME_TITLE}」列")
    if not found:
        raise ImportRefused("表头中没有任何填报项目，请使用下载的模板")
    return Columns(row + (2 if two_lines else 1), code, name, note, found)


def _is_subheader(cells: Sequence[Any]) -> bool:
    return any(_clean(c)[0] in items.BY_NAME for c in cells)


def _with_unit(item: items.Item, unit: str, where: str) -> items.Item:
    if unit and unit not in (item.unit, items.unit_name(item.unit)):
        raise ImportRefused(f"{where} {item.name}的单位应为{items.unit_name(item.unit)}，现为{unit}，请换算后填报")
    return item


def _clean(value: Any) -> tuple[str, str]:
    """Title and unit of a header cell: ``原煤*\\n（吨）`` -> (``原煤``, ``吨``)."""
    text = str(value or "").replace("*", "").replace("(", "（").replace(")", "）").strip()
    match = re.fullmatch(r"(.*?)\s*（([^（）]*)）", text, re.DOTALL)
    if match and match[1].strip() in items.BY_NAME:
        return match[1].strip(), match[2].strip()
    return text, ""


def rows_of(
    grid: Grid, columns: Columns, known: Sequence[Known], before: Mapping[int, Mapping[str, Decimal]]
) -> list[ImportRow]:
    """Check every data row. ``before`` holds the values already reported, by enterprise.

    Raises ImportRefused for more than MAX_ROWS rows.
    """
    data = [
        (n, cells)
        for n, cells in enumerate(grid.cells[columns.first :], start=columns.first)
        if any(str(c or "").strip() for c in cells)
    ]
    if len(data) > MAX_ROWS:
        raise ImportRefused(f"共 {len(data)} 行，一次最多 {MAX_ROWS} 行，请分开导入")
    seen: dict[int, int] = {}
    return [_row(grid, columns, n, cells, known, before, seen) for n, cells in data]


def _row(
    grid: Grid,
    columns: Columns,
    n: int,
    cells: Sequence[Any],
    known: Sequence[Known],
    before: Mapping[int, Mapping[str, Decimal]],
    seen: dict[int, int],
) -> ImportRow:
    errors: list[tuple[str, str]] = []
    code, name = _text(cells, columns.code), _text(cells, columns.name)
    who, why = _who(code, name, known)
    if who is None:
        errors.append((address(n, columns.code), why))
    elif who.enterprise_id in seen:
        errors.append((address(n, columns.code), f"与第 {seen[who.enterprise_id] + 1} 行重复"))
    else:
        seen[who.enterprise_id] = n
    values: dict[str, Decimal] = {}
    where: dict[str, str] = {}
    for index, item in columns.items.items():
        cell = address(n, index)
        where[item.code] = cell
        if cell in grid.formulas:
            errors.append((cell, f"{item.name}是公式，请粘贴为数值"))
            continue
        try:
            value = reporting.amount(_text(cells, index))
        except ReportRefused as refused:
            errors.append((cell, f"{item.name}{refused}"))
            continue
        if value is not None:
            values[item.code] = value
    names = {i.code: i.name for i in items.ITEMS}
    part_of = {i.code: i.part_of for i in items.ITEMS if i.part_of}
    for part, message in reporting.cross_checks(values, part_of, names).items():
        errors.append((where[part], message))
    old = dict(before.get(who.enterprise_id, {})) if who else {}
    changes = tuple(
        f"{names[c]} {old[c]:f} → {v:f}" if c in old else f"{names[c]} {v:f}"
        for c, v in values.items()
        if old.get(c) != v
    )
    kind = "error" if errors else "new" if not old else "changed" if changes else "same"
    shown = {c: format(v, "f") for c, v in values.items()}
    if columns.note is not None and _text(cells, columns.note):
        shown["note"] = _text(cells, columns.note)[:500]
    return ImportRow(n + 1, who.enterprise_id if who else None, name, code, kind, shown, tuple(errors), changes)


def _who(code: str, name: str, known: Sequence[Known]) -> tuple[Known | None, str]:
    """The enterprise of a row, or why none was found. The code decides; the name must agree with it."""
    if not code:
        by_name = [k for k in known if name and name in (k.name, k.alias)]
        if len(by_name) == 1:
            return by_name[0], ""
        return None, "信用代码为空，且企业名称不能唯一对应" if name else "信用代码与企业名称都为空"
    for candidate in known:
        if candidate.code.upper() == code.upper():
            if name and name not in (candidate.name, candidate.alias):
                return None, f"代码属于「{candidate.name}」，与填写的名称「{name}」不一致"
            return candidate, ""
    if code.isalnum() and code[:2].isdigit() and len(code) != 18:
        return None, f"信用代码应为 18 位，现为 {len(code)} 位"
    close = difflib.get_close_matches(name, [k.name for k in known], n=1)
    hint = f"，名称相近的是「{close[0]}」" if close else ""
    return None, f"代码 {code} 不在您可以填报的企业之内{hint}"


def _text(cells: Sequence[Any], index: int) -> str:
    value = cells[index] if index < len(cells) else None
    if value is None:
        return ""
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    return str(value).strip()
