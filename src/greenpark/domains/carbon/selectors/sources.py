"""Accounting sources in force."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from greenpark.domains.carbon import models
from greenpark.domains.carbon.contracts import CATEGORY_NAMES, NotFound
from greenpark.domains.carbon.rules.bindings import Spec
from greenpark.domains.carbon.rules.items import medium_name
from greenpark.engines import accounting
from greenpark.kernel.periods import Month


@dataclass(frozen=True, slots=True)
class SourceView:
    """One version of a source for people."""

    id: int
    enterprise_id: int
    code: str
    version: int
    name: str
    process: str
    category: str
    category_name: str
    medium: str
    method: str
    method_title: str
    options: dict[str, Any]
    bindings: list[dict[str, Any]]
    energy: list[dict[str, Any]]
    market: dict[str, Any]
    retired: bool
    valid_from: date
    valid_to: date | None
    known_since: datetime
    changed_by: str
    reason: str

    @property
    def medium_name(self) -> str:
        return medium_name(self.medium)


def in_force(
    enterprise_ids: Iterable[int], month: Month, known_at: datetime
) -> dict[int, list[tuple[models.Source, Spec]]]:
    """Versions that hold for a month as known at a moment, by enterprise and code. For services and selectors.

    Of several versions that cover the month the newest known counts. A retired version covers the months before its
    end, and hides earlier versions afterwards.
    """
    newest: dict[tuple[int, str], models.Source] = {}
    first = month.first_day()
    rows = models.Source.objects.filter(enterprise_id__in=list(enterprise_ids)).known(known_at)
    for row in rows.order_by("version"):
        covers = row.valid_from <= first and (row.valid_to is None or first < row.valid_to)
        key = (row.enterprise_id, row.code)
        if covers:
            newest[key] = row
        elif row.valid_from <= first:
            newest.pop(key, None)
    found: dict[int, list[tuple[models.Source, Spec]]] = {}
    for (enterprise, _), row in sorted(newest.items()):
        found.setdefault(enterprise, []).append((row, row.parsed()))
    return found


def source_list(enterprise_ids: Iterable[int]) -> list[SourceView]:
    """Newest version of every source."""
    newest: dict[tuple[int, str], models.Source] = {}
    for row in models.Source.objects.filter(enterprise_id__in=list(enterprise_ids)).order_by("version"):
        newest[(row.enterprise_id, row.code)] = row
    return [_view(row) for _, row in sorted(newest.items())]


def source_versions(enterprise_id: int, code: str) -> list[SourceView]:
    """All versions, newest first. Raises NotFound."""
    rows = models.Source.objects.filter(enterprise_id=enterprise_id, code=code).order_by("-version")
    found = [_view(row) for row in rows]
    if not found:
        raise NotFound(f"没有编号为 {code} 的核算源")
    return found


def report_items(
    enterprise_ids: Iterable[int], month: Month, known_at: datetime, *, required_only: bool = False
) -> dict[int, list[str]]:
    """Items that the sources of each enterprise take from the monthly report, in order of the sources."""
    found: dict[int, list[str]] = {}
    for enterprise, rows in in_force(enterprise_ids, month, known_at).items():
        codes: dict[str, None] = {}
        for _, spec in rows:
            for binding in spec.bindings:
                if binding.kind == "report" and not (required_only and binding.optional):
                    codes[binding.item] = None
        if codes:
            found[enterprise] = list(codes)
    return found


def _view(row: models.Source) -> SourceView:
    method = accounting.METHODS.get(row.method)
    return SourceView(
        row.pk,
        row.enterprise_id,
        row.code,
        row.version,
        row.name,
        row.process,
        row.category,
        CATEGORY_NAMES.get(row.category, row.category),
        row.medium,
        row.method,
        method.title_zh if method else "未知方法",
        row.options,
        row.bindings,
        row.energy,
        row.market,
        row.retired,
        row.valid_from,
        row.valid_to,
        row.known_since,
        row.changed_by,
        row.reason,
    )
