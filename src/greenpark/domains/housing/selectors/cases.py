"""Cases as screens show them: masked, with what is possible next."""

from __future__ import annotations

import hmac
import json
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Count, Q

from greenpark.domains.accounts.contracts import Actor
from greenpark.domains.housing import models
from greenpark.domains.housing.contracts import (
    ApplicationView,
    CaseEventView,
    ChainCheck,
    HomeDraft,
    NotFound,
    PersonView,
    resident,
)
from greenpark.domains.housing.models import keys
from greenpark.domains.housing.rules import chain, forms, states
from greenpark.domains.housing.selectors import reviews, scope
from greenpark.kernel.periods import from_us


def enter(number: str, code: str) -> Actor:
    """The family's actor, for number and query code. Raises NotFound for either being wrong, without telling which."""
    row = models.Application.objects.filter(number=number.strip().upper()).first()
    given = keys.fingerprint(code.strip().upper().replace(" ", ""), f"code:{number.strip().upper()}")
    if row is None or not hmac.compare_digest(row.code_hash, given):
        raise NotFound("申请编号或查询码不对，请核对；忘记查询码请带身份证到登记地点重新领取")
    return resident(row.pk)


def application(by: Actor, number: str) -> ApplicationView:
    """One case with everything. Needs housing.view, a reviewing part is not enough; or the family itself."""
    if by.kind != "resident":
        by.need("housing.view")
    return view(scope.application(by, number), full=True)


def editable(by: Actor, number: str) -> None:
    """Raises NotFound unless the case is within reach and may be typed again."""
    if scope.application(by, number).state not in ("draft", "supplement"):
        raise NotFound("申请已提交，不能再改")


def own(by: Actor) -> ApplicationView:
    """The case of a resident actor."""
    row = scope.applications(by).filter(pk=by.id).first() if by.kind == "resident" else None
    if row is None:
        raise NotFound("没有这份申请")
    return view(row, full=True)


def view(row: models.Application, *, full: bool = False) -> ApplicationView:
    members = list(row.members.all())
    applicant = next((m for m in members if m.relation == "applicant"), None)
    sale = next((s for s in row.sales.all() if s.ended_at is None), None)
    rank = next((r for r in row.ranks.all() if r.draw.state == "drawn"), None)
    batch = row.announcement
    moves = states.moves_from(states.APPLICATION_MOVES, row.state)
    return ApplicationView(
        id=row.pk, number=row.number, announcement_id=batch.pk, project_id=batch.project_id,
        project=batch.project.name, state=row.state, state_name=forms.APPLICATION_STATES[row.state],
        channel=row.channel, entered_by=row.entered_by, created_at=row.created_at, submitted_at=row.submitted_at,
        applicant=applicant.name_masked if applicant else "", persons=len(members), married=row.married,
        applicant_tail=applicant.identity_masked if applicant else "", hukou_district=row.hukou_district,
        lives_locally=row.lives_locally, rents_public=row.rents_public, groups=tuple(row.groups),
        homes=tuple(_home(h) for h in row.homes), people=tuple(_person(m) for m in members), pool_no=row.pool_no,
        verdict=row.verdict, verdict_name=forms.VERDICTS[row.verdict],
        findings=tuple(row.assessment.get("findings", ())), warnings=tuple(row.assessment.get("warnings", ())),
        supplement=tuple(row.supplement), due=row.due, due_rule=row.due_rule, place=rank.place if rank else None,
        home_id=sale.home_id if sale else None, home=sale.home.code if sale else "", demo=row.demo,
        moves=tuple((m.name, m.title, m.reason_needed) for m in moves),
        reviews=reviews.views(row) if full else (), missing=missing(row) if full else (),
    )  # fmt: skip


def missing(row: models.Application) -> tuple[str, ...]:
    """What the case still lacks, by article."""
    return forms.missing(
        {d.kind for d in row.documents.all()},
        [m.consented_at is not None for m in row.members.all()],
        {"pledged": row.pledged_at is not None, "hukou_district": row.hukou_district},
    )


def _home(h: Mapping[str, Any]) -> HomeDraft:
    disposed = date.fromisoformat(h["disposed_on"]) if h.get("disposed_on") else None
    return HomeDraft(
        h["district"], Decimal(h["area_m2"]), Decimal(h["share"]), bool(h.get("filed_contract_only")), disposed
    )


def _person(m: models.Member) -> PersonView:
    return PersonView(
        m.pk, m.relation, forms.RELATIONS[m.relation], m.name_masked, m.identity_masked, m.phone_masked, m.sex, m.born,
        m.consented_at is not None,
    )  # fmt: skip


def applications(
    by: Actor, *, state: str = "", announcement: int | None = None, q: str = "", offset: int = 0,
    limit: int | None = 50, order: str = "-id",
) -> tuple[list[ApplicationView], int]:  # fmt: skip
    """A page of masked cases and their number. ``q``: application number or masked tail."""
    by.need("housing.view")
    rows = _filtered(by, announcement, q)
    if state:
        rows = rows.filter(state__in=state.split(","))
    count = rows.count()
    rows = rows.prefetch_related("members", "sales__home", "ranks__draw").order_by(order)
    rows = rows[offset:] if limit is None else rows[offset : offset + limit]
    return [view(r) for r in rows], count


def _filtered(by: Actor, announcement: int | None, q: str) -> Any:
    rows = scope.applications(by)
    if announcement:
        rows = rows.filter(announcement_id=announcement)
    if q.strip():
        word = q.strip()
        rows = rows.filter(Q(number__icontains=word) | Q(members__name_masked__startswith=word[:1],
                                                           members__relation="applicant")
                           if len(word) <= 3 else Q(number__icontains=word)).distinct()  # fmt: skip
    return rows


def state_counts(by: Actor, *, announcement: int | None = None, q: str = "") -> dict[str, int]:
    by.need("housing.view")
    rows = _filtered(by, announcement, q).order_by().values("state").annotate(n=Count("id", distinct=True))
    return {r["state"]: r["n"] for r in rows}


def documents(by: Actor, number: str) -> list[models.Document]:
    return list(scope.application(by, number).documents.all())


def document_content(by: Actor, number: str, document_id: int) -> tuple[str, str, bytes]:
    """Name, type and decrypted content. Only the family, or somebody who may see personal data."""
    if by.kind != "resident":
        by.need("housing.unmask")
    row = scope.application(by, number).documents.filter(pk=document_id).first()
    if row is None:
        raise NotFound("没有这份材料")
    try:
        return row.name, row.content_type, keys.read_document(row.sha256)
    except FileNotFoundError as fault:
        raise NotFound("材料文件不在，请从备份恢复 housing/documents") from fault


def pool(by: Actor, *, announcement: int | None = None) -> list[ApplicationView]:
    """The waiting register in its order: entry numbers never change, exits leave gaps."""
    by.need("housing.view")
    rows = scope.applications(by).filter(pool_no__isnull=False).order_by("pool_no")
    if announcement:
        rows = rows.filter(announcement_id=announcement)
    return [view(r) for r in rows.prefetch_related("members", "sales__home", "ranks__draw")]


def objections(by: Actor, *, number: str = "", outcome: str = "") -> list[models.Objection]:
    by.need("housing.view")
    rows = models.Objection.objects.filter(application__in=scope.applications(by)).select_related("application")
    if number:
        rows = rows.filter(application__number=number)
    return list(rows.filter(outcome=outcome) if outcome else rows)


def events(subject: str) -> list[CaseEventView]:
    """The chain of a subject, oldest first. The caller has checked the right to the subject."""
    rows = models.CaseEvent.objects.filter(subject=subject).order_by("seq")
    return [
        CaseEventView(
            r.seq, from_us(r.at_us), r.actor_name, r.action, r.title, r.origin, r.target, r.opinion, r.article,
            r.rule_version, json.loads(r.deadline), json.loads(r.detail), r.hash, r.subject,
        )
        for r in rows
    ]  # fmt: skip


def history(by: Actor, number: str) -> list[CaseEventView]:
    if by.kind != "resident":
        by.need("housing.view")
    return events(f"application:{scope.application(by, number).pk}")


def raw_events(subject: str) -> list[dict[str, Any]]:
    """The chain as it is hashed."""
    names = (*chain.FIELDS, "previous", "hash")
    return list(models.CaseEvent.objects.filter(subject=subject).order_by("seq").values(*names))


def verify(subject: str) -> ChainCheck:
    """Recompute the chain of one subject."""
    count, head, fault = chain.check(raw_events(subject))
    return ChainCheck(count, fault is None, head, f"第 {fault.seq} 条：{fault.reason}" if fault else "")


def publicity_open(at_day: date) -> list[models.Publicity]:
    """Public lists shown on that day; before the start and after the end they are down."""
    return list(
        models.Publicity.objects.select_related("announcement__project").filter(
            state="open", start__lte=at_day, end__gte=at_day
        )
    )


def announcements_open(at_day: date) -> list[models.Announcement]:
    """Published batches, for everybody: registration not over first."""
    return list(
        models.Announcement.objects.select_related("project")
        .filter(state="published")
        .order_by("-register_until", "-id")
    )


def published(announcement_id: int) -> models.Announcement:
    row = models.Announcement.objects.select_related("project").filter(pk=announcement_id, state="published").first()
    if row is None:
        raise NotFound("没有这份公告，或公告已结束")
    return row


def bans(by: Actor, on: date) -> list[models.Ban]:
    by.need("housing.view")
    rows = models.Ban.objects.select_related("application").filter(application__in=scope.applications(by), until__gt=on)
    return list(rows)


def overdue(by: Actor, on: date) -> list[ApplicationView]:
    """Supplements past their day; only where a day was set (A07)."""
    by.need("housing.view")
    rows = scope.applications(by).filter(state="supplement", due__lt=on)
    return [view(r) for r in rows.prefetch_related("members", "sales__home", "ranks__draw")]
