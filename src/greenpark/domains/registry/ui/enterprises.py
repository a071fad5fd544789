"""Enterprises: list, card, form; places."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from greenpark.domains.accounts import facade as accounts
from greenpark.domains.registry.rules import NotAnEnterprise
from greenpark.domains.registry.selectors import enterprises as selectors
from greenpark.domains.registry.selectors import points as point_selectors
from greenpark.domains.registry.services import enterprises as services
from greenpark.domains.registry.services import points as point_services
from greenpark.domains.registry.ui import workbook
from greenpark.domains.registry.ui.forms import EnterpriseForm, FacilityForm, show_errors

_TABS = (
    ("", "全部"),
    ("with-points", "已接入监测点"),
    ("aliases", "别名待确认"),
    ("no-credit-code", "缺信用代码"),
    ("demo", "演示"),
)


def _filter(request: HttpRequest) -> selectors.EnterpriseFilter:
    get = request.GET.get
    return selectors.EnterpriseFilter(
        q=get("q", "")[:60], district=get("district", ""), industry=get("industry", ""), state=get("state", "")
    )


@accounts.require("registry.view")
def enterprises(request: HttpRequest) -> HttpResponse:
    """The list with tabs, filters in the URL, and the export of what is filtered."""
    chosen = _filter(request)
    if request.GET.get("export") == "xlsx":
        return _export(request, chosen)
    page = accounts.paged(
        request, lambda offset, limit: selectors.enterprises(request.actor, chosen, offset=offset, limit=limit)
    )
    counts = selectors.enterprise_counts(request.actor)
    tabs = [
        {
            "label": label,
            "count": counts[state],
            "href": "?" + urlencode({"state": state}) if state else "?",
            "on": chosen.state == state,
        }
        for state, label in _TABS
        if counts[state] or not state
    ]
    filters = {"q": chosen.q, "district": chosen.district, "industry": chosen.industry, "state": chosen.state}
    context = {
        "page": page,
        "tabs": tabs,
        "chosen": chosen,
        "districts": selectors.places("区"),
        "industries": selectors.industries(request.actor),
        "counts": counts,
        "export": "?" + urlencode({k: v for k, v in filters.items() if v} | {"export": "xlsx"}),
    }
    return render(request, "registry/enterprises.html", context)


def _export(request: HttpRequest, chosen: selectors.EnterpriseFilter) -> HttpResponse:
    request.actor.need("registry.export")
    now = timezone.now()
    rows, count = selectors.enterprises(request.actor, chosen, limit=None)
    accounts.record(
        action="registry.enterprises.exported",
        subject="enterprises",
        by=request.actor,
        at=now,
        detail={"count": count, "filter": {"q": chosen.q, "district": chosen.district, "state": chosen.state}},
    )
    stamp = timezone.localtime(now)
    headers = (
        ("代码", 10), ("名称", 36), ("统一社会信用代码", 22), ("所在区", 14), ("园区", 26), ("行业", 16),
        ("在文件中的角色", 40), ("监测点（个）", 12), ("待确认别名（个）", 14), ("来源文件", 10), ("备注", 40),
    )  # fmt: skip
    body = (
        (
            e.code, e.name, e.credit_code or "未提供", e.district or e.district_note, e.park, e.industry, e.role,
            e.point_count, e.aliases_open, e.document, e.note,
        )
        for e in rows
    )  # fmt: skip
    notes = f"共 {count} 家；导出 {stamp:%Y-%m-%d %H:%M}，{request.actor.name}；来源：地区数据包与人工维护"
    return workbook.answer(f"企业名录-{stamp:%Y%m%d}.xlsx", "企业名录", notes, headers, body)


@accounts.require("registry.view")
def enterprise(request: HttpRequest, enterprise_id: int) -> HttpResponse:
    """The registry card: facts with their quotes, aliases, facilities, points."""
    view = selectors.enterprise(request.actor, enterprise_id)
    chosen = point_selectors.PointFilter(enterprise_id=enterprise_id)
    points, count = point_selectors.points(request.actor, chosen, limit=100)
    facilities = selectors.facilities(request.actor, enterprise_id)
    context = {
        "enterprise": view,
        "quotes": view.quote.split(" ‖ ") if view.quote else [],
        "aliases": selectors.aliases(request.actor, enterprise_id=enterprise_id)[0],
        "facilities": facilities,
        "facility_form": FacilityForm(facilities=facilities) if request.actor.may("registry.configure") else None,
        "points": points,
        "point_count": count,
        "history": accounts.history_of(f"enterprise:{enterprise_id}", limit=20),
    }
    return render(request, "registry/enterprise.html", context)


@accounts.require("registry.configure")
def enterprise_new(request: HttpRequest) -> HttpResponse:
    """Add an enterprise to the registry."""
    form = EnterpriseForm(request.POST or None, places=selectors.places(), new=True)
    if request.method == "POST" and form.is_valid():
        try:
            saved = services.save_enterprise(
                form.draft(parent_organisation_id=request.actor.organisation_id),
                by=request.actor,
                at=timezone.now(),
            )
        except NotAnEnterprise as wrong:
            show_errors(form, wrong.errors)
        else:
            messages.success(request, f"已登记「{form.cleaned_data['name']}」")
            return redirect("registry:enterprise", saved)
    return _form(request, form, "登记企业")


@accounts.require("registry.configure")
def enterprise_edit(request: HttpRequest, enterprise_id: int) -> HttpResponse:
    """Change what is known of an enterprise."""
    view = selectors.enterprise(request.actor, enterprise_id)
    district, park = selectors.enterprise_place_ids(enterprise_id)
    initial: dict[str, Any] = {
        **{n: getattr(view, n) for n in ("name", "short_name", "credit_code", "industry", "note", "active")},
        "district": district,
        "park": park,
    }
    form = EnterpriseForm(request.POST or None, places=selectors.places(), new=False, initial=initial)
    if request.method == "POST" and form.is_valid():
        kept = {"role": view.role, "demo": view.demo, "district_note": view.district_note}
        try:
            services.save_enterprise(
                form.draft(view.code, **kept), by=request.actor, at=timezone.now(), enterprise_id=enterprise_id
            )
        except NotAnEnterprise as wrong:
            show_errors(form, wrong.errors)
        else:
            messages.success(request, f"已保存「{form.cleaned_data['name']}」")
            return redirect("registry:enterprise", enterprise_id)
    return _form(request, form, view.name)


def _form(request: HttpRequest, form: Any, heading: str) -> HttpResponse:
    context = {"form": form, "heading": heading, "back": "registry:enterprises", "back_name": "企业名录"}
    return render(request, "registry/form.html", context, status=422 if form.is_bound else 200)


@require_POST
@accounts.require("registry.configure")
def facility_new(request: HttpRequest, enterprise_id: int) -> HttpResponse:
    """Add a facility to an enterprise."""
    form = FacilityForm(request.POST, facilities=selectors.facilities(request.actor, enterprise_id))
    if form.is_valid():
        data = form.cleaned_data
        try:
            point_services.save_facility(
                enterprise_id=enterprise_id,
                code=data["code"],
                name=data["name"],
                kind=data["kind"],
                parent_id=data["parent"],
                by=request.actor,
                at=timezone.now(),
            )
        except point_services.NotAFacility as wrong:
            messages.error(request, f"设施未保存：{wrong}")
        else:
            messages.success(request, f"已新增设施「{data['name']}」")
    else:
        messages.error(request, "设施未保存：代码与名称都必须填写")
    return redirect("registry:enterprise", enterprise_id)


@accounts.require("registry.view")
def places(request: HttpRequest) -> HttpResponse:
    """Districts, parks and other places, as the documents name them."""
    q = request.GET.get("q", "").strip()
    rows = [p for p in selectors.places() if not q or q in p.name or q.upper() == p.code]
    page = accounts.paged(request, lambda offset, limit: (rows[offset : offset + limit], len(rows)))
    return render(request, "registry/places.html", {"page": page, "q": q})
