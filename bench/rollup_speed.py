"""How fast readings are screened and rolled up, how long a year of days made again takes, and what a live batch costs.

    python bench/rollup_speed.py [--meters 1000] [--days 365]

1. Engine alone: regular 15-minute readings in memory, screen and quarters, readings per CPU second (goal: 15 million).
2. Backfill: meters x days of 15-minute readings in the history, all rollups made again through the store; wall and CPU
   seconds and the peak of memory (goal for 35 million: well under 30 s, 1 GB).
3. Live: batches of 1,000 readings, 2,000 points once a minute, through the keeper: CPU per reading, without the append.
"""

from __future__ import annotations

import argparse
import resource
import tempfile
import time
from datetime import date, timedelta
from pathlib import Path

import numpy as np

from greenpark.engines.quality import screen
from greenpark.engines.rollup import quarters
from greenpark.kernel.periods import day_start_us
from greenpark.kernel.points import PointKind, PointSpec
from greenpark.kernel.pointtable import PointTable
from greenpark.kernel.readings import Readings
from greenpark.store.keeper import RollupKeeper
from greenpark.store.opening import open_store

MINUTE, QUARTER, DAY = 60_000_000, 900_000_000, 86_400_000_000
FIRST = date(2025, 6, 1)


def meters(count: int, interval_s: int = 900) -> list[PointSpec]:
    return [PointSpec(i, PointKind.COUNTER, "kWh", interval_s, 40.0) for i in range(1, count + 1)]


def readings(count: int, start: int, n: int, every: int, rng: np.random.Generator) -> Readings:
    """n readings of each of ``count`` meters, each at a phase of its own."""
    phase = (np.arange(count) * 7_919_000_000) % every
    times = start + np.arange(n)[None, :] * every + phase[:, None]
    rises = np.cumsum(rng.random((count, n)) * 10, axis=1) + (start - day_start_us(FIRST)) / every * 5
    return Readings.of(np.repeat(np.arange(1, count + 1), n), times.ravel(), rises.ravel())


def engine() -> None:
    table = PointTable.of(meters(1000))
    held = readings(1000, day_start_us(FIRST), 2880, QUARTER, np.random.default_rng(1))
    for name, work in (
        ("screen", lambda: screen(held, table)),
        ("quarters", lambda: quarters(held, table)),
        ("both", lambda: (screen(held, table), quarters(held, table))),
    ):
        spent = []
        for _ in range(5):
            began = time.process_time()
            work()
            spent.append(time.process_time() - began)
        print(f"engine {name}: {len(held) / min(spent) / 1e6:.1f} million readings per CPU second")


def backfill(count: int, days: int) -> None:
    rng = np.random.default_rng(2)
    specs = {s.id: s for s in meters(count)}
    with tempfile.TemporaryDirectory() as folder:
        store = open_store(f"sqlite:///{folder}/r.sqlite3", str(Path(folder) / "history"), synchronous="NORMAL")
        total, at = 0, 0
        began = time.perf_counter()
        while at < days:
            n = min(30, days - at)
            part = readings(count, day_start_us(FIRST + timedelta(days=at)), n * 96, QUARTER, rng)
            store.backfill(part, now_us=int(part.times.max()), late=False)
            total, at = total + len(part), at + n
        print(f"backfill: {total:,} readings into the history in {time.perf_counter() - began:.1f} s (not the keeper)")
        keeper = RollupKeeper(store, lambda points: [specs[p] for p in points])
        began, cpu = time.perf_counter(), time.process_time()
        done = keeper.rebuild(sorted(specs), FIRST, FIRST + timedelta(days=days), bulk=True)
        wall, cpu = time.perf_counter() - began, time.process_time() - cpu
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        store.close()
    print(f"rebuild: {done:,} readings, {wall:.1f} s wall, {cpu:.1f} CPU s, {done / cpu / 1e6:.2f} million per CPU s,")
    print(f"         peak {peak:.0f} MB of the whole process")


def live(count: int = 2000, minutes: int = 120) -> None:
    specs = {s.id: s for s in meters(count, 60)}
    held = readings(count, day_start_us(FIRST), minutes, MINUTE, np.random.default_rng(3))
    batch_of = np.argsort(held.times, kind="stable")
    with tempfile.TemporaryDirectory() as folder:
        store = open_store(f"sqlite:///{folder}/r.sqlite3", str(Path(folder) / "history"), synchronous="NORMAL")
        clock = [0]
        keeper = RollupKeeper(store, lambda points: [specs[p] for p in points], clock=lambda: clock[0])
        spent = 0.0
        warm = 40 * count  # the first readings of a process are read back until there is context
        for i, rows in enumerate(np.split(batch_of, range(1000, len(batch_of), 1000))):
            part = held.take(rows)
            store.append(part, now_us=int(part.times.max()))
            clock[0] += 500_000  # as if half a second had passed: every batch is flushed
            began = time.process_time()
            keeper.committed(part)
            spent += (time.process_time() - began) if i * 1000 >= warm else 0
        store.close()
    n = len(batch_of) - warm
    print(
        f"live: {spent / n * 1e6:.1f} us CPU a reading ({spent / n * 1e6:.1f} ms a batch of 1,000, flushed each time)"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--meters", type=int, default=1000)
    parser.add_argument("--days", type=int, default=365)
    chosen = parser.parse_args()
    engine()
    live()
    backfill(chosen.meters, chosen.days)


if __name__ == "__main__":
    main()
