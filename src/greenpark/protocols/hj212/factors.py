"""The factor tables of Appendix B (``packs/standards/hj212/factors.csv``)."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

COLUMNS: Final = (
    "code",
    "name",
    "unit_printed",
    "unit",
    "amount_unit",
    "code_2005",
    "data_type",
    "remark",
    "source",
)


class BrokenFactorTable(ValueError):
    """The data file cannot be used; the message names file and line."""


@dataclass(frozen=True, slots=True)
class Factor:
    """A row. ``code`` may end in ``xx`` or ``x``: device numbers. Units are what the table prints as default; a
    station may use others, so the unit of a reading belongs to its point."""

    code: str
    name: str
    unit_printed: str
    unit: str
    amount_unit: str
    """Unit of ``-Cou``."""
    code_2005: str
    data_type: str
    remark: str
    source: str


@dataclass(frozen=True, slots=True)
class FactorTable:
    """Look-up by code of 2017 or 2005, exact first, then device-number patterns."""

    factors: tuple[Factor, ...]
    _exact: Mapping[str, Factor] = field(repr=False)
    _old: Mapping[str, Factor] = field(repr=False)
    _patterns: tuple[tuple[re.Pattern[str], Factor], ...] = field(repr=False)

    def find(self, code: str) -> Factor | None:
        """A factor by the code in an item name; None when no table has it. Codes printed twice give the first row."""
        found = self._exact.get(code) or self._old.get(code)
        if found is None:
            found = next((factor for pattern, factor in self._patterns if pattern.fullmatch(code)), None)
        return found

    def describe(self, item: str) -> tuple[str, str]:
        """Name and default unit of an item name such as ``a21026-Cou``; empty texts when unknown."""
        code, _, suffix = item.rpartition("-")
        factor = self.find(code or item)
        if factor is None:
            return "", ""
        return factor.name, factor.amount_unit if suffix == "Cou" else factor.unit


def load_factors(path: Path) -> FactorTable:
    """Read the table. Raises BrokenFactorTable naming file and line, FileNotFoundError."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(_rows(csv.reader(file), path))
    exact: dict[str, Factor] = {}
    old: dict[str, Factor] = {}
    patterns: list[tuple[re.Pattern[str], Factor]] = []
    for row in rows:
        exact.setdefault(row.code, row)
        exact.setdefault(row.code[0].lower() + row.code[1:] if row.code.startswith("I") else row.code, row)
        if row.code_2005:
            old.setdefault(row.code_2005, row)
        if row.code.endswith("x"):
            patterns.append(
                (re.compile(row.code.rstrip("x") + "[0-9]" * (len(row.code) - len(row.code.rstrip("x")))), row)
            )
    return FactorTable(tuple(rows), exact, old, tuple(patterns))


def _rows(lines: Iterable[list[str]], path: Path) -> Iterator[Factor]:
    for number, line in enumerate(lines, 1):
        if number == 1:
            if tuple(line) != COLUMNS:
                raise BrokenFactorTable(f"{path} 第 1 行：列名应为 {','.join(COLUMNS)}")
            continue
        if len(line) != len(COLUMNS):
            raise BrokenFactorTable(f"{path} 第 {number} 行：应有 {len(COLUMNS)} 列，现为 {len(line)} 列")
        factor = Factor(*line)
        if not factor.code or not factor.name or not factor.source:
            raise BrokenFactorTable(f"{path} 第 {number} 行：code、name、source 不能为空")
        yield factor
