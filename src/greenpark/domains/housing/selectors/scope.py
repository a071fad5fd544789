"""Who may reach which project and which case. Foreign data answers 404."""

from __future__ import annotations

from typing import Any

from greenpark.domains.accounts.contracts import Actor, NotAllowed
from greenpark.domains.housing import models
from greenpark.domains.housing.contracts import NotFound


def may_any(by: Actor, *permissions: str) -> None:
    """Raise NotAllowed unless the actor holds one of the permissions."""
    if not any(by.may(p) for p in permissions):
        by.need(permissions[0])


def projects(by: Actor) -> Any:
    """Projects within the actor's data scope."""
    rows = models.Project.objects.all()
    return rows if by.scope.everything else rows.filter(organisation_id__in=by.scope.organisations)


def project(by: Actor, project_id: int) -> models.Project:
    row = projects(by).filter(pk=project_id).first()
    if row is None:
        raise NotFound("没有这个项目，或不在您的数据范围内")
    return row


def announcement(by: Actor, announcement_id: int) -> models.Announcement:
    row = models.Announcement.objects.select_related("project").filter(pk=announcement_id).first()
    if row is None or not _reaches(by, row.project.organisation_id):
        raise NotFound("没有这份公告，或不在您的数据范围内")
    return row


def applications(by: Actor) -> Any:
    """Cases within the actor's data scope; a family's own case only."""
    rows = models.Application.objects.select_related("announcement__project")
    if by.kind == "resident":
        return rows.filter(pk=by.id)
    if by.scope.everything:
        return rows
    return rows.filter(announcement__project__organisation_id__in=by.scope.organisations)


def application(by: Actor, number: str, *, lock: bool = False) -> models.Application:
    """The case of that number. ``lock`` holds its row until the transaction ends. Raises NotFound."""
    rows = applications(by)
    if lock:
        rows = rows.select_for_update(of=("self",))
    row = rows.filter(number=number).first()
    if row is None:
        raise NotFound("没有这份申请，或不在您的数据范围内")
    return row


def home(by: Actor, home_id: int, *, lock: bool = False) -> models.Home:
    rows = models.Home.objects.select_related("project")
    if lock:
        rows = rows.select_for_update(of=("self",))
    row = rows.filter(pk=home_id).first()
    if row is None or not _reaches(by, row.project.organisation_id):
        raise NotFound("没有这套房源，或不在您的数据范围内")
    return row


def draw(by: Actor, draw_id: int, *, lock: bool = False) -> models.Draw:
    rows = models.Draw.objects.select_related("announcement__project")
    if lock:
        rows = rows.select_for_update(of=("self",))
    row = rows.filter(pk=draw_id).first()
    if row is None or not _reaches(by, row.announcement.project.organisation_id):
        raise NotFound("没有这次摇号，或不在您的数据范围内")
    return row


def _reaches(by: Actor, organisation_id: int) -> bool:
    return by.scope.everything or by.kind == "resident" or by.scope.allows(organisation_id)


def not_resident(by: Actor) -> None:
    if by.kind == "resident":
        raise NotAllowed("请由工作人员办理")
