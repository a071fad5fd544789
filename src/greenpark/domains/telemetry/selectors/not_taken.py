"""Rejected frames and refused items, and what they say about points that are not registered yet."""

from __future__ import annotations

from dataclasses import dataclass

from greenpark.domains.accounts.contracts import Actor, OutOfScope
from greenpark.domains.telemetry.contracts import UnknownKey
from greenpark.domains.telemetry.selectors.store_access import access
from greenpark.ingest.keys import describe, from_text
from greenpark.store.interface import NotTaken

_FAR_US = 1 << 60
#: Rows looked through for a person who may see only some of them.
_LOOK_THROUGH = 5_000


@dataclass(frozen=True, slots=True)
class NotTakenFilter:
    """Span [UTC µs]; blank means any."""

    start_us: int
    end_us: int
    code: str = ""
    gateway: str = ""


def not_taken(
    actor: Actor, chosen: NotTakenFilter, *, limit: int = 100, before_id: int | None = None
) -> list[NotTaken]:
    """Newest first, as far as the actor may see them; ``before_id`` of the last row gives the next page."""
    mine = _Mine(actor)
    found: list[NotTaken] = []
    seen = 0
    while len(found) < limit and seen < _LOOK_THROUGH:
        page = access().store.not_taken(
            start_us=chosen.start_us, end_us=chosen.end_us, code=chosen.code, gateway=chosen.gateway,
            limit=max(limit, 200), before_id=before_id,
        )  # fmt: skip
        found += [row for row in page if mine.may_see(row)]
        seen += len(page)
        if len(page) < max(limit, 200):
            break
        before_id = page[-1].id
    return found[:limit]


def one(actor: Actor, row_id: int) -> NotTaken:
    """One row. Raises OutOfScope when there is none that the actor may see."""
    page = access().store.not_taken(start_us=0, end_us=_FAR_US, limit=1, before_id=row_id + 1)
    if not page or page[0].id != row_id or not _Mine(actor).may_see(page[0]):
        raise OutOfScope(f"not taken {row_id}")
    return page[0]


class _Mine:
    """Rows of devices that feed a point of the actor's organisations. What nobody is known to own is shown only to
    those who see everything."""

    def __init__(self, actor: Actor) -> None:
        self.everything = actor.scope.everything
        self.devices: set[tuple[str, str]] = set()
        self.organisations = {str(i) for i in actor.scope.organisations}
        if not self.everything:
            known = access().directory.current()
            own = {i for i, organisation in known.organisation_of.items() if actor.scope.allows(organisation)}
            self.devices = {key[:2] for key, spec in known.by_key.items() if spec.id in own}  # type: ignore[misc]

    def may_see(self, row: NotTaken) -> bool:
        if self.everything or (row.gateway, row.device) in self.devices:
            return True
        return bool(row.key) and from_text(row.key)[:2] in self.devices


def unknown_keys(actor: Actor, start_us: int, end_us: int) -> list[UnknownKey]:
    """What sends and is bound to no point, newest first. Keys that were bound meanwhile are left out."""
    rows = not_taken(actor, NotTakenFilter(start_us, end_us, "unknown_point"), limit=_LOOK_THROUGH)
    bound = access().directory.current().by_key
    found: dict[str, tuple[NotTaken, int]] = {}
    for row in rows:
        first, seen = found.get(row.key, (row, 0))
        found[row.key] = (first, seen + 1)
    unknown = []
    for text, (row, seen) in found.items():
        key = from_text(text)
        if key not in bound:
            unknown.append(
                UnknownKey(
                    row.gateway, key, describe(key), row.device, row.peer, row.received_us, row.value, seen
                )
            )  # fmt: skip
    return sorted(unknown, key=lambda u: u.last_us, reverse=True)


def count_since(actor: Actor, start_us: int, end_us: int, most: int = 1_000) -> int:
    """How many entries the actor can see, counted up to ``most``."""
    return len(not_taken(actor, NotTakenFilter(start_us, end_us), limit=most))


def owners_of_devices() -> dict[tuple[str, str], int]:
    """Gateway and device -> the enterprise whose points it feeds, where it is one only."""
    known = access().directory.current()
    owners: dict[tuple[str, str], set[int]] = {}
    for key, spec in known.by_key.items():
        if len(key) > 2 and spec.id in known.enterprise_of:
            owners.setdefault((key[0], key[1]), set()).add(known.enterprise_of[spec.id])
    return {device: ids.pop() for device, ids in owners.items() if len(ids) == 1}
