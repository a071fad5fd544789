"""An ingest process that is killed in the middle: numbers over TCP -> Submitter -> Pipeline -> SQLite store.

Prints its port. A client sends lines ``point time value``; the process answers ``time`` when that reading is on disk.
Usage: python -m greenpark.ingest.tests.killed_ingest FOLDER POINTS
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from greenpark.ingest.batching import Submitter
from greenpark.ingest.directory import FixedDirectory
from greenpark.ingest.pipeline import Pipeline
from greenpark.ingest.runtime import now_us
from greenpark.ingest.sink import Delivery
from greenpark.kernel.points import PointKind, PointSpec
from greenpark.store.keeper import RollupKeeper
from greenpark.store.opening import open_store


def specs(points: int) -> dict[tuple[str, ...], PointSpec]:
    return {("http", str(i)): PointSpec(i, PointKind.RATE, "kW", 1) for i in range(1, points + 1)}


async def main(folder: Path, points: int) -> None:
    store = open_store(f"sqlite:///{folder}/r.sqlite3", str(folder / "history"))
    by_id = {spec.id: spec for spec in specs(points).values()}
    keeper = RollupKeeper(store, lambda ids: [by_id[int(i)] for i in ids if int(i) in by_id])
    keeper.recover()
    pipeline = Pipeline(store, FixedDirectory.of(specs(points)), keeper, now_us)
    submitter = Submitter(pipeline)
    await submitter.start()

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        async def store_one(line: bytes) -> None:
            point, time, value = line.split()
            d = Delivery(
                "test", "peer", "device", now_us(), line, [("http", point.decode())], [int(time)], [float(value)]
            )
            receipt = await submitter.submit(d)
            assert receipt.accepted == 1, receipt
            writer.write(time + b"\n")

        pending = set()
        while line := await reader.readline():
            task = asyncio.create_task(store_one(line))
            pending.add(task)
            task.add_done_callback(pending.discard)

    server = await asyncio.start_server(handle, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), int(sys.argv[2])))
