"""Annexes in the layout of the document, on the page and as a workbook."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from greenpark.domains.accounts import facade as accounts
from greenpark.domains.planning.rules.annex import Cell, layout
from greenpark.domains.planning.selectors import items as selectors
from greenpark.domains.planning.ui import workbook


def _built(rows: list[selectors.ItemView], years: dict[str, str]) -> tuple[list[list[Cell]], list[list[Cell]]]:
    base = next((years[r.row["indicator"]] for r in rows if years.get(r.row["indicator"])), "")
    return layout([r.row for r in rows], base)


def _tables(request: HttpRequest) -> list[dict[str, Any]]:
    views, _ = selectors.indicators(request.actor, selectors.PlanFilter(), at=timezone.localdate())
    tables = []
    for name, rows in selectors.annexes(request.actor).items():
        own = {v.code: v for v in views if v.pack == rows[0].pack}
        header, body = _built(rows, {code: str(v.row["baseline_year"]) for code, v in own.items()})
        tables.append(
            {
                "pack": rows[0].pack,
                "annex": rows[0].row["annex"],
                "key": name,
                "title": f"{rows[0].pack_title} · {TITLES.get(rows[0].row['annex'], rows[0].row['annex'])}",
                "count": len(rows),
                "header": header,
                "body": [[(cell, own[cell.code].id if cell.code in own else None) for cell in row] for row in body],
                "rows": (header, body),
            }
        )
    return tables


#: Titles of the annexes as printed; another region's annex shows its own name.
TITLES = {"annex1": "绿色园区专项治理工作指标", "cp-pilot": "碳达峰试点园区建设指标表"}


@accounts.require("planning.view")
def annexes(request: HttpRequest) -> HttpResponse:
    """Every annex, cell by cell."""
    return render(request, "planning/annexes.html", {"tables": _tables(request)})


@accounts.require("planning.export")
def annex_export(request: HttpRequest, pack: str, annex: str) -> HttpResponse:
    """One annex as .xlsx with merged header, cells as text exactly as printed."""
    table = next((t for t in _tables(request) if (t["pack"], t["annex"]) == (pack, annex)), None)
    if table is None:
        raise Http404(f"没有附表 {pack}/{annex}")
    now = timezone.now()
    subject = f"plan:{pack}/{annex}"
    accounts.record(action="planning.list.exported", subject=subject, by=request.actor, at=now, detail={})
    header, body = table["rows"]
    return workbook.annex(f"{TITLES.get(annex, annex)}.xlsx", TITLES.get(annex, annex), header, body)
