"""A demonstration project: 40 homes and about 50 invented families in different states, and a drawn batch.

Everything is made up and says so: names begin with 演, identity numbers carry the region code 999999 that no place has,
so that they keep GB 11643 and can belong to nobody; prices and decisions are invented and labelled.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

from django.db import transaction

from greenpark.domains.housing import models, testing
from greenpark.domains.housing.services import applications, review, sales, selection, supply, waiting

CODE = "DEMO-HOUSING"
#: Families that go all the way into the drawn batch.
DRAWN = 22


def places(*, at: datetime, parent_id: int | None) -> dict[str, int]:
    """Organisations of the demo's housing people: role code -> organisation. Idempotent."""
    world = testing.make_world(at=at, parent_id=parent_id, prefix="demo-hs")
    return {
        "housing-officer": world.bureau,
        "housing-manager": world.manager_organisation,
        "housing-reviewer": world.bodies["police"],
    }


@transaction.atomic
def build(*, at: datetime, parent_id: int | None) -> bool:
    """Build the demonstration once; False when it is there already."""
    if models.Project.objects.filter(code=CODE).exists():
        return False
    world = testing.make_world(at=at, parent_id=parent_id, prefix="demo-hs")
    start = at - timedelta(days=45)
    testing.decide_parameters(world, at=start)
    supply.register_demand(
        organisation_id=world.bureau, year=start.year, name="演需求", phone="13900000000", persons=3,
        area_m2=Decimal(85), by=world.officer, at=start, note="演示",
    )  # fmt: skip
    supply.save_plan(
        organisation_id=world.bureau, year=start.year, new=40, purchased=0, converted=0, document="演示计划（虚构）",
        by=world.officer, at=start,
    )  # fmt: skip
    testing.make_project(world, at=start, homes=40, code=CODE, name="绿园示范小区（演示）")
    testing.announce(world, at=start, days=90, bodies=("realestate", "police", "civil", "hr"))
    _drawn(world, start)
    _selected(world, at)
    _waiting(world, at)
    return True


def _drawn(world: testing.World, start: datetime) -> None:
    day = start + timedelta(days=1)
    for n in range(DRAWN):
        testing.qualify(world, testing.apply(world, testing.family(n, persons=1 + n % 4), at=day), at=day)
    testing.clear_and_pay(world, at=day)
    testing.hold_draw(world, at=day + timedelta(days=25))


def _selected(world: testing.World, at: datetime) -> None:
    """Some have chosen, one has a contract, one moved in, one did not come."""
    draw = models.Draw.objects.get(live_key=world.announcement)
    day = at - timedelta(days=10)
    called = selection.call(draw.pk, 12, by=world.manager, at=day)
    for n, number in enumerate(called[:5]):
        selection.choose(number, world.homes[n * 3], by=world.manager, at=day)
    for n, number in enumerate(called[:2]):
        price = sales.contract(number, contract_no=f"演示合同-{n + 1:03d}", by=world.manager, at=day)
        sales.pay(
            number, amount=price - sales.paid(models.Application.objects.get(number=number)), document=f"演示收据-{n}",
            on=day.date(), by=world.manager, at=day, means="自筹（演示）",
        )  # fmt: skip
    sales.note_rental(called[0], rents=False, left_on=None, document="演示核对", by=world.officer, at=day)
    sales.hand_over(called[0], document="演示交房单", by=world.manager, at=day)
    selection.note_absent(called[5], by=world.manager, at=day)
    selection.disqualify(called[5], reason="演示：未参加选房", by=world.officer, at=day)
    selection.make_slots(
        draw.pk,
        start=at + timedelta(days=2),
        count=6,
        minutes=30,
        capacity=2,
        place="演示大厅",
        by=world.manager,
        at=at,
    )


def _waiting(world: testing.World, at: datetime) -> None:
    """Cases in every earlier state, so that each role of the demonstration has something to do."""
    day = at - timedelta(days=3)
    for n in range(100, 104):
        applications_at(world, n, day, submit=False)
    for n in range(104, 109):
        applications_at(world, n, day)
    asked = applications_at(world, 109, day)
    review.ask_supplement(asked, ["婚姻状况材料"], by=world.officer, at=day)
    refused = applications_at(world, 110, day)
    review.not_accept(refused, article="第十八条(一)", reason="演示：户籍不在海南区", by=world.officer, at=day)
    for n in range(111, 117):
        review.accept(applications_at(world, n, day), by=world.officer, at=day)
    left = applications_at(world, 117, day)
    applications.withdraw(left, reason="演示：自愿退出", by=world.officer, at=day)
    for n in range(118, 122):
        testing.qualify(world, applications_at(world, n, day), at=day)
    publicity = waiting.start_publicity(world.announcement, by=world.manager, at=day)
    waiting.object_to(publicity.rows[0]["number"], "演示异议：反映该户另有住房", by=world.manager, at=day)
    testing.qualify(world, applications_at(world, 122, day), at=day)
    not_eligible = applications_at(world, 123, day)
    review.accept(not_eligible, by=world.officer, at=day)
    home = {"homes": [{"district": "乌达区", "area_m2": "96", "share": "1"}], "disposed": False}
    testing.answer(world, not_eligible, at=day, realestate=home)
    review.conclude(not_eligible, by=world.officer, at=day)


def applications_at(world: testing.World, n: int, at: datetime, *, submit: bool = True) -> str:
    return testing.apply(world, testing.family(n, persons=1 + n % 4), at=at, submit=submit)
