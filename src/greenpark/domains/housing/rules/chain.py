"""Hash chain of case events: SM3 over the previous hash and the canonical JSON of the event (format gp-case-1)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from cryptography.hazmat.primitives import hashes

GENESIS = "0" * 64
#: Columns that the hash covers, beside the previous hash.
FIELDS = (
    "subject", "seq", "at_us", "actor_kind", "actor_id", "actor_name", "action", "title", "origin", "target",
    "opinion", "article", "rule_version", "deadline", "detail",
)  # fmt: skip


def canonical(value: Any) -> str:
    """JSON with sorted keys and without blanks."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def sm3(data: bytes) -> str:
    """SM3 (GB/T 32905-2016), hexadecimal."""
    digest = hashes.Hash(hashes.SM3())
    digest.update(data)
    return digest.finalize().hex()


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def link(previous: str, event: Mapping[str, Any]) -> str:
    """The hash of an event after ``previous``."""
    body = canonical({name: event[name] for name in FIELDS})
    return sm3(f"{previous}\n{body}".encode())


@dataclass(frozen=True, slots=True)
class Broken:
    """Where a chain stops being one."""

    seq: int
    reason: str


def check(events: Iterable[Mapping[str, Any]]) -> tuple[int, str, Broken | None]:
    """Recompute a chain given in order: number of events, hash of the last, and the first fault if any."""
    count, previous = 0, GENESIS
    for count, event in enumerate(events, start=1):
        if event["seq"] != count:
            return (
                count,
                previous,
                Broken(int(event["seq"]), f"序号应为 {count}，现为 {event['seq']}：记录被删或插入"),
            )
        if event["previous"] != previous:
            return count, previous, Broken(count, "与上一条的摘要不相接")
        if link(previous, event) != event["hash"]:
            return count, previous, Broken(count, "内容与摘要不符：记录被改动")
        previous = str(event["hash"])
    return count, previous, None
