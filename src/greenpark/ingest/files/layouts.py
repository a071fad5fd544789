"""Rows of a table -> observations, in the two layouts that people use.

long  one reading a line: 监测点 · 时间 · 数值 (· 单位 · 质量)
wide  one moment a line: 时间, then a column for each point, headed by its code or name, with the unit in brackets
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from greenpark.ingest.files.tables import BadFile, Cell, Table, bare, is_time_title
from greenpark.ingest.times import BadTime, from_excel_serial, parse_time
from greenpark.ingest.units import same_unit
from greenpark.kernel.points import PointSpec
from greenpark.kernel.quality import FROM_HJ212_FLAG, Quality

POINT_TITLES = frozenset(
    {"监测点", "监测点编号", "点位", "点位编号", "编号", "表号", "仪表编号", "point", "code", "key", "tag", "id"}
)
VALUE_TITLES = frozenset({"数值", "值", "读数", "示数", "监测值", "value", "reading", "val"})
UNIT_TITLES = frozenset({"单位", "unit"})
QUALITY_TITLES = frozenset({"质量", "质量标记", "数据标记", "quality", "flag"})
_BRACKETS = re.compile(r"[（(\[]\s*([^）)\]]+?)\s*[）)\]]")

#: Resolves what stands in the file to a point; None when there is none, or not in the person's scope.
Resolve = Callable[[str], PointSpec | None]


@dataclass(frozen=True, slots=True)
class CellError:
    """What is wrong with one cell. ``row`` and ``column`` count from 0 below the header and from the left."""

    row: int
    column: int
    message: str


@dataclass(slots=True)
class Observations:
    """Parallel lists; ``rows`` and ``columns`` say where each one stands in the table."""

    specs: list[PointSpec] = field(default_factory=list)
    times: list[int] = field(default_factory=list)
    values: list[float] = field(default_factory=list)
    flags: list[int] = field(default_factory=list)
    rows: list[int] = field(default_factory=list)
    columns: list[int] = field(default_factory=list)
    errors: list[CellError] = field(default_factory=list)
    empty: int = 0
    """Cells without a value: nothing to store, nothing wrong."""

    def add(self, spec: PointSpec, time_us: int, value: float, flag: int, at: tuple[int, int]) -> None:
        self.specs.append(spec)
        self.times.append(time_us)
        self.values.append(value)
        self.flags.append(flag)
        self.rows.append(at[0])
        self.columns.append(at[1])


def read_observations(table: Table, resolve: Resolve) -> Observations:
    """All observations of the table, and the errors of the cells that are none. Raises BadFile for a table whose
    columns cannot be understood."""
    columns = {bare(title): i for i, title in reversed(list(enumerate(table.header))) if title}
    point = _first(columns, POINT_TITLES)
    value = _first(columns, VALUE_TITLES)
    time = next(i for i, title in enumerate(table.header) if is_time_title(title))
    if point is not None and value is not None:
        return _long(table, resolve, columns, (point, time, value))
    if point is not None or value is not None:
        missing = "数值" if value is None else "监测点"
        raise BadFile(f"表头缺少「{missing}」一列。每行一条读数时，应有「监测点」「时间」「数值」三列")
    return _wide(table, resolve, time)


def _first(columns: Mapping[str, int], titles: frozenset[str]) -> int | None:
    found = [i for title, i in columns.items() if title in titles]
    return min(found, default=None)


def _long(table: Table, resolve: Resolve, columns: Mapping[str, int], at: tuple[int, int, int]) -> Observations:
    point_at, time_at, value_at = at
    unit_at, flag_at = _first(columns, UNIT_TITLES), _first(columns, QUALITY_TITLES)
    out = Observations()
    known: dict[str, PointSpec | None] = {}
    header_unit = _unit_of(table.header[value_at])
    for row, cells in enumerate(table.rows):
        name = _text(_cell(cells, point_at))
        raw_value, raw_time = _cell(cells, value_at), _cell(cells, time_at)
        if not name and _blank(raw_value):
            continue  # an empty line
        if name not in known:
            known[name] = resolve(name)
        spec = known[name]
        if spec is None:
            out.errors.append(CellError(row, point_at, _no_point(name)))
            continue
        if _blank(raw_value):
            out.empty += 1
            continue
        unit = _text(_cell(cells, unit_at)) if unit_at is not None else ""
        if (sent := unit or header_unit) and not same_unit(sent, spec.unit):
            where = unit_at if unit and unit_at is not None else value_at
            out.errors.append(CellError(row, where, f"单位应为 {spec.unit}，现为 {sent}。请换算后再导入"))
            continue
        flag = _flag(_text(_cell(cells, flag_at)) if flag_at is not None else "")
        if flag is None:
            out.errors.append(CellError(row, flag_at or 0, f"质量标记应为 {'、'.join(FROM_HJ212_FLAG)} 之一或留空"))
            continue
        _take(out, spec, flag, (row, time_at, raw_time), (row, value_at, raw_value))
    return out


def _wide(table: Table, resolve: Resolve, time_at: int) -> Observations:
    out = Observations()
    specs: dict[int, PointSpec] = {}
    for column, title in enumerate(table.header):
        if column == time_at or not title:
            continue
        spec = resolve(title) or resolve(_BRACKETS.sub("", title).strip().strip("*＊").strip())
        unit = _unit_of(title)
        if spec is None:
            out.errors.append(CellError(-1, column, _no_point(title)))
        elif unit and not same_unit(unit, spec.unit):
            out.errors.append(CellError(-1, column, f"单位应为 {spec.unit}，表头为 {unit}。请换算后再导入"))
        else:
            specs[column] = spec
    if not specs and not out.errors:
        raise BadFile("除「时间」外没有其他列。请为每个监测点加一列，表头写监测点编号")
    for row, cells in enumerate(table.rows):
        raw_time = _cell(cells, time_at)
        filled = [(c, spec, value) for c, spec in specs.items() if not _blank(value := _cell(cells, c))]
        out.empty += (len(specs) - len(filled)) if not _blank(raw_time) else 0
        for column, spec, value in filled:
            _take(out, spec, 0, (row, time_at, raw_time), (row, column, value))
    return out


def _take(
    out: Observations, spec: PointSpec, flag: int, time: tuple[int, int, Cell], value: tuple[int, int, Cell]
) -> None:
    try:
        moment = _moment(time[2])
    except BadTime as error:
        if not out.errors or (out.errors[-1].row, out.errors[-1].column) != time[:2]:  # once for a line
            out.errors.append(CellError(time[0], time[1], str(error)))
        return
    number = _number(value[2])
    if number is None:
        out.errors.append(CellError(value[0], value[1], f"数值 {_text(value[2])!r} 不是数字。缺数请留空"))
        return
    out.add(spec, moment, number, flag, value[:2])


def _moment(cell: Cell) -> int:
    if isinstance(cell, int | float) and not isinstance(cell, bool) and 20_000 < cell < 80_000:
        return from_excel_serial(float(cell))  # a date that lost its format
    return parse_time(str(cell) if isinstance(cell, date) and not isinstance(cell, datetime) else cell)


def _number(cell: Cell) -> float | None:
    if isinstance(cell, bool):
        return None
    if isinstance(cell, int | float):
        return float(cell)
    try:
        return float(str(cell).strip().replace(",", "").replace("，", "").replace("\u00a0", ""))
    except ValueError:
        return None


def _flag(text: str) -> int | None:
    """HJ 212 letter -> mask; None when it is none."""
    if not text:
        return 0
    mask = FROM_HJ212_FLAG.get(text.upper())
    return None if mask is None else int(mask)


def _unit_of(title: str) -> str:
    found = _BRACKETS.search(title)
    return found[1] if found else ""


def _cell(cells: list[Cell], at: int | None) -> Cell:
    return cells[at] if at is not None and at < len(cells) else None


def _blank(cell: Cell) -> bool:
    return cell is None or (isinstance(cell, str) and cell.strip() in ("", "-", "—", "--", "/"))


def _text(cell: Cell) -> str:
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))  # codes that a spreadsheet took for numbers
    return "" if cell is None else str(cell).strip()


def _no_point(name: str) -> str:
    return (
        f"没有编号或名称为「{name}」的监测点，或不在您的数据范围内。请核对编号，或先登记监测点"
        if name
        else "监测点编号为空"
    )


MANUAL = int(Quality.MANUAL_ENTRY)
