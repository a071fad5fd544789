"""The demo pack as rows: fictitious enterprises, their points, sources and invented monthly reports."""

from __future__ import annotations

import csv
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from greenpark.kernel.points import BindingKey


@dataclass(frozen=True, slots=True)
class DemoEnterprise:
    code: str
    name: str
    short_name: str
    district: str
    industry: str
    role: str
    note: str


@dataclass(frozen=True, slots=True)
class DemoPoint:
    """A point and the recorded column that feeds it."""

    enterprise: str
    code: str
    name: str
    medium: str
    kind: str
    unit: str
    interval_s: int
    balance: str
    gateway: str
    binding: BindingKey
    recording: str
    column: str
    scale: float
    offset_weeks: int
    min_value: float | None
    max_value: float | None
    max_rate: float | None


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def enterprises(folder: Path) -> list[DemoEnterprise]:
    return [DemoEnterprise(**row) for row in _rows(folder / "enterprises.csv")]


def points(folder: Path) -> list[DemoPoint]:
    def number(text: str) -> float | None:
        return float(text) if text else None

    return [
        DemoPoint(
            enterprise=row["enterprise"],
            code=row["code"],
            name=row["name"],
            medium=row["medium"],
            kind=row["kind"],
            unit=row["unit"],
            interval_s=int(row["interval_s"]),
            balance=row["balance"],
            gateway=row["gateway"],
            binding=tuple(json.loads(row["binding"])),
            recording=row["recording"],
            column=row["column"],
            scale=float(row["scale"]),
            offset_weeks=int(row["offset_weeks"]),
            min_value=number(row["min_value"]),
            max_value=number(row["max_value"]),
            max_rate=number(row["max_rate"]),
        )
        for row in _rows(folder / "points.csv")
    ]


def sources(folder: Path) -> list[dict[str, Any]]:
    loaded: list[dict[str, Any]] = json.loads((folder / "sources.json").read_text(encoding="utf-8"))
    return loaded


def evidence(folder: Path) -> list[tuple[str, str, str, bytes]]:
    """Enterprise, item, name and content of the invented documents attached to every monthly report."""
    return [
        (row["enterprise"], row["item"], row["name"], (folder / row["file"]).read_bytes())
        for row in _rows(folder / "evidence.csv")
    ]


def reported(folder: Path) -> dict[tuple[str, str], dict[str, str]]:
    """(enterprise, month) -> item -> amount as typed; invented."""
    filled: dict[tuple[str, str], dict[str, str]] = {}
    for row in _rows(folder / "reported.csv"):
        for month, amount in row.items():
            if month not in ("enterprise", "item", "unit") and amount:
                filled.setdefault((row["enterprise"], month), {})[row["item"]] = amount
    return filled
