"""What a person has to do, from every domain that they may work in."""

from __future__ import annotations

from collections import Counter
from datetime import datetime

from greenpark.domains.accounts.contracts import Actor
from greenpark.domains.carbon import facade as carbon
from greenpark.domains.carbon.contracts import LedgerRow
from greenpark.domains.overview.contracts import Todo
from greenpark.domains.overview.rules import last_month, ordered
from greenpark.domains.overview.selectors import points
from greenpark.domains.registry import facade as registry
from greenpark.kernel.periods import Month


def todos(actor: Actor, at: datetime) -> list[Todo]:
    """Most pressing first."""
    month = last_month(at)
    found: list[Todo] = []
    if actor.may("carbon.view"):
        rows = carbon.ledger_rows(actor, month, at)
        if actor.may("carbon.report"):
            found += _to_report(rows, month)
        if actor.may("carbon.review"):
            found += _to_review(rows, month)
        if actor.may("carbon.close"):
            found += _to_close(actor, rows, month)
    if actor.may("telemetry.review"):
        found += _silent(actor, at)
    if actor.may("registry.review"):
        found += _aliases(actor)
    return ordered(found)


_UNFINISHED = {"missing": "未填报", "draft": "草稿", "returned": "已退回"}


def _to_report(rows: list[LedgerRow], month: Month) -> list[Todo]:
    return [
        Todo(
            "bad" if row.overdue else "warn",
            "已逾期" if row.overdue else _UNFINISHED[row.report_state],
            f"填报{row.enterprise} {month} 月报",
            "退回的月报请按意见修改后重新提交" if row.report_state == "returned" else "提交后由碳管理员核验",
            "carbon:report",
            (str(month), row.enterprise_id),
            rank=10 if row.overdue else 20,
        )
        for row in rows
        if row.report_expected and row.report_state in _UNFINISHED and not row.closed
    ]


def _to_review(rows: list[LedgerRow], month: Month) -> list[Todo]:
    found = [
        Todo(
            "info",
            "待核验",
            f"核验{row.enterprise} {month} 月报",
            f"由{row.filled_by or '企业'}提交",
            "carbon:report",
            (str(month), row.enterprise_id),
            rank=25,
        )
        for row in rows
        if row.report_expected and row.report_state == "submitted" and not row.closed
    ]
    late = [row for row in rows if row.overdue]
    if late:
        names = "、".join(row.enterprise for row in late[:3]) + ("等" if len(late) > 3 else "")
        found.append(
            Todo(
                "bad",
                "已逾期",
                f"催报 {month} 月报（{len(late)} 家）",
                names,
                "carbon:reports",
                (),
                f"?month={month}",
                rank=15,
                count=len(late),
            )
        )
    return found


def _to_close(actor: Actor, rows: list[LedgerRow], month: Month) -> list[Todo]:
    found = []
    states = Counter(row.status for row in rows)
    still_open = len(rows) - states["closed"] - states["late"]
    if still_open:
        found.append(
            Todo(
                "warn",
                "待月结",
                f"月结 {month}（{still_open} 家未结）",
                f"已结 {len(rows) - still_open} 家，共 {len(rows)} 家",
                "carbon:close",
                (),
                f"?month={month}",
                rank=30,
                count=still_open,
            )
        )
    if states["late"]:
        found.append(
            Todo(
                "warn",
                "结后有变",
                f"{month} 月结后有数据变动（{states['late']} 家）",
                "核对后提出更正分录",
                "carbon:ledger",
                (),
                f"?month={month}",
                rank=28,
                count=states["late"],
            )
        )
    proposed = carbon.corrections(actor, state="proposed")
    if proposed:
        found.append(
            Todo(
                "info",
                "待批准",
                f"批准更正分录（{len(proposed)} 条）",
                f"最早由{proposed[-1].proposed_by}提出",
                "carbon:corrections",
                rank=27,
                count=len(proposed),
            )
        )
    return found


def _silent(actor: Actor, at: datetime) -> list[Todo]:
    state = points.collection(actor, at)
    silent = state.points - state.online
    if not silent:
        return []
    names = "、".join(name for _id, name, _at in state.silent[:2]) + ("等" if silent > 2 else "")
    return [Todo("warn", "离线", f"{silent} 个监测点没有按时来数", names, "overview:park", (), "#collection", rank=40)]


def _aliases(actor: Actor) -> list[Todo]:
    waiting = registry.alias_counts(actor).get("inference", 0)
    if not waiting:
        return []
    return [
        Todo(
            "none",
            "待确认",
            f"确认 {waiting} 个企业与园区的别名",
            "来源文件对同一对象用了不同名称",
            "registry:aliases",
            rank=60,
        )
    ]
