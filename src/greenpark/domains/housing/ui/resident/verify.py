"""Public check of issued documents: what a QR code stands for, and whether a file or digest is the registered one."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods

from greenpark.domains.accounts import facade as accounts
from greenpark.domains.housing.contracts import HousingError, NotFound
from greenpark.domains.housing.services import documents
from greenpark.domains.housing.ui.resident.common import page

MOST_MB = 20


@require_http_methods(["GET", "POST"])
@accounts.public
def ask(request: HttpRequest) -> HttpResponse:
    """Type the code under the QR code."""
    typed = request.POST.get("code", "").strip().upper().replace(" ", "")
    if request.method == "POST" and typed.isalnum() and len(typed) <= 16:
        return redirect("housing:verify", code=typed)
    errors = [("code", "请输入文书上的 12 位验证码")] if request.method == "POST" else []
    return page(request, "verify_ask.html", {"errors": errors, "typed": typed}, 422 if errors else 200)


@require_http_methods(["GET", "POST"])
@accounts.public
def verify(request: HttpRequest, code: str) -> HttpResponse:
    """What the code stands for; POST compares an uploaded file or a pasted digest. The upload is not kept."""
    try:
        paper = documents.verified(code)
    except NotFound:
        return page(request, "verify_none.html", {"code": code[:16]}, 404)
    context: dict[str, Any] = {"paper": paper, "most_mb": MOST_MB}
    status = 200
    if request.method == "POST":
        try:
            context["answer"] = _compare(request, code)
        except HousingError as fault:
            context["errors"], status = [("digest", str(fault))], 422
    return page(request, "verify.html", context, status)


def _compare(request: HttpRequest, code: str) -> documents.Comparison:
    given = request.FILES.get("file")
    if given is not None:
        if given.size > MOST_MB * 1024 * 1024:
            raise HousingError(f"文件超过 {MOST_MB} MB，不会是本系统开具的文书")
        return documents.compare_file(code, given.read())
    return documents.compare_digest(code, request.POST.get("digest", ""))
