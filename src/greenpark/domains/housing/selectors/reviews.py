"""The joint review as each bureau may see it, and the household that the answers make."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from greenpark.domains.accounts.contracts import Actor
from greenpark.domains.housing import models
from greenpark.domains.housing.contracts import NotFound, ReviewView
from greenpark.domains.housing.models import keys
from greenpark.domains.housing.rules import review
from greenpark.domains.housing.rules.eligibility import Household
from greenpark.domains.housing.selectors import parameters


@dataclass(frozen=True, slots=True)
class SheetPerson:
    """A line of a bureau's check sheet: only the fields that the bureau needs."""

    review_id: int
    number: str
    member_id: int
    fields: dict[str, str]
    answers: dict[str, Any]
    verdict: str
    reason: str


def bureaus_of(by: Actor) -> list[str]:
    """Bureaus that the actor speaks for: by the organisation, or all with the scope «全部»."""
    rows = models.ReviewBody.objects.all()
    if not by.scope.everything:
        rows = rows.filter(organisation_id__in=by.scope.organisations)
    return [r.code for r in rows]


def bodies() -> dict[str, int]:
    return dict(models.ReviewBody.objects.values_list("code", "organisation_id"))


def of_bureaus(by: Actor) -> Any:
    return models.Review.objects.select_related("application__announcement__project").filter(bureau__in=bureaus_of(by))


def one(by: Actor, review_id: int, *, lock: bool = False) -> models.Review:
    rows = of_bureaus(by)
    if lock:
        rows = rows.select_for_update(of=("self",))
    row = rows.filter(pk=review_id).first()
    if row is None:
        raise NotFound("没有这条核查，或不属于您的部门")
    return row


def waiting(by: Actor, *, verdict: str = "pending") -> list[models.Review]:
    """Reviews of the actor's bureaus in one state, running cases only."""
    rows = of_bureaus(by).filter(verdict=verdict)
    if verdict == "pending":
        rows = rows.filter(application__state="under_review")
    return list(rows.order_by("application_id"))


def counts(by: Actor) -> dict[str, int]:
    found: dict[str, int] = {}
    for verdict in of_bureaus(by).exclude(verdict="pending").values_list("verdict", flat=True):
        found[verdict] = found.get(verdict, 0) + 1
    found["pending"] = len(waiting(by))
    return found


def sheet(row: models.Review) -> list[SheetPerson]:
    """The people of a case as the review's bureau may see them, decrypted: the caller audits."""
    bureau = review.BUREAUS[row.bureau]
    application = row.application
    lines = []
    for m in application.members.all():
        if m.relation not in bureau.whom:
            continue
        everything = {
            "name": lambda m=m: keys.unseal(m.name_sealed, "member.name"),
            "identity_number": lambda m=m: keys.unseal(m.identity_sealed, "member.identity"),
            "relation": lambda m=m: {"applicant": "申请人", "spouse": "配偶", "child": "子女"}[m.relation],
            "declared_hukou": lambda: application.hukou_district,
            "declared_marriage": lambda: "已婚" if application.married else "未婚、离异或丧偶",
            "declared_homes": lambda: _homes_text(application.homes),
        }
        fields = {name: str(everything[name]()) for name in bureau.sees}
        answers = row.facts.get(str(m.pk), {})
        lines.append(SheetPerson(row.pk, application.number, m.pk, fields, answers, row.verdict, row.reason))
    return lines


def _homes_text(homes: list[dict[str, Any]]) -> str:
    return "；".join(f"{h['district']} {h['area_m2']} {h['share']}" for h in homes) or "无"


def views(row: models.Application) -> tuple[ReviewView, ...]:
    return tuple(
        ReviewView(
            r.pk, r.bureau, review.BUREAUS[r.bureau].name, r.verdict, review.VERDICTS[r.verdict], r.reason, r.by,
            r.at, r.facts,
        )
        for r in row.reviews.all()
    )  # fmt: skip


def household_of(row: models.Application, today: date) -> Household:
    """What the bureaus found, with the ban and earlier purchases as this register knows them."""
    members = sorted(row.members.all(), key=lambda m: (m.relation != "applicant", m.pk))
    known = [m.identity_key for m in members]
    applicant = known[:1]
    ban = models.Ban.objects.filter(identity_key__in=applicant, since__lte=today, until__gt=today).first()
    bought = (
        models.Sale.objects.filter(application__members__identity_key__in=known, handed_over_at__isnull=False)
        .exclude(application=row)
        .exists()
    )
    declared = {
        "married": row.married,
        "rents_public": row.rents_public,
        "banned_until": ban.until if ban else None,
        "bought_before": bought,
    }
    facts = {r.bureau: _ordered(r.facts, members) for r in row.reviews.exclude(verdict__in=("pending", "ended"))}
    if not parameters.current().income_limit_yuan:
        facts.pop("tax", None)
    return review.household([(m.relation, m.sex, m.born, m.capacity) for m in members], declared, facts)


def _ordered(facts: dict[str, Any], members: list[models.Member]) -> dict[str, Any]:
    """Answers with the applicant's first; a person without an answer gets an empty one."""
    return {str(m.pk): facts[str(m.pk)] for m in members if str(m.pk) in facts}
