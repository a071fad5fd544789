"""Turns refusals into answers, and refuses every view that nobody marked."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django_htmx.http import HttpResponseClientRedirect

from greenpark.domains.accounts.contracts import MustChangePassword, NotAllowed, NotSignedIn, OutOfScope
from greenpark.domains.accounts.facade import MARK

#: Modules whose views need no mark: they serve files and languages, or carry marks of their own on each operation.
UNMARKED = ("django.views.static", "django.contrib.staticfiles", "django.views.i18n", "ninja.")


class AccessMiddleware:
    """NotSignedIn → sign-in page, MustChangePassword → password page, NotAllowed → 403, OutOfScope → 404."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> HttpResponse | None:
        inner = getattr(view, "func", view)  # ninja serves its own pages as partials of its functions
        if hasattr(view, MARK) or getattr(inner, "__module__", "").startswith(UNMARKED):
            return None
        # Fails closed: a view without @require or @public is a mistake of ours and must not show anything.
        return denied(request, 403, "此页面尚未登记访问权限，请联系运维")

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        match error:
            case NotSignedIn():
                return lead_to(request, f"{reverse('accounts:sign-in')}?{urlencode({'next': _here(request)})}")
            case MustChangePassword():
                return lead_to(request, reverse("accounts:password"))
            case OutOfScope():
                return denied(request, 404, "没有找到，或不在您的数据范围内")
            case NotAllowed():
                return denied(request, 403, str(error))
            case _:
                return None


def _here(request: HttpRequest) -> str:
    """Where to return to after signing in: the page, not the fragment that htmx asked for."""
    htmx = getattr(request, "htmx", None)
    if htmx:
        return htmx.current_url_abs_path or "/"
    return request.get_full_path() if request.method == "GET" else "/"


def lead_to(request: HttpRequest, url: str) -> HttpResponse:
    """A redirect that moves the whole page, also when htmx asked for a part of it."""
    return HttpResponseClientRedirect(url) if getattr(request, "htmx", None) else HttpResponseRedirect(url)


def denied(request: HttpRequest, status: int, reason: str) -> HttpResponse:
    """The page that says why not and where to go."""
    return render(request, "accounts/denied.html", {"status": status, "reason": reason}, status=status)
