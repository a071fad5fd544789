"""Homes: list, card with the dossier, export of the dossier."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from greenpark.domains.accounts import facade as accounts
from greenpark.domains.housing import facade
from greenpark.domains.housing.ui import common
from greenpark.domains.housing.ui.acts_projects import HOME_ACTS

LEVELS = {
    "planned": "none", "for_sale": "ok", "reserved": "warn", "contracted": "info", "owned": "info",
    "buyback_requested": "warn", "buyback_inspected": "warn", "exit_case": "bad", "court": "bad",
    "bought_back": "ok", "removed_from_plan": "none",
}  # fmt: skip
ROUTES = {"housing.manage": "housing:home-manage", "housing.accept": "housing:home-office"}
KINDS = {"purchase": "购买", "inheritance": "继承", "divorce": "离异变更"}


@require_GET
@accounts.require("housing.view")
def listing(request: HttpRequest) -> HttpResponse:
    """All homes by state."""
    project = common.number_or_none(request.GET.get("project", ""))
    rows = facade.supply.homes(request.actor, project_id=project)
    counts: dict[str, int] = {}
    for home in rows:
        counts[home.state] = counts.get(home.state, 0) + 1
    state = request.GET.get("state", "")
    shown = common.page_of(request, [h for h in rows if not state or h.state == state])
    choices = [("", "全部"), *((s, n) for s, n in facade.HOME_STATES.items() if counts.get(s))]
    context = {
        "page": shown,
        "rows": [(h, LEVELS[h.state]) for h in shown],
        "tabs": common.tabs(request, choices, counts),
        "projects": facade.supply.projects(request.actor),
        "filters": request.GET,
        "count": len(rows),
    }
    return render(request, "housing/homes.html", context)


@require_GET
@accounts.require("housing.view")
def card(request: HttpRequest, home: int) -> HttpResponse:
    """One home, one file: state, owners, buy-backs, exits, every event, and whether the chains hold."""
    dossier = facade.dossiers.dossier(request.actor, home)
    acts = common.offered(HOME_ACTS, request.actor, dossier.home.state)
    context = {
        "h": dossier.home,
        "level": LEVELS[dossier.home.state],
        "dossier": dossier,
        "ownerships": [(o, KINDS[o.kind]) for o in facade.supply.ownerships(request.actor, home)],
        "buybacks": facade.supply.buybacks(request.actor, home),
        "exits": [(x, facade.EXIT_CASES[x.case]) for x in facade.supply.exits(request.actor, home)],
        "acts": [(a, reverse(ROUTES[a.permission], args=[home, a.name])) for a in acts],
        "may_export": request.actor.may("housing.export"),
        "today": common.today().isoformat(),
    }
    return render(request, "housing/home.html", context)


def _do(request: HttpRequest, home: int, act: str, permission: str) -> HttpResponse:
    facade.scope.home(request.actor, home)
    back = reverse("housing:home", args=[home])
    return common.perform(request, HOME_ACTS, act, home, back, permission=permission)


@require_POST
@accounts.require("housing.manage")
def manage(request: HttpRequest, home: int, act: str) -> HttpResponse:
    return _do(request, home, act, "housing.manage")


@require_POST
@accounts.require("housing.accept")
def office(request: HttpRequest, home: int, act: str) -> HttpResponse:
    return _do(request, home, act, "housing.accept")


@require_POST
@accounts.require("housing.export")
def export(request: HttpRequest, home: int) -> HttpResponse:
    """The dossier as a zip with manifest; a POST because it is audited."""
    content = facade.dossier_services.export(home, by=request.actor, at=common.now())
    return common.download(content, f"一房一档-{home}.zip", "application/zip")
