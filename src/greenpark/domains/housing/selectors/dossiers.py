"""One home, one file 一房一档: the chain of the home with those of every household it ever went to (第三十四条)."""

from __future__ import annotations

from dataclasses import dataclass

from greenpark.domains.accounts.contracts import Actor
from greenpark.domains.housing import models
from greenpark.domains.housing.contracts import CaseEventView, ChainCheck
from greenpark.domains.housing.selectors import cases, scope, supply


@dataclass(frozen=True, slots=True)
class Dossier:
    """Everything that ever happened to a home, oldest first, and whether the chains hold."""

    home: supply.HomeView
    events: tuple[CaseEventView, ...]
    checks: tuple[tuple[str, ChainCheck], ...]

    @property
    def intact(self) -> bool:
        return all(c.intact for _, c in self.checks)


def subjects(by: Actor, home_id: int) -> list[tuple[str, str]]:
    """(subject, words) of the home and its households."""
    row = scope.home(by, home_id)
    found = [(f"home:{row.pk}", f"房源 {row.code}")]
    for sale in models.Sale.objects.filter(home=row).select_related("application").order_by("id"):
        entry = (f"application:{sale.application_id}", f"申请 {sale.application.number}")
        if entry not in found:
            found.append(entry)
    return found


def dossier(by: Actor, home_id: int) -> Dossier:
    by.need("housing.view")
    named = subjects(by, home_id)
    events = [e for subject, _ in named for e in cases.events(subject)]
    events.sort(key=lambda e: (e.at, e.subject, e.seq))
    checks = tuple((words, cases.verify(subject)) for subject, words in named)
    return Dossier(supply.home(by, home_id), tuple(events), checks)
