"""Draws that a stranger can recompute: frozen list, seed made in public, ranks by hash, RFC 3797 as second mode."""

from greenpark.engines.drawing.catalogue import CALCULATIONS
from greenpark.engines.drawing.package import DrawRules, Finding, draw, verify
from greenpark.engines.drawing.ranking import Applicant, ListNotUsable, Quota, Rank, RoundRules, rank, without
from greenpark.engines.drawing.seed import (
    Ceremony,
    Contribution,
    ContributionKind,
    SeedNotPossible,
    commitment_of,
    make_seed,
)

__all__ = [
    "CALCULATIONS",
    "Applicant",
    "Ceremony",
    "Contribution",
    "ContributionKind",
    "DrawRules",
    "Finding",
    "ListNotUsable",
    "Quota",
    "Rank",
    "RoundRules",
    "SeedNotPossible",
    "commitment_of",
    "draw",
    "make_seed",
    "rank",
    "verify",
    "without",
]
