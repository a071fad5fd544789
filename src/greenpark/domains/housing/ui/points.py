"""What the measure leaves open: parameters with owners, and the list of open points 口径."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from greenpark.domains.accounts import facade as accounts
from greenpark.domains.housing import facade
from greenpark.domains.housing.contracts import HousingError
from greenpark.domains.housing.ui import common

STATES = {"decided": ("ok", "已决定"), "open": ("warn", "待决定"), "handled": ("info", "按规则或由人处理")}


@require_GET
@accounts.require("housing.view")
def parameters(request: HttpRequest) -> HttpResponse:
    """Parameters: value, owner, document, reason; missing ones first."""
    rows = sorted(facade.parameters.listing(), key=lambda p: (p.decided, p.point))
    context = {
        "rows": rows,
        "open": sum(not r.decided for r in rows),
        "may": request.actor.may("housing.configure") or request.actor.may("housing.manage"),
    }
    return render(request, "housing/parameters.html", context)


def _set(request: HttpRequest, name: str) -> HttpResponse:
    d = common.Posted(request)
    try:
        facade.parameter_services.set_parameter(
            name, d.text("value"), document=d.text("document"), reason=d.text("reason"), by=request.actor,
            at=common.now(),
        )  # fmt: skip
        messages.success(request, "已登记决定")
    except HousingError as refused:
        messages.error(request, str(refused))
    return HttpResponseRedirect(reverse("housing:parameters"))


@require_POST
@accounts.require("housing.configure")
def decide(request: HttpRequest, name: str) -> HttpResponse:
    """A decision of the bureau or the district."""
    return _set(request, name)


@require_POST
@accounts.require("housing.manage")
def decide_own(request: HttpRequest, name: str) -> HttpResponse:
    """A decision of the manager on its own parameters."""
    return _set(request, name)


@require_GET
@accounts.require("housing.view")
def open_points(request: HttpRequest) -> HttpResponse:
    """29 ambiguities and 8 contradictions: what, how it is handled, who decided what."""
    rows = facade.openpoints.listing()
    context = {
        "rows": [(r, *STATES[r.state]) for r in rows],
        "open": sum(r.state == "open" for r in rows),
        "decided": sum(r.state == "decided" for r in rows),
        "rules": facade.openpoints.rules(),
    }
    return render(request, "housing/open_points.html", context)
