"""Enterprise × source × day from raw readings, beside the bare query in the same engine on the same files.

    python bench/store_account.py [--points 2000] [--days 30] [--minutes 1] [--folder DIR]

Synthetic cumulative meters, 40 enterprises, 4 sources, factors that change in mid-month. The bare query is
what one would type into Daft for it: hourly maximum, difference to the hour before, join, sum; no quality, no resets,
no check of the factors, no file list from the log. Both must give the same sum. Prints the ratio of the times.
"""

from __future__ import annotations

import argparse
import resource
import shutil
import tempfile
import time
from datetime import date, timedelta
from pathlib import Path

import daft
import numpy as np
import pyarrow as pa
from daft import col

from greenpark.kernel.periods import day_start_us
from greenpark.kernel.readings import Readings
from greenpark.store import history_queries as ask
from greenpark.store.combined import ReadingStore
from greenpark.store.opening import open_store

FIRST = date(2026, 9, 1)
SOURCES = ("grid", "gas", "heat", "coal")


def fill(store: ReadingStore, points: int, days: int, minutes: int) -> None:
    rng = np.random.default_rng(0)
    level = rng.random(points) * 1000
    per_day = 1440 // minutes
    for n in range(days):
        steps = np.cumsum(rng.random((points, per_day), np.float32), axis=1, dtype=np.float64) + level[:, None]
        level = steps[:, -1]
        times = day_start_us(FIRST + timedelta(n)) + np.arange(per_day) * minutes * 60_000_000
        p = np.repeat(np.arange(1, points + 1), per_day)
        readings = Readings.of(p, np.tile(times, points), np.round(steps.ravel(), 2))
        store.backfill(readings, now_us=0, late=False)


def tables(points: int, days: int) -> tuple[list[ask.AccountedPoint], list[ask.DatedFactor]]:
    last, middle = FIRST + timedelta(days - 1), FIRST + timedelta(days // 2)
    factors = []
    for n, source in enumerate(SOURCES):
        factors.append(ask.DatedFactor(source, FIRST, middle - timedelta(1), 0.5 + n))
        factors.append(ask.DatedFactor(source, middle, last, 0.6 + n))
    listed = [
        ask.AccountedPoint(p, f"示范企业 {p % 40:02d}", SOURCES[p % len(SOURCES)], 40.0) for p in range(1, points + 1)
    ]
    return listed, [f for f in factors if f.first <= f.last]


def bare(files: list[str], points: list[ask.AccountedPoint], factors: list[ask.DatedFactor], days: int) -> float:
    named = daft.from_arrow(
        pa.table(
            {
                "point": pa.array([p.point for p in points], pa.int32()),
                "enterprise": [p.enterprise for p in points],
                "source": [p.source for p in points],
                "multiplier": [p.multiplier for p in points],
            }
        )
    )
    dated = [(f.source, f.first + timedelta(n), f.factor) for f in factors for n in range((f.last - f.first).days + 1)]
    factor = daft.from_arrow(
        pa.table({"source": [d[0] for d in dated], "day": [d[1] for d in dated], "factor": [d[2] for d in dated]})
    )
    hour_us, offset_us, day_us = 3_600_000_000, 28_800_000_000, 86_400_000_000
    frame = (
        daft.read_parquet(files)
        .with_column("hour", col("ts").cast(daft.DataType.int64()) // hour_us)
        .groupby("point", "hour")
        .agg(col("value").max().alias("high"))
    )
    window = daft.Window().partition_by("point").order_by("hour")
    frame = frame.with_column("step", col("high") - col("high").lag(1).over(window))
    day = ((col("hour") * hour_us + offset_us) // day_us).cast(daft.DataType.int32()).cast(daft.DataType.date())
    frame = frame.with_column("day", day)
    frame = frame.join(named, on="point").join(factor, on=["source", "day"])
    frame = frame.with_column("emission", col("step") * col("multiplier") * col("factor"))
    found = frame.groupby("enterprise", "source", "day").agg(col("emission").sum()).to_pydict()
    return sum(found["emission"])


def ours(path: str, points: list[ask.AccountedPoint], factors: list[ask.DatedFactor], days: int) -> float:
    last = FIRST + timedelta(days - 1)
    found = ask.account(ask.sealed(path, ask.lead_in(FIRST), last), points, factors, FIRST, last).to_pydict()
    return sum(found["emission"])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--points", type=int, default=2000)
    parser.add_argument("--days", type=int, default=30)
    parser.add_argument("--minutes", type=int, default=1)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--folder", type=Path)
    given = parser.parse_args()
    folder = Path(tempfile.mkdtemp(dir=given.folder, prefix="store-bench-"))
    try:
        path = str(folder / "history")
        store = open_store(f"sqlite:///{folder / 'r.sqlite3'}", path)
        began = time.perf_counter()
        fill(store, given.points, given.days, given.minutes)
        rows = given.points * given.days * 1440 // given.minutes
        print(f"{rows:,} readings made and sealed in {time.perf_counter() - began:.1f} s")
        points, factors = tables(given.points, given.days)
        files = store.history.readings.table().file_uris()
        spent: dict[str, list[float]] = {"bare": [], "ours": []}
        sums: dict[str, float] = {}
        for _ in range(given.repeat):
            for name, work in (("bare", lambda: bare(files, points, factors, given.days)),
                               ("ours", lambda: ours(path, points, factors, given.days))):  # fmt: skip
                began = time.perf_counter()
                sums[name] = work()
                spent[name].append(time.perf_counter() - began)
        assert abs(sums["ours"] / sums["bare"] - 1) < 1e-9, sums
        best = {name: min(times) for name, times in spent.items()}
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(f"sum {sums['ours']:.3f}; bare {best['bare']:.2f} s, ours {best['ours']:.2f} s, peak {peak:.0f} MB")
        print(f"ratio ours / bare: {best['ours'] / best['bare']:.2f}")
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
