"""What holds whatever people do: random acts on a drawn batch, random books of the account, random exits."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction
from django.db.models import Count, Sum
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from greenpark.domains.housing import models, testing
from greenpark.domains.housing.contracts import HousingError, Refused
from greenpark.domains.housing.rules import chain, states
from greenpark.domains.housing.selectors import cases
from greenpark.domains.housing.services import applications, funds, sales, selection

pytestmark = pytest.mark.django_db
AT = testing.noon(date(2026, 8, 3))
LATER = AT + timedelta(days=25)
FAMILIES, HOMES = 5, 3


@pytest.fixture
def world() -> testing.World:
    world = testing.make_world(at=AT)
    testing.decide_parameters(world, at=AT)
    testing.make_project(world, at=AT, homes=HOMES)
    testing.announce(world, at=AT)
    for n in range(FAMILIES):
        testing.qualify(world, testing.apply(world, testing.family(n, persons=1 + n % 3), at=AT), at=AT)
    testing.clear_and_pay(world, at=AT)
    testing.hold_draw(world, at=AT + timedelta(days=20))
    return world


ACTS = st.lists(
    st.tuples(
        st.sampled_from(["call", "choose", "withdraw", "absent", "stay", "contract", "pay", "hand-over", "refund"]),
        st.integers(0, FAMILIES - 1),
        st.integers(0, HOMES - 1),
    ),
    min_size=8,
    max_size=30,
)


def act(world: testing.World, name: str, number: str, home: int) -> None:
    """Try one act; a refusal changes nothing."""
    m, o, day = world.manager, world.officer, LATER.date()
    draw = models.Draw.objects.get(live_key=world.announcement).pk
    try:
        match name:
            case "call":
                selection.call(draw, 2, by=m, at=LATER)
            case "choose":
                selection.choose(number, home, by=m, at=LATER)
            case "withdraw":
                applications.withdraw(number, reason="退出", by=o, at=LATER)
            case "absent":
                selection.note_absent(number, by=m, at=LATER)
                selection.disqualify(number, reason="未参加", by=o, at=LATER)
            case "stay":
                selection.stay_waiting(number, by=m, at=LATER)
            case "contract":
                sales.contract(number, contract_no=f"H{number}", by=m, at=LATER)
            case "pay":
                sale = models.Sale.objects.filter(application__number=number, ended_at=None).first()
                due = (sale.price or Decimal(0)) - sales.paid(sale.application) if sale else Decimal(0)
                amount = due if home % 2 else Decimal("123456.78")
                sales.pay(number, amount=amount, document="收据", on=day, by=m, at=LATER)
            case "hand-over":
                sales.note_rental(number, rents=False, left_on=None, document="核对", by=o, at=LATER)
                sales.hand_over(number, document="交房", by=m, at=LATER)
            case "refund":
                sales.refund(number, document="退款", on=day, by=m, at=LATER)
    except HousingError:
        return


def wanted(name: str, order: list[str], family: int) -> str:
    """Whom an act concerns: mostly somebody for whom it can succeed, so that long histories come about."""
    states_of = {"choose": ("on_selection_list",), "withdraw": ("chosen", "contracted"), "contract": ("chosen",),
                 "pay": ("contracted",), "hand-over": ("contracted",), "refund": ("withdrawn",)}.get(name)  # fmt: skip
    fitting = models.Application.objects.filter(state__in=states_of or ()).values_list("number", flat=True)
    found = [n for n in order if n in set(fitting)]
    return found[0] if found and family else order[family]


def check(world: testing.World, order: list[str]) -> None:
    live = models.Sale.objects.filter(ended_at=None)
    assert not live.values("home").annotate(n=Count("id")).filter(n__gt=1).exists()
    assert not live.values("application").annotate(n=Count("id")).filter(n__gt=1).exists()
    taken = set(models.Home.objects.exclude(state="for_sale").values_list("pk", flat=True))
    assert set(live.values_list("home_id", flat=True)) == taken
    holding = set(models.Application.objects.filter(state__in=("chosen", "contracted", "handed_over"))
                  .values_list("pk", flat=True))  # fmt: skip
    assert set(live.values_list("application_id", flat=True)) == holding
    paid = models.Payment.objects.aggregate(s=Sum("amount"))["s"] or Decimal(0)
    assert funds.balance(world.project) == paid
    assert funds.verify(world.project) == ""
    for row in models.Application.objects.all():
        assert cases.verify(f"application:{row.pk}").intact
        assert all(v >= 0 for v in [sales.paid(row)])
    drawn = models.DrawRank.objects.order_by("place").values_list("application__number", flat=True)
    assert list(drawn) == order
    pool = [a.number for a in cases.pool(world.manager)]
    assert pool == list(models.Application.objects.order_by("pool_no").values_list("number", flat=True))


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(acts=ACTS)
def test_no_home_twice_no_household_with_two(world: testing.World, acts: list[tuple[str, int, int]]) -> None:
    order = list(models.DrawRank.objects.order_by("place").values_list("application__number", flat=True))
    with transaction.atomic():
        selection.call(models.Draw.objects.get().pk, FAMILIES, by=world.manager, at=LATER)
        for name, family, home in acts:
            act(world, name, wanted(name, order, family), world.homes[home])
        check(world, order)
        transaction.set_rollback(True)


def test_the_database_itself_refuses_a_second_sale(world: testing.World) -> None:
    """Behind the services stand unique keys: the same home, the same household, a state that does not exist."""
    rows = list(models.Application.objects.order_by("pk"))
    home = models.Home.objects.first()
    assert home is not None
    models.Sale.objects.create(home=home, application=rows[0], home_key=home.pk, household_key=rows[0].pk, chosen_at=AT)
    other = models.Home.objects.last()
    for keys in ({"home_key": home.pk, "household_key": rows[1].pk}, {"home_key": 0, "household_key": rows[0].pk}):
        with pytest.raises(IntegrityError), transaction.atomic():
            models.Sale.objects.create(home=other, application=rows[1], chosen_at=AT, **keys)
    with pytest.raises(IntegrityError), transaction.atomic():
        models.Home.objects.filter(pk=home.pk).update(state="market")


BOOKS = st.lists(
    st.tuples(
        st.sampled_from(["fiscal", "bond", "loan", "sales"]),
        st.sampled_from(["拨入", "放款", "房款", "土地成本", "建安成本", "办公经费"]),
        st.decimals(min_value="-99999.99", max_value="99999.99", places=2),
        st.booleans(),
    ),
    max_size=15,
)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(books=BOOKS)
def test_the_account_balances_to_the_cent(world: testing.World, books: list[tuple[str, str, Decimal, bool]]) -> None:
    with transaction.atomic():
        expected = funds.balance(world.project)
        for kind, purpose, amount, undo in books:
            try:
                row = funds.book(
                    world.project, kind=kind, purpose=purpose, amount=amount, on=AT.date(), document="凭证",
                    by=world.manager, at=AT,
                )  # fmt: skip
            except Refused:
                continue
            assert purpose != "办公经费"
            expected += amount
            if undo:
                try:
                    funds.reverse(
                        world.project, row.seq, reason="记错", on=AT.date(), document="冲正", by=world.manager, at=AT
                    )
                    expected -= amount
                except Refused:
                    pass
            assert funds.balance(world.project, kind) >= 0
        assert funds.balance(world.project) == expected
        assert funds.verify(world.project) == ""
        transaction.set_rollback(True)


def test_a_changed_line_of_the_account_is_noticed(world: testing.World) -> None:
    row = models.FundEntry.objects.first()
    assert row is not None
    models.FundEntry.objects.filter(pk=row.pk).update(amount=row.amount + 1)
    assert "第 1 条" in funds.verify(world.project)


def test_a_changed_event_is_noticed(world: testing.World) -> None:
    subject = f"application:{models.Application.objects.first().pk}"
    assert cases.verify(subject).intact
    models.CaseEvent.objects.filter(subject=subject, seq=3).update(opinion="改")
    found = cases.verify(subject)
    assert not found.intact
    assert "第 3 条" in found.reason
    models.CaseEvent.objects.filter(subject=subject, seq=3)._raw_delete("default")
    assert "序号" in cases.verify(subject).reason


def test_every_move_of_both_machines_cites_an_article() -> None:
    for move in (*states.APPLICATION_MOVES, *states.HOME_MOVES):
        assert move.article.startswith("第")
    assert chain.sm3(b"abc") == "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"  # GB/T 32905 A.1
