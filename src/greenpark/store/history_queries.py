"""Questions to the sealed history, as functions from lazy frame to lazy frame. The only module that speaks Daft.

The same functions run in this process or on a Ray cluster; :func:`set_runner` chooses. A frame from :func:`sealed` has
the columns ``point`` int32, ``ts`` UTC µs, ``value`` float64, ``quality`` int32, ``frame`` int64, ``day`` (local date).
Nothing is computed before the caller collects.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

import daft
import pyarrow as pa
from daft import col
from daft.functions import when

from greenpark.kernel.periods import local_day
from greenpark.kernel.quality import INVALID, Quality
from greenpark.store.delta import Partitioned
from greenpark.store.history import READINGS, days_between
from greenpark.store.inbox import day_span

if TYPE_CHECKING:
    from daft import DataFrame, Expression

_TIME = daft.DataType.timestamp(daft.TimeUnit.us(), "UTC")
_HOUR_US = 3_600_000_000


def set_runner(address: str | None) -> None:
    """Where frames are computed: None in this process, ``ray://host:port`` or ``auto`` on a Ray cluster.

    Once a process, before the first query. All nodes need the same view of the history path.
    """
    if address is None:
        daft.set_runner_native()
    else:
        daft.set_runner_ray(address)


def sealed(history_path: str, first: date, last: date) -> DataFrame:
    """Sealed readings of the local days from ``first`` to ``last``, both included. The files come from the log."""
    table = Partitioned(f"{history_path.rstrip('/')}/readings", READINGS, "day")
    table.table()  # makes an empty one where nothing was sealed yet
    frame = daft.read_deltalake(table.uri)
    return frame.where((col("day") >= first) & (col("day") <= last))


def valid(frame: DataFrame) -> DataFrame:
    """Rows whose quality lets them count (see :func:`greenpark.kernel.quality.counts`)."""
    quality = col("quality")
    return frame.where((quality.bitwise_and(int(INVALID)) == 0) | (quality.bitwise_and(int(Quality.CONFIRMED)) != 0))


def of_points(frame: DataFrame, points: Sequence[int]) -> DataFrame:
    """Rows of these points."""
    wanted = [int(point) for point in points]
    if len(wanted) == 1:
        return frame.where(col("point") == wanted[0])
    if not wanted:
        return frame.where(daft.lit(False))
    # The bounds let files and row groups be skipped.
    low, high = min(wanted), max(wanted)
    within = frame.where((col("point") >= low) & (col("point") <= high))
    return within if high - low + 1 == len(set(wanted)) else within.where(col("point").is_in(wanted))


def series(frame: DataFrame, points: Sequence[int], start_us: int, end_us: int) -> DataFrame:
    """Raw readings of the points in the half-open span [UTC µs], by point and time."""
    days = days_between(start_us, end_us)
    first, last = date.fromisoformat(days[0]), date.fromisoformat(days[-1])
    chosen = of_points(frame.where((col("day") >= first) & (col("day") <= last)), points)
    ts = col("ts")
    return chosen.where((ts >= _moment(start_us)) & (ts < _moment(end_us))).sort(["point", "ts"])


def hourly(frame: DataFrame) -> DataFrame:
    """Valid readings per point and hour: ``low``, ``mean`` (not weighted by time), ``high``, ``count``."""
    return (
        valid(frame)
        .with_column("start", col("ts").date_trunc("1 hour"))
        .groupby("point", "start")
        .agg(
            col("value").min().alias("low"),
            col("value").mean().alias("mean"),
            col("value").max().alias("high"),
            col("value").count().alias("count"),
        )
    )


@dataclass(frozen=True, slots=True)
class DatedFactor:
    """Emissions [tCO2 or the like] per unit of activity of a source, for activity on the days [first, last]."""

    source: str
    first: date
    last: date
    factor: float


@dataclass(frozen=True, slots=True)
class AccountedPoint:
    """What the accounting join needs of a counter."""

    point: int
    enterprise: str
    source: str
    multiplier: float = 1.0


class FactorMissing(ValueError):
    """A day of a source has no factor, or more than one."""


def account(
    frame: DataFrame, points: Sequence[AccountedPoint], factors: Sequence[DatedFactor], first: date, last: date
) -> DataFrame:
    """Enterprise × source × day from cumulative meters: ``amount`` [unit of the source], ``emission``, ``resets``.

    The amount of an hour is the highest valid register value of the hour less that of the last hour before with
    readings, times the multiplier; a fall of the register counts as a reset and adds nothing. ``frame`` should begin
    a day before ``first`` so that the first hour has a predecessor. Raises FactorMissing.
    """
    wanted = [p.point for p in points]
    # The join below drops other points; dropping them row by row before pays only when they are most of the rows.
    dense = wanted and 4 * len(wanted) > max(wanted) - min(wanted) + 1
    rows = of_points(frame, range(min(wanted), max(wanted) + 1) if dense else sorted(wanted))
    highs = (
        valid(rows)
        .with_column("hour", col("ts").cast(daft.DataType.int64()) // _HOUR_US)
        .groupby("point", "hour")
        .agg(col("value").max().alias("high"))
    )
    window = daft.Window().partition_by("point").order_by("hour")
    steps = highs.with_column("step", col("high") - col("high").lag(1).over(window))
    steps = steps.join(_hours_frame(first, last), on="hour")
    daily = steps.groupby("point", "day").agg(
        when(col("step") > 0, col("step")).otherwise(0.0).sum().alias("step"),
        when(col("step") < 0, 1).otherwise(0).sum().alias("resets"),
    )
    joined = daily.join(_points_frame(points), on="point").join(
        _factor_frame(points, factors, first, last), on=["source", "day"]
    )
    amount = col("step") * col("multiplier")
    return (
        joined.with_column("amount", amount)
        .groupby("enterprise", "source", "day")
        .agg(
            col("amount").sum().alias("amount"),
            (col("amount") * col("factor")).sum().alias("emission"),
            col("resets").sum().alias("resets"),
        )
    )


def _hours_frame(first: date, last: date) -> DataFrame:
    """Each hour of the days with its local day. Midnight of the park's zone lies on a whole hour of UTC."""
    start, end = span_of(first, last)
    hours = range(start // _HOUR_US, end // _HOUR_US)
    days = [local_day(hour * _HOUR_US) for hour in hours]
    return daft.from_arrow(pa.table({"hour": pa.array(hours, pa.int64()), "day": pa.array(days, pa.date32())}))


def _points_frame(points: Sequence[AccountedPoint]) -> DataFrame:
    return daft.from_arrow(
        pa.table(
            {
                "point": pa.array([p.point for p in points], pa.int32()),
                "enterprise": pa.array([p.enterprise for p in points], pa.string()),
                "source": pa.array([p.source for p in points], pa.string()),
                "multiplier": pa.array([p.multiplier for p in points], pa.float64()),
            }
        )
    )


def _factor_frame(
    points: Sequence[AccountedPoint], factors: Sequence[DatedFactor], first: date, last: date
) -> DataFrame:
    """One factor per source and day: a plain equality join is what every runner does well."""
    rows: list[tuple[str, date, float]] = []
    days = [first + timedelta(n) for n in range((last - first).days + 1)]
    for source in sorted({p.source for p in points}):
        dated = [f for f in factors if f.source == source]
        for day in days:
            found = [f.factor for f in dated if f.first <= day <= f.last]
            if len(found) != 1:
                raise FactorMissing(f"{source} 在 {day} 有 {len(found)} 个排放因子，应恰好有一个，请检查因子的起止日期")
            rows.append((source, day, found[0]))
    names, dates, values = zip(*rows, strict=True) if rows else ((), (), ())
    return daft.from_arrow(
        pa.table(
            {
                "source": pa.array(names, pa.string()),
                "day": pa.array(dates, pa.date32()),
                "factor": pa.array(values, pa.float64()),
            }
        )
    )


def _moment(us: int) -> Expression:
    return daft.lit(us).cast(_TIME)


def lead_in(first: date) -> date:
    """The day from which to read so that the first hour of ``first`` has a predecessor."""
    return first - timedelta(1)


def span_of(first: date, last: date) -> tuple[int, int]:
    """Half-open span [UTC µs] of the local days from ``first`` to ``last``, both included."""
    return day_span(first)[0], day_span(last)[1]
