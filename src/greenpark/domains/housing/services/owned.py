"""A home that is owned: inheritance, divorce, buy-back, exit cases, court; then for sale again. Never the market."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal

from django.db import transaction

from greenpark.domains.accounts import facade as accounts
from greenpark.domains.accounts.contracts import Actor
from greenpark.domains.housing import models
from greenpark.domains.housing.contracts import PersonDraft, Refused
from greenpark.domains.housing.models import keys
from greenpark.domains.housing.rules import buyback as checks
from greenpark.domains.housing.rules import forms, states
from greenpark.domains.housing.rules import price as prices
from greenpark.domains.housing.rules.parameters import CONTRACT_YEARS, ClockStart
from greenpark.domains.housing.selectors import parameters, scope
from greenpark.domains.housing.services import case, funds, sales
from greenpark.domains.housing.services.selection import years_after
from greenpark.kernel.identity import NotAnIdentityNumber, identity_number, mask_identity_number, mask_name


def _ownership(home: models.Home) -> models.Ownership:
    row = models.Ownership.objects.select_for_update(of=("self",)).select_related("sale__application").filter(
        live_key=home.pk
    ).first()  # fmt: skip
    if row is None:
        raise Refused("这套住房还没有权利人")
    return row


def _holder(person: PersonDraft, today: date) -> dict[str, str]:
    try:
        number = identity_number(person.identity_number, today=today).number
    except NotAnIdentityNumber as fault:
        raise Refused(str(fault), {"identity_number": str(fault)}) from fault
    return {
        "name": mask_name(person.name),
        "tail": mask_identity_number(number),
        "name_sealed": keys.seal(person.name.strip(), "holder.name"),
        "identity_sealed": keys.seal(number, "holder.identity"),
        "identity_key": keys.fingerprint(number, "identity"),
    }


def _change(
    home: models.Home, kind: str, holders: Sequence[Mapping[str, object]], document: str, by: Actor, at: datetime
) -> models.Ownership:
    before = _ownership(home)
    today = case.local(at)
    before.live_key, before.until = None, today
    before.save(update_fields=["live_key", "until"])
    after = models.Ownership.objects.create(
        home=home, sale=before.sale, live_key=home.pk, kind=kind, holders=[dict(h) for h in holders], since=today,
        document=document.strip(),
    )  # fmt: skip
    accounts.record(
        action="housing.ownership.changed", subject=f"housing/home:{home.pk}", by=by, at=at,
        detail={"kind": kind, "document": document, "home": home.code}, organisation_id=home.project.organisation_id,
    )  # fmt: skip
    return after


def _masked(holders: Sequence[Mapping[str, object]]) -> list[str]:
    return [f"{h['name']}（{h['tail']}）" for h in holders]


@transaction.atomic
def inherit(home_id: int, heirs: Sequence[PersonDraft], *, document: str, by: Actor, at: datetime) -> models.Ownership:
    """第二十九条: by the law of succession. Closed circulation stays; the heir's own eligibility is an open point
    (A24), noted in the event. The deceased's household is released from the register of active households."""
    home = scope.home(by, home_id, lock=True)
    if not heirs or len(document.strip()) < 4:
        raise Refused("请登记继承人与继承公证书或判决书", {"document": "请填写文书编号"})
    holders = [_holder(h, case.local(at)) for h in heirs]
    before = _ownership(home)
    case.move_home(
        home, "inherit", by=by, at=at, opinion=document,
        detail={"holders": _masked(holders), "closed_circulation": True, "open_point": "A24"},
    )  # fmt: skip
    before.sale.application.members.update(active_key=None)
    return _change(home, "inheritance", holders, document, by, at)


@transaction.atomic
def divorce(home_id: int, *, keeps: str, document: str, by: Actor, at: datetime) -> models.Ownership:
    """第三十条: registration follows the agreement or judgment. ``keeps``: applicant, spouse or both. Whoever leaves
    is free to apply anew (HR57), without a ban."""
    home = scope.home(by, home_id, lock=True)
    before = _ownership(home)
    stay = {"applicant": ("applicant",), "spouse": ("spouse",), "both": ("applicant", "spouse")}.get(keeps)
    if stay is None or len(document.strip()) < 4:
        raise Refused("请写明离婚协议或判决书编号，以及住房归谁", {"document": "请填写文书编号"})
    members = list(before.sale.application.members.filter(relation__in=stay))
    if len(members) != len(stay):
        raise Refused("该家庭没有配偶，不能办理离异变更")
    holders = [{"member": m.pk, "name": m.name_masked, "tail": m.identity_masked} for m in members]
    case.move_home(
        home, "divorce", by=by, at=at, opinion=document,
        detail={"holders": _masked(holders), "closed_circulation": True},
    )  # fmt: skip
    before.sale.application.members.exclude(relation__in=stay).update(active_key=None)
    return _change(home, "divorce", holders, document, by, at)


@transaction.atomic
def request_buyback(home_id: int, *, by: Actor, at: datetime) -> int:
    """第二十七条: the owner asks (taken down by the counter or the manager). Returns the buy-back's id."""
    home = scope.home(by, home_id, lock=True)
    ownership = _ownership(home)
    case.move_home(home, "request_buyback", by=by, at=at, also=("housing.manage",))
    row = models.Buyback.objects.create(home=home, ownership=ownership, requested_at=at)
    return int(row.pk)


def _open_buyback(home: models.Home, *wanted: str) -> models.Buyback:
    row = home.buybacks.select_for_update(of=("self",)).filter(state__in=wanted).first()
    if row is None:
        raise Refused("没有进行中的回购")
    return row


@transaction.atomic
def cancel_buyback(home_id: int, *, by: Actor, at: datetime) -> None:
    home = scope.home(by, home_id, lock=True)
    row = _open_buyback(home, "requested")
    case.move_home(home, "cancel_buyback", by=by, at=at, also=("housing.manage",))
    row.state = "cancelled"
    row.save(update_fields=["state"])


@transaction.atomic
def inspect(
    home_id: int, found: Mapping[str, bool | None], *, by: Actor, at: datetime, opinion: str = ""
) -> checks.Inspection:
    """The four conditions of 第二十八条. All met: ready for settlement; one failed: back to the owner to put right.

    Raises Refused while an item was not looked at.
    """
    home = scope.home(by, home_id, lock=True)
    by.need("housing.manage")
    try:
        result = checks.inspect(found)
    except ValueError as fault:
        raise Refused(str(fault)) from fault
    if result.open:
        raise Refused(f"以下各项尚未查验：{'；'.join(result.open)}")
    if home.state == states.Home.EXIT_CASE:
        row = models.Buyback.objects.create(
            home=home, ownership=_ownership(home), requested_at=at, forced=True,
        )  # fmt: skip
        if not result.passed:
            raise Refused(f"查验未通过：{'；'.join(result.failed)}；请先整改，或申请司法协助")
        move = "inspect_exit"
    else:
        row = _open_buyback(home, "requested")
        move = "inspect" if result.passed else "fail_inspection"
    row.checks, row.inspected_at, row.state = dict(found), at, "passed" if result.passed else "failed"
    row.save()
    case.move_home(
        home, move, by=by, at=at, opinion=opinion or "；".join(result.failed),
        detail={"passed": result.passed, "failed": list(result.failed)},
    )  # fmt: skip
    return result


@transaction.atomic
def price_buyback(home_id: int, *, on: date, by: Actor, at: datetime) -> Decimal:
    """第二十七条: original price combined with depreciation after the bureau's method (A14). Raises Refused naming the
    parameter that nobody has decided."""
    by.need("housing.manage")
    home = scope.home(by, home_id, lock=True)
    row = _open_buyback(home, "passed")
    sale = row.ownership.sale
    if sale.price is None or sale.handed_over_at is None:
        raise Refused("没有原购买价格或交房日期")
    known = parameters.current()
    try:
        found = prices.buyback(sale.price, case.local(sale.handed_over_at), on, known)
    except ValueError as fault:
        raise Refused(str(fault)) from fault
    row.price, row.working, row.parameters_version = found.price, found.working[:300], known.version
    row.save()
    case.event(
        f"home:{home.pk}", action="price_buyback", title="回购价格", by=by, at=at, article="第二十七条",
        detail={"price": str(found.price), "working": found.working, "parameters": known.version},
    )  # fmt: skip
    return found.price


@transaction.atomic
def settle_buyback(home_id: int, *, document: str, on: date, by: Actor, at: datetime, kind: str = "sales") -> Decimal:
    """Pay out of the closed account, end ownership and sale; the household is free again. Returns the price."""
    home = scope.home(by, home_id, lock=True)
    by.need("housing.manage")
    row = _open_buyback(home, "passed")
    if row.price is None:
        raise Refused("请先确定回购价格")
    row.fund = funds.book(
        home.project_id, kind=kind, purpose="回购", amount=-row.price, on=on, document=document, by=by, at=at,
        subject=f"home:{home.code}",
    )  # fmt: skip
    row.state, row.settled_at = "settled", at
    row.save()
    case.move_home(
        home, "buy_back", by=by, at=at, detail={"price": str(row.price), "document": document, "working": row.working}
    )
    ownership = row.ownership
    models.Ownership.objects.filter(live_key=home.pk).update(live_key=None, until=on)
    sale = ownership.sale
    sales.end_sale(sale, "回购", at)
    sale.application.members.update(active_key=None)
    case.event(
        f"application:{sale.application_id}", action="bought_back", title="住房已回购", by=by, at=at,
        article="第二十七条", detail={"home": home.code, "price": str(row.price)},
    )  # fmt: skip
    return Decimal(row.price)


@transaction.atomic
def sell_again(home_id: int, *, by: Actor, at: datetime) -> None:
    """A bought-back home is offered again, to qualified families only."""
    case.move_home(scope.home(by, home_id, lock=True), "again", by=by, at=at)


@transaction.atomic
def exit_application(
    number: str, *, number_of_case: int, reason: str, by: Actor, at: datetime, clock_from: date | None = None
) -> None:
    """第三十一条 for a case that owns nothing yet. Case 1 needs its clock: the decided start (A13) or, without a
    decision, the start that a person confirms with ``clock_from``; two full years must have passed. No ban follows.
    """
    row = scope.application(by, number, lock=True)
    by.need("housing.accept")
    if number_of_case not in (1, 2, 6):
        raise Refused("申请阶段的退出情形为第（一）（二）（六）项；主动退出请办理「自愿退出」")
    due = _two_years(row, clock_from, case.local(at)) if number_of_case == 1 else None
    models.ExitCase.objects.create(
        application=row, case=number_of_case, reason=reason.strip(), at=at, by=by.name, state="upheld"
    )
    case.move_application(
        row, "exit", by=by, at=at, opinion=reason, due=due,
        article=f"第三十一条({'一二三四五六'[number_of_case - 1]})",
        detail={"case": number_of_case, "what": forms.EXIT_CASES[number_of_case]},
    )  # fmt: skip
    case.end_reviews(row)
    sales.give_back(row, reason=reason, by=by, at=at)


def clock_start(row: models.Application) -> date | None:
    """Where the two-year clock begins by decided parameter; None: a person confirms (A13)."""
    chosen = parameters.current().contract_clock_starts
    moments = {
        ClockStart.POOL_ENTRY: row.pooled_at,
        ClockStart.PUBLICITY_CLEAR: row.cleared_at,
        ClockStart.SELECTION: next((s.chosen_at for s in row.sales.order_by("chosen_at")), None),
    }
    found = moments.get(chosen) if chosen else None
    return case.local(found) if found else None


def _two_years(row: models.Application, clock_from: date | None, today: date) -> dict[str, str]:
    start = clock_start(row)
    said = "起算由参数确定（A13）" if start else "起算由经办人确认（A13）"
    start = start or clock_from
    if start is None:
        raise Refused("2 年期限的起算点办法未规定（A13），请由人确认起算日", {"clock_from": "请填写起算日"})
    end = years_after(start, CONTRACT_YEARS)
    if today < end:
        raise Refused(f"自 {start} 起算的 2 年至 {end} 届满，现在不能按第三十一条(一)退出")
    return {"start": start.isoformat(), "end": end.isoformat(), "convention": f"{said}；合同与房款须都完成"}


@transaction.atomic
def open_exit(home_id: int, *, number_of_case: int, reason: str, evidence: str, by: Actor, at: datetime) -> int:
    """第三十一条(二)(三)(四)(六) against an owned home. Case 4 needs both the damage and the refusal to repair."""
    home = scope.home(by, home_id, lock=True)
    if number_of_case not in (2, 3, 4, 6):
        raise Refused("已购住房的退出情形为第（二）（三）（四）（六）项")
    if len(evidence.strip()) < 4:
        raise Refused("请写明证据；第（四）项须同时有破坏结构与拒绝修复的证据", {"evidence": "请写明证据"})
    row = models.ExitCase.objects.create(
        home=home, case=number_of_case, reason=reason.strip(), evidence=evidence.strip(), at=at, by=by.name
    )
    case.move_home(
        home, "open_exit", by=by, at=at, opinion=reason,
        detail={"case": number_of_case, "what": forms.EXIT_CASES[number_of_case], "evidence": evidence},
    )  # fmt: skip
    return int(row.pk)


@transaction.atomic
def close_exit(home_id: int, *, reason: str, by: Actor, at: datetime) -> None:
    """The exit case is not upheld: the home stays with its owner."""
    home = scope.home(by, home_id, lock=True)
    case.move_home(home, "close_exit", by=by, at=at, opinion=reason)
    home.exits.filter(state="open").update(state="dismissed")


@transaction.atomic
def refer(home_id: int, *, reason: str, document: str, by: Actor, at: datetime) -> None:
    """第二十八条末款: ask the court for help with vacating. «逾期» has no limit in the text (A16)."""
    home = scope.home(by, home_id, lock=True)
    if len(document.strip()) < 4:
        raise Refused("请填写司法协助申请的文号", {"document": "请填写文号"})
    move = "refer" if home.state == states.Home.EXIT_CASE else "refer_overdue"
    case.move_home(home, move, by=by, at=at, opinion=reason, detail={"document": document})
    home.exits.filter(state="open").update(court_document=document.strip()[:200])


@transaction.atomic
def vacated(home_id: int, *, document: str, by: Actor, at: datetime) -> None:
    """Compulsory vacating done: to the buy-back settlement, whose checks the court's record replaces."""
    home = scope.home(by, home_id, lock=True)
    case.move_home(home, "vacated", by=by, at=at, opinion=document)
    if not home.buybacks.filter(state="passed").exists():
        models.Buyback.objects.create(
            home=home, ownership=_ownership(home), requested_at=at, forced=True, inspected_at=at, state="passed",
            checks={},
        )  # fmt: skip
    home.exits.filter(state="open").update(state="upheld")
