"""What the phone pages share: the clock, who the visitor is, type size, answers that no cache keeps."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from functools import wraps
from typing import Any
from urllib.parse import quote

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme

from greenpark.domains.accounts import facade as accounts
from greenpark.domains.accounts.contracts import Actor
from greenpark.domains.housing.contracts import resident
from greenpark.kernel.periods import PARK_ZONE

SIZE_COOKIE = "hs_size"
CASE = "housing_case"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


def now() -> datetime:
    return datetime.now(UTC)


def today() -> date:
    return now().astimezone(PARK_ZONE).date()


def origin(request: HttpRequest) -> str:
    """Where a request comes from, for limits only; kept as a keyed hash."""
    return str(request.META.get("REMOTE_ADDR", ""))


def family(request: HttpRequest) -> Actor | None:
    """The family that has entered with number and query code, or None."""
    case = request.session.get(CASE)
    return resident(int(case)) if isinstance(case, int) else None


def admit(request: HttpRequest, actor: Actor) -> None:
    """Remember the family for this session, under a new session key."""
    request.session.cycle_key()
    request.session[CASE] = actor.id


def page(request: HttpRequest, template: str, context: dict[str, Any], status: int = 200) -> HttpResponse:
    """A phone page; pages of a family are kept by no cache."""
    large = request.COOKIES.get(SIZE_COOKIE) == "large"
    entered = family(request) is not None
    values = {"large": large, "entered": entered, **context}
    response = render(request, f"housing/resident/{template}", values, status=status)
    if entered or request.method == "POST":
        response["Cache-Control"] = "no-store"
    return response


def own_case(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Only for a family that has entered its case; others are led to the look-up page. Passes the actor on."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        actor = family(request)
        if actor is None:
            return redirect("housing:my-enter")
        return view(request, actor, *args, **kwargs)

    return accounts.public(guarded)


def back(request: HttpRequest, fallback: str) -> HttpResponse:
    """To ``next`` when it is an address of ours, else to ``fallback`` (a URL name)."""
    wanted = request.POST.get("next", "")
    if url_has_allowed_host_and_scheme(wanted, allowed_hosts={request.get_host()}):
        return redirect(wanted)
    return redirect(fallback)


def download(content: bytes, name: str, kind: str) -> HttpResponse:
    """A file to keep; the name may be Chinese (RFC 6266)."""
    response = HttpResponse(content, content_type=kind)
    response["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(name)}"
    response["Cache-Control"] = "no-store"
    return response
