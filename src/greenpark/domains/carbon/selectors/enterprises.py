"""Enterprises as this domain needs them, within an actor's data scope."""

from __future__ import annotations

from collections.abc import Iterable

from greenpark.domains.accounts.contracts import Actor, OutOfScope
from greenpark.domains.carbon.contracts import NotFound
from greenpark.domains.registry import facade as registry
from greenpark.domains.registry.contracts import EnterpriseView, PointView


def visible(actor: Actor) -> dict[int, EnterpriseView]:
    """Active enterprises that the actor may see, by id, in the order of the registry."""
    found, _ = registry.enterprises(actor, limit=None)
    return {e.id: e for e in found if e.active}


def one(actor: Actor, enterprise_id: int) -> EnterpriseView:
    """An enterprise in scope. Raises NotFound (also outside the scope, so that nothing is confirmed)."""
    try:
        return registry.enterprise(actor, enterprise_id)
    except OutOfScope:
        raise NotFound("没有这家企业，或不在您的数据范围内") from None


def reporting_code(enterprise: EnterpriseView) -> str:
    """What identifies an enterprise in forms: the credit code, or the registry's code where none is known."""
    return enterprise.credit_code or enterprise.code


def points_of(actor: Actor, enterprise_id: int) -> list[PointView]:
    """Active monitoring points of an enterprise in scope."""
    chosen = registry.PointFilter(enterprise_id=enterprise_id, state="active")
    found, _ = registry.points(actor, chosen, limit=5000)
    return found


def points_by_id(point_ids: Iterable[int]) -> dict[int, PointView]:
    """Views of points, for lists whose scope was checked before."""
    return registry.points_by_id(point_ids)
