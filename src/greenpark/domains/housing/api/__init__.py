"""JSON API of the housing domain, mounted at /api/v1/housing. Masked throughout; money and areas as decimal strings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.http import HttpRequest
from ninja import Router, Schema

from greenpark.domains.accounts import facade as accounts
from greenpark.domains.housing import facade

router = Router(tags=["housing"])


class Listing(Schema):
    """``items`` are plain objects; see the summary of each operation."""

    items: list[dict[str, Any]]
    count: int


def _plain(value: Any) -> Any:
    """JSON values: decimals as text, days and moments after RFC 3339."""
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {k: _plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(v) for v in value]
    return value


def _listing(rows: list[Any], count: int | None = None) -> dict[str, Any]:
    items = [_plain(asdict(r)) for r in rows]
    return {"items": items, "count": len(items) if count is None else count}


@router.get("/projects", response=Listing, summary="项目")
@accounts.require("housing.view")
def projects(request: HttpRequest) -> Any:
    """Projects with homes, approved price and balance of the closed account."""
    return _listing(facade.supply.projects(request.actor))


@router.get("/homes", response=Listing, summary="房源")
@accounts.require("housing.view")
def homes(request: HttpRequest, project: int | None = None, state: str = "") -> Any:
    return _listing(facade.supply.homes(request.actor, project_id=project, state=state))


@router.get("/homes/{int:home}/dossier", summary="一房一档")
@accounts.require("housing.view")
def dossier(request: HttpRequest, home: int) -> dict[str, Any]:
    """Every event of the home and its households, and whether the chains hold."""
    found = facade.dossiers.dossier(request.actor, home)
    return {
        "home": _plain(asdict(found.home)),
        "events": [_plain(asdict(e)) for e in found.events],
        "checks": {words: _plain(asdict(check)) for words, check in found.checks},
        "intact": found.intact,
    }


@router.get("/applications", response=Listing, summary="申请（脱敏）")
@accounts.require("housing.view")
def applications(
    request: HttpRequest, state: str = "", announcement: int | None = None, page: int = 1, page_size: int = 50
) -> Any:
    size = min(max(page_size, 1), 200)
    rows, count = facade.cases.applications(
        request.actor, state=state, announcement=announcement, offset=(max(page, 1) - 1) * size, limit=size
    )
    return _listing(rows, count)


@router.get("/applications/{str:number}", summary="一件申请（脱敏）")
@accounts.require("housing.view")
def application(request: HttpRequest, number: str) -> dict[str, Any]:
    found = facade.cases.application(request.actor, number)
    events = facade.cases.history(request.actor, number)
    return {"application": _plain(asdict(found)), "events": [_plain(asdict(e)) for e in events]}


@router.get("/pool", response=Listing, summary="轮候库")
@accounts.require("housing.view")
def pool(request: HttpRequest, announcement: int | None = None) -> Any:
    return _listing(facade.cases.pool(request.actor, announcement=announcement))


@router.get("/draws/{int:draw}", summary="摇号")
@accounts.require("housing.view")
def draw(request: HttpRequest, draw: int) -> dict[str, Any]:
    """State, digests published at the freeze, seed, ranks by application number."""
    row = facade.supply.draw(request.actor, draw)
    ranks = facade.supply.ranks(draw)
    return {
        "name": row.name, "state": row.state, "listed": row.listed, "frozen": row.frozen, "seed": row.seed,
        "package_sha256": row.package_sha256, "frozen_at": _plain(row.frozen_at), "drawn_at": _plain(row.drawn_at),
        "void_reason": row.void_reason,
        "ranks": [{"round": r.round, "place": r.place, "number": r.application.number, "track": r.track}
                  for r in ranks],
    }  # fmt: skip


@router.get("/projects/{int:project}/funds", response=Listing, summary="封闭资金账")
@accounts.require("housing.view")
def funds(request: HttpRequest, project: int) -> Any:
    rows = facade.supply.fund_entries(request.actor, project)
    items = [
        {"seq": r.seq, "on": r.on.isoformat(), "kind": r.kind, "purpose": r.purpose, "amount_yuan": str(r.amount),
         "balance_yuan": str(balance), "document": r.document, "reverses": r.reverses.seq if r.reverses_id else None,
         "sm3": r.hash}
        for r, balance in rows
    ]  # fmt: skip
    return {"items": items, "count": len(items)}


@router.get("/parameters", response=Listing, summary="参数与决定")
@accounts.require("housing.view")
def parameters(request: HttpRequest) -> Any:
    return _listing(facade.parameters.listing())


@router.get("/open-points", response=Listing, summary="口径")
@accounts.require("housing.view")
def open_points(request: HttpRequest) -> Any:
    return _listing(facade.openpoints.listing())
