"""A store of its own for each test, and an enterprise with meters at its border and a day of quarter hours."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from greenpark.domains.registry import testing as registry
from greenpark.domains.registry.contracts import EnterpriseView, PointView
from greenpark.domains.telemetry import facade as telemetry
from greenpark.kernel.periods import to_us
from greenpark.kernel.readings import Readings, Rollups, Step

#: 2026-11-22 10:07 in the park's zone.
AT = datetime(2026, 11, 22, 2, 7, tzinfo=UTC)
QUARTER_US = 900_000_000


@pytest.fixture
def store(tmp_path: Path, settings: Any, db: None) -> Iterator[Any]:
    """The process's readings store, empty and in a folder of this test."""
    telemetry.close_access()
    settings.READINGS_URL = f"sqlite:///{tmp_path}/readings.sqlite3"
    settings.HISTORY_PATH = str(tmp_path / "history")
    yield telemetry.access().store
    telemetry.close_access()


def rollups(point: int, starts: list[int], amounts: list[float], *, estimated: float = 0.0) -> Rollups:
    n = len(starts)
    ones = np.ones(n, np.int32)
    values = np.asarray(amounts, np.float64)
    return Rollups(
        np.full(n, point, np.int32), np.asarray(starts, np.int64), values, values, values, values, ones, ones,
        np.ones(n), np.full(n, estimated), np.zeros(n, np.int32),
    )  # fmt: skip


@dataclass
class Plant:
    """An enterprise under test."""

    enterprise: EnterpriseView
    store: Any

    def meter(self, code: str, **more: Any) -> PointView:
        return registry.make_point(self.enterprise.id, code, **more)

    def quarters(self, point: PointView, amounts: list[float], *, end: datetime = AT, estimated: float = 0.0) -> None:
        """Amounts of the quarter hours up to the one that contains ``end``."""
        last = to_us(end) // QUARTER_US * QUARTER_US
        starts = [last - (len(amounts) - 1 - i) * QUARTER_US for i in range(len(amounts))]
        self.store.put_rollups(Step.QUARTER, rollups(point.id, starts, amounts, estimated=estimated))

    def day(self, point: PointView, start: datetime, amount: float) -> None:
        self.store.put_rollups(Step.DAY, rollups(point.id, [to_us(start)], [amount]))

    def reading(self, point: PointView, at: datetime, value: float, quality: int = 0) -> None:
        self.store.append(Readings.of([point.id], [to_us(at)], [value], [quality]), now_us=to_us(at))


@pytest.fixture
def plant(store: Any) -> Callable[..., Plant]:
    """Makes enterprises."""

    def make(code: str = "T01", **more: Any) -> Plant:
        return Plant(registry.make_enterprise(code, **more), store)

    return make
