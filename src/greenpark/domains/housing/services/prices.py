"""Price of a project: proposed from its parts, published, approved by the government (第二十五条)."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from django.db import transaction
from django.db.models import Sum

from greenpark.domains.accounts import facade as accounts
from greenpark.domains.accounts.contracts import Actor
from greenpark.domains.housing import models
from greenpark.domains.housing.contracts import Refused
from greenpark.domains.housing.rules import price as rules
from greenpark.domains.housing.selectors import parameters, scope


def _record(action: str, row: models.PriceVersion, by: Actor, at: datetime, **detail: str) -> None:
    accounts.record(
        action=f"housing.price.{action}", subject=f"housing/project:{row.project_id}/price:{row.version}", by=by,
        at=at, detail=detail, organisation_id=row.project.organisation_id,
    )  # fmt: skip


@transaction.atomic
def propose(
    project_id: int, parts: rules.CostParts, *, by: Actor, at: datetime, other_items: str = ""
) -> models.PriceVersion:
    """A new version from its parts over the area of the registered homes.

    Raises Refused (also for a profit above 5 % and while the base of the 5 % is undecided, A26), NotAllowed.
    """
    by.need("housing.manage")
    project = scope.project(by, project_id)
    area = project.homes.exclude(state="removed_from_plan").aggregate(s=Sum("area_m2"))["s"] or Decimal(0)
    if not area:
        raise Refused("项目还没有房源，无法测算每平方米价格；请先登记房源")
    if parts.other and not other_items.strip():
        raise Refused("相关成本须列明构成（第二十五条“等相关成本”，A26）", {"other_items": "请列明构成"})
    known = parameters.current()
    try:
        found = rules.propose(parts, area, known)
    except ValueError as fault:
        raise Refused(str(fault)) from fault
    row = project.prices.create(
        version=project.prices.count() + 1, state="proposed", land=parts.land, construction=parts.construction,
        other=parts.other, other_items=other_items.strip(), profit=parts.profit, area_m2=area,
        proposed_per_m2=found.per_m2, working=found.working, parameters_version=known.version, at=at,
    )  # fmt: skip
    _record("proposed", row, by, at, per_m2=str(found.per_m2), total=str(found.total))
    return row


def _version(by: Actor, project_id: int, version: int) -> models.PriceVersion:
    rows = scope.project(by, project_id).prices.select_for_update(of=("self",)).select_related("project")
    row = rows.filter(version=version).first()
    if row is None:
        raise Refused(f"没有第 {version} 版价格")
    return row


@transaction.atomic
def publish(project_id: int, version: int, *, on: date, by: Actor, at: datetime) -> None:
    """确定拟配售价格，向社会公布."""
    by.need("housing.manage")
    row = _version(by, project_id, version)
    if row.state != "proposed":
        raise Refused("只有测算中的价格可以公布")
    row.state, row.published_on = "published", on
    row.save(update_fields=["state", "published_on"])
    _record("published", row, by, at, per_m2=str(row.proposed_per_m2))


@transaction.atomic
def approve(
    project_id: int, version: int, *, per_m2: Decimal, document: str, on: date, by: Actor, at: datetime
) -> None:
    """配售价格以政府核定为准: record the government's decision, which need not equal the proposal."""
    by.need("housing.accept")
    row = _version(by, project_id, version)
    if row.state != "published":
        raise Refused("价格须先向社会公布，再登记政府核定（第二十五条）")
    if len(document.strip()) < 4 or per_m2 <= 0 or per_m2 != rules.cents(per_m2):
        raise Refused("请填写核定文号与大于 0、精确到分的单价")
    row.project.prices.filter(state="approved").update(state="superseded")
    row.state, row.approved_per_m2, row.approved_on, row.document = "approved", per_m2, on, document.strip()
    row.save()
    _record("approved", row, by, at, per_m2=str(per_m2), document=row.document)
