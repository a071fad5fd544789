"""Every method has a page, every page's worked example is run and agrees to its last printed digit."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import msgspec
import pytest

from greenpark.engines.accounting import CALCULATIONS, METHODS, FactorBook
from greenpark.engines.accounting.tests.conftest import PAGES, Example, examples

BY_NAME = {calculation.name: calculation for calculation in CALCULATIONS}


def answer(example: Example, book: FactorBook) -> Any:
    """Through the door that integrators use: JSON in, JSON out."""
    calculation = BY_NAME[example.name]
    question = msgspec.json.decode(msgspec.json.encode(example.input), type=calculation.input)
    question = msgspec.structs.replace(question, factors=tuple(book))
    return msgspec.json.decode(msgspec.json.encode(calculation.run(question)))


@pytest.mark.parametrize("example", examples(), ids=lambda e: e.method())
def test_the_example_of_the_page(example: Example, book: FactorBook) -> None:
    got = answer(example, book)
    printed = Decimal(example.output["total"])
    unit_of_last_digit = Decimal(1).scaleb(int(printed.as_tuple().exponent))
    assert abs(Decimal(got["total"]) - printed) <= unit_of_last_digit / 2
    for field, value in example.output.items():
        if field != "total":
            assert got[field] == value, field


def test_every_method_has_a_page_with_an_example() -> None:
    shown = {example.method() for example in examples()}
    assert set(METHODS) <= shown
    for method in METHODS.values():
        assert (PAGES / method.page).is_file(), method.id
        assert method.id in {e.method() for e in examples() if e.page == method.page}


def test_the_overview_links_every_page() -> None:
    overview = (PAGES / "accounting.md").read_text()
    assert {page.name for page in PAGES.glob("accounting-*.md")} == {
        page.name for page in PAGES.glob("accounting-*.md") if f"({page.name})" in overview
    }


def test_names_of_calculations_are_kebab_case_and_unique() -> None:
    names = [calculation.name for calculation in CALCULATIONS]
    assert len(set(names)) == len(names)
    assert all(name.replace("-", "").isalnum() and name.islower() for name in names)
    for calculation in CALCULATIONS:
        msgspec.json.schema(calculation.input)
        msgspec.json.schema(calculation.output)
