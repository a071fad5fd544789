"""The family on its phone: limited look-ups, sealed drafts typed step by step, and from there to the application."""

from __future__ import annotations

import json
from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from django.db import transaction

from greenpark.domains.accounts import facade as accounts
from greenpark.domains.accounts.contracts import Actor
from greenpark.domains.housing import models
from greenpark.domains.housing.contracts import (
    ApplicationDraft,
    HomeDraft,
    HousingError,
    NotFound,
    PersonDraft,
    Refused,
    Started,
    resident,
)
from greenpark.domains.housing.models import keys
from greenpark.domains.housing.rules import states
from greenpark.domains.housing.selectors import cases, scope
from greenpark.domains.housing.services import applications, case

#: Failed look-ups before a pause, by case and by place of origin, and new applications by place of origin.
LIMITS: dict[str, tuple[int, timedelta]] = {
    "number": (5, timedelta(minutes=15)),
    "origin": (30, timedelta(minutes=15)),
    "start": (20, timedelta(hours=1)),
}
_PURPOSE = "resident.draft"
_EDITABLE = (states.Application.DRAFT, states.Application.SUPPLEMENT)


class TooMany(HousingError):
    """The limit is used up; ``minutes`` until the next try."""

    def __init__(self, minutes: int) -> None:
        super().__init__(f"尝试次数过多，请 {minutes} 分钟后再试；忘记查询码请带身份证到登记地点办理")
        self.minutes = minutes


def _key(kind: str, value: str) -> str:
    return keys.fingerprint(value, f"attempt.{kind}")


def _check_limit(kind: str, value: str, at: datetime) -> None:
    most, span = LIMITS[kind]
    times = models.Attempt.objects.filter(key=_key(kind, value), at__gt=at - span).order_by("-at")[:most]
    found = [row.at for row in times]
    if len(found) >= most:
        raise TooMany(max(int((found[-1] + span - at).total_seconds() // 60), 0) + 1)


def _note(kind: str, value: str, at: datetime) -> None:
    models.Attempt.objects.filter(at__lt=at - timedelta(days=1)).delete()
    models.Attempt.objects.create(key=_key(kind, value), at=at)


def enter(number: str, code: str, *, origin: str, at: datetime) -> Actor:
    """The family behind number and query code. Failures are counted by case and by origin (kept as keyed hashes).

    Raises TooMany, NotFound (without telling which of the two is wrong).
    """
    folded = number.strip().upper()[:40]
    _check_limit("number", folded, at)
    _check_limit("origin", origin, at)
    try:
        found = cases.enter(folded, code[:60])
    except NotFound:
        _note("number", folded, at)
        _note("origin", origin, at)
        raise
    models.Attempt.objects.filter(key=_key("number", folded)).delete()
    return found


def start(announcement_id: int, *, origin: str, at: datetime) -> Started:
    """A new draft of a family on its phone. Raises TooMany, Refused, NotFound."""
    _check_limit("start", origin, at)
    made = applications.start(announcement_id, by=resident(0), at=at)
    _note("start", origin, at)
    return made


@transaction.atomic
def renew_code(number: str, *, proof: str, by: Actor, at: datetime) -> str:
    """A new query code for a family that lost its own; the old one is void at once. Returns it, to be shown once.

    ``proof``: which document of identity the clerk has seen; goes into chain and audit. Needs housing.apply.
    """
    by.need("housing.apply")
    row = scope.application(by, number.strip().upper(), lock=True)
    if len(proof.strip()) < 2:
        raise Refused("请写明核对了什么证件", {"proof": "请写明核对的证件"})
    code = applications.new_code()
    row.code_hash = keys.fingerprint(code, f"code:{row.number}")
    row.save(update_fields=["code_hash"])
    case.event(f"application:{row.pk}", action="code", title="重发查询码", by=by, at=at, opinion=proof.strip())
    accounts.record(
        action="housing.application.code", subject=f"housing/application:{row.number}", by=by, at=at,
        detail={"proof": proof.strip()}, organisation_id=row.announcement.project.organisation_id,
    )  # fmt: skip
    return code


def draft(by: Actor) -> dict[str, Any]:
    """What was typed so far: applicant, spouse, children, married, homes… Of an application that already holds people
    (supplement) it is rebuilt from them."""
    row = _row(by)
    kept = models.SavedDraft.objects.filter(application=row).first()
    if kept is not None:
        found: dict[str, Any] = json.loads(keys.unseal(kept.sealed, _PURPOSE))
        return found
    return _rebuilt(row) if row.members.exists() else {}


def _row(by: Actor) -> models.Application:
    row = scope.applications(by).filter(pk=by.id).first() if by.kind == "resident" else None
    if row is None:
        raise NotFound("没有这份申请")
    return row


def _rebuilt(row: models.Application) -> dict[str, Any]:
    people: dict[str, list[dict[str, Any]]] = {"applicant": [], "spouse": [], "child": []}
    for m in row.members.all():
        people[m.relation].append(
            {
                "name": keys.unseal(m.name_sealed, "member.name"),
                "identity_number": keys.unseal(m.identity_sealed, "member.identity"),
                "phone": keys.unseal(m.phone_sealed, "member.phone"),
                "consent": m.consented_at is not None,
            }
        )
    return {
        "applicant": people["applicant"][0] if people["applicant"] else {},
        "married": row.married,
        "spouse": people["spouse"][0] if people["spouse"] else {},
        "children": people["child"],
        "hukou_district": row.hukou_district,
        "lives_locally": row.lives_locally,
        "rents_public": row.rents_public,
        "address": keys.unseal(row.address_sealed, "application.address"),
        "groups": row.groups,
        "homes": row.homes,
    }


@transaction.atomic
def keep(values: dict[str, Any], *, by: Actor, at: datetime) -> None:
    """Merge a step into the draft; sealed as one value. Raises Refused once the application is not editable."""
    row = _row(by)
    if row.state not in _EDITABLE:
        raise Refused("申请已提交，内容不能再改；如需更正，请联系受理人员要求补录")
    merged = {**draft(by), **values}
    sealed = keys.seal(json.dumps(merged, ensure_ascii=False), _PURPOSE)
    models.SavedDraft.objects.update_or_create(application=row, defaults={"sealed": sealed, "at": at})


def people_of(typed: dict[str, Any]) -> list[dict[str, Any]]:
    """Applicant, spouse if married, children, each with ``relation``."""
    found = [{**typed.get("applicant", {}), "relation": "applicant"}]
    if typed.get("married"):
        found.append({**typed.get("spouse", {}), "relation": "spouse"})
    return found + [{**c, "relation": "child"} for c in typed.get("children", [])]


def as_draft(typed: dict[str, Any]) -> ApplicationDraft:
    """The declaration as the application service takes it. Raises Refused for a home that cannot be read."""
    people = tuple(
        PersonDraft(p["relation"], p.get("name", ""), p.get("identity_number", ""), p.get("phone", ""),
                    bool(p.get("consent")))
        for p in people_of(typed)
    )  # fmt: skip
    return ApplicationDraft(
        people=people, married=bool(typed.get("married")), hukou_district=typed.get("hukou_district", ""),
        lives_locally=typed.get("lives_locally"), rents_public=typed.get("rents_public"),
        homes=tuple(_home(h) for h in typed.get("homes", [])), groups=tuple(typed.get("groups", [])),
        address=typed.get("address", ""),
    )  # fmt: skip


def _home(h: dict[str, Any]) -> HomeDraft:
    try:
        disposed = date.fromisoformat(h["disposed_on"]) if h.get("disposed_on") else None
        return HomeDraft(h["district"], Decimal(h["area_m2"]), Decimal(h.get("share") or "1"),
                         bool(h.get("filed_contract_only")), disposed)  # fmt: skip
    except (InvalidOperation, ValueError, KeyError) as fault:
        raise Refused("自有住房填写有误，请检查面积、份额与日期", {"homes": "请检查面积、份额与日期"}) from fault


@transaction.atomic
def submit(*, pledge: bool, by: Actor, at: datetime) -> str:
    """Save what was typed, then submit; the draft is gone afterwards. Returns the number.

    Raises Refused (``errors`` by field), Duplicate.
    """
    row = _row(by)
    if row.state not in _EDITABLE:
        raise Refused("申请已经提交，不必重复提交")
    applications.save(row.number, as_draft(draft(by)), by=by, at=at)
    if without := [p for p in row.members.all() if p.consented_at is None]:
        raise Refused(
            "须逐人声明同意核查（第二十二条(二)）", {"consent": f"还有 {len(without)} 人未声明，请返回「承诺与同意」"}
        )
    if gaps := cases.missing(scope.application(by, row.number)):
        gaps = tuple(g for g in gaps if not g.startswith("真实性承诺"))
        if gaps:
            raise Refused("材料还不齐，请补上后提交", {"documents": "；".join(gaps)})
    applications.submit(row.number, pledge=pledge, by=by, at=at)
    models.SavedDraft.objects.filter(application=row).delete()
    return str(row.number)


@transaction.atomic
def remove_document(document_id: int, *, by: Actor, at: datetime) -> None:
    """Take back an upload before submitting. The chain keeps that it was there."""
    row = _row(by)
    found = row.documents.filter(pk=document_id).first()
    if found is None or row.state not in _EDITABLE:
        raise Refused("提交后不能删除材料")
    case.event(
        f"application:{row.pk}", action="detach", title="删除材料", by=by, at=at, article="第二十二条",
        detail={"kind": found.kind, "sha256": found.sha256},
    )  # fmt: skip
    found.delete()
