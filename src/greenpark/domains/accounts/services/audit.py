"""Adding to the audit trail."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction

from greenpark.domains.accounts import models, rules
from greenpark.domains.accounts.contracts import Actor
from greenpark.kernel.periods import to_us


@transaction.atomic
def record(
    *,
    action: str,
    subject: str,
    by: Actor,
    at: datetime,
    detail: dict[str, Any] | None = None,
    organisation_id: int | None = None,
) -> int:
    """Append an event to the trail, in the caller's transaction: it stays exactly if the action stays.

    The head of the chain is locked until that transaction ends, so events of concurrent writers follow each other.
    Call it late in the transaction, and never while waiting for something outside the database.

    Args:
        action: domain.thing.happened, such as ``carbon.period.closed``.
        subject: what it happened to, such as ``enterprise:3/2026-10``; prefix search works on it.
        detail: JSON values only; never personal data in clear, never a secret.
        organisation_id: whose data; defaults to the actor's organisation.

    Returns:
        The event's number in the chain.
    """
    head, _ = models.AuditHead.objects.select_for_update().get_or_create(pk=1, defaults={"hash": rules.GENESIS})
    event: dict[str, Any] = {
        "seq": head.seq + 1,
        "at_us": to_us(at),
        "actor_kind": by.kind,
        "actor_id": by.id,
        "actor_name": by.name,
        "organisation_id": by.organisation_id if organisation_id is None else organisation_id,
        "action": action,
        "subject": subject,
        "detail": rules.canonical(detail or {}),
    }
    digest = rules.chain_hash(head.hash, event)
    models.AuditEvent.objects.create(**event, previous=head.hash, hash=digest)
    head.seq, head.hash = event["seq"], digest
    head.save(update_fields=["seq", "hash"])
    return head.seq
