"""The drawing calculations that can be called without the web."""

from __future__ import annotations

import msgspec

from greenpark.engines.drawing import rfc3797
from greenpark.engines.drawing.ranking import Applicant, Quota, RoundRules, rank
from greenpark.kernel.calculation import Calculation


class Rfc3797Input(msgspec.Struct, frozen=True):
    groups: list[list[int]]
    pool: int
    pick: int


class Rfc3797Output(msgspec.Struct, frozen=True):
    key: str
    selected: list[int]


class RankInput(msgspec.Struct, frozen=True):
    seed: str
    applicants: list[Applicant]
    round: str = "1"
    quotas: list[Quota] = []
    priority: list[str] = []


class RankedApplicant(msgspec.Struct, frozen=True):
    place: int
    number: str
    score: str
    track: str


class RankOutput(msgspec.Struct, frozen=True):
    ranks: list[RankedApplicant]


def run_rfc3797(given: Rfc3797Input) -> Rfc3797Output:
    key = rfc3797.key_of(given.groups)
    return Rfc3797Output(key, rfc3797.select(key, given.pool, given.pick))


def run_rank(given: RankInput) -> RankOutput:
    rules = RoundRules(given.round, tuple(given.quotas), tuple(given.priority))
    ranks = rank(given.applicants, given.seed, rules)
    return RankOutput([RankedApplicant(r.place, r.number, r.score, r.track) for r in ranks])


CALCULATIONS = (
    Calculation(
        "rfc3797", "公开可验证抽取（RFC 3797）", "Publicly verifiable selection", Rfc3797Input, Rfc3797Output,
        run_rfc3797, "RFC 3797",
    ),
    Calculation(
        "draw-ranks", "摇号顺序：由种子与登记编号得出", "Ranks of a draw from seed and numbers", RankInput, RankOutput,
        run_rank, "docs/algorithms/drawing.md",
    ),
)  # fmt: skip
