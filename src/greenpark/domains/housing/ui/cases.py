"""Applications: list, counter form, card, documents, clear text with purpose."""

from __future__ import annotations

import dataclasses
from decimal import Decimal, InvalidOperation
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from greenpark.domains.accounts import facade as accounts
from greenpark.domains.housing import facade
from greenpark.domains.housing.contracts import ApplicationDraft, HomeDraft, HousingError, PersonDraft
from greenpark.domains.housing.ui import common, workbook
from greenpark.domains.housing.ui.acts_cases import ACTS

TABS = (
    ("", "全部"),
    ("submitted", "待受理"),
    ("supplement", "待补录"),
    ("under_review", "联审中"),
    ("pooled", "轮候待公示"),
    ("in_publicity,objected", "公示中"),
    ("deposit_due,deposit_paid", "定金"),
    ("on_selection_list,chosen,contracted", "选房签约"),
    ("handed_over", "已交房"),
    ("not_accepted,refused,withdrawn,disqualified,exited", "已结束"),
)
LEVELS = {
    "draft": "none", "submitted": "info", "supplement": "warn", "not_accepted": "none", "under_review": "info",
    "refused": "none", "pooled": "ok", "in_publicity": "info", "objected": "bad", "deposit_due": "warn",
    "deposit_paid": "ok", "on_selection_list": "warn", "chosen": "ok", "contracted": "ok", "handed_over": "ok",
    "withdrawn": "none", "disqualified": "bad", "exited": "none",
}  # fmt: skip
CHILDREN = 4


@require_GET
@accounts.require("housing.view")
def listing(request: HttpRequest) -> HttpResponse:
    """Cases with status tabs and filters; the export holds what is filtered, masked."""
    state, q = request.GET.get("state", ""), request.GET.get("q", "")
    batch = common.number_or_none(request.GET.get("announcement", ""))
    if request.GET.get("export") == "xlsx":
        request.actor.need("housing.export")
        rows, _ = facade.cases.applications(request.actor, state=state, announcement=batch, q=q, limit=None)
        return common.download(workbook.cases(rows, request.actor.name, common.now()), "配售型住房申请.xlsx")
    page = accounts.paged(
        request,
        lambda offset, limit: facade.cases.applications(
            request.actor, state=state, announcement=batch, q=q, offset=offset, limit=limit
        ),
    )
    counts = facade.cases.state_counts(request.actor, announcement=batch, q=q)
    query = request.GET.copy()
    query["export"] = "xlsx"
    context = {
        "page": page,
        "rows": [(a, LEVELS[a.state]) for a in page.object_list],
        "tabs": common.tabs(request, TABS, counts),
        "announcements": facade.supply.announcements(request.actor),
        "filters": request.GET,
        "counts": counts,
        "export": f"?{query.urlencode()}",
        "may_apply": request.actor.may("housing.apply"),
        "overdue": len(facade.cases.overdue(request.actor, common.today())),
    }
    return render(request, "housing/cases.html", context)


@require_GET
@accounts.require("housing.view")
def card(request: HttpRequest, number: str) -> HttpResponse:
    """One application: people masked, findings, reviews, documents, timeline, and what can be done now."""
    found = facade.cases.application(request.actor, number)
    acts = [_with_homes(a, request, found.project_id) for a in common.offered(ACTS, request.actor, found.state)]
    context = {
        "a": found,
        "level": LEVELS[found.state],
        "documents": [(d, facade.DOCUMENTS[d.kind][0]) for d in facade.cases.documents(request.actor, number)],
        "events": facade.cases.history(request.actor, number),
        "check": facade.cases.verify(f"application:{found.id}"),
        "objections": facade.cases.objections(request.actor, number=number),
        "payments": facade.supply.payments(request.actor, number),
        "sale": facade.supply.sale_of(request.actor, number),
        "acts": [(a, reverse(ROUTES[a.permission], args=[number, a.name])) for a in acts],
        "may_unmask": request.actor.may("housing.unmask"),
        "may_decide": request.actor.may("housing.accept"),
        "may_edit": request.actor.may("housing.apply") and found.state in ("draft", "supplement"),
        "today": common.today().isoformat(),
    }
    return render(request, "housing/case.html", context)


ROUTES = {
    "housing.accept": "housing:case-office",
    "housing.manage": "housing:case-sale",
    "housing.apply": "housing:case-counter",
}


def _with_homes(act: common.Act, request: HttpRequest, project_id: int) -> common.Act:
    """Selects that depend on the project get their choices."""
    if act.name != "choose":
        return act
    homes = facade.supply.homes(request.actor, project_id=project_id, state="for_sale")
    choices = tuple((str(h.id), f"{h.code}　{h.area_m2} m²") for h in homes)
    inputs = tuple(dataclasses.replace(i, choices=choices) if i.name == "home" else i for i in act.inputs)
    return dataclasses.replace(act, inputs=inputs)


def _do(request: HttpRequest, number: str, act: str, permission: str) -> HttpResponse:
    back = reverse("housing:case", args=[number])
    return common.perform(request, ACTS, act, number, back, permission=permission)


@require_POST
@accounts.require("housing.accept")
def office(request: HttpRequest, number: str, act: str) -> HttpResponse:
    """Acts of the housing bureau."""
    return _do(request, number, act, "housing.accept")


@require_POST
@accounts.require("housing.manage")
def sale(request: HttpRequest, number: str, act: str) -> HttpResponse:
    """Acts of the manager."""
    return _do(request, number, act, "housing.manage")


@require_POST
@accounts.require("housing.apply")
def counter(request: HttpRequest, number: str, act: str) -> HttpResponse:
    """Acts at the counter on behalf of the family."""
    return _do(request, number, act, "housing.apply")


def _typed(post: Any) -> ApplicationDraft:
    people = []
    for n in range(2 + CHILDREN):
        relation = ("applicant", "spouse")[n] if n < 2 else "child"
        name, number = post.get(f"name-{n}", "").strip(), post.get(f"identity-{n}", "").strip()
        if name or number:
            people.append(
                PersonDraft(relation, name, number, post.get(f"phone-{n}", "").strip(), bool(post.get(f"consent-{n}")))
            )
    homes = []
    for n in range(3):
        district, area = post.get(f"district-{n}", "").strip(), post.get(f"area-{n}", "").strip()
        if district or area:
            homes.append(HomeDraft(district, _decimal(area), _decimal(post.get(f"share-{n}", "") or "1")))
    yes_no = {"yes": True, "no": False}
    return ApplicationDraft(
        tuple(people), bool(post.get("married")), post.get("hukou_district", ""),
        yes_no.get(post.get("lives_locally", "")), yes_no.get(post.get("rents_public", "")), tuple(homes),
        (), post.get("address", ""),
    )  # fmt: skip


def _decimal(text: str) -> Decimal:
    try:
        return Decimal(text)
    except InvalidOperation:
        return Decimal(0)


@require_http_methods(["GET", "POST"])
@accounts.require("housing.apply")
def new(request: HttpRequest) -> HttpResponse:
    """The counter form: the clerk types for the family. Keeps what was typed when something is wrong."""
    return _form(request, "")


@require_http_methods(["GET", "POST"])
@accounts.require("housing.apply")
def edit(request: HttpRequest, number: str) -> HttpResponse:
    """Type a draft or a supplement again; personal data is never sent back to the form."""
    request.actor.need("housing.apply")
    facade.cases.editable(request.actor, number)
    return _form(request, number)


def _form(request: HttpRequest, number: str) -> HttpResponse:
    errors: dict[str, str] = {}
    problem = ""
    if request.method == "POST":
        try:
            at = common.now()
            batch = common.number_or_none(request.POST.get("announcement", "")) or 0
            target, code = facade.applications.type_in(number, batch, _typed(request.POST), by=request.actor, at=at)
            words = f"已保存 {target}" + (f"；查询码 {code}，只显示这一次，请抄给申请家庭" if code else "")
            messages.success(request, words)
            return HttpResponseRedirect(reverse("housing:case", args=[target]))
        except HousingError as refused:
            problem, errors = str(refused), refused.errors
    rows = [
        {
            "n": n,
            "title": ("主申请人", "配偶")[n] if n < 2 else f"未成年子女 {n - 1}",
            "values": {k: request.POST.get(f"{k}-{n}", "") for k in ("name", "identity", "phone", "consent")},
        }
        for n in range(2 + CHILDREN)
    ]
    homes = [{"n": n, **{k: request.POST.get(f"{k}-{n}", "") for k in ("district", "area", "share")}} for n in range(3)]
    context = {
        "number": number, "rows": rows, "homes": homes, "problem": problem, "errors": errors, "values": request.POST,
        "announcements": [b for b in facade.supply.announcements(request.actor) if b.state == "published"],
    }  # fmt: skip
    return render(request, "housing/case_form.html", context, status=422 if problem else 200)


@require_POST
@accounts.require("housing.unmask")
def unmask(request: HttpRequest, number: str, member: int) -> HttpResponse:
    """One field of one person in clear, for a stated purpose; the answer is not stored anywhere."""
    try:
        shown = facade.applications.unmask(
            number, member, field=request.POST.get("field", ""), purpose=request.POST.get("purpose", ""),
            by=request.actor, at=common.now(),
        )  # fmt: skip
    except HousingError as refused:
        messages.error(request, str(refused))
        return HttpResponseRedirect(reverse("housing:case", args=[number]))
    response = render(request, "housing/unmasked.html", {"number": number, "shown": shown})
    response["Cache-Control"] = "no-store"
    return response


@require_GET
@accounts.require("housing.unmask")
def document(request: HttpRequest, number: str, document: int) -> HttpResponse:
    """An uploaded document, decrypted for somebody who may see personal data; audited."""
    name, kind, content = facade.applications.open_document(number, document, by=request.actor, at=common.now())
    return common.download(content, name, kind)


@require_POST
@accounts.require("housing.accept")
def objection(request: HttpRequest, objection: int) -> HttpResponse:
    """Decide one objection."""
    back = reverse("housing:publicity")
    try:
        facade.waiting.decide_objection(
            objection, upheld=request.POST.get("outcome") == "upheld", opinion=request.POST.get("opinion", ""),
            by=request.actor, at=common.now(),
        )  # fmt: skip
        messages.success(request, "异议已处理")
    except HousingError as refused:
        messages.error(request, str(refused))
    return HttpResponseRedirect(back)
