"""Eligibility after 第十七条至第二十条: eligible, not eligible, or a person decides. Exact arithmetic, no guess."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum

from greenpark.domains.housing.rules.parameters import (
    ADULT_AGE,
    AREA_PER_PERSON_BELOW,
    MARRIAGE_AGE,
    WORKING_MINOR_AGE,
    Parameters,
)

#: 第十八条(二): districts in which an own home counts.
COUNTING_DISTRICTS = frozenset({"海勃湾区", "乌达区", "海南区"})
HOME_DISTRICT = "海南区"


class Verdict(StrEnum):
    ELIGIBLE = "eligible"
    NOT_ELIGIBLE = "not_eligible"
    PERSON_DECIDES = "person_decides"


class Relation(StrEnum):
    APPLICANT = "applicant"
    SPOUSE = "spouse"
    CHILD = "child"


@dataclass(frozen=True, slots=True)
class Member:
    """A member of the applying family. ``capacity``: the finding on full capacity for civil acts, if any."""

    relation: Relation
    sex: str
    """male, female"""
    born: date
    capacity: bool | None = None


@dataclass(frozen=True, slots=True)
class OwnHome:
    """A home in the name of a member: registered, or contract signed online and filed (第十九条)."""

    district: str
    area_m2: Decimal
    share: Decimal = Decimal(1)
    filed_contract_only: bool = False
    disposed_on: date | None = None
    """Sold or given away: no longer own, but shown to people (A05)."""


@dataclass(frozen=True, slots=True)
class Household:
    """What was declared and what the bureaus found. None where nothing was found yet."""

    members: tuple[Member, ...]
    married: bool
    hukou_district: str | None
    lives_locally: bool | None
    homes: tuple[OwnHome, ...] | None
    banned_until: date | None = None
    rents_public: bool | None = None
    income_yuan: Decimal | None = None
    has_bought_before: bool | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """One rule applied: outcome, article, reason in plain Chinese with the figures that led to it."""

    rule: str
    verdict: Verdict
    article: str
    reason: str


@dataclass(frozen=True, slots=True)
class Assessment:
    """All findings. Not eligible beats *a person decides*, which beats eligible; warnings never change the verdict."""

    verdict: Verdict
    findings: tuple[Finding, ...]
    warnings: tuple[Finding, ...] = field(default=())

    @property
    def reasons(self) -> tuple[Finding, ...]:
        """The findings that led to the verdict."""
        return tuple(f for f in self.findings if f.verdict is self.verdict)


def age_on(born: date, on: date) -> int:
    """Completed years; somebody born on 29 February turns a year older on 1 March of common years."""
    return on.year - born.year - ((on.month, on.day) < (born.month, born.day))


def _yes(rule: str, article: str, reason: str) -> Finding:
    return Finding(rule, Verdict.ELIGIBLE, article, reason)


def _no(rule: str, article: str, reason: str) -> Finding:
    return Finding(rule, Verdict.NOT_ELIGIBLE, article, reason)


def _ask(rule: str, article: str, reason: str) -> Finding:
    return Finding(rule, Verdict.PERSON_DECIDES, article, reason)


def capacity(household: Household, on: date) -> Finding:
    """第十七条: the main applicant has full capacity for civil acts."""
    applicant = _applicant(household)
    age = age_on(applicant.born, on)
    if applicant.capacity is False:
        return _no("HR20", "第十七条", "主申请人经认定不具有完全民事行为能力")
    if applicant.capacity is True or age >= ADULT_AGE:
        return _yes("HR20", "第十七条", f"主申请人 {age} 周岁")
    if age >= WORKING_MINOR_AGE:
        return _ask("HR20", "第十七条", f"主申请人 {age} 周岁，是否以自己的劳动收入为主要生活来源，由人认定")
    return _no("HR20", "第十七条", f"主申请人 {age} 周岁，未满 {ADULT_AGE} 周岁")


def family(household: Household, on: date) -> Finding:
    """第十七条: members are the spouse and minor children only (C08)."""
    spouses = [m for m in household.members if m.relation is Relation.SPOUSE]
    if len(spouses) != (1 if household.married else 0):
        return _no("HR21", "第十七条", f"婚姻状况与家庭成员不符：已婚 {household.married}，填报配偶 {len(spouses)} 人")
    grown = [m for m in household.members if m.relation is Relation.CHILD and age_on(m.born, on) >= ADULT_AGE]
    if grown:
        return _no("HR21", "第十七条", f"填报的子女中 {len(grown)} 人已成年，不属于申请家庭成员，应单独申请或删去")
    return _yes("HR21", "第十七条", f"家庭成员 {len(household.members)} 人：申请人、配偶与未成年子女")


def marriage_age(household: Household, on: date) -> Finding:
    """第十七条: the applicant of a single household has reached the legal marriage age."""
    applicant = _applicant(household)
    if household.married or any(m.relation is Relation.CHILD for m in household.members):
        return _yes("HR22", "第十七条", "非单身户")
    needed, age = MARRIAGE_AGE[applicant.sex], age_on(applicant.born, on)
    if age < needed:
        return _no("HR22", "第十七条", f"单身户申请人 {age} 周岁，未达到法定结婚年龄 {needed} 周岁")
    return _yes("HR22", "第十七条", f"单身户申请人 {age} 周岁")


def residence(household: Household, on: date) -> Finding:
    """第十八条(一): hukou of 海南区 and actual local residence (A02: proof not stated)."""
    if household.hukou_district is None:
        return _ask("HR23", "第十八条(一)", "户籍尚未核实")
    if household.hukou_district != HOME_DISTRICT:
        return _no("HR23", "第十八条(一)", f"户籍在{household.hukou_district}，不在{HOME_DISTRICT}")
    if household.lives_locally is None:
        return _ask("HR23", "第十八条(一)", "“在本地实际居住”未见证明，办法未规定证明形式，由人认定")
    if not household.lives_locally:
        return _no("HR23", "第十八条(一)", "经核实未在本地实际居住")
    return _yes("HR23", "第十八条(一)", f"{HOME_DISTRICT}户籍且在本地实际居住")


def own_area(household: Household, parameters: Parameters) -> Finding:
    """第十八条(二), 第十九条: no own home in the three districts, or strictly less than 15 m² a person, unrounded."""
    if household.homes is None:
        return _ask("HR24", "第十八条(二)", "家庭自有住房尚未核实")
    counting = [h for h in household.homes if h.district in COUNTING_DISTRICTS and h.disposed_on is None]
    if not counting:
        return _yes("HR24", "第十八条(二)", "在海勃湾区、乌达区、海南区内无自有住房")
    shared = any(h.share != 1 for h in counting)
    if shared and parameters.count_shared_ownership_by_share is None:
        return _decide_shared(counting, len(household.members))
    by_share = bool(parameters.count_shared_ownership_by_share)
    total = sum((h.area_m2 * (h.share if by_share else 1) for h in counting), Decimal(0))
    return _compare_area(total, len(household.members))


def _decide_shared(homes: Sequence[OwnHome], persons: int) -> Finding:
    """Shared homes without a rule: decide where every reading agrees, ask a person where they differ."""
    whole = _compare_area(sum((h.area_m2 for h in homes), Decimal(0)), persons)
    parts = _compare_area(sum((h.area_m2 * h.share for h in homes), Decimal(0)), persons)
    if whole.verdict is parts.verdict:
        return whole
    return _ask(
        "HR24", "第十八条(二)", f"共有住房：按整套计，{whole.reason}；按份额计，{parts.reason}。办法未规定，由人认定"
    )


def _compare_area(total: Decimal, persons: int) -> Finding:
    # total < 15·n instead of total / n < 15: exact, nothing is rounded.
    text = f"自有住房 {total} 平方米，{persons} 人，{total} 与 {AREA_PER_PERSON_BELOW}×{persons} 比较"
    if total < AREA_PER_PERSON_BELOW * persons:
        return _yes("HR24", "第十八条(二)", f"{text}，人均不足 15 平方米")
    return _no("HR24", "第十八条(二)", f"{text}，人均不低于 15 平方米")


def not_banned(household: Household, on: date) -> Finding:
    """第三十二条: no new application within one year after a no-show at the selection."""
    if household.banned_until and on < household.banned_until:
        return _no("HR65", "第三十二条", f"入围后未参加选房，{household.banned_until} 前不得再次申请")
    return _yes("HR65", "第三十二条", "不在弃选限制期内")


def income(household: Household, parameters: Parameters) -> Finding | None:
    """A01: consent covers income, but the measure has no threshold. Only a decided parameter lets it count."""
    if parameters.income_limit_yuan is None:
        return None
    if household.income_yuan is None:
        return _ask("A01", "第二条", "已设收入上限，收入尚未核实")
    if household.income_yuan > parameters.income_limit_yuan:
        return _no("A01", "第二条", f"收入 {household.income_yuan} 元，高于上限 {parameters.income_limit_yuan} 元")
    return _yes("A01", "第二条", f"收入 {household.income_yuan} 元")


def _warnings(household: Household, parameters: Parameters) -> list[Finding]:
    found = []
    if household.rents_public:
        found.append(_yes("HR26", "第二十条", "正在享受公租房或保租房，须在进户前退出"))
    if any(h.disposed_on for h in household.homes or ()):
        found.append(_ask("A05", "第十八条(二)", "近期转移过住房，办法未设追溯期，请经办人留意"))
    if household.has_bought_before and not parameters.one_household_one_home:
        found.append(_ask("A21", "全文", "该家庭已购配售型住房；办法未写一户一套，请经办人留意"))
    if parameters.income_limit_yuan is None:
        found.append(_ask("A01", "第二条", "办法称“低收入”但未设收入标准，收入不影响结论"))
    return found


def assess(household: Household, parameters: Parameters, on: date) -> Assessment:
    """
    Apply every rule on the day of application ``on``.

    Returns the verdict with all findings, each with its article and the figures that led to it. Raises ValueError when
    the household has not exactly one applicant.
    """
    findings = [
        capacity(household, on),
        family(household, on),
        marriage_age(household, on),
        residence(household, on),
        own_area(household, parameters),
        not_banned(household, on),
    ]
    if (by_income := income(household, parameters)) is not None:
        findings.append(by_income)
    if parameters.one_household_one_home and household.has_bought_before:
        findings.append(_no("A21", "一户一套（参数）", "该家庭已购配售型住房"))
    verdicts = {f.verdict for f in findings}
    verdict = next(v for v in (Verdict.NOT_ELIGIBLE, Verdict.PERSON_DECIDES, Verdict.ELIGIBLE) if v in verdicts)
    return Assessment(verdict, tuple(findings), tuple(_warnings(household, parameters)))


def _applicant(household: Household) -> Member:
    applicants = [m for m in household.members if m.relation is Relation.APPLICANT]
    if len(applicants) != 1:
        raise ValueError(f"一个家庭应有且只有一名主申请人，现为 {len(applicants)} 名")
    return applicants[0]
