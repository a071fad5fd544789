"""Aliases: a person confirms or rejects what was inferred."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from greenpark.domains.accounts import facade as accounts
from greenpark.domains.registry.contracts import ALIAS_STATES
from greenpark.domains.registry.selectors import enterprises as selectors
from greenpark.domains.registry.services import enterprises as services


@accounts.require("registry.review")
def aliases(request: HttpRequest) -> HttpResponse:
    """The list, the open ones first by default."""
    state, q = request.GET.get("state", "inference"), request.GET.get("q", "")[:60]
    page = accounts.paged(
        request,
        lambda offset, limit: selectors.aliases(
            request.actor, state=state if state in ALIAS_STATES else "", q=q, offset=offset, limit=limit
        ),
    )
    counts = selectors.alias_counts(request.actor)
    tabs = [
        {"label": label, "count": counts[key], "href": f"?state={key}", "on": state == key}
        for key, label in ALIAS_STATES.items()
    ]
    tabs.append({"label": "全部", "count": sum(counts.values()), "href": "?state=all", "on": state == "all"})
    context = {"page": page, "tabs": tabs, "q": q, "state": state, "open": counts["inference"]}
    return render(request, "registry/aliases.html", context)


@require_POST
@accounts.require("registry.review")
def decide(request: HttpRequest, alias_id: int) -> HttpResponse:
    """Confirm or reject one alias, with the reason."""
    view = selectors.alias(request.actor, alias_id)
    confirm = request.POST.get("decision") == "confirm"
    try:
        services.decide_alias(
            alias_id, confirm=confirm, reason=request.POST.get("reason", ""), by=request.actor, at=timezone.now()
        )
    except services.NotADecision as wrong:
        messages.error(request, f"未保存：{wrong}")
    else:
        verb = "已确认" if confirm else "已否定"
        messages.success(request, f"{verb}「{view.text}」指「{view.target_name}」")
    back = request.POST.get("next", "")
    return redirect(back if url_has_allowed_host_and_scheme(back, {request.get_host()}) else "registry:aliases")
