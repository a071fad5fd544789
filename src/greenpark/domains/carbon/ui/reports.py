"""Monthly reports: list, form, template and import."""

from __future__ import annotations

from itertools import groupby
from typing import Any

from django.contrib import messages
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from greenpark.domains.accounts import facade as accounts
from greenpark.domains.carbon import facade
from greenpark.domains.carbon.contracts import ImportRefused, LedgerRow, ReportRefused, ReportState
from greenpark.domains.carbon.ui import common, workbook

TABS: tuple[tuple[str, str], ...] = (
    ("", "全部"),
    (ReportState.SUBMITTED, "待核验"),
    (ReportState.RETURNED, "已退回"),
    ("overdue", "逾期"),
    (ReportState.MISSING, "未填报"),
    (ReportState.DRAFT, "草稿"),
    (ReportState.VERIFIED, "已核验"),
)
STATUS: dict[str, tuple[str, str]] = {
    ReportState.MISSING: ("none", "未填报"),
    ReportState.DRAFT: ("none", "草稿"),
    ReportState.SUBMITTED: ("warn", "待核验"),
    ReportState.RETURNED: ("bad", "已退回"),
    ReportState.VERIFIED: ("ok", "已核验"),
}


def _status(row: LedgerRow) -> tuple[str, str]:
    return ("bad", "逾期") if row.overdue else STATUS[row.report_state]


def _verb(row: LedgerRow, request: HttpRequest) -> str:
    """The one verb of a row: what this person can do next."""
    if row.report_state == ReportState.SUBMITTED and request.actor.may("carbon.review"):
        return "核验"
    if row.closed or row.report_state in (ReportState.SUBMITTED, ReportState.VERIFIED):
        return "查看"
    if request.actor.may("carbon.report"):
        return "填报"
    return "催报" if request.actor.may("carbon.review") else "查看"


@require_GET
@accounts.require("carbon.view")
def listing(request: HttpRequest) -> HttpResponse:
    """应报、已报、待核验 of a month."""
    at = common.now()
    month = common.chosen_month(request, at)
    rows = [
        r
        for r in facade.ledger_rows(request.actor, month, at)
        if r.report_expected or r.report_state != ReportState.MISSING
    ]
    tab, word = request.GET.get("tab", ""), request.GET.get("q", "").strip().lower()
    chosen = [
        r
        for r in rows
        if (not tab or (r.overdue if tab == "overdue" else r.report_state == tab))
        and (not word or word in f"{r.enterprise} {r.code}".lower())
    ]
    if request.GET.get("export") == "xlsx":
        request.actor.need("carbon.export")
        values = facade.values_of_month(request.actor, month)
        return common.download(workbook.reports(chosen, str(month), values, at), f"企业月报-{month}.xlsx")
    counts = {s: sum(r.report_state == s for r in rows) for s in ReportState}
    shown = common.page_of(request, chosen)
    context = {
        "month": str(month),
        "page": shown,
        "rows": [(r, *_status(r), _verb(r, request)) for r in shown],
        "tabs": [
            {
                "label": _(label),
                "count": len(rows) if not t else sum(r.overdue for r in rows) if t == "overdue" else counts[t],
                "href": f"?month={month}&tab={t}",
                "on": t == tab,
            }
            for t, label in TABS
        ],
        "expected": len(rows),
        "reported": counts[ReportState.SUBMITTED] + counts[ReportState.VERIFIED],
        "waiting": counts[ReportState.SUBMITTED],
        "returned": counts[ReportState.RETURNED],
        "overdue": sum(r.overdue for r in rows),
        "count": len(chosen),
        "q": request.GET.get("q", ""),
        "tab": tab,
        "at": at,
        "may_report": request.actor.may("carbon.report"),
        "may_review": request.actor.may("carbon.review"),
    }
    return render(request, "carbon/reports.html", context)


@require_http_methods(["GET", "POST"])
@accounts.require("carbon.view")
def form(request: HttpRequest, month: str, enterprise: int) -> HttpResponse:
    """The form of a report; POST saves a draft or submits. What was typed stays when it is refused."""
    of, at = common.month_or_404(month), common.now()
    typed: dict[str, str] = {}
    errors: dict[str, str] = {}
    problem = ""
    if request.method == "POST":
        typed = {k.removeprefix("item-"): v for k, v in request.POST.items() if k.startswith("item-")}
        submit = "submit" in request.POST
        try:
            facade.save_report(
                enterprise_id=enterprise,
                month=of,
                values=typed,
                filled_by=request.POST.get("filled_by", ""),
                phone=request.POST.get("phone", ""),
                note=request.POST.get("note", ""),
                by=request.actor,
                at=at,
                submit=submit,
            )
            messages.success(request, _("月报已提交，等待核验") if submit else _("草稿已保存"))
            return HttpResponseRedirect(request.path)
        except ReportRefused as refused:
            errors, problem = refused.errors, str(refused)
    report = facade.report(request.actor, enterprise, of, at)
    context = {
        "report": report,
        "groups": _groups(report.items, typed, errors),
        "extra": [i for i in facade.ITEMS if i.code not in {x.code for x in report.items}],
        "errors": errors,
        "problem": problem,
        "status": ("bad", "逾期") if report.overdue else STATUS[report.state],
        "may_report": request.actor.may("carbon.report") and report.editable,
        "may_review": request.actor.may("carbon.review"),
        "may_withdraw": request.actor.may("carbon.report") and report.state == ReportState.SUBMITTED,
        "previous_month": str(of.previous()),
    }
    return render(request, "carbon/report.html", context, status=422 if problem else 200)


def _groups(items: Any, typed: dict[str, str], errors: dict[str, str]) -> list[tuple[str, list[dict[str, Any]]]]:
    rows = [
        {
            "item": i,
            "shown": typed.get(i.code, "" if i.value is None else _plain(i.value)),
            "error": errors.get(i.code, ""),
            "change": i.value / i.previous - 1 if i.value is not None and i.previous else None,
        }
        for i in items
    ]
    return [(group, list(part)) for group, part in groupby(rows, key=lambda r: r["item"].group)]


def _plain(value: Any) -> str:
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


@require_POST
@accounts.require("carbon.review")
def review(request: HttpRequest, month: str, enterprise: int) -> HttpResponse:
    """Verify a submitted report, or return it with an opinion."""
    verb = "return" if request.POST.get("verb") == "return" else "verify"
    return _move(request, month, enterprise, verb)


@require_POST
@accounts.require("carbon.report")
def withdraw(request: HttpRequest, month: str, enterprise: int) -> HttpResponse:
    """Take a submitted report back into a draft."""
    return _move(request, month, enterprise, "withdraw")


def _move(request: HttpRequest, month: str, enterprise: int, verb: str) -> HttpResponse:
    of = common.month_or_404(month)
    try:
        facade.move_report(
            enterprise_id=enterprise,
            month=of,
            verb=verb,
            opinion=request.POST.get("opinion", ""),
            by=request.actor,
            at=common.now(),
        )
        said = {"verify": _("已核验"), "return": _("已退回，企业将看到意见"), "withdraw": _("已撤回为草稿")}
        messages.success(request, said[verb])
    except ReportRefused as refused:
        messages.error(request, str(refused))
    return HttpResponseRedirect(reverse("carbon:report", args=[month, enterprise]))


@require_POST
@accounts.require("carbon.report")
def attach(request: HttpRequest, month: str, enterprise: int) -> HttpResponse:
    of = common.month_or_404(month)
    upload = request.FILES.get("file")
    try:
        facade.attach(
            enterprise_id=enterprise,
            month=of,
            name=(upload.name or "") if upload else "",
            content=upload.read() if upload else b"",
            by=request.actor,
            at=common.now(),
        )
        messages.success(request, _("附件已保存"))
    except ReportRefused as refused:
        messages.error(request, str(refused))
    return HttpResponseRedirect(reverse("carbon:report", args=[month, enterprise]))


@require_GET
@accounts.require("carbon.view")
def evidence(request: HttpRequest, evidence: int) -> FileResponse:
    """An attached document, always as a download."""
    name, digest = facade.evidence(request.actor, evidence)
    path = facade.evidence_path(digest)
    if not path.exists():
        raise Http404("附件文件不在存储中，请检查备份")
    return FileResponse(path.open("rb"), as_attachment=True, filename=name)


@require_POST
@accounts.require("carbon.review")
def remind(request: HttpRequest, month: str, enterprise: int) -> HttpResponse:
    of = common.month_or_404(month)
    try:
        messages.success(request, facade.remind(enterprise_id=enterprise, month=of, by=request.actor, at=common.now()))
    except ReportRefused as refused:
        messages.error(request, str(refused))
    return HttpResponseRedirect(f"{reverse('carbon:reports')}?month={month}")


@require_GET
@accounts.require("carbon.report")
def template(request: HttpRequest) -> HttpResponse:
    """The Excel template of a month with the enterprises of this person."""
    at = common.now()
    month = common.chosen_month(request, at)
    content = facade.report_template(month=month, by=request.actor, at=at)
    return common.download(content, f"企业月报模板-{month}.xlsx")


@require_http_methods(["GET", "POST"])
@accounts.require("carbon.report")
def upload(request: HttpRequest) -> HttpResponse:
    """Choose a file; POST leads to the preview."""
    at = common.now()
    month = common.chosen_month(request, at)
    problem = ""
    if request.method == "POST":
        month = common.month_or_404(request.POST.get("month", ""))
        file = request.FILES.get("file")
        try:
            if file is None:
                raise ImportRefused("请先选择填好的文件")
            preview = facade.preview_import(
                month=month, content=file.read(), file_name=file.name or "", by=request.actor, at=at
            )
            return HttpResponseRedirect(reverse("carbon:report-preview", args=[preview.token]))
        except ImportRefused as refused:
            problem = str(refused)
    context = {"month": str(month), "problem": problem}
    return render(request, "carbon/import.html", context, status=422 if problem else 200)


@require_http_methods(["GET", "POST"])
@accounts.require("carbon.report")
def preview(request: HttpRequest, token: str) -> HttpResponse:
    """新增、更新、不变、错误 of a parked file; POST imports it."""
    problem = ""
    if request.method == "POST":
        try:
            done = facade.apply_import(
                token=token,
                by=request.actor,
                at=common.now(),
                partial=request.POST.get("partial") == "1",
                submit=request.POST.get("submit") == "1",
            )
            written = done.count("new") + done.count("changed")
            messages.success(request, _("已导入 %(n)d 家企业的月报") % {"n": written})
            return HttpResponseRedirect(f"{reverse('carbon:reports')}?month={done.month}")
        except ImportRefused as refused:
            problem = str(refused)
    found = facade.import_preview(token=token, by=request.actor)
    context = {
        "preview": found,
        "new": found.count("new"),
        "changed": found.count("changed"),
        "same": found.count("same"),
        "wrong": found.count("error"),
        "token": token,
        "problem": problem,
        "rows": [(r, *IMPORT_STATUS[r.kind]) for r in found.rows],
    }
    return render(request, "carbon/import_preview.html", context, status=422 if problem else 200)


IMPORT_STATUS = {
    "new": ("ok", "新增"),
    "changed": ("info", "更新"),
    "same": ("none", "不变"),
    "error": ("bad", "错误"),
}


@require_GET
@accounts.require("carbon.report")
def errors(request: HttpRequest, token: str) -> HttpResponse:
    """The uploaded workbook with its errors marked."""
    content = facade.error_workbook(token=token, by=request.actor, only_errors=request.GET.get("only") == "1")
    return common.download(content, "企业月报-校验结果.xlsx")
