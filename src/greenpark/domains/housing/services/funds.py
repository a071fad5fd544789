"""The closed account of a project (第十一条): lines are added, never changed; a mistake is reversed."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Sum

from greenpark.domains.accounts import facade as accounts
from greenpark.domains.accounts.contracts import Actor
from greenpark.domains.housing import models
from greenpark.domains.housing.contracts import Diversion, Refused
from greenpark.domains.housing.rules import chain, funds
from greenpark.domains.housing.selectors import scope

_HASHED = ("project_id", "seq", "on", "kind", "amount", "purpose", "document", "subject", "reverses_id", "reason")


def digest(previous: str, row: models.FundEntry) -> str:
    """SM3 that binds the line to the one before."""
    values: dict[str, Any] = {name: str(getattr(row, name)) for name in _HASHED}
    values["amount"] = f"{row.amount:.2f}"
    return chain.sm3(f"{previous}\n{chain.canonical(values)}".encode())


def balance(project_id: int, kind: str = "") -> Decimal:
    """Money in the account [yuan], of one kind or all."""
    rows = models.FundEntry.objects.filter(project_id=project_id)
    if kind:
        rows = rows.filter(kind=kind)
    return (rows.aggregate(s=Sum("amount"))["s"] or Decimal(0)).quantize(Decimal("0.01"))


@transaction.atomic
def book(
    project_id: int, *, kind: str, purpose: str, amount: Decimal, on: date, document: str, by: Actor, at: datetime,
    counterparty: str = "", subject: str = "",
) -> models.FundEntry:  # fmt: skip
    """Book money in (positive) or out (negative).

    Raises Diversion for a purpose outside the list, Refused for more than there is or without a document.
    """
    by.need("housing.fund")
    project = scope.project(by, project_id)
    try:
        funds.check(kind, purpose, amount)
    except funds.NotAPurpose as fault:
        raise Diversion(str(fault)) from fault
    except ValueError as fault:
        raise Refused(str(fault), {"amount": str(fault)}) from fault
    return _append(
        project, by=by, at=at, on=on, kind=kind, amount=amount, purpose=purpose, document=document.strip(),
        counterparty=counterparty.strip(), subject=subject,
    )  # fmt: skip


def _append(project: models.Project, *, by: Actor, at: datetime, **values: Any) -> models.FundEntry:
    models.Project.objects.select_for_update().get(pk=project.pk)
    if len(values["document"]) < 2:
        raise Refused("请填写凭证号", {"document": "请填写凭证号"})
    there = balance(project.pk, values["kind"])
    if values["amount"] < 0 and there + values["amount"] < 0:
        kind = funds.KINDS[values["kind"]]
        raise Refused(f"{kind}余额 {there} 元，不足以支出 {-values['amount']} 元；各类资金分别核算，不得挤占")
    last = project.funds.order_by("-seq").first()
    row = models.FundEntry(project=project, seq=last.seq + 1 if last else 1, by=by.name, at=at, **values)
    row.previous = last.hash if last else chain.GENESIS
    row.hash = digest(row.previous, row)
    row.save(force_insert=True)
    accounts.record(
        action="housing.fund.reversed" if row.reverses_id else "housing.fund.booked",
        subject=f"housing/project:{project.pk}/fund:{row.seq}", by=by, at=at,
        detail={"kind": row.kind, "purpose": row.purpose, "amount": f"{row.amount:.2f}", "document": row.document},
        organisation_id=project.organisation_id,
    )  # fmt: skip
    return row


@transaction.atomic
def reverse(project_id: int, seq: int, *, reason: str, on: date, document: str, by: Actor, at: datetime) -> None:
    """Reverse a line by its opposite. A line is reversed once; a reversal itself is not reversed."""
    by.need("housing.fund")
    project = scope.project(by, project_id)
    row = project.funds.select_for_update().filter(seq=seq).first()
    if row is None:
        raise Refused("没有这条分录")
    if row.reverses_id or hasattr(row, "reversed_by"):
        raise Refused("这条分录已经冲正，或本身就是冲正")
    if hasattr(row, "payment") or hasattr(row, "buyback"):
        raise Refused("这条分录来自收款或回购，请在原业务中退款")
    if len(reason.strip()) < 2:
        raise Refused("冲正须写明理由", {"reason": "请写明理由"})
    _append(
        project, by=by, at=at, on=on, kind=row.kind, amount=-row.amount, purpose=row.purpose,
        document=document.strip(), counterparty=row.counterparty, subject=row.subject, reverses=row,
        reason=reason.strip(),
    )  # fmt: skip


def verify(project_id: int) -> str:
    """Recompute the chain of the account; "" when it holds, else what is wrong."""
    previous = chain.GENESIS
    for n, row in enumerate(models.FundEntry.objects.filter(project_id=project_id).order_by("seq"), start=1):
        if row.seq != n or row.previous != previous or digest(previous, row) != row.hash:
            return f"第 {n} 条与摘要不符"
        previous = row.hash
    return ""
