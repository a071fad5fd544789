"""The decisions on open points, as the rules take them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from greenpark.domains.housing import models
from greenpark.domains.housing.rules.parameters import (
    PARAMETER_OWNERS,
    ClockStart,
    Parameters,
    ProfitBase,
)
from greenpark.domains.housing.rules.price import DEPRECIATION

_YES_NO = {"是": True, "否": False}


def _yes_no(text: str) -> bool:
    try:
        return _YES_NO[text]
    except KeyError:
        raise ValueError("应填「是」或「否」") from None


def _decimal(low: str, high: str) -> Callable[[str], Decimal]:
    def read(text: str) -> Decimal:
        try:
            value = Decimal(text)
        except ArithmeticError:
            raise ValueError(f"「{text}」不是数") from None
        if not Decimal(low) <= value <= Decimal(high):
            raise ValueError(f"应在 {low} 到 {high} 之间")
        return value

    return read


def _whole(text: str) -> int:
    if not text.isdigit() or not 1 <= int(text) <= 200:
        raise ValueError("应为 1 到 200 的整数")
    return int(text)


def _method(text: str) -> str:
    if text not in DEPRECIATION:
        raise ValueError(f"可选方法：{'、'.join(DEPRECIATION)}")
    return text


#: How the text of a parameter is read; blank takes the decision back.
READERS: dict[str, Callable[[str], Any]] = {
    "income_limit_yuan": _decimal("0", "10000000"),
    "count_shared_ownership_by_share": _yes_no,
    "one_household_one_home": _yes_no,
    "profit_base": ProfitBase,
    "depreciation_method": _method,
    "depreciation_years": _whole,
    "depreciation_floor": _decimal("0", "1"),
    "deposit_yuan": _decimal("0.01", "10000000"),
    "deposit_refundable_on_exit": _yes_no,
    "ban_covers_household": _yes_no,
    "ban_starts": ClockStart,
    "contract_clock_starts": ClockStart,
    "pool_order_rule": str,
}


@dataclass(frozen=True, slots=True)
class ParameterView:
    """An open point with its decision, if any."""

    name: str
    title: str
    point: str
    owner: str
    value: str
    decided: bool
    document: str
    reason: str
    by: str
    at: datetime | None


def _newest() -> dict[str, models.Parameter]:
    found: dict[str, models.Parameter] = {}
    for row in models.Parameter.objects.all():
        found.setdefault(row.name, row)
    return found


def current() -> Parameters:
    """The decisions in force; ``version`` names the newest of them."""
    rows = _newest()
    version = f"P{max((r.pk for r in rows.values()), default=0)}"
    values = {name: READERS[name](row.value) for name, row in rows.items() if row.value and name in READERS}
    return Parameters(version, **values)


def listing() -> list[ParameterView]:
    rows = _newest()
    views = []
    for name, (title, point, owner) in PARAMETER_OWNERS.items():
        row = rows.get(name)
        said = _said(row) if row else ("", False, "", "", "", None)
        views.append(ParameterView(name, title, point, str(owner), *said))
    return views


def _said(row: models.Parameter) -> tuple[str, bool, str, str, str, datetime]:
    return row.value, bool(row.value), row.document, row.reason, row.by, row.at


def history(name: str) -> list[ParameterView]:
    title, point, owner = PARAMETER_OWNERS[name]
    rows = models.Parameter.objects.filter(name=name)
    return [ParameterView(name, title, point, str(owner), *_said(r)) for r in rows]
