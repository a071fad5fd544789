"""The published package of a draw: what an outsider needs to recompute it, and the check itself.

Files (UTF-8, LF), in a folder or a zip; `verify_draw.py`, the stand-alone script printed in the notice, reads the same:

    list.csv            number,groups        frozen and published with its digests before the seed exists
    rules.json          rounds with quotas and priority; the ceremony's times and least contributions
    frozen.json         digests of list.csv and rules.json (SHA-256, SM3), published at the freeze
    contributions.json  commitments, reveals, dice, public numbers, in the order of the rules
    result.csv          round,place,number,score,track
    seed.txt            the seed
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from greenpark.engines.drawing.digests import sha256_hex, sm3_hex
from greenpark.engines.drawing.ranking import Applicant, ListNotUsable, Quota, Rank, RoundRules, rank
from greenpark.engines.drawing.seed import Ceremony, Contribution, ContributionKind, SeedNotPossible, make_seed

#: Every file of a package.
NAMES = ("list.csv", "rules.json", "frozen.json", "contributions.json", "seed.txt", "result.csv")


@dataclass(frozen=True, slots=True)
class Finding:
    """A difference between what was published and what follows from it."""

    file: str
    what: str


@dataclass(frozen=True, slots=True)
class DrawRules:
    """The manager's published rules of one draw."""

    draw: str
    rounds: tuple[RoundRules, ...]
    ceremony: Ceremony


def _json(value: Any) -> bytes:
    return (json.dumps(value, ensure_ascii=False, sort_keys=True, indent=1) + "\n").encode()


def list_bytes(applicants: Sequence[Applicant]) -> bytes:
    """list.csv: in the order given, groups separated by ``|``."""
    lines = ["number,groups", *(f"{a.number},{'|'.join(a.groups)}" for a in applicants)]
    return ("\n".join(lines) + "\n").encode()


def rules_bytes(rules: DrawRules) -> bytes:
    """rules.json in canonical form: sorted keys, times with offset."""
    return _json(
        {
            "draw": rules.draw,
            "frozen_at": rules.ceremony.frozen_at.isoformat(),
            "reveal_until": rules.ceremony.reveal_until.isoformat(),
            "least_contributions": rules.ceremony.least_contributions,
            "rounds": [
                {
                    "round": r.round,
                    "quotas": [{"group": q.group, "places": q.places} for q in r.quotas],
                    "priority": list(r.priority),
                }
                for r in rules.rounds
            ],
        }
    )


def frozen_bytes(listed: bytes, ruled: bytes) -> bytes:
    """frozen.json: the digests that are published before the seed exists."""
    return _json(
        {
            name: {"sha256": sha256_hex(data), "sm3": sm3_hex(data)}
            for name, data in (("list.csv", listed), ("rules.json", ruled))
        }
    )


def contributions_bytes(contributions: Sequence[Contribution]) -> bytes:
    def moment(at: datetime | None) -> str:
        return at.isoformat() if at else ""

    return _json(
        [
            {
                "party": c.party,
                "kind": str(c.kind),
                "commitment": c.commitment,
                "committed_at": moment(c.committed_at),
                "value": c.value,
                "revealed_at": moment(c.revealed_at),
            }
            for c in contributions
        ]
    )


def result_bytes(results: Mapping[str, Sequence[Rank]]) -> bytes:
    lines = ["round,place,number,score,track"]
    lines += [f"{name},{r.place},{r.number},{r.score},{r.track}" for name, ranks in results.items() for r in ranks]
    return ("\n".join(lines) + "\n").encode()


def draw(
    applicants: Sequence[Applicant], rules: DrawRules, contributions: Sequence[Contribution]
) -> tuple[dict[str, bytes], dict[str, list[Rank]]]:
    """
    Run a draw: the package to publish and the ranks by round. Raises ListNotUsable, SeedNotPossible.
    """
    listed, ruled = list_bytes(applicants), rules_bytes(rules)
    seed, _ = make_seed(contributions, rules.ceremony, list_digest=sha256_hex(listed), rules_digest=sha256_hex(ruled))
    results = {r.round: rank(applicants, seed, r) for r in rules.rounds}
    files = {
        "list.csv": listed,
        "rules.json": ruled,
        "frozen.json": frozen_bytes(listed, ruled),
        "contributions.json": contributions_bytes(contributions),
        "seed.txt": f"{seed}\n".encode(),
        "result.csv": result_bytes(results),
    }
    return files, results


def parse_list(data: bytes) -> list[Applicant]:
    rows = csv.DictReader(io.StringIO(data.decode("utf-8")))
    return [Applicant(row["number"], tuple(g for g in row["groups"].split("|") if g)) for row in rows]


def parse_rules(data: bytes) -> DrawRules:
    raw = json.loads(data)
    rounds = tuple(
        RoundRules(r["round"], tuple(Quota(q["group"], int(q["places"])) for q in r["quotas"]), tuple(r["priority"]))
        for r in raw["rounds"]
    )
    ceremony = Ceremony(
        datetime.fromisoformat(raw["frozen_at"]),
        datetime.fromisoformat(raw["reveal_until"]),
        int(raw["least_contributions"]),
    )
    return DrawRules(raw["draw"], rounds, ceremony)


def parse_contributions(data: bytes) -> list[Contribution]:
    def moment(text: str) -> datetime | None:
        return datetime.fromisoformat(text) if text else None

    return [
        Contribution(
            c["party"],
            ContributionKind(c["kind"]),
            c["commitment"],
            moment(c["committed_at"]),
            c["value"],
            moment(c["revealed_at"]),
        )
        for c in json.loads(data)
    ]


def _check_frozen(files: Mapping[str, bytes]) -> list[Finding]:
    published = json.loads(files["frozen.json"])
    findings = []
    for name in ("list.csv", "rules.json"):
        for digest, function in (("sha256", sha256_hex), ("sm3", sm3_hex)):
            if published[name][digest] != function(files[name]):
                findings.append(Finding(name, f"与冻结时公布的 {digest.upper()} 摘要不符：文件在冻结后被改动"))
    return findings


def _check_result(published: bytes, expected: bytes) -> list[Finding]:
    if published == expected:
        return []
    said, true = published.decode("utf-8", "replace").splitlines(), expected.decode().splitlines()
    for line, (a, b) in enumerate(zip(said, true, strict=False), 1):
        if a != b:
            return [Finding("result.csv", f"第 {line} 行公布为「{a}」，重算为「{b}」")]
    return [Finding("result.csv", f"公布 {len(said)} 行，重算 {len(true)} 行")]


def verify(files: Mapping[str, bytes]) -> list[Finding]:
    """
    Recompute a published package; an empty list means that every rank follows from list, rules and contributions.

    Never raises on damaged input: what cannot be read is a finding that names the file.
    """
    if missing := [name for name in NAMES if name not in files]:
        return [Finding(name, "文件缺失") for name in missing]
    parts: dict[str, Any] = {}
    for name, parse in (
        ("list.csv", parse_list),
        ("rules.json", parse_rules),
        ("frozen.json", json.loads),
        ("contributions.json", parse_contributions),
    ):
        try:
            parts[name] = parse(files[name])
        except (ValueError, KeyError, TypeError) as problem:
            return [Finding(name, f"无法读取：{problem}")]
    try:
        findings = _check_frozen(files)
    except (KeyError, TypeError) as problem:
        return [Finding("frozen.json", f"无法读取：{problem}")]
    rules: DrawRules = parts["rules.json"]
    try:
        seed, _ = make_seed(
            parts["contributions.json"],
            rules.ceremony,
            list_digest=sha256_hex(files["list.csv"]),
            rules_digest=sha256_hex(files["rules.json"]),
        )
        results = {r.round: rank(parts["list.csv"], seed, r) for r in rules.rounds}
    except SeedNotPossible as problem:
        return [*findings, Finding("contributions.json", str(problem))]
    except ListNotUsable as problem:
        return [*findings, Finding("list.csv", str(problem))]
    if files["seed.txt"] != f"{seed}\n".encode():
        findings.append(Finding("seed.txt", f"重算的种子为 {seed}"))
    return findings + _check_result(files["result.csv"], result_bytes(results))
