"""Price of a home (第二十五条), price of a buy-back (第二十七条), and the closed account (第十一条). Decimal yuan."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from greenpark.domains.housing.rules.parameters import PROFIT_AT_MOST, ParameterMissing, Parameters, ProfitBase

CENT = Decimal("0.01")


def cents(amount: Decimal) -> Decimal:
    """Round to the cent, halves up, as invoices do."""
    return amount.quantize(CENT, ROUND_HALF_UP)


@dataclass(frozen=True, slots=True)
class CostParts:
    """Costs of a project [yuan]."""

    land: Decimal
    construction: Decimal
    other: Decimal
    """等相关成本; itemised outside."""
    profit: Decimal


@dataclass(frozen=True, slots=True)
class ProposedPrice:
    """Total and price a square metre [yuan, yuan/m²]; ``working`` is printed in the notice."""

    total: Decimal
    per_m2: Decimal
    profit_share: Decimal
    working: str


class ProfitTooHigh(ValueError):
    """More than 5 % on the decided base."""


def propose(parts: CostParts, area_m2: Decimal, parameters: Parameters) -> ProposedPrice:
    """
    Price from its parts; the approved price is the government's own decision.

    Raises ParameterMissing while the base of the 5 % is undecided, ProfitTooHigh above it, ValueError for negative
    parts or an area that is not positive.
    """
    if min(parts.land, parts.construction, parts.other, parts.profit) < 0 or area_m2 <= 0:
        raise ValueError("成本、利润不得为负，面积应大于 0")
    if parameters.profit_base is None:
        raise ParameterMissing("profit_base")
    base = parts.land + parts.construction
    if parameters.profit_base is ProfitBase.ALL_COSTS:
        base += parts.other
    # profit ≤ 5 % of the base, compared without dividing
    if parts.profit > PROFIT_AT_MOST * base:
        raise ProfitTooHigh(f"利润 {parts.profit} 元高于基数 {base} 元的 5%（{cents(PROFIT_AT_MOST * base)} 元）")
    total = parts.land + parts.construction + parts.other + parts.profit
    working = f"{parts.land} + {parts.construction} + {parts.other} + {parts.profit} = {total} 元；÷ {area_m2} m²"
    share = parts.profit / base if base else Decimal(0)
    return ProposedPrice(cents(total), cents(total / area_m2), share, working)


@dataclass(frozen=True, slots=True)
class BuybackPrice:
    """Price of a buy-back [yuan] and how it came about."""

    price: Decimal
    depreciation: Decimal
    working: str


def _straight_line(original: Decimal, months: int, parameters: Parameters) -> Decimal:
    if parameters.depreciation_years is None:
        raise ParameterMissing("depreciation_years")
    if parameters.depreciation_floor is None:
        raise ParameterMissing("depreciation_floor")
    worn = min(Decimal(months) / (parameters.depreciation_years * 12), 1 - parameters.depreciation_floor)
    return original * worn


#: Named methods (A14). The measure gives none; the bureau chooses one and its parameters.
DEPRECIATION = {"straight_line": _straight_line}


def full_months(since: date, until: date) -> int:
    """Completed months between two days; never negative."""
    months = (until.year - since.year) * 12 + until.month - since.month - (until.day < since.day)
    return max(months, 0)


def buyback(original: Decimal, handed_over: date, on: date, parameters: Parameters) -> BuybackPrice:
    """
    Original price combined with depreciation; own decoration is not compensated (第二十七条).

    Raises ParameterMissing while method, life or floor are undecided; nothing is assumed.
    """
    if not parameters.depreciation_method:
        raise ParameterMissing("depreciation_method")
    method = DEPRECIATION[parameters.depreciation_method]
    months = full_months(handed_over, on)
    depreciation = cents(method(original, months, parameters))
    price = cents(original - depreciation)
    working = (
        f"原购买价格 {original} 元 − 折旧 {depreciation} 元（{parameters.depreciation_method}，"
        f"{months} 个月 / {parameters.depreciation_years} 年）= {price} 元；自行装修不予补偿"
    )
    return BuybackPrice(price, depreciation, working)
