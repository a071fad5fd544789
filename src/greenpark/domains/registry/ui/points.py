"""Points: list and form."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from greenpark.domains.accounts import facade as accounts
from greenpark.domains.registry.contracts import BALANCES, MEDIA, POINT_KINDS
from greenpark.domains.registry.rules import NotAPoint
from greenpark.domains.registry.selectors import enterprises as enterprise_selectors
from greenpark.domains.registry.selectors import points as selectors
from greenpark.domains.registry.services import points as services
from greenpark.domains.registry.ui import workbook
from greenpark.domains.registry.ui.forms import PointForm, show_errors

#: Calibrations that end within so many days count as due.
DUE_DAYS = 30


def _number(text: str) -> int | None:
    return int(text) if text.isdigit() and len(text) < 10 else None


@accounts.require("registry.view")
def points(request: HttpRequest) -> HttpResponse:
    """The list with tabs, filters in the URL and export."""
    due_by = timezone.localdate() + timedelta(days=DUE_DAYS)
    get = request.GET.get
    chosen = selectors.PointFilter(
        q=get("q", "")[:60],
        enterprise_id=_number(get("enterprise", "")),
        medium=get("medium", ""),
        balance=get("balance", ""),
        state=get("state", ""),
        due_by=due_by,
    )
    if get("export") == "xlsx":
        return _export(request, chosen)
    page = accounts.paged(
        request, lambda offset, limit: selectors.points(request.actor, chosen, offset=offset, limit=limit)
    )
    counts = selectors.point_counts(request.actor, due_by)
    tabs = [
        {
            "label": label,
            "count": counts[key or "all"],
            "href": "?" + urlencode({"state": key}) if key else "?",
            "on": chosen.state == key,
        }
        for key, label in (("", "全部"), ("active", "在用"), ("due", f"{DUE_DAYS} 天内检定到期"), ("inactive", "停用"))
    ]
    kept = {k: v for k, v in request.GET.items() if k in ("q", "enterprise", "medium", "balance", "state") and v}
    context = {
        "page": page,
        "tabs": tabs,
        "chosen": chosen,
        "media": MEDIA,
        "balances": BALANCES,
        "kinds": POINT_KINDS,
        "due_by": due_by,
        "export": "?" + urlencode(kept | {"export": "xlsx"}),
    }
    return render(request, "registry/points.html", context)


def _export(request: HttpRequest, chosen: selectors.PointFilter) -> HttpResponse:
    request.actor.need("registry.export")
    now = timezone.now()
    rows, count = selectors.points(request.actor, chosen, limit=100_000)
    accounts.record(
        action="registry.points.exported", subject="points", by=request.actor, at=now, detail={"count": count}
    )
    stamp = timezone.localtime(now)
    headers = (
        ("企业", 30), ("代码", 16), ("名称", 30), ("设施", 20), ("介质", 10), ("数据类型", 12), ("单位", 8),
        ("倍率", 8), ("间隔（秒）", 10), ("平衡位置", 16), ("准确度等级", 10), ("检定到期日", 12),
        ("接入", 40), ("状态", 8),
    )  # fmt: skip
    body = (
        (
            p.enterprise_name, p.code, p.name, p.facility, MEDIA.get(p.medium, p.medium), POINT_KINDS[p.spec.kind],
            p.spec.unit, p.spec.multiplier, p.spec.expected_interval_s, BALANCES.get(p.balance, p.balance),
            p.meter_class, p.calibration_due, " / ".join(p.binding or ()), "在用" if p.active else "停用",
        )
        for p in rows
    )  # fmt: skip
    notes = f"共 {count} 个；导出 {stamp:%Y-%m-%d %H:%M}，{request.actor.name}"
    return workbook.answer(f"监测点-{stamp:%Y%m%d}.xlsx", "监测点", notes, headers, body)


def _choices(request: HttpRequest, enterprise_id: int, without: int | None = None) -> dict[str, Any]:
    chosen = selectors.PointFilter(enterprise_id=enterprise_id)
    siblings, _ = selectors.points(request.actor, chosen, limit=2000)
    return {
        "facilities": enterprise_selectors.facilities(request.actor, enterprise_id),
        "siblings": [(p.id, f"{p.code} {p.name}") for p in siblings if p.id != without],
    }


@accounts.require("registry.configure")
def point_new(request: HttpRequest) -> HttpResponse:
    """Add a point to the enterprise named in ``?enterprise=``. ``?key=hj212&key=<MN>&…`` and any field of the form may
    come along, to begin with; without an enterprise they are kept while the person chooses one."""
    enterprise_id = _number(request.GET.get("enterprise", ""))
    if enterprise_id is None and "key" in request.GET:
        chosen = enterprise_selectors.EnterpriseFilter()
        owners, _ = enterprise_selectors.enterprises(request.actor, chosen, limit=5_000)
        kept = [(name, text) for name, texts in request.GET.lists() for text in texts]
        return render(request, "registry/point_owner.html", {"owners": owners, "kept": kept})
    if enterprise_id is None:
        messages.info(request, "先选企业，再在企业卡片上新增监测点")
        return redirect("registry:enterprises")
    view = enterprise_selectors.enterprise(request.actor, enterprise_id)
    form = PointForm(request.POST or None, initial=_suggested(request), **_choices(request, enterprise_id))
    if request.method == "POST" and form.is_valid():
        draft = form.draft(enterprise_id, demo=view.demo)
        try:
            saved = services.save_point(draft, by=request.actor, at=timezone.now())
        except NotAPoint as wrong:
            show_errors(form, _on_form(wrong.errors))
        else:
            messages.success(request, f"已新增监测点「{draft.name}」")
            return redirect("registry:point", saved)
    return _form(request, form, f"新增监测点：{view.name}", None)


def _suggested(request: HttpRequest) -> dict[str, str]:
    """What the address says of a new point; the person still checks and saves it."""
    given = {name: request.GET[name][:255] for name in PointForm.base_fields if name in request.GET}
    key = request.GET.getlist("key")
    return given | ({"gateway": key[0], "address": "\n".join(key[1:])} if key else {})


@accounts.require("registry.view")
def point(request: HttpRequest, point_id: int) -> HttpResponse:
    """A point: its facts, for those who configure also the form; its history."""
    view = selectors.point(request.actor, point_id)
    draft = selectors.point_draft(request.actor, point_id)
    form = PointForm(
        request.POST or None,
        initial=PointForm.initial_of(draft),
        **_choices(request, view.enterprise_id, without=point_id),
    )
    if request.method == "POST":
        request.actor.need("registry.configure")
        if form.is_valid():
            changed = form.draft(view.enterprise_id, demo=view.demo)
            try:
                services.save_point(changed, by=request.actor, at=timezone.now(), point_id=point_id)
            except NotAPoint as wrong:
                show_errors(form, _on_form(wrong.errors))
            else:
                messages.success(request, f"已保存监测点「{changed.name}」，网关在数秒内改用新设置")
                return redirect("registry:point", point_id)
    return _form(request, form, view.name, view)


def _on_form(errors: dict[str, str]) -> dict[str, str]:
    return {"address" if name == "binding" else name: why for name, why in errors.items()}


def _form(request: HttpRequest, form: PointForm, heading: str, view: Any) -> HttpResponse:
    context = {
        "form": form if request.actor.may("registry.configure") else None,
        "heading": heading,
        "point": view,
        "media": MEDIA,
        "kinds": POINT_KINDS,
        "balances": BALANCES,
        "history": accounts.history_of(f"point:{view.id}", limit=20) if view else [],
    }
    return render(request, "registry/point.html", context, status=422 if form.is_bound else 200)
