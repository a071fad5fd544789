"""From an entry's input to its days: what the rollups say, and where the readings are shown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from greenpark.domains.carbon import facade
from greenpark.domains.carbon.contracts import EntryView
from greenpark.domains.carbon.ui.common import link
from greenpark.domains.registry import facade as registry
from greenpark.domains.telemetry import facade as telemetry
from greenpark.kernel.periods import Month, local_day
from greenpark.kernel.readings import Step


@dataclass(frozen=True, slots=True)
class Day:
    """One day of a point."""

    day: date
    amount: float | None
    coverage: float
    estimated: float
    valid: int
    count: int
    href: str


@dataclass(frozen=True, slots=True)
class PointPart:
    """One point behind an input."""

    point: int
    name: str
    code: str
    unit: str
    sign: int
    amount: Decimal | None
    coverage: Decimal
    estimated: Decimal
    count: int
    valid: int
    href: str
    days: tuple[Day, ...]
    chart: dict[str, Any] | None


@dataclass(frozen=True, slots=True)
class InputPart:
    """One input of an entry."""

    name: str
    origin: str
    value: Decimal | None
    unit: str
    detail: str
    href: str
    points: tuple[PointPart, ...]


def inputs_of(entry: EntryView, month: Month) -> list[InputPart]:
    """Inputs of an entry with the days of their points. One registry query and one rollup query."""
    ids = sorted({p["point"] for row in entry.trace for p in row.get("points", ())})
    names = registry.points_by_id(ids) if ids else {}
    days = _days(ids, month)
    return [_input(entry, row, names, days, month) for row in entry.trace]


def _days(ids: list[int], month: Month) -> dict[int, list[Day]]:
    if not ids:
        return {}
    rollups = telemetry.rollups(Step.DAY, ids, month.start_us(), month.end_us())
    found: dict[int, list[Day]] = {}
    for i in range(len(rollups)):
        point, day = int(rollups.points[i]), local_day(int(rollups.starts[i]))
        amount = float(rollups.amount[i])
        found.setdefault(point, []).append(
            Day(
                day,
                amount if amount == amount else None,
                float(rollups.coverage[i]),
                float(rollups.estimated[i]),
                int(rollups.valid[i]),
                int(rollups.count[i]),
                link("telemetry:point", point, query=f"?from={day}&to={day}&step=hour"),
            )
        )
    return found


def _input(
    entry: EntryView, row: Mapping[str, Any], names: Mapping[int, Any], days: Mapping[int, list[Day]], month: Month
) -> InputPart:
    detail, href = str(row.get("source", "")), ""
    if row["origin"] == "report":
        item = facade.REPORT_ITEMS.get(str(row.get("item")))
        detail = item.name if item else str(row.get("item"))
        href = link("carbon:report", str(month), entry.enterprise_id)
    return InputPart(
        row["name"],
        row["origin"],
        Decimal(row["value"]) if row.get("value") is not None else None,
        row["unit"],
        detail,
        href,
        tuple(_point(p, names, days, month) for p in row.get("points", ())),
    )


def _point(row: Mapping[str, Any], names: Mapping[int, Any], days: Mapping[int, list[Day]], month: Month) -> PointPart:
    view = names.get(row["point"])
    of_days = tuple(sorted(days.get(row["point"], ()), key=lambda d: d.day))
    unit = amount_unit(view.spec.kind, view.spec.unit) if view else ""
    last = month.next().first_day() - timedelta(days=1)
    return PointPart(
        row["point"],
        view.name if view else f"#{row['point']}",
        view.code if view else "",
        unit,
        int(row["sign"]),
        Decimal(row["amount"]) if row.get("amount") is not None else None,
        Decimal(row["coverage"]),
        Decimal(row["estimated"]),
        int(row["count"]),
        int(row["valid"]),
        link("telemetry:point", row["point"], query=f"?from={month.first_day()}&to={last}&step=day"),
        of_days,
        _chart(of_days, unit, view.name if view else "") if of_days else None,
    )


def amount_unit(kind: str, unit: str) -> str:
    """Unit of a point's amount: a rate in kW adds up to kWh."""
    if kind != "rate":
        return unit
    if unit in ("kW", "MW"):
        return unit + "h"
    return unit.removesuffix("/h") if unit.endswith("/h") else f"{unit}·h"


def _chart(days: tuple[Day, ...], unit: str, name: str) -> dict[str, Any]:
    return {
        "kind": "bar",
        "unit": facade.unit_name(unit),
        "x": [d.day.isoformat() for d in days],
        "series": [{"name": name, "data": [d.amount for d in days], "colour": "1"}],
    }
