"""The factor library."""

from __future__ import annotations

from datetime import date

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from greenpark.domains.accounts import facade as accounts
from greenpark.domains.carbon import facade
from greenpark.domains.carbon.contracts import FactorRefused
from greenpark.domains.carbon.ui import common, workbook


@require_GET
@accounts.require("carbon.view")
def listing(request: HttpRequest) -> HttpResponse:
    """Factors with their confidence; filters live in the address."""
    wanted = {n: request.GET.get(n, "").strip() for n in ("kind", "confidence", "search", "region")}
    rows = facade.factor_list(**wanted)
    if request.GET.get("export") == "xlsx":
        request.actor.need("carbon.export")
        return common.download(workbook.factors(rows, common.now()), "排放因子库.xlsx")
    counts = facade.factor_counts()
    names = (
        ("", "全部", "all"),
        ("confirmed", "已确认", "confirmed"),
        ("recalled", "未确认", "recalled"),
        ("blank", "缺值", "blank"),
    )
    kept = request.GET.copy()
    for name in ("confidence", "page", "export"):
        kept.pop(name, None)
    tabs = [
        {
            "label": _(label),
            "count": counts.get(key, 0),
            "href": f"?{kept.urlencode()}&confidence={value}",
            "on": value == wanted["confidence"],
        }
        for value, label, key in names
    ]
    context = {
        "page": common.page_of(request, rows),
        "tabs": tabs,
        "count": len(rows),
        "counts": counts,
        "kinds": facade.kinds_present(),
        "filters": wanted,
        "query": kept.urlencode(),
    }
    return render(request, "carbon/parts/factor_rows.html" if request.htmx else "carbon/factors.html", context)


@require_GET
@accounts.require("carbon.view")
def detail(request: HttpRequest, code: str) -> HttpResponse:
    """A factor: value, edition, source, confidence, all its versions."""
    versions = facade.factor_versions(code)
    context = {"factor": versions[0], "versions": versions, "may": request.actor.may("carbon.configure")}
    return render(request, "carbon/factor.html", context)


@require_POST
@accounts.require("carbon.configure")
def confirm(request: HttpRequest, code: str) -> HttpResponse:
    try:
        facade.confirm_factor(
            code=code,
            document=request.POST.get("document", ""),
            reason=request.POST.get("reason", ""),
            by=request.actor,
            at=common.now(),
        )
        messages.success(request, _("因子已确认，今后的核算不再标「未确认」；已月结的月份不变"))
    except FactorRefused as refused:
        messages.error(request, str(refused))
    return HttpResponseRedirect(reverse("carbon:factor", args=[code]))


@require_POST
@accounts.require("carbon.configure")
def revise(request: HttpRequest, code: str) -> HttpResponse:
    try:
        facade.revise_factor(
            code=code,
            value=request.POST.get("value", ""),
            valid_from=_day(request.POST.get("valid_from", "")),
            document=request.POST.get("document", ""),
            reason=request.POST.get("reason", ""),
            by=request.actor,
            at=common.now(),
        )
        messages.success(request, _("新版本已录入；已月结的月份仍用原来的版本"))
    except FactorRefused as refused:
        messages.error(request, str(refused))
    return HttpResponseRedirect(reverse("carbon:factor", args=[code]))


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
