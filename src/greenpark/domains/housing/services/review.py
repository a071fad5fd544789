"""Acceptance (第二十三条), joint review and the verdict (第二十六条(三))."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django.db import transaction

from greenpark.domains.accounts import facade as accounts
from greenpark.domains.accounts.contracts import Actor
from greenpark.domains.housing import models
from greenpark.domains.housing.contracts import Conflict, Refused
from greenpark.domains.housing.rules import forms, review, states
from greenpark.domains.housing.rules.eligibility import Assessment, Finding, Verdict, assess
from greenpark.domains.housing.selectors import parameters, reviews, scope
from greenpark.domains.housing.services import applications, case
from greenpark.kernel.workdays import add_workdays


@transaction.atomic
def accept(number: str, *, by: Actor, at: datetime, opinion: str = "") -> None:
    """受理: complete documents only; opens one review per bureau. Raises Refused naming what is missing."""
    row = scope.application(by, number, lock=True)
    gaps = forms.missing(
        set(row.documents.values_list("kind", flat=True)),
        [m.consented_at is not None for m in row.members.all()],
        applications.declared(row),
    )
    if gaps:
        raise Refused(f"申请资料不齐全，不能受理；请要求补录：{'；'.join(gaps)}")
    case.move_application(row, "accept", by=by, at=at, opinion=opinion)
    for code in row.announcement.bodies:
        models.Review.objects.get_or_create(application=row, bureau=code)


@transaction.atomic
def ask_supplement(
    number: str, items: Sequence[str], *, by: Actor, at: datetime, opinion: str = "", until: date | None = None
) -> date | None:
    """要求补录: what, and by when. The measure states no limit (A07): the batch's working days, else the given day,
    else none. Returns the day."""
    row = scope.application(by, number, lock=True)
    wanted = [i.strip() for i in items if i.strip()]
    if not wanted:
        raise Refused("请逐项写明需要补录的材料", {"items": "请写明需要补录的材料"})
    today = case.local(at)
    rule: dict[str, Any] = {"convention": "办法未规定补录期限"}
    if until is None and row.announcement.supplement_days:
        found = add_workdays(today, row.announcement.supplement_days)
        until, rule = found.end, case.deadline(found)
    elif until is not None:
        if until <= today:
            raise Refused("补录期限应晚于今天", {"until": "应晚于今天"})
        rule = {"convention": "由受理人员确定", "end": until.isoformat()}
    row.supplement, row.due, row.due_rule = wanted, until, rule
    case.move_application(
        row, "ask_supplement", by=by, at=at, opinion=opinion or "；".join(wanted), due=rule, detail={"items": wanted}
    )
    return until


@transaction.atomic
def not_accept(number: str, *, article: str, reason: str, by: Actor, at: datetime) -> None:
    """不予受理并告知: with the article that is not met."""
    row = scope.application(by, number, lock=True)
    if not article.strip().startswith("第"):
        raise Refused("请写明不符合哪一条，如：第十八条(一)", {"article": "如：第十八条(一)"})
    case.move_application(
        row, "not_accept", by=by, at=at, opinion=reason, article=f"第二十三条；{article.strip()}"[:60]
    )


@transaction.atomic
def set_body(code: str, *, organisation_id: int, by: Actor, at: datetime) -> None:
    """Which organisation speaks for a bureau."""
    by.need("housing.configure")
    if code not in review.BUREAUS:
        raise Refused("没有这个联审部门")
    models.ReviewBody.objects.update_or_create(code=code, defaults={"organisation_id": organisation_id})
    accounts.record(
        action="housing.parameter.set", subject=f"housing/body:{code}", by=by, at=at,
        detail={"organisation": organisation_id},
    )  # fmt: skip


@transaction.atomic
def give_verdict(
    review_id: int, *, verdict: str, facts: Mapping[str, Mapping[str, Any]], reason: str, by: Actor, at: datetime,
    audit: bool = True,
) -> None:  # fmt: skip
    """One bureau's verdict with reason. ``facts``: member id (text) -> answers, as ``rules.review.read_answer`` gives.

    Replaces an earlier verdict while the review runs; the chain keeps both. Raises NotFound for another bureau's case.
    """
    by.need("housing.verify")
    row = reviews.one(by, review_id, lock=True)
    if row.application.state != states.Application.UNDER_REVIEW:
        raise Refused("申请已不在联合审核中，无需填写")
    if verdict not in ("pass", "fail", "unclear"):
        raise Refused("结论应为通过、不通过或无法核实", {"verdict": "请选择结论"})
    if verdict != "pass" and len(reason.strip()) < 2:
        raise Refused("不通过或无法核实须说明理由（第二十六条(三)）", {"reason": "请说明理由"})
    bureau = review.BUREAUS[row.bureau]
    people = {str(m.pk) for m in row.application.members.all() if m.relation in bureau.whom}
    if unknown := set(facts) - people:
        raise Refused(f"核查对象不属于本部门核查范围：{len(unknown)} 人")
    row.verdict, row.reason, row.by, row.at = verdict, reason.strip(), by.name, at
    row.facts = {person: dict(answers) for person, answers in facts.items()}
    row.save()
    models.Application.objects.filter(pk=row.application_id).update(verdict="", assessment={})
    case.event(
        f"application:{row.application_id}", action="verdict", title=f"{bureau.name}：{review.VERDICTS[verdict]}",
        by=by, at=at, opinion=row.reason, article="第二十六条(三)",
        detail={"bureau": row.bureau, "verdict": verdict, "facts": row.facts},
    )  # fmt: skip
    if audit:
        accounts.record(
            action="housing.review.verdict", subject=f"housing/application:{row.application.number}", by=by, at=at,
            detail={"bureau": row.bureau, "verdict": verdict},
            organisation_id=row.application.announcement.project.organisation_id,
        )  # fmt: skip


def _assessed(row: models.Application, at: datetime) -> tuple[Assessment, str]:
    known = parameters.current()
    household = reviews.household_of(row, case.local(at))
    return assess(household, known, case.local(row.submitted_at or at)), known.version


def _with_verdicts(row: models.Application, found: Assessment) -> Verdict:
    """A bureau's «fail» against an eligible reading, or «unclear», makes the case one for a person."""
    verdicts = {r.bureau: r.verdict for r in row.reviews.all()}
    if found.verdict is Verdict.ELIGIBLE and set(verdicts.values()) & {"fail", "unclear"}:
        return Verdict.PERSON_DECIDES
    return found.verdict


def _plain(findings: Sequence[Finding]) -> list[dict[str, str]]:
    return [{"rule": f.rule, "verdict": str(f.verdict), "article": f.article, "reason": f.reason} for f in findings]


@transaction.atomic
def assess_case(number: str, *, by: Actor, at: datetime) -> str:
    """Apply the eligibility rules to what the bureaus found and keep the result with its reasons. Returns the verdict.

    Raises Refused while a bureau has not answered.
    """
    by.need("housing.accept")
    row = scope.application(by, number, lock=True)
    if row.state != states.Application.UNDER_REVIEW:
        raise Refused("只有联合审核中的申请可以判定")
    waiting = [review.BUREAUS[r.bureau].name for r in row.reviews.filter(verdict="pending")]
    if waiting:
        raise Refused(f"以下部门尚未给出结论：{'、'.join(waiting)}")
    found, version = _assessed(row, at)
    verdict = _with_verdicts(row, found)
    extra = [
        {"rule": "HR41", "verdict": "person_decides", "article": "第二十六条(三)",
         "reason": f"{review.BUREAUS[r.bureau].name}：{review.VERDICTS[r.verdict]}，{r.reason}"}
        for r in row.reviews.filter(verdict__in=("fail", "unclear"))
    ]  # fmt: skip
    row.verdict, row.parameters_version = str(verdict), version
    row.assessment = {"findings": _plain(found.findings) + extra, "warnings": _plain(found.warnings)}
    row.save(update_fields=["verdict", "assessment", "parameters_version"])
    case.event(
        f"application:{row.pk}", action="assess", title=f"判定：{forms.VERDICTS[row.verdict]}", by=by, at=at,
        article="第十七条至第二十条", detail={"parameters": version, **row.assessment},
    )  # fmt: skip
    return str(verdict)


@transaction.atomic
def conclude(number: str, *, by: Actor, at: datetime, decision: str = "", reason: str = "") -> str:
    """End the joint review: into the waiting register, or refused with reasons. Returns the new state.

    ``decision`` (qualify or refuse) with ``reason`` is needed exactly where a person decides; where the rules are
    clear it must not contradict them. Raises Refused, Conflict.
    """
    by.need("housing.accept")
    row = scope.application(by, number, lock=True)
    verdict = row.verdict or assess_case(number, by=by, at=at)
    row.refresh_from_db()
    clear = {"eligible": "qualify", "not_eligible": "refuse"}.get(verdict, "")
    if not clear and (decision not in ("qualify", "refuse") or len(reason.strip()) < 4):
        raise Refused("此件由人决定：请选择通过或不通过，并写明理由（至少 4 个字）", {"reason": "请写明理由"})
    if clear and decision and decision != clear:
        raise Conflict(f"规则判定为「{forms.VERDICTS[verdict]}」，与所选不符；事实有误请退回部门更正后重新判定")
    move = clear or decision
    reasons = "；".join(
        f"{f['reason']}（{f['article']}）" for f in row.assessment["findings"] if f["verdict"] == verdict
    )
    if move == "qualify":
        row.pool_no, row.pooled_at = case.take_number("pool"), at
    case.move_application(
        row, move, by=by, at=at, opinion=reason.strip() or (reasons if move == "refuse" else ""),
        detail={"verdict": verdict, "human": not clear, "pool_no": row.pool_no, "reasons": reasons[:900]},
    )  # fmt: skip
    case.end_reviews(row)
    return str(row.state)
