"""Accounting sources: list, detail with versions, form."""

from __future__ import annotations

import json
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from greenpark.domains.accounts import facade as accounts
from greenpark.domains.carbon import facade
from greenpark.domains.carbon.contracts import CATEGORY_NAMES, CarbonError, SourceRefused
from greenpark.domains.carbon.ui import common
from greenpark.domains.registry import facade as registry
from greenpark.kernel.periods import Month, NotAPeriod


def _enterprises(request: HttpRequest) -> dict[int, Any]:
    found, _count = registry.enterprises(request.actor, limit=None)
    return {e.id: e for e in found if e.active}


@require_GET
@accounts.require("carbon.view")
def listing(request: HttpRequest) -> HttpResponse:
    """Sources of all enterprises in scope."""
    known = _enterprises(request)
    only = request.GET.get("enterprise", "")
    ids = [int(only)] if only.isdigit() and int(only) in known else list(known)
    category = request.GET.get("category", "")
    rows = [s for s in facade.source_list(ids) if not category or s.category == category]
    shown = common.page_of(request, rows)
    context = {
        "page": shown,
        "rows": [(s, known[s.enterprise_id]) for s in shown],
        "count": len(rows),
        "without": [e for e in known.values() if e.point_count and e.id not in {s.enterprise_id for s in rows}],
        "enterprises": known.values(),
        "categories": CATEGORY_NAMES.items(),
        "filters": {"enterprise": only, "category": category},
        "may": request.actor.may("carbon.configure"),
    }
    return render(request, "carbon/sources.html", context)


@require_GET
@accounts.require("carbon.view")
def detail(request: HttpRequest, enterprise: int, code: str) -> HttpResponse:
    """A source: bindings, method, versions."""
    owner = registry.enterprise(request.actor, enterprise)
    versions = facade.source_versions(enterprise, code)
    source = versions[0]
    ids = [p["point"] for b in source.bindings for p in b.get("points", ())]
    names = registry.points_by_id(ids) if ids else {}
    kinds = {"points": _("监测点"), "report": _("企业月报"), "constant": _("常数")}
    bindings = [
        {
            **b,
            "kind_name": kinds.get(b["kind"], b["kind"]),
            "shown": [
                {
                    "sign": p.get("sign", 1),
                    "name": names[p["point"]].name if p["point"] in names else f"#{p['point']}",
                    "href": common.link("telemetry:point", p["point"]),
                }
                for p in b.get("points", ())
            ],
            "item_name": facade.REPORT_ITEMS[b["item"]].name if b.get("item") in facade.REPORT_ITEMS else "",
        }
        for b in source.bindings
    ]
    context = {
        "owner": owner,
        "source": source,
        "bindings": bindings,
        "versions": versions,
        "method": facade.method(source.method),
        "options": json.dumps(source.options, ensure_ascii=False, indent=2),
        "may": request.actor.may("carbon.configure"),
    }
    return render(request, "carbon/source.html", context)


@require_http_methods(["GET", "POST"])
@accounts.require("carbon.configure")
def edit(request: HttpRequest, enterprise: int | None = None, code: str = "") -> HttpResponse:
    """The form of a source; what was typed stays when it is refused."""
    known = _enterprises(request)
    typed, errors = _initial(request, enterprise, code), {}
    if request.method == "POST":
        typed = {**typed, **{k: v for k, v in request.POST.items() if k != "csrfmiddlewaretoken"}}
        try:
            return _saved(request, typed, enterprise, code)
        except SourceRefused as refused:
            errors = refused.errors or {"": str(refused)}
        except CarbonError as refused:
            errors = {"": str(refused)}
    chosen = enterprise or (int(typed["enterprise"]) if str(typed.get("enterprise", "")).isdigit() else None)
    points = registry.points(request.actor, registry.PointFilter(enterprise_id=chosen), limit=500)[0] if chosen else []
    context = {
        "typed": typed,
        "errors": errors,
        "new": enterprise is None,
        "enterprises": known.values(),
        "categories": CATEGORY_NAMES.items(),
        "methods": facade.methods(),
        "points": points,
        "items": facade.ITEMS,
    }
    return render(request, "carbon/source_form.html", context, status=422 if errors else 200)


def _initial(request: HttpRequest, enterprise: int | None, code: str) -> dict[str, Any]:
    month = str(common.last_month(common.now()))
    if enterprise is None:
        return {"enterprise": request.GET.get("enterprise", ""), "valid_from": month, "options": "{}", "bindings": "[]"}
    registry.enterprise(request.actor, enterprise)
    now = facade.source_versions(enterprise, code)[0]
    return {
        "enterprise": str(enterprise),
        "code": now.code,
        "name": now.name,
        "process": now.process,
        "category": now.category,
        "medium": now.medium,
        "method": now.method,
        "options": json.dumps(now.options, ensure_ascii=False, indent=2),
        "bindings": json.dumps(now.bindings, ensure_ascii=False, indent=2),
        "energy": json.dumps(now.energy, ensure_ascii=False, indent=2),
        "market": json.dumps(now.market, ensure_ascii=False, indent=2),
        "valid_from": f"{now.valid_from:%Y-%m}",
        "valid_to": f"{now.valid_to:%Y-%m}" if now.valid_to else "",
        "reason": "",
    }


def _saved(request: HttpRequest, typed: dict[str, Any], enterprise: int | None, code: str) -> HttpResponse:
    owner = enterprise if enterprise is not None else int(typed.get("enterprise") or 0)
    code = code or str(typed.get("code", "")).strip()
    version = facade.save_source(
        enterprise_id=owner,
        code=code,
        name=typed.get("name", ""),
        process=typed.get("process", ""),
        category=typed.get("category", ""),
        medium=typed.get("medium", ""),
        method=typed.get("method", ""),
        options=_json(typed, "options", {}),
        bindings=_json(typed, "bindings", []),
        energy=_json(typed, "energy", []),
        market=_json(typed, "market", {}),
        valid_from=_month(typed, "valid_from"),
        valid_to=_month(typed, "valid_to") if typed.get("valid_to") else None,
        reason=typed.get("reason", ""),
        by=request.actor,
        at=common.now(),
    )
    messages.success(request, _("核算源已保存为第 %(n)d 版") % {"n": version})
    return HttpResponseRedirect(reverse("carbon:source", args=[owner, code]))


def _json(typed: dict[str, Any], name: str, empty: Any) -> Any:
    text = str(typed.get(name) or "").strip()
    if not text:
        return empty
    try:
        value = json.loads(text)
    except json.JSONDecodeError as fault:
        why = f"第 {fault.lineno} 行第 {fault.colno} 列不是合格的 JSON"
        raise SourceRefused(f"{name}：{why}", {name: why}) from fault
    if type(value) is not type(empty):
        why = "应为列表 […]" if isinstance(empty, list) else "应为对象 {…}"
        raise SourceRefused(f"{name}：{why}", {name: why})
    return value


def _month(typed: dict[str, Any], name: str) -> Month:
    try:
        return Month.parse(str(typed.get(name, "")).strip())
    except NotAPeriod as fault:
        raise SourceRefused(str(fault), {name: str(fault)}) from fault


@require_POST
@accounts.require("carbon.configure")
def retire(request: HttpRequest, enterprise: int, code: str) -> HttpResponse:
    try:
        facade.retire_source(
            enterprise_id=enterprise,
            code=code,
            from_month=_month(dict(request.POST.items()), "from_month"),
            reason=request.POST.get("reason", ""),
            by=request.actor,
            at=common.now(),
        )
        messages.success(request, _("核算源已停用，停用前的月份不变"))
    except SourceRefused as refused:
        messages.error(request, str(refused))
    return HttpResponseRedirect(reverse("carbon:source", args=[enterprise, code]))
