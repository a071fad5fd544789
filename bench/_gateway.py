"""The gateway process of the benchmarks: HJ 212 server, group commit, checks, durable store, rollups beside commits.

    python bench/_gateway.py FOLDER STATIONS KEEPER

The parts are those of the product (``ingest.runtime``); only the directory is fixed instead of read from the registry.
KEEPER is ``on`` (rows written once a second in a thread, as the product does) or ``off``. Prints its port; stops on
SIGTERM. With GREENPARK_BENCH_PROFILE=FILE it writes profiles of the loop and of the writer thread there.
"""

from __future__ import annotations

import cProfile
import os
import sys
from pathlib import Path

import _stations
from greenpark.ingest.batching import Submitter
from greenpark.ingest.directory import FixedDirectory
from greenpark.ingest.pipeline import NoKeeper, Pipeline
from greenpark.ingest.runtime import GatewayConfig, Hj212Config, SinkParts, now_us, run_gateways
from greenpark.protocols.hj212 import DeviceProfile
from greenpark.store.keeper import RollupKeeper
from greenpark.store.opening import open_store


class Stations:
    """Every station of the benchmark, with the standard's settings."""

    def __init__(self, count: int) -> None:
        self.known = {mn: DeviceProfile(mn) for mn in map(_stations.mn, range(count))}

    def profile(self, mn: str) -> DeviceProfile | None:
        return self.known.get(mn)


def parts(folder: Path, stations: int, keeping: bool) -> SinkParts:
    store = open_store(f"sqlite:///{folder}/r.sqlite3", str(folder / "history"))
    pairs = _stations.bindings(stations)
    by_id = {spec.id: spec for spec in pairs.values()}
    directory = FixedDirectory.of(pairs)
    if not keeping:
        pipeline = Pipeline(store, directory, NoKeeper(), now_us)
        return SinkParts(pipeline, directory, Stations(stations), close=store.close)
    keeper = RollupKeeper(store, lambda ids: [by_id[i] for i in map(int, ids) if i in by_id], flush_us=1 << 62)
    keeper.recover()
    pipeline = Pipeline(store, directory, keeper, now_us)
    return SinkParts(pipeline, directory, Stations(stations), keeper.flush, store.close)


def profiled_writer(file: str) -> None:
    """Profile the writer thread as well; the profiler of the main thread does not see it."""
    plain = Submitter._write_for_ever

    def write_for_ever(self: Submitter) -> None:
        profile = cProfile.Profile()
        profile.runcall(plain, self)
        profile.dump_stats(file + ".writer")

    Submitter._write_for_ever = write_for_ever  # type: ignore[method-assign]
    flushes, plain_flush = cProfile.Profile(), RollupKeeper.flush

    def flush(self: RollupKeeper) -> bool:
        done = flushes.runcall(plain_flush, self)
        flushes.dump_stats(file + ".keeper")
        return done

    RollupKeeper.flush = flush  # type: ignore[method-assign]


def main() -> None:
    folder, stations, keeping = Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3] == "on"

    def run() -> None:
        run_gateways(
            GatewayConfig(folder / "status.json", Hj212Config()),
            lambda: parts(folder, stations, keeping),
            started=lambda gateways: print(gateways.hj212_port, flush=True),
        )

    if file := os.environ.get("GREENPARK_BENCH_PROFILE"):
        profiled_writer(file)
        profile = cProfile.Profile()
        profile.runcall(run)
        profile.dump_stats(file)
    else:
        run()


if __name__ == "__main__":
    main()
