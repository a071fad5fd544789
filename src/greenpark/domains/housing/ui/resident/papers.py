"""Documents for staff: issue, look up, fetch, withdraw; templates to edit in WPS."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from greenpark.domains.accounts import facade as accounts
from greenpark.domains.housing.contracts import HousingError
from greenpark.domains.housing.services import documents, residents
from greenpark.domains.housing.services.paper_fields import KINDS
from greenpark.domains.housing.ui.resident.common import DOCX, download, now

_KEYS = {"application": "申请编号", "publicity": "公示序号", "draw": "摇号序号"}


def _choices(request: HttpRequest) -> list[dict[str, str]]:
    """The kinds that this person may issue, with what each is issued for."""
    return [
        {"code": code, "title": kind.title, "key": _KEYS[kind.subject]}
        for code, kind in KINDS.items()
        if request.actor.may(kind.permission)
    ]


@require_GET
@accounts.require("housing.view")
def listing(request: HttpRequest) -> HttpResponse:
    kind = request.GET.get("kind", "")
    kind = kind if kind in KINDS else ""
    rows = accounts.paged(
        request, lambda offset, limit: documents.listing(request.actor, kind=kind, offset=offset, limit=limit)
    )
    context = {
        "page": rows, "kinds": KINDS, "kind": kind, "choices": _choices(request),
        "may_apply": request.actor.may("housing.apply"),
        "may_configure": request.actor.may("housing.configure"), "typed": request.GET,
    }  # fmt: skip
    return render(request, "housing/papers.html", context)


@require_POST
@accounts.require("housing.view")
def issue(request: HttpRequest) -> HttpResponse:
    """Issue a document; each kind asks for its own permission."""
    kind, key = request.POST.get("kind", ""), request.POST.get("key", "")
    try:
        made = documents.issue(kind, key, base=request.build_absolute_uri("/"), by=request.actor, at=now())
    except HousingError as fault:
        messages.error(request, str(fault))
        return redirect("housing:papers")
    messages.success(
        request, f"已开具{made.title} {made.number}" + ("" if made.has_pdf else "（本机没有 LibreOffice，只有 Word）")
    )
    return redirect(f"{reverse('housing:papers')}?kind={made.kind}")


@require_POST
@accounts.require("housing.apply")
def renew_code(request: HttpRequest) -> HttpResponse:
    """A new query code for a family that lost its own; shown in the answer, once."""
    number = request.POST.get("number", "").strip().upper()
    try:
        code = residents.renew_code(number, proof=request.POST.get("proof", ""), by=request.actor, at=now())
    except HousingError as fault:
        messages.error(request, str(fault))
        return redirect("housing:papers")
    response = render(
        request, "housing/new_code.html", {"number": number, "code": " ".join(code[n : n + 4] for n in range(0, 16, 4))}
    )
    response["Cache-Control"] = "no-store"
    return response


@accounts.require("housing.view")
def paper(request: HttpRequest, code: str, form: str) -> HttpResponse:
    """GET: the file. POST with ``withdraw``: no longer valid from now on."""
    if form not in ("docx", "pdf"):
        raise Http404("只有 docx 与 pdf")
    if request.method == "POST":
        try:
            documents.withdraw(code, reason=request.POST.get("reason", ""), by=request.actor, at=now())
            messages.success(request, "文书已撤销，验证页即刻显示")
        except HousingError as fault:
            messages.error(request, str(fault))
        return redirect("housing:papers")
    view, content = documents.file_for(request.actor, code, form)
    kind = "application/pdf" if form == "pdf" else DOCX
    return download(content, f"{view.title}-{view.number}.{form}", kind)


@require_GET
@accounts.require("housing.configure")
def templates(request: HttpRequest) -> HttpResponse:
    return render(request, "housing/paper_templates.html", {"rows": documents.templates(request.actor)})


@require_GET
@accounts.require("housing.configure")
def template_file(request: HttpRequest, kind: str) -> HttpResponse:
    content = documents.template_file(kind, by=request.actor)
    return download(content, f"模板-{documents.TEMPLATES[kind]}.docx", DOCX)


@require_POST
@accounts.require("housing.configure")
def template_upload(request: HttpRequest, kind: str) -> HttpResponse:
    """An edited template; tried before it is taken."""
    given = request.FILES.get("file")
    try:
        if given is None:
            raise HousingError("还没有选择文件")
        version = documents.save_template(
            kind, given.read(), note=request.POST.get("note", ""), by=request.actor, at=now()
        )
        messages.success(request, f"模板已更换为第 {version} 版，以后开具的文书使用新模板")
    except HousingError as fault:
        messages.error(request, str(fault))
    return redirect("housing:paper-templates")
