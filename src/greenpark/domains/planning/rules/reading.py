"""Rows of the pack read as targets: numbers, years, quotes. What is printed stays beside what is read."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from greenpark.engines.judgement import (
    Force,
    JudgementInput,
    Kind,
    Observation,
    Sense,
    Target,
    force_of,
    parse_printed,
)

#: Between two quotes of one cell, between two quoted documents, and a tab inside a table row.
PARTS, SOURCES, TAB = " ‖ ", " ‖‖ ", " ⇥ "
_CITED = re.compile(r"([A-Z]{2}) ?([^「」]*)「(.*?)」(?=; | ‖‖ |$)", re.S)
_YEAR = re.compile(r"y(\d{4})")
_PERIOD = re.compile(r"(\d{4})—(\d{4})")
_LATER = re.compile(r"(\d{4}):\s*(.+)")


def years_of(row: Mapping[str, Any]) -> list[int]:
    """Years that the table has columns for, ascending."""
    return sorted(int(match[1]) for name in row if (match := _YEAR.fullmatch(name)))


def quotes_of(cell: str) -> list[tuple[str, str, str]]:
    """``GP 二(三)5「…」 ‖‖ CP「…」`` as (document, place, quote), one for each part of a quote, tabs restored."""
    return [
        (match[1], match[2].strip(), part.replace(TAB, "\t"))
        for match in _CITED.finditer(cell)
        for part in match[3].split(PARTS)
    ]


def document_of(code: str) -> str:
    """``GP-A1`` and ``GP-TXT`` stand in document ``GP``."""
    return code.partition("-")[0]


def _force(row: Mapping[str, Any], year: int) -> Force:
    cell = str(row.get("force", ""))
    for part in cell.split(";"):
        named, colon, word = part.strip().partition(":")
        if colon and named == str(year):
            return force_of(word)[0]
    return Force.UNSTATED if ":" in cell else force_of(cell)[0]


def targets_of(row: Mapping[str, Any]) -> list[Target]:
    """Targets per year, words as targets without a value. A merged total counts at the last year of its period."""
    printed = {year: str(row[f"y{year}"]) for year in years_of(row) if row[f"y{year}"]}
    if match := _LATER.fullmatch(str(row.get("other_years", ""))):
        printed.setdefault(int(match[1]), match[2])
    targets = []
    for year, text in sorted(printed.items()):
        cell = parse_printed(text)
        targets.append(Target(year, cell.value, cell.high, _force(row, year)))
    return targets


def base_of(row: Mapping[str, Any]) -> tuple[int, Decimal] | None:
    """Base year and value, when both are printed as numbers."""
    year, value = str(row.get("baseline_year", "")), parse_printed(str(row.get("baseline", ""))).value
    return (int(year), value) if year.isdigit() and value is not None else None


def judgement_input(row: Mapping[str, Any], observations: Iterable[Observation], at: date) -> JudgementInput:
    """Question for the engine, from an indicator's row (joined with its reading) and the values reported."""
    base = base_of(row)
    targets = targets_of(row)
    if base and any(t.year <= base[0] for t in targets):
        base = None
    period = _PERIOD.search(str(row.get("other_years", "")))
    kind, sense = Kind(row["kind"]), Sense(row["sense"])
    return JudgementInput(
        kind=kind,
        sense=sense,
        targets=targets,
        at=at,
        observations=list(observations),
        base_year=base[0] if base else None,
        base=base[1] if base else None,
        period_start=int(period[1]) if period else None,
    )
