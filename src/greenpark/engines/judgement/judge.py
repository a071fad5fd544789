"""One indicator against its targets at a day: verdict, level, and the reasons in sentences.

No threshold is invented: green and yellow are decided by the printed targets and the straight line between them, red
only by a binding target whose date has passed.
"""

from __future__ import annotations

from datetime import date, timedelta
from decimal import ROUND_HALF_EVEN, Decimal, localcontext
from enum import StrEnum
from fractions import Fraction

import msgspec

from greenpark.engines.judgement.words import Force


class Kind(StrEnum):
    """What sort of promise a target is."""

    STOCK = "stock"
    INCREMENT = "increment"
    FLOW = "flow"
    TOTAL = "total"
    RATIO = "ratio"
    RATE = "rate"
    """A yearly rate or mean (growth, PM2.5): only the year's own value counts, and there is no line within the year."""
    DIRECTION = "direction"
    TEXT = "text"
    MOVING = "moving"
    PARAMETER = "parameter"
    BASE = "base"


class Sense(StrEnum):
    """How a value meets a target."""

    GE = "ge"
    LE = "le"
    LT = "lt"
    EQ = "eq"
    RANGE = "range"
    TEXT = "text"


class Level(StrEnum):
    """Green, yellow, red, blue (not judged yet), grey (cannot be judged)."""

    OK = "ok"
    WARN = "warn"
    BAD = "bad"
    INFO = "info"
    NONE = "none"


class NotATarget(ValueError):
    """Targets that contradict themselves; the message says how."""


class Target(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Promised for the end of ``year``. ``value`` None: words only."""

    year: int
    value: Decimal | None = None
    high: Decimal | None = None
    force: Force = Force.UNSTATED


class Observation(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A reported value. ``accepted``: a person's verdict on a text target. ``threshold``: the moving threshold."""

    day: date
    value: Decimal | None = None
    accepted: bool | None = None
    threshold: Decimal | None = None
    provisional: bool = False


class JudgementInput(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``base`` is the value at the end of ``base_year``; ``period_start`` the first year of a total or an increment."""

    kind: Kind
    sense: Sense
    targets: list[Target]
    at: date
    observations: list[Observation] = []
    base_year: int | None = None
    base: Decimal | None = None
    period_start: int | None = None


class Judgement(msgspec.Struct, frozen=True):
    level: Level
    verdict: str
    """met, met-early, on-track, behind, missed, not-reached, missing, pending, person, not-a-target, no-number."""
    reasons: list[str]
    due: Target | None = None
    """The last target whose date has passed."""
    next: Target | None = None
    value: Decimal | None = None
    expected: Decimal | None = None
    """On the straight line at the day of the value; derived, six decimals."""
    progress: Decimal | None = None
    """(value − start) / (target − start); None where the two are equal or unknown."""
    time_share: Decimal | None = None
    """Share of the days between start and target that has passed at ``at``."""


_SENSES = {Sense.GE: "不少于", Sense.LE: "不超过", Sense.LT: "低于", Sense.EQ: "等于", Sense.RANGE: "在范围"}
_CUMULATIVE = (Kind.INCREMENT, Kind.FLOW, Kind.TOTAL)
_RANK = [Level.NONE, Level.INFO, Level.OK, Level.WARN, Level.BAD]


def attained(value: Decimal, target: Target, sense: Sense) -> bool:
    """Whether ``value`` meets ``target``, exactly. Raises NotATarget for a target without a number."""
    if target.value is None:
        raise NotATarget(f"{target.year} 年的目标没有数值")
    if sense is Sense.GE:
        return value >= target.value
    if sense is Sense.LE:
        return value <= target.value
    if sense is Sense.LT:
        return value < target.value
    if sense is Sense.RANGE:
        return target.value <= value <= (target.value if target.high is None else target.high)
    if sense is Sense.EQ:
        return value == target.value
    raise NotATarget("文字目标由人判断，不比大小")


def judge(question: JudgementInput) -> Judgement:
    """Judge an indicator. Raises NotATarget for two targets of one year, an empty range, or a base after a target."""
    targets = _checked(question)
    seen = [o for o in question.observations if o.day <= question.at]
    last = max(seen, key=lambda o: o.day, default=None)
    if special := _without_numbers(question, targets, last):
        return special
    due = next((t for t in reversed(targets) if _end(t.year) <= question.at), None)
    coming = next((t for t in targets if _end(t.year) > question.at), None)
    past = _judge_due(question, due, seen) if due else None
    ahead = _judge_coming(question, targets, coming, seen) if coming else None
    parts = [part for part in (ahead, past) if part]
    worst = max(parts, key=lambda part: _RANK.index(part.level))  # of equals the target still ahead
    reasons = [reason for part in reversed(parts) for reason in part.reasons]
    current = ahead or past
    assert current is not None  # a numeric target is either due or coming
    return msgspec.structs.replace(
        current, level=worst.level, verdict=worst.verdict, reasons=reasons, due=due, next=coming
    )


def _checked(question: JudgementInput) -> list[Target]:
    targets = sorted((t for t in question.targets if t.value is not None), key=lambda t: t.year)
    years = [t.year for t in targets]
    if len(set(years)) < len(years):
        raise NotATarget("同一年有两个目标")
    for t in targets:
        if t.high is not None and t.value is not None and t.high < t.value:
            raise NotATarget(f"{t.year} 年的范围上限小于下限")
    if question.base_year is not None and years and question.base_year >= years[-1]:
        raise NotATarget("基期不早于最后一个目标年")
    return targets


def _without_numbers(question: JudgementInput, targets: list[Target], last: Observation | None) -> Judgement | None:
    kind = question.kind
    if kind in (Kind.PARAMETER, Kind.BASE):
        word = "门槛或规则参数" if kind is Kind.PARAMETER else "现状陈述"
        return Judgement(Level.NONE, "not-a-target", [f"这是{word}，不是有完成进度的目标。"])
    if kind is Kind.MOVING:
        return _judge_moving(question, last)
    if kind in (Kind.TEXT, Kind.DIRECTION):
        return _judge_text(question, last)
    if not targets:
        return Judgement(Level.NONE, "no-number", ["文件没有给出带年份的数值，不推算。"])
    return None


def _judge_text(question: JudgementInput, last: Observation | None) -> Judgement:
    if last is None or last.accepted is None:
        return Judgement(Level.NONE, "person", ["文字或方向性目标，须有佐证并由人认定。"])
    if last.accepted:
        return Judgement(Level.OK, "met", [f"{last.day} 经人认定达到。"])
    due = any(_end(t.year) <= question.at for t in question.targets)
    binding = any(t.force is Force.BINDING for t in question.targets)
    level = Level.BAD if due and binding else Level.WARN
    return Judgement(level, "missed" if due else "behind", [f"{last.day} 经人认定未达到。"])


def _judge_moving(question: JudgementInput, last: Observation | None) -> Judgement:
    if last is None or last.value is None:
        return Judgement(Level.NONE, "missing", ["尚无填报值。"])
    if last.threshold is None:
        return Judgement(Level.NONE, "person", ["门槛随年份变动，当年门槛值尚未知，不作判断。"], value=last.value)
    target = Target(last.day.year, last.threshold)
    good = attained(last.value, target, question.sense)
    rule = f"{_SENSES[question.sense]}当年门槛 {_show(last.threshold)}"
    text = f"{_show(last.value)} 应{rule}，{'符合' if good else '不符合'}。"
    return Judgement(Level.OK if good else Level.BAD, "met" if good else "missed", [text], value=last.value)


def _valued(question: JudgementInput, target: Target, seen: list[Observation]) -> Observation | None:
    """The observation that speaks for a target: of its own year for a flow or a rate, else the latest."""
    usable = [o for o in seen if o.value is not None]
    if question.kind in (Kind.FLOW, Kind.RATE):
        usable = [o for o in usable if o.day.year == target.year]
    return max(usable, key=lambda o: o.day, default=None)


def _judge_due(question: JudgementInput, due: Target, seen: list[Observation]) -> Judgement:
    found = _valued(question, due, seen)
    if found is None or found.value is None:
        return Judgement(
            Level.WARN, "missing", [f"{due.year} 年目标 {_goal(due, question.sense)} 已到期，没有填报值。"]
        )
    good = attained(found.value, due, question.sense)
    reason = f"{due.year} 年目标 {_goal(due, question.sense)} 已到期：{found.day} 为 {_show(found.value)}"
    reason += _mark(found)
    if good:
        return Judgement(Level.OK, "met", [reason + "，达到。"], value=found.value)
    if due.force is Force.BINDING:
        return Judgement(Level.BAD, "missed", [reason + "，未达到；用语有约束力。"], value=found.value)
    word = {"striving": "力争", "promoting": "推动一类"}.get(due.force, "未写明力度")
    return Judgement(Level.WARN, "not-reached", [reason + f"，未达到；用语为{word}。"], value=found.value)


def _judge_coming(
    question: JudgementInput, targets: list[Target], coming: Target, seen: list[Observation]
) -> Judgement:
    found = _valued(question, coming, seen)
    goal = f"{coming.year} 年目标 {_goal(coming, question.sense)}"
    if found is None or found.value is None:
        return Judgement(Level.NONE, "missing", [f"{goal} 未到期，没有填报值。"])
    said = f"{goal}：{found.day} 为 {_show(found.value)}" + _mark(found)
    anchor = _anchor(question, targets, coming)
    share = _share(anchor[0], coming, question.at) if anchor else None
    if attained(found.value, coming, question.sense) and question.sense in (Sense.GE, Sense.LE, Sense.LT):
        return Judgement(
            Level.OK, "met-early", [said + "，已提前达到。"], value=found.value, time_share=_decimal(share)
        )
    if question.sense in (Sense.EQ, Sense.RANGE):
        return Judgement(Level.INFO, "pending", [said + "，到期时核对，不按进度判断。"], value=found.value)
    if anchor is None:
        return Judgement(
            Level.INFO, "pending", [said + "；没有起点，或指标不按时间累积，不推算目前应达数。"], value=found.value
        )
    return _on_line(question, coming, found, anchor, said)


def _on_line(
    question: JudgementInput, coming: Target, found: Observation, anchor: tuple[date, Decimal, str], said: str
) -> Judgement:
    start, base, name = anchor
    assert coming.value is not None
    assert found.value is not None
    whole = Fraction(coming.value) - Fraction(base)
    expected = Fraction(base) + whole * _share(start, coming, found.day)
    value = Fraction(found.value)
    good = value >= expected if question.sense is Sense.GE else value <= expected
    progress = (value - Fraction(base)) / whole if whole else None
    share = _share(start, coming, question.at)
    reasons = [
        said + f"；自{name} {_show(base)} 直线推算，该日应为 {_show(_decimal(expected))}（推算，非文件所载），"
        f"{'不落后' if good else '落后'}。"
    ]
    if progress is None:
        reasons.append("起点与目标相等，进度没有意义。")
    else:
        reasons.append(f"时间已过 {_percent(share)}，进度 {_percent(progress)}。")
    return Judgement(
        Level.OK if good else Level.WARN,
        "on-track" if good else "behind",
        reasons,
        value=found.value,
        expected=_decimal(expected),
        progress=_decimal(progress),
        time_share=_decimal(share),
    )


def _anchor(question: JudgementInput, targets: list[Target], coming: Target) -> tuple[date, Decimal, str] | None:
    """Where the line to ``coming`` starts: day, value, name."""
    if question.kind is Kind.RATE:
        return None
    if question.kind is Kind.FLOW:
        return _end(coming.year - 1), Decimal(0), "年初"
    earlier = [t for t in targets if t.year < coming.year]
    if earlier and earlier[-1].value is not None:
        return _end(earlier[-1].year), earlier[-1].value, f" {earlier[-1].year} 年目标"
    if question.kind in _CUMULATIVE and question.period_start is not None:
        return _end(question.period_start - 1), Decimal(0), f" {question.period_start} 年初"
    if question.base is not None and question.base_year is not None:
        return _end(question.base_year), question.base, f" {question.base_year} 年基期"
    return None


def _end(year: int) -> date:
    return date(year, 12, 31)


def _share(start: date, coming: Target, day: date) -> Fraction:
    """Share of the days between ``start`` and the end of the target year, kept between 0 and 1."""
    whole = (_end(coming.year) - start) // timedelta(days=1)
    passed = (day - start) // timedelta(days=1)
    return min(max(Fraction(passed, whole), Fraction(0)), Fraction(1))


def _decimal(value: Fraction | None) -> Decimal | None:
    """Six decimals, half to even; None stays None."""
    if value is None:
        return None
    with localcontext() as context:
        context.prec = 60
        exact = Decimal(value.numerator) / Decimal(value.denominator)
        return exact.quantize(Decimal("0.000001"), rounding=ROUND_HALF_EVEN)


def _show(value: Decimal | None) -> str:
    if value is None:
        return "—"
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def _percent(share: Fraction) -> str:
    with localcontext() as context:
        context.prec = 60
        value = Decimal(share.numerator * 100) / Decimal(share.denominator)
        return f"{value.quantize(Decimal('0.1'))} %"


def _goal(target: Target, sense: Sense) -> str:
    number = _show(target.value) + (f"—{_show(target.high)}" if target.high is not None else "")
    return f"{_SENSES.get(sense, '')} {number}".strip()


def _mark(found: Observation) -> str:
    return "（暂报，未核验）" if found.provisional else ""
