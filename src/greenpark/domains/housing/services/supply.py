"""Demand, yearly plan, projects, homes, property service."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal

from django.db import transaction
from django.db.models import Max

from greenpark.domains.accounts import facade as accounts
from greenpark.domains.accounts.contracts import Actor
from greenpark.domains.housing import models
from greenpark.domains.housing.contracts import HomeRow, ProjectDraft, Refused
from greenpark.domains.housing.models import keys
from greenpark.domains.housing.rules import forms
from greenpark.domains.housing.rules.parameters import UNIT_AREA_FROM, UNIT_AREA_TO
from greenpark.domains.housing.selectors import scope
from greenpark.domains.housing.services import case
from greenpark.kernel.identity import mask_name


@transaction.atomic
def register_demand(
    *, organisation_id: int, year: int, name: str, phone: str, persons: int, area_m2: Decimal, by: Actor, at: datetime,
    note: str = "",
) -> int:  # fmt: skip
    """A wish for a home (第三条 «以需定建», A28: optional). Returns its id."""
    by.need("housing.apply")
    by.need_organisation(organisation_id)
    if not name.strip() or not 1 <= persons <= 20 or not 0 < area_m2 < 1000:
        raise Refused("请填写姓名、1 到 20 的家庭人数和期望面积")
    row = models.Demand.objects.create(
        organisation_id=organisation_id, year=year, persons=persons, area_m2=area_m2, note=note.strip(), at=at,
        name_sealed=keys.seal(name.strip(), "demand.name"), phone_sealed=keys.seal(phone.strip(), "demand.phone"),
        name_masked=mask_name(name),
    )  # fmt: skip
    accounts.record(
        action="housing.demand.registered", subject=f"housing/demand:{row.pk}", by=by, at=at,
        detail={"year": year, "persons": persons, "area_m2": str(area_m2)}, organisation_id=organisation_id,
    )  # fmt: skip
    return int(row.pk)


@transaction.atomic
def save_plan(
    *, organisation_id: int, year: int, new: int, purchased: int, converted: int, document: str, by: Actor, at: datetime
) -> int:
    """A new version of the yearly plan. Needs registered demand, for demand decides (第三条). Returns the version."""
    by.need("housing.configure")
    by.need_organisation(organisation_id)
    demand = models.Demand.objects.filter(organisation_id=organisation_id, year=year).count()
    if not demand:
        raise Refused(f"{year} 年还没有需求登记；第三条要求以需定建（购），请先登记需求")
    if min(new, purchased, converted) < 0 or new + purchased + converted == 0:
        raise Refused("计划套数不得为负，合计应大于 0")
    rows = models.YearPlan.objects.filter(organisation_id=organisation_id, year=year)
    version = (rows.aggregate(m=Max("version"))["m"] or 0) + 1
    models.YearPlan.objects.create(
        organisation_id=organisation_id, year=year, version=version, demand_count=demand, new=new,
        purchased=purchased, converted=converted, document=document.strip(), by=by.name, at=at,
    )  # fmt: skip
    accounts.record(
        action="housing.plan.saved", subject=f"housing/plan:{year}/{version}", by=by, at=at,
        detail={"demand": demand, "new": new, "purchased": purchased, "converted": converted},
        organisation_id=organisation_id,
    )  # fmt: skip
    return int(version)


@transaction.atomic
def save_project(draft: ProjectDraft, *, organisation_id: int, by: Actor, at: datetime) -> int:
    """Create a project, or change the one with this code. Returns its id."""
    by.need("housing.manage")
    by.need_organisation(organisation_id)
    errors = {}
    if draft.source not in forms.SOURCES:
        errors["source"] = f"来源应为{'、'.join(forms.SOURCES.values())}（第十三条、第十四条）"
    if draft.source == "converted" and not draft.decision.strip():
        errors["decision"] = "转化房源须写明「符合条件」的认定文件（第十四条，A27）"
    if not draft.code.strip() or not draft.name.strip():
        errors["name"] = "请填写项目代码与名称"
    if errors:
        raise Refused("；".join(errors.values()), errors)
    values = {
        "name": draft.name.strip(), "source": draft.source, "address": draft.address, "land": draft.land,
        "description": draft.description, "decision": draft.decision, "demo": draft.demo,
    }  # fmt: skip
    row = models.Project.objects.filter(code=draft.code.strip()).first()
    if row is None:
        row = models.Project.objects.create(code=draft.code.strip(), organisation_id=organisation_id, at=at, **values)
    else:
        row = scope.project(by, row.pk)
        for field, value in values.items():
            setattr(row, field, value)
        row.save()
    accounts.record(
        action="housing.project.saved", subject=f"housing/project:{row.pk}", by=by, at=at,
        detail={"code": row.code, "name": row.name, "source": row.source}, organisation_id=row.organisation_id,
    )  # fmt: skip
    return int(row.pk)


@transaction.atomic
def add_homes(project_id: int, rows: Sequence[HomeRow], *, by: Actor, at: datetime) -> list[int]:
    """Add homes to the supply register, all or none.

    A new home outside 60–100 m² needs its exception (第十五条 «原则», A25). Raises Refused naming each home.
    """
    by.need("housing.manage")
    project = scope.project(by, project_id)
    errors: dict[str, str] = {}
    known = set(project.homes.values_list("code", flat=True))
    for row in rows:
        if row.code in known:
            errors[row.code] = f"{row.code}：房号重复"
        elif not 0 < row.area_m2 < 1000:
            errors[row.code] = f"{row.code}：面积应大于 0"
        elif project.source == "new" and _outside(row.area_m2) and not row.exception.strip():
            errors[row.code] = (
                f"{row.code}：建筑面积 {row.area_m2} 平方米不在 {UNIT_AREA_FROM}—{UNIT_AREA_TO} 平方米，"
                "须填写例外理由与依据（第十五条）"
            )
        known.add(row.code)
    if errors:
        raise Refused("；".join(list(errors.values())[:10]), errors)
    ids = [_add_home(project, row, by, at) for row in rows]
    accounts.record(
        action="housing.homes.added", subject=f"housing/project:{project.pk}", by=by, at=at,
        detail={"homes": len(ids), "exceptions": sum(bool(r.exception) for r in rows)},
        organisation_id=project.organisation_id,
    )  # fmt: skip
    return ids


def _outside(area: Decimal) -> bool:
    return not UNIT_AREA_FROM <= area <= UNIT_AREA_TO


def _add_home(project: models.Project, row: HomeRow, by: Actor, at: datetime) -> int:
    home = models.Home.objects.create(
        project=project, code=row.code, building=row.building, unit=row.unit, floor=row.floor, room=row.room,
        area_m2=row.area_m2, layout=row.layout,
    )  # fmt: skip
    if row.exception.strip():
        models.AreaException.objects.create(home=home, reason=row.exception.strip(), by=by.name, at=at)
    case.event(
        f"home:{home.pk}", action="add", title="登记房源", by=by, at=at, target=home.state, article="第十三条",
        detail={"code": row.code, "area_m2": str(row.area_m2), "source": project.source, "exception": row.exception},
    )  # fmt: skip
    return int(home.pk)


@transaction.atomic
def release_homes(project_id: int, *, by: Actor, at: datetime) -> int:
    """Put every planned home of the project up for sale; needs an approved price (第二十五条). Returns how many."""
    by.need("housing.manage")
    project = scope.project(by, project_id)
    if not project.prices.filter(state="approved").exists():
        raise Refused("还没有政府核定的价格（第二十五条），请先登记核定价格")
    rows = list(project.homes.select_for_update().filter(state="planned").select_related("project"))
    for row in rows:
        case.move_home(row, "release", by=by, at=at, audit=False)
    accounts.record(
        action="housing.home.moved", subject=f"housing/project:{project.pk}", by=by, at=at,
        detail={"move": "release", "homes": len(rows)}, organisation_id=project.organisation_id,
    )  # fmt: skip
    return len(rows)


@transaction.atomic
def drop_home(home_id: int, *, reason: str, by: Actor, at: datetime) -> None:
    """Take a planned home out of the plan."""
    row = scope.home(by, home_id, lock=True)
    case.move_home(row, "drop", by=by, at=at, opinion=reason)


@transaction.atomic
def save_property_contract(
    project_id: int, *, firm: str, number: str, since: date, until: date | None, fee: Decimal, document: str,
    by: Actor, at: datetime,
) -> int:  # fmt: skip
    """第三十三条. ``fee`` [yuan/m² and month]."""
    by.need("housing.manage")
    project = scope.project(by, project_id)
    if not firm.strip() or not number.strip() or fee < 0 or (until is not None and until <= since):
        raise Refused("请填写物业服务企业、合同编号、不为负的收费标准与先后正确的起止日")
    row = project.property_contracts.create(
        firm=firm.strip(), number=number.strip(), since=since, until=until, fee_yuan_m2_month=fee, document=document
    )
    accounts.record(
        action="housing.property-contract.saved", subject=f"housing/project:{project.pk}", by=by, at=at,
        detail={"firm": row.firm, "number": row.number}, organisation_id=project.organisation_id,
    )  # fmt: skip
    return int(row.pk)
