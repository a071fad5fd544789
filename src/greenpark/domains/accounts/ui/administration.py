"""Pages of the system: people, roles, organisations."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from greenpark.domains.accounts import facade as accounts
from greenpark.domains.accounts import rules
from greenpark.domains.accounts.contracts import ORGANISATION_KINDS, NotAllowed
from greenpark.domains.accounts.facade.paging import paged
from greenpark.domains.accounts.selectors import audit as audit_selectors
from greenpark.domains.accounts.selectors import people as selectors
from greenpark.domains.accounts.services import organisations as organisation_services
from greenpark.domains.accounts.services import people as services
from greenpark.domains.accounts.ui.forms import OrganisationForm, PersonForm, ResetForm, RoleForm


@accounts.require("accounts.view")
def people(request: HttpRequest) -> HttpResponse:
    """List of people with status tabs and search."""
    query, role, state = (request.GET.get(k, "") for k in ("q", "role", "state"))
    active = {"active": True, "inactive": False}.get(state)
    page = paged(
        request,
        lambda offset, limit: selectors.people(
            request.actor, query=query, role=role, active=active, offset=offset, limit=limit
        ),
    )
    counts = selectors.people_counts(request.actor)
    tabs = [
        {"label": label, "count": count, "href": f"?state={key}" if key else "?", "on": state == key}
        for key, label, count in (
            ("", "全部", sum(counts.values())),
            ("active", "启用", counts["active"]),
            ("inactive", "停用", counts["inactive"]),
        )
    ]
    context = {"page": page, "tabs": tabs, "q": query, "role": role, "state": state, "roles": rules.ROLES}
    return render(request, "accounts/people.html", context)


@sensitive_post_parameters("password")
@accounts.require("accounts.administer")
def person_new(request: HttpRequest) -> HttpResponse:
    """Open an account."""
    organisations = selectors.organisations(request.actor, active_only=True)
    form = PersonForm(request.POST or None, organisations=organisations, new=True)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            person_id = services.create_person(
                username=data["username"],
                name=data["name"],
                organisation_id=data["organisation"],
                password=data["password"],
                phone=data["phone"],
                by=request.actor,
                at=timezone.now(),
            )
        except services.AccountTaken as taken:
            form.add_error("username", str(taken))
        except rules.WeakPassword as weak:
            form.add_error("password", str(weak))
        else:
            messages.success(request, f"已开通「{data['name']}」的账号，首次登录须修改密码；角色由安全管理员授予")
            return redirect("accounts:person", person_id)
    return _form(request, form, "新建用户", "开通账号", "accounts:people", "用户")


@accounts.require("accounts.view")
def person(request: HttpRequest, person_id: int) -> HttpResponse:
    """A person: what is known, roles, history; the form of basic data for administrators."""
    view = selectors.person(request.actor, person_id)
    may_change = request.actor.may("accounts.administer")
    organisations = selectors.organisations(request.actor)
    initial = {
        "name": view.name,
        "organisation": view.organisation_id,
        "is_active": view.active,
        "phone": selectors.person_phone(person_id) if may_change else "",
    }
    form = PersonForm(request.POST or None, organisations=organisations, new=False, initial=initial)
    if request.method == "POST":
        request.actor.need("accounts.administer")
        if form.is_valid():
            data = form.cleaned_data
            services.change_person(
                person_id,
                name=data["name"],
                organisation_id=data["organisation"],
                phone=data["phone"],
                is_active=data["is_active"],
                by=request.actor,
                at=timezone.now(),
            )
            messages.success(request, f"已保存「{data['name']}」的资料")
            return redirect("accounts:person", person_id)
    context = {
        "person": view,
        "form": form if may_change else None,
        "reset": ResetForm() if may_change else None,
        "role_form": RoleForm(organisations=organisations) if request.actor.may("accounts.authorise") else None,
        "history": audit_selectors.history_of(f"person:{person_id}", limit=20),
    }
    return render(request, "accounts/person.html", context, status=422 if form.is_bound else 200)


@require_POST
@sensitive_post_parameters("password")
@accounts.require("accounts.administer")
def person_password(request: HttpRequest, person_id: int) -> HttpResponse:
    """Set a new initial password."""
    view = selectors.person(request.actor, person_id)
    try:
        services.reset_password(
            person_id, password=request.POST.get("password", ""), by=request.actor, at=timezone.now()
        )
    except rules.WeakPassword as weak:
        messages.error(request, f"密码未重置：{weak}")
    else:
        messages.success(request, f"已重置「{view.name}」的密码，本人下次登录须修改")
    return redirect("accounts:person", person_id)


@require_POST
@accounts.require("accounts.authorise")
def person_roles(request: HttpRequest, person_id: int) -> HttpResponse:
    """Give a role or change its scope."""
    view = selectors.person(request.actor, person_id)
    form = RoleForm(request.POST, organisations=selectors.organisations(request.actor))
    if not form.is_valid():
        messages.error(request, "角色未授予：" + "；".join(e for errors in form.errors.values() for e in errors))
        return redirect("accounts:person", person_id)
    data = form.cleaned_data
    try:
        services.assign_role(
            person_id,
            data["role"],
            scope=data["scope"] or None,
            organisations=data["organisations"],
            by=request.actor,
            at=timezone.now(),
        )
    except (ValueError, NotAllowed) as refused:
        messages.error(request, f"角色未授予：{refused}")
    else:
        messages.success(request, f"已授予「{view.name}」角色「{rules.role(data['role']).name}」")
    return redirect("accounts:person", person_id)


@require_POST
@accounts.require("accounts.authorise")
def person_role_revoke(request: HttpRequest, person_id: int) -> HttpResponse:
    """Take a role back."""
    view = selectors.person(request.actor, person_id)
    role = request.POST.get("role", "")
    try:
        services.revoke_role(person_id, role, by=request.actor, at=timezone.now())
    except NotAllowed as refused:
        messages.error(request, str(refused))
    else:
        held = rules.ROLE[role].name if role in rules.ROLE else role
        messages.success(request, f"已收回「{view.name}」的角色「{held}」")
    return redirect("accounts:person", person_id)


@accounts.require("accounts.view")
def roles(request: HttpRequest) -> HttpResponse:
    """The table of roles: what each may do, its usual scope, how many hold it."""
    known, held = accounts.known_permissions(), selectors.holders()
    rows = [
        {
            "role": role,
            "scope": rules.SCOPE_NAMES[role.scope],
            "permissions": [(n, known[n]) for n in sorted(rules.permissions_of([role.code], known))],
            "excludes": [rules.ROLE[code].name for code in role.excludes],
            "people": held.get(role.code, 0),
        }
        for role in rules.ROLES
    ]
    return render(request, "accounts/roles.html", {"rows": rows, "scopes": rules.SCOPE_NAMES})


@accounts.require("accounts.view")
def organisations(request: HttpRequest) -> HttpResponse:
    """The tree of organisations, searched by name or code."""
    query, kind = request.GET.get("q", "").strip(), request.GET.get("kind", "")
    rows = [
        o
        for o in selectors.organisations(request.actor)
        if (not query or query in o.name or query.lower() in o.code.lower()) and (not kind or o.kind == kind)
    ]
    page = paged(request, lambda offset, limit: (rows[offset : offset + limit], len(rows)), size=100)
    context = {"page": page, "q": query, "kind": kind, "kinds": ORGANISATION_KINDS}
    return render(request, "accounts/organisations.html", context)


@accounts.require("accounts.administer")
def organisation_new(request: HttpRequest) -> HttpResponse:
    """Add an organisation."""
    form = OrganisationForm(request.POST or None, organisations=selectors.organisations(request.actor), new=True)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            organisation_services.create_organisation(
                code=data["code"],
                name=data["name"],
                kind=data["kind"],
                parent_id=data["parent"],
                by=request.actor,
                at=timezone.now(),
            )
        except organisation_services.NotAnOrganisation as wrong:
            form.add_error("code", str(wrong))
        else:
            messages.success(request, f"已新增组织「{data['name']}」")
            return redirect("accounts:organisations")
    return _form(request, form, "新增组织", "保存", "accounts:organisations", "组织")


@accounts.require("accounts.administer")
def organisation(request: HttpRequest, organisation_id: int) -> HttpResponse:
    """Rename, move or deactivate an organisation."""
    view = selectors.organisation(request.actor, organisation_id)
    form = OrganisationForm(
        request.POST or None,
        organisations=selectors.organisations(request.actor),
        new=False,
        initial={"name": view.name, "parent": view.parent_id, "active": view.active},
    )
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            organisation_services.change_organisation(
                organisation_id,
                name=data["name"],
                parent_id=data["parent"],
                active=data["active"],
                by=request.actor,
                at=timezone.now(),
            )
        except organisation_services.NotAnOrganisation as wrong:
            form.add_error("parent", str(wrong))
        else:
            messages.success(request, f"已保存组织「{data['name']}」")
            return redirect("accounts:organisations")
    return _form(request, form, view.name, "保存", "accounts:organisations", "组织")


def _form(request: HttpRequest, form: Any, heading: str, verb: str, back: str, back_name: str) -> HttpResponse:
    context = {"form": form, "heading": heading, "verb": verb, "back": back, "back_name": back_name}
    return render(request, "accounts/form.html", context, status=422 if form.is_bound else 200)
