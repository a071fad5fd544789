"""The few addresses of the shell itself: start page, scope and language of the session, error pages."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import check_for_language
from django.views.decorators.http import require_POST

from greenpark.domains.accounts import facade as accounts
from greenpark.project.shell.context import Shell


def _back(request: HttpRequest) -> str:
    """The local address named in ``next``, else the start page."""
    address = request.POST.get("next", "")
    return address if url_has_allowed_host_and_scheme(address, {request.get_host()}, request.is_secure()) else "/"


@accounts.require()
def home(request: HttpRequest) -> HttpResponse:
    """To the first page of the person's menu (normally the workbench)."""
    groups = Shell(request).menu
    if not groups:
        raise accounts.NotAllowed("您的账号尚未授予任何角色，请联系安全管理员")
    return redirect(groups[0].entries[0].href)


@require_POST
@accounts.require()
def choose_scope(request: HttpRequest) -> HttpResponse:
    """Keep the park to look at in the session; anything that is not offered means all."""
    wanted = request.POST.get("scope", "")
    request.session["scope"] = wanted if wanted in {scope.id for scope in Shell(request).scopes} else ""
    return HttpResponseRedirect(_back(request))


@require_POST
@accounts.public
def choose_language(request: HttpRequest) -> HttpResponse:
    """Keep the language in a cookie of this browser; unknown languages change nothing."""
    language = request.POST.get("language", "")
    answer = HttpResponseRedirect(_back(request))
    if check_for_language(language) and language in dict(settings.LANGUAGES):
        answer.set_cookie(
            settings.LANGUAGE_COOKIE_NAME,
            language,
            max_age=365 * 86_400,
            samesite="Lax",
            httponly=True,
            secure=settings.SESSION_COOKIE_SECURE,
        )
    return answer


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return render(request, "403.html", status=403)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """The page, or for programs the problem after RFC 9457."""
    if request.path.startswith("/api/"):
        from greenpark.project.api import problem

        return problem(request, 404, "not-found", "没有这个接口地址，见 /api/v1/docs")
    return render(request, "404.html", status=404)


def failed(request: HttpRequest) -> HttpResponse:
    """Django logs the exception; the page carries an event number that the log names too."""
    return render(request, "500.html", status=500)
