"""JSON API of accounts, mounted at /api/v1/accounts."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.http import HttpRequest
from ninja import Query, Router, Schema
from pydantic import AwareDatetime, Field

from greenpark.domains.accounts import facade
from greenpark.domains.accounts.selectors import audit as audit_selectors
from greenpark.kernel.periods import PARK_ZONE

router = Router(tags=["accounts"])


class Me(Schema):
    """Who is calling, and what they may do. ``organisations`` is null when the scope is everything."""

    id: int
    name: str
    kind: str
    organisation_id: int | None
    permissions: list[str]
    organisations: list[int] | None


class EventOut(Schema):
    """An event of the audit trail."""

    seq: int
    at: AwareDatetime
    actor_kind: str
    actor_id: int
    actor_name: str
    organisation_id: int | None
    action: str
    subject: str
    detail: dict[str, Any]
    previous: str
    hash: str


class EventList(Schema):
    items: list[EventOut]
    count: int


class EventQuery(Schema):
    """Filters as on the page 审计日志."""

    action: str = Field("", max_length=80)
    subject: str = Field("", max_length=160)
    actor: str = Field("", max_length=60)
    since: AwareDatetime | None = None
    until: AwareDatetime | None = None
    page: int = Field(1, ge=1, le=1_000_000)
    page_size: int = Field(50, ge=1, le=200)


class Chain(Schema):
    """Result of checking the chain."""

    events: int
    intact: bool
    head: str
    first_fault: int | None
    reason: str


@router.get("/me", response=Me, summary="我是谁 · Who am I")
@facade.require()
def me(request: HttpRequest) -> dict[str, Any]:
    actor = request.actor
    return {
        "id": actor.id,
        "name": actor.name,
        "kind": actor.kind,
        "organisation_id": actor.organisation_id,
        "permissions": sorted(actor.permissions),
        "organisations": None if actor.scope.everything else sorted(actor.scope.organisations),
    }


@router.get("/audit", response=EventList, summary="审计日志 · Audit trail")
@facade.require("accounts.audit")
def audit(request: HttpRequest, query: Query[EventQuery]) -> dict[str, Any]:
    filters = query.dict(exclude={"page", "page_size"})
    items, count = audit_selectors.page(
        viewer=request.actor, offset=(query.page - 1) * query.page_size, limit=query.page_size, **filters
    )
    return {"items": [replace(item, at=item.at.astimezone(PARK_ZONE)) for item in items], "count": count}


@router.get("/audit/verify", response=Chain, summary="核验审计链 · Verify the chain")
@facade.require("accounts.audit")
def verify(request: HttpRequest) -> Any:
    return facade.verify()
