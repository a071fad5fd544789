"""The family's own case: look-up by number and query code, progress, notices, withdrawal, rank, slot, proxy."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from greenpark.domains.accounts import facade as accounts
from greenpark.domains.accounts.contracts import Actor
from greenpark.domains.housing.contracts import ApplicationView, HousingError, NotFound
from greenpark.domains.housing.rules import forms as words
from greenpark.domains.housing.selectors import cases, public
from greenpark.domains.housing.services import applications, documents, residents, selection
from greenpark.domains.housing.ui.resident import forms
from greenpark.domains.housing.ui.resident.common import (
    CASE,
    DOCX,
    admit,
    download,
    now,
    origin,
    own_case,
    page,
    today,
)

#: The five steps of the bar and the states in each.
STEPS = (
    ("申请", ("draft", "submitted", "supplement")),
    ("审核", ("under_review", "pooled")),
    ("公示", ("in_publicity", "objected")),
    ("摇号", ("deposit_due", "deposit_paid")),
    ("选房", ("on_selection_list", "chosen", "contracted", "handed_over")),
)
ENDED = ("not_accepted", "refused", "withdrawn", "disqualified", "exited")
#: What is said under the state: what happens now and what the family has to do.
NEXT = {
    "draft": "还没有提交。填完各步后在「核对提交」中提交。",
    "submitted": "已收到申请，等待受理。材料齐全且符合规定的，予以受理。",
    "supplement": "材料还不齐，请按下面的要求补录后重新提交。",
    "under_review": "有关部门正在联合审核，不需要您办理。",
    "pooled": "审核已通过，已进入轮候库，等待公示。",
    "in_publicity": "正在公示，共 7 个工作日。公示无异议的，通知缴纳认购定金。",
    "objected": "公示期收到异议，正在核实，结果会告知您。",
    "deposit_due": "公示已满，请按通知到项目管理单位缴纳认购定金。",
    "deposit_paid": "定金已收，等待摇号。摇号过程公开，任何人都可以复算。",
    "on_selection_list": "已入围选房，请预约选房时间并按时到场；不参加选房将被取消准购资格，1 年内不得再申请。",
    "chosen": "已选定住房，请按通知签订买卖合同。",
    "contracted": "合同已签，请按约定结清房款；享受公租房、保租房的，进户前须先退出。",
    "handed_over": "已交房。本住房实行封闭管理，不得变更为商品住房上市交易。",
    "not_accepted": "不予受理，理由见下。符合条件后可以重新申请。",
    "refused": "审核没有通过，理由见下。",
    "withdrawn": "您已退出本次申请；符合条件的，以后可以重新申请。",
    "disqualified": "因未参加选房，已取消准购资格，1 年内不得再次申请。",
    "exited": "本次申请视为退出，理由见下。",
}
#: Events that the family reads; opinions of those without a star may name others and are not shown.
SHOWN = {
    "start": False, "submit": False, "ask_supplement": True, "supplement": False, "accept": False,
    "not_accept": True, "refuse": True, "qualify": False, "publish": False, "object": False,
    "dismiss_objection": False, "uphold_objection": True, "clear": False, "pay_deposit": False, "ranked": False,
    "list": False, "stay_waiting": False, "book": False, "absent": False, "choose": False, "no_show": True,
    "contract": False, "pay": False, "rental": False, "hand_over": False, "withdraw": False, "exit": True,
    "refund": False,
}  # fmt: skip
_BOOKABLE = "on_selection_list"


@require_http_methods(["GET", "POST"])
@accounts.public
def enter(request: HttpRequest) -> HttpResponse:
    """Into one's own case; failures are counted."""
    form = forms.EnterForm(request.POST or None)
    status, errors = 200, []
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                actor = residents.enter(
                    form.cleaned_data["number"], form.cleaned_data["code"], origin=origin(request), at=now()
                )
            except residents.TooMany as fault:
                status, errors = 429, [("", str(fault))]
            except NotFound as fault:
                errors = [("id_number", str(fault))]
            else:
                admit(request, actor)
                return redirect("housing:my")
        errors += [(form[n].id_for_label, m) for n, found in form.errors.items() for m in found]
    return page(request, "enter.html", {"form": form, "errors": errors}, status)


@require_POST
@accounts.public
def leave(request: HttpRequest) -> HttpResponse:
    """Leave the case on this device."""
    request.session.pop(CASE, None)
    request.session.cycle_key()
    return redirect("housing:public")


def _bar(state: str, events: list[Any]) -> list[dict[str, Any]]:
    """The steps with what is done; an ended case stops where it was."""
    reached = [e.origin for e in events if e.target == state] if state in ENDED else [state]
    where = next((n for n, (_, states) in enumerate(STEPS) if set(reached) & set(states)), 0)
    return [
        {"title": title, "n": n + 1, "done": n < where or state == "handed_over", "on": n == where,
         "ended": state in ENDED and n == where}
        for n, (title, _) in enumerate(STEPS)
    ]  # fmt: skip


def _notices(by: Actor, number: str) -> list[dict[str, Any]]:
    """Newest first; only what concerns the family, without what bureaus found about anybody."""
    rows = [e for e in cases.history(by, number) if e.action in SHOWN]
    return [
        {"at": e.at, "title": e.title, "article": e.article, "opinion": e.opinion if SHOWN[e.action] else "",
         "deadline": e.deadline, "origin": e.origin, "target": e.target}
        for e in reversed(rows)
    ]  # fmt: skip


def _frame(by: Actor) -> tuple[ApplicationView, dict[str, Any]]:
    case = cases.own(by)
    return case, {"case": case, "batch": public.batch(case.announcement_id), "next": NEXT.get(case.state, "")}


@require_GET
@own_case
def progress(request: HttpRequest, by: Actor) -> HttpResponse:
    """Where the case stands, in one page."""
    case, context = _frame(by)
    history = cases.history(by, case.number)
    ranks = public.own_ranks(by)
    live = [r for r in ranks if r.draw.state == "drawn"]
    ended = case.state in ENDED
    context |= {
        "bar": _bar(case.state, history), "ended": ended, "rank": live[0] if live else None, "ranks": live,
        "booking": public.booking(by), "sale": public.sale(by), "notices": _notices(by, case.number)[:4],
        "editable": case.state in ("draft", "supplement"), "papers": documents.of_application(by),
        "can_withdraw": any(name == "withdraw" for name, _, _ in case.moves),
        "level": "bad" if ended else "ok" if live or case.state in ("chosen", "contracted", "handed_over") else "info",
        "bookable": case.state == _BOOKABLE,
    }  # fmt: skip
    return page(request, "progress.html", context)


@require_GET
@own_case
def sent(request: HttpRequest, by: Actor) -> HttpResponse:
    _, context = _frame(by)
    return page(request, "sent.html", context)


@require_GET
@own_case
def notices(request: HttpRequest, by: Actor) -> HttpResponse:
    case, context = _frame(by)
    context |= {"notices": _notices(by, case.number), "papers": documents.of_application(by)}
    return page(request, "notices.html", context)


@require_GET
@own_case
def upload(request: HttpRequest, by: Actor, document_id: int) -> HttpResponse:
    """One's own uploaded document, for thumbnails and checking."""
    _, kind, content = cases.document_content(by, cases.own(by).number, document_id)
    response = HttpResponse(content, content_type=kind if kind in words.CONTENT_TYPES else "application/octet-stream")
    response["Content-Disposition"] = "inline"
    response["Cache-Control"] = "no-store"
    return response


@require_GET
@own_case
def paper(request: HttpRequest, by: Actor, code: str) -> HttpResponse:
    """A document issued to this family."""
    found = next((p for p in documents.of_application(by) if p.code == code), None)
    if found is None:
        raise Http404("没有这份文书")
    wanted = "pdf" if request.GET.get("form") == "pdf" and found.has_pdf else "docx"
    kind = "application/pdf" if wanted == "pdf" else DOCX
    return download(documents.content(code, wanted), f"{found.title}-{found.number}.{wanted}", kind)


@require_http_methods(["GET", "POST"])
@own_case
def withdraw(request: HttpRequest, by: Actor) -> HttpResponse:
    """Leave the application, after a page that says what it means."""
    case, context = _frame(by)
    if not any(name == "withdraw" for name, _, _ in case.moves):
        return redirect("housing:my")
    form = forms.WithdrawForm(request.POST or None)
    errors: list[tuple[str, str]] = []
    if request.method == "POST":
        if form.is_valid():
            try:
                applications.withdraw(case.number, reason=form.cleaned_data["reason"], by=by, at=now())
                return redirect("housing:my")
            except HousingError as fault:
                errors = [("", str(fault))]
        errors += [(form[n].id_for_label, m) for n, found in form.errors.items() for m in found]
    context |= {"form": form, "errors": errors}
    return page(request, "withdraw.html", context, 422 if errors else 200)


@require_GET
@own_case
def rank(request: HttpRequest, by: Actor) -> HttpResponse:
    """My place, and how to check it."""
    case, context = _frame(by)
    ranks = [r for r in public.own_ranks(by) if r.draw.state == "drawn"]
    first = ranks[0] if ranks else None
    check = public.check_number(first.draw, case.number) if first else None
    return page(request, "rank.html", {**context, "ranks": ranks, "first": first, "check": check})


@require_http_methods(["GET", "POST"])
@own_case
def slots(request: HttpRequest, by: Actor) -> HttpResponse:
    """Book or change a time slot of the selection."""
    case, context = _frame(by)
    if case.state != _BOOKABLE:
        return redirect("housing:my")
    errors: list[tuple[str, str]] = []
    if request.method == "POST":
        chosen = request.POST.get("slot", "")
        try:
            if not chosen.isdigit() or len(chosen) > 12:
                raise HousingError("请先选一个时段")
            selection.book(case.number, int(chosen), by=by, at=now())
            return redirect("housing:my")
        except HousingError as fault:
            errors = [("slot", str(fault))]
    live = [r for r in public.own_ranks(by) if r.draw.state == "drawn"]
    found = [{**s, "end": s["start"] + timedelta(minutes=s["minutes"]), "past": s["start"] <= now()}
             for s in public.slots(live[0].draw_id)] if live else []  # fmt: skip
    mine = public.booking(by)
    context |= {
        "slots": found,
        "mine": mine.slot_id if mine else None,
        "errors": errors,
        "rank": live[0] if live else None,
    }
    return page(request, "slots.html", context, 422 if errors else 200)


@require_http_methods(["GET", "POST"])
@own_case
def proxy(request: HttpRequest, by: Actor) -> HttpResponse:
    """A power of attorney for the selection: made for printing and signing, nothing of it is kept."""
    case, context = _frame(by)
    form = forms.ProxyForm(request.POST or None, today=today())
    errors = []
    if request.method == "POST":
        if form.is_valid():
            content = documents.power_of_attorney(by, form.cleaned_data, at=now())
            return download(content, f"授权委托书-{case.number}.docx", DOCX)
        errors = [(form[n].id_for_label, m) for n, found in form.errors.items() for m in found]
    context |= {"form": form, "errors": errors}
    return page(request, "proxy.html", context, 422 if errors else 200)
