"""A year of 15-minute readings of 1,000 meters, from raw columns to twelve closed months: seconds and memory.

    .venv/bin/python bench/backfill_year.py [--meters 1000] [--months 12] [--enterprises 60]

Registers with noise (made up, 演示数据) go month by month through the backfill into sealed days, all rollups are
made from the stored readings, and the carbon ledger of every enterprise is closed month by month by the domain itself
(checks, entries with their working, digests, audit). Making the readings is not counted. At the end the energy in the
ledger is compared with what the registers say, and the closing of the first month is done again: the same digest.
The peer (MyEMS 6.7.0) needs some 18.6 GB for this and does not finish on the same machine. Goal: 60 s and 1 GB.
"""

from __future__ import annotations

import argparse
import resource
import shutil
import tempfile
import time
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import numpy as np

import _park

QUARTER_US = 900_000_000
GOAL_S, GOAL_MB = 60, 1024


class Watch:
    """Wall and CPU seconds by name."""

    def __init__(self) -> None:
        self.spent: dict[str, tuple[float, float]] = {}
        self.peak: dict[str, float] = {}
        """Highest memory of the process until then [MB]."""

    def __call__(self, name: str, work: Callable[[], object]) -> object:
        wall, cpu = time.perf_counter(), time.process_time()
        result = work()
        before = self.spent.get(name, (0.0, 0.0))
        self.spent[name] = before[0] + time.perf_counter() - wall, before[1] + time.process_time() - cpu
        self.peak[name] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        return result


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--meters", type=int, default=1000)
    parser.add_argument("--months", type=int, default=12)
    parser.add_argument("--enterprises", type=int, default=60)
    given = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="year-bench-"))
    try:
        _park.set_up(folder)
        run(_park.make(given.enterprises, given.meters), given.months)
    finally:
        shutil.rmtree(folder)


def run(points: list[int], months: int) -> None:
    from greenpark.domains.accounts.contracts import SYSTEM
    from greenpark.domains.carbon import facade as carbon
    from greenpark.domains.telemetry import facade as telemetry
    from greenpark.kernel.periods import Month, from_us
    from greenpark.kernel.readings import Readings, Step

    watch, access = Watch(), telemetry.access()
    rng, month, level, total = np.random.default_rng(0), Month(2025, 1), np.zeros(len(points)), 0
    first_values = level
    chosen: list[Month] = []
    for _ in range(months):
        chosen.append(month)
        times = np.arange(month.start_us(), month.end_us(), QUARTER_US)
        steps = rng.random((len(points), len(times)), np.float32).cumsum(axis=1, dtype=np.float64) * 40
        values = np.round(level[:, None] + steps, 2)
        first_values = values[:, 0] if month == Month(2025, 1) else first_values
        level = values[:, -1]
        readings = Readings.of(np.repeat(points, len(times)), np.tile(times, len(points)), values.ravel())
        del steps, values
        total += len(readings)
        at = month.end_us()
        watch("raw to sealed days", lambda r=readings, t=at: access.store.backfill(r, now_us=t, late=False))
        month = month.next()
    first, last = date(2025, 1, 1), month.first_day()
    watch("rollups of all steps", lambda: access.keeper.rebuild(points, first, last, bulk=True))
    closed = []
    for one in chosen:
        at = from_us(one.end_us()) + timedelta(days=5)
        closed.append(watch("closing", lambda m=one, t=at: carbon.close_month(month=m, by=SYSTEM, at=t)))
    again = carbon.close_month(month=chosen[0], by=SYSTEM, at=from_us(chosen[-1].end_us()) + timedelta(days=5))
    refused = sum(len(c.refused) for c in closed)
    entries = sum(c.entries for m in closed for c in m.closed)
    carbon_t = sum(float(c.figures.tco2e) for m in closed for c in m.closed)
    assert again.sha256 == closed[0].sha256, "closing again gave another digest"
    rolled = access.store.rollups(Step.MONTH, points, chosen[0].start_us(), month.start_us())
    energy = float(np.nansum(rolled.amount))
    print(f"{total:,} readings of {len(points):,} meters, {months} months, {len(closed[0].closed)} enterprises")
    for name, (wall, cpu) in watch.spent.items():
        rate = f"{total / wall:12,.0f} readings/s"
        print(f"{name:22} {wall:6.1f} s wall {cpu:6.1f} s CPU {rate}   peak by then {watch.peak[name]:5.0f} MB")
    print(f"ledger: {entries} entries closed, {refused} refused, {carbon_t:,.1f} tCO2e; closed again: same digest")
    counted = float((level - first_values).sum())
    print(f"energy rolled up {energy:,.2f} kWh, registers {counted:,.2f} kWh, ratio {energy / counted:.9f}")
    wall, cpu = (sum(s[i] for s in watch.spent.values()) for i in (0, 1))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"total {wall:.1f} s wall, {cpu:.1f} s CPU, peak {peak:.0f} MB (of the whole process, making data included)")
    met = wall <= GOAL_S and peak <= GOAL_MB
    print(f"ratio to the goal of {GOAL_S} s: {wall / GOAL_S:.2f}; to {GOAL_MB} MB: {peak / GOAL_MB:.2f}", end=" ")
    print("met" if met else "MISSED")


if __name__ == "__main__":
    main()
