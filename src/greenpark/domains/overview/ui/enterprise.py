"""企业页: one enterprise with its energy, CO₂, points, stack outlets and what was refused."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from greenpark.domains.accounts import facade as accounts
from greenpark.domains.accounts.contracts import Actor
from greenpark.domains.carbon import facade as carbon
from greenpark.domains.carbon.contracts import Live, NotFound
from greenpark.domains.overview import facade, rules
from greenpark.domains.overview.contracts import LatestValue
from greenpark.domains.overview.ui import common, specs
from greenpark.domains.registry import facade as registry

_MONTHS = 12
#: Media of stack outlets and ambient stations.
_OUTLETS = ("flue_gas", "wastewater", "ambient_air")


@accounts.require("carbon.view")
def enterprise(request: HttpRequest, enterprise_id: int) -> HttpResponse:
    """The whole page; 404 outside the scope."""
    at = timezone.now()
    actor = request.actor
    card = registry.enterprise(actor, enterprise_id)
    last = rules.last_month(at)
    totals = carbon.month_totals(actor, rules.months_to(at, _MONTHS), enterprise_id=enterprise_id)
    live = _live(actor, at, enterprise_id)
    month_rows: list[dict[str, Any]] = [
        {"total": row, "href": common.address("carbon:enterprise", row.month, enterprise_id), "live": None}
        for row in reversed(totals)
    ]
    if live.metered_sources + live.reported_sources:
        month_rows[0]["live"] = live.month
    context = {
        "card": card,
        "last": last,
        "month_rows": month_rows,
        "totals_known": any(row.enterprises for row in totals),
        "ledger_url": common.address("carbon:enterprise", str(last), enterprise_id),
        "refused": facade.refused(actor, enterprise_id, at) if actor.may("telemetry.view") else [],
        "refused_url": common.address("telemetry:not-taken") if actor.may("telemetry.review") else "",
        "period": carbon.period(actor, last, enterprise_id),
        "months": specs.months(totals, live),
        "sources": specs.sources(carbon.by_source(actor, last, enterprise_id=enterprise_id)),
        "media": specs.media_table(_media(actor, enterprise_id, at)),
        **_now(actor, at, enterprise_id, live),
    }
    return render(request, "overview/enterprise.html", context)


@accounts.require("carbon.view")
def live(request: HttpRequest, enterprise_id: int) -> HttpResponse:
    """The live part; without htmx the whole page is shown."""
    if not request.htmx:
        return enterprise(request, enterprise_id)
    at = timezone.now()
    card = registry.enterprise(request.actor, enterprise_id)
    context = {"card": card, **_now(request.actor, at, enterprise_id, _live(request.actor, at, enterprise_id))}
    return render(request, "overview/parts/enterprise_live.html", context)


def _live(actor: Actor, at: datetime, enterprise_id: int) -> Live:
    try:
        return carbon.live(actor, at, enterprise_id=enterprise_id)
    except NotFound as unknown:
        raise Http404 from unknown


def _media(actor: Actor, enterprise_id: int, at: datetime) -> list[Any]:
    """This month so far, whole days and today."""
    today = rules.day_start(at)
    return facade.by_medium(actor, enterprise_id, today.replace(day=1), today + timedelta(days=1))


def _linked(value: LatestValue) -> dict[str, Any]:
    href = common.address("telemetry:point", value.point_id) or common.address("registry:point", value.point_id)
    return {"value": value, "href": href}


def _now(actor: Actor, at: datetime, enterprise_id: int, live: Live) -> dict[str, Any]:
    # Single readings need telemetry.view; sums and the load are part of the account.
    values: list[LatestValue] = facade.latest_values(actor, enterprise_id, at) if actor.may("telemetry.view") else []
    power = facade.power(actor, at, enterprise_id=enterprise_id)
    this_month = str(rules.months_to(at, 1)[0])
    return {
        "at": at,
        "ledger_now": common.address("carbon:enterprise", this_month, enterprise_id),
        "live": live,
        "figures_at": live.newest_reading_at or live.at,
        "power": power,
        "load": specs.load(power),
        "outlets": [_linked(value) for value in values if value.medium in _OUTLETS],
        "meters": [_linked(value) for value in values if value.medium not in _OUTLETS],
        "online": sum(value.online for value in values),
        "point_count": len(values),
        "may_see_points": actor.may("telemetry.view"),
    }
