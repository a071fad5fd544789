"""Values and progress: entered by the unit, reviewed by a second person, revised and never overwritten."""

from __future__ import annotations

import calendar
import re
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from django.db import transaction

from greenpark.domains.accounts import facade as accounts
from greenpark.domains.accounts.contracts import Actor
from greenpark.domains.planning import models
from greenpark.domains.planning.contracts import BadReport, NotFound, ProgressDraft, State, ValueDraft
from greenpark.kernel.periods import PARK_ZONE

_PERIOD = re.compile(r"(20\d{2})(?:-(0[1-9]|1[0-2]))?")
_LIMIT = Decimal(10) ** 17


def item_of(item_id: int, *kinds: str) -> models.Item:
    """The item; raises NotFound when there is none of these kinds."""
    item = models.Item.objects.select_related("pack").filter(pk=item_id, kind__in=kinds).first()
    if item is None:
        raise NotFound(f"没有编号为 {item_id} 的条目")
    return item


def last_day(period: str) -> date:
    """Last day of a year or month. Raises BadReport."""
    match = _PERIOD.fullmatch(period.strip())
    if not match:
        raise BadReport({"period": f"期间应为 2026 或 2026-10，现为「{period}」"})
    year, month = int(match[1]), int(match[2] or 12)
    return date(year, month, calendar.monthrange(year, month)[1])


def enter_value(item_id: int, draft: ValueDraft, *, by: Actor, at: datetime) -> int:
    """Enter a value, as provisional or for review; returns its id. A second entry for a period is a revision.

    Raises NotFound, NotAllowed or OutOfScope, BadReport.
    """
    by.need("planning.report")
    item = item_of(item_id, "indicator")
    by.need_organisation(item.organisation_id)
    day, number = last_day(draft.period), _number(draft.value)
    today = at.astimezone(PARK_ZONE).date()
    errors = {}
    if day > today and not draft.provisional:
        errors["period"] = f"{draft.period} 尚未结束，请选“暂报”"
    if number is None and not draft.text.strip() and draft.accepted is None:
        errors["value"] = "数值与文字至少填一项；没有数据请不要填 0"
    if errors:
        raise BadReport(errors)
    with transaction.atomic():
        earlier = models.Value.objects.filter(item=item, period=draft.period.strip()).order_by("-revision").first()
        value = models.Value.objects.create(
            item=item,
            period=draft.period.strip(),
            day=min(day, today),
            revision=earlier.revision + 1 if earlier else 1,
            value=number,
            text=draft.text.strip(),
            accepted=draft.accepted,
            state=State.PROVISIONAL if draft.provisional else State.REPORTED,
            evidence=draft.evidence.strip(),
            source=draft.source.strip()[:200],
            entered_by=by.name,
            entered_by_id=by.id,
            entered_at=at,
        )
        detail = {"period": value.period, "revision": value.revision, "value": draft.value, "state": value.state}
        _record("planning.value.entered", item, by, at, detail)
    return int(value.pk)


def _number(text: str) -> Decimal | None:
    cell = text.strip().replace(",", "").replace("，", "")
    if not cell:
        return None
    try:
        value = Decimal(cell)
    except InvalidOperation:
        raise BadReport({"value": f"应为数字，现为「{text}」；单位不要填在这里"}) from None
    if not value.is_finite() or abs(value) > _LIMIT:
        raise BadReport({"value": f"数值过大或不是有限数：「{text}」"})
    if value != value.quantize(Decimal("0.000001")):
        raise BadReport({"value": "最多六位小数"})
    return value


def review_value(value_id: int, *, accept: bool, opinion: str, by: Actor, at: datetime) -> None:
    """Verify or return a reported value. The reviewer is another person than the one who entered it."""
    with transaction.atomic():
        value = models.Value.objects.select_for_update().select_related("item").filter(pk=value_id).first()
        if value is None:
            raise NotFound(f"没有编号为 {value_id} 的填报值")
        _review(value, value.item, accept=accept, opinion=opinion, by=by, at=at)
        detail = {"period": value.period, "revision": value.revision, "state": value.state, "opinion": value.opinion}
        _record("planning.value.reviewed", value.item, by, at, detail)


def enter_progress(item_id: int, draft: ProgressDraft, *, by: Actor, at: datetime) -> int:
    """Report a month's progress of a task or project; an answer to a returned report is a new revision."""
    by.need("planning.report")
    item = item_of(item_id, "task", "project")
    by.need_organisation(item.organisation_id)
    month = draft.month.strip()
    first = last_day(month).replace(day=1)
    errors = {}
    if "-" not in month:
        errors["month"] = f"月份应为 2026-10，现为「{month}」"
    if first > at.astimezone(PARK_ZONE).date():
        errors["month"] = f"{month} 尚未开始"
    if not draft.progress.strip():
        errors["progress"] = "请写明本月进展；没有进展请写原因"
    if errors:
        raise BadReport(errors)
    with transaction.atomic():
        earlier = models.Progress.objects.filter(item=item, month=month).order_by("-revision").first()
        if earlier and earlier.state == State.VERIFIED:
            raise BadReport({"month": f"{month} 的进展已审核通过，更正请先由统筹人员退回"})
        report = models.Progress.objects.create(
            item=item,
            month=month,
            revision=earlier.revision + 1 if earlier else 1,
            text=draft.progress.strip(),
            evidence=draft.evidence.strip(),
            difficulties=draft.difficulties.strip(),
            coordination=draft.coordination.strip(),
            state=State.REPORTED,
            entered_by=by.name,
            entered_by_id=by.id,
            entered_at=at,
        )
        _record("planning.progress.entered", item, by, at, {"month": month, "revision": report.revision})
    return int(report.pk)


def review_progress(report_id: int, *, accept: bool, opinion: str, by: Actor, at: datetime) -> None:
    """Accept a progress report or return it with an opinion; an accepted one may still be returned."""
    with transaction.atomic():
        report = models.Progress.objects.select_for_update().select_related("item").filter(pk=report_id).first()
        if report is None:
            raise NotFound(f"没有编号为 {report_id} 的进展")
        _review(report, report.item, accept=accept, opinion=opinion, by=by, at=at)
        detail = {"month": report.month, "revision": report.revision, "state": report.state, "opinion": report.opinion}
        _record("planning.progress.reviewed", report.item, by, at, detail)


def _review(row: Any, item: models.Item, *, accept: bool, opinion: str, by: Actor, at: datetime) -> None:
    by.need("planning.review")
    by.need_organisation(item.organisation_id)
    if row.entered_by_id == by.id and by.kind == "person":
        raise BadReport({"opinion": "填报人与核验人不能是同一人，请由另一人核验"})
    if row.state == State.RETURNED or (accept and row.state == State.VERIFIED):
        raise BadReport({"opinion": "这一条已有核验结论"})
    if row.state == State.PROVISIONAL and accept:
        raise BadReport({"opinion": "暂报值不核验，待正式填报后再核验"})
    if not accept and not opinion.strip():
        raise BadReport({"opinion": "退回须写明意见"})
    row.state = State.VERIFIED if accept else State.RETURNED
    row.reviewed_by, row.reviewed_at, row.opinion = by.name, at, opinion.strip()
    row.save()


def decide(item_id: int, *, organisation_id: int | None, value: str, basis: str, by: Actor, at: datetime) -> None:
    """Decide what the document leaves open: who reports an item, or what an unstated parameter is, with its basis."""
    by.need("planning.configure")
    item = item_of(item_id, "indicator", "task", "project", "parameter")
    by.need_organisation(item.organisation_id)
    if organisation_id is not None and organisation_id not in {o.id for o in accounts.organisations()}:
        raise BadReport({"organisation": "没有这个单位"})
    if value.strip() and not basis.strip():
        raise BadReport({"basis": "确定参数须写明依据（文件、会议纪要或批示）"})
    with transaction.atomic():
        decided = dict(item.decided)
        if organisation_id is not None:
            decided["organisation"] = organisation_id
            item.organisation_id = organisation_id
        if value.strip():
            entry = {"value": value.strip(), "basis": basis.strip(), "by": by.name, "at": at.isoformat()}
            decided["answers"] = [*decided.get("answers", []), entry]
        item.decided = decided
        item.save()
        detail = {"organisation": organisation_id, "value": value.strip(), "basis": basis.strip()}
        _record("planning.item.decided", item, by, at, detail)


def _record(action: str, item: models.Item, by: Actor, at: datetime, detail: dict[str, Any]) -> None:
    accounts.record(action=action, subject=f"plan:{item.pack.code}/{item.code}", by=by, at=at, detail=detail)
