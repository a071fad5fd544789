"""API tokens: list, make, revoke."""

from __future__ import annotations

from datetime import timedelta

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from greenpark.domains.accounts import facade as accounts
from greenpark.domains.accounts.facade.paging import paged
from greenpark.domains.accounts.selectors import people as selectors
from greenpark.domains.accounts.services import people as services
from greenpark.domains.accounts.ui.forms import TokenForm


@accounts.require("accounts.token")
def tokens(request: HttpRequest) -> HttpResponse:
    """Tokens in scope, newest first."""
    page = paged(request, lambda offset, limit: selectors.tokens(request.actor, offset=offset, limit=limit))
    return render(request, "accounts/tokens.html", {"page": page, "now": timezone.now()})


@never_cache
@accounts.require("accounts.token")
def token_new(request: HttpRequest) -> HttpResponse:
    """Make a token; the secret is shown once, on the answer to the form."""
    known = accounts.known_permissions()
    own = {name: text for name, text in known.items() if request.actor.may(name)}
    form = TokenForm(
        request.POST or None,
        organisations=selectors.organisations(request.actor, active_only=True),
        permissions=own,
    )
    if request.method == "POST" and form.is_valid():
        data, now = form.cleaned_data, timezone.now()
        try:
            made = services.create_token(
                name=data["name"],
                organisation_id=data["organisation"],
                permissions=data["permissions"],
                expires_at=now + timedelta(days=data["days"]),
                by=request.actor,
                at=now,
            )
        except services.NotATokenRequest as wrong:
            form.add_error(None, str(wrong))
        else:
            return render(request, "accounts/token_made.html", {"secret": made.secret, "name": data["name"]})
    context = {
        "form": form,
        "heading": "签发 API 令牌",
        "verb": "签发",
        "back": "accounts:tokens",
        "back_name": "API 令牌",
    }
    return render(request, "accounts/form.html", context, status=422 if form.is_bound else 200)


@require_POST
@accounts.require("accounts.token")
def token_revoke(request: HttpRequest, token_id: int) -> HttpResponse:
    """Stop a token for ever."""
    services.revoke_token(token_id, by=request.actor, at=timezone.now())
    messages.success(request, "令牌已作废，使用它的系统会立即收到 401")
    return redirect("accounts:tokens")
