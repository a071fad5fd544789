"""Parameters, consistency, coverage."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from greenpark.domains.accounts import facade as accounts
from greenpark.domains.planning.selectors import items as selectors
from greenpark.domains.planning.ui.common import decision_form

SEVERITY = {"high": ("bad", "重大"), "medium": ("warn", "中"), "low": ("info", "轻")}
SENSES = {"ge": "不少于", "le": "不超过", "lt": "低于", "eq": "等于", "range": "范围", "text": ""}
ANSWERS = {"feature": "功能", "ledger": "台账", "person": "责任单位", "": "未答复"}


@accounts.require("planning.view")
def parameters(request: HttpRequest) -> HttpResponse:
    """Thresholds as parameters; what the document does not state is empty and has an owner."""
    rows = [
        (view, "不劣于" if view.row["unit"] == "级" else SENSES.get(view.row["sense"], ""))
        for view in selectors.parameters(request.actor)
    ]
    context = {
        "rows": rows,
        "empty": sum(not view.row["value"] for view, _ in rows),
        "open": sum(len(view.row["unstated_zh"]) for view, _ in rows),
        "decision": decision_form() if request.actor.may("planning.configure") else None,
    }
    return render(request, "planning/parameters.html", context)


@accounts.require("planning.view")
def consistency(request: HttpRequest) -> HttpResponse:
    """Findings with quotes side by side, computed where they can be."""
    rows = selectors.findings(request.actor, request.GET.get("pack", "")[:40])
    severity, mode = request.GET.get("severity", ""), request.GET.get("mode", "")
    counts = {key: sum(v.row["severity"] == key for v, _, _ in rows) for key in SEVERITY}
    computed = sum(c is not None for _, c, _ in rows)
    shown = [
        {"view": view, "computed": result, "quotes": quotes, "level": SEVERITY[view.row["severity"]]}
        for view, result, quotes in rows
        if (not severity or view.row["severity"] == severity)
        and (not mode or (result is not None) == (mode == "computed"))
    ]
    tabs = [{"label": "全部", "count": len(rows), "href": "?", "on": not severity and not mode}]
    tabs += [
        {"label": SEVERITY[key][1], "count": n, "href": f"?severity={key}", "on": severity == key}
        for key, n in counts.items()
    ]
    tabs += [
        {"label": "计算得出", "count": computed, "href": "?mode=computed", "on": mode == "computed"},
        {"label": "人工判读", "count": len(rows) - computed, "href": "?mode=read", "on": mode == "read"},
    ]
    context = {"rows": shown, "tabs": tabs, "total": len(rows), "computed": computed}
    return render(request, "planning/consistency.html", context)


@accounts.require("planning.view")
def coverage(request: HttpRequest) -> HttpResponse:
    """What answers each clause; percentages computed from the rows."""
    packs = selectors.packs()
    wanted = request.GET.get("pack", "")
    pack = next((p for p in packs if p.code == wanted), packs[0] if packs else None)
    context: dict[str, object] = {"packs": packs, "pack": pack}
    if pack is not None:
        covered, systems = selectors.coverage_of(request.actor, pack)
        answer = request.GET.get("answer", "")
        shown = [(view, ANSWERS[view.row.get("answer") or ""]) for view in systems]
        if answer:
            shown = [pair for pair in shown if (pair[0].row.get("answer") or "none") == answer]
        keys = (("", "全部"), ("feature", "功能"), ("person", "责任单位"), ("none", "未答复"))
        counts = {key: sum((v.row.get("answer") or "none") == key for v in systems) for key, _ in keys[1:]}
        tabs = [
            {
                "label": label,
                "count": counts.get(key, len(systems)),
                "href": f"?pack={pack.code}&answer={key}",
                "on": answer == key,
            }
            for key, label in keys
        ]
        context |= {"covered": covered, "rows": shown, "tabs": tabs}
    return render(request, "planning/coverage.html", context)
