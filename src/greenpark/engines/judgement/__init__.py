"""Judging plan targets: words of force, trajectories, verdicts. See docs/algorithms/judgement.md."""

from greenpark.engines.judgement.calculations import CALCULATIONS
from greenpark.engines.judgement.judge import (
    Judgement,
    JudgementInput,
    Kind,
    Level,
    NotATarget,
    Observation,
    Sense,
    Target,
    attained,
    judge,
)
from greenpark.engines.judgement.words import FORCE_WORDS, Force, Printed, force_of, parse_printed

__all__ = [
    "CALCULATIONS",
    "FORCE_WORDS",
    "Force",
    "Judgement",
    "JudgementInput",
    "Kind",
    "Level",
    "NotATarget",
    "Observation",
    "Printed",
    "Sense",
    "Target",
    "attained",
    "force_of",
    "judge",
    "parse_printed",
]
