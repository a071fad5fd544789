"""One point over a span: rows for the table and the chart."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from greenpark.domains.accounts.contracts import Actor, OutOfScope
from greenpark.domains.registry import facade as registry
from greenpark.domains.telemetry.rules import STEPS, amount_unit, has_amount, quality_level, quality_words
from greenpark.domains.telemetry.selectors import series
from greenpark.domains.telemetry.selectors.store_access import access
from greenpark.engines.quality import counting
from greenpark.kernel.points import PointKind
from greenpark.kernel.readings import Floats, Int64s, Readings, Rollups
from greenpark.store.interface import Replaced

#: Positions of a chart; longer series are drawn by the extremes of buckets, so that no peak is lost.
CHART_POSITIONS = 2_000


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table. For rollups ``value`` is the amount or the mean; ``share`` the valid-data share."""

    time_us: int
    value: float
    quality: int
    words: str
    level: str
    share: float | None = None
    count: int | None = None
    estimated: float | None = None


@dataclass(frozen=True, slots=True)
class Shown:
    """What the explorer shows of a point."""

    point: registry.PointView
    step: str
    unit: str
    raw: Readings | None
    rows: Rollups | None

    def __len__(self) -> int:
        return len(self.raw) if self.raw is not None else len(self.rows or ())

    def page(self, offset: int, limit: int) -> tuple[list[Row], int]:
        """Newest first."""
        n = len(self)
        picked = range(n - 1 - offset, max(n - 1 - offset - limit, -1), -1)
        return [self.row(i) for i in picked], n

    def row(self, i: int) -> Row:
        if self.raw is not None:
            mask = int(self.raw.quality[i])
            return Row(
                int(self.raw.times[i]), float(self.raw.values[i]), mask, quality_words(mask), quality_level(mask)
            )  # fmt: skip
        assert self.rows is not None
        mask = int(self.rows.quality[i])
        return Row(
            int(self.rows.starts[i]), float(self.values[i]), mask, quality_words(mask), _rollup_level(self.rows, i),
            float(self.rows.coverage[i]), int(self.rows.count[i]), float(self.rows.estimated[i]),
        )  # fmt: skip

    @property
    def times(self) -> Int64s:
        return self.raw.times if self.raw is not None else self._rollups.starts

    @property
    def values(self) -> Floats:
        if self.raw is not None:
            return self.raw.values
        return self._rollups.amount if has_amount(self.point.spec.kind) else self._rollups.mean

    @property
    def _rollups(self) -> Rollups:
        assert self.rows is not None
        return self.rows


def _rollup_level(rows: Rollups, i: int) -> str:
    if rows.valid[i] == 0 and rows.estimated[i] == 0:
        return "bad"
    return "warn" if rows.quality[i] or rows.coverage[i] < 0.75 else "ok"


def show(actor: Actor, point_id: int, step: str, start_us: int, end_us: int) -> Shown:
    """The point over the span. Raises OutOfScope when the actor may not see it."""
    point = registry.point(actor, point_id)
    wanted = STEPS[step][0]
    if wanted is None:
        return Shown(point, step, point.spec.unit, series.screened([point_id], start_us, end_us), None)
    kind = point.spec.kind
    unit = amount_unit(kind, point.spec.unit) if has_amount(kind) else point.spec.unit
    return Shown(point, step, unit, None, series.rollups(wanted, [point_id], start_us, end_us))


def chart(shown: Shown) -> dict[str, Any]:
    """Spec of the chart: good values as a line or bars, values that do not count as red symbols."""
    times, values = shown.times, shown.values
    good = counting(shown.raw.quality) if shown.raw is not None else np.ones(len(times), np.bool_)
    picked = _extremes(values, good)
    times, values, good = times[picked], values[picked], good[picked]
    numbers = [None if not ok or v != v else v for v, ok in zip(values.tolist(), good.tolist(), strict=True)]
    bars = shown.raw is None and has_amount(shown.point.spec.kind)
    spec: dict[str, Any] = {
        "kind": "bar" if bars else "line",
        "unit": shown.unit,
        "time": (times // 1_000).tolist(),
        "zoom": len(times) > 200,
        "decimals": 2,
        # A register stands far above zero; from zero its rise would be a flat line.
        "loose": shown.raw is not None and shown.point.spec.kind is PointKind.COUNTER,
        "series": [{"name": shown.point.name, "data": numbers, "colour": "1"}],
    }
    if not good.all():
        doubtful = [v if not ok and v == v else None for v, ok in zip(values.tolist(), good.tolist(), strict=True)]
        spec["series"].append({"name": "不计入的值", "data": doubtful, "colour": "bad", "symbols": True})
    if shown.rows is not None:
        spread = shown.rows.estimated[picked]
        if bars and (spread > 0).any():
            estimated = [e if e > 0 else None for e in spread.tolist()]
            spec["series"].append({"name": "其中估算", "data": estimated, "colour": "warn"})
    return spec


def _extremes(values: Floats, good: np.ndarray[Any, np.dtype[np.bool_]]) -> Int64s:
    """Indices to draw: all of a short series, else lowest and highest of each bucket, and bad values up to a cap."""
    n = len(values)
    if n <= CHART_POSITIONS:
        return np.arange(n)
    edges = np.linspace(0, n, CHART_POSITIONS // 2 + 1).astype(np.int64)
    filled = np.where(np.isnan(values), 0.0, values)
    picked: set[int] = set()
    for begin, end in zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True):
        part = filled[begin:end]
        picked.add(begin + int(part.argmin()))
        picked.add(begin + int(part.argmax()))
    picked.update(np.flatnonzero(~good)[:500].tolist())
    return np.array(sorted(picked), np.int64)


@dataclass(frozen=True, slots=True)
class ReadingDetail:
    """A reading, and where it came from."""

    point: registry.PointView
    row: Row
    frame_id: int
    replaced: tuple[Replaced, ...]


def reading(actor: Actor, point_id: int, time_us: int) -> ReadingDetail:
    """One reading. Raises OutOfScope when there is none that the actor may see."""
    point = registry.point(actor, point_id)
    found = series.screened([point_id], time_us, time_us + 1)
    if not len(found):
        raise OutOfScope(f"reading {point_id}@{time_us}")
    mask = int(found.quality[0])
    row = Row(time_us, float(found.values[0]), mask, quality_words(mask), quality_level(mask))
    earlier = tuple(series.replaced(point_id, time_us, time_us + 1))
    return ReadingDetail(point, row, int(found.frames[0]), earlier)


def visible_points(actor: Actor) -> list[int]:
    """Ids of the active points in the actor's scope."""
    known = access().directory.current()
    return [i for i, organisation in known.organisation_of.items() if actor.scope.allows(organisation)]
