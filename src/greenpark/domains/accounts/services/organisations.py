"""The tree of organisations."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import F, Value
from django.db.models.functions import Concat, Substr

from greenpark.domains.accounts import models
from greenpark.domains.accounts.contracts import ORGANISATION_KINDS, Actor
from greenpark.domains.accounts.services.audit import record


class NotAnOrganisation(ValueError):
    """The organisation cannot be as asked; the message says why."""


@transaction.atomic
def ensure_organisation(
    *, code: str, name: str, kind: str, by: Actor, at: datetime, parent_id: int | None = None, note: str = ""
) -> int:
    """The id of the organisation with this code, created when it is new. An existing one is left as people made it."""
    found = models.Organisation.objects.filter(code=code).values_list("id", flat=True).first()
    if found is not None:
        return int(found)
    return create_organisation(code=code, name=name, kind=kind, parent_id=parent_id, note=note, by=by, at=at)


@transaction.atomic
def create_organisation(
    *, code: str, name: str, kind: str, by: Actor, at: datetime, parent_id: int | None = None, note: str = ""
) -> int:
    """Add a node to the tree. Raises NotAnOrganisation for an unknown kind, an empty name or a code in use."""
    _check(code=code, name=name, kind=kind)
    if models.Organisation.objects.filter(code=code).exists():
        raise NotAnOrganisation(f"组织代码「{code}」已被使用，请换一个")
    parent = models.Organisation.objects.get(pk=parent_id) if parent_id else None
    row = models.Organisation.objects.create(code=code, name=name.strip(), kind=kind, parent=parent, note=note)
    row.path = row.own_path()
    row.save(update_fields=["path"])
    record(
        action="accounts.organisation.created",
        subject=f"organisation:{row.pk}",
        by=by,
        at=at,
        detail={"code": code, "name": row.name, "kind": kind, "parent": parent_id},
        organisation_id=row.pk,
    )
    return int(row.pk)


@transaction.atomic
def change_organisation(
    organisation_id: int, *, name: str, parent_id: int | None, active: bool, by: Actor, at: datetime, note: str = ""
) -> None:
    """Rename, move (with everything below) or deactivate. Raises NotAnOrganisation for a move below itself."""
    row = models.Organisation.objects.select_for_update(of=("self",)).select_related("parent").get(pk=organisation_id)
    _check(code=row.code, name=name, kind=row.kind)
    parent = models.Organisation.objects.get(pk=parent_id) if parent_id else None
    if parent is not None and parent.path.startswith(row.path):
        raise NotAnOrganisation(f"「{row.name}」不能移到自己的下级「{parent.name}」之下")
    before = {"name": row.name, "parent": row.parent_id, "active": row.active}
    old = row.path
    row.name, row.parent, row.active, row.note = name.strip(), parent, active, note
    row.path = row.own_path()
    row.save(update_fields=["name", "parent", "active", "note", "path"])
    if row.path != old:
        models.Organisation.objects.filter(path__startswith=old).exclude(pk=row.pk).update(
            path=Concat(Value(row.path), Substr(F("path"), len(old) + 1))
        )
    record(
        action="accounts.organisation.changed",
        subject=f"organisation:{row.pk}",
        by=by,
        at=at,
        detail={"before": before, "after": {"name": row.name, "parent": parent_id, "active": active}},
        organisation_id=row.pk,
    )


def _check(*, code: str, name: str, kind: str) -> None:
    if not code.strip() or not name.strip():
        raise NotAnOrganisation("组织代码与名称都必须填写")
    if kind not in ORGANISATION_KINDS:
        raise NotAnOrganisation(f"组织类型「{kind}」不在 {'、'.join(ORGANISATION_KINDS.values())} 之中")
