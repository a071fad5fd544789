"""Building lines: every value that enters a formula becomes a term that remembers where it came from."""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_EVEN, Context, Decimal
from functools import lru_cache

from greenpark.engines.accounting._book import FactorBook, GridPolicy, select_factor, select_grid_factor
from greenpark.engines.accounting._errors import BadAmount, MissingFactor
from greenpark.engines.accounting._model import Category, Flag, Line, Method, Quantity, Term, Tier
from greenpark.engines.accounting._units import canonical, convert
from greenpark.kernel.factors import Confidence, Factor

#: Arithmetic of the whole engine: 34 significant digits, whatever the caller's context. Nothing is rounded to fewer.
ARITHMETIC = Context(prec=34, rounding=ROUND_HALF_EVEN)

_OPERATORS: dict[type[ast.operator], Callable[[Decimal, Decimal], Decimal]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}


def evaluate(formula: str, values: Mapping[str, Decimal]) -> Decimal:
    """Value of a line's formula. It knows numbers, the given symbols, + - * / and parentheses, nothing else.

    Evaluated left to right in the ambient decimal context. Raises ValueError for anything else in the text.
    """
    return _evaluate(_parsed(formula), values)


@lru_cache(maxsize=512)
def _parsed(formula: str) -> ast.expr:
    return ast.parse(formula, mode="eval").body


def _evaluate(node: ast.expr, values: Mapping[str, Decimal]) -> Decimal:
    match node:
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _OPERATORS:
            return _OPERATORS[type(op)](_evaluate(left, values), _evaluate(right, values))
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return -_evaluate(operand, values)
        case ast.Name(id=name) if name in values:
            return values[name]
        case ast.Constant(value=int(number)) if not isinstance(number, bool):
            return Decimal(number)
        case ast.Constant(value=float(number)):
            return Decimal(repr(number))
    raise ValueError(f"not a formula of this engine: {ast.dump(node)}")


@dataclass(frozen=True, slots=True)
class Working:
    """What a method may use while it computes: its factors, its date, and the makers of terms and lines."""

    book: FactorBook
    method: Method
    on: date

    # Terms

    def amount(self, symbol: str, name_zh: str, quantity: Quantity, unit: str) -> Term:
        """An amount the caller gave, converted to the formula's unit. Raises BadUnit, BadAmount when negative."""
        return given(symbol, name_zh, quantity, unit)

    def share(self, symbol: str, name_zh: str, quantity: Quantity) -> Term:
        """A share between 0 and 1. Raises BadAmount."""
        term = given(symbol, name_zh, quantity, "1")
        if term.value > 1:
            raise BadAmount(f"{name_zh} {symbol} 应在 0 与 1 之间，现为 {quantity.value} {quantity.unit}")
        return term

    def factor(self, symbol: str, name_zh: str, kind: str, subject: str, *, set: str = "", unit: str = "") -> Term:
        """The factor in force, in ``unit`` when given. Raises MissingFactor (also for a blank row), FactorOutOfForce,
        AmbiguousFactor."""
        return factor_term(symbol, name_zh, select_factor(self.book, kind, subject, self.on, set=set), unit)

    def factor_by_id(self, symbol: str, name_zh: str, factor_id: str) -> Term:
        return factor_term(symbol, name_zh, self.book.get(factor_id, self.on))

    def grid_factor(self, symbol: str, policy: GridPolicy) -> tuple[Term, tuple[Flag, ...], tuple[str, ...]]:
        """The grid factor of a policy, with the flag and the note that an older data year asks for."""
        chosen = select_grid_factor(self.book, policy, self.on)
        term = factor_term(symbol, f"{policy.region}电网排放因子", chosen)
        if chosen.data_year is None or chosen.data_year >= self.on.year:
            return term, (), ()
        note = f"{self.on.year} 年的活动使用 {chosen.data_year} 年数据的电网因子（规则 {policy.year_rule}）"
        return term, (Flag.OLDER_DATA_YEAR,), (note,)

    def given_or_factor(
        self, symbol: str, name_zh: str, quantity: Quantity | None, unit: str, kind: str, subject: str, *, set: str = ""
    ) -> Term:
        """The caller's own value if there is one, else the factor."""
        if quantity is not None:
            return given(symbol, name_zh, quantity, unit)
        return self.factor(symbol, name_zh, kind, subject, set=set, unit=unit)

    # Lines

    def line(
        self,
        id: str,
        label_zh: str,
        formula: str,
        terms: Iterable[Term],
        *,
        gas: str = "CO2",
        gwp: Term | None = None,
        category: Category | None = None,
        activity: Quantity | None = None,
        flags: Iterable[Flag] = (),
        notes: Iterable[str] = (),
        memo: bool = False,
    ) -> Line:
        """A summand: the formula gives the mass of the gas [t]; with ``gwp`` the value is mass x GWP [tCO2e]."""
        used = tuple(terms)
        mass = evaluate(formula, {term.symbol: term.value for term in used})
        value = mass
        if gwp is not None:
            formula, used, value = f"({formula}) * {gwp.symbol}", (*used, gwp), mass * gwp.value
        return Line(
            id=id,
            label_zh=label_zh,
            category=category or self.method.category,
            gas=gas,
            mass=mass,
            value=value,
            formula=formula,
            terms=used,
            flags=_flags_of(used, flags),
            notes=tuple(notes),
            activity=activity,
            memo=memo,
        )


def given(symbol: str, name_zh: str, quantity: Quantity, unit: str) -> Term:
    """A term of a value the caller gave. Raises BadUnit, BadAmount for a negative value."""
    if quantity.value < 0:
        raise BadAmount(f"{name_zh} {symbol} 不能为负：{quantity.value} {quantity.unit}")
    value = convert(quantity.value, quantity.unit, unit)
    note = "" if canonical(quantity.unit) == canonical(unit) else f"给出值 {quantity.value} {quantity.unit}"
    return Term(symbol, name_zh, value, unit, tier=quantity.tier, ref=quantity.ref, note=note)


def factor_term(symbol: str, name_zh: str, factor: Factor, unit: str = "") -> Term:
    """A term of a factor, in ``unit`` when given (BadUnit when it cannot be).

    Raises MissingFactor for a blank row, naming it; a blank is never zero.
    """
    if factor.value is None:
        ranged = f"标准只给出范围 {factor.low} 至 {factor.high} {factor.unit}；" if factor.low is not None else ""
        raise MissingFactor(
            f"因子 {factor.id}（{factor.name_zh}，{factor.unit}，{factor.edition}）没有数值；"
            f"{ranged}请给出实测值或有来源的数值"
        )
    return Term(
        symbol,
        name_zh,
        convert(factor.value, factor.unit, unit) if unit else factor.value,
        unit or factor.unit,
        factor_id=factor.id,
        edition=factor.edition,
        confidence=factor.confidence,
        source=factor.source,
        note=factor.notes,
    )


def constant(symbol: str, name_zh: str, value: Decimal, unit: str, source: str) -> Term:
    """A number that the method's formula itself prints."""
    return Term(symbol, name_zh, value, unit, source=(source,))


_ROUGH_TIERS = {Tier.ESTIMATED, Tier.SUBSTITUTED}


def _flags_of(terms: Iterable[Term], extra: Iterable[Flag]) -> tuple[Flag, ...]:
    flags = set(extra)
    for term in terms:
        if term.confidence is Confidence.RECALLED:
            flags.add(Flag.UNCONFIRMED)
        if term.tier in _ROUGH_TIERS:
            flags.add(Flag.ESTIMATED)
    return tuple(sorted(flags))


def flags_of(terms: Iterable[Term], extra: Iterable[Flag] = ()) -> tuple[Flag, ...]:
    """Flags that the terms of a line call for, in a fixed order."""
    return _flags_of(terms, extra)


def worst_tier(terms: Iterable[Term]) -> Tier | None:
    """The worst data tier among the values that the caller gave; None when there is none."""
    order = list(Tier)
    tiers = [term.tier for term in terms if term.tier is not None]
    return max(tiers, key=order.index) if tiers else None


def shown(formula: str, terms: Iterable[Term], value: Decimal, unit: str) -> str:
    """One line of working: ``E = FC * NCV ... = 100 t * 28.447 GJ/t ... = 286.2 tCO2e``."""
    by_symbol = {term.symbol: term for term in terms}
    put: list[str] = []
    word = ""
    for letter in f"{formula} ":
        if letter.isalnum() or letter in "_.":
            word += letter
            continue
        if word:
            term = by_symbol.get(word)
            put.append(word if term is None else f"{_plain(term.value)} {term.unit}".removesuffix(" 1"))
        word = ""
        put.append(letter)
    return f"{formula} = {''.join(put).strip()} = {_plain(value)} {unit}"


def _plain(value: Decimal) -> str:
    """At most 12 significant digits, no exponent: for reading, not for reckoning."""
    short = Context(prec=12).plus(value)
    text = f"{short:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
