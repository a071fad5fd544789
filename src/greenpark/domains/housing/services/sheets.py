"""The check sheet of a bureau as Excel, out and in, until an interface exists. Errors go back in the same workbook."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zipfile import BadZipFile

from django.db import transaction
from openpyxl import Workbook, load_workbook
from openpyxl.comments import Comment
from openpyxl.styles import Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.workbook.defined_name import DefinedName
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from greenpark.domains.accounts import facade as accounts
from greenpark.domains.accounts.contracts import Actor
from greenpark.domains.housing.contracts import ImportReport, Refused
from greenpark.domains.housing.rules import review
from greenpark.domains.housing.selectors import reviews
from greenpark.domains.housing.services.review import give_verdict

_HEAD = PatternFill("solid", fgColor="E9F0FC")
_RED = PatternFill("solid", fgColor="FCE8EB")
_STAMP = "gp_housing_sheet"
_VERSION = "1"
_FIRST = 4
MAX_ROWS = 20_000


def _columns(bureau: review.Bureau) -> list[tuple[str, str]]:
    """(key, title): hidden ids, what the bureau sees, what it is asked, verdict and reason."""
    return [
        ("number", "申请编号"),
        ("member", "人员序号"),
        *((f, review.FIELDS[f]) for f in bureau.sees),
        *((f"ask:{a.name}", f"{a.title}") for a in bureau.asks),
        ("verdict", "结论*"),
        ("reason", "理由"),
    ]


def guard(value: Any) -> Any:
    """Text that a spreadsheet would run as a formula gets an apostrophe in front."""
    return "'" + value if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t", "\r") else value


@transaction.atomic
def export(bureau_code: str, *, by: Actor, at: datetime) -> bytes:
    """The open cases of one bureau, with the fields that it needs and no other; audited, watermarked.

    Raises Refused when nothing waits or the actor does not speak for the bureau.
    """
    by.need("housing.verify")
    if bureau_code not in reviews.bureaus_of(by):
        raise Refused("您不属于这个联审部门")
    bureau = review.BUREAUS[bureau_code]
    rows = [r for r in reviews.waiting(by) if r.bureau == bureau_code]
    if not rows:
        raise Refused("没有待核查的申请，不需要核查表")
    book = Workbook()
    sheet = book.active
    assert isinstance(sheet, Worksheet)
    sheet.title = "核查表"
    columns = _columns(bureau)
    sheet.cell(1, 1, f"海南区配售型保障性住房联合审核核查表（{bureau.name}）").font = Font(size=14, bold=True)
    sheet.cell(2, 1, f"导出：{by.name}　{at.isoformat(timespec='minutes')}　内部使用，用后销毁；是否题填是或否")
    for n, (_key, title) in enumerate(columns, start=1):
        cell = sheet.cell(3, n, title)
        cell.fill, cell.font = _HEAD, Font(bold=True)
        sheet.column_dimensions[get_column_letter(n)].width = 22
    line = _FIRST
    for row in rows:
        for person in reviews.sheet(row):
            values = {"number": person.number, "member": str(person.member_id), **person.fields}
            for n, (key, _title) in enumerate(columns, start=1):
                sheet.cell(line, n, guard(values.get(key, ""))).number_format = "@"
            line += 1
    _helps(sheet, bureau, columns, line)
    book.defined_names[_STAMP] = DefinedName(_STAMP, attr_text=f'"{bureau_code};{_VERSION}"', hidden=True)
    accounts.record(
        action="housing.review.sheet", subject=f"housing/body:{bureau_code}", by=by, at=at,
        detail={"cases": len(rows), "rows": line - _FIRST},
    )  # fmt: skip
    return _bytes(book)


def _helps(sheet: Worksheet, bureau: review.Bureau, columns: list[tuple[str, str]], last: int) -> None:
    sheet.freeze_panes = "C4"
    sheet.print_title_rows = "1:3"
    for n, (key, _title) in enumerate(columns, start=1):
        letter = get_column_letter(n)
        ask = next((a for a in bureau.asks if key == f"ask:{a.name}"), None)
        if ask and ask.help:
            sheet.cell(3, n).comment = Comment(ask.help, "核查表")
        words = "通过,不通过,无法核实" if key == "verdict" else "是,否" if ask and ask.kind == "yesno" else ""
        if words:
            check = DataValidation(type="list", formula1=f'"{words}"', allow_blank=True)
            sheet.add_data_validation(check)
            check.add(f"{letter}{_FIRST}:{letter}{max(last, _FIRST)}")


def _bytes(book: Workbook) -> bytes:
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


@dataclass(slots=True)
class _Line:
    row: int
    number: str
    member: str
    answers: dict[str, Any]
    verdict: str
    reason: str


_WORD = {"通过": "pass", "不通过": "fail", "无法核实": "unclear"}


def _read(sheet: Worksheet, bureau: review.Bureau) -> tuple[list[_Line], dict[tuple[int, int], str]]:
    """Lines with an answer, and errors by (row, column)."""
    titles = {str(c.value or "").rstrip("*").strip(): c.column for c in sheet[3]}
    columns = {key: titles.get(title.rstrip("*")) for key, title in _columns(bureau)}
    gone = [title for key, title in _columns(bureau) if columns[key] is None]
    if gone:
        raise Refused(f"核查表缺少列：{'、'.join(gone)}；请用最新导出的核查表填写")
    lines, errors = [], {}
    for number in range(_FIRST, sheet.max_row + 1):

        def text(key: str, number: int = number) -> str:
            value = sheet.cell(number, columns[key]).value
            return "" if value is None else str(value).strip().removeprefix("'")

        if not text("number") or not text("verdict"):
            continue
        answers: dict[str, Any] = {}
        for ask in bureau.asks:
            try:
                answers[ask.name] = review.read_answer(ask, text(f"ask:{ask.name}"))
            except review.NotAnAnswer as fault:
                errors[(number, columns[f"ask:{ask.name}"])] = str(fault)
        if text("verdict") not in _WORD:
            errors[(number, columns["verdict"])] = "结论应为通过、不通过或无法核实"
            continue
        if text("verdict") != "通过" and not text("reason"):
            errors[(number, columns["reason"])] = "不通过或无法核实须说明理由"
        lines.append(_Line(number, text("number"), text("member"), answers, _WORD[text("verdict")], text("reason")))
    return lines, errors


def _grouped(
    lines: Sequence[_Line], known: dict[str, Any], verdict_column: int
) -> tuple[dict[str, list[_Line]], dict[tuple[int, int], str]]:
    """Lines by case; a case's lines must agree on the verdict, name its people, and be complete."""
    cases: dict[str, list[_Line]] = {}
    errors: dict[tuple[int, int], str] = {}
    for line in lines:
        if line.number not in known:
            errors[(line.row, 1)] = "没有这份待核查的申请，或不属于本部门"
            continue
        people = {str(p.member_id) for p in reviews.sheet(known[line.number])}
        if line.member not in people:
            errors[(line.row, 2)] = "人员序号不属于这份申请，请勿改动前两列"
            continue
        cases.setdefault(line.number, []).append(line)
    for number, group in cases.items():
        people = {str(p.member_id) for p in reviews.sheet(known[number])}
        if {line.member for line in group} != people:
            errors[(group[0].row, verdict_column)] = f"{number} 有 {len(people)} 人，只填了 {len(group)} 人的结论"
        if len({line.member for line in group}) != len(group):
            errors[(group[-1].row, 2)] = "同一人填了两行"
    return cases, errors


@transaction.atomic
def take(content: bytes, *, by: Actor, at: datetime) -> ImportReport:
    """Import a filled check sheet: all or nothing. Lines without a verdict are skipped.

    A case's verdict is the worst of its lines. With errors nothing is taken and the workbook comes back marked.
    """
    by.need("housing.verify")
    try:
        book = load_workbook(io.BytesIO(content))
    except (OSError, KeyError, ValueError, BadZipFile) as fault:
        raise Refused("文件不是 .xlsx 工作簿，请上传由本系统导出并填写的核查表") from fault
    stamp = book.defined_names.get(_STAMP)
    code, _, version = (stamp.attr_text.strip('"') if stamp else "").partition(";")
    if code not in reviews.bureaus_of(by) or version != _VERSION:
        raise Refused("不是本部门当前版本的核查表，请重新导出")
    bureau = review.BUREAUS[code]
    sheet = book["核查表"]
    if sheet.max_row > MAX_ROWS:
        raise Refused(f"最多 {MAX_ROWS} 行，现为 {sheet.max_row} 行；请分批导出")
    lines, errors = _read(sheet, bureau)
    known = {r.application.number: r for r in reviews.of_bureaus(by).filter(bureau=code)
             if r.application.state == "under_review"}  # fmt: skip
    verdict_column = [k for k, _ in _columns(bureau)].index("verdict") + 1
    cases, more = _grouped(lines, known, verdict_column)
    errors |= more
    if errors:
        return _marked(book, sheet, errors)
    taken = unchanged = 0
    for number, group in cases.items():
        if _take_case(known[number], group, by, at):
            taken += 1
        else:
            unchanged += 1
    accounts.record(
        action="housing.review.imported", subject=f"housing/body:{code}", by=by, at=at,
        detail={"taken": taken, "unchanged": unchanged},
    )  # fmt: skip
    return ImportReport(taken, unchanged, ())


def _take_case(row: Any, group: Sequence[_Line], by: Actor, at: datetime) -> bool:
    verdict = next(v for v in ("fail", "unclear", "pass") if any(line.verdict == v for line in group))
    reason = "；".join(dict.fromkeys(line.reason for line in group if line.reason))
    facts = {line.member: line.answers for line in group}
    if (row.verdict, row.reason, row.facts) == (verdict, reason, facts):
        return False
    give_verdict(row.pk, verdict=verdict, facts=facts, reason=reason, by=by, at=at, audit=False)
    return True


def _marked(book: Workbook, sheet: Worksheet, errors: dict[tuple[int, int], str]) -> ImportReport:
    last = sheet.max_column + 1
    sheet.cell(3, last, "校验结果").font = Font(bold=True)
    found = []
    for (row, column), text in sorted(errors.items()):
        cell = sheet.cell(row, column)
        cell.fill, cell.comment = _RED, Comment(text, "校验")
        where = f"{get_column_letter(column)}{row}"
        before = sheet.cell(row, last).value
        sheet.cell(row, last, f"{before}；{where} {text}" if before else f"{where} {text}")
        found.append((where, text))
    return ImportReport(0, 0, tuple(found), _bytes(book))
