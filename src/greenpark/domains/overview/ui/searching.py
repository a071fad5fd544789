"""The search of the top bar."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from greenpark.domains.accounts import facade as accounts
from greenpark.domains.overview import facade
from greenpark.domains.overview.contracts import Hit
from greenpark.domains.overview.ui.common import address

_LONGEST = 60


def _href(hit: Hit) -> str:
    if hit.kind == "enterprise":
        return address("overview:enterprise", hit.href)
    return address("telemetry:point", hit.href) or address("registry:point", hit.href)


@accounts.require("registry.view")
def search(request: HttpRequest) -> HttpResponse:
    """Enterprises and points by name, pinyin, code or credit code."""
    words = request.GET.get("q", "").strip()[:_LONGEST]
    hits, count = facade.search(request.actor, words)
    rows = [{"hit": hit, "href": _href(hit)} for hit in hits]
    return render(request, "overview/search.html", {"words": words, "rows": rows, "count": count})
