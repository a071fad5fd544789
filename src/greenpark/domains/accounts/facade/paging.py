"""Pages of a list that a selector cuts: the shell's pager wants a Django Page."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from django.core.paginator import Page, Paginator
from django.http import HttpRequest

PAGE_SIZE = 50


class _Known(Sequence[Any]):
    """A list of which only one page and the length are known."""

    def __init__(self, items: list[Any], count: int) -> None:
        self.items, self.n = items, count

    def __len__(self) -> int:
        return self.n

    def __getitem__(self, index: Any) -> Any:
        return self.items


def paged(
    request: HttpRequest, fetch: Callable[[int, int], tuple[list[Any], int]], *, size: int = PAGE_SIZE
) -> Page[Any]:
    """The page named in ``?page=``; a number beyond the end gives the last page. ``fetch(offset, limit)`` is called
    once, or twice when the page asked for does not exist."""
    text = request.GET.get("page", "1")
    number = max(int(text), 1) if text.isdigit() and len(text) < 8 else 1
    items, count = fetch((number - 1) * size, size)
    if not items and number > 1:
        number = max(1, -(-count // size))
        items, count = fetch((number - 1) * size, size)
    return Paginator(_Known(items, count), size).page(number)
