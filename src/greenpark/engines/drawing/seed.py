"""The seed of a draw: made in public, after the list is frozen, by several parties of whom none can steer it.

Each party first publishes a commitment, the SHA-256 of its secret; after all commitments stand and the list is frozen,
the secrets are revealed. Public numbers (dice thrown before everybody, a number that somebody else will publish later)
come after the last reveal, so that nobody can withhold a secret in view of the outcome. What happens with a missing or
late reveal is fixed in the rules beforehand; it is on record either way.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

#: A seed of less is refused.
NEEDED_BITS = 128.0
_DOMAIN = "GREENPARK-DRAW-SEED-1"


class ContributionKind(StrEnum):
    SECRET = "secret"  # committed before, revealed after the freeze; hexadecimal
    DICE = "dice"  # thrown in public after the last reveal; digits 1 to 6
    PUBLIC = "public"  # published by a third party at a moment fixed in the rules; digits


@dataclass(frozen=True, slots=True)
class Contribution:
    """One party's part of the seed, in the order of the rules."""

    party: str
    kind: ContributionKind
    commitment: str = ""
    """SHA-256 of the secret, hexadecimal; empty for dice and public numbers."""
    committed_at: datetime | None = None
    value: str = ""
    """The revealed secret, the dice, the number; empty when it never came."""
    revealed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Ceremony:
    """The fixed times of a draw; all aware datetimes."""

    frozen_at: datetime
    reveal_until: datetime
    least_contributions: int = 3


@dataclass(frozen=True, slots=True)
class Judged:
    """A contribution and whether it counts; ``reason`` says in Chinese why not."""

    contribution: Contribution
    counts: bool
    reason: str
    bits: float


class SeedNotPossible(ValueError):
    """Too few valid contributions: the draw is void and a public record says so; nobody chooses a substitute."""


def commitment_of(secret: str) -> str:
    """What a party publishes beforehand for a secret of hexadecimal digits [64 hexadecimal digits]."""
    return hashlib.sha256(secret.encode("ascii")).hexdigest()


def _is_hex(text: str) -> bool:
    return bool(text) and all(c in "0123456789abcdef" for c in text)


def _judge_secret(part: Contribution, ceremony: Ceremony) -> str:
    checks = (
        (part.committed_at is None or part.committed_at >= ceremony.frozen_at, "承诺未在名册冻结前公布"),
        (not part.value or part.revealed_at is None, "未揭示"),
        (part.revealed_at is not None and part.revealed_at < ceremony.frozen_at, "在名册冻结前揭示"),
        (part.revealed_at is not None and part.revealed_at > ceremony.reveal_until, "揭示晚于规定时间"),
        (not _is_hex(part.value), "揭示值不是小写十六进制数"),
        (_is_hex(part.value) and commitment_of(part.value) != part.commitment, "揭示值与承诺不符"),
    )
    return next((reason for failed, reason in checks if failed), "")


def _judge_public(part: Contribution, ceremony: Ceremony) -> str:
    allowed = set("123456") if part.kind is ContributionKind.DICE else set("0123456789")
    checks = (
        (not part.value or part.revealed_at is None, "未产生"),
        (part.revealed_at is not None and part.revealed_at <= ceremony.reveal_until, "早于揭示截止，可被预知"),
        (not set(part.value) <= allowed, "含有不允许的字符"),
    )
    return next((reason for failed, reason in checks if failed), "")


def _bits(part: Contribution) -> float:
    """Most uncertainty that a value of this length can hold [bits]."""
    faces = {ContributionKind.SECRET: 16, ContributionKind.DICE: 6, ContributionKind.PUBLIC: 10}[part.kind]
    return len(part.value) * math.log2(faces)


def judge(contributions: Sequence[Contribution], ceremony: Ceremony) -> list[Judged]:
    """Which contributions count, and why the others do not. A missing or late one is left out, never replaced."""
    judged: list[Judged] = []
    for part in contributions:
        reason = (_judge_secret if part.kind is ContributionKind.SECRET else _judge_public)(part, ceremony)
        judged.append(Judged(part, not reason, reason, 0.0 if reason else _bits(part)))
    return judged


def make_seed(
    contributions: Sequence[Contribution], ceremony: Ceremony, *, list_digest: str, rules_digest: str
) -> tuple[str, list[Judged]]:
    """
    The seed [64 hexadecimal digits] and the verdict on each contribution.

    SHA-256 over lines: a domain name, the digests of frozen list and rules, then party and value of each contribution
    that counts, in the order of the rules. Binding the digests in means that no other list can be drawn with this seed.

    Raises SeedNotPossible with fewer valid contributions than the rules ask for, with less than 128 bits, or when
    no valid contribution came after the reveals.
    """
    judged = judge(contributions, ceremony)
    valid = [j.contribution for j in judged if j.counts]
    bits = sum(j.bits for j in judged)
    if len(valid) < ceremony.least_contributions:
        raise SeedNotPossible(
            f"有效贡献 {len(valid)} 份，少于规则要求的 {ceremony.least_contributions} 份；应作废并公告"
        )
    if bits < NEEDED_BITS:
        raise SeedNotPossible(f"种子不确定性最多 {bits:.0f} 位，少于 {NEEDED_BITS:.0f} 位；应增加骰子次数或公共数字")
    if all(part.kind is ContributionKind.SECRET for part in valid):
        raise SeedNotPossible("没有揭示之后产生的骰子或公共数字，最后揭示者可以影响结果；应作废并公告")
    lines = [_DOMAIN, f"list:{list_digest}", f"rules:{rules_digest}", *(f"{p.party}:{p.value}" for p in valid)]
    return hashlib.sha256("\n".join(lines).encode("utf-8")).hexdigest(), judged
