"""Saving enterprises, deciding aliases."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from greenpark.domains.accounts import facade as accounts
from greenpark.domains.accounts.contracts import Actor, OutOfScope
from greenpark.domains.registry import models
from greenpark.domains.registry.contracts import AliasState, EnterpriseDraft
from greenpark.domains.registry.rules import NotAnEnterprise, check_enterprise
from greenpark.domains.registry.services.points import touch_points

#: Columns that a draft writes as they are.
_PLAIN = ("name", "short_name", "credit_code", "district_id", "district_note", "park_id", "industry", "role", "note")


@transaction.atomic
def save_enterprise(draft: EnterpriseDraft, *, by: Actor, at: datetime, enterprise_id: int | None = None) -> int:
    """Create an enterprise with its organisation, or change one. Returns its id.

    Raises:
        NotAnEnterprise: with ``errors`` per field, also for a code or credit code that another one has.
        OutOfScope: outside the actor's scope.
    """
    draft = check_enterprise(draft)
    row = models.Enterprise.objects.select_for_update().filter(pk=enterprise_id).first() if enterprise_id else None
    if enterprise_id and row is None:
        raise OutOfScope(f"enterprise {enterprise_id}")
    _check_neighbours(draft, enterprise_id)
    if row is None:
        by.need_organisation(draft.parent_organisation_id)
        row = models.Enterprise(code=draft.code, organisation_id=_organisation(draft, by, at))
        before = {}
    else:
        by.need_organisation(row.organisation_id)
        before = {name: getattr(row, name) for name in (*_PLAIN, "demo", "active")}
    for name in _PLAIN:
        setattr(row, name, getattr(draft, name))
    row.demo, row.active, row.name_py = draft.demo, draft.active, accounts.pinyin(draft.name)
    row.save()
    after = {name: getattr(row, name) for name in (*_PLAIN, "demo", "active")}
    changed = {name: [before.get(name), value] for name, value in after.items() if before.get(name) != value}
    if not before or changed:
        accounts.record(
            action="registry.enterprise.changed" if before else "registry.enterprise.created",
            subject=f"enterprise:{row.pk}",
            by=by,
            at=at,
            detail=changed,
            organisation_id=row.organisation_id,
        )
        touch_points()
    return int(row.pk)


def _organisation(draft: EnterpriseDraft, by: Actor, at: datetime) -> int:
    return accounts.ensure_organisation(
        code=f"ent:{draft.code}",
        name=draft.name,
        kind="enterprise",
        parent_id=draft.parent_organisation_id,
        by=by,
        at=at,
    )


def _check_neighbours(draft: EnterpriseDraft, enterprise_id: int | None) -> None:
    others = models.Enterprise.objects.exclude(pk=enterprise_id) if enterprise_id else models.Enterprise.objects.all()
    errors: dict[str, str] = {}
    if others.filter(code=draft.code).exists():
        errors["code"] = f"代码 {draft.code} 已被使用"
    if draft.credit_code and (taken := others.filter(credit_code=draft.credit_code).first()):
        errors["credit_code"] = f"此信用代码已登记给「{taken.name}」"
    for name, key in (("district_id", draft.district_id), ("park_id", draft.park_id)):
        if key is not None and not models.Place.objects.filter(pk=key).exists():
            errors[name] = "没有这个地点"
    if errors:
        raise NotAnEnterprise(errors)


class NotADecision(ValueError):
    """The decision on an alias is incomplete or makes a name mean two bodies."""


@transaction.atomic
def decide_alias(alias_id: int, *, confirm: bool, reason: str, by: Actor, at: datetime) -> None:
    """A person confirms or rejects that a printed name means this body; a reason is required, later ones replace it.

    Raises:
        NotADecision: no reason, or the name is already confirmed for another body of the same kind.
        OutOfScope: the alias belongs to an enterprise outside the actor's scope.
    """
    row = models.Alias.objects.select_for_update(of=("self",)).select_related("enterprise").filter(pk=alias_id).first()
    if row is None:
        raise OutOfScope(f"alias {alias_id}")
    if row.enterprise is not None:
        by.need_organisation(row.enterprise.organisation_id)
    elif not by.scope.everything:
        raise OutOfScope("地点的别名由市级人员确认")
    if not reason.strip():
        raise NotADecision("请写明依据，例如营业执照、核实电话或文件条款")
    rivals = models.Alias.objects.filter(text=row.text, state=AliasState.CONFIRMED).exclude(pk=row.pk)
    rivals = rivals.filter(enterprise__isnull=row.enterprise_id is None)
    if confirm and (rival := rivals.select_related("enterprise", "place").first()):
        other = rival.enterprise or rival.place
        raise NotADecision(f"「{row.text}」已确认指「{other.name}」，请先否定那一条")
    before = row.state
    row.state = AliasState.CONFIRMED if confirm else AliasState.REJECTED
    row.decided_by, row.decided_at, row.reason = by.name, at, reason.strip()[:300]
    row.save(update_fields=["state", "decided_by", "decided_at", "reason"])
    accounts.record(
        action="registry.alias.confirmed" if confirm else "registry.alias.rejected",
        subject=f"alias:{row.pk}",
        by=by,
        at=at,
        detail={"text": row.text, "before": before, "reason": row.reason},
        organisation_id=row.enterprise.organisation_id if row.enterprise else None,
    )
