"""Contract, settlement, hand-over (第二十六条(六), 第二十条), and giving a home back before that."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from django.db import transaction
from django.db.models import Sum

from greenpark.domains.accounts import facade as accounts
from greenpark.domains.accounts.contracts import Actor
from greenpark.domains.housing import models
from greenpark.domains.housing.contracts import Refused
from greenpark.domains.housing.rules import price as prices
from greenpark.domains.housing.rules import states
from greenpark.domains.housing.rules.parameters import ParameterMissing
from greenpark.domains.housing.selectors import parameters, scope
from greenpark.domains.housing.services import case, waiting


def live_sale(row: models.Application) -> models.Sale:
    sale = models.Sale.objects.select_for_update(of=("self",)).select_related("home__project").filter(
        application=row, ended_at__isnull=True
    ).first()  # fmt: skip
    if sale is None:
        raise Refused("该家庭还没有选定住房")
    return sale


def paid(row: models.Application) -> Decimal:
    """What the family has paid and not got back [yuan], the deposit included (第二十六条(四): 可直接冲抵房款)."""
    total = row.payments.aggregate(s=Sum("amount"))["s"] or Decimal(0)
    return total.quantize(Decimal("0.01"))


@transaction.atomic
def contract(number: str, *, contract_no: str, by: Actor, at: datetime) -> Decimal:
    """签订买卖合同 at the government's approved price. Returns the price [yuan]; the deposit counts towards it."""
    row = scope.application(by, number, lock=True)
    sale = live_sale(row)
    approved = sale.home.project.prices.filter(state="approved").first()
    if approved is None or approved.approved_per_m2 is None:
        raise Refused("没有政府核定的价格（第二十五条）")
    if not contract_no.strip() or models.Sale.objects.filter(contract_no=contract_no.strip()).exists():
        raise Refused("请填写未被使用的合同编号", {"contract_no": "合同编号为空或已使用"})
    sale.contract_no, sale.contract_at = contract_no.strip(), at
    sale.price_version = f"v{approved.version}"
    sale.price = prices.cents(approved.approved_per_m2 * sale.home.area_m2)
    sale.save()
    detail = {
        "home": sale.home.code, "contract": sale.contract_no, "price": str(sale.price),
        "per_m2": str(approved.approved_per_m2), "area_m2": str(sale.home.area_m2), "deposit": str(paid(row)),
    }  # fmt: skip
    case.move_application(row, "contract", by=by, at=at, detail=detail)
    home = models.Home.objects.select_related("project").get(pk=sale.home_id)
    case.move_home(home, "contract", by=by, at=at, detail={**detail, "application": number})
    return Decimal(sale.price)


@transaction.atomic
def pay(number: str, *, amount: Decimal, document: str, on: date, by: Actor, at: datetime, means: str = "") -> Decimal:
    """A payment of the price. Returns what is still due. Raises Refused for more than is due."""
    by.need("housing.manage")
    row = scope.application(by, number, lock=True)
    sale = live_sale(row)
    if sale.price is None or row.state != states.Application.CONTRACTED:
        raise Refused("签订买卖合同后才能收房款")
    due = sale.price - paid(row)
    if not 0 < amount <= due:
        raise Refused(f"应缴余额为 {due} 元，收款应大于 0 且不超过余额", {"amount": f"不超过 {due} 元"})
    waiting.take_payment(
        row, kind="price", amount=amount, purpose="房款", document=document, on=on, by=by, at=at,
    )  # fmt: skip
    left = Decimal(sale.price - paid(row))
    case.event(
        f"application:{row.pk}", action="pay", title="缴纳房款", by=by, at=at, article="第二十六条(六)",
        detail={"amount": str(amount), "means": means, "due": str(left), "document": document},
    )  # fmt: skip
    accounts.record(
        action="housing.payment.taken", subject=f"housing/application:{number}", by=by, at=at,
        detail={"amount": str(amount), "due": str(left)}, organisation_id=row.announcement.project.organisation_id,
    )  # fmt: skip
    return left


@transaction.atomic
def note_rental(number: str, *, rents: bool, left_on: date | None, document: str, by: Actor, at: datetime) -> None:
    """Result of the check against the rental register (第二十条): no tenant, or left on that day with a document."""
    by.need("housing.accept")
    row = scope.application(by, number, lock=True)
    if rents and (left_on is None or left_on > case.local(at)):
        raise Refused("仍在享受公租房或保租房的，须先退出并登记退出日期（第二十条）")
    if len(document.strip()) < 2:
        raise Refused("请填写核对依据", {"document": "请填写核对依据"})
    row.rents_public, row.rental_left_on, row.rental_document = rents, left_on, document.strip()
    row.save(update_fields=["rents_public", "rental_left_on", "rental_document"])
    case.event(
        f"application:{row.pk}", action="rental", title="核对公租房、保租房", by=by, at=at, article="第二十条",
        detail={"rents": rents, "left_on": left_on.isoformat() if left_on else "", "document": row.rental_document},
    )  # fmt: skip


@transaction.atomic
def hand_over(number: str, *, document: str, by: Actor, at: datetime) -> models.Ownership:
    """结清房款并交房. Raises Refused while money is due or public rental is not cleared (第二十条)."""
    row = scope.application(by, number, lock=True)
    by.need("housing.manage")
    sale = live_sale(row)
    if sale.price is None or row.state != states.Application.CONTRACTED:
        raise Refused("签订买卖合同后才能交房")
    if due := sale.price - paid(row):
        raise Refused(f"房款尚欠 {due} 元，结清后交房（第二十六条(六)）")
    if not row.rental_document:
        raise Refused("尚未核对是否享受公租房或保租房，须在进户前核对并退出（第二十条）")
    if row.rents_public and row.rental_left_on is None:
        raise Refused("须在进户前退出公共租赁住房或保障性租赁住房保障（第二十条）")
    sale.handed_over_at = at
    sale.save(update_fields=["handed_over_at"])
    case.move_application(row, "hand_over", by=by, at=at, detail={"document": document})
    home = models.Home.objects.select_related("project").get(pk=sale.home_id)
    case.move_home(home, "hand_over", by=by, at=at, detail={"application": number, "document": document})
    # Children hold nothing: they are free to belong to another household later.
    row.members.filter(relation="child").update(active_key=None)
    holders = [
        {"member": m.pk, "name": m.name_masked, "tail": m.identity_masked}
        for m in row.members.filter(relation__in=("applicant", "spouse"))
    ]
    return models.Ownership.objects.create(
        home=home, sale=sale, live_key=home.pk, kind="purchase", holders=holders, since=case.local(at),
        document=document.strip(),
    )  # fmt: skip


def give_back(row: models.Application, *, reason: str, by: Actor, at: datetime) -> None:
    """Free the home of a case that ended before hand-over; money stays until :func:`refund`."""
    sale = models.Sale.objects.select_for_update(of=("self",)).select_related("home__project").filter(
        application=row, ended_at__isnull=True, handed_over_at__isnull=True
    ).first()  # fmt: skip
    if sale is None:
        return
    move = "rescind" if sale.contract_at else "give_up"
    end_sale(sale, reason, at)
    case.move_home(
        sale.home, move, by=by, at=at, opinion=reason, detail={"application": row.number},
        also=("housing.own", "housing.apply", "housing.accept"),
    )  # fmt: skip


def end_sale(sale: models.Sale, reason: str, at: datetime) -> None:
    sale.home_key = sale.household_key = None
    sale.ended_at, sale.end_reason = at, reason[:300]
    sale.save()


@transaction.atomic
def refund(number: str, *, document: str, on: date, by: Actor, at: datetime) -> Decimal:
    """Pay back what an ended case has paid. The deposit follows the decided parameter (A10); without a decision it is
    refused, never forfeited silently. Returns what was paid back."""
    by.need("housing.manage")
    row = scope.application(by, number, lock=True)
    if row.state not in case.ENDED:
        raise Refused("只有已结束的申请可以退款")
    deposit = row.payments.filter(kind="deposit").aggregate(s=Sum("amount"))["s"] or Decimal(0)
    price = row.payments.filter(kind="price").aggregate(s=Sum("amount"))["s"] or Decimal(0)
    back = -(row.payments.filter(kind="refund").aggregate(s=Sum("amount"))["s"] or Decimal(0))
    if back or not deposit + price:
        raise Refused("没有可退的款项")
    known = parameters.current()
    if deposit and known.deposit_refundable_on_exit is None:
        raise Refused(str(ParameterMissing("deposit_refundable_on_exit")))
    total = price
    if deposit and known.deposit_refundable_on_exit:
        waiting.take_payment(
            row, kind="refund", amount=-deposit, purpose="退还定金", document=document, on=on, by=by, at=at
        )
        total += deposit
    if price:
        waiting.take_payment(
            row, kind="refund", amount=-price, purpose="退还房款", document=document, on=on, by=by, at=at
        )
    case.event(
        f"application:{row.pk}", action="refund", title="退款", by=by, at=at, article="第三十一条",
        detail={"amount": str(total), "deposit_refundable": bool(known.deposit_refundable_on_exit),
                "parameters": known.version, "document": document},
    )  # fmt: skip
    accounts.record(
        action="housing.payment.refunded", subject=f"housing/application:{number}", by=by, at=at,
        detail={"amount": str(total)}, organisation_id=row.announcement.project.organisation_id,
    )  # fmt: skip
    return Decimal(total)
