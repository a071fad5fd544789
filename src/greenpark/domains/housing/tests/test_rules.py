"""The measure's rules against its own text: boundaries, open points, and the walk over both state machines."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from greenpark.domains.housing.rules import buyback, price, states
from greenpark.domains.housing.rules.eligibility import (
    Household,
    Member,
    OwnHome,
    Relation,
    Verdict,
    age_on,
    assess,
)
from greenpark.domains.housing.rules.parameters import ParameterMissing, Parameters, ProfitBase

ON = date(2026, 9, 1)
PARAMETERS = Parameters("v1")
APPLICANT = Member(Relation.APPLICANT, "male", date(1990, 5, 4))
FAMILY = Household(
    members=(
        APPLICANT,
        Member(Relation.SPOUSE, "female", date(1992, 1, 1)),
        Member(Relation.CHILD, "male", date(2015, 1, 1)),
    ),
    married=True,
    hukou_district="海南区",
    lives_locally=True,
    homes=(),
)


def verdict(**changes: object) -> Verdict:
    return assess(replace(FAMILY, **changes), PARAMETERS, ON).verdict


def home(area: str, **more: object) -> OwnHome:
    return OwnHome("乌达区", Decimal(area), **more)


def test_a_family_without_a_home_is_eligible() -> None:
    assert verdict() is Verdict.ELIGIBLE


@pytest.mark.parametrize(
    ("area", "expected"),
    [("44.99", Verdict.ELIGIBLE), ("44.9999999999999999999", Verdict.ELIGIBLE), ("45", Verdict.NOT_ELIGIBLE),
     ("45.00", Verdict.NOT_ELIGIBLE)],
)  # fmt: skip
def test_fifteen_square_metres_is_strict_and_unrounded(area: str, expected: Verdict) -> None:
    assert verdict(homes=(home(area),)) is expected


def test_homes_elsewhere_do_not_count_and_filed_contracts_do() -> None:
    assert verdict(homes=(OwnHome("惠农区", Decimal(120)),)) is Verdict.ELIGIBLE
    assert verdict(homes=(home("90", filed_contract_only=True),)) is Verdict.NOT_ELIGIBLE


def test_a_shared_home_goes_to_a_person_only_where_the_readings_differ() -> None:
    half = Decimal("0.5")
    assert verdict(homes=(home("80", share=half),)) is Verdict.PERSON_DECIDES
    assert verdict(homes=(home("40", share=half),)) is Verdict.ELIGIBLE
    assert verdict(homes=(home("100", share=half),)) is Verdict.NOT_ELIGIBLE


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"hukou_district": "乌达区"}, Verdict.NOT_ELIGIBLE),
        ({"hukou_district": None}, Verdict.PERSON_DECIDES),
        ({"lives_locally": None}, Verdict.PERSON_DECIDES),
        ({"lives_locally": False}, Verdict.NOT_ELIGIBLE),
        ({"homes": None}, Verdict.PERSON_DECIDES),
        ({"banned_until": date(2026, 9, 2)}, Verdict.NOT_ELIGIBLE),
        ({"banned_until": date(2026, 9, 1)}, Verdict.ELIGIBLE),
        ({"income_yuan": Decimal(10) ** 9}, Verdict.ELIGIBLE),
        ({"married": False}, Verdict.NOT_ELIGIBLE),
        ({"hukou_district": "乌达区", "lives_locally": None}, Verdict.NOT_ELIGIBLE),
    ],
)
def test_each_condition(changes: dict[str, object], expected: Verdict) -> None:
    assert verdict(**changes) is expected


@pytest.mark.parametrize(
    ("sex", "born", "expected"),
    [
        ("male", date(2004, 9, 1), Verdict.ELIGIBLE),
        ("male", date(2004, 9, 2), Verdict.NOT_ELIGIBLE),
        ("female", date(2006, 9, 1), Verdict.ELIGIBLE),
        ("female", date(2006, 9, 2), Verdict.NOT_ELIGIBLE),
    ],
)
def test_single_households_reach_the_marriage_age(sex: str, born: date, expected: Verdict) -> None:
    assert verdict(members=(Member(Relation.APPLICANT, sex, born),), married=False) is expected


def test_a_grown_child_is_no_member() -> None:
    grown = Member(Relation.CHILD, "female", date(2008, 9, 1))
    answer = assess(replace(FAMILY, members=(*FAMILY.members, grown)), PARAMETERS, ON)
    assert answer.verdict is Verdict.NOT_ELIGIBLE
    assert "已成年" in answer.reasons[0].reason


def test_born_on_a_leap_day() -> None:
    assert age_on(date(2004, 2, 29), date(2022, 2, 28)) == 17
    assert age_on(date(2004, 2, 29), date(2022, 3, 1)) == 18


def test_income_counts_only_once_somebody_decided_a_limit() -> None:
    limited = replace(PARAMETERS, income_limit_yuan=Decimal(60_000))
    rich = replace(FAMILY, income_yuan=Decimal("60000.01"))
    assert assess(rich, PARAMETERS, ON).verdict is Verdict.ELIGIBLE
    assert assess(rich, limited, ON).verdict is Verdict.NOT_ELIGIBLE
    assert assess(FAMILY, limited, ON).verdict is Verdict.PERSON_DECIDES


def test_the_market_is_not_reachable_and_no_state_is_a_trap() -> None:
    homes = states.reachable(states.HOME_MOVES, states.Home.PLANNED)
    assert homes == set(states.Home)
    assert not any(word in state for state in homes for word in ("market", "commodity", "free"))
    for state in homes - {states.Home.REMOVED_FROM_PLAN}:
        assert states.moves_from(states.HOME_MOVES, state), f"{state} has no exit"
    # whoever owns a home can always reach a buy-back, and a bought-back home goes to a family again
    assert states.Home.BOUGHT_BACK in states.reachable(states.HOME_MOVES, states.Home.OWNED)
    assert states.Home.OWNED in states.reachable(states.HOME_MOVES, states.Home.BOUGHT_BACK)


def test_an_application_ends_where_the_measure_says() -> None:
    reached = states.reachable(states.APPLICATION_MOVES, states.Application.DRAFT)
    assert reached == set(states.Application)
    ends = {s for s in reached if not states.moves_from(states.APPLICATION_MOVES, s)}
    a = states.Application
    assert ends == {a.NOT_ACCEPTED, a.REFUSED, a.HANDED_OVER, a.WITHDRAWN, a.DISQUALIFIED, a.EXITED}
    assert all(m.article.startswith("第") for m in (*states.APPLICATION_MOVES, *states.HOME_MOVES))


def test_names_of_moves_are_unique_in_a_state() -> None:
    for moves in (states.APPLICATION_MOVES, states.HOME_MOVES):
        pairs = [(m.origin, m.name) for m in moves]
        assert len(pairs) == len(set(pairs))
    with pytest.raises(states.MoveNotAllowed, match="终结状态"):
        states.move(states.APPLICATION_MOVES, states.Application.REFUSED, "accept")


PARTS = price.CostParts(Decimal(2_000_000), Decimal(8_000_000), Decimal(500_000), Decimal(500_000))


def test_profit_at_most_five_per_cent_of_a_decided_base() -> None:
    with pytest.raises(ParameterMissing, match="A26"):
        price.propose(PARTS, Decimal(3000), PARAMETERS)
    narrow = replace(PARAMETERS, profit_base=ProfitBase.LAND_AND_CONSTRUCTION)
    assert price.propose(PARTS, Decimal(3000), narrow).per_m2 == Decimal("3666.67")
    more = replace(PARTS, profit=Decimal("500000.01"))
    with pytest.raises(price.ProfitTooHigh):
        price.propose(more, Decimal(3000), narrow)
    wide = replace(PARAMETERS, profit_base=ProfitBase.ALL_COSTS)
    assert price.propose(more, Decimal(3000), wide).total == Decimal("11000000.01")


def test_a_buyback_needs_a_decided_method() -> None:
    with pytest.raises(ParameterMissing, match="折旧方法"):
        price.buyback(Decimal(300_000), date(2025, 1, 15), ON, PARAMETERS)
    decided = replace(
        PARAMETERS, depreciation_method="straight_line", depreciation_years=50, depreciation_floor=Decimal("0.3")
    )
    # 19 full months of 600: 300,000 · 19 / 600 = 9,500
    answer = price.buyback(Decimal(300_000), date(2025, 1, 15), ON, decided)
    assert (answer.depreciation, answer.price) == (Decimal("9500.00"), Decimal("290500.00"))
    assert price.buyback(Decimal(300_000), date(1900, 1, 1), ON, decided).price == Decimal("90000.00")


@given(st.dictionaries(st.sampled_from(sorted(buyback.CHECKS)), st.sampled_from([True, False, None])))
def test_an_inspection_passes_only_when_all_is_checked_and_met(found: dict[str, bool | None]) -> None:
    answer = buyback.inspect(found)
    assert answer.passed == (len(found) == len(buyback.CHECKS) and all(found.values()))
    assert len(answer.failed) + len(answer.open) + sum(v is True for v in found.values()) == len(buyback.CHECKS)
