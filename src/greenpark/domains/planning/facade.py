"""What other domains and the command line may import of planning, with ``contracts``."""

from __future__ import annotations

from greenpark.domains.planning.contracts import LoadReport, ProgressDraft, ValueDraft
from greenpark.domains.planning.rules import coverage, examine, read_plan
from greenpark.domains.planning.selectors.items import awaiting_review, indicators, packs
from greenpark.domains.planning.services.loading import load_plan
from greenpark.domains.planning.services.reports import enter_progress, enter_value, review_progress, review_value

__all__ = [
    "LoadReport",
    "ProgressDraft",
    "ValueDraft",
    "awaiting_review",
    "coverage",
    "enter_progress",
    "enter_value",
    "examine",
    "indicators",
    "load_plan",
    "packs",
    "read_plan",
    "review_progress",
    "review_value",
]
