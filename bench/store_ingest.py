"""Readings store: rows a second by size of batch, bytes a row, seal, look-ups, and bulk history.

    python bench/store_ingest.py [--points 2000] [--rows 600000] [--history-rows 35040000] [--folder DIR]

Synthetic data. The ratio printed last compares the append (keys, exact counts, newest values, frames, wait for the
disk) with bare ``INSERT OR REPLACE`` into the same kind of table without any of that.
"""

from __future__ import annotations

import argparse
import resource
import shutil
import sqlite3
import tempfile
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path

import numpy as np

from greenpark.kernel.periods import day_start_us
from greenpark.kernel.readings import Readings, Rollups, Step
from greenpark.store.combined import ReadingStore
from greenpark.store.interface import Frame
from greenpark.store.opening import open_store

T0 = day_start_us(date(2026, 9, 1))
MINUTE = 60_000_000
PER_FRAME = 8


def timed(work: Callable[[], object]) -> tuple[float, object]:
    began = time.perf_counter()
    result = work()
    return time.perf_counter() - began, result


def batch(first: int, size: int, points: int, rng: np.random.Generator, frames: range) -> Readings:
    k = np.arange(first, first + size)
    ids = np.repeat(np.asarray(frames, np.int64), PER_FRAME)[:size]
    return Readings.of(k % points + 1, T0 + k // points * MINUTE, rng.random(size), None, ids)


def append(store: ReadingStore, size: int, points: int, rows: int) -> float:
    rng, spent = np.random.default_rng(1), []
    for first in range(0, rows, size):
        ids = store.new_frame_ids(-(-size // PER_FRAME), now_us=T0 + first)
        frames = [Frame(i, T0, "hj212", "127.0.0.1:4711", "MN", b"##0498" + b"x" * 492) for i in ids]
        readings = batch(first, size, points, rng, ids)
        spent.append(timed(lambda r=readings, f=frames: store.append(r, f, now_us=T0))[0])  # type: ignore[misc]
    p50, p99 = np.percentile(spent, [50, 99]) * 1000
    print(f"append {size:6d} rows a commit: {rows / sum(spent):10,.0f} rows/s   p50 {p50:6.1f} ms   p99 {p99:6.1f} ms")
    return rows / sum(spent)


def bare(folder: Path, size: int, points: int, rows: int) -> float:
    """The floor: the same rows into a keyed table, nothing else."""
    connection = sqlite3.connect(folder / "bare.sqlite3", isolation_level=None)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute(
        "CREATE TABLE t (ts INTEGER, point INTEGER, value REAL, quality INTEGER, frame INTEGER, "
        "PRIMARY KEY (ts, point)) WITHOUT ROWID"
    )
    rng, spent = np.random.default_rng(1), 0.0
    for first in range(0, rows, size):
        r = batch(first, size, points, rng, range(1, size + 1))
        columns = (r.times, r.points, r.values, r.quality, r.frames)
        began = time.perf_counter()
        connection.execute("BEGIN IMMEDIATE")
        connection.executemany("INSERT OR REPLACE INTO t VALUES (?,?,?,?,?)", zip(*(c.tolist() for c in columns)))  # noqa: B905
        connection.execute("COMMIT")
        spent += time.perf_counter() - began
    connection.close()
    return rows / spent


def ingest(folder: Path, points: int, rows: int) -> None:
    rates = {}
    for size in (500, 5_000, 10_000):
        place = folder / f"batch{size}"
        store = open_store(f"sqlite:///{place / 'r.sqlite3'}", str(place / "history"))
        rates[size] = append(store, size, points, rows)
        if size == 10_000:
            upkeep(store, place, rows)
        store.close()
        shutil.rmtree(place)
    floor = bare(folder, 10_000, points, rows)
    print(f"bare keyed insert, 10,000 a commit: {floor:,.0f} rows/s; ratio {floor / rates[10_000]:.2f}")


def upkeep(store: ReadingStore, place: Path, rows: int) -> None:
    store.database.tidy()
    print(
        f"inbox: {(place / 'r.sqlite3').stat().st_size / rows:.1f} bytes a row with frames of 500 bytes per 8 readings"
    )
    for day in store.dirty_days():
        spent, count = timed(lambda d=day: store.seal(d))  # type: ignore[misc]
        print(f"seal {day}: {count:,} rows in {spent:.2f} s")
    for name, table in (("readings", store.history.readings), ("frames", store.history.frames)):
        size = sum(Path(uri).stat().st_size for uri in table.table().file_uris())
        print(f"history of {name}: {size / rows:.2f} bytes a reading")


def bulk(folder: Path, rows: int, points: int = 1000) -> None:
    """1,000 meters, 15 minutes, chunk by chunk of 30 days."""
    store = open_store(f"sqlite:///{folder / 'bulk' / 'r.sqlite3'}", str(folder / "bulk" / "history"))
    steps, per_chunk = rows // points, 30 * 96
    rng, spent = np.random.default_rng(2), 0.0
    for first in range(0, steps, per_chunk):
        count = min(per_chunk, steps - first)
        k = np.tile(np.arange(first, first + count), points)
        p = np.repeat(np.arange(1, points + 1), count)
        readings = Readings.of(p, T0 + k * 15 * MINUTE, np.round(k * 1.7 + rng.random(len(k)), 2))
        spent += timed(lambda r=readings: store.backfill(r, now_us=T0, late=False))[0]  # type: ignore[misc]
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"backfill {rows:,} readings: {spent:.1f} s = {rows / spent:,.0f} rows/s, peak memory {peak:.0f} MB")
    end = T0 + 30 * 1440 * MINUTE
    for name, work in (
        ("one point, 30 days raw", lambda: len(store.read([500], T0, end))),
        ("one point, a year raw", lambda: len(store.read([500], T0, T0 + 365 * 1440 * MINUTE))),
        ("all points, a day raw", lambda: len(store.read(None, T0, T0 + 1440 * MINUTE))),
    ):
        work()
        spent, count = timed(work)
        print(f"{name}: {count:,} rows in {spent * 1000:.0f} ms")
    rollup_reads(store, points)
    store.close()


def rollup_reads(store: ReadingStore, points: int) -> None:
    hours = 720
    p, s = (
        np.repeat(np.arange(1, points + 1, dtype=np.int32), hours),
        np.tile(T0 + np.arange(hours) * 60 * MINUTE, points),
    )
    n, z = len(p), np.zeros(len(p))
    ints = np.full(n, 4, np.int32)
    rollups = Rollups(p, s.astype(np.int64), z + 1, z, z, z, ints, ints, z + 1, z, np.zeros(n, np.int32))
    spent, _ = timed(lambda: store.put_rollups(Step.HOUR, rollups))
    print(f"put {n:,} hourly rollups: {n / spent:,.0f} rows/s")
    end = T0 + hours * 60 * MINUTE
    for name, chosen in (
        ("1 point", [5]),
        ("60 points", list(range(1, 61))),
        (f"{points} points", list(range(1, points + 1))),
    ):
        spent = min(timed(lambda c=chosen: store.rollup_sums(Step.HOUR, c, T0, end))[0] for _ in range(5))  # type: ignore[misc]
        print(f"a month by hour, sum of {name}: {spent * 1000:.1f} ms")
    spent = min(timed(lambda: store.rollups(Step.HOUR, [5], T0, end))[0] for _ in range(5))
    print(f"one point, 30 days hourly, all columns: {spent * 1000:.1f} ms")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--points", type=int, default=2000)
    parser.add_argument("--rows", type=int, default=600_000)
    parser.add_argument("--history-rows", type=int, default=35_040_000)
    parser.add_argument("--folder", type=Path)
    given = parser.parse_args()
    folder = Path(tempfile.mkdtemp(dir=given.folder, prefix="store-bench-"))
    try:
        bulk(folder, given.history_rows)
        ingest(folder, given.points, given.rows)
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
