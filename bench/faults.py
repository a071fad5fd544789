"""Meters with known truth and known faults: energy lost or invented, and hours booked wrongly.

    python bench/faults.py [--days 30] [--seed 7]

100 clean meters and seven groups with one kind of fault each, 30 days of cumulative readings every 15 minutes, once
backfilled in one piece and once fed hour by hour as they arrived. The load is made up; how is written in
greenpark.store.tests.fault_world. An hour is off when it misses the truth by more than 5 % (of a tenth of the meter's
mean hour where the truth is smaller). The column "peer" holds what MyEMS 6.7 lost on faults of the same kinds when fed
live (its cleaner's hourly limit at 1.5 times rated power), measured on its own data set; its hours off are those of a
one-pass backfill.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path

import numpy as np

from greenpark.kernel.readings import Rollups, Step
from greenpark.store.keeper import RollupKeeper
from greenpark.store.opening import open_store
from greenpark.store.tests import fault_world
from greenpark.store.tests.fault_world import DAY, HOUR, START

#: group -> (energy lost live, hours off in a backfill) of the peer.
PEER = {
    "clean": (0.0, 0.27),
    "zero spikes": (0.0, 0.28),
    "gaps": (0.134, 0.37),
    "rollover": (0.0002, 0.27),
    "replaced": (0.0002, 0.27),
    "up-spike": (0.0042, 0.59),
    "late": (0.0055, 0.28),
    "jitter": (0.0, 0.30),
}


def book(world: fault_world.World, folder: Path, batch_of: np.ndarray) -> tuple[Rollups, float]:
    """Hourly rows after feeding the readings batch by batch, and the CPU seconds that took (store included)."""
    store = open_store(f"sqlite:///{folder}/r.sqlite3", str(folder / "history"), synchronous="NORMAL")
    specs = {s.id: s for s in world.specs}
    keeper = RollupKeeper(store, lambda points: [specs[p] for p in points], flush_us=0)
    order = np.argsort(batch_of, kind="stable")
    edges = np.flatnonzero(np.diff(batch_of[order])) + 1
    began = time.process_time()
    for rows in np.split(order, edges):
        part = world.readings.take(rows)
        store.append(part, now_us=int(world.arrival[rows].max()))
        keeper.committed(part)
    keeper.flush()
    spent = time.process_time() - began
    found = store.rollups(Step.HOUR, None, START - DAY, START + (world.days + 10) * DAY)
    store.close()
    return found, spent


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--days", type=int, default=30)
    parser.add_argument("--seed", type=int, default=7)
    chosen = parser.parse_args()
    world = fault_world.make_world(days=chosen.days, seed=chosen.seed)
    print(f"{len(world.readings):,} readings of {len(world.specs)} meters over {world.days} days")
    good = True
    ways = {"one pass": np.zeros(len(world.readings), np.int64), "live": world.arrival // HOUR}
    for way, batch_of in ways.items():
        with tempfile.TemporaryDirectory() as folder:
            booked, spent = book(world, Path(folder), batch_of)
        print(f"\n{way}: {spent:.1f} CPU s")
        heads = ("energy", 10), ("worst", 9), ("hours off", 10), ("days off", 9), ("peer lost", 10), ("peer off", 9)
        print(f"{'group':12}", *(f"{head:>{width}}" for head, width in heads))
        for group in world.group:
            got = fault_world.score(world, group, booked.points, booked.starts, booked.amount)
            lost, off = PEER[group]
            print(
                f"{group:12} {got.energy:+10.4%} {got.worst_energy:9.4%} {got.hours_off:10.2%} {got.days_off:9.2%}"
                f" {lost:10.2%} {off:9.0%}"
            )
            good &= abs(got.energy) <= 0.001 and got.hours_off <= (0.01 if group == "clean" else 0.05)
    print(
        "\ngoals (0.1 % energy in every group, 1 % of clean and 5 % of faulty hours off):", "met" if good else "MISSED"
    )
    raise SystemExit(0 if good else 1)


if __name__ == "__main__":
    main()
