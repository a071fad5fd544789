"""What everybody may read: announcements, public lists, draws and their check, the verification script."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_GET, require_POST

from greenpark.domains.accounts import facade as accounts
from greenpark.domains.housing.contracts import HousingError
from greenpark.domains.housing.rules import forms as words
from greenpark.domains.housing.selectors import public
from greenpark.domains.housing.services import draws, residents
from greenpark.domains.housing.ui.resident.common import (
    SIZE_COOKIE,
    admit,
    back,
    download,
    now,
    origin,
    page,
    today,
)


@require_GET
@accounts.public
def announcements(request: HttpRequest) -> HttpResponse:
    """All announcements, open ones first."""
    day = today()
    rows = [{"batch": b, "open": b.open_on(day), "soon": day < b.register_from} for b in public.batches()]
    rows.sort(key=lambda r: (not r["open"], not r["soon"]))
    return page(request, "list.html", {"rows": rows})


@require_GET
@accounts.public
def announcement(request: HttpRequest, announcement_id: int) -> HttpResponse:
    batch, day = public.batch(announcement_id), today()
    context = {
        "batch": batch, "open": batch.open_on(day), "soon": day < batch.register_from,
        "mode": words.MODES[batch.mode], "online": batch.mode != "offline",
        "publicities": public.publicities(batch.id, day), "draws": public.draws(batch.id),
    }  # fmt: skip
    return page(request, "announcement.html", context)


@accounts.public
def start(request: HttpRequest, announcement_id: int) -> HttpResponse:
    """Before the application: what is needed and what happens to the data. POST opens a draft and shows the query
    code, this once."""
    batch = public.batch(announcement_id)
    context = {"batch": batch, "kinds": words.DOCUMENTS.values(), "open": batch.open_on(today()),
               "most_mb": words.MAX_BYTES // 1024 // 1024}  # fmt: skip
    if request.method != "POST":
        return page(request, "start.html", context)
    if not request.POST.get("agree"):
        errors = [("agree", "请先阅读个人信息说明并勾选同意")]
        return page(request, "start.html", {**context, "errors": errors}, 422)
    try:
        made = residents.start(announcement_id, origin=origin(request), at=now())
    except HousingError as fault:
        status = 429 if isinstance(fault, residents.TooMany) else 422
        return page(request, "start.html", {**context, "errors": [("", str(fault))]}, status)
    admit(request, residents.enter(made.number, made.code, origin=origin(request), at=now()))
    groups = " ".join(made.code[n : n + 4] for n in range(0, 16, 4))
    return page(request, "code.html", {"number": made.number, "code": groups, "batch": batch})


@require_GET
@accounts.public
def publicity(request: HttpRequest, publicity_id: int) -> HttpResponse:
    """The public list while it is up; afterwards only that it was there."""
    row, day = public.publicity(publicity_id), today()
    up = row.state == "open" and row.start <= day <= row.end
    return page(
        request, "publicity.html", {"row": row, "up": up, "batch": row.announcement.project}, 200 if up else 410
    )


@require_GET
@accounts.public
def draw(request: HttpRequest, draw_id: int) -> HttpResponse:
    """公平性验证: digests, seed, contributions, the check of a number, the downloads."""
    row = public.draw(draw_id)
    number = request.GET.get("number", "").strip()
    findings = public.recomputed(row) if row.state == "drawn" else None
    context = {
        "batch": row.announcement.project, "row": row, "parts": row.parts.all(), "findings": findings,
        "recomputed": findings is not None,
        "number": number[:40], "check": public.check_number(row, number) if number and row.seed else None,
        "most": public.RECOMPUTED_AT_MOST,
    }  # fmt: skip
    return page(request, "draw.html", context)


@require_GET
@accounts.public
def draw_package(request: HttpRequest, draw_id: int) -> HttpResponse:
    row = public.draw(draw_id)
    if not row.package:
        return page(request, "gone.html", {"title": "还没有验证包", "why": "摇号尚未进行或已经作废。"}, 404)
    return download(bytes(row.package), f"摇号验证包-{row.name}.zip", "application/zip")


@require_GET
@accounts.public
def script(request: HttpRequest) -> HttpResponse:
    """The stand-alone verifier, as printed in the result bulletin."""
    return download(draws.VERIFIER.read_bytes(), "verify_draw.py", "text/x-python; charset=utf-8")


@require_POST
@accounts.public
def size(request: HttpRequest) -> HttpResponse:
    """适老 switch: large type, kept for a year on this device."""
    response = back(request, "housing:public")
    wanted = "large" if request.POST.get("size") == "large" else "normal"
    response.set_cookie(SIZE_COOKIE, wanted, max_age=365 * 86400, samesite="Lax", httponly=True)
    return response
