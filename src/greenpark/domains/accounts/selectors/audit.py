"""Reading and checking the audit trail."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from greenpark.domains.accounts import models, rules
from greenpark.domains.accounts.contracts import Actor, AuditEntry, ChainReport
from greenpark.domains.accounts.selectors.actors import action_words
from greenpark.kernel.periods import from_us, to_us


def _entry(event: models.AuditEvent) -> AuditEntry:
    return AuditEntry(
        seq=event.seq,
        at=from_us(event.at_us),
        actor_kind=event.actor_kind,
        actor_id=event.actor_id,
        actor_name=event.actor_name,
        organisation_id=event.organisation_id,
        action=event.action,
        subject=event.subject,
        detail=json.loads(event.detail),
        hash=event.hash,
        previous=event.previous,
        title=action_words().get(event.action, event.action),
    )


def _found(
    *,
    viewer: Actor,
    action: str = "",
    subject: str = "",
    actor: str = "",
    since: datetime | None = None,
    until: datetime | None = None,
) -> QuerySet[models.AuditEvent]:
    events = models.AuditEvent.objects.all()
    if not viewer.scope.everything:
        events = events.filter(organisation_id__in=viewer.scope.organisations)
    if action:
        events = events.filter(action__startswith=action)
    if subject:
        events = events.filter(subject__startswith=subject)
    if actor:
        events = events.filter(actor_name__contains=actor)
    if since:
        events = events.filter(at_us__gte=to_us(since))
    if until:
        events = events.filter(at_us__lt=to_us(until))
    return events


def page(*, viewer: Actor, offset: int = 0, limit: int = 50, **filters: Any) -> tuple[list[AuditEntry], int]:
    """Events newest first and how many match. Filters: action and subject by prefix, actor by part of the name,
    ``since`` ≤ time < ``until``."""
    found = _found(viewer=viewer, **filters)
    return [_entry(event) for event in found[offset : offset + limit]], found.count()


def history_of(subject: str, *, limit: int = 50) -> list[AuditEntry]:
    """What happened to one subject, newest first; for the timeline of a detail page."""
    return [_entry(event) for event in models.AuditEvent.objects.filter(subject=subject)[:limit]]


def exported() -> Iterator[str]:
    """The whole trail in its own order, one JSON line per event, verifiable by an outsider (format gp-audit-1)."""
    for event in models.AuditEvent.objects.order_by("seq").iterator(2000):
        row = {name: getattr(event, name) for name in (*rules.FIELDS, "previous", "hash")}
        yield rules.canonical(row) + "\n"


def verify() -> ChainReport:
    """Recompute the chain from the first event. Finds a changed, inserted, reordered or missing event.

    A trail that was cut at its end still fits in itself; compare ``head`` and ``events`` with a note kept elsewhere.
    """
    previous, expected = rules.GENESIS, 1
    for event in models.AuditEvent.objects.order_by("seq").iterator(2000):
        row = {name: getattr(event, name) for name in rules.FIELDS}
        if event.seq != expected:
            reason = f"缺少第 {expected} 号事件"
        elif event.previous != previous:
            reason = f"第 {event.seq} 号事件没有接在前一事件之后"
        elif rules.chain_hash(previous, row) != event.hash:
            reason = f"第 {event.seq} 号事件的内容与摘要不符"
        else:
            previous, expected = event.hash, expected + 1
            continue
        return ChainReport(expected - 1, intact=False, head=previous, first_fault=expected, reason=reason)
    head = models.AuditHead.objects.filter(pk=1).first()
    if head is not None and (head.seq, head.hash) != (expected - 1, previous if expected > 1 else head.hash):
        reason = f"链尾记录为第 {head.seq} 号，实际到第 {expected - 1} 号：末尾事件缺失"
        return ChainReport(expected - 1, intact=False, head=previous, first_fault=expected, reason=reason)
    return ChainReport(expected - 1, intact=True, head=previous)


def chain_has(digest: str) -> bool:
    """Whether an event with this hash stands in the trail: an earlier head must, for ever."""
    return models.AuditEvent.objects.filter(hash=digest.lower()).exists()
