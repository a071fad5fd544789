"""Choosing a factor: one answer or a refusal, never a guess."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from enum import StrEnum

import msgspec

from greenpark.engines.accounting._errors import AmbiguousFactor, FactorOutOfForce, MissingFactor, MissingParameter
from greenpark.kernel.factors import KIND_NAMES, Factor


class GridScope(StrEnum):
    """Kinds of average in the announcements of grid factors."""

    AVERAGE = "average"
    AVERAGE_EX_MARKET_NON_FOSSIL = "average-ex-market-non-fossil"
    FOSSIL = "fossil"
    ETS_REPORT = "ets-report"  # the figure named by the reporting notices, not one of the three announced scopes


class YearRule(StrEnum):
    """Which data year of the grid factor counts."""

    LATEST_PUBLISHED = "latest-published"
    """The latest data year that was published by ``published_by`` (GB/T 32150-2025 asks for it)."""
    SAME_YEAR = "same-year"
    """The data year of the activity; nothing else."""
    SAME_YEAR_OR_OLDER = "same-year-or-older"
    """The data year of the activity, else the latest earlier one that was published; the result is flagged."""
    FIXED_YEAR = "fixed-year"
    """Exactly ``data_year``."""


class GridPolicy(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How a method or a park picks its grid factor. Everything is said, nothing is assumed.

    region        as in the announcements: 全国, 华北, 内蒙古…
    published_by  only factors issued on or before this day exist; None: the day of the activity. A closing of an
                  earlier month passes the day of the report, and keeps it, so that closing again gives the same.
    """

    region: str = "全国"
    scope: GridScope = GridScope.AVERAGE
    year_rule: YearRule = YearRule.LATEST_PUBLISHED
    data_year: int | None = None
    published_by: date | None = None


#: Kinds whose rows name their subject, and what the row's name adds to it.
_NAMED_BY = {
    "standard-coal": "",
    "ncv": "低位发热量",
    "carbonate": "",
    "carbon-content": "含碳量",
    "reductant": "（还原剂）",
    "process": "",
}


class FactorBook:
    """Factors that can be looked up. Immutable; build it once from ``load_factors`` and hand it to every run."""

    def __init__(self, factors: Iterable[Factor]) -> None:
        self._by_id = {factor.id: factor for factor in factors}
        self._by_key: dict[tuple[str, str], list[Factor]] = {}
        for factor in self._by_id.values():
            self._by_key.setdefault((factor.kind, factor.subject), []).append(factor)

    def __len__(self) -> int:
        return len(self._by_id)

    def __iter__(self) -> Iterator[Factor]:
        return iter(self._by_id.values())

    def of_kind(self, kind: str) -> list[Factor]:
        return [factor for factor in self if factor.kind == kind]

    def get(self, factor_id: str, on: date) -> Factor:
        """The factor with this id. Raises MissingFactor when there is none, FactorOutOfForce when not on this date."""
        factor = self._by_id.get(factor_id)
        if factor is None:
            raise MissingFactor(f"没有编号为 {factor_id} 的因子；请检查数据包 packs/standards")
        if not factor.in_force(on):
            raise FactorOutOfForce(_out_of_force([factor], on))
        return factor

    def rows(self, kind: str, subject: str) -> list[Factor]:
        return self._by_key.get((kind, subject), [])

    def name_zh(self, subject: str) -> str:
        """Chinese name of a fuel or material, from its rows; the subject itself where no row names it."""
        for kind, ending in _NAMED_BY.items():
            for row in self.rows(kind, subject):
                return row.name_zh.removesuffix(ending)
        return subject


def select_factor(book: FactorBook, kind: str, subject: str, on: date, *, set: str = "") -> Factor:
    """The one factor of a kind about a subject that is in force on a date.

    set   the table (fuel set, GWP edition…); "" when the subject stands in one table only

    The row may still be blank; :meth:`Working.factor` refuses that, so that the message can name the row. Raises
    MissingFactor when no row exists, FactorOutOfForce when none is in force, AmbiguousFactor when several are. Among
    editions of one set the ranges of validity must not overlap; a test of the packs sees to it.
    """
    rows = [row for row in book.rows(kind, subject) if not set or row.set == set]
    where = f"{KIND_NAMES.get(kind, kind)}／{subject}" + (f"／表 {set}" if set else "")
    if not rows:
        raise MissingFactor(f"没有因子 {where}；请给出实测值，或在 packs/standards 中补充有来源的一行")
    live = [row for row in rows if row.in_force(on)]
    if not live:
        raise FactorOutOfForce(_out_of_force(rows, on))
    if len(live) > 1:
        ids = "、".join(f"{row.id}（表 {row.set or '—'}）" for row in live)
        raise AmbiguousFactor(f"因子 {where} 在 {on} 有多个：{ids}；请指明用哪一张表（set）")
    return live[0]


def select_grid_factor(book: FactorBook, policy: GridPolicy, on: date) -> Factor:
    """The grid factor that a policy picks for activity on a date.

    Never takes another region or scope than asked, and never a data year after the activity. Whoever uses the answer
    compares its ``data_year`` with the activity's year and flags an older one (the methods here do). Raises
    MissingFactor naming the region, scope and year; MissingParameter when a fixed year is asked without one.
    """
    known_by = policy.published_by or on
    rows = [f for f in book.of_kind("grid") if f.region == policy.region and f.scope == policy.scope]
    published = [f for f in rows if f.issued is not None and f.issued <= known_by and f.data_year is not None]
    wanted = _years(policy, on)
    fitting = [f for f in published if f.data_year is not None and wanted[0] <= f.data_year <= wanted[1]]
    if not fitting:
        have = (
            "、".join(f"{f.data_year}（{f.issued} 发布）" for f in sorted(rows, key=lambda f: f.data_year or 0)) or "无"
        )
        raise MissingFactor(
            f"没有可用的电网排放因子：{policy.region}／{policy.scope}，数据年份 {_span(wanted)}，{known_by} 前已发布；"
            f"现有数据年份：{have}。不会自动改用其他地区、口径或年份"
        )
    best = max(f.data_year or 0 for f in fitting)
    chosen = [f for f in fitting if f.data_year == best]
    if len(chosen) > 1:
        raise AmbiguousFactor(f"电网排放因子不唯一：{'、'.join(f.id for f in chosen)}")
    return chosen[0]


def _years(policy: GridPolicy, on: date) -> tuple[int, int]:
    if policy.year_rule is YearRule.FIXED_YEAR:
        if policy.data_year is None:
            raise MissingParameter("电网因子按固定年份选取时，须给出 data_year")
        return policy.data_year, policy.data_year
    if policy.year_rule is YearRule.SAME_YEAR:
        return on.year, on.year
    return 0, on.year


def _span(years: tuple[int, int]) -> str:
    low, high = years
    return str(high) if low == high else f"不晚于 {high}"


def _out_of_force(rows: list[Factor], on: date) -> str:
    said = "；".join(
        f"{row.id} 有效期 {row.valid_from or '…'} 至 {row.valid_to or '…'}（{row.edition}）" for row in rows
    )
    return f"因子在 {on} 不在有效期内：{said}"
