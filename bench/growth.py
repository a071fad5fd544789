"""Ten times the readings: how many times the seconds?

    .venv/bin/python bench/growth.py [--points 200] [--days 3] [--times 10]

The same three jobs on N and on 10 N readings (ten times the days of the same points): append in commits of 10,000 with
rollups kept up by the keeper, seal of all days, and all rollups made again from the stored readings. Synthetic
registers. Prints seconds (wall and CPU) and the ratio; ten or less is the goal, by CPU, because the machine is shared.
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
import time
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import numpy as np

from greenpark.kernel.periods import day_start_us
from greenpark.kernel.points import PointKind, PointSpec
from greenpark.kernel.readings import Readings
from greenpark.store.keeper import RollupKeeper
from greenpark.store.opening import open_store

FIRST = date(2026, 9, 1)
MINUTE = 60_000_000
COMMIT = 10_000


def timed(work: Callable[[], object]) -> tuple[float, float]:
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - wall, time.process_time() - cpu


def run(points: int, days: int) -> dict[str, tuple[float, float]]:
    folder = Path(tempfile.mkdtemp(prefix="growth-bench-"))
    try:
        store = open_store(f"sqlite:///{folder}/r.sqlite3", str(folder / "history"))
        specs = {i: PointSpec(i, PointKind.COUNTER, "kWh", 60) for i in range(1, points + 1)}
        keeper = RollupKeeper(store, lambda ids: [specs[int(i)] for i in ids], flush_us=1 << 62)
        count = points * days * 1440
        rng = np.random.default_rng(0)

        def append() -> None:
            for n, first in enumerate(range(0, count, COMMIT)):
                k = np.arange(first, min(first + COMMIT, count))
                minutes = k // points
                values = minutes * 0.5 + rng.random(len(k)) * 0.2
                readings = Readings.of(k % points + 1, day_start_us(FIRST) + minutes * MINUTE, np.round(values, 2))
                store.append(readings, now_us=day_start_us(FIRST) + count * MINUTE)
                keeper.committed(readings)
                if n % 5 == 4:
                    keeper.flush()
            keeper.flush()

        def seal() -> None:
            for day in store.dirty_days():
                store.seal(day)

        found = {"append and rollups": timed(append), "seal": timed(seal)}
        found["rollups again"] = timed(lambda: keeper.rebuild(None, FIRST, FIRST + timedelta(days)))
        assert len(store.read(None, 0, 1 << 60)) == count
        store.close()
        return found
    finally:
        shutil.rmtree(folder)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--points", type=int, default=200)
    parser.add_argument("--days", type=int, default=3)
    parser.add_argument("--times", type=int, default=10)
    given = parser.parse_args()
    run(10, 1)  # imports and first use
    small, large = run(given.points, given.days), run(given.points, given.days * given.times)
    size = given.points * given.days * 1440
    print(f"{size:,} and {size * given.times:,} readings of {given.points} points")
    good = True
    for name, (wall, cpu) in small.items():
        more_wall, more_cpu = large[name]
        ratio = more_cpu / cpu
        good &= ratio <= given.times
        print(
            f"{name:20} {wall:6.2f} -> {more_wall:6.2f} s wall ({more_wall / wall:5.2f} times)   "
            f"{cpu:6.2f} -> {more_cpu:6.2f} s CPU ({ratio:5.2f} times)"
        )
    whole = [sum(s[i] for s in found.values()) for found in (small, large) for i in (0, 1)]
    ratio = whole[3] / whole[1]
    print(f"ratio of all together: {whole[2] / whole[0]:.2f} wall, {ratio:.2f} CPU; goal {given.times}", end=" ")
    print("met" if ratio <= given.times else "MISSED")


if __name__ == "__main__":
    main()
