"""Checks of readings and rules that put another value in a reading's place. See docs/algorithms/quality.md."""

from greenpark.engines.quality.calculations import CALCULATIONS
from greenpark.engines.quality.checks import (
    Limits,
    check,
    clock_skew,
    counting,
    duplicates,
    estimate_max_rate,
    flat_lines,
    gaps,
    out_of_range,
    scale_changes,
    screen,
    value_spikes,
)
from greenpark.engines.quality.counters import CONTEXT
from greenpark.engines.quality.substitution import NotSubstitutable, Reach, Rule, Substituted, missing, substitute

__all__ = [
    "CALCULATIONS",
    "CONTEXT",
    "Limits",
    "NotSubstitutable",
    "Reach",
    "Rule",
    "Substituted",
    "check",
    "clock_skew",
    "counting",
    "duplicates",
    "estimate_max_rate",
    "flat_lines",
    "gaps",
    "missing",
    "out_of_range",
    "scale_changes",
    "screen",
    "substitute",
    "value_spikes",
]
