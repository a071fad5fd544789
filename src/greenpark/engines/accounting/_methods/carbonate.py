"""CO2 of carbonate decomposition: E = M x PUR x EF x F."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal

from greenpark.engines.accounting._inputs import CarbonateDecomposition, Decomposed
from greenpark.engines.accounting._methods._documents import GB32151_34, GUIDES
from greenpark.engines.accounting._methods._make import method
from greenpark.engines.accounting._model import Category, Line
from greenpark.engines.accounting._working import Working, constant

FORMULA = "M * PUR * EF * F"


@dataclass(frozen=True, slots=True)
class Options:
    """The factor table that an edition prints."""

    set: str


def compute(question: CarbonateDecomposition, working: Working) -> Iterator[Line]:
    options: Options = working.method.options
    yield from lines(question.carbonates, working, question.set or options.set)


def lines(carbonates: Iterable[Decomposed], working: Working, table: str, prefix: str = "") -> Iterator[Line]:
    """Lines of carbonates, also for balances and smelters whose charge holds some."""
    for number, item in enumerate(carbonates, start=1):
        label = item.label or working.book.name_zh(item.carbonate)
        amount = working.amount("M", "碳酸盐消耗量", item.amount, "t")
        one = constant("PUR", "碳酸盐质量分数（未给出，按纯物质）", Decimal(1), "1", "方法缺省")
        purity = working.share("PUR", "碳酸盐质量分数", item.purity) if item.purity else one
        whole = constant("F", "分解率（缺省 1）", Decimal(1), "1", "方法缺省")
        conversion = working.share("F", "分解率", item.conversion) if item.conversion else whole
        factor = working.given_or_factor(
            "EF", "排放因子", item.emission_factor, "tCO2/t", "carbonate", item.carbonate, set=table
        )
        yield working.line(
            f"{prefix}{number}-{item.carbonate}",
            label,
            FORMULA,
            (amount, purity, factor, conversion),
            category=Category.PROCESS,
            activity=item.amount,
        )


_TITLES = ("碳酸盐分解 CO2 排放", "CO2 of carbonate decomposition")
_PAGE = "accounting-carbonates.md"
_E = "E = Σ M × PUR × EF × F"

METHODS = (
    method(
        "carbonate", "guides-2013", GUIDES, _TITLES, Category.PROCESS, _E, CarbonateDecomposition, compute,
        options=Options("ipcc-2006"), confirmed=True, page=_PAGE,
    ),
    method(
        "carbonate", "gb32151-34-2024", GB32151_34, _TITLES, Category.PROCESS, _E, CarbonateDecomposition, compute,
        options=Options("GB32151.34"), confirmed=True, page=_PAGE,
    ),
)  # fmt: skip
