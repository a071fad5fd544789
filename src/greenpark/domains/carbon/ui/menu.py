"""Lines of the left menu and what waits for somebody."""

from __future__ import annotations

from datetime import UTC, datetime

from greenpark.domains.accounts.contracts import Actor, MenuItem
from greenpark.domains.carbon import facade
from greenpark.domains.carbon.ui.common import last_month

MENU = (
    MenuItem("能碳管理", "碳核算台账", "carbon:ledger", "book", "carbon.view", 200),
    MenuItem("能碳管理", "企业月报", "carbon:reports", "clipboard-list", "carbon.view", 210),
    MenuItem("能碳管理", "月结", "carbon:close", "calendar-check", "carbon.close", 220),
    MenuItem("能碳管理", "更正分录", "carbon:corrections", "adjustments", "carbon.view", 230),
    MenuItem("能碳管理", "核算源", "carbon:sources", "git-branch", "carbon.view", 240),
    MenuItem("能碳管理", "排放因子库", "carbon:factors", "versions", "carbon.view", 250),
)


def badges(actor: Actor) -> dict[str, int]:
    """Reports that this actor has to review, corrections waiting for another's decision."""
    now = datetime.now(UTC)
    found: dict[str, int] = {}
    if actor.may("carbon.review"):
        rows = facade.ledger_rows(actor, last_month(now), now)
        found["carbon:reports"] = sum(r.status == "review" for r in rows)
    if actor.may("carbon.close"):
        waiting = facade.corrections(actor, state="proposed")
        found["carbon:corrections"] = sum(c.proposed_by_id != actor.id for c in waiting)
    return {name: count for name, count in found.items() if count}
