"""HJ 212 stations: settings and downward commands."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from greenpark.domains.accounts import facade as accounts
from greenpark.domains.registry import facade as registry
from greenpark.domains.telemetry.contracts import ORDER_STATES
from greenpark.domains.telemetry.rules import NEEDS_REASON, ORDER_GROUPS, ORDER_NAMES
from greenpark.domains.telemetry.selectors import stations as selectors
from greenpark.domains.telemetry.services import gateways as services
from greenpark.domains.telemetry.services import orders
from greenpark.domains.telemetry.ui import words
from greenpark.domains.telemetry.ui.forms import OrderForm, StationForm
from greenpark.kernel.periods import to_us
from greenpark.protocols.hj212.commands import parameters

#: The command a page begins with: what is needed most.
FIRST_CN = "2061"


@accounts.require("telemetry.review")
def stations(request: HttpRequest) -> HttpResponse:
    """Every MN that a point of the person is bound to."""
    found = selectors.stations(request.actor, to_us(timezone.now()))
    page = accounts.paged(request, lambda offset, limit: (found[offset : offset + limit], len(found)))
    points = registry.points_by_id([i for view in page.object_list for i in view.points])
    rows = [
        {"view": view, "enterprises": sorted({points[i].enterprise_name for i in view.points if i in points})}
        for view in page.object_list
    ]
    connected = sum(view.connected for view in found)
    context = {"page": page, "rows": rows, "count": len(found), "connected": connected, "now": timezone.now()}
    return render(request, "telemetry/stations.html", context)


@accounts.require("telemetry.review")
def station(request: HttpRequest, mn: str) -> HttpResponse:
    """One station: its points, the form of the command chosen with ``?cn=``, and the commands so far."""
    return _page(request, mn, None)


def _page(request: HttpRequest, mn: str, form: OrderForm | None) -> HttpResponse:
    now = timezone.now()
    view = selectors.station(request.actor, mn, to_us(now))
    page = accounts.paged(
        request, lambda offset, limit: selectors.orders(request.actor, mn, now, offset, limit), size=20
    )
    context: dict[str, Any] = {
        "station": view,
        "page": page,
        "states": words.states(ORDER_STATES),
        "live": any(one.under_way for one in page.object_list),
        "may": request.actor.may("telemetry.configure"),
        "now": now,
    }
    if request.htmx:
        return render(request, "telemetry/parts/orders.html", context)
    cn = _chosen(request)
    points = registry.points_by_id(list(view.points))
    context |= {
        "points": [points[i] for i in view.points if i in points],
        "groups": ORDER_GROUPS,
        "cn": cn,
        "command": gettext(ORDER_NAMES[cn]),
        "steers": cn in NEEDS_REASON,
        "form": form or OrderForm(cn, parameters(cn)),
        "settings": StationForm(initial=asdict(services.settings_of(mn))),
    }
    return render(request, "telemetry/station.html", context, status=422 if form is not None else 200)


def _chosen(request: HttpRequest) -> str:
    cn = str(request.POST.get("cn") or request.GET.get("cn") or FIRST_CN)
    return cn if cn in ORDER_NAMES else FIRST_CN


@require_POST
@accounts.require("telemetry.configure")
def order(request: HttpRequest, mn: str) -> HttpResponse:
    """Order a command."""
    selectors.station(request.actor, mn)
    cn = _chosen(request)
    form = OrderForm(cn, parameters(cn), request.POST)
    if not form.is_valid():
        return _page(request, mn, form)
    try:
        orders.order(
            mn=mn, cn=cn, fields=form.values(), reason=form.cleaned_data["reason"], by=request.actor, at=timezone.now()
        )
    except orders.NotACommand as error:
        form.add_error(None, str(error))
        return _page(request, mn, form)
    messages.success(request, gettext("已下发「{name}」，结果见下行命令记录").format(name=gettext(ORDER_NAMES[cn])))
    return redirect("telemetry:station", mn=mn)


@accounts.require("telemetry.review")
def one_order(request: HttpRequest, order_id: int) -> HttpResponse:
    """One command: parameters, outcome, what the station answered."""
    view = selectors.order(request.actor, order_id, timezone.now())
    level, state = ORDER_STATES[view.state]
    context = {
        "order": view, "level": level, "words": gettext(state),
        "may": request.actor.may("telemetry.configure") and view.state == "waiting",
        "history": accounts.history_of(f"station:{view.mn}", limit=20),
    }  # fmt: skip
    return render(request, "telemetry/order.html", context)


@require_POST
@accounts.require("telemetry.configure")
def withdraw(request: HttpRequest, order_id: int) -> HttpResponse:
    """Take back an order that no gateway has fetched."""
    view = selectors.order(request.actor, order_id, timezone.now())
    if orders.withdraw(order_id, by=request.actor, at=timezone.now()):
        messages.success(request, gettext("已撤回「{name}」").format(name=gettext(view.name)))
    else:
        messages.error(request, gettext("命令已被采集进程取走，不能撤回"))
    return redirect("telemetry:station", mn=view.mn)


@require_POST
@accounts.require("telemetry.configure")
def save(request: HttpRequest) -> HttpResponse:
    """Settings of one HJ 212 station."""
    form = StationForm(request.POST)
    if not form.is_valid():
        messages.error(request, "；".join(f"{form.fields[n].label}：{'、'.join(e)}" for n, e in form.errors.items()))
        return redirect("telemetry:stations")
    change = services.StationChange(**form.cleaned_data)
    try:
        services.save_station(change, by=request.actor, at=timezone.now())
    except services.NotAStation as error:
        messages.error(request, str(error))
    else:
        messages.success(request, gettext("已保存现场机 {mn} 的设置，数秒内生效").format(mn=change.mn))
    return redirect("telemetry:stations")
