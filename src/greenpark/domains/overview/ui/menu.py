"""Lines of the left menu."""

from __future__ import annotations

from django.core.cache import cache
from django.utils import timezone

from greenpark.domains.accounts.contracts import Actor, MenuItem
from greenpark.domains.overview import facade

MENU = (
    MenuItem("", "工作台", "overview:workbench", "home", "", 1),
    MenuItem("", "园区总览", "overview:park", "layout-dashboard", "carbon.view", 2),
)

#: Counting asks several domains; a badge may be this old.
_KEEP_S = 30


def badges(actor: Actor) -> dict[str, int]:
    """Things to do."""

    def count() -> int:
        return len(facade.todos(actor, timezone.now()))

    return {"overview:workbench": cache.get_or_set(f"overview-todos-{actor.kind}-{actor.id}", count, _KEEP_S) or 0}
