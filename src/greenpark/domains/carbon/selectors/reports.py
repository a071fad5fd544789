"""Monthly reports for the form, the list and the export."""

from __future__ import annotations

from datetime import datetime

from greenpark.domains.accounts.contracts import Actor
from greenpark.domains.carbon import models
from greenpark.domains.carbon.contracts import REPORT_STATE_NAMES, NotFound, ReportItemView, ReportState, ReportView
from greenpark.domains.carbon.rules import items, reporting
from greenpark.domains.carbon.selectors import enterprises, parameters, sources
from greenpark.kernel.periods import PARK_ZONE, Month

_ACTIONS = {
    "value": "修改",
    "submit": "提交",
    "withdraw": "撤回",
    "verify": "核验通过",
    "return": "退回",
    "attach": "上传附件",
}


def wanted_items(enterprise_ids: list[int], month: Month, at: datetime) -> list[items.Item]:
    """Items for a template: those that the sources of the enterprises need, in the order of the catalogue.

    Without any source, every item but the rarer raw materials is offered.
    """
    needed = {code for codes in sources.report_items(enterprise_ids, month, at).values() for code in codes}
    if not needed:
        return [i for i in items.ITEMS if i.group in ("能源消费量", "电力与热力")]
    return [i for i in items.ITEMS if i.code in needed]


def report(actor: Actor, enterprise_id: int, month: Month, at: datetime) -> ReportView:
    """The report of an enterprise for a month, also when nothing was typed yet. Raises NotFound."""
    enterprise = enterprises.one(actor, enterprise_id)
    row = models.MonthlyReport.objects.filter(enterprise_id=enterprise_id, month=str(month)).first()
    needed = sources.report_items([enterprise_id], month, at).get(enterprise_id, [])
    required = sources.report_items([enterprise_id], month, at, required_only=True).get(enterprise_id, [])
    values = {v.item: v.value for v in row.values.all()} if row else {}
    before = dict(
        models.ReportValue.objects.filter(
            report__enterprise_id=enterprise_id, report__month=str(month.previous())
        ).values_list("item", "value")
    )
    shown = [i for i in items.ITEMS if i.code in needed or i.code in values or i.code in before]
    state = row.state if row else ReportState.MISSING
    day = parameters.parameter("report_deadline_day")
    last = reporting.deadline(month, None if day is None else int(day))
    unfinished = state in (ReportState.MISSING, ReportState.DRAFT, ReportState.RETURNED)
    closed = models.LedgerPeriod.objects.filter(enterprise_id=enterprise_id, month=str(month), closed=True).exists()
    reminders = models.Reminder.objects.filter(enterprise_id=enterprise_id, month=str(month))
    return ReportView(
        enterprise_id,
        enterprise.name,
        enterprises.reporting_code(enterprise),
        str(month),
        state,
        REPORT_STATE_NAMES[state],
        row.filled_by if row else "",
        row.phone if row else "",
        row.note if row else "",
        row.opinion if row else "",
        row.reviewed_by if row else "",
        row.submitted_at if row else None,
        row.verified_at if row else None,
        last.isoformat() if last else "",
        bool(last and unfinished and at.astimezone(PARK_ZONE).date() > last),
        closed,
        not closed and (row is None or row.state in reporting.EDITABLE),
        tuple(
            ReportItemView(
                i.code,
                i.name,
                i.unit,
                items.unit_name(i.unit),
                i.group,
                i.help,
                values.get(i.code),
                before.get(i.code),
                i.code in required,
            )
            for i in shown
        ),
        tuple(_change(c) for c in row.changes.all()[:200]) if row else (),
        tuple(
            {"name": e.name, "size": e.size, "sha256": e.sha256, "sm3": e.sm3, "at": e.at, "by": e.by, "id": e.pk}
            for e in row.evidence.all()
        )
        if row
        else (),
        tuple({"at": r.at, "by": r.by, "text": r.text} for r in reminders),
    )


def _evidence(row: models.Evidence) -> dict[str, object]:
    return {
        "id": row.pk,
        "name": row.name,
        "size": row.size,
        "sha256": row.sha256,
        "sm3": row.sm3,
        "at": row.at,
        "by": row.by,
    }


def _change(change: models.ReportChange) -> dict[str, object]:
    item = items.BY_CODE.get(change.item)
    return {
        "at": change.at,
        "by": change.by,
        "action": change.action,
        "action_name": _ACTIONS.get(change.action, change.action),
        "item": item.name if item else "",
        "unit": items.unit_name(item.unit) if item else "",
        "before": REPORT_STATE_NAMES.get(change.before, change.before),
        "after": REPORT_STATE_NAMES.get(change.after, change.after),
        "opinion": change.opinion,
    }


def evidence(actor: Actor, evidence_id: int) -> tuple[str, str]:
    """(file name, SHA-256) of an attachment in scope. Raises NotFound."""
    row = models.Evidence.objects.filter(pk=evidence_id).select_related("report").first()
    if row is None:
        raise NotFound("没有这个附件")
    enterprises.one(actor, row.report.enterprise_id)
    return row.name, row.sha256


def values_of_month(actor: Actor, month: Month) -> dict[int, dict[str, object]]:
    """Reported values by enterprise, for the export."""
    known = enterprises.visible(actor)
    found: dict[int, dict[str, object]] = {}
    for value in models.ReportValue.objects.filter(report__month=str(month)).select_related("report"):
        if value.report.enterprise_id in known:
            found.setdefault(value.report.enterprise_id, {})[value.item] = value.value
    return found
