"""Which grid factor is taken is decided by the policy alone, and an older year is always said."""

from __future__ import annotations

from datetime import date

import pytest

from greenpark.engines.accounting import (
    AmbiguousFactor,
    FactorBook,
    FactorOutOfForce,
    Flag,
    GridPolicy,
    GridScope,
    MissingFactor,
    MissingParameter,
    YearRule,
    run,
    select_factor,
    select_grid_factor,
)

LATEST = GridPolicy()


@pytest.mark.parametrize(
    ("on", "published_by", "year"),
    [
        (date(2024, 4, 29), None, None),
        (date(2024, 4, 30), None, 2021),
        (date(2024, 12, 19), None, 2021),
        (date(2024, 12, 20), None, 2022),
        (date(2025, 10, 1), None, 2022),
        (date(2025, 10, 1), date(2026, 1, 15), 2023),
        (date(2026, 8, 1), None, 2023),
        (date(2022, 5, 1), date(2026, 1, 15), 2022),
    ],
)
def test_latest_published(book: FactorBook, on: date, published_by: date | None, year: int | None) -> None:
    policy = GridPolicy(published_by=published_by)
    if year is None:
        with pytest.raises(MissingFactor, match="2021（2024-04-30 发布）"):
            select_grid_factor(book, policy, on)
    else:
        assert select_grid_factor(book, policy, on).data_year == year


def test_same_year_never_falls_back(book: FactorBook) -> None:
    policy = GridPolicy(year_rule=YearRule.SAME_YEAR, published_by=date(2026, 1, 15))
    assert select_grid_factor(book, policy, date(2023, 6, 1)).data_year == 2023
    with pytest.raises(MissingFactor, match="2025"):
        select_grid_factor(book, policy, date(2025, 6, 1))


def test_a_fixed_year_must_be_named_and_published(book: FactorBook) -> None:
    fixed = GridPolicy(scope=GridScope.FOSSIL, year_rule=YearRule.FIXED_YEAR, data_year=2022)
    assert select_grid_factor(book, fixed, date(2026, 8, 1)).id == "grid.2022.CN.fossil"
    with pytest.raises(MissingParameter):
        select_grid_factor(book, GridPolicy(year_rule=YearRule.FIXED_YEAR), date(2026, 8, 1))
    with pytest.raises(MissingFactor):
        select_grid_factor(book, fixed, date(2024, 6, 1))


@pytest.mark.parametrize("policy", [GridPolicy(region="台湾"), GridPolicy(region="内蒙古", scope=GridScope.FOSSIL)])
def test_another_region_or_scope_is_never_taken(book: FactorBook, policy: GridPolicy) -> None:
    with pytest.raises(MissingFactor, match="不会自动改用"):
        select_grid_factor(book, policy, date(2026, 8, 1))


def test_an_older_data_year_is_flagged(book: FactorBook) -> None:
    method = "electricity-location.guides-2013"

    def bought(on: date) -> tuple[Flag, ...]:
        grid = {"year_rule": "same-year-or-older", "published_by": "2026-01-15"}
        return run(method, {"purchased": {"value": "1", "unit": "MWh"}, "grid": grid}, book, on).flags

    assert Flag.OLDER_DATA_YEAR in bought(date(2025, 6, 1))
    assert Flag.OLDER_DATA_YEAR not in bought(date(2023, 6, 1))


def test_the_footprint_of_electricity_cannot_be_selected(book: FactorBook) -> None:
    for scope in GridScope:
        assert all(f.kind == "grid" for f in book if f.scope == scope)
    assert not [f for f in book.of_kind("grid") if "footprint" in f.id]


def test_several_tables_must_be_told_apart(book: FactorBook) -> None:
    with pytest.raises(AmbiguousFactor, match="set"):
        select_factor(book, "ncv", "coke", date(2026, 1, 1))


def test_a_factor_outside_its_dates(book: FactorBook) -> None:
    with pytest.raises(FactorOutOfForce, match="2021-04-01"):
        select_factor(book, "standard-coal", "raw_coal", date(2021, 3, 31), set="gb2589-2020")
    assert book.get("gb2589-2008.fresh_water", date(2021, 3, 31)).value is not None
    with pytest.raises(FactorOutOfForce):
        book.get("gb2589-2008.fresh_water", date(2021, 4, 1))
    with pytest.raises(MissingFactor, match="没有编号"):
        book.get("none", date(2021, 4, 1))
