"""Accounting sources: list, detail with versions, end. The form is source_form."""

from __future__ import annotations

import json
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from greenpark.domains.accounts import facade as accounts
from greenpark.domains.carbon import facade
from greenpark.domains.carbon.contracts import CATEGORY_NAMES, SourceRefused
from greenpark.domains.carbon.ui import common
from greenpark.domains.registry import facade as registry


def enterprises_of(request: HttpRequest) -> dict[int, Any]:
    found, _count = registry.enterprises(request.actor, limit=None)
    return {e.id: e for e in found if e.active}


@require_GET
@accounts.require("carbon.view")
def listing(request: HttpRequest) -> HttpResponse:
    """Sources of all enterprises in scope."""
    known = enterprises_of(request)
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


@require_POST
@accounts.require("carbon.configure")
def retire(request: HttpRequest, enterprise: int, code: str) -> HttpResponse:
    try:
        facade.retire_source(
            enterprise_id=enterprise,
            code=code,
            from_month=common.typed_month(request.POST, "from_month"),
            reason=request.POST.get("reason", ""),
            by=request.actor,
            at=common.now(),
        )
        messages.success(request, _("核算源已停用，停用前的月份不变"))
    except SourceRefused as refused:
        messages.error(request, str(refused))
    return HttpResponseRedirect(reverse("carbon:source", args=[enterprise, code]))
