"""Search by name, pinyin, code or credit code over enterprises and points in scope."""

from __future__ import annotations

from greenpark.domains.accounts.contracts import Actor
from greenpark.domains.overview.contracts import Hit
from greenpark.domains.registry import facade as registry

_EACH = 20


def search(actor: Actor, words: str) -> tuple[list[Hit], int]:
    """Hits, enterprises first, and how many there are in all; nothing for a blank question.

    ``href`` holds the id: the screen makes the address.
    """
    text = words.strip()
    if not text:
        return [], 0
    enterprises, n_enterprises = registry.enterprises(actor, registry.EnterpriseFilter(q=text), limit=_EACH)
    points, n_points = registry.points(actor, registry.PointFilter(q=text), limit=_EACH)
    hits = [
        Hit("enterprise", row.name, " · ".join(filter(None, (row.code, row.credit_code, row.industry))), str(row.id))
        for row in enterprises
    ]
    hits += [Hit("point", row.name, f"{row.code} · {row.enterprise_name}", str(row.id)) for row in points]
    return hits, n_enterprises + n_points
