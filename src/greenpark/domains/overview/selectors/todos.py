"""What a person has to do, from every domain that they may work in."""

from __future__ import annotations

from collections import Counter
from datetime import datetime

from django.utils.translation import gettext as _

from greenpark.domains.accounts.contracts import Actor
from greenpark.domains.carbon import facade as carbon
from greenpark.domains.carbon.contracts import LedgerRow
from greenpark.domains.overview.contracts import Todo
from greenpark.domains.overview.rules import last_month, ordered
from greenpark.domains.overview.selectors import points
from greenpark.domains.registry import facade as registry
from greenpark.kernel.periods import Month


def todos(actor: Actor, at: datetime) -> list[Todo]:
    """Most pressing first: what is late, what is due, what waits for a decision, then upkeep."""
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


def _to_report(rows: list[LedgerRow], month: Month) -> list[Todo]:
    words = {"missing": _("未填报"), "draft": _("草稿"), "returned": _("已退回")}
    return [
        Todo(
            level="bad" if row.overdue else "warn",
            tag=_("已逾期") if row.overdue else words[row.report_state],
            title=_("填报 %(enterprise)s %(month)s 月报") % {"enterprise": row.enterprise, "month": month},
            note=_("请按意见修改后重新提交") if row.report_state == "returned" else _("提交后由园区核验"),
            url_name="carbon:report",
            args=(str(month), row.enterprise_id),
            rank=10 if row.overdue else 20,
        )
        for row in rows
        if row.report_expected and row.report_state in words and not row.closed
    ]


def _to_review(rows: list[LedgerRow], month: Month) -> list[Todo]:
    found = [
        Todo(
            level="info",
            tag=_("待核验"),
            title=_("核验 %(enterprise)s %(month)s 月报") % {"enterprise": row.enterprise, "month": month},
            note=_("填报人：%s") % (row.filled_by or "—"),
            url_name="carbon:report",
            args=(str(month), row.enterprise_id),
            rank=25,
        )
        for row in rows
        if row.report_expected and row.report_state == "submitted" and not row.closed
    ]
    late = [row for row in rows if row.overdue]
    if late:
        found.append(
            Todo(
                level="bad",
                tag=_("已逾期"),
                title=_("催报 %(month)s 月报（%(n)d 家）") % {"month": month, "n": len(late)},
                note=_names([row.enterprise for row in late], len(late)),
                url_name="carbon:reports",
                query=f"?month={month}",
                rank=15,
                count=len(late),
            )
        )
    return found


def _to_close(actor: Actor, rows: list[LedgerRow], month: Month) -> list[Todo]:
    states = Counter(row.status for row in rows)
    still_open = len(rows) - states["closed"] - states["late"]
    proposed = carbon.corrections(actor, state="proposed")
    others = [correction for correction in proposed if correction.proposed_by_id != actor.id]
    lines = (
        (
            "info",
            _("待批准"),
            _("批准更正分录（%d 条）") % len(others),
            _("提出与批准须由两人完成"),
            "carbon:corrections",
            "",
            27,
            len(others),
        ),
        (
            "warn",
            _("结后有变"),
            _("%(month)s 月结后数据有变（%(n)d 家）") % {"month": month, "n": states["late"]},
            _("核对后提出更正分录"),
            "carbon:ledger",
            f"?month={month}",
            28,
            states["late"],
        ),
        (
            "warn",
            _("待月结"),
            _("月结 %(month)s（%(n)d 家未结）") % {"month": month, "n": still_open},
            _("共 %d 家") % len(rows),
            "carbon:close",
            f"?month={month}",
            30,
            still_open,
        ),
    )
    return [
        Todo(level, tag, title, note, name, query=query, rank=rank, count=count)
        for level, tag, title, note, name, query, rank, count in lines
        if count
    ]


def _silent(actor: Actor, at: datetime) -> list[Todo]:
    state = points.collection(actor, at)
    silent = state.points - state.online
    if not silent:
        return []
    return [
        Todo(
            level="warn",
            tag=_("离线"),
            title=_("%d 个监测点没有按时来数") % silent,
            note=_names([name for _id, name, _at in state.silent[:2]], silent),
            url_name="overview:park",
            query="#collection",
            rank=40,
            count=silent,
        )
    ]


def _aliases(actor: Actor) -> list[Todo]:
    waiting = registry.alias_counts(actor).get("inference", 0)
    if not waiting:
        return []
    return [
        Todo(
            level="none",
            tag=_("待确认"),
            title=_("确认 %d 个企业与园区的别名") % waiting,
            note=_("来源文件对同一对象用了不同名称"),
            url_name="registry:aliases",
            rank=60,
            count=waiting,
        )
    ]


def _names(names: list[str], total: int) -> str:
    """The first three names, and that there are more."""
    shown = "、".join(names[:3])
    return _("%s等") % shown if total > min(3, len(names)) else shown
