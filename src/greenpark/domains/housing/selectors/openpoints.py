"""The open points of the measure (29 ambiguities, 8 contradictions) and what was decided on each."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from greenpark.domains.housing.selectors import parameters
from greenpark.domains.housing.selectors.parameters import ParameterView


@dataclass(frozen=True, slots=True)
class OpenPoint:
    """A gap or contradiction of the text, how the system treats it, and the decisions on its parameters."""

    id: str
    article: str
    what: str
    handling: str
    decisions: tuple[ParameterView, ...]

    @property
    def state(self) -> str:
        """decided, open (a parameter waits), or handled (a rule or a person takes care)."""
        if not self.decisions:
            return "handled"
        return "decided" if all(d.decided for d in self.decisions) else "open"


def _table(name: str) -> list[dict[str, str]]:
    path = Path(settings.PACKS) / "regions" / "wuhai" / name
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def listing() -> list[OpenPoint]:
    known = parameters.listing()
    return [
        OpenPoint(
            r["id"], r["article"], r.get("what_zh") or r["what"], r.get("handling_zh") or r["handling"],
            tuple(p for p in known if p.point == r["id"]),
        )
        for r in _table("housing_open_points.csv")
    ]  # fmt: skip


def rules() -> list[dict[str, str]]:
    """The 69 rules with article and quote."""
    return _table("housing_rules.csv")
