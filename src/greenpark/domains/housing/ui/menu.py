"""Lines of the left menu and what waits for somebody."""

from __future__ import annotations

from greenpark.domains.accounts.contracts import Actor, MenuItem
from greenpark.domains.housing import facade

GROUP = "配售型住房"
MENU = (
    MenuItem(GROUP, "项目与计划", "housing:projects", "building-community", "housing.view", 600),
    MenuItem(GROUP, "购房申请", "housing:cases", "clipboard-list", "housing.view", 610),
    MenuItem(GROUP, "联审核查", "housing:reviews", "clipboard-check", "housing.verify", 620),
    MenuItem(GROUP, "轮候库", "housing:pool", "list-details", "housing.view", 630),
    MenuItem(GROUP, "公示与异议", "housing:publicity", "message-report", "housing.view", 640),
    MenuItem(GROUP, "摇号与选房", "housing:draws", "arrows-exchange", "housing.view", 650),
    MenuItem(GROUP, "房源与一房一档", "housing:homes", "home", "housing.view", 660),
    MenuItem(GROUP, "文书", "housing:papers", "file-text", "housing.view", 665),
    MenuItem(GROUP, "参数", "housing:parameters", "adjustments", "housing.view", 670),
    MenuItem(GROUP, "口径", "housing:open-points", "help-circle", "housing.view", 680),
)


def badges(actor: Actor) -> dict[str, int]:
    """Cases to accept or conclude, reviews to give, objections to decide."""
    found: dict[str, int] = {}
    if actor.may("housing.verify"):
        found["housing:reviews"] = facade.reviews.counts(actor)["pending"]
    if actor.may("housing.accept"):
        found["housing:cases"] = facade.cases.state_counts(actor).get("submitted", 0)
        found["housing:publicity"] = len(facade.cases.objections(actor, outcome="open"))
    return {name: count for name, count in found.items() if count}
