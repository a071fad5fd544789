"""Indicators: list, page, entering and reviewing values."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from greenpark.domains.accounts import facade as accounts
from greenpark.domains.planning.contracts import STATES, BadReport
from greenpark.domains.planning.selectors import items as selectors
from greenpark.domains.planning.services import reports as services
from greenpark.domains.planning.ui import workbook
from greenpark.domains.planning.ui.common import chosen_of, decision_form, found, query_of, reviewed, tabs_of
from greenpark.domains.planning.ui.forms import ValueForm, show_errors

_TABS = (
    ("", "全部"), ("bad", "未达到"), ("warn", "落后或到期未报"), ("ok", "达到或不落后"), ("info", "暂不判断"),
    ("none", "不能判断"), ("review", "待核验"),
)  # fmt: skip
#: Verdict -> words beside the status shape.
VERDICTS = {
    "met": "已达到", "met-early": "提前达到", "on-track": "不落后", "behind": "落后", "missed": "到期未达到",
    "not-reached": "到期未及", "missing": "未填报", "pending": "未到期", "person": "由人认定",
    "not-a-target": "非进度目标", "no-number": "无数值",
}  # fmt: skip
KINDS = {
    "stock": "存量", "increment": "增量", "flow": "年度流量", "total": "多年合计", "ratio": "比率",
    "rate": "年度增速或均值",
    "direction": "仅方向", "text": "文字结果", "moving": "变动门槛", "parameter": "规则参数", "base": "现状陈述",
}  # fmt: skip


def _show(view: selectors.ItemView) -> dict[str, Any]:
    judged = view.judgement
    return {
        "view": view,
        "level": judged.level.value if judged else "none",
        "verdict": VERDICTS.get(judged.verdict, judged.verdict) if judged else "",
        "kind": KINDS.get(str(view.row.get("kind")), ""),
    }


@accounts.require("planning.view")
def indicators(request: HttpRequest) -> HttpResponse:
    """The list with tabs, filters in the URL, and the export of what is filtered."""
    chosen = chosen_of(request)
    today = timezone.localdate()
    views, counts = selectors.indicators(request.actor, chosen, at=today)
    if request.GET.get("export") == "xlsx":
        return _export(request, views)
    page = accounts.paged(request, lambda offset, limit: (views[offset : offset + limit], len(views)))
    shown = [_show(view) for view in page.object_list]
    context = {
        "page": page,
        "rows": shown,
        "years": sorted({year for view in views for year, _ in view.cells}),
        "tabs": tabs_of(_TABS, counts, chosen),
        "counts": counts,
        "chosen": chosen,
        "documents": selectors.documents("indicator"),
        "packs": selectors.packs(),
        "export": query_of(chosen, export="xlsx"),
        "today": today,
    }
    return render(request, "planning/indicators.html", context)


def _export(request: HttpRequest, views: list[selectors.ItemView]) -> HttpResponse:
    request.actor.need("planning.export")
    now = timezone.now()
    accounts.record(
        action="planning.list.exported",
        subject="plan:indicators",
        by=request.actor,
        at=now,
        detail={"count": len(views)},
    )
    years = sorted({year for view in views for year, _ in view.cells})
    headers = [
        ("编号", 8), ("指标", 32), ("单位", 14), ("范围", 18), ("数据提供部门", 24), ("类型", 12), ("基期", 10),
        ("基期值", 10), *((f"{year}年目标", 16) for year in years), ("其他年份", 16), ("最新值", 14), ("状态", 10),
        ("判断", 12), ("理由", 60), ("来源文件", 10), ("原文", 50),
    ]  # fmt: skip
    body = []
    for view in views:
        shown, cells = _show(view), dict(view.cells)
        latest = view.latest
        body.append([
            view.code, view.name, view.row["unit"], view.row["scope"], view.row["data_provider"], shown["kind"],
            view.row["baseline_year"], view.row["baseline"], *(cells.get(year, "") for year in years),
            view.row["other_years"], (latest.value if latest.value is not None else latest.text) if latest else "",
            STATES[latest.state][0] if latest else "", shown["verdict"],
            "".join(view.judgement.reasons) if view.judgement else "", view.row["document"], view.row["quote"],
        ])  # fmt: skip
    stamp = timezone.localtime(now)
    notes = f"共 {len(views)} 项；导出 {stamp:%Y-%m-%d %H:%M}，{request.actor.name}；来源：规划数据包与单位填报"
    return workbook.listing(f"指标-{stamp:%Y%m%d}", notes, headers, body)


def _page(request: HttpRequest, item_id: int, form: ValueForm | None = None, status: int = 200) -> HttpResponse:
    context = found(lambda: selectors.indicator(request.actor, item_id, at=timezone.localdate()))
    view = context["item"]
    may = request.actor.may("planning.report")
    context |= _show(view) | {
        "form": form or (ValueForm(unit=view.row["unit"]) if may else None),
        "decision": decision_form() if request.actor.may("planning.configure") else None,
        "history": accounts.history_of(f"plan:{view.pack}/{view.code}", limit=20),
    }
    return render(request, "planning/indicator.html", context, status=status)


@accounts.require("planning.view")
def indicator(request: HttpRequest, item_id: int) -> HttpResponse:
    """Targets as printed, quote, values with revisions, the judgement with its reasons, other sources beside."""
    return _page(request, item_id)


@accounts.require("planning.report")
@require_POST
def value_enter(request: HttpRequest, item_id: int) -> HttpResponse:
    """Enter a value; errors beside the fields, input kept."""
    form = ValueForm(request.POST)
    if form.is_valid():
        try:
            found(lambda: services.enter_value(item_id, form.draft(), by=request.actor, at=timezone.now()))
        except BadReport as wrong:
            show_errors(form, wrong)
        else:
            provisional = form.cleaned_data["provisional"]
            messages.success(request, "已暂报" if provisional else "已填报，等待另一人核验")
            return redirect("planning:indicator", item_id)
    request.actor.need("planning.view")
    return _page(request, item_id, form, status=422)


@accounts.require("planning.review")
@require_POST
def value_review(request: HttpRequest, value_id: int) -> HttpResponse:
    """Verify or return a value."""
    return reviewed(
        request,
        lambda accept, opinion: services.review_value(
            value_id, accept=accept, opinion=opinion, by=request.actor, at=timezone.now()
        ),
        back=_back(request),
    )


def _back(request: HttpRequest) -> str:
    """The indicator named in the form, else the list: never an address from outside."""
    item = request.POST.get("item", "")
    return f"/plan/indicators/{item}/" if item.isdigit() else "planning:indicators"
