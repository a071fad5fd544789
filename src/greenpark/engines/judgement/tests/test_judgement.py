"""Judging targets: worked by hand, properties, words."""

from __future__ import annotations

import json
import re
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from greenpark.engines.judgement import (
    CALCULATIONS,
    Force,
    JudgementInput,
    Kind,
    Level,
    NotATarget,
    Observation,
    Sense,
    Target,
    force_of,
    judge,
    parse_printed,
)

PAGE = Path(__file__).parents[5] / "docs" / "algorithms" / "judgement.md"
D = Decimal


def ask(at: str, value: str | None, *targets: Target, day: str = "", **more: Any) -> JudgementInput:
    seen = [] if value is None else [Observation(date.fromisoformat(day or at), D(value))]
    return JudgementInput(
        **{
            "kind": Kind.STOCK,
            "sense": Sense.GE,
            "targets": list(targets),
            "at": date.fromisoformat(at),
            "observations": seen,
            **more,
        }
    )


BINDING_15 = Target(2025, D(15), force=Force.BINDING)
TO_18 = Target(2026, D(18), force=Force.BINDING)


@pytest.mark.parametrize(
    ("value", "force", "level", "verdict"),
    [
        ("15", Force.BINDING, Level.OK, "met"),
        ("14.999999", Force.BINDING, Level.BAD, "missed"),
        ("14.999999", Force.STRIVING, Level.WARN, "not-reached"),
        (None, Force.BINDING, Level.WARN, "missing"),
    ],
)
def test_after_the_date_the_force_word_decides(value: str | None, force: Force, level: Level, verdict: str) -> None:
    answer = judge(ask("2026-01-01", value, Target(2025, D(15), force=force), day="2025-12-31"))
    assert (answer.level, answer.verdict) == (level, verdict)


def test_line_between_two_targets_by_hand() -> None:
    """From 15 (2025-12-31) to 18 (2026-12-31), on 2026-07-02: 183 of 365 days, 15 + 3·183/365 = 16.504110."""
    answer = judge(ask("2026-07-02", "16.5", BINDING_15, TO_18))
    assert answer.expected == D("16.504110")
    assert (answer.level, answer.verdict) == (Level.WARN, "behind")
    assert answer.progress == D("0.5")
    assert "推算，非文件所载" in answer.reasons[1]
    assert judge(ask("2026-07-02", "16.504110", BINDING_15, TO_18)).verdict == "on-track"


def test_falling_target_with_base_and_exact_threshold() -> None:
    """6.48 (2023) to 6.08 (2025), lower is better, read on 2024-12-31: 366 of 731 days."""
    more: dict[str, Any] = {"kind": Kind.RATIO, "sense": Sense.LE, "base_year": 2023, "base": D("6.48")}
    goal = Target(2025, D("6.08"))
    answer = judge(ask("2024-12-31", "6.2798", goal, **more))
    assert answer.expected == D("6.279726")
    assert answer.verdict == "behind"
    assert judge(ask("2024-12-31", "6.2797", goal, **more)).verdict == "on-track"
    assert judge(ask("2024-12-31", "6.08", goal, **more)).verdict == "met-early"


@pytest.mark.parametrize(("base", "target"), [("0", "50"), ("-26.23", "5"), ("-10", "-5")])
def test_zero_and_negative_bases(base: str, target: str) -> None:
    more: dict[str, Any] = {"kind": Kind.RATIO, "base_year": 2023, "base": D(base)}
    answer = judge(ask("2024-12-31", base, Target(2025, D(target)), **more))
    assert answer.progress == 0
    assert answer.verdict == "behind"


def test_target_equal_to_base_carries_no_progress() -> None:
    more: dict[str, Any] = {"base_year": 2023, "base": D(100)}
    assert judge(ask("2024-12-31", "99", Target(2025, D(100)), **more)).progress is None


def test_three_year_total_starts_at_nothing() -> None:
    more: dict[str, Any] = {"kind": Kind.TOTAL, "period_start": 2025}
    answer = judge(ask("2026-07-02", "4", Target(2027, D(10)), **more))
    assert answer.expected == D("5.004566")  # 10·548/1095
    assert answer.verdict == "behind"


def test_a_flow_counts_only_its_own_year() -> None:
    more: dict[str, Any] = {"kind": Kind.FLOW}
    goals = (Target(2025, D(10), force=Force.BINDING), Target(2026, D(10)))
    assert judge(ask("2026-03-01", "12", *goals, day="2025-12-31", **more)).verdict == "met"
    assert judge(ask("2026-03-01", "12", *goals, day="2026-02-28", **more)).verdict == "missing"


def test_rate_has_no_line_within_the_year() -> None:
    assert judge(ask("2026-06-30", "3", Target(2026, D(6)), kind=Kind.RATE)).verdict == "pending"


def test_words_thresholds_and_statements_are_not_compared() -> None:
    assert judge(ask("2026-01-01", "1", kind=Kind.TEXT)).verdict == "person"
    assert judge(ask("2026-01-01", "1", kind=Kind.PARAMETER)).verdict == "not-a-target"
    assert judge(ask("2026-01-01", "1", kind=Kind.MOVING, sense=Sense.LT)).verdict == "person"
    moving = Observation(date(2026, 1, 1), D("3.0"), threshold=D("3.0"))
    question = JudgementInput(Kind.MOVING, Sense.LT, [], date(2026, 1, 1), [moving])
    assert judge(question).level is Level.BAD
    assert judge(ask("2026-01-01", "1")).verdict == "no-number"


def test_text_target_follows_the_persons_verdict() -> None:
    goal = Target(2025, force=Force.BINDING)
    for accepted, level in ((True, Level.OK), (False, Level.BAD)):
        seen = [Observation(date(2025, 12, 1), accepted=accepted)]
        assert judge(JudgementInput(Kind.TEXT, Sense.TEXT, [goal], date(2026, 1, 1), seen)).level is level


@pytest.mark.parametrize(
    "question",
    [
        ask("2026-01-01", "1", BINDING_15, BINDING_15),
        ask("2026-01-01", "1", Target(2026, D(5), D(3))),
        ask("2026-01-01", "1", BINDING_15, base_year=2025, base=D(1)),
    ],
)
def test_contradictions_are_refused(question: JudgementInput) -> None:
    with pytest.raises(NotATarget):
        judge(question)


@pytest.mark.parametrize(
    ("text", "force"),
    [
        ("2027年取水计量在线监控率力争达到95%以上", Force.STRIVING),
        ("实施节能技改项目不少于10个", Force.BINDING),
        ("确保到2026年底，在建BDO项目建成投产", Force.BINDING),
        ("引导30家企业接入", Force.PROMOTING),
        ("引进工业类项目", Force.UNSTATED),
    ],
)
def test_force_words(text: str, force: Force) -> None:
    assert force_of(text)[0] is force


@pytest.mark.parametrize(
    ("text", "value", "high"),
    [
        ("达到15个", "15", None), ("95%", "95", None), ("3—5", "3", "5"), ("-26.23", "-26.23", None), ("/", None, None),
        ("启动实施", None, None), ("累计创建成功2个", None, None), ("5—3", None, None), ("", None, None),
    ],
)  # fmt: skip
def test_printed_cells(text: str, value: str | None, high: str | None) -> None:
    cell = parse_printed(text)
    assert (cell.text, cell.value, cell.high) == (text, value and D(value), high and D(high))


numbers = st.decimals("-1e6", "1e6", places=4)


@given(numbers, numbers, numbers, st.dates(date(2024, 1, 1), date(2027, 12, 30)))
def test_mirror_image(value: Decimal, base: Decimal, target: Decimal, at: date) -> None:
    """Turning every sign and the sense leaves the verdict as it is."""

    def asked(sign: int, sense: Sense) -> str:
        return judge(
            ask(
                at.isoformat(),
                str(sign * value),
                Target(2027, sign * target),
                kind=Kind.RATIO,
                sense=sense,
                base_year=2023,
                base=sign * base,
            )
        ).verdict

    assert asked(1, Sense.GE) == asked(-1, Sense.LE)


@given(numbers, numbers, st.dates(date(2024, 1, 1), date(2027, 12, 30)))
def test_a_better_value_is_never_judged_worse(low: Decimal, more: Decimal, at: date) -> None:
    order = ["behind", "on-track", "met-early"]
    goal = Target(2027, D(100))
    settings: dict[str, Any] = {"base_year": 2023, "base": D(0)}
    verdicts = [judge(ask(at.isoformat(), str(v), goal, **settings)).verdict for v in sorted((low, more))]
    assert order.index(verdicts[0]) <= order.index(verdicts[1])


def test_worked_example_of_the_page() -> None:
    asked, printed = re.findall(r"```json\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.S)
    calculation = CALCULATIONS[0]
    answer = calculation.run(msgspec.json.decode(asked, type=calculation.input))
    assert json.loads(msgspec.json.encode(answer)) == json.loads(printed)
