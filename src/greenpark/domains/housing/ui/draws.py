"""Pool, publicity, draw, selection board."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from greenpark.domains.accounts import facade as accounts
from greenpark.domains.housing import facade
from greenpark.domains.housing.contracts import HousingError, NotFound
from greenpark.domains.housing.ui import common
from greenpark.domains.housing.ui.acts_projects import DRAW_ACTS
from greenpark.domains.housing.ui.cases import LEVELS as CASE_LEVELS
from greenpark.domains.housing.ui.homes import LEVELS as HOME_LEVELS

STATES = {
    "preparing": ("none", "准备中"),
    "frozen": ("warn", "名册已冻结"),
    "drawn": ("ok", "已摇号"),
    "void": ("bad", "已作废"),
}
KINDS = {"secret": "承诺揭示", "dice": "现场骰子", "public": "公共数字"}
OUTCOMES = {"open": ("warn", "待处理"), "dismissed": ("none", "不成立"), "upheld": ("bad", "成立")}


@require_GET
@accounts.require("housing.view")
def pool(request: HttpRequest) -> HttpResponse:
    """The waiting register in its order; gaps are exits, nobody moves up in number."""
    batch = common.number_or_none(request.GET.get("announcement", ""))
    rows = facade.cases.pool(request.actor, announcement=batch)
    if not request.GET.get("ended"):
        rows = [a for a in rows if a.state not in ("refused", "withdrawn", "disqualified", "exited")]
    page = common.page_of(request, rows)
    context = {
        "page": page,
        "rows": [(a, CASE_LEVELS[a.state]) for a in page],
        "count": len(rows),
        "announcements": facade.supply.announcements(request.actor),
        "filters": request.GET,
        "rule": next((p.value for p in facade.parameters.listing() if p.name == "pool_order_rule"), ""),
        "bans": facade.cases.bans(request.actor, common.today()),
    }
    return render(request, "housing/pool.html", context)


@require_http_methods(["GET"])
@accounts.require("housing.view")
def publicity(request: HttpRequest) -> HttpResponse:
    """Public lists with their count of working days, and objections."""
    today = common.today()
    batches = [b for b in facade.supply.announcements(request.actor) if b.state == "published"]
    counts = {b.pk: facade.cases.state_counts(request.actor, announcement=b.pk).get("pooled", 0) for b in batches}
    context = {
        "rows": [(p, p.state == "open" and p.end >= today, p.state == "open" and p.end < today)
                 for p in facade.supply.publicities(request.actor)],
        "waiting": [(b, counts[b.pk]) for b in batches if counts[b.pk]],
        "objections": [(o, *OUTCOMES[o.outcome]) for o in facade.cases.objections(request.actor)],
        "may_manage": request.actor.may("housing.manage"),
        "may_decide": request.actor.may("housing.accept"),
    }  # fmt: skip
    return render(request, "housing/publicity.html", context)


@require_POST
@accounts.require("housing.manage")
def publicity_start(request: HttpRequest, announcement: int) -> HttpResponse:
    return _said(
        request,
        lambda: f"公示至 {facade.waiting.start_publicity(announcement, by=request.actor, at=common.now()).end}",
    )


@require_POST
@accounts.require("housing.manage")
def publicity_finish(request: HttpRequest, publicity: int) -> HttpResponse:
    def finish() -> str:
        families = facade.waiting.finish_publicity(publicity, by=request.actor, at=common.now())
        return f"公示期满，{families} 户无异议，已通知缴纳定金"

    return _said(request, finish)


def _said(request: HttpRequest, run) -> HttpResponse:  # type: ignore[no-untyped-def]
    try:
        messages.success(request, run())
    except HousingError as refused:
        messages.error(request, str(refused))
    return HttpResponseRedirect(reverse("housing:publicity"))


@require_GET
@accounts.require("housing.view")
def listing(request: HttpRequest) -> HttpResponse:
    """Draws, voided ones too."""
    batches = facade.supply.announcements(request.actor)
    live = {d.live_key for d in facade.supply.draws(request.actor) if d.live_key}
    context = {
        "rows": [(d, *STATES[d.state]) for d in facade.supply.draws(request.actor)],
        "batches": [b for b in batches if b.state == "published" and b.pk not in live],
        "boards": [b for b in batches if b.state != "draft"],
        "may_manage": request.actor.may("housing.manage"),
    }
    return render(request, "housing/draws.html", context)


@require_POST
@accounts.require("housing.manage")
def prepare(request: HttpRequest, announcement: int) -> HttpResponse:
    """Write down the parties and the rounds of a draw: «名称,方式» a line; «轮次,组:名额 组:名额,优先组» a line."""
    d = common.Posted(request)
    try:
        parties = [facade.read_party(line) for line in d.lines("parties")]
        rounds = [facade.read_round(line) for line in d.lines("rounds")]
        least = d.number("least") if d.text("least") else 3
        made = facade.draws.prepare(
            announcement, parties=parties, rounds=rounds, least=least, by=request.actor, at=common.now()
        )
        return HttpResponseRedirect(reverse("housing:draw", args=[made]))
    except NotFound:
        raise
    except HousingError as refused:
        messages.error(request, str(refused))
    return HttpResponseRedirect(reverse("housing:draws"))


@require_GET
@accounts.require("housing.view")
def detail(request: HttpRequest, draw: int) -> HttpResponse:
    """The ceremony: what was frozen when, who contributed what, seed, ranks, package."""
    row = facade.supply.draw(request.actor, draw)
    ranks = facade.supply.ranks(draw)
    page = common.page_of(request, ranks)
    acts = common.offered(DRAW_ACTS, request.actor, row.state)
    routes = {"housing.manage": "housing:draw-do", "housing.accept": "housing:draw-void"}
    context = {
        "d": row,
        "status": STATES[row.state],
        "parts": [(p, KINDS[p.kind]) for p in row.parts.all()],
        "judged": facade.judged(row),
        "page": page,
        "slots": facade.supply.slots(draw),
        "acts": [(a, reverse(routes[a.permission], args=[draw] if a.name == "void" else [draw, a.name])) for a in acts],
        "today": common.today().isoformat(),
    }
    return render(request, "housing/draw.html", context)


def _do(request: HttpRequest, draw: int, act: str, permission: str) -> HttpResponse:
    facade.scope.draw(request.actor, draw)
    back = reverse("housing:draw", args=[draw])
    return common.perform(request, DRAW_ACTS, act, draw, back, permission=permission)


@require_POST
@accounts.require("housing.manage")
def do(request: HttpRequest, draw: int, act: str) -> HttpResponse:
    return _do(request, draw, act, "housing.manage")


@require_POST
@accounts.require("housing.accept")
def void(request: HttpRequest, draw: int) -> HttpResponse:
    return _do(request, draw, "void", "housing.accept")


@require_GET
@accounts.require("housing.view")
def package(request: HttpRequest, draw: int) -> HttpResponse:
    """The published package; the same bytes as the public page hands out."""
    row = facade.supply.draw(request.actor, draw)
    content = facade.supply.package(row.name)
    return common.download(content, f"draw-{row.name}.zip", "application/zip")


@require_GET
@accounts.require("housing.view")
def board(request: HttpRequest, announcement: int) -> HttpResponse:
    """The selection board: homes as they are taken, and whose turn it is. Refreshes itself."""
    batch = facade.supply.announcement(request.actor, announcement)
    homes = facade.supply.board(announcement)
    called, _n = facade.cases.applications(
        request.actor, state="on_selection_list", announcement=announcement, limit=None
    )
    called.sort(key=lambda a: a.place or 0)
    context = {
        "b": batch,
        "homes": [(h, HOME_LEVELS[h.state]) for h in homes],
        "free": sum(h.state == "for_sale" for h in homes),
        "called": called,
        "at": common.now(),
    }
    name = "housing/parts/board.html" if request.htmx else "housing/board.html"
    return render(request, name, context)
