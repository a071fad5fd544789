"""Signing in and out, the first change of password, and the role chooser of a demonstration."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from axes.helpers import get_cool_off
from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import authenticate, login, logout, update_session_auth_hash
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from greenpark.domains.accounts import facade as accounts
from greenpark.domains.accounts import rules
from greenpark.domains.accounts.contracts import SYSTEM
from greenpark.domains.accounts.selectors import people as people_selectors
from greenpark.domains.accounts.services import people as people_services

#: Roles on the chooser, most visited first, with the page that shows each what they come for.
DEMO_ROLES = tuple(role for role in accounts.ROLES)


class SignInForm(forms.Form):
    username = forms.CharField(
        label=_("账号"), max_length=60, widget=forms.TextInput(attrs={"autocomplete": "username", "autofocus": True})
    )
    password = forms.CharField(
        label=_("密码"), max_length=128, widget=forms.PasswordInput(attrs={"autocomplete": "current-password"})
    )


class PasswordForm(forms.Form):
    old = forms.CharField(
        label=_("现用密码"), max_length=128, widget=forms.PasswordInput(attrs={"autocomplete": "current-password"})
    )
    new = forms.CharField(
        label=_("新密码"),
        max_length=128,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=_("至少 10 位，含小写字母、大写字母、数字、符号中的三类，不含账号名"),
    )
    again = forms.CharField(
        label=_("再输一次"), max_length=128, widget=forms.PasswordInput(attrs={"autocomplete": "new-password"})
    )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if data.get("new") and data.get("again") and data["new"] != data["again"]:
            self.add_error("again", "两次输入的新密码不一致")
        return data


def _next(request: HttpRequest) -> str:
    """The local address to go to afterwards; anything else is the start page."""
    address = request.POST.get("next") or request.GET.get("next", "")
    safe = url_has_allowed_host_and_scheme(address, {request.get_host()}, request.is_secure())
    return address if safe and not address.startswith("/sign-") else "/"


@never_cache
@sensitive_post_parameters("password")
@accounts.public
def sign_in(request: HttpRequest) -> HttpResponse:
    """The sign-in form; in a demonstration also the cards of the roles."""
    form = SignInForm(request.POST if request.method == "POST" else None)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            person = authenticate(request, **form.cleaned_data)
            if person is not None:
                return _enter(request, person)
            if getattr(request, "axes_locked_out", False):
                return locked(request)
            form.add_error(None, "账号或密码不正确；连续 5 次失败将锁定 15 分钟")
    context = {"form": form, "next": _next(request), "roles": DEMO_ROLES if settings.DEMO else ()}
    return render(request, "accounts/sign_in.html", context, status=status)


def _enter(request: HttpRequest, person: Any) -> HttpResponse:
    now, last = timezone.now(), person.last_login
    login(request, person)
    people_services.signed_in(person.pk, at=now, oldest_password=_oldest_password(now))
    if last:
        messages.info(request, f"上次登录：{timezone.localtime(last):%Y-%m-%d %H:%M}")
    return HttpResponseRedirect(_next(request))


def _oldest_password(now: datetime) -> datetime | None:
    days = int(getattr(settings, "PASSWORD_DAYS", 0))
    return now - timedelta(days=days) if days else None


def locked(request: HttpRequest, *_: Any) -> HttpResponse:
    """Answer of django-axes while an account is locked: says how long."""
    name = request.POST.get("username", "")
    until = people_selectors.locked_until(name, get_cool_off() or timedelta(0))
    minutes = max(1, round((until - timezone.now()).total_seconds() / 60 + 0.5)) if until else 15
    return render(request, "accounts/locked.html", {"minutes": minutes}, status=429)


@require_POST
@accounts.public
def demo_sign_in(request: HttpRequest) -> HttpResponse:
    """Sign in as the demonstration's person of a role. Without GREENPARK_DEMO=1 this address does not exist."""
    if not settings.DEMO:
        raise Http404
    role = request.POST.get("role", "")
    if role not in rules.ROLE:
        raise Http404
    person = people_selectors.demo_person(role)
    if person is None:
        people_services.ensure_demo_people(at=timezone.now(), organisations={"": _demo_place()})
        person = people_selectors.demo_person(role)
    login(request, person, backend="django.contrib.auth.backends.ModelBackend")
    people_services.signed_in(person.pk, at=timezone.now(), oldest_password=None)
    return HttpResponseRedirect(_next(request))


def _demo_place() -> int:
    """Where demonstration people work before any region was loaded."""
    root = people_selectors.root_organisation()
    return root or accounts.ensure_organisation(
        code="demo-city", name="演示市", kind="city", by=SYSTEM, at=timezone.now()
    )


@require_POST
@accounts.public
def sign_out(request: HttpRequest) -> HttpResponse:
    """End the session; also after it has expired."""
    logout(request)
    return redirect("accounts:sign-in")


@never_cache
@sensitive_post_parameters()
@accounts.require(stale_password_ok=True)
def password(request: HttpRequest) -> HttpResponse:
    """Change one's own password; the only page that works before the first change."""
    form = PasswordForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            people_services.change_own_password(
                request.user.pk, old=data["old"], new=data["new"], by=request.actor, at=timezone.now()
            )
        except people_services.WrongPassword as wrong:
            form.add_error("old", str(wrong))
        except rules.WeakPassword as weak:
            form.add_error("new", str(weak))
        else:
            request.user.refresh_from_db()
            update_session_auth_hash(request, request.user)
            messages.success(request, "密码已修改")
            return redirect("/")
    first = request.user.must_change_password
    return render(
        request, "accounts/password.html", {"form": form, "first": first}, status=422 if form.is_bound else 200
    )
