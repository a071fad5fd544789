"""Lines of the left menu."""

from __future__ import annotations

from greenpark.domains.accounts.contracts import MenuItem

MENU = (
    MenuItem("系统", "用户", "accounts:people", "users", "accounts.view", 900),
    MenuItem("系统", "角色与数据范围", "accounts:roles", "shield-lock", "accounts.view", 910),
    MenuItem("系统", "组织", "accounts:organisations", "sitemap", "accounts.view", 920),
    MenuItem("系统", "API 令牌", "accounts:tokens", "key", "accounts.token", 930),
    MenuItem("系统", "审计日志", "accounts:audit", "history", "accounts.audit", 940),
)
