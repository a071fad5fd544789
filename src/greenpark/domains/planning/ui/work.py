"""Tasks and projects: lists, pages, progress, review, decisions."""

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
from greenpark.domains.planning.ui.forms import ProgressForm, show_errors

_TABS = (
    ("", "全部"), ("reported", "待审核"), ("returned", "已退回"), ("silent", "未报进展"),
    ("unassigned", "未定负责单位"), ("carried", "结转"), ("same", "同名"),
)  # fmt: skip
_WORDS = {"task": "任务", "project": "项目"}


def _list(request: HttpRequest, kind: str) -> HttpResponse:
    chosen = chosen_of(request)
    views, counts = selectors.workable(request.actor, kind, chosen)
    if request.GET.get("export") == "xlsx":
        return _export(request, kind, views)
    lists = tuple(
        (key, f"{key[5:]} 年清单" if key[5:].isdigit() else "正文") for key in counts if key.startswith("list:")
    )
    page = accounts.paged(request, lambda offset, limit: (views[offset : offset + limit], len(views)))
    context = {
        "kind": kind,
        "word": _WORDS[kind],
        "page": page,
        "rows": [(view, STATES[view.report.state] if view.report else None) for view in page.object_list],
        "tabs": tabs_of((*_TABS[:1], *lists, *_TABS[1:]), counts, chosen),
        "counts": counts,
        "chosen": chosen,
        "documents": selectors.documents(kind),
        "packs": selectors.packs(),
        "export": query_of(chosen, export="xlsx"),
    }
    return render(request, "planning/work_list.html", context)


def _export(request: HttpRequest, kind: str, views: list[selectors.ItemView]) -> HttpResponse:
    request.actor.need("planning.export")
    now = timezone.now()
    accounts.record(
        action="planning.list.exported", subject=f"plan:{kind}s", by=request.actor, at=now, detail={"count": len(views)}
    )
    task = kind == "task"
    headers = [("编号", 8), (_WORDS[kind], 40), ("文件", 8), ("负责单位", 22)]
    headers += (
        [("章节", 14), ("期限", 22), ("牵头", 18), ("点名单位", 50), ("默认条款单位（推导）", 30)] if task else []
    )
    headers += [] if task else [("清单", 8), ("年度目标", 30), ("文件所列单位", 26), ("标记", 30)]
    headers += [("最近进展", 50), ("月份", 10), ("状态", 10), ("原文", 60)]
    body = []
    for v in views:
        units = ["、".join(v.units.lead), "、".join(v.units.named), "、".join(v.units.default)]
        own = [v.row["section"], v.row["deadlines"], *units] if task else []
        own += [] if task else [v.row["list"], v.row["annual_goal"], v.row["responsible_unit"], "；".join(v.marks)]
        report = [v.report.text, v.report.month, STATES[v.report.state][0]] if v.report else ["", "", "未报"]
        body.append([v.code, v.name, v.row["document"], v.organisation or "未定", *own, *report, v.row["quote"]])
    stamp = timezone.localtime(now)
    notes = f"共 {len(views)} 项；导出 {stamp:%Y-%m-%d %H:%M}，{request.actor.name}；来源：规划数据包与单位填报"
    return workbook.listing(f"{_WORDS[kind]}-{stamp:%Y%m%d}", notes, headers, body)


@accounts.require("planning.view")
def tasks(request: HttpRequest) -> HttpResponse:
    """Tasks with units, deadline and the newest report."""
    return _list(request, "task")


@accounts.require("planning.view")
def projects(request: HttpRequest) -> HttpResponse:
    """Projects of the yearly lists and of the text, with carry-over and same-name marks."""
    return _list(request, "project")


def _page(
    request: HttpRequest, item_id: int, kind: str, form: ProgressForm | None = None, status: int = 200
) -> HttpResponse:
    context: dict[str, Any] = found(lambda: selectors.work(request.actor, item_id, kind))
    view = context["item"]
    context |= {
        "kind": kind,
        "word": _WORDS[kind],
        "form": form or (ProgressForm() if request.actor.may("planning.report") else None),
        "decision": decision_form() if request.actor.may("planning.configure") else None,
        "history": accounts.history_of(f"plan:{view.pack}/{view.code}", limit=20),
    }
    return render(request, "planning/work.html", context, status=status)


@accounts.require("planning.view")
def task(request: HttpRequest, item_id: int) -> HttpResponse:
    """A task: quote, units with the default clause as derived, deadline, monthly reports."""
    return _page(request, item_id, "task")


@accounts.require("planning.view")
def project(request: HttpRequest, item_id: int) -> HttpResponse:
    """A project: yearly goal as given, marks, monthly reports."""
    return _page(request, item_id, "project")


@accounts.require("planning.report")
@require_POST
def progress_enter(request: HttpRequest, item_id: int) -> HttpResponse:
    """Report a month; errors beside the fields, input kept."""
    kind = found(lambda: services.item_of(item_id, "task", "project")).kind
    form = ProgressForm(request.POST)
    if form.is_valid():
        try:
            services.enter_progress(item_id, form.draft(), by=request.actor, at=timezone.now())
        except BadReport as wrong:
            show_errors(form, wrong)
        else:
            messages.success(request, f"{form.cleaned_data['month']} 的进展已报送，等待审核")
            return redirect(f"planning:{kind}", item_id)
    request.actor.need("planning.view")
    return _page(request, item_id, kind, form, status=422)


@accounts.require("planning.review")
@require_POST
def progress_review(request: HttpRequest, report_id: int) -> HttpResponse:
    """Accept or return a report."""
    item, kind = request.POST.get("item", ""), request.POST.get("kind", "")
    known = kind in _WORDS and item.isdigit()
    return reviewed(
        request,
        lambda accept, opinion: services.review_progress(
            report_id, accept=accept, opinion=opinion, by=request.actor, at=timezone.now()
        ),
        back=f"/plan/{kind}s/{item}/" if known else "planning:tasks",
    )


@accounts.require("planning.configure")
@require_POST
def decide(request: HttpRequest, item_id: int) -> HttpResponse:
    """Decide the responsible organisation or the value of a parameter."""
    row = found(lambda: services.item_of(item_id, "indicator", "task", "project", "parameter"))
    back = ["planning:parameters"] if row.kind == "parameter" else [f"planning:{row.kind}", item_id]
    form = decision_form(request.POST)
    if not form.is_valid():
        messages.error(request, "；".join(str(e) for errors in form.errors.values() for e in errors))
        return redirect(*back)
    data = form.cleaned_data
    chosen = int(data["organisation"]) if data["organisation"] else None
    try:
        services.decide(
            item_id,
            organisation_id=chosen,
            value=data["value"],
            basis=data["basis"],
            by=request.actor,
            at=timezone.now(),
        )
    except BadReport as wrong:
        messages.error(request, str(wrong))
    else:
        messages.success(request, "已记录，并写入审计日志")
    return redirect(*back)
