"""What a screen waits for while 10,000 readings a second are written by another process.

    python bench/store_screens.py [--rate 10000] [--seconds 10] [--meters 60] [--folder DIR]

Synthetic data: 1,000 points with 30 days of hourly rollups in the database and 30 days of one-minute readings of 200
points in the history. Prints median and worst of each look-up, idle and while writing, and the ratio of the medians.
"""

from __future__ import annotations

import argparse
import multiprocessing
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path

import numpy as np

from greenpark.kernel.periods import day_start_us
from greenpark.kernel.readings import Readings, Rollups, Step
from greenpark.store.combined import ReadingStore
from greenpark.store.opening import open_store

T0 = day_start_us(date(2026, 9, 1))
MINUTE = 60_000_000
END = T0 + 30 * 1440 * MINUTE
POINTS = 1000


def write(url: str, history: str, rate: int, seconds: float, ready: object) -> None:
    """One commit of ``rate``/10 readings every 100 ms."""
    store = open_store(url, history)
    size = rate // 10
    began, n, worst = time.perf_counter(), 0, 0.0
    while (now := time.perf_counter() - began) < seconds:
        k = np.arange(n * size, (n + 1) * size)
        readings = Readings.of(k % POINTS + 1, END + k // POINTS * 1_000_000, np.random.default_rng(n).random(size))
        before = time.perf_counter()
        store.append(readings, now_us=END)
        worst = max(worst, time.perf_counter() - before)
        n += 1
        if n == 1:
            ready.set()  # type: ignore[attr-defined]
        time.sleep(max(0.0, n / 10 - now))
    print(f"written meanwhile: {n * size / seconds:,.0f} readings/s, longest commit {worst * 1000:.0f} ms")


def fill(store: ReadingStore) -> None:
    hours = 720
    n = POINTS * hours
    z, four = np.zeros(n), np.full(n, 4, np.int32)
    p = np.repeat(np.arange(1, POINTS + 1, dtype=np.int32), hours)
    s = np.tile(T0 + np.arange(hours, dtype=np.int64) * 60 * MINUTE, POINTS)
    store.put_rollups(Step.HOUR, Rollups(p, s, z + 1, z, z, z, four, four, z + 1, z, np.zeros(n, np.int32)))
    for day in range(30):
        m = np.tile(np.arange(1440), 200)
        p = np.repeat(np.arange(1, 201), 1440)
        store.backfill(Readings.of(p, T0 + (day * 1440 + m) * MINUTE, m * 1.5), now_us=0, late=False)


def measure(store: ReadingStore, meters: int, seconds: float) -> dict[str, list[float]]:
    works: dict[str, Callable[[], object]] = {
        "one point, 30 days hourly": lambda: store.rollups(Step.HOUR, [7], T0, END),
        f"month by hour of {meters} meters": lambda: store.rollup_sums(Step.HOUR, range(1, meters + 1), T0, END),
        "latest of 1,000 points": lambda: store.latest(None),
        "one point, 30 days raw": lambda: store.read([7], T0, END),
        "change counter": store.change_counter,
    }
    spent: dict[str, list[float]] = {name: [] for name in works}
    began = time.perf_counter()
    while time.perf_counter() - began < seconds:
        for name, work in works.items():
            before = time.perf_counter()
            work()
            spent[name].append((time.perf_counter() - before) * 1000)
    return spent


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rate", type=int, default=10_000)
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--meters", type=int, default=60)
    parser.add_argument("--folder", type=Path)
    given = parser.parse_args()
    folder = Path(tempfile.mkdtemp(dir=given.folder, prefix="store-bench-"))
    try:
        url, history = f"sqlite:///{folder / 'r.sqlite3'}", str(folder / "history")
        store = open_store(url, history)
        fill(store)
        idle = measure(store, given.meters, given.seconds / 2)
        context = multiprocessing.get_context("spawn")
        ready = context.Event()
        writer = context.Process(target=write, args=(url, history, given.rate, given.seconds, ready))
        writer.start()
        ready.wait()
        busy = measure(store, given.meters, given.seconds - 1)
        writer.join()
        for name in idle:
            quiet, loud = statistics.median(idle[name]), statistics.median(busy[name])
            print(f"{name:32s} idle {quiet:7.2f} ms   writing {loud:7.2f} (worst {max(busy[name]):.0f}) ms   "
                  f"ratio {loud / quiet:.2f}")  # fmt: skip
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
