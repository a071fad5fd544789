"""The shipped benchmarks: sourced, ordered as levels must be, refused before their day."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from greenpark.kernel.benchmarks import Benchmark, load_benchmarks, products
from greenpark.kernel.factors import Confidence

PACKS = Path(__file__).resolve().parents[4] / "packs"


@pytest.fixture(scope="module")
def benchmarks() -> dict[str, Benchmark]:
    return {benchmark.id: benchmark for benchmark in load_benchmarks(PACKS)}


def test_levels_rise_from_best_to_limit_or_the_row_says_why_not(benchmarks: dict[str, Benchmark]) -> None:
    for benchmark in benchmarks.values():
        levels = [v for v in (benchmark.level1, benchmark.level2, benchmark.level3) if v is not None]
        pair = [v for v in (benchmark.biaogan, benchmark.jizhun) if v is not None]
        assert levels == sorted(levels) or "non-monotonic" in benchmark.notes, benchmark.id
        assert pair == sorted(pair), benchmark.id


def test_a_known_row(benchmarks: dict[str, Benchmark]) -> None:
    carbide = benchmarks["carbide"]
    assert (carbide.level1, carbide.level2, carbide.level3) == (Decimal(805), Decimal(823), Decimal(940))
    assert (carbide.unit, carbide.source) == ("kgce/t", ("S02",))
    assert not carbide.in_force(date(2024, 11, 30))
    assert carbide.in_force(date(2024, 12, 1))


def test_blanks_stay_blank(benchmarks: dict[str, Benchmark]) -> None:
    blank = [b for b in benchmarks.values() if b.confidence is Confidence.BLANK]
    assert "coal_vhp200" in {b.id for b in blank}
    assert all(b.level3 is None and b.biaogan is None for b in blank)
    assert len(benchmarks) == 143
    assert "电石" in products(benchmarks.values())
