"""Saving points and facilities."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import F

from greenpark.domains.accounts import facade as accounts
from greenpark.domains.accounts.contracts import Actor, OutOfScope
from greenpark.domains.registry import models
from greenpark.domains.registry.contracts import PointDraft
from greenpark.domains.registry.rules import NotAPoint, binding_text, check_point
from greenpark.domains.registry.selectors.points import draft_of


def touch_points() -> None:
    """Raise the number by which keepers of the directory notice a change; in the transaction of the change."""
    row, new = models.Revision.objects.get_or_create(pk="points", defaults={"number": 1})
    if not new:
        models.Revision.objects.filter(pk=row.pk).update(number=F("number") + 1)


@transaction.atomic
def save_point(draft: PointDraft, *, by: Actor, at: datetime, point_id: int | None = None) -> int:
    """Create a point, or change the one with ``point_id``. Returns its id.

    Raises:
        NotAPoint: with ``errors`` per field, also for a binding or code that another point has.
        OutOfScope: enterprise or point outside the actor's scope.
    """
    (saved,) = save_points([(point_id, draft)], by=by, at=at)
    return saved


@transaction.atomic
def save_points(drafts: Iterable[tuple[int | None, PointDraft]], *, by: Actor, at: datetime) -> list[int]:
    """Save many, all or none; one audit event per point. Raises as :func:`save_point`, at the first fault."""
    saved = [_save(point_id, draft, by, at) for point_id, draft in drafts]
    if any(changed for _, changed in saved):
        touch_points()
    return [point_id for point_id, _ in saved]


def _save(point_id: int | None, draft: PointDraft, by: Actor, at: datetime) -> tuple[int, bool]:
    check_point(draft)
    enterprise = models.Enterprise.objects.filter(pk=draft.enterprise_id).first()
    if enterprise is None:
        raise OutOfScope(f"enterprise {draft.enterprise_id}")
    by.need_organisation(enterprise.organisation_id)
    row = models.Point.objects.select_for_update().filter(pk=point_id).first() if point_id else models.Point()
    if row is None:
        raise OutOfScope(f"point {point_id}")
    before = draft_of(row) if point_id else None
    if before is not None and before.enterprise_id != draft.enterprise_id:
        raise NotAPoint({"enterprise_id": "监测点不能换企业：读数与台账已归属原企业，请停用后另建"})
    if before == draft:
        return int(row.pk), False
    _check_neighbours(draft, point_id)
    for name in PointDraft.__slots__:
        if name not in ("sub_meter_of", "binding"):
            setattr(row, name, getattr(draft, name))
    row.sub_meter_of_id, row.binding = draft.sub_meter_of, binding_text(draft.binding)
    row.name_py = accounts.pinyin(draft.name)
    row.save()
    accounts.record(
        action="registry.point.changed" if before else "registry.point.created",
        subject=f"point:{row.pk}",
        by=by,
        at=at,
        detail=_difference(before, draft),
        organisation_id=enterprise.organisation_id,
    )
    return int(row.pk), True


def _check_neighbours(draft: PointDraft, point_id: int | None) -> None:
    """Faults that only the database shows."""
    errors: dict[str, str] = {}
    others = models.Point.objects.exclude(pk=point_id) if point_id else models.Point.objects.all()
    if others.filter(enterprise_id=draft.enterprise_id, code=draft.code).exists():
        errors["code"] = f"本企业已有代码为 {draft.code} 的监测点"
    text = binding_text(draft.binding)
    if text is not None and (taken := others.filter(binding=text).select_related("enterprise").first()):
        errors["binding"] = f"此绑定已用于「{taken.enterprise.name} {taken.name}」"
    if draft.facility_id is not None:
        home = models.Facility.objects.filter(pk=draft.facility_id, enterprise_id=draft.enterprise_id)
        if not home.exists():
            errors["facility_id"] = "设施不属于本企业"
    if draft.sub_meter_of is not None and (why := _bad_parent(draft, point_id)):
        errors["sub_meter_of"] = why
    if errors:
        raise NotAPoint(errors)


def _bad_parent(draft: PointDraft, point_id: int | None) -> str:
    seen = {point_id} if point_id else set()
    step = draft.sub_meter_of
    while step is not None:
        if step in seen:
            return "上级监测点成环，请改选"
        seen.add(step)
        parent = models.Point.objects.filter(pk=step).first()
        if parent is None or parent.enterprise_id != draft.enterprise_id:
            return "上级监测点不属于本企业"
        if parent.medium != draft.medium:
            return "上级监测点的介质不同"
        step = parent.sub_meter_of_id
    return ""


def _difference(before: PointDraft | None, after: PointDraft) -> dict[str, Any]:
    """Fields that changed: name -> [before, after], as JSON values."""
    return {
        name: [_json(getattr(before, name)) if before else None, _json(getattr(after, name))]
        for name in PointDraft.__slots__
        if before is None or getattr(before, name) != getattr(after, name)
    }


def _json(value: Any) -> Any:
    if isinstance(value, tuple):
        return list(value)
    return value.isoformat() if hasattr(value, "isoformat") else value


class NotAFacility(ValueError):
    """The facility cannot be as asked."""


@transaction.atomic
def save_facility(
    *,
    enterprise_id: int,
    code: str,
    name: str,
    by: Actor,
    at: datetime,
    kind: str = "",
    parent_id: int | None = None,
    facility_id: int | None = None,
) -> int:
    """Create or change a facility. Raises NotAFacility, OutOfScope."""
    enterprise = models.Enterprise.objects.filter(pk=enterprise_id).first()
    if enterprise is None:
        raise OutOfScope(f"enterprise {enterprise_id}")
    by.need_organisation(enterprise.organisation_id)
    own = models.Facility.objects.filter(enterprise_id=enterprise_id)
    row = own.filter(pk=facility_id).first() if facility_id else models.Facility(enterprise_id=enterprise_id)
    if row is None:
        raise OutOfScope(f"facility {facility_id}")
    if not code.strip() or not name.strip():
        raise NotAFacility("设施的代码与名称都必须填写")
    if own.filter(code=code).exclude(pk=facility_id).exists():
        raise NotAFacility(f"本企业已有代码为 {code} 的设施")
    step = parent_id
    while step is not None:
        if step == facility_id:
            raise NotAFacility("设施不能放在自己的下级之下")
        parent = own.filter(pk=step).first()
        if parent is None:
            raise NotAFacility("上级设施不属于本企业")
        step = parent.parent_id
    row.code, row.name, row.kind, row.parent_id = code.strip(), name.strip(), kind, parent_id
    row.save()
    accounts.record(
        action="registry.facility.saved",
        subject=f"facility:{row.pk}",
        by=by,
        at=at,
        detail={"code": row.code, "name": row.name, "kind": kind, "parent": parent_id},
        organisation_id=enterprise.organisation_id,
    )
    return int(row.pk)
