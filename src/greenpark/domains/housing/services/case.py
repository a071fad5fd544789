"""Moves of a case: state machine, hash-chained event, audit entry, in one place.

Every service that changes an application or a home goes through :func:`move_application` or :func:`move_home`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.db import IntegrityError, transaction

from greenpark.domains.accounts import facade as accounts
from greenpark.domains.accounts.contracts import Actor
from greenpark.domains.housing import models
from greenpark.domains.housing.contracts import Duplicate, Refused
from greenpark.domains.housing.rules import chain, states
from greenpark.domains.housing.selectors import scope
from greenpark.kernel.periods import PARK_ZONE, to_us
from greenpark.kernel.workdays import Deadline

RULE = "海南政办发〔2025〕8号"
#: Who may make a move: permissions of which one suffices.
WHO_MAY: dict[states.Who, tuple[str, ...]] = {
    states.Who.FAMILY: ("housing.apply", "housing.own"),
    states.Who.HOUSING_BUREAU: ("housing.accept",),
    states.Who.REVIEWERS: ("housing.verify",),
    states.Who.MANAGER: ("housing.manage",),
    states.Who.REGISTRY: ("housing.accept", "housing.manage"),
    states.Who.COURT: ("housing.manage",),
}
_S = states.Application
#: States in which a family belongs to no active household any more.
ENDED = frozenset({_S.NOT_ACCEPTED, _S.REFUSED, _S.WITHDRAWN, _S.DISQUALIFIED, _S.EXITED})


def local(at: datetime) -> date:
    """The day in the park's zone."""
    return at.astimezone(PARK_ZONE).date()


def end_reviews(row: models.Application) -> None:
    """Pending reviews of an ended case are closed, so that no bureau keeps asking."""
    row.reviews.filter(verdict="pending").update(verdict="ended")


def take_number(name: str) -> int:
    """The next running number of that name; locked until the transaction ends."""
    row, _ = models.Counter.objects.select_for_update().get_or_create(name=name)
    row.value += 1
    row.save(update_fields=["value"])
    return int(row.value)


def deadline(found: Deadline) -> dict[str, Any]:
    """A deadline as it is kept and printed: convention, counted days, calendar document."""
    return {
        "start": found.start.isoformat(),
        "days": found.days,
        "end": found.end.isoformat(),
        "convention": found.convention,
        "counted": [d.isoformat() for d in found.counted],
        "calendar_document": found.calendar_document,
    }


def event(
    subject: str,
    *,
    action: str,
    title: str,
    by: Actor,
    at: datetime,
    origin: str = "",
    target: str = "",
    opinion: str = "",
    article: str = "",
    due: Mapping[str, Any] | None = None,
    detail: Mapping[str, Any] | None = None,
) -> models.CaseEvent:
    """Append to the chain of ``subject`` (application:<id> or home:<id>). The unique sequence stops two writers."""
    last = models.CaseEvent.objects.filter(subject=subject).order_by("-seq").first()
    previous = last.hash if last else chain.GENESIS
    row: dict[str, Any] = {
        "subject": subject,
        "seq": last.seq + 1 if last else 1,
        "at_us": to_us(at),
        "actor_kind": by.kind,
        "actor_id": by.id,
        "actor_name": by.name,
        "action": action,
        "title": title,
        "origin": origin,
        "target": target,
        "opinion": opinion[:1000],
        "article": article,
        "rule_version": RULE,
        "deadline": chain.canonical(due or {}),
        "detail": chain.canonical(detail or {}),
    }
    return models.CaseEvent.objects.create(**row, previous=previous, hash=chain.link(previous, row))


def _chosen(
    moves: tuple[states.Move, ...], state: str, name: str, opinion: str, by: Actor, also: tuple[str, ...]
) -> Any:
    try:
        found = states.move(moves, state, name)
    except states.MoveNotAllowed as refused:
        raise Refused(str(refused)) from refused
    scope.may_any(by, *WHO_MAY[found.who], *also)
    if found.reason_needed and len(opinion.strip()) < 2:
        raise Refused(f"「{found.title}」须写明理由（{found.article}）", {"opinion": "请写明理由"})
    return found


def move_application(
    row: models.Application,
    name: str,
    *,
    by: Actor,
    at: datetime,
    opinion: str = "",
    due: Mapping[str, Any] | None = None,
    detail: Mapping[str, Any] | None = None,
    also: tuple[str, ...] = (),
    article: str = "",
    audit: bool = True,
) -> states.Move:
    """Make the move on a locked row: state, released persons, event, audit entry (batches write their own).

    ``also`` are further permissions that suffice. Raises Refused, NotAllowed.
    """
    found = _chosen(states.APPLICATION_MOVES, row.state, name, opinion, by, also)
    row.state = found.target
    row.save()
    if found.target in ENDED:
        row.members.update(active_key=None)
    said = {"opinion": opinion.strip(), "article": article or found.article, "due": due, "detail": detail}
    event(
        f"application:{row.pk}", action=name, title=found.title, by=by, at=at, origin=found.origin,
        target=found.target, **said,
    )  # fmt: skip
    if audit:
        accounts.record(
            action="housing.application.moved",
            subject=f"housing/application:{row.number}",
            by=by,
            at=at,
            detail={"move": name, "from": found.origin, "to": found.target, "article": said["article"]},
            organisation_id=row.announcement.project.organisation_id,
        )
    return found


def move_home(
    row: models.Home,
    name: str,
    *,
    by: Actor,
    at: datetime,
    opinion: str = "",
    detail: Mapping[str, Any] | None = None,
    due: Mapping[str, Any] | None = None,
    also: tuple[str, ...] = (),
    audit: bool = True,
) -> states.Move:
    """The same for a home."""
    found = _chosen(states.HOME_MOVES, row.state, name, opinion, by, also)
    row.state = found.target
    row.save(update_fields=["state"])
    event(
        f"home:{row.pk}", action=name, title=found.title, by=by, at=at, origin=found.origin, target=found.target,
        opinion=opinion.strip(), article=found.article, detail=detail, due=due,
    )  # fmt: skip
    if audit:
        accounts.record(
            action="housing.home.moved",
            subject=f"housing/home:{row.pk}",
            by=by,
            at=at,
            detail={"home": row.code, "move": name, "from": found.origin, "to": found.target},
            organisation_id=row.project.organisation_id,
        )
    return found


def hold_person(member: models.Member) -> None:
    """Claim the person for this household. Raises Duplicate when another active household holds them."""
    try:
        with transaction.atomic():
            member.active_key = member.identity_key
            member.save(update_fields=["active_key"])
    except IntegrityError as fault:
        raise Duplicate(
            f"{member.name_masked}（{member.identity_masked}）已在另一有效申请或已购家庭中，一人只能属于一个家庭；"
            "如有变动，请先办理原申请的退出或产权变更"
        ) from fault
