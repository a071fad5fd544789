"""Decisions of planning without a database: the pack's schema and checks, targets, units, computed findings."""

from greenpark.domains.planning.rules.checks import RULES, compute
from greenpark.domains.planning.rules.pack import PlanPack, coverage, examine, read_plan
from greenpark.domains.planning.rules.reading import judgement_input, quotes_of, targets_of, years_of
from greenpark.domains.planning.rules.units import Units, units_of

__all__ = [
    "RULES",
    "PlanPack",
    "Units",
    "compute",
    "coverage",
    "examine",
    "judgement_input",
    "quotes_of",
    "read_plan",
    "targets_of",
    "units_of",
    "years_of",
]
