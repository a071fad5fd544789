"""Lines of the left menu."""

from __future__ import annotations

from greenpark.domains.accounts.contracts import Actor, MenuItem
from greenpark.domains.registry.selectors.enterprises import alias_counts

MENU = (
    MenuItem("数据接入", "企业名录", "registry:enterprises", "building-factory-2", "registry.view", 400),
    MenuItem("数据接入", "监测点", "registry:points", "gauge", "registry.view", 410),
    MenuItem("数据接入", "别名确认", "registry:aliases", "link", "registry.review", 420),
    MenuItem("数据接入", "园区与地点", "registry:places", "map-pin", "registry.view", 430),
)


def badges(actor: Actor) -> dict[str, int]:
    """Aliases waiting for a decision."""
    return {"registry:aliases": alias_counts(actor)["inference"]} if actor.may("registry.review") else {}
