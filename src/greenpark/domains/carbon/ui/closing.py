"""月结 with its checks, verification, corrections, parameters."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from greenpark.domains.accounts import facade as accounts
from greenpark.domains.carbon import facade
from greenpark.domains.carbon.contracts import CannotClose, CarbonError, Check, CorrectionRefused, NotFound
from greenpark.domains.carbon.ui import common


@require_http_methods(["GET", "POST"])
@accounts.require("carbon.close")
def close(request: HttpRequest) -> HttpResponse:
    """What stands in the way, enterprise by enterprise; POST closes the month."""
    at = common.now()
    if request.method == "POST":
        return _close(request)
    month = common.chosen_month(request, at)
    found = facade.check_month(month=month, by=request.actor, at=at)
    rows = facade.ledger_rows(request.actor, month, at)
    by_enterprise: dict[int | None, list[Check]] = {}
    for check in found:
        by_enterprise.setdefault(check.enterprise_id, []).append(check)
    lines = [
        {
            "row": row,
            "blocks": [c for c in by_enterprise.get(row.enterprise_id, []) if c.level == "block"],
            "warnings": [c for c in by_enterprise.get(row.enterprise_id, []) if c.level == "warn"],
        }
        for row in rows
    ]
    ready = sum(1 for line in lines if not line["blocks"] and not line["row"].closed)
    [total] = facade.month_totals(request.actor, [month])
    context = {
        "month": str(month),
        "previous": str(month.previous()),
        "next": str(month.next()),
        "lines": lines,
        "ready": ready,
        "blocked": sum(bool(line["blocks"]) for line in lines),
        "warned": sum(bool(line["warnings"]) for line in lines),
        "closed": sum(r.closed for r in rows),
        "late": sum(bool(r.late) for r in rows),
        "total": total,
        "parameters": facade.parameters(),
        "at": at,
    }
    return render(request, "carbon/close.html", context)


def _close(request: HttpRequest) -> HttpResponse:
    month = common.month_or_404(request.POST.get("month", ""))
    ids = [int(i) for i in request.POST.getlist("enterprise") if i.isdigit()] or None
    back = f"{reverse('carbon:close')}?month={month}"
    try:
        done = facade.close_month(month=month, by=request.actor, at=common.now(), enterprise_ids=ids)
    except CannotClose as refused:
        messages.error(request, str(refused))
        return HttpResponseRedirect(back)
    fresh = sum(not c.already for c in done.closed)
    messages.success(
        request,
        _("%(month)s 已月结 %(n)d 家，SM3 %(sm3)s") % {"month": month, "n": fresh, "sm3": done.sm3[:16]},
    )
    blocked = {c.enterprise for c in done.refused}
    if blocked:
        messages.warning(request, _("%(n)d 家未能月结，原因见下表") % {"n": len(blocked)})
    return HttpResponseRedirect(back)


@require_http_methods(["GET", "POST"])
@accounts.require("carbon.view")
def verify(request: HttpRequest) -> HttpResponse:
    """Recompute a closed month from readings and factors and show the first differences."""
    at = common.now()
    month = common.month_or_404(request.POST["month"]) if request.method == "POST" else common.chosen_month(request, at)
    result, refused = None, ""
    if request.method == "POST":
        try:
            result = facade.verify_month(month=month, by=request.actor)
            facade.note_late(month=month, by=request.actor, at=at)
        except CannotClose as fault:
            refused = str(fault)
    context = {"month": str(month), "result": result, "refused": refused, "at": at}
    return render(request, "carbon/verify.html", context, status=422 if refused else 200)


@require_http_methods(["GET"])
@accounts.require("carbon.view")
def corrections(request: HttpRequest) -> HttpResponse:
    """Corrections with who proposed and who decided."""
    state = request.GET.get("state", "")
    rows = facade.corrections(request.actor)
    names = (("", "全部"), ("proposed", "待批准"), ("approved", "已批准"), ("rejected", "未批准"))
    tabs = [
        {
            "label": _(label),
            "count": sum(not s or r.state == s for r in rows),
            "href": f"?state={s}" if s else "?",
            "on": s == state,
        }
        for s, label in names
    ]
    chosen = [r for r in rows if not state or r.state == state]
    context = {"page": common.page_of(request, chosen), "tabs": tabs, "actor": request.actor, "state": state}
    return render(request, "carbon/corrections.html", context)


@require_POST
@accounts.require("carbon.close")
def decide(request: HttpRequest, correction: int) -> HttpResponse:
    try:
        state = facade.decide_correction(
            correction_id=correction,
            approve=request.POST.get("decision") == "approve",
            opinion=request.POST.get("opinion", ""),
            by=request.actor,
            at=common.now(),
        )
        messages.success(
            request, _("更正已批准，台账合计随之变化") if state == "approved" else _("更正未批准，已留下意见")
        )
    except CorrectionRefused as refused:
        messages.error(request, str(refused))
    return HttpResponseRedirect(reverse("carbon:corrections"))


_DELTAS = ("activity", "tce_calorific", "tce_equal", "tco2e", "tco2e_market")


@require_POST
@accounts.require("carbon.correct")
def correct(request: HttpRequest, month: str, enterprise: int) -> HttpResponse:
    """Propose a correction of one source of a closed month."""
    of = common.month_or_404(month)
    back = reverse("carbon:enterprise", args=[month, enterprise])
    try:
        deltas = {n: _delta(request.POST.get(n, "")) for n in _DELTAS}
        source, _sep, gas = request.POST.get("entry", "").rpartition("/")
        facade.propose_correction(
            enterprise_id=enterprise,
            month=of,
            source_code=source,
            gas=gas or "CO2",
            deltas=deltas,
            reason=request.POST.get("reason", ""),
            document=request.POST.get("document", ""),
            by=request.actor,
            at=common.now(),
        )
        messages.success(request, _("已提出更正，等另一人批准"))
    except NotFound:
        raise
    except CarbonError as refused:
        messages.error(request, str(refused))
    return HttpResponseRedirect(back)


def _delta(text: str) -> Decimal | None:
    cleaned = text.strip().replace(",", "").replace("−", "-")
    if not cleaned:
        return None
    try:
        value = Decimal(cleaned)
    except InvalidOperation:
        raise CorrectionRefused(f"差额应为数字，现为「{text}」") from None
    if not value.is_finite() or abs(value) > Decimal(10**9):
        raise CorrectionRefused(f"差额超出范围：{text}")
    return value


@require_POST
@accounts.require("carbon.correct")
def late(request: HttpRequest, month: str, enterprise: int) -> HttpResponse:
    """Propose the corrections that book late data."""
    of = common.month_or_404(month)
    try:
        made = facade.propose_late(
            enterprise_id=enterprise,
            month=of,
            reason=request.POST.get("reason", ""),
            by=request.actor,
            at=common.now(),
        )
        messages.success(request, _("已为迟到数据提出 %(n)d 条更正，等另一人批准") % {"n": len(made)})
    except NotFound:
        raise
    except CarbonError as refused:
        messages.error(request, str(refused))
    return HttpResponseRedirect(reverse("carbon:enterprise", args=[month, enterprise]))


@require_http_methods(["GET"])
@accounts.require("carbon.view")
def parameters(request: HttpRequest) -> HttpResponse:
    """Parameters of the ledger with where their values come from."""
    context = {"parameters": facade.parameters(), "may": request.actor.may("carbon.configure")}
    return render(request, "carbon/parameters.html", context)


@require_POST
@accounts.require("carbon.configure")
def set_parameter(request: HttpRequest, key: str) -> HttpResponse:
    try:
        facade.set_parameter(
            key=key,
            value=request.POST.get("value", ""),
            source=request.POST.get("source", ""),
            by=request.actor,
            at=common.now(),
        )
        messages.success(request, _("参数已更新，未月结的月份将按新值核算"))
    except facade.BadParameter as refused:
        messages.error(request, str(refused))
    return HttpResponseRedirect(reverse("carbon:parameters"))
