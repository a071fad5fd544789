"""Responsible units of a task as data: named and lead from the text, default units by the default clause."""

from __future__ import annotations

import re
from dataclasses import dataclass

_DEFAULT = "(default clause)"
_LEAD = "（牵头）"
_NOT_STATED = "not stated"


@dataclass(frozen=True, slots=True)
class Units:
    """Who owes a task. ``default`` is derived from the plan's clause, not printed beside the task."""

    lead: tuple[str, ...] = ()
    named: tuple[str, ...] = ()
    default: tuple[str, ...] = ()

    @property
    def assigned(self) -> bool:
        """Whether the document names anybody."""
        return bool(self.lead or self.named)


def units_of(cell: str) -> Units:
    """Units of a task's cell, in its order.

    ``各区人民政府; 各高新区管委会 (default clause)`` are the default units; a unit with （牵头） leads; a cell that
    begins with ``not stated`` names none.
    """
    default: list[str] = []
    lead: list[str] = []
    named: list[str] = []
    head, mark, tail = cell.partition(_DEFAULT)
    if mark:
        parts = [p.strip() for p in re.split(r"[;；]", head) if p.strip()]
        default = [p for p in parts if not p.startswith(_NOT_STATED) and "(" not in p and ")" not in p]
        cell = tail
    for part in (p.strip() for p in re.split(r"[;；]", cell)):
        if part.startswith(_NOT_STATED):
            break
        if not part:
            continue
        if part.endswith(_LEAD):
            lead.append(part.removesuffix(_LEAD))
        else:
            named.append(part)
    return Units(tuple(lead), tuple(named), tuple(default))
