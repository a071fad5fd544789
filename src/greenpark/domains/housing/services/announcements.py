"""The sale announcement: one project, one registration, one supply (第二十六条(一))."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from greenpark.domains.accounts import facade as accounts
from greenpark.domains.accounts.contracts import Actor
from greenpark.domains.housing import models
from greenpark.domains.housing.contracts import AnnouncementDraft, Refused
from greenpark.domains.housing.rules import chain, forms, review
from greenpark.domains.housing.rules.parameters import IN_FORCE_FROM
from greenpark.domains.housing.selectors import scope
from greenpark.domains.housing.services import case


def _check(draft: AnnouncementDraft) -> dict[str, str]:
    errors = {}
    for name, title in (("title", "标题"), ("basics", "项目基本情况"), ("place", "登记地点")):
        if not getattr(draft, name).strip():
            errors[name] = f"公告须写明{title}（第二十六条(一)）"
    if draft.average_price <= 0:
        errors["average_price"] = "公告须写明配售均价（第二十六条(一)）"
    if draft.register_until < draft.register_from:
        errors["register_until"] = "登记截止日早于开始日"
    if draft.register_from.isoformat() < IN_FORCE_FROM:
        errors["register_from"] = f"办法自 {IN_FORCE_FROM} 起施行，此前的登记没有规定（第三十六条）"
    if draft.mode not in forms.MODES:
        errors["mode"] = f"方式应为{'、'.join(forms.MODES.values())}"
    return errors


@transaction.atomic
def save(
    draft: AnnouncementDraft, *, by: Actor, at: datetime, number: str = "",
    bodies: Sequence[str] = tuple(review.BUREAUS),
) -> int:  # fmt: skip
    """Draft an announcement, or change a draft. ``bodies``: the bureaus that review this batch. Returns its id."""
    by.need("housing.manage")
    project = scope.project(by, draft.project_id)
    errors = _check(draft)
    if unknown := set(bodies) - set(review.BUREAUS):
        errors["bodies"] = f"没有这些联审部门：{'、'.join(sorted(unknown))}"
    if errors:
        raise Refused("；".join(errors.values()), errors)
    values = {
        "title": draft.title.strip(), "basics": draft.basics.strip(), "average_price": draft.average_price,
        "register_from": draft.register_from, "register_until": draft.register_until, "place": draft.place.strip(),
        "mode": draft.mode, "groups": list(draft.groups), "bodies": list(bodies),
        "supplement_days": draft.supplement_days,
    }  # fmt: skip
    row = models.Announcement.objects.select_for_update().filter(number=number).first() if number else None
    if row is None:
        running = case.take_number(f"announcement:{draft.register_from.year}")
        number = number or f"{draft.register_from.year}-{running:03d}"
        row = models.Announcement.objects.create(project=project, number=number, **values)
    elif row.state != "draft":
        raise Refused("公告已发布，内容不能再改；如有变化请另行公告")
    else:
        for field, value in values.items():
            setattr(row, field, value)
        row.save()
    accounts.record(
        action="housing.announcement.saved", subject=f"housing/announcement:{row.number}", by=by, at=at,
        detail={"title": row.title}, organisation_id=project.organisation_id,
    )  # fmt: skip
    return int(row.pk)


@transaction.atomic
def publish(announcement_id: int, *, by: Actor, at: datetime) -> str:
    """Publish; needs homes for sale and no other open batch of the project. Returns the SM3 digest of its contents."""
    by.need("housing.manage")
    found = scope.announcement(by, announcement_id)
    row = models.Announcement.objects.select_for_update(of=("self",)).select_related("project").get(pk=found.pk)
    if row.state != "draft":
        raise Refused("公告已经发布")
    if not row.project.homes.filter(state="for_sale").exists():
        raise Refused("项目没有可配售的房源；请先登记核定价格并上架房源")
    if row.project.announcements.filter(state="published").exclude(pk=row.pk).exists():
        raise Refused("该项目已有进行中的公告：一项目一登记一供应（第二十六条）")
    content = chain.canonical(
        {
            n: str(getattr(row, n))
            for n in ("number", "title", "basics", "average_price", "register_from", "register_until", "place", "mode")
        }
    )
    row.state, row.published_at, row.digest = "published", at, chain.sm3(content.encode())
    row.save(update_fields=["state", "published_at", "digest"])
    accounts.record(
        action="housing.announcement.published", subject=f"housing/announcement:{row.number}", by=by, at=at,
        detail={"digest": row.digest}, organisation_id=row.project.organisation_id,
    )  # fmt: skip
    return str(row.digest)


@transaction.atomic
def close(announcement_id: int, *, by: Actor, at: datetime) -> None:
    """End a batch, so that the project may announce again."""
    by.need("housing.manage")
    row = scope.announcement(by, announcement_id)
    if row.state != "published":
        raise Refused("只有进行中的公告可以结束")
    row.state = "closed"
    row.save(update_fields=["state"])
    accounts.record(
        action="housing.announcement.saved", subject=f"housing/announcement:{row.number}", by=by, at=at,
        detail={"state": "closed"}, organisation_id=row.project.organisation_id,
    )  # fmt: skip
