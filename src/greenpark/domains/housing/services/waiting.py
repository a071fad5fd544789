"""Publicity of the qualified families, objections, and the deposit (第二十六条(四))."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import transaction

from greenpark.domains.accounts import facade as accounts
from greenpark.domains.accounts.contracts import Actor
from greenpark.domains.housing import models
from greenpark.domains.housing.contracts import NotFound, Refused
from greenpark.domains.housing.models import keys
from greenpark.domains.housing.rules import chain, states
from greenpark.domains.housing.rules.parameters import PUBLICITY_WORKING_DAYS, ParameterMissing
from greenpark.domains.housing.selectors import parameters, scope
from greenpark.domains.housing.services import case, funds
from greenpark.kernel.workdays import UnknownYear, add_workdays

_S = states.Application


def _locked(batch: models.Announcement, state: str, numbers: Sequence[str] | None) -> list[models.Application]:
    rows = models.Application.objects.select_for_update(of=("self",)).select_related("announcement__project")
    rows = rows.filter(announcement=batch, state=state).order_by("pool_no")
    found = [r for r in rows if numbers is None or r.number in set(numbers)]
    if numbers is not None and len(found) != len(set(numbers)):
        raise Refused("所选申请中有的不在此状态，请刷新后再试")
    return found


@transaction.atomic
def start_publicity(
    announcement_id: int, *, by: Actor, at: datetime, numbers: Sequence[str] | None = None
) -> models.Publicity:
    """Publish the qualified families of a batch for 7 working days; the day of publishing is not counted.

    The notice keeps convention, counted days and the State Council's document. Raises Refused without families or when
    the calendar of the coming year is not known.
    """
    by.need("housing.manage")
    batch = scope.announcement(by, announcement_id)
    rows = _locked(batch, _S.POOLED, numbers)
    if not rows:
        raise Refused("轮候库中没有待公示的家庭")
    try:
        found = add_workdays(case.local(at), PUBLICITY_WORKING_DAYS)
    except UnknownYear as fault:
        raise Refused(str(fault)) from fault
    rule = case.deadline(found)
    listed = [_public_line(r) for r in rows]
    publicity = models.Publicity.objects.create(
        announcement=batch, start=found.start, end=found.end, rule=rule, rows=listed,
        digest=chain.sm3(chain.canonical({"rows": listed, "rule": rule}).encode()), at=at, by=by.name,
    )  # fmt: skip
    for row in rows:
        row.due, row.due_rule = found.end, rule
        case.move_application(row, "publish", by=by, at=at, due=rule, audit=False)
    _record("publicity.started", batch, by, at, families=len(rows), end=found.end.isoformat(), digest=publicity.digest)
    return publicity


def _public_line(row: models.Application) -> dict[str, Any]:
    """The least that a public list must show."""
    applicant = next(m for m in row.members.all() if m.relation == "applicant")
    return {
        "pool_no": row.pool_no,
        "number": row.number,
        "name": applicant.name_masked,
        "tail": applicant.identity_masked,
        "persons": len(row.members.all()),
    }


def _record(what: str, batch: models.Announcement, by: Actor, at: datetime, **detail: Any) -> None:
    accounts.record(
        action=f"housing.{what}", subject=f"housing/announcement:{batch.number}", by=by, at=at, detail=detail,
        organisation_id=batch.project.organisation_id,
    )  # fmt: skip


@transaction.atomic
def object_to(number: str, text: str, *, by: Actor, at: datetime, contact: str = "") -> int:
    """Record an objection against one family during its publicity; the contact is encrypted. Returns its id."""
    by.need("housing.manage")
    row = scope.application(by, number, lock=True)
    publicity = _open_publicity(row)
    if publicity is None or not publicity.start <= case.local(at) <= publicity.end:
        raise Refused("公示期内才受理异议；公示期外发现的问题请按举报或退出情形办理")
    found = models.Objection.objects.create(
        application=row, publicity=publicity, text=text.strip(), at=at,
        from_sealed=keys.seal(contact.strip(), "objection.contact"),
    )  # fmt: skip
    if row.state == _S.IN_PUBLICITY:
        case.move_application(row, "object", by=by, at=at, opinion=text, detail={"objection": found.pk})
    else:
        case.event(
            f"application:{row.pk}", action="object", title="又收到异议", by=by, at=at, opinion=text,
            article="第二十六条(四)", detail={"objection": found.pk},
        )  # fmt: skip
    return int(found.pk)


def _open_publicity(row: models.Application) -> models.Publicity | None:
    for publicity in models.Publicity.objects.filter(announcement_id=row.announcement_id, state="open"):
        if any(line["number"] == row.number for line in publicity.rows):
            return publicity
    return None


@transaction.atomic
def decide_objection(objection_id: int, *, upheld: bool, opinion: str, by: Actor, at: datetime) -> str:
    """A person decides (A09). Upheld ends the case; dismissed returns it when no other objection is open."""
    by.need("housing.accept")
    found = models.Objection.objects.select_for_update().filter(pk=objection_id).first()
    if found is None:
        raise Refused("没有这条异议")
    row = scope.application(by, models.Application.objects.get(pk=found.application_id).number, lock=True)
    if found.outcome != "open":
        raise Refused("这条异议已经处理")
    if len(opinion.strip()) < 4:
        raise Refused("请写明核实情况与意见，至少 4 个字", {"opinion": "请写明意见"})
    found.outcome, found.opinion = "upheld" if upheld else "dismissed", opinion.strip()
    found.by, found.decided_at = by.name, at
    found.save()
    still = row.objections.filter(outcome="open").exists()
    if upheld:
        case.move_application(row, "uphold_objection", by=by, at=at, opinion=opinion, detail={"objection": found.pk})
    elif still:
        case.event(
            f"application:{row.pk}", action="dismiss", title="一条异议不成立", by=by, at=at, opinion=opinion,
            article="第二十六条(四)", detail={"objection": found.pk},
        )  # fmt: skip
    else:
        case.move_application(row, "dismiss_objection", by=by, at=at, opinion=opinion, detail={"objection": found.pk})
    return str(row.state)


@transaction.atomic
def finish_publicity(publicity_id: int, *, by: Actor, at: datetime) -> int:
    """After the last day: families without an open objection are told to pay; the list comes down. Returns how many.

    Families with an open objection follow one by one through :func:`clear_one`.
    """
    by.need("housing.manage")
    rows = models.Publicity.objects.select_for_update(of=("self",)).select_related("announcement__project")
    row = rows.filter(pk=publicity_id).first()
    if row is None:
        raise NotFound("没有这次公示")
    batch = scope.announcement(by, row.announcement_id)
    if row.state != "open":
        raise Refused("公示已经结束")
    if case.local(at) <= row.end:
        raise Refused(f"公示期至 {row.end} 24 时满（7 个工作日），现在不能结束")
    numbers = {line["number"] for line in row.rows}
    clear = [a for a in _locked(batch, _S.IN_PUBLICITY, None) if a.number in numbers]
    for application in clear:
        _clear(application, by, at)
    row.state = "closed"
    row.save(update_fields=["state"])
    _record("publicity.cleared", batch, by, at, families=len(clear), listed=len(numbers))
    return len(clear)


def _clear(row: models.Application, by: Actor, at: datetime, *, audit: bool = False) -> None:
    row.cleared_at, row.due, row.due_rule = at, None, {}
    case.move_application(row, "clear", by=by, at=at, audit=audit)


@transaction.atomic
def clear_one(number: str, *, by: Actor, at: datetime) -> None:
    """A family whose objection was dismissed after the public list had come down."""
    row = scope.application(by, number, lock=True)
    if row.due and case.local(at) <= row.due:
        raise Refused(f"公示期至 {row.due}，期满后办理")
    _clear(row, by, at, audit=True)


@transaction.atomic
def pay_deposit(number: str, *, amount: Decimal, document: str, on: date, by: Actor, at: datetime) -> None:
    """认购定金, exactly the decided amount (A10), into the closed account. Raises Refused naming the parameter."""
    by.need("housing.manage")
    row = scope.application(by, number, lock=True)
    try:
        due = parameters.current().deposit_yuan
        if due is None:
            raise ParameterMissing("deposit_yuan")
    except ParameterMissing as fault:
        raise Refused(str(fault)) from fault
    if amount != due:
        raise Refused(f"认购定金为 {due} 元，现为 {amount} 元", {"amount": f"应为 {due} 元"})
    case.move_application(
        row, "pay_deposit", by=by, at=at, detail={"amount": str(amount), "document": document},
        also=("housing.manage",),
    )  # fmt: skip
    take_payment(row, kind="deposit", amount=amount, purpose="认购定金", document=document, on=on, by=by, at=at)


def take_payment(
    row: models.Application, *, kind: str, amount: Decimal, purpose: str, document: str, on: date, by: Actor,
    at: datetime,
) -> models.Payment:  # fmt: skip
    """Money of a family with its line in the closed account; negative is paid back."""
    fund = funds.book(
        row.announcement.project_id, kind="sales", purpose=purpose, amount=amount, on=on, document=document, by=by,
        at=at, subject=f"application:{row.number}",
    )  # fmt: skip
    return models.Payment.objects.create(application=row, kind=kind, amount=amount, fund=fund, document=document, at=at)
