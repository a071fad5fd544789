"""The audit trail: list, export, check of the chain."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from greenpark.domains.accounts import facade as accounts
from greenpark.domains.accounts.facade.paging import paged
from greenpark.domains.accounts.selectors import audit as selectors
from greenpark.domains.accounts.ui.forms import AuditFilter
from greenpark.kernel.periods import PARK_ZONE


def _filters(form: AuditFilter) -> dict[str, Any]:
    """What the form asks for, as arguments of the selector; days are local and ``until`` is inclusive for people."""
    chosen = {k: v for k, v in form.cleaned_data.items() if v} if form.is_valid() else {}
    if day := chosen.get("since"):
        chosen["since"] = datetime(day.year, day.month, day.day, tzinfo=PARK_ZONE)
    if day := chosen.get("until"):
        chosen["until"] = datetime(day.year, day.month, day.day, tzinfo=PARK_ZONE) + timedelta(days=1)
    return chosen


@accounts.require("accounts.audit")
def events(request: HttpRequest) -> HttpResponse:
    """Events newest first; filters live in the URL."""
    form = AuditFilter(request.GET)
    chosen = _filters(form)
    page = paged(
        request, lambda offset, limit: selectors.page(viewer=request.actor, offset=offset, limit=limit, **chosen)
    )
    return render(request, "accounts/audit.html", {"page": page, "form": form, "filtered": bool(chosen)})


@require_POST
@accounts.require("accounts.export")
def export(request: HttpRequest) -> StreamingHttpResponse:
    """The whole trail as JSON lines, for somebody outside to verify; the export itself is an event of the trail."""
    now = timezone.now()
    accounts.record(action="accounts.audit.exported", subject="audit", by=request.actor, at=now)
    answer = StreamingHttpResponse(selectors.exported(), content_type="application/x-ndjson")
    stamp = timezone.localtime(now).strftime("%Y%m%d-%H%M")
    answer["Content-Disposition"] = f'attachment; filename="greenpark-audit-{stamp}.jsonl"'
    return answer


@require_POST
@accounts.require("accounts.audit")
def verify(request: HttpRequest) -> HttpResponse:
    """Recompute the chain and say the result."""
    report = accounts.verify()
    if report.intact:
        messages.success(request, f"审计链完整：{report.events} 个事件，链尾摘要 {report.head}")
    else:
        messages.error(request, f"审计链在第 {report.first_fault} 号事件处断开：{report.reason}")
    return redirect("accounts:audit")
