"""The ledger: the list of a month, an enterprise's month, and the way from an entry down to its readings."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from greenpark.domains.accounts import facade as accounts
from greenpark.domains.carbon import facade
from greenpark.domains.carbon.contracts import LedgerRow
from greenpark.domains.carbon.ui import common, workbook
from greenpark.domains.carbon.ui.drill import inputs_of

#: Tabs of the list: status -> words.
TABS: tuple[tuple[str, str], ...] = (
    ("", "全部"),
    ("open", "待月结"),
    ("review", "待核验"),
    ("missing", "未填报"),
    ("closed", "已月结"),
    ("late", "有迟到数据"),
)
#: Status of a row -> level and words of its tag.
STATUS: dict[str, tuple[str, str]] = {
    "closed": ("ok", "已月结"),
    "late": ("warn", "有迟到数据"),
    "open": ("info", "待月结"),
    "review": ("warn", "待核验"),
    "missing": ("none", "未填报"),
    "draft": ("none", "草稿"),
    "returned": ("bad", "已退回"),
}


@require_GET
@accounts.require("carbon.view")
def months(request: HttpRequest) -> HttpResponse:
    """The list of a month: tabs, filters, export of what is filtered."""
    at = common.now()
    month = common.chosen_month(request, at)
    rows = facade.ledger_rows(request.actor, month, at)
    chosen = list(_filtered(rows, request))
    if request.GET.get("export") == "xlsx":
        request.actor.need("carbon.export")
        return common.download(workbook.ledger(chosen, str(month), at), f"碳核算台账-{month}.xlsx")
    [total] = facade.month_totals(request.actor, [month])
    context = {
        "month": str(month),
        "months": facade.months(request.actor)[:36],
        "rows": [(row, *STATUS[row.status]) for row in common.page_of(request, chosen)],
        "page": common.page_of(request, chosen),
        "tabs": _tabs(rows, request),
        "total": total,
        "closed": sum(r.closed for r in rows),
        "count": len(rows),
        "industries": sorted({r.industry for r in rows if r.industry}),
        "filters": request.GET,
        "at": at,
        "query": _query(request, "export", "page"),
    }
    return render(request, "carbon/parts/ledger_rows.html" if request.htmx else "carbon/ledger.html", context)


def _query(request: HttpRequest, *without: str) -> str:
    kept = request.GET.copy()
    for name in without:
        kept.pop(name, None)
    return kept.urlencode()


def _tabs(rows: list[LedgerRow], request: HttpRequest) -> list[dict[str, Any]]:
    base = _query(request, "tab", "page", "export")
    now = request.GET.get("tab", "")
    return [
        {
            "label": _(label),
            "count": sum(not tab or r.status == tab for r in rows),
            "href": f"?{base}&tab={tab}" if tab else f"?{base}",
            "on": tab == now,
        }
        for tab, label in TABS
    ]


def _filtered(rows: Iterable[LedgerRow], request: HttpRequest) -> Iterable[LedgerRow]:
    tab, word, industry = (request.GET.get(n, "").strip() for n in ("tab", "q", "industry"))
    return (
        r
        for r in rows
        if (not tab or r.status == tab)
        and (not industry or r.industry == industry)
        and (not word or word.lower() in f"{r.enterprise} {r.code}".lower())
    )


@require_GET
@accounts.require("carbon.view")
def enterprise(request: HttpRequest, month: str, enterprise: int) -> HttpResponse:
    """One enterprise's month: figures, entries by source, corrections, digests."""
    at = common.now()
    of = common.month_or_404(month)
    report = facade.report(request.actor, enterprise, of, at)
    entries = facade.entries(request.actor, of, enterprise)
    if request.GET.get("export") == "xlsx":
        request.actor.need("carbon.export")
        content = workbook.entries(entries, report.enterprise, str(of), at)
        return common.download(content, f"{report.enterprise}-{of}-分录.xlsx")
    parts = facade.by_source(request.actor, of, enterprise_id=enterprise)
    period = facade.period(request.actor, of, enterprise)
    trend = [of]
    for _step in range(11):
        trend.insert(0, trend[0].previous())
    totals = facade.month_totals(request.actor, trend, enterprise_id=enterprise)
    context = {
        "month": str(of),
        "report": report,
        "period": period,
        "exact": _exact(period),
        "entries": entries,
        "parts": parts,
        "chart": _trend_chart(totals) if any(t.enterprises for t in totals) else None,
        "previous": str(of.previous()),
        "next": str(of.next()),
        "at": at,
    }
    return render(request, "carbon/enterprise.html", context)


#: Figures of the cards -> their unit.
_CARDS = {"tco2e": "tCO2e", "tco2e_market": "tCO2e", "tce_calorific": "tce", "tce_equal": "tce"}


def _exact(period: facade.PeriodView | None) -> dict[str, str]:
    """The plain number with three decimals and its unit beneath each card, whose own digits may be scaled to 万."""
    if period is None:
        return {}
    figures = {name: getattr(period.corrected, name) for name in _CARDS}
    return {n: f"{v:,.3f} {facade.unit_name(_CARDS[n])}" for n, v in figures.items() if v is not None}


def _trend_chart(totals: list[Any]) -> dict[str, Any]:
    return {
        "kind": "bar",
        "unit": "吨 CO₂e",
        "x": [t.month for t in totals],
        "x_title": _("月份"),
        "series": [
            {
                "name": _("碳排放"),
                "data": [float(t.figures.tco2e) if t.enterprises else None for t in totals],
                "colour": "1",
            }
        ],
    }


@require_POST
@accounts.require("carbon.view")
def recompute(request: HttpRequest, month: str, enterprise: int) -> HttpResponse:
    """Bring an open month up to date with readings, reports and factors."""
    of = common.month_or_404(month)
    changed = facade.recompute(month=of, by=request.actor, at=common.now(), enterprise_ids=[enterprise])
    messages.success(request, _("已按最新数据核算") if changed else _("数据没有变化"))
    return HttpResponseRedirect(reverse("carbon:enterprise", args=[month, enterprise]))


@require_GET
@accounts.require("carbon.view")
def entry(request: HttpRequest, month: str, enterprise: int, source: str, gas: str) -> HttpResponse:
    """One entry: activity with its days and hours down to readings, factors up to their source, the working."""
    of = common.month_or_404(month)
    found = facade.entry_of(request.actor, enterprise, of, source, gas)
    context = {
        "month": str(of),
        "entry": found,
        "inputs": inputs_of(found, of),
        "versions": facade.source_versions(enterprise, source),
        "sources_shown": [*dict.fromkeys(s for f in found.factors for s in f.get("source", ()))],
    }
    return render(request, "carbon/entry.html", context)


@require_GET
@accounts.require("carbon.view")
def canonical(request: HttpRequest, month: str, enterprise: int) -> HttpResponse:
    """The exact bytes of a closed month, for whoever wants to check the digest."""
    of = common.month_or_404(month)
    content = facade.canonical_of(request.actor, of, enterprise)
    return common.download(content, f"ledger-{month}-{enterprise}.json", "application/json")
