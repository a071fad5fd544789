"""Lines of the left menu."""

from __future__ import annotations

from greenpark.domains.accounts.contracts import Actor, MenuItem
from greenpark.domains.planning.selectors.items import waiting_counts

MENU = (
    MenuItem("规划落实", "指标", "planning:indicators", "chart-histogram", "planning.view", 300),
    MenuItem("规划落实", "附表", "planning:annexes", "table", "planning.view", 305),
    MenuItem("规划落实", "任务", "planning:tasks", "list-check", "planning.view", 310),
    MenuItem("规划落实", "项目", "planning:projects", "packages", "planning.view", 320),
    MenuItem("规划落实", "参数", "planning:parameters", "adjustments", "planning.view", 330),
    MenuItem("规划落实", "口径与一致性", "planning:consistency", "alert-triangle", "planning.view", 340),
    MenuItem("规划落实", "条款覆盖", "planning:coverage", "clipboard-check", "planning.view", 350),
)


def badges(actor: Actor) -> dict[str, int]:
    """Values and reports waiting for a second person."""
    return waiting_counts() if actor.may("planning.review") else {}
