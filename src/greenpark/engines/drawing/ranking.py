"""Ranks from seed and applicant: every applicant has a score of their own, so an exit never moves the others.

    score = SHA-256(seed ":" round ":" applicant number)

Lower is earlier. Scores do not depend on who else is on the list; only places do, and removing one applicant keeps the
order of all others within each track.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

GENERAL = ""


@dataclass(frozen=True, slots=True)
class Applicant:
    """A line of the frozen list. ``groups`` are the priority groups whose proof was accepted."""

    number: str
    groups: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Quota:
    """Places at the front reserved for the best-ranked of a group, as the published rules say."""

    group: str
    places: int


@dataclass(frozen=True, slots=True)
class RoundRules:
    """One round. Reserved places come first, in the order given; then everybody else, priority groups before the rest
    when ``priority`` lists them."""

    round: str
    quotas: tuple[Quota, ...] = ()
    priority: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Rank:
    """Place in the order of selection, from 1; track ``reserved:<group>``, ``priority:<group>`` or ``general``."""

    place: int
    number: str
    score: str
    track: str


class ListNotUsable(ValueError):
    """The list holds a number twice, or one that cannot be written on one line."""


def score(seed: str, round_name: str, number: str) -> str:
    """Score of an applicant [64 hexadecimal digits]; smaller draws earlier."""
    return hashlib.sha256(f"{seed}:{round_name}:{number}".encode()).hexdigest()


def check_list(applicants: Sequence[Applicant]) -> None:
    """Raises ListNotUsable for duplicates, empty numbers and numbers with separators."""
    seen: set[str] = set()
    for applicant in applicants:
        number = applicant.number
        if not number or any(c in number for c in ",;:\r\n"):
            raise ListNotUsable(f"登记编号 {number!r} 为空或含有分隔符")
        if number in seen:
            raise ListNotUsable(f"登记编号 {number} 出现两次；一户一号，请核对名册")
        seen.add(number)


def rank(applicants: Sequence[Applicant], seed: str, rules: RoundRules) -> list[Rank]:
    """
    Order of selection of one round.

    Ties of SHA-256 are broken by number; they do not occur. Raises ListNotUsable.
    """
    check_list(applicants)
    prefix = f"{seed}:{rules.round}:".encode()
    sha256 = hashlib.sha256
    scored = sorted((sha256(prefix + a.number.encode()).hexdigest(), a.number, a.groups) for a in applicants)
    ordered: list[tuple[str, str, str]] = []
    taken: set[str] = set()
    for quota in rules.quotas:
        members = ((s, n) for s, n, groups in scored if quota.group in groups and n not in taken)
        for _, (s, n) in zip(range(quota.places), members, strict=False):
            ordered.append((s, n, f"reserved:{quota.group}"))
            taken.add(n)
    rest = [row for row in scored if row[1] not in taken]
    for group in (*rules.priority, GENERAL):
        track = f"priority:{group}" if group else "general"
        block = [(s, n, track) for s, n, groups in rest if n not in taken and (not group or group in groups)]
        ordered.extend(block)
        taken.update(n for _, n, _ in block)
    return [Rank(place, n, s, track) for place, (s, n, track) in enumerate(ordered, 1)]


def without(ranks: Iterable[Rank], exits: set[str]) -> list[Rank]:
    """The order after exits: the others keep their place number and their order."""
    return [r for r in ranks if r.number not in exits]
