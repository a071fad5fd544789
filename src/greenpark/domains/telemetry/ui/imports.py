"""Files of readings: upload, preview, confirm, errors back in the workbook."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from greenpark.domains.accounts import facade as accounts
from greenpark.domains.registry import facade as registry
from greenpark.domains.telemetry.contracts import IMPORT_STATES
from greenpark.domains.telemetry.services import imports as services
from greenpark.domains.telemetry.ui import words
from greenpark.domains.telemetry.ui.forms import UploadForm
from greenpark.ingest.files.importing import HasErrors
from greenpark.ingest.files.tables import MAX_BYTES, BadFile
from greenpark.ingest.files.workbooks import error_workbook
from greenpark.ingest.files.workbooks import template as template_book
from greenpark.kernel.periods import from_us

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
#: Errors shown on the page; the workbook has them all.
SHOWN_ERRORS = 50


@accounts.require("telemetry.view")
def imports(request: HttpRequest) -> HttpResponse:
    """Earlier imports, and the form for a new one."""
    page = accounts.paged(request, lambda offset, limit: services.imports(request.actor, offset, limit))
    context = {
        "page": page,
        "states": words.states(IMPORT_STATES),
        "may": request.actor.may("telemetry.report"),
        "form": UploadForm(),
    }
    return render(request, "telemetry/imports.html", context)


@require_POST
@accounts.require("telemetry.report")
def upload(request: HttpRequest) -> HttpResponse:
    """Take a file and show its preview."""
    file: Any = request.FILES.get("file")
    if file is None:
        messages.error(request, gettext("请先选择文件"))
        return redirect("telemetry:imports")
    if file.size > MAX_BYTES:
        messages.error(request, gettext("文件超过 {n} MB。请按月拆分后导入").format(n=MAX_BYTES // 1024**2))
        return redirect("telemetry:imports")
    made = services.upload(name=file.name, data=file.read(), by=request.actor, at=timezone.now())
    return redirect("telemetry:import", import_id=made.id)


@accounts.require("telemetry.view")
def template(request: HttpRequest) -> HttpResponse:
    """The template with the codes of the points that the person may fill in."""
    views, _ = registry.points(request.actor, registry.PointFilter(state="active"), limit=5_000)
    data = template_book([(v.code, f"{v.enterprise_name} {v.name}", v.spec.unit) for v in views])
    return _workbook(data, "监测数据导入模板.xlsx")


@accounts.require("telemetry.view")
def one(request: HttpRequest, import_id: int) -> HttpResponse:
    """Preview of an undecided import, or what became of it."""
    try:
        view, shown = services.again(request.actor, import_id, timezone.now())
    except BadFile as error:
        messages.error(request, str(error))
        return redirect("telemetry:imports")
    first, last = view.detail.get("first_us"), view.detail.get("last_us")
    errors = []
    if shown is not None:
        errors = [
            {"line": shown.table.line(e.row) if e.row >= 0 else shown.table.header_line,
             "column": shown.table.header[e.column] if e.column < len(shown.table.header) else e.column + 1,
             "message": e.message}
            for e in shown.errors[:SHOWN_ERRORS]
        ]  # fmt: skip
    context = {
        "import": view,
        "level": IMPORT_STATES[view.state][0],
        "state": gettext(IMPORT_STATES[view.state][1]),
        "errors": errors,
        "undecided": shown is not None,
        "nothing": shown is not None and not (view.new or view.updated),
        "has_errors": view.errors > 0 and view.state in ("previewed", "partial"),
        "first": from_us(first) if first else None,
        "last": from_us(last) if last else None,
        "may": request.actor.may("telemetry.report"),
    }
    return render(request, "telemetry/import.html", context)


@require_POST
@accounts.require("telemetry.report")
def decide(request: HttpRequest, import_id: int) -> HttpResponse:
    """Store all, store what is right, or drop."""
    now = timezone.now()
    what = request.POST.get("what", "")
    try:
        if what == "drop":
            services.drop(import_id=import_id, by=request.actor, at=now)
            messages.success(request, gettext("已放弃这次导入，没有写入任何数据"))
            return redirect("telemetry:imports")
        done = services.confirm(import_id=import_id, partial=what == "partial", by=request.actor, at=now)
    except (services.AlreadyDecided, HasErrors, BadFile) as error:
        messages.error(request, str(error))
    else:
        messages.success(request, gettext("已导入 {n} 条读数").format(n=done.accepted))
    return redirect("telemetry:import", import_id=import_id)


@accounts.require("telemetry.view")
def errors(request: HttpRequest, import_id: int) -> HttpResponse:
    """The uploaded table with its errors marked; ``?only=1`` leaves the good lines out."""
    try:
        shown = services.with_errors(request.actor, import_id, timezone.now())
    except services.AlreadyDecided as error:
        messages.error(request, str(error))
        return redirect("telemetry:import", import_id=import_id)
    data = error_workbook(shown, only_errors=request.GET.get("only") == "1")
    return _workbook(data, shown.table.name.rpartition(".")[0] + gettext("-校验结果.xlsx"))


def _workbook(data: bytes, name: str) -> HttpResponse:
    answer = HttpResponse(data, content_type=XLSX)
    answer["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(name)}"
    return answer
