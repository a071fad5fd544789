"""Checks of readings and rules that put another value in a reading's place. See docs/algorithms/quality.md."""

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

__all__ = [
    "CONTEXT",
    "Limits",
    "check",
    "clock_skew",
    "counting",
    "duplicates",
    "estimate_max_rate",
    "flat_lines",
    "gaps",
    "out_of_range",
    "scale_changes",
    "screen",
    "value_spikes",
]
