"""What the pages of planning share: filters, tabs, not found, review."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar
from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect

from greenpark.domains.accounts import facade as accounts
from greenpark.domains.planning.contracts import BadReport, NotFound
from greenpark.domains.planning.selectors.items import PlanFilter
from greenpark.domains.planning.ui.forms import DecisionForm

_T = TypeVar("_T")
_FIELDS = ("pack", "q", "document", "unit", "state")


def chosen_of(request: HttpRequest) -> PlanFilter:
    """Filters from the URL."""
    return PlanFilter(**{name: request.GET.get(name, "")[:60] for name in _FIELDS})


def query_of(chosen: PlanFilter, **more: str) -> str:
    """The URL's query with these filters."""
    return "?" + urlencode({n: v for n in _FIELDS if (v := getattr(chosen, n))} | {k: v for k, v in more.items() if v})


def tabs_of(words: Sequence[tuple[str, str]], counts: Mapping[str, int], chosen: PlanFilter) -> list[dict[str, Any]]:
    """Status tabs with counts; empty ones but the first are left out."""
    plain = PlanFilter(pack=chosen.pack, q=chosen.q, document=chosen.document, unit=chosen.unit)
    return [
        {
            "label": label,
            "count": counts.get(state, 0),
            "href": query_of(plain, state=state),
            "on": chosen.state == state,
        }
        for state, label in words
        if counts.get(state) or not state
    ]


def found(ask: Callable[[], _T]) -> _T:
    """The answer, or 404."""
    try:
        return ask()
    except NotFound as missing:
        raise Http404(str(missing)) from missing


def decision_form(data: Any = None) -> DecisionForm:
    units = [(o.id, o.indent + o.name) for o in accounts.organisations(active_only=True) if o.kind != "enterprise"]
    return DecisionForm(data, organisations=units)


def reviewed(request: HttpRequest, review: Callable[[bool, str], None], *, back: str) -> HttpResponse:
    """Run a review from its dialog and go back with the result in words."""
    accept = request.POST.get("decision") == "accept"
    try:
        found(lambda: review(accept, request.POST.get("opinion", "")[:1000]))
    except BadReport as wrong:
        messages.error(request, str(wrong))
    else:
        messages.success(request, "已核验通过" if accept else "已退回，填报人可据意见重新填报")
    return redirect(back)
