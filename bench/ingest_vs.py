"""Readings on a socket until they are durable and can be asked for: ours beside InfluxDB and VictoriaMetrics.

    .venv/bin/python bench/ingest_vs.py [--readings 640000] [--rounds 3] [--keeper on]

Ours takes HJ 212 minute frames (32 readings, CRC, acknowledgement per frame) over TCP: parsed, checked against the
directory, written with their frames to SQLite with synchronous=FULL, rolled up beside. The peers take the same readings
by their own line protocol over HTTP keep-alive, one line per reading with value and quality (what ours stores of a
reading), and, for comparison, the wide form with one line per factor (four values in a line, without quality). One
client process for all, sending prepared bytes; about as many readings are on their way at a time. Stores start empty,
get the first five minutes of every station unmeasured (so that every series is known), and take turns, round by
round. Seconds run from the first byte to the last acknowledgement; afterwards every
store is asked how many readings it has. What the peers do not do: check anything, keep the message as evidence. What
VictoriaMetrics does not do either: wait for the disk before it answers (it has no log).
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median

import _stations

HERE = Path(__file__).parent
TICKS = os.sysconf("SC_CLK_TCK")
#: Lines of one request to a peer, and requests at the same time.
LINES, SENDERS = 5_000, 4
#: Frames of each station sent before the clock starts, and the pause after them [s].
WARM, PAUSE = 5, 1.5


@dataclass(slots=True)
class Done:
    wall: float
    cpu: float


def cpu_of(pid: int) -> float:
    """CPU seconds of a process so far, all threads."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def stop(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(30)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def measured(process: subprocess.Popen[bytes], work: Callable[[], object]) -> Done:
    cpu, began = cpu_of(process.pid), time.perf_counter()
    work()
    wall = time.perf_counter() - began
    return Done(wall, cpu_of(process.pid) - cpu)


# ---- ours


class Ours:
    """A gateway process, empty store."""

    def __init__(self, folder: Path, frames: list[list[bytes]], stations: int, window: int, keeper: str) -> None:
        self.folder, self.frames, self.stations, self.window, self.keeper = folder, frames, stations, window, keeper

    def __call__(self) -> Done:
        self.folder.mkdir()
        command = [sys.executable, str(HERE / "_gateway.py"), str(self.folder), str(self.stations), self.keeper]
        process = subprocess.Popen(command, stdout=subprocess.PIPE)
        assert process.stdout is not None
        port = int(process.stdout.readline())
        lines = _stations.connect(port, [frames[:WARM] for frames in self.frames])
        try:
            _stations.send_all(lines, self.window)
            time.sleep(PAUSE)
            for line, frames in zip(lines, self.frames, strict=True):
                line.frames, line.sent, line.acknowledged = frames[WARM:], 0, 0
            done = measured(process, lambda: _stations.send_all(lines, self.window))
            self._ask()
        finally:
            for line in lines:
                line.socket.close()
            stop(process)
            process.stdout.close()
            shutil.rmtree(self.folder)
        return done

    def _ask(self) -> None:
        from greenpark.store.opening import open_store

        store = open_store(f"sqlite:///{self.folder}/r.sqlite3", str(self.folder / "history"))
        found = len(store.read(None, 0, 4_000_000_000_000_000))
        store.close()
        expected = sum(map(len, self.frames)) * _stations.PER_FRAME
        if found != expected:
            raise SystemExit(f"ours has {found} of {expected} readings")


# ---- peers


def post_all(port: int, path: str, bodies: list[bytes]) -> None:
    """Send the bodies over SENDERS connections that each wait for the answer."""
    failed: list[str] = []

    def send(mine: list[bytes]) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        for body in mine:
            connection.request("POST", path, body)
            answer = connection.getresponse()
            text = answer.read()
            if answer.status != 204:
                failed.append(f"{answer.status} {text[:200]!r}")
                return
        connection.close()

    threads = [threading.Thread(target=send, args=(bodies[i::SENDERS],)) for i in range(SENDERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failed:
        raise SystemExit(f"a peer refused: {failed[0]}")


def ask(port: int, path: str, **question: str) -> bytes:
    address = f"http://127.0.0.1:{port}{path}?{urllib.parse.urlencode(question)}"
    with urllib.request.urlopen(address, timeout=60) as answer:
        return bytes(answer.read())


def wait_for(port: int, path: str, process: subprocess.Popen[bytes]) -> None:
    for _ in range(300):
        try:
            ask(port, path)
            return
        except OSError:
            if process.poll() is not None:
                raise SystemExit(f"{process.args} ended at once") from None
            time.sleep(0.1)
    raise SystemExit(f"{process.args} does not answer")


INFLUX_CONFIG = """
reporting-disabled = true
bind-address = "127.0.0.1:{rpc}"
[meta]
dir = "{folder}/meta"
logging-enabled = false
[data]
dir = "{folder}/data"
wal-dir = "{folder}/wal"
query-log-enabled = false
[monitor]
store-enabled = false
[http]
bind-address = "127.0.0.1:{port}"
log-enabled = false
[logging]
level = "error"
"""


class Influx:
    """InfluxDB 1.6 as Debian ships it: its log is synced at each write."""

    def __init__(self, folder: Path, bodies: tuple[list[bytes], list[bytes]], readings: int, fields: list[str]) -> None:
        self.folder, self.bodies, self.readings, self.fields = folder, bodies, readings, fields

    def __call__(self) -> Done:
        self.folder.mkdir()
        port = free_port()
        (self.folder / "c.toml").write_text(INFLUX_CONFIG.format(rpc=free_port(), port=port, folder=self.folder))
        command = ["influxd", "-config", str(self.folder / "c.toml")]
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            wait_for(port, "/ping", process)
            urllib.request.urlopen(f"http://127.0.0.1:{port}/query", b"q=CREATE+DATABASE+b").read()
            post_all(port, "/write?db=b&precision=s", self.bodies[0])
            time.sleep(PAUSE)
            done = measured(process, lambda: post_all(port, "/write?db=b&precision=s", self.bodies[1]))
            counts = ", ".join(f"count({name})" for name in self.fields)
            found = json.loads(ask(port, "/query", db="b", q=f"SELECT {counts} FROM r"))
            total = sum(found["results"][0]["series"][0]["values"][0][1:])
            if total != self.readings:
                raise SystemExit(f"InfluxDB has {total} of {self.readings} readings")
        finally:
            stop(process)
            shutil.rmtree(self.folder)
        return done


class Victoria:
    """VictoriaMetrics as Debian ships it, by InfluxDB's line protocol."""

    def __init__(
        self, folder: Path, bodies: tuple[list[bytes], list[bytes]], readings: int, fields: list[str], at: datetime
    ) -> None:
        self.folder, self.bodies, self.readings, self.fields = folder, bodies, readings, fields
        self.start_s = int(at.timestamp())

    def __call__(self) -> Done:
        port = free_port()
        command = [
            "victoria-metrics", f"-storageDataPath={self.folder}", f"-httpListenAddr=127.0.0.1:{port}",
            "-retentionPeriod=100y", "-loggerLevel=ERROR", "-search.latencyOffset=0s",
        ]  # fmt: skip
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            wait_for(port, "/health", process)
            post_all(port, "/write?precision=s", self.bodies[0])
            time.sleep(PAUSE)
            done = measured(process, lambda: post_all(port, "/write?precision=s", self.bodies[1]))
            ask(port, "/internal/force_flush")
            names = "|".join(f"r_{name}" for name in self.fields)
            now = str(int(time.time()))
            text = ask(port, "/api/v1/query", query=f'sum(count_over_time({{__name__=~"{names}"}}[3d]))', time=now)
            total = int(json.loads(text)["data"]["result"][0]["value"][1])
            if total != self.readings:
                raise SystemExit(f"VictoriaMetrics has {total} of {self.readings} readings")
        finally:
            stop(process)
            shutil.rmtree(self.folder, ignore_errors=True)
        return done


# ---- the readings


def narrow(station: int, number: int, at_s: int) -> list[str]:
    tags = f"r,mn={_stations.mn(station)},factor="
    return [
        f"{tags}{factor}-{suffix} value={value:.2f},quality=0 {at_s}"
        for factor, row in _stations.values(station, number)
        for suffix, value in zip(_stations.SUFFIXES, row, strict=True)
    ]


def wide(station: int, number: int, at_s: int) -> list[str]:
    tags = f"r,mn={_stations.mn(station)},factor="
    return [
        f"{tags}{factor} {','.join(f'{s}={v:.2f}' for s, v in zip(_stations.SUFFIXES, row, strict=True))} {at_s}"
        for factor, row in _stations.values(station, number)
    ]


def bodies(
    form: Callable[[int, int, int], list[str]], stations: int, frames: int, start: datetime
) -> tuple[list[bytes], list[bytes]]:
    """Requests before the clock starts, and those after."""
    begin = int(start.timestamp())

    def made(numbers: range) -> list[bytes]:
        lines = [text for n in numbers for station in range(stations) for text in form(station, n, begin + 60 * n)]
        return ["\n".join(lines[i : i + LINES]).encode() for i in range(0, len(lines), LINES)]

    return made(range(WARM)), made(range(WARM, frames))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--readings", type=int, default=640_000)
    parser.add_argument("--stations", type=int, default=64)
    parser.add_argument("--window", type=int, default=16, help="frames without acknowledgement per connection")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--keeper", choices=("on", "off", "both"), default="both")
    parser.add_argument("--only-ours", action="store_true")
    given = parser.parse_args()
    count = max(WARM + 1, given.readings // given.stations // _stations.PER_FRAME)
    points = given.stations * _stations.PER_FRAME
    readings = count * points
    # Whole minutes, all in the past.
    start = (datetime.now(UTC) - timedelta(minutes=count + 10)).replace(second=0, microsecond=0)
    print(
        f"{readings:,} readings of {given.stations * _stations.PER_FRAME:,} points in {count * given.stations:,} frames"
    )
    frames = [[_stations.frame(station, n, start) for n in range(count)] for station in range(given.stations)]
    folder = Path(tempfile.mkdtemp(prefix="ingest-bench-"))
    works: dict[str, Callable[[], Done]] = {}
    for keeper in ("on", "off"):
        if given.keeper in (keeper, "both"):
            name = "ours" if keeper == "on" else "ours without rollups"
            works[name] = Ours(folder / f"ours-{keeper}", frames, given.stations, given.window, keeper)
    if not given.only_ours:
        long, short = (bodies(form, given.stations, count, start) for form in (narrow, wide))
        works["influx"] = Influx(folder / "influx", long, readings, ["value"])
        works["victoria"] = Victoria(folder / "victoria", long, readings, ["value"], start)
        works["influx wide"] = Influx(folder / "influx-wide", short, readings, list(_stations.SUFFIXES))
        works["victoria wide"] = Victoria(folder / "victoria-wide", short, readings, list(_stations.SUFFIXES), start)
    taken: dict[str, list[Done]] = {name: [] for name in works}
    try:
        for _ in range(given.rounds):
            for name, work in works.items():
                taken[name].append(work())
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    report(taken, readings - WARM * points)


def report(taken: dict[str, list[Done]], readings: int) -> None:
    rate = {name: readings / median(d.wall for d in done) for name, done in taken.items()}
    print(f"{'':22} {'readings/s':>11} {'wall s':>7} {'CPU s':>6} {'us CPU/reading':>15}   rounds")
    for name, done in taken.items():
        wall, cpu = median(d.wall for d in done), median(d.cpu for d in done)
        each = " ".join(f"{readings / d.wall:,.0f}" for d in done)
        print(f"{name:22} {rate[name]:11,.0f} {wall:7.2f} {cpu:6.2f} {cpu / readings * 1e6:15.2f}   {each}")
    ours = next(iter(rate))
    for peer, goal in (("influx", 1.0), ("victoria", 0.5), ("influx wide", None), ("victoria wide", None)):
        if peer in rate:
            ratios = [p.wall / o.wall for o, p in zip(taken[ours], taken[peer], strict=True)]
            verdict = "" if goal is None else f"; goal {goal}: {'met' if median(ratios) >= goal else 'MISSED'}"
            cpu = median(d.cpu for d in taken[peer]) / median(d.cpu for d in taken[ours])
            rounds = f"rounds {min(ratios):.2f} to {max(ratios):.2f}"
            print(f"ratio {ours} / {peer}: {median(ratios):.2f} ({rounds}), by server CPU {cpu:.2f}{verdict}")


if __name__ == "__main__":
    main()
