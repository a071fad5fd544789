"""Excel of lists, masked and watermarked with who exported it when."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from openpyxl import Workbook
from openpyxl.styles import Font, PatternFill
from openpyxl.utils import get_column_letter

from greenpark.domains.housing import facade
from greenpark.domains.housing.contracts import ApplicationView
from greenpark.kernel.periods import PARK_ZONE


def _table(title: str, heads: Sequence[str], rows: Sequence[Sequence[Any]], who: str, at: datetime) -> bytes:
    book = Workbook()
    sheet = book.active
    sheet.title = "名单"
    sheet.cell(1, 1, title).font = Font(size=14, bold=True)
    when = at.astimezone(PARK_ZONE).isoformat(timespec="minutes")
    sheet.cell(2, 1, f"导出人 {who}，{when}；个人信息已脱敏，仅限工作使用")
    sheet.oddFooter.center.text = f"{who} {when} 导出"
    for n, head in enumerate(heads, start=1):
        cell = sheet.cell(3, n, head)
        cell.font, cell.fill = Font(bold=True), PatternFill("solid", fgColor="E9F0FC")
        sheet.column_dimensions[get_column_letter(n)].width = 18
    for line, row in enumerate(rows, start=4):
        for n, value in enumerate(row, start=1):
            sheet.cell(line, n, facade.sheets.guard(value))
    sheet.freeze_panes = "A4"
    sheet.print_title_rows = "1:3"
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def cases(rows: Sequence[ApplicationView], who: str, at: datetime) -> bytes:
    heads = ("申请编号", "项目", "主申请人", "证件", "人数", "状态", "轮候号", "顺位", "判定", "房源")
    values = [
        (a.number, a.project, a.applicant, a.applicant_tail, a.persons, a.state_name, a.pool_no, a.place,
         a.verdict_name, a.home)
        for a in rows
    ]  # fmt: skip
    return _table("配售型保障性住房申请", heads, values, who, at)


def funds(rows: Sequence[Any], project: str, who: str, at: datetime) -> bytes:
    heads = ("序号", "日期", "资金类别", "用途", "金额（元）", "余额（元）", "对方", "凭证", "冲正", "摘要 SM3")
    values = [
        (r.seq, r.on, facade.FUND_KINDS[r.kind], r.purpose, r.amount, balance, r.counterparty, r.document,
         f"冲正第 {r.reverses.seq} 条" if r.reverses_id else "", r.hash)
        for r, balance in rows
    ]  # fmt: skip
    return _table(f"封闭资金账：{project}", heads, values, who, at)
