"""Chart descriptions of these screens (see docs/how-to/add-a-screen.md)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _

from greenpark.domains.carbon import facade as carbon
from greenpark.domains.carbon.contracts import BySource, Live, MonthTotal, Ranked
from greenpark.domains.overview.contracts import MediumAmount, Power

_RANKED = 8
_SOURCES = 10


def load(power: Power) -> dict[str, Any]:
    """Load of the last hours by where the electricity comes from, in MW above 5 MW, else kW."""
    columns = (
        (_("外购电"), power.imported_kw, "grid"),
        (_("自发电"), power.produced_kw, "1"),
        (_("外供电"), power.exported_kw, "7"),
    )
    known = [(name, values, colour) for name, values, colour in columns if any(v is not None for v in values)]
    peak = max((abs(v) for _n, values, _c in known for v in values if v is not None), default=0.0)
    unit, scale = ("MW", 1e-3) if peak >= 5000 else ("kW", 1.0)
    series = [
        {
            "name": name,
            "data": [None if v is None else round(v * scale, 4) for v in values],
            "colour": colour,
            **({"as": "line", "dashed": True} if colour == "7" else {}),
        }
        for name, values, colour in known
    ]
    return {
        "kind": "area",
        "unit": unit,
        "decimals": 2 if unit == "MW" else 1,
        "time": list(power.times_ms),
        "series": series,
    }


def months(totals: Sequence[MonthTotal], live: Live) -> dict[str, Any]:
    """CO₂ of each month; months that are not closed for every enterprise stand in the second, paler series.

    ``live`` gives the current month so far, the last of ``totals``, when any source can be estimated.
    """
    closed: list[float | None] = []
    provisional: list[float | None] = []
    for index, row in enumerate(totals):
        current = index == len(totals) - 1
        value = float(row.figures.tco2e) if row.enterprises else None
        if current and live.metered_sources + live.reported_sources:
            value = live.month.tco2e
        done = not current and row.enterprises > 0 and row.closed == row.enterprises
        closed.append(value if done else None)
        provisional.append(None if done else value)
    return {
        "kind": "stacked",
        "unit": _("吨 CO₂e"),
        "x": [row.month for row in totals],
        "x_title": _("月份"),
        "series": [
            {"name": _("已月结"), "data": closed, "colour": "1"},
            {"name": _("未月结（估算）"), "data": provisional, "colour": "grid", "dashed": True},
        ],
    }


def ranking(rows: Sequence[Ranked]) -> dict[str, Any]:
    """The largest emitters of a month."""
    shown = rows[:_RANKED]
    return {
        "kind": "ranking",
        "unit": _("吨 CO₂e"),
        "x": [row.enterprise for row in shown],
        "x_title": _("企业"),
        "series": [{"name": _("碳排放"), "data": [float(row.figures.tco2e) for row in shown]}],
    }


def medium_name(code: str) -> str:
    """Word for a medium, "" for none; in the page's language."""
    name = carbon.medium_name(code)
    return str(_(name)) if name else ""


def sources(rows: Sequence[BySource]) -> dict[str, Any]:
    """CO₂ by source, the largest first; removals are negative."""
    shown = [row for row in rows if row.figures.tco2e][:_SOURCES]
    names = [_(row.category_name) + (f" · {medium_name(row.medium)}" if row.medium else "") for row in shown]
    return {
        "kind": "ranking",
        "unit": _("吨 CO₂e"),
        "x": names,
        "x_title": _("排放源"),
        "series": [{"name": _("碳排放"), "data": [float(row.figures.tco2e) for row in shown], "colour": "7"}],
    }


def media_table(rows: Sequence[MediumAmount]) -> list[dict[str, Any]]:
    """Amounts by medium with the share that was estimated."""
    return [{"row": row, "estimated_share": row.estimated / row.amount if row.amount else 0.0} for row in rows]
