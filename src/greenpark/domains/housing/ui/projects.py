"""Projects, demand and plan, the closed account."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from greenpark.domains.accounts import facade as accounts
from greenpark.domains.housing import facade
from greenpark.domains.housing.contracts import HousingError, ProjectDraft
from greenpark.domains.housing.ui import common, workbook
from greenpark.domains.housing.ui.acts_projects import FUND_ACTS, PROJECT_ACTS

ROUTES = {
    "housing.manage": "housing:project-manage",
    "housing.accept": "housing:project-office",
    "housing.fund": "housing:project-fund",
}


@require_GET
@accounts.require("housing.view")
def listing(request: HttpRequest) -> HttpResponse:
    """Projects with their homes and money, demand and plans."""
    context = {
        "projects": facade.supply.projects(request.actor),
        "demands": facade.supply.demands(request.actor),
        "plans": facade.supply.plans(request.actor),
        "sources": facade.PROJECT_SOURCES.items(),
        "may_manage": request.actor.may("housing.manage"),
        "may_apply": request.actor.may("housing.apply"),
        "may_plan": request.actor.may("housing.configure"),
        "year": common.today().year,
    }
    return render(request, "housing/projects.html", context)


@require_POST
@accounts.require("housing.manage")
def save(request: HttpRequest) -> HttpResponse:
    """Register a project; it belongs to the organisation of whoever registers it."""
    d = common.Posted(request)
    draft = ProjectDraft(
        d.text("code"), d.text("name"), d.text("source"), d.text("address"), d.text("land"), d.text("description"),
        d.text("decision"),
    )  # fmt: skip
    return _said(
        request,
        lambda: facade.supply_services.save_project(
            draft, organisation_id=request.actor.organisation_id or 0, by=request.actor, at=common.now()
        ),
        "已登记项目",
        reverse("housing:projects"),
    )


@require_POST
@accounts.require("housing.apply")
def demand(request: HttpRequest) -> HttpResponse:
    d = common.Posted(request)
    return _said(
        request,
        lambda: facade.supply_services.register_demand(
            organisation_id=request.actor.organisation_id or 0, year=d.number("year"), name=d.text("name"),
            phone=d.text("phone"), persons=d.number("persons"), area_m2=d.money("area_m2"), note=d.text("note"),
            by=request.actor, at=common.now(),
        ),
        "已登记需求",
        reverse("housing:projects"),
    )  # fmt: skip


@require_POST
@accounts.require("housing.configure")
def plan(request: HttpRequest) -> HttpResponse:
    d = common.Posted(request)
    return _said(
        request,
        lambda: facade.supply_services.save_plan(
            organisation_id=request.actor.organisation_id or 0, year=d.number("year"), new=d.number("new"),
            purchased=d.number("purchased"), converted=d.number("converted"), document=d.text("document"),
            by=request.actor, at=common.now(),
        ),
        "已保存年度计划",
        reverse("housing:projects"),
    )  # fmt: skip


def _said(request: HttpRequest, run, words: str, back: str) -> HttpResponse:  # type: ignore[no-untyped-def]
    try:
        run()
        messages.success(request, words)
    except HousingError as refused:
        messages.error(request, str(refused))
    return HttpResponseRedirect(back)


@require_GET
@accounts.require("housing.view")
def detail(request: HttpRequest, project: int) -> HttpResponse:
    """A project: homes, price versions, announcements, property service."""
    found = facade.supply.project(request.actor, project)
    acts = common.offered(PROJECT_ACTS, request.actor, "")
    context = {
        "p": found,
        "homes": facade.supply.homes(request.actor, project_id=project),
        "prices": facade.supply.prices(request.actor, project),
        "announcements": facade.supply.announcements(request.actor, project_id=project),
        "contracts": facade.supply.property_contracts(request.actor, project),
        "acts": [(a, reverse(ROUTES[a.permission], args=[project, a.name])) for a in acts],
        "today": common.today().isoformat(),
    }
    return render(request, "housing/project.html", context)


def _do(request: HttpRequest, project: int, act: str, permission: str) -> HttpResponse:
    facade.scope.project(request.actor, project)
    name = "housing:funds" if permission == "housing.fund" else "housing:project"
    acts = (*PROJECT_ACTS, *FUND_ACTS)
    return common.perform(request, acts, act, project, reverse(name, args=[project]), permission=permission)


@require_POST
@accounts.require("housing.manage")
def manage(request: HttpRequest, project: int, act: str) -> HttpResponse:
    return _do(request, project, act, "housing.manage")


@require_POST
@accounts.require("housing.accept")
def office(request: HttpRequest, project: int, act: str) -> HttpResponse:
    return _do(request, project, act, "housing.accept")


@require_POST
@accounts.require("housing.fund")
def fund(request: HttpRequest, project: int, act: str) -> HttpResponse:
    return _do(request, project, act, "housing.fund")


@require_GET
@accounts.require("housing.view")
def funds(request: HttpRequest, project: int) -> HttpResponse:
    """The closed account: lines with running balance, balances by kind, the check of its chain."""
    found = facade.supply.project(request.actor, project)
    rows = facade.supply.fund_entries(request.actor, project)
    if request.GET.get("export") == "xlsx":
        request.actor.need("housing.export")
        content = workbook.funds(rows, found.name, request.actor.name, common.now())
        return common.download(content, f"封闭资金账-{found.code}.xlsx")
    acts = common.offered(FUND_ACTS, request.actor, "")
    context = {
        "p": found,
        "page": common.page_of(request, list(reversed(rows))),
        "kinds": facade.FUND_KINDS,
        "balances": [(facade.FUND_KINDS[k], v) for k, v in facade.supply.fund_balances(request.actor, project).items()],
        "fault": facade.funds.verify(project),
        "acts": [(a, reverse(ROUTES[a.permission], args=[project, a.name])) for a in acts],
        "at": common.now(),
        "today": common.today().isoformat(),
    }
    return render(request, "housing/funds.html", context)
