"""The data tier of an entry, from how its inputs are bound and how good the rollups were."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from greenpark.domains.carbon.contracts import Tier
from greenpark.kernel.quality import Quality


@dataclass(frozen=True, slots=True)
class InputQuality:
    """What is known of one activity input.

    ``amount`` and ``estimated`` are magnitudes in the input's unit; ``coverage`` is the share of the month with valid
    data (worst point), None for reported and constant inputs.
    """

    origin: str
    """points, report or constant"""
    amount: float
    estimated: float = 0.0
    coverage: float | None = None
    quality: int = 0


@dataclass(frozen=True, slots=True)
class TierFound:
    """Tier with the shares that explain it."""

    tier: Tier
    coverage: float | None
    estimated_share: float | None


def tier_of(inputs: Sequence[InputQuality]) -> TierFound:
    """Tier of an entry.

    Reported as soon as one activity amount comes from a report. Otherwise metered: the tier that the greater part of
    the metered amount has, so that no threshold has to be invented; the share itself always stands beside it.
    Amounts in different units are not added: the input with the largest estimated share decides. A source that has
    nothing but constants is an estimate.

    >>> tier_of([InputQuality("points", 100.0, 2.0, 0.98)]).tier.value
    'measured'
    """
    metered = [i for i in inputs if i.origin == "points"]
    coverages = [i.coverage for i in metered if i.coverage is not None]
    coverage = min(coverages) if coverages else None
    share = max((_share(i) for i in metered), default=None)
    if any(i.origin == "report" for i in inputs):
        return TierFound(Tier.REPORTED, coverage, share)
    if not metered:
        return TierFound(Tier.ESTIMATED, None, None)
    if share is not None and share > 0.5:
        worst = max(metered, key=_share)
        tier = Tier.SUBSTITUTED if worst.quality & Quality.SUBSTITUTED else Tier.ESTIMATED
        return TierFound(tier, coverage, share)
    return TierFound(Tier.MEASURED, coverage, share)


def _share(item: InputQuality) -> float:
    if item.amount:
        return min(1.0, abs(item.estimated) / abs(item.amount))
    if item.estimated or not item.coverage:
        return 1.0
    return 0.0
