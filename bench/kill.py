"""kill -9 in the middle of HJ 212 ingest, a hundred times: is anything acknowledged missing, is anything doubled?

    .venv/bin/python bench/kill.py [--kills 100] [--stations 8]

A gateway process (bench/_gateway.py: socket, checks, SQLite with synchronous=FULL, rollups) takes minute frames of 32
readings. The client writes down every acknowledgement it sees, kills the process with SIGKILL after a random number of
them, starts it again on the same folder, and sends again what was not acknowledged, as stations do. Half-way a day is
sealed. At the end every acknowledged frame must be there with all its readings and its bytes, no reading twice, no
value replaced, and the rollups must be those of the stored readings made afresh.
"""

from __future__ import annotations

import argparse
import os
import random
import re
import selectors
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np

import _stations
from greenpark.engines import quality, rollup
from greenpark.kernel.periods import local_day, to_us
from greenpark.kernel.pointtable import PointTable
from greenpark.kernel.readings import Readings, Step
from greenpark.protocols.hj212 import qn_of
from greenpark.store.combined import ReadingStore
from greenpark.store.keeper import RollupKeeper
from greenpark.store.opening import open_store

ANSWER = re.compile(rb"QN=(\d{17});ST=91;CN=9014;[^#]*MN=BENCH(\d{19})")
HERE = Path(__file__).parent


class Client:
    """What every station has sent and what was acknowledged, over all rounds."""

    def __init__(self, stations: int, start: datetime, chance: random.Random) -> None:
        self.start, self.chance = start, chance
        self.acknowledged: list[set[int]] = [set() for _ in range(stations)]
        self.sent = [0] * stations
        """Frames numbered below this were sent at least once."""
        self.resent = 0
        self.number = {qn_of(start + timedelta(minutes=n)).encode(): n for n in range(20_000)}

    def round(self, port: int, process: subprocess.Popen[bytes], wanted: int, window: int) -> None:
        chooser = selectors.DefaultSelector()
        rest: dict[int, bytes] = {}
        for station in range(len(self.sent)):
            line = socket.create_connection(("127.0.0.1", port))
            chooser.register(line, selectors.EVENT_READ, station)
            rest[station] = b""
            todo = [n for n in range(self.sent[station]) if n not in self.acknowledged[station]]
            self.resent += len(todo)
            self._send(line, station, [*todo, *self._fresh(station, window)])
        seen = 0
        while seen < wanted:
            for key, _ in chooser.select(30):
                got = self._hear(key.fileobj, key.data, rest)  # type: ignore[arg-type]
                seen += got
                if got:
                    self._send(key.fileobj, key.data, self._fresh(key.data, got))  # type: ignore[arg-type]
        process.send_signal(signal.SIGKILL)
        process.wait()
        for key in list(chooser.get_map().values()):  # answers that were on their way count as well
            line = key.fileobj
            try:
                while self._hear(line, key.data, rest) or rest[key.data]:  # type: ignore[arg-type]
                    pass
            except OSError:
                pass
            line.close()  # type: ignore[union-attr]
        chooser.close()

    def _fresh(self, station: int, count: int) -> list[int]:
        first = self.sent[station]
        self.sent[station] += count
        return list(range(first, first + count))

    def _send(self, line: socket.socket, station: int, numbers: list[int]) -> None:
        data = b"".join(_stations.frame(station, n, self.start) for n in numbers)
        if numbers and self.chance.random() < 0.1:  # a frame cut in two by the network
            half = self.chance.randrange(len(data))
            line.sendall(data[:half])
            data = data[half:]
        line.sendall(data)

    def _hear(self, line: socket.socket, station: int, rest: dict[int, bytes]) -> int:
        data = line.recv(1 << 16)
        if not data:
            raise ConnectionError("hung up")
        *whole, rest[station] = (rest[station] + data).split(b"\r\n")
        found = [m for text in whole if (m := ANSWER.search(text))]
        for match in found:
            assert int(match[2]) == station
            self.acknowledged[station].add(self.number[match[1]])
        return len(found)


def started(folder: Path, stations: int) -> tuple[subprocess.Popen[bytes], int]:
    command = [sys.executable, str(HERE / "_gateway.py"), str(folder), str(stations), "on"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE)
    assert process.stdout is not None
    port = int(process.stdout.readline())
    process.stdout.close()
    return process, port


def verify(store: ReadingStore, client: Client) -> dict[str, int]:
    """Counts of everything that must be zero, and of what was looked at."""
    begin = to_us(client.start)
    stored = store.read(None, begin, begin + 10**14)
    keys = Counter(zip(stored.points.tolist(), stored.times.tolist(), strict=True))
    value = dict(
        zip(zip(stored.points.tolist(), stored.times.tolist(), strict=True), stored.values.tolist(), strict=True)
    )
    frame_of = dict(
        zip(zip(stored.points.tolist(), stored.times.tolist(), strict=True), stored.frames.tolist(), strict=True)
    )
    found = Counter(readings=len(stored), doubled=sum(n - 1 for n in keys.values()))
    wanted = set()
    for station, numbers in enumerate(client.acknowledged):
        found["acknowledged frames"] += len(numbers)
        for n in range(client.sent[station]):
            at, first = begin + n * 60_000_000, station * _stations.PER_FRAME + 1
            values = [v for _, row in _stations.values(station, n) for v in row]
            for point, expected in enumerate(values, first):
                wanted.add((point, at))
                if (point, at) not in value:
                    found["missing"] += n in numbers
                elif value[point, at] != expected:
                    found["wrong value"] += 1
            if n in numbers:
                frame = store.frame(frame_of.get((first, at), 0))
                found["without its bytes"] += (
                    frame is None or frame.raw != _stations.frame(station, n, client.start).strip()
                )
    found["never sent"] = len(keys.keys() - wanted)
    found["replaced"] = sum(len(store.replaced(p, begin, begin + 10**14)) for p in np.unique(stored.points).tolist())
    found["rollup rows wrong"] = wrong_rollups(store, stored, len(client.sent))
    return dict(found)


def wrong_rollups(store: ReadingStore, stored: Readings, stations: int) -> int:
    """Hourly rows that differ from those made afresh from the stored readings in one go."""
    specs = list(_stations.bindings(stations).values())
    by_id = {spec.id: spec for spec in specs}
    keeper = RollupKeeper(store, lambda ids: [by_id[i] for i in map(int, ids)])
    keeper.recover()  # as a gateway does when it starts
    keeper.flush()
    table = PointTable.of(specs)
    marked = Readings(stored.points, stored.times, stored.values, quality.screen(stored, table), stored.frames)
    hour = 3_600_000_000
    first, last = int(stored.times.min()) // hour * hour - hour, int(stored.times.max()) // hour * hour + 2 * hour
    fresh, kept = rollup.rollup(marked, table, first, last, Step.HOUR), store.rollups(Step.HOUR, None, first, last)
    if len(fresh) != len(kept):
        return abs(len(fresh) - len(kept))
    same = (fresh.points == kept.points) & (fresh.starts == kept.starts) & (fresh.count == kept.count)
    return int((~(same & np.isclose(fresh.mean, kept.mean, equal_nan=True))).sum())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--stations", type=int, default=8)
    parser.add_argument("--window", type=int, default=12)
    parser.add_argument("--most", type=int, default=250, help="acknowledgements before a kill, at most")
    parser.add_argument("--seed", type=int, default=20260115)
    given = parser.parse_args()
    chance = random.Random(given.seed)
    start = (datetime.now(UTC) - timedelta(days=12)).replace(second=0, microsecond=0)
    client = Client(given.stations, start, chance)
    folder = Path(tempfile.mkdtemp(prefix="kill-bench-"))
    began = time.perf_counter()
    try:
        for number in range(given.kills):
            process, port = started(folder, given.stations)
            client.round(port, process, chance.randrange(1, given.most), given.window)
            if number == given.kills // 2:
                store = open_store(f"sqlite:///{folder}/r.sqlite3", str(folder / "history"))
                store.seal(local_day(to_us(start)))
                store.close()
        store = open_store(f"sqlite:///{folder}/r.sqlite3", str(folder / "history"))
        found = verify(store, client)
        store.close()
    finally:
        shutil.rmtree(folder)
    print(
        f"{given.kills} kills in {time.perf_counter() - began:.0f} s; {client.resent:,} frames sent again after a kill"
    )
    for name, count in found.items():
        print(f"{name:20} {count:10,}")
    bad = sum(n for name, n in found.items() if name not in ("readings", "acknowledged frames"))
    print("nothing acknowledged is missing, nothing is doubled" if not bad else "BROKEN PROMISE")
    sys.stdout.flush()
    raise SystemExit(1 if bad else 0)


if __name__ == "__main__":
    os.environ.setdefault("PYTHONUNBUFFERED", "1")
    main()
