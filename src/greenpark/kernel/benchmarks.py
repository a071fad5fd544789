"""Energy benchmarks of products: limits and levels that a unit energy consumption is compared with.

Two schemes stand side by side: mandatory limit standards with three levels (1 is best, 3 is the limit), and national
benchmark 标杆 and baseline 基准 levels. Values are data; corrections before grading belong to whoever grades.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path

from greenpark.kernel.factors import Confidence
from greenpark.kernel.packs import Column, Row, find_packs, refer

BENCHMARK_COLUMNS: tuple[Column, ...] = (
    Column("id", unique=True, pattern=r"[a-z0-9_]+"),
    Column("scheme", choices=frozenset({"limit", "benchmark-2023"})),
    Column("product_zh"),
    Column("grade_zh", required=False),
    Column("indicator_zh"),
    Column("unit"),
    Column("biaogan", "decimal", required=False),
    Column("jizhun", "decimal", required=False),
    Column("level1", "decimal", required=False),
    Column("level2", "decimal", required=False),
    Column("level3", "decimal", required=False),
    Column("document"),
    Column("valid_from", "date", required=False),
    Column("source", "list"),
    Column("confidence", choices=frozenset(Confidence)),
    Column("notes", required=False),
)

_VALUES = ("biaogan", "jizhun", "level1", "level2", "level3")


@dataclass(frozen=True, slots=True)
class Benchmark:
    """One product, route and indicator of one document. A level that is None is not set or not known: never zero."""

    id: str
    scheme: str
    product_zh: str
    grade_zh: str
    indicator_zh: str
    unit: str
    biaogan: Decimal | None
    jizhun: Decimal | None
    level1: Decimal | None
    level2: Decimal | None
    level3: Decimal | None
    document: str
    valid_from: date | None
    """Not before this day; None when the date is not known, which forbids nothing and must be said."""
    source: tuple[str, ...]
    confidence: Confidence
    notes: str

    def in_force(self, on: date) -> bool:
        return self.valid_from is None or self.valid_from <= on


def load_benchmarks(root: Path) -> tuple[Benchmark, ...]:
    """Benchmarks of all packs below ``root``, ordered by id. Raises BrokenPack: schema, unknown source, false blank."""
    found: list[Benchmark] = []
    for pack in find_packs(root, "standard"):
        if "benchmarks" in pack.manifest.tables:
            rows = pack.table("benchmarks", BENCHMARK_COLUMNS)
            refer(rows, "source", pack.manifest.sources, "来源表 sources")
            found += [_benchmark(row) for row in rows]
    return tuple(sorted(found, key=lambda benchmark: benchmark.id))


def products(benchmarks: Iterable[Benchmark]) -> list[str]:
    """Names of products, each once, in the order found."""
    return list(dict.fromkeys(benchmark.product_zh for benchmark in benchmarks))


def _benchmark(row: Row) -> Benchmark:
    empty = all(row[name] is None for name in _VALUES)
    if empty != (row["confidence"] == Confidence.BLANK):
        raise row.broken("confidence", "没有任何数值的行应标 blank，有数值的行应标 confirmed 或 recalled")
    fields = {column.name: row[column.name] for column in BENCHMARK_COLUMNS}
    return Benchmark(**{**fields, "confidence": Confidence(row["confidence"])})
