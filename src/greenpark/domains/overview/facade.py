"""What screens, the API and the shell may ask. Pass ``at``; nothing here reads a clock."""

from __future__ import annotations

from greenpark.domains.overview.selectors.points import collection, latest_values
from greenpark.domains.overview.selectors.power import by_medium, power
from greenpark.domains.overview.selectors.refused import refused
from greenpark.domains.overview.selectors.scope import enterprises, narrowed, parks
from greenpark.domains.overview.selectors.search import search
from greenpark.domains.overview.selectors.todos import todos

#: The name by which the page frame asks for the scope switcher.
scopes = parks

__all__ = [
    "by_medium",
    "collection",
    "enterprises",
    "latest_values",
    "narrowed",
    "parks",
    "power",
    "refused",
    "scopes",
    "search",
    "todos",
]
