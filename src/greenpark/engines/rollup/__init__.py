"""Readings to amounts per 15 min, hour, day and month. See docs/algorithms/rollup.md."""

from greenpark.engines.rollup.aggregate import ORDER, aggregate, merge
from greenpark.engines.rollup.batch import Context, rollup
from greenpark.engines.rollup.calculations import CALCULATIONS
from greenpark.engines.rollup.quarters import GAP_FACTOR, Gaps, quarters
from greenpark.engines.rollup.shapes import HISTORY_DAYS, needed_history, spread
from greenpark.engines.rollup.slots import QUARTER_US, period_lengths, period_starts

__all__ = [
    "CALCULATIONS",
    "GAP_FACTOR",
    "HISTORY_DAYS",
    "ORDER",
    "QUARTER_US",
    "Context",
    "Gaps",
    "aggregate",
    "merge",
    "needed_history",
    "period_lengths",
    "period_starts",
    "quarters",
    "rollup",
    "spread",
]
