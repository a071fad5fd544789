"""工作台: to-dos by urgency first, then figures."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _

from greenpark.domains.accounts import facade as accounts
from greenpark.domains.carbon import facade as carbon
from greenpark.domains.overview import facade, rules
from greenpark.domains.overview.ui import common, specs

#: Eleven closed months and the current one.
_MONTHS = 12


@accounts.require()
def workbench(request: HttpRequest) -> HttpResponse:
    """For everybody who is signed in; figures only for those who may see them."""
    at = timezone.now()
    actor = common.scoped(request)
    todos = facade.todos(actor, at)
    context = {
        "at": at,
        "greeting": _(rules.greeting(at)),
        "todos": common.with_links(todos),
        "urgent": sum(todo.level == "bad" for todo in todos),
        "figures": actor.may("carbon.view"),
    }
    if context["figures"]:
        month = rules.last_month(at)
        now = common.now_of(actor, at)
        context |= {
            "now": now,
            "month": month,
            "power": now.power,
            "load": specs.load(now.power),
            "ranking": specs.ranking(carbon.ranking(actor, month)),
            "months": specs.months(carbon.month_totals(actor, rules.months_to(at, _MONTHS)), now.live),
            "closing": carbon.closing_status(actor, month, at),
        }
    return render(request, "overview/workbench.html", context)
