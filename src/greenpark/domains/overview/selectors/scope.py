"""The part of a person's data scope that they chose to look at."""

from __future__ import annotations

from dataclasses import replace

from greenpark.domains.accounts.contracts import Actor, DataScope
from greenpark.domains.registry import facade as registry
from greenpark.domains.registry.contracts import EnterpriseView


def enterprises(actor: Actor) -> list[EnterpriseView]:
    """Active enterprises in scope."""
    return [row for row in registry.enterprises(actor, limit=None)[0] if row.active]


def parks(actor: Actor) -> list[tuple[str, str]]:
    """Parks with enterprises in scope as (id, name), by name; the id is the name, which is unique in the registry."""
    names = sorted({row.park for row in enterprises(actor) if row.park})
    return [(name, name) for name in names]


def narrowed(actor: Actor, park: str) -> Actor:
    """The actor with the scope cut to a park's enterprises; unchanged for "" or a park that is not in scope."""
    if not park:
        return actor
    inside = frozenset(row.organisation_id for row in enterprises(actor) if row.park == park)
    return replace(actor, scope=DataScope(organisations=inside)) if inside else actor
