"""The straight life of a case, and the refusals along it."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest

from greenpark.domains.housing import models, testing
from greenpark.domains.housing.contracts import DrawRefused, Refused
from greenpark.domains.housing.selectors import cases, dossiers
from greenpark.domains.housing.services import draws, owned, sales, selection, waiting
from greenpark.domains.housing.services.dossier import export

AT = testing.noon(date(2026, 8, 3))

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> testing.World:
    world = testing.make_world(at=AT)
    testing.decide_parameters(world, at=AT)
    testing.make_project(world, at=AT)
    testing.announce(world, at=AT)
    return world


def drawn(world: testing.World, families: int = 3) -> tuple[int, list[str]]:
    for n in range(families):
        assert testing.qualify(world, testing.apply(world, testing.family(n), at=AT), at=AT) == "pooled"
    testing.clear_and_pay(world, at=AT)
    draw = testing.hold_draw(world, at=testing.noon(date(2026, 8, 20)))
    ranks = models.DrawRank.objects.filter(draw_id=draw).order_by("place")
    return draw, [r.application.number for r in ranks]


def test_from_application_to_buy_back_and_again(world: testing.World) -> None:
    draw, order = drawn(world)
    later = testing.noon(date(2026, 8, 21))
    assert selection.call(draw, 2, by=world.manager, at=later) == order[:2]
    home = world.homes[0]
    with pytest.raises(Refused, match="还没有轮到"):
        selection.choose(order[1], home, by=world.manager, at=later)
    selection.choose(order[0], home, by=world.manager, at=later)
    price = sales.contract(order[0], contract_no="演示-1", by=world.manager, at=later)
    assert price == Decimal("350000.00")  # 70 m² at 5,000 yuan/m²
    with pytest.raises(Refused, match="房款尚欠 340000"):
        sales.hand_over(order[0], document="x", by=world.manager, at=later)
    assert (
        sales.pay(order[0], amount=Decimal(340000), document="收据2", on=later.date(), by=world.manager, at=later) == 0
    )
    with pytest.raises(Refused, match="第二十条"):
        sales.hand_over(order[0], document="交房单", by=world.manager, at=later)
    sales.note_rental(order[0], rents=False, left_on=None, document="公租房台账核对", by=world.officer, at=later)
    sales.hand_over(order[0], document="交房单", by=world.manager, at=later)

    years = testing.noon(date(2031, 8, 21))
    owned.request_buyback(home, by=world.manager, at=years)
    from greenpark.domains.housing.rules.buyback import CHECKS

    owned.inspect(home, dict.fromkeys(CHECKS, True), by=world.manager, at=years)
    # 350,000 yuan over 50 years, 5 years used: a tenth is worn.
    assert owned.price_buyback(home, on=years.date(), by=world.manager, at=years) == Decimal("315000.00")
    owned.settle_buyback(home, document="回购凭证", on=years.date(), by=world.manager, at=years)
    owned.sell_again(home, by=world.manager, at=years)
    assert models.Home.objects.get(pk=home).state == "for_sale"
    found = dossiers.dossier(world.manager, home)
    assert found.intact
    assert "住房已回购" in {e.title for e in found.events}
    assert export(home, by=world.manager, at=years).startswith(b"PK")


def test_a_second_draw_needs_a_void_record(world: testing.World) -> None:
    draw, _order = drawn(world)
    at = testing.noon(date(2026, 8, 21))
    with pytest.raises(DrawRefused, match="公开作废"):
        draws.prepare(world.announcement, parties=testing.PARTIES, rounds=(), by=world.manager, at=at)
    with pytest.raises(DrawRefused, match="只摇一次"):
        draws.run(draw, by=world.manager, at=at)
    draws.void(draw, reason="设备故障，全程录像中断", document="演示公告〔2026〕1 号", by=world.officer, at=at)
    testing.hold_draw(world, at=at)


def test_a_no_show_is_banned_for_a_year(world: testing.World) -> None:
    draw, order = drawn(world)
    at = testing.noon(date(2026, 8, 21))
    selection.call(draw, 1, by=world.manager, at=at)
    with pytest.raises(Refused, match="未到场记录"):
        selection.disqualify(order[0], reason="未参加选房", by=world.officer, at=at)
    selection.note_absent(order[0], by=world.manager, at=at)
    assert selection.disqualify(order[0], reason="未参加选房", by=world.officer, at=at) == date(2027, 8, 21)
    n = int(order[0][-5:]) - 1
    with pytest.raises(Refused, match="不得再次申请"):
        testing.apply(world, testing.family(n), at=at)


def test_order_of_the_pool_survives_exits(world: testing.World) -> None:
    numbers = [testing.apply(world, testing.family(n), at=AT) for n in range(4)]
    for number in numbers:
        testing.qualify(world, number, at=AT)
    from greenpark.domains.housing.services import applications

    applications.withdraw(numbers[1], reason="不需要了", by=world.officer, at=AT)
    waitlist = [a for a in cases.pool(world.manager) if a.state == "pooled"]
    assert [a.number for a in waitlist] == [numbers[0], numbers[2], numbers[3]]
    assert [a.pool_no for a in waitlist] == [1, 3, 4]


def test_publicity_over_the_national_day(world: testing.World) -> None:
    """From 28 September 2026: 29, 30; then 8, 9, the make-up Saturday 10, 12, 13 October (国办发明电〔2025〕7号)."""
    at = testing.noon(date(2026, 9, 1))
    testing.qualify(world, testing.apply(world, testing.family(1), at=at), at=at)
    start = testing.noon(date(2026, 9, 28))
    publicity = waiting.start_publicity(world.announcement, by=world.manager, at=start)
    assert publicity.end == date(2026, 10, 13)
    assert "2026-10-10" in publicity.rule["counted"]
    with pytest.raises(Refused, match="不能结束"):
        waiting.finish_publicity(publicity.pk, by=world.manager, at=testing.noon(publicity.end))
    assert waiting.finish_publicity(
        publicity.pk, by=world.manager, at=testing.noon(publicity.end + timedelta(days=1))
    ) == 1  # fmt: skip
