"""园区总览: what is going on now, and the months behind it."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from greenpark.domains.accounts import facade as accounts
from greenpark.domains.carbon import facade as carbon
from greenpark.domains.overview import facade, rules
from greenpark.domains.overview.ui import common, specs

#: Eleven closed months and the current one.
_MONTHS = 12


@accounts.require("carbon.view")
def park(request: HttpRequest) -> HttpResponse:
    """The whole page."""
    at = timezone.now()
    actor = common.scoped(request)
    now = common.now_of(actor, at)
    last = rules.last_month(at)
    totals = carbon.month_totals(actor, rules.months_to(at, _MONTHS))
    ranked = carbon.ranking(actor, last)
    context: dict[str, Any] = {
        "at": at,
        "now": now,
        "power": now.power,
        "load": specs.load(now.power),
        "last": last,
        "totals": totals,
        "closed_months": sum(row.enterprises > 0 and row.closed == row.enterprises for row in totals),
        "months": specs.months(totals, now.live),
        "ranked": common.with_change(ranked),
        "ranking": specs.ranking(ranked),
        "sources": specs.sources(carbon.by_source(actor, last)),
        "metered": sum(row.point_count > 0 for row in facade.enterprises(actor)),
    }
    return render(request, "overview/park.html", context)


@accounts.require("carbon.view")
def live(request: HttpRequest) -> HttpResponse:
    """The part that is fetched again every few seconds; without htmx the whole page is shown."""
    if not request.htmx:
        return park(request)
    now = common.now_of(common.scoped(request), timezone.now())
    return render(request, "overview/parts/live.html", {"now": now, "at": now.at})


@accounts.require("carbon.view")
def load(request: HttpRequest) -> HttpResponse:
    """The load curve of the scope, fetched again every minute; without htmx the whole page is shown."""
    if not request.htmx:
        return park(request)
    power = facade.power(common.scoped(request), timezone.now())
    return render(
        request, "overview/parts/load.html", {"power": power, "load": specs.load(power), "tall": "tall" in request.GET}
    )
