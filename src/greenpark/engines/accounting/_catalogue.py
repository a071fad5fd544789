"""The catalogue of methods, and the one way to run any of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal, localcontext
from typing import Any

import msgspec

from greenpark.engines.accounting import _methods
from greenpark.engines.accounting._book import FactorBook, select_factor
from greenpark.engines.accounting._errors import BadInputs, MethodOutOfForce, UnknownMethod
from greenpark.engines.accounting._model import Flag, GasTotal, Line, Method, MethodResult
from greenpark.engines.accounting._working import ARITHMETIC, Working, factor_term, shown, worst_tier
from greenpark.kernel.factors import Confidence

METHODS: dict[str, Method] = {method.id: method for method in _methods.ALL}


def methods_in_force(family: str, on: date) -> list[Method]:
    """Methods of a family whose edition covers a date, newest first. Several may legally apply: the caller chooses."""
    found = [method for method in METHODS.values() if method.family == family and method.in_force(on)]
    return sorted(found, key=lambda method: method.effective_from or date.min, reverse=True)


def run(method_id: str, inputs: msgspec.Struct | Mapping[str, Any], factors: FactorBook, on: date) -> MethodResult:
    """Run a method in the edition that its id names.

    inputs   the method's Struct, or its JSON shape as a mapping (Decimals as strings)
    on       the day for which edition and factors must be in force: the first day of the period

    Raises UnknownMethod, MethodOutOfForce, BadInputs, and what the method itself refuses (BadUnit, BadAmount,
    NegativePurchase, MissingFactor, FactorOutOfForce, MissingEvidence…), all of them AccountingError.
    """
    method = METHODS.get(method_id)
    if method is None:
        raise UnknownMethod(f"没有核算方法 {method_id!r}；可用的方法：{'、'.join(sorted(METHODS))}")
    if not method.in_force(on):
        raise MethodOutOfForce(
            f"方法 {method.id}（{method.edition}）的适用期为 "
            f"{method.effective_from or '…'} 至 {method.effective_to or '…'}，不能用于 {on}；{_others(method, on)}"
        )
    question = check_inputs(method, inputs)
    working = Working(factors, method, on)
    with localcontext(ARITHMETIC):
        lines: list[Line] = []
        memo: list[Line] = []
        for line in method.compute(question, working):
            (memo if line.memo else lines).append(line)
        total = sum((line.value for line in lines), Decimal(0))
        by_gas = _by_gas(lines)
    return _result(method, on, lines, memo, total, by_gas, _gwp_edition(question, method))


def in_gwp(result: MethodResult, gwp_edition: str, factors: FactorBook) -> tuple[GasTotal, ...]:
    """The gases of a result weighed by another assessment report (SAR, AR4, AR5, AR6); masses stay.

    Raises MissingFactor for a gas without a value in that report. CO2 weighs 1 in all of them.
    """
    weighed = []
    with localcontext(ARITHMETIC):
        for gas in result.by_gas:
            potential = factor_term("GWP", gas.gas, select_factor(factors, "gwp", gas.gas, result.on, set=gwp_edition))
            weighed.append(GasTotal(gas.gas, gas.mass, gas.mass * potential.value))
    return tuple(weighed)


def check_inputs(method: Method, inputs: msgspec.Struct | Mapping[str, Any]) -> Any:
    """Inputs as the method's Struct. Raises BadInputs naming the place."""
    if isinstance(inputs, method.inputs):
        return inputs
    if isinstance(inputs, msgspec.Struct):
        raise BadInputs(f"方法 {method.id} 的输入应为 {method.inputs.__name__}，现为 {type(inputs).__name__}")
    try:
        return msgspec.convert(inputs, method.inputs, strict=True)
    except msgspec.ValidationError as error:
        raise BadInputs(f"方法 {method.id} 的输入有误：{error}") from None


def _others(method: Method, on: date) -> str:
    ids = [other.id for other in methods_in_force(method.family, on)]
    return f"该日适用的同类方法：{'、'.join(ids)}" if ids else "该日没有适用的同类方法"


def _gwp_edition(question: Any, method: Method) -> str:
    return getattr(question, "gwp", "") or method.gwp_edition


def _by_gas(lines: Iterable[Line]) -> tuple[GasTotal, ...]:
    masses: dict[str, tuple[Decimal, Decimal]] = {}
    for line in lines:
        mass, co2e = masses.get(line.gas, (Decimal(0), Decimal(0)))
        masses[line.gas] = mass + line.mass, co2e + line.value
    return tuple(GasTotal(gas, *masses[gas]) for gas in sorted(masses))


def _result(
    method: Method,
    on: date,
    lines: list[Line],
    memo: list[Line],
    total: Decimal,
    by_gas: tuple[GasTotal, ...],
    gwp_edition: str,
) -> MethodResult:
    terms = [term for line in lines for term in line.terms]
    flags = {flag for line in (*lines, *memo) for flag in line.flags}
    if not lines:
        flags.add(Flag.EMPTY)
    if method.confidence is not Confidence.CONFIRMED:
        flags.add(Flag.METHOD_UNCONFIRMED)
    return MethodResult(
        method_id=method.id,
        title_zh=method.title_zh,
        edition=method.edition,
        on=on,
        category=method.category,
        lines=tuple(lines),
        memo=tuple(memo),
        total=total,
        unit="tCO2e",
        by_gas=by_gas,
        gwp_edition=gwp_edition,
        tier=worst_tier(terms),
        flags=tuple(sorted(flags)),
        factor_ids=tuple(sorted({term.factor_id for term in terms if term.factor_id})),
        working="\n".join(f"{line.label_zh}：{shown(line.formula, line.terms, line.value, 'tCO2e')}" for line in lines),
    )
