"""JSON API of planning, mounted at /api/v1/planning."""

from __future__ import annotations

from typing import Any

import msgspec
from django.http import HttpRequest
from django.utils import timezone
from ninja import Query, Router, Schema, Status
from ninja.errors import HttpError
from pydantic import Field

from greenpark.domains.accounts import facade as accounts
from greenpark.domains.planning.contracts import BadReport, NotFound, ValueDraft
from greenpark.domains.planning.selectors import items as selectors
from greenpark.domains.planning.services import reports as services

router = Router(tags=["planning"])


class ListQuery(Schema):
    """Filters as in the lists; ``page`` counts from 1."""

    pack: str = ""
    q: str = Field("", max_length=60)
    document: str = ""
    unit: str = ""
    state: str = ""
    page: int = Field(1, ge=1, le=100_000)
    page_size: int = Field(50, ge=1, le=200)

    def chosen(self) -> selectors.PlanFilter:
        return selectors.PlanFilter(self.pack, self.q, self.document, self.state, self.unit)

    def cut(self, views: list[Any]) -> list[Any]:
        start = (self.page - 1) * self.page_size
        return views[start : start + self.page_size]


class ItemOut(Schema):
    """An item: the pack's row as given, who reports, and the judgement of an indicator."""

    id: int
    code: str
    name: str
    pack: str
    organisation: str
    row: dict[str, Any]
    marks: list[str] = []
    judgement: dict[str, Any] | None = None


class ItemsOut(Schema):
    items: list[ItemOut]
    count: int


class ValueIn(Schema):
    """``value`` is decimal text, so that no digit is lost."""

    period: str
    value: str = ""
    text: str = ""
    accepted: bool | None = None
    provisional: bool = False
    source: str = Field(max_length=200)
    evidence: str = ""


class CreatedOut(Schema):
    id: int


def _out(view: selectors.ItemView) -> dict[str, Any]:
    return {
        "id": view.id,
        "code": view.code,
        "name": view.name,
        "pack": view.pack,
        "organisation": view.organisation,
        "row": view.row,
        "marks": list(view.marks),
        "judgement": msgspec.to_builtins(view.judgement) if view.judgement else None,
    }


@router.get("/indicators", response=ItemsOut)
@accounts.require("planning.view")
def indicators(request: HttpRequest, query: Query[ListQuery]) -> dict[str, Any]:
    """Indicators with targets as printed and their judgement."""
    views, _ = selectors.indicators(request.actor, query.chosen(), at=timezone.localdate())
    return {"items": [_out(v) for v in query.cut(views)], "count": len(views)}


@router.get("/tasks", response=ItemsOut)
@accounts.require("planning.view")
def tasks(request: HttpRequest, query: Query[ListQuery]) -> dict[str, Any]:
    """Tasks with their units."""
    views, _ = selectors.workable(request.actor, "task", query.chosen())
    return {"items": [_out(v) for v in query.cut(views)], "count": len(views)}


@router.get("/projects", response=ItemsOut)
@accounts.require("planning.view")
def projects(request: HttpRequest, query: Query[ListQuery]) -> dict[str, Any]:
    """Projects with their marks of carry-over and same name."""
    views, _ = selectors.workable(request.actor, "project", query.chosen())
    return {"items": [_out(v) for v in query.cut(views)], "count": len(views)}


@router.post("/indicators/{int:item_id}/values", response={201: CreatedOut})
@accounts.require("planning.report")
def enter_value(request: HttpRequest, item_id: int, body: ValueIn) -> Status:
    """Enter a value of an indicator for review by a second person."""
    try:
        value_id = services.enter_value(item_id, ValueDraft(**body.dict()), by=request.actor, at=timezone.now())
    except NotFound as missing:
        raise HttpError(404, str(missing)) from missing
    except BadReport as wrong:
        raise HttpError(422, str(wrong)) from wrong
    return Status(201, {"id": value_id})
