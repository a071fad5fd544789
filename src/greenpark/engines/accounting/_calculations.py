"""The entries of ``greenpark calc``: one per family of methods, and comprehensive energy consumption."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import msgspec

from greenpark.engines.accounting._book import FactorBook
from greenpark.engines.accounting._catalogue import METHODS, run
from greenpark.engines.accounting._energy import Basis, EnergyItem, EnergyLine, EqualValue, to_tce
from greenpark.engines.accounting._errors import MissingFactor, UnknownMethod
from greenpark.engines.accounting._model import Flag, GasTotal, Line, Method, Tier
from greenpark.kernel.calculation import Calculation
from greenpark.kernel.factors import Factor


class EmissionsAnswer(msgspec.Struct, frozen=True):
    """As :class:`MethodResult`."""

    method_id: str
    title_zh: str
    edition: str
    on: date
    total: Decimal
    unit: str
    by_gas: tuple[GasTotal, ...]
    gwp_edition: str
    tier: Tier | None
    flags: tuple[Flag, ...]
    factor_ids: tuple[str, ...]
    working: str
    lines: tuple[Line, ...]
    memo: tuple[Line, ...]


class EnergyQuestion(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``factors``: rows of factors as a ledger exports them; left out, the command line puts the shipped packs in."""

    on: date
    basis: Basis
    items: tuple[EnergyItem, ...]
    equal_value: EqualValue | None = None
    factors: tuple[Factor, ...] = ()


class EnergyAnswer(msgspec.Struct, frozen=True):
    """As :class:`EnergyResult`."""

    edition: str
    on: date
    basis: Basis
    total: Decimal
    of_which_feedstock: Decimal
    of_which_non_fossil: Decimal
    tier: Tier | None
    flags: tuple[Flag, ...]
    factor_ids: tuple[str, ...]
    working: str
    lines: tuple[EnergyLine, ...]


def _book(factors: tuple[Factor, ...]) -> FactorBook:
    if not factors:
        raise MissingFactor("没有因子：请在 factors 中给出因子，或用命令行运行（自动读取 packs/standards）")
    return FactorBook(factors)


def _energy(question: EnergyQuestion) -> EnergyAnswer:
    result = to_tce(
        question.items, question.basis, _book(question.factors), question.on, equal_value=question.equal_value
    )
    return EnergyAnswer(**{name: getattr(result, name) for name in EnergyAnswer.__struct_fields__})


def _emissions(question: Any) -> EmissionsAnswer:
    method = METHODS.get(question.method)
    if method is None or method.inputs is not type(question.inputs):
        raise UnknownMethod(f"方法 {question.method!r} 不属于这一计算")
    result = run(question.method, question.inputs, _book(question.factors), question.on)
    return EmissionsAnswer(**{name: getattr(result, name) for name in EmissionsAnswer.__struct_fields__})


def _question(methods: list[Method]) -> type[msgspec.Struct]:
    """Input of one family; the newest edition is the default method."""
    newest = max(methods, key=lambda method: method.effective_from or date.min)
    title = "".join(part.capitalize() for part in newest.family.split("-"))
    return msgspec.defstruct(
        f"{title}Question",
        [
            ("on", date),
            ("inputs", newest.inputs),
            ("method", str, newest.id),
            ("factors", tuple[Factor, ...], ()),
        ],
        frozen=True,
        forbid_unknown_fields=True,
    )


def _families() -> dict[str, list[Method]]:
    found: dict[str, list[Method]] = {}
    for method in METHODS.values():
        found.setdefault(method.family, []).append(method)
    return found


def _calculation(family: str, methods: list[Method]) -> Calculation:
    first = methods[0]
    return Calculation(
        name=f"emissions-{family}",
        summary_zh=f"{first.title_zh}（{'、'.join(method.id for method in methods)}）",
        summary_en=first.title_en,
        input=_question(methods),
        output=EmissionsAnswer,
        run=_emissions,
        source="；".join(dict.fromkeys(method.document for method in methods)),
        needs=("factors",),
    )


CALCULATIONS = (
    Calculation(
        name="comprehensive-energy",
        summary_zh="综合能耗（当量值、等价值）",
        summary_en="comprehensive energy consumption, calorific and equal-value",
        input=EnergyQuestion,
        output=EnergyAnswer,
        run=_energy,
        source="GB/T 2589-2020",
        needs=("factors",),
    ),
    *(_calculation(family, methods) for family, methods in _families().items()),
)
