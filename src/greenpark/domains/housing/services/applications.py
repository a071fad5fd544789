"""An application from draft to submission, by the family or typed at the counter."""

from __future__ import annotations

import secrets
from datetime import date, datetime
from typing import Any

from django.db import transaction

from greenpark.domains.accounts import facade as accounts
from greenpark.domains.accounts.contracts import Actor
from greenpark.domains.housing import models
from greenpark.domains.housing.contracts import ApplicationDraft, Duplicate, PersonDraft, Refused, Started
from greenpark.domains.housing.models import keys
from greenpark.domains.housing.rules import chain, forms, states
from greenpark.domains.housing.selectors import cases, scope
from greenpark.domains.housing.services import case, sales
from greenpark.kernel.identity import (
    IdentityNumber,
    NotAnIdentityNumber,
    identity_number,
    mask_identity_number,
    mask_name,
    mask_phone,
)

#: Letters and digits that are not mistaken for one another when read aloud.
_ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
_EDITABLE = (states.Application.DRAFT, states.Application.SUPPLEMENT)


def new_code() -> str:
    """A query code of 16 characters (79 bits)."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(16))


@transaction.atomic
def start(announcement_id: int, *, by: Actor, at: datetime, channel: str = "online", demo: bool = False) -> Started:
    """A new draft in a published batch within its registration time.

    ``by``: housing.apply at the counter; a resident actor with id 0 on the phone. Returns number and query code (shown
    once). Raises Refused, NotAllowed, NotFound.
    """
    if by.kind != "resident":
        by.need("housing.apply")
    batch = scope.announcement(by, announcement_id)
    if batch.state != "published" or not batch.register_from <= case.local(at) <= batch.register_until:
        raise Refused(f"「{batch.title}」的登记时间为 {batch.register_from} 至 {batch.register_until}，现在不能申请")
    if channel not in forms.CHANNELS or (batch.mode == "offline" and channel == "online"):
        raise Refused(f"本次公告的登记方式为{forms.MODES[batch.mode]}，请到{batch.place}办理")
    code = new_code()
    number = f"HS{batch.number}-{case.take_number(f'application:{batch.pk}'):05d}"
    row = models.Application.objects.create(
        announcement=batch, number=number, code_hash=keys.fingerprint(code, f"code:{number}"), channel=channel,
        entered_by=by.name, created_at=at, demo=demo,
    )  # fmt: skip
    case.event(
        f"application:{row.pk}", action="start", title="新建申请", by=by, at=at, target=row.state,
        article="第二十六条(二)", detail={"channel": channel, "number": number},
    )  # fmt: skip
    accounts.record(
        action="housing.application.started", subject=f"housing/application:{number}", by=by, at=at,
        detail={"channel": channel}, organisation_id=batch.project.organisation_id,
    )  # fmt: skip
    return Started(int(row.pk), number, code)


def _person(draft: PersonDraft, place: int, today: date, errors: dict[str, str]) -> IdentityNumber | None:
    prefix = f"people.{place}"
    if draft.relation not in forms.RELATIONS:
        errors[f"{prefix}.relation"] = f"家庭成员只能是{'、'.join(forms.RELATIONS.values())}（第十七条）"
    if not 2 <= len(draft.name.strip()) <= 50:
        errors[f"{prefix}.name"] = "请填写姓名"
    try:
        return identity_number(draft.identity_number, today=today)
    except NotAnIdentityNumber as fault:
        errors[f"{prefix}.identity_number"] = str(fault)
        return None


def _checked(draft: ApplicationDraft, today: date) -> list[IdentityNumber]:
    """Identity numbers of the people. Raises Refused with errors by field; no message holds a number."""
    errors: dict[str, str] = {}
    found = [_person(p, n, today, errors) for n, p in enumerate(draft.people)]
    relations = [p.relation for p in draft.people]
    if relations.count("applicant") != 1:
        errors["people"] = "一个家庭应有且只有一名主申请人"
    if relations.count("spouse") > 1 or (relations.count("spouse") == 1) != draft.married:
        errors["married"] = "婚姻状况与填报的配偶不符：已婚须填报一名配偶，未婚不填"
    numbers = [f.number for f in found if f]
    if len(set(numbers)) != len(numbers):
        errors["people"] = "同一身份证号填写了两次"
    for n, home in enumerate(draft.homes):
        if not home.district.strip() or not 0 < home.area_m2 < 10000 or not 0 < home.share <= 1:
            errors[f"homes.{n}"] = "住房须写明所在区、大于 0 的面积与不超过 1 的份额"
    if errors:
        raise Refused("申请内容有误，请按提示修改", errors)
    return [f for f in found if f]


@transaction.atomic
def save(number: str, draft: ApplicationDraft, *, by: Actor, at: datetime) -> None:
    """Write what the family declares (第二十一条), as a draft or while a supplement is asked for.

    Identity numbers after GB 11643; the region is a hint only. Raises Refused (``errors`` by field), Duplicate.
    """
    _may_edit(by)
    row = scope.application(by, number, lock=True)
    if row.state not in _EDITABLE:
        raise Refused("申请已提交，内容不能再改；如需更正，请受理人员要求补录")
    found = _checked(draft, case.local(at))
    row.married, row.hukou_district = draft.married, draft.hukou_district.strip()
    row.lives_locally, row.rents_public = draft.lives_locally, draft.rents_public
    row.homes = [
        {
            "district": h.district.strip(), "area_m2": str(h.area_m2), "share": str(h.share),
            "filed_contract_only": h.filed_contract_only,
            "disposed_on": h.disposed_on.isoformat() if h.disposed_on else "",
        }
        for h in draft.homes
    ]  # fmt: skip
    row.groups = list(draft.groups)
    row.address_sealed = keys.seal(draft.address.strip(), "application.address")
    row.save()
    row.members.all().delete()
    held = row.state == states.Application.SUPPLEMENT
    for person, identity in zip(draft.people, found, strict=True):
        member = _member(row, person, identity, at)
        if held:
            case.hold_person(member)
    detail = {"persons": len(found), "homes": len(draft.homes), "married": draft.married}
    case.event(f"application:{row.pk}", action="save", title="填报", by=by, at=at, article="第二十一条", detail=detail)


def _may_edit(by: Actor) -> None:
    scope.may_any(by, "housing.apply", "housing.own")


def _member(row: models.Application, person: PersonDraft, identity: IdentityNumber, at: datetime) -> models.Member:
    return models.Member.objects.create(
        application=row,
        relation=person.relation,
        name_sealed=keys.seal(person.name.strip(), "member.name"),
        identity_sealed=keys.seal(identity.number, "member.identity"),
        phone_sealed=keys.seal(person.phone.strip(), "member.phone"),
        name_masked=mask_name(person.name),
        identity_masked=mask_identity_number(identity.number),
        phone_masked=mask_phone(person.phone),
        identity_key=keys.fingerprint(identity.number, "identity"),
        sex="male" if identity.male else "female",
        born=identity.born,
        consented_at=at if person.consent else None,
    )


@transaction.atomic
def attach(
    number: str, *, kind: str, name: str, content: bytes, content_type: str, by: Actor, at: datetime
) -> models.Document:
    """Attach a document: PDF, JPEG or PNG, at most 10 MB; kept encrypted under its SHA-256."""
    _may_edit(by)
    row = scope.application(by, number, lock=True)
    if row.state not in (*_EDITABLE, states.Application.SUBMITTED):
        raise Refused("审核开始后不能再上传；如需补充，请受理人员要求补录")
    if kind not in forms.DOCUMENTS:
        raise Refused("没有这类材料", {"kind": f"可选：{'、'.join(v[0] for v in forms.DOCUMENTS.values())}"})
    if not 0 < len(content) <= forms.MAX_BYTES:
        raise Refused(f"文件应不超过 {forms.MAX_BYTES // 1024 // 1024} MB 且不为空，现为 {len(content)} 字节")
    if not content.startswith(forms.CONTENT_TYPES.get(content_type, b"\x00none")):
        raise Refused("只接受 PDF、JPG、PNG 文件，且内容与类型一致")
    digest = chain.sha256(content)
    keys.keep_document(digest, content)
    made, new = models.Document.objects.get_or_create(
        application=row, kind=kind, sha256=digest,
        defaults={
            "name": name[:200], "content_type": content_type, "size": len(content), "sm3": chain.sm3(content),
            "by": by.name, "at": at,
        },
    )  # fmt: skip
    if new:
        case.event(
            f"application:{row.pk}", action="attach", title="上传材料", by=by, at=at, article="第二十二条",
            detail={"kind": kind, "sha256": digest, "size": len(content)},
        )  # fmt: skip
        accounts.record(
            action="housing.application.document", subject=f"housing/application:{number}", by=by, at=at,
            detail={"kind": kind, "sha256": digest}, organisation_id=row.announcement.project.organisation_id,
        )  # fmt: skip
    return made


@transaction.atomic
def submit(number: str, *, pledge: bool, by: Actor, at: datetime) -> None:
    """Submit a draft or a supplement.

    The pledge of truth is needed (第二十六条(二)). Every person is claimed for this household: Duplicate when one is
    in another active household or banned (第三十二条).
    """
    row = scope.application(by, number, lock=True)
    if not pledge:
        raise Refused("请勾选真实性承诺：对申报信息的真实性和完整性负责（第二十六条(二)）", {"pledge": "请勾选"})
    members = list(row.members.all())
    if not members:
        raise Refused("还没有填写家庭成员")
    _not_banned(members, case.local(at))
    for member in members:
        case.hold_person(member)
    first = row.state == states.Application.DRAFT
    row.pledged_at = at
    if first:
        row.submitted_at = at
    row.supplement, row.due, row.due_rule = [], None, {}
    move = "submit" if first else "supplement"
    case.move_application(row, move, by=by, at=at, detail={"persons": len(members)})


def _not_banned(members: list[models.Member], on: date) -> None:
    # 第三十二条 names the applicant; where the ban covers the household (A18) the spouse has a row of their own.
    keys_ = [m.identity_key for m in members if m.relation == "applicant"]
    ban = models.Ban.objects.filter(identity_key__in=keys_, since__lte=on, until__gt=on).first()
    if ban:
        raise Duplicate(f"{ban.who}在 {ban.until} 前不得再次申请（第三十二条）；到期后可重新申请")


@transaction.atomic
def withdraw(number: str, *, reason: str, by: Actor, at: datetime) -> None:
    """自愿退出 (第二十四条, 第三十一条(五)): ends the review, frees the persons, gives a chosen home back. No ban."""
    row = scope.application(by, number, lock=True)
    case.move_application(
        row, "withdraw", by=by, at=at, opinion=reason, also=("housing.accept", "housing.manage"),
    )  # fmt: skip
    case.end_reviews(row)
    sales.give_back(row, reason=reason or "申请家庭自愿退出", by=by, at=at)


@transaction.atomic
def unmask(number: str, member_id: int, *, field: str, purpose: str, by: Actor, at: datetime) -> str:
    """The clear value of one field of one person. Needs housing.unmask and a purpose; writes an audit entry."""
    by.need("housing.unmask")
    row = scope.application(by, number)
    sealed = {"name": "name_sealed", "identity_number": "identity_sealed", "phone": "phone_sealed"}.get(field)
    member = row.members.filter(pk=member_id).first()
    if sealed is None or member is None:
        raise Refused("没有这个字段或这名成员")
    if len(purpose.strip()) < 4:
        raise Refused("请写明用途，至少 4 个字；每次显示都会记入审计日志", {"purpose": "请写明用途"})
    accounts.record(
        action="housing.person.unmasked", subject=f"housing/application:{number}", by=by, at=at,
        detail={"member": member_id, "field": field, "purpose": purpose.strip()},
        organisation_id=row.announcement.project.organisation_id,
    )  # fmt: skip
    return keys.unseal(getattr(member, sealed), f"member.{sealed.removesuffix('_sealed')}")


@transaction.atomic
def type_in(number: str, announcement_id: int, draft: ApplicationDraft, *, by: Actor, at: datetime) -> tuple[str, str]:
    """The counter form in one step: start (without a number) and save. Returns number and, for a new case, its code.
    A wrong form leaves no empty case behind."""
    by.need("housing.apply")
    code = ""
    if not number:
        made = start(announcement_id, by=by, at=at, channel="counter")
        number, code = made.number, made.code
    save(number, draft, by=by, at=at)
    return number, code


@transaction.atomic
def open_document(number: str, document_id: int, *, by: Actor, at: datetime) -> tuple[str, str, bytes]:
    """Name, type, content of a document, for somebody who may see personal data; audited."""
    found = cases.document_content(by, number, document_id)
    row = scope.application(by, number)
    accounts.record(
        action="housing.person.unmasked", subject=f"housing/application:{number}", by=by, at=at,
        detail={"document": document_id}, organisation_id=row.announcement.project.organisation_id,
    )  # fmt: skip
    return found


def declared(row: models.Application) -> dict[str, Any]:
    """What the completeness check needs of a case."""
    return {"pledged": row.pledged_at is not None, "hukou_district": row.hukou_district}
