"""Joint review for one bureau: only its own cases, only its own fields."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from greenpark.domains.accounts import facade as accounts
from greenpark.domains.housing import facade
from greenpark.domains.housing.contracts import HousingError
from greenpark.domains.housing.ui import common

TABS = (("pending", "待核查"), ("pass", "通过"), ("fail", "不通过"), ("unclear", "无法核实"), ("ended", "已终止"))
LEVELS = {"pending": "warn", "pass": "ok", "fail": "bad", "unclear": "info", "ended": "none"}
MAX_UPLOAD = 10 * 1024 * 1024


@require_GET
@accounts.require("housing.verify")
def listing(request: HttpRequest) -> HttpResponse:
    """The bureau's cases by verdict."""
    chosen = request.GET.get("verdict", "pending")
    chosen = chosen if chosen in LEVELS else "pending"
    rows = facade.reviews.waiting(request.actor, verdict=chosen)
    counts = facade.reviews.counts(request.actor)
    context = {
        "page": (page := common.page_of(request, rows)),
        "rows": [(r, facade.BUREAUS[r.bureau].name, LEVELS[r.verdict], facade.VERDICTS[r.verdict]) for r in page],
        "tabs": [{**t, "on": value == chosen, "count": counts.get(value, 0)}
                 for t, (value, _) in zip(common.tabs(request, TABS, counts, "verdict"), TABS, strict=True)],
        "bureaus": [facade.BUREAUS[c] for c in facade.reviews.bureaus_of(request.actor)],
        "pending": counts["pending"],
    }  # fmt: skip
    return render(request, "housing/reviews.html", context)


@require_http_methods(["GET", "POST"])
@accounts.require("housing.verify")
def detail(request: HttpRequest, review: int) -> HttpResponse:
    """One case as this bureau may see it, and its verdict."""
    row = facade.reviews.one(request.actor, review)
    bureau = facade.BUREAUS[row.bureau]
    problem = ""
    if request.method == "POST":
        try:
            _save(request, row, bureau)
            messages.success(request, f"{row.application.number} 的结论已登记")
            return HttpResponseRedirect(reverse("housing:reviews"))
        except (HousingError, facade.NotAnAnswer) as refused:
            problem = str(refused)
    people = facade.reviews.sheet(row)
    context = {
        "review": row,
        "bureau": bureau,
        "level": LEVELS[row.verdict],
        "word": facade.VERDICTS[row.verdict],
        "people": [
            {
                "id": p.member_id,
                "fields": [(facade.REVIEW_FIELDS[k], v) for k, v in p.fields.items()],
                "asks": [(a, f"{p.member_id}-{a.name}", _shown(request, p, a)) for a in bureau.asks],
            }
            for p in people
        ],
        "problem": problem,
        "running": row.application.state == "under_review",
        "reason": request.POST.get("reason", row.reason),
        "verdict": request.POST.get("verdict", row.verdict),
    }
    response = render(request, "housing/review.html", context, status=422 if problem else 200)
    response["Cache-Control"] = "no-store"
    return response


def _shown(request: HttpRequest, person: Any, ask: Any) -> str:
    if request.method == "POST":
        return str(request.POST.get(f"{person.member_id}-{ask.name}", ""))
    value = person.answers.get(ask.name)
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, list):
        return "；".join(f"{h['district']} {h['area_m2']} {h['share']}" for h in value) or "无"
    return "" if value is None else str(value)


def _save(request: HttpRequest, row: Any, bureau: Any) -> None:
    facts = {
        str(p.member_id): {
            a.name: facade.read_answer(a, request.POST.get(f"{p.member_id}-{a.name}", "")) for a in bureau.asks
        }
        for p in facade.reviews.sheet(row)
    }
    facade.review.give_verdict(
        row.pk, verdict=request.POST.get("verdict", ""), facts=facts, reason=request.POST.get("reason", ""),
        by=request.actor, at=common.now(),
    )  # fmt: skip


@require_POST
@accounts.require("housing.verify")
def export(request: HttpRequest, bureau: str) -> HttpResponse:
    """The check sheet with the open cases; a POST because it discloses personal data and is audited."""
    try:
        content = facade.sheets.export(bureau, by=request.actor, at=common.now())
    except HousingError as refused:
        messages.error(request, str(refused))
        return HttpResponseRedirect(reverse("housing:reviews"))
    return common.download(content, f"联审核查表-{facade.BUREAUS[bureau].name}-{common.today()}.xlsx")


@require_POST
@accounts.require("housing.verify")
def take(request: HttpRequest) -> HttpResponse:
    """Import a filled sheet; with errors the same workbook comes back marked."""
    file = request.FILES.get("file")
    try:
        if file is None or file.size > MAX_UPLOAD:
            raise facade.Refused("请选择不超过 10 MB 的 .xlsx 文件")
        report = facade.sheets.take(file.read(), by=request.actor, at=common.now())
    except HousingError as refused:
        messages.error(request, str(refused))
        return HttpResponseRedirect(reverse("housing:reviews"))
    if report.errors:
        return common.download(report.workbook, f"核查表校验结果-{len(report.errors)}处错误.xlsx")
    messages.success(request, f"已登记 {report.taken} 件，{report.unchanged} 件没有变化")
    return HttpResponseRedirect(reverse("housing:reviews"))
