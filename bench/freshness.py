"""From a reading to the park's CO2 figure while 10,000 readings a second come in: how old is what the screen shows?

    .venv/bin/python bench/freshness.py [--rate 10000] [--seconds 45]

The gateway of the product (``greenpark gateway``) takes HJ 212 frames of 40 stations at the given rate; this process is
the web beside it. Each probe sends one register reading of one of 60 border meters and asks ``carbon.live`` until the
park's CO2 of the month contains it. Late probes send another value for a reading of two hours ago and ask for the
hourly rollups.
Meanwhile the look-ups of screens are timed: one point over 30 days by hour, and the park's month by hour over the
meters at its border. All data are made up (演示数据). The peer (MyEMS) takes 30 to 110 minutes by its own timers.
"""

from __future__ import annotations

import argparse
import os
import selectors
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path

import numpy as np

import _park
import _stations

METERS, ENTERPRISES, STATIONS = 60, 20, 40
BEFORE = timedelta(hours=5)
DAYS = 30


def meter_mn(meter: int) -> str:
    return f"METER{meter:019d}"


# ---- the load, in a process of its own


def load(port: int, rate: int, seconds: float) -> None:
    """Frames of all stations in turn, paced; says how many were acknowledged."""
    start = (datetime.now(UTC) - BEFORE).replace(second=0, microsecond=0)
    count = int(rate * seconds / _stations.PER_FRAME)
    frames = [(n % STATIONS, _stations.frame(n % STATIONS, n // STATIONS, start)) for n in range(count)]
    lines = _stations.connect(port, [[] for _ in range(STATIONS)])
    chooser = selectors.DefaultSelector()
    for line in lines:
        line.socket.setblocking(False)
        chooser.register(line.socket, selectors.EVENT_READ, line)
    print("ready", flush=True)
    began, sent, answered, worst_behind = time.perf_counter(), 0, 0, 0
    while answered < count and time.perf_counter() - began < seconds + 30:
        due = min(count, int((time.perf_counter() - began) * rate / _stations.PER_FRAME))
        for station, frame in frames[sent:due]:
            lines[station].socket.sendall(frame)
        sent = max(sent, due)
        for key, _ in chooser.select(0.02):
            data = key.data.tail + key.data.socket.recv(1 << 16)
            answered += data.count(_stations.ACKNOWLEDGED)
            key.data.tail = data[-len(_stations.ACKNOWLEDGED) + 1 :]
        worst_behind = max(worst_behind, sent - answered)
    spent = time.perf_counter() - began
    print(
        f"load: {answered * _stations.PER_FRAME:,} of {count * _stations.PER_FRAME:,} readings acknowledged in "
        f"{spent:.1f} s = {answered * _stations.PER_FRAME / spent:,.0f} readings/s; at most "
        f"{worst_behind * _stations.PER_FRAME:,} on their way",
        flush=True,
    )


# ---- the world


def register_stations() -> None:
    from django.db import transaction

    from greenpark.domains.accounts.contracts import SYSTEM
    from greenpark.domains.registry import facade as registry
    from greenpark.domains.registry.contracts import EnterpriseDraft, PointDraft

    with transaction.atomic():
        draft = EnterpriseDraft(code="LOAD", name="示范企业 负载", demo=True)
        enterprise = registry.save_enterprise(draft, by=SYSTEM, at=_park.KNOWN)
        for n, (key, spec) in enumerate(_stations.bindings(STATIONS).items()):
            point = PointDraft(
                enterprise_id=enterprise,
                code=f"L{n:05d}",
                name=f"负载 {n:05d}",
                medium="flue_gas",
                kind=spec.kind.value,
                unit=spec.unit,
                expected_interval_s=60,
                balance="none",
                binding=key,
                demo=True,
            )
            registry.save_point(point, by=SYSTEM, at=_park.KNOWN)


def history(points: list[int], now: datetime) -> tuple[np.ndarray, list[datetime]]:
    """30 days of registers up to an hour or two ago, sealed and rolled up. Returns the last values and their times."""
    from greenpark.domains.telemetry import facade as telemetry
    from greenpark.kernel.periods import from_us, to_us
    from greenpark.kernel.readings import Readings

    end = to_us(now.replace(minute=0, second=0, microsecond=0)) - 3_600_000_000
    times = end - 900_000_000 * np.arange(DAYS * 96)[::-1]
    steps = np.random.default_rng(0).random((len(points), len(times))).cumsum(axis=1) * 40
    values = np.round(steps, 2)
    access = telemetry.access()
    readings = Readings.of(np.repeat(points, len(times)), np.tile(times, len(points)), values.ravel())
    access.store.backfill(readings, now_us=to_us(now), late=False)
    first = date.fromordinal(now.date().toordinal() - DAYS - 1)
    access.keeper.rebuild(points, first, now.date() + timedelta(days=2))
    return values[:, -1], [from_us(end)] * len(points)


def meter_frame(meter: int, at: datetime, value: float, stamp: datetime) -> bytes:
    from greenpark.protocols.hj212 import Message, encode, qn_of
    from greenpark.protocols.hj212.records import format_time

    groups = ((("DataTime", format_time(at)),), (("e00001-Rtd", f"{value:.2f}"), ("e00001-Flag", "N")))
    return encode(Message(qn_of(stamp), "31", "2011", "123456", meter_mn(meter), groups, answer=True))


# ---- probes


def until(right: Callable[[], bool], limit_s: float = 30.0, what: str = "") -> float:
    began = time.perf_counter()
    while not right():
        if time.perf_counter() - began > limit_s:
            raise SystemExit(f"{what} not there after {limit_s} s")
        time.sleep(0.01)
    return time.perf_counter() - began


def probe(
    line: socket.socket, points: list[int], last: np.ndarray, read: list[datetime], seconds: float
) -> dict[str, list[float]]:
    from greenpark.domains.accounts.contracts import SYSTEM
    from greenpark.domains.carbon import facade as carbon
    from greenpark.domains.telemetry import facade as telemetry
    from greenpark.kernel.periods import Month, day_start_us, local_day, to_us
    from greenpark.kernel.readings import Step

    found: dict[str, list[float]] = {}

    def timed(name: str, work: Callable[[], object]) -> None:
        began = time.perf_counter()
        work()
        found.setdefault(name, []).append(time.perf_counter() - began)

    def co2() -> float:
        return carbon.live(SYSTEM, datetime.now(UTC)).month.tco2e

    def hours(point: int) -> tuple[float, ...]:
        now_us = to_us(datetime.now(UTC))
        return tuple(telemetry.rollups(Step.HOUR, [point], now_us - 4 * 3_600_000_000, now_us).amount.tolist())

    co2()
    began, n = time.perf_counter(), 0
    month = Month.of(local_day(to_us(datetime.now(UTC)))).start_us()
    while time.perf_counter() - began < seconds:
        meter, now = n % METERS, datetime.now(UTC)
        before = co2()
        # What the meter would have counted since: a register that leaps is looked at first.
        last[meter] += 80 * (now - read[meter]) / timedelta(hours=1) + 1
        read[meter] = now
        line.sendall(meter_frame(meter, now, last[meter], now))
        found.setdefault("reading -> park CO2", []).append(until(lambda b=before: co2() > b + 1e-9, what=f"probe {n}"))
        if n % 3 == 0:
            # The register at a full hour two hours ago comes again, 2 kWh higher: two hours change.
            late_at = (now - timedelta(hours=2)).replace(minute=0, second=0, microsecond=0)
            shown = hours(points[meter])
            value = float(telemetry.readings([points[meter]], 0, to_us(late_at) + 1).values[-1]) + 2
            line.sendall(meter_frame(meter, late_at, value, datetime.now(UTC)))
            found.setdefault("late reading -> hour", []).append(
                until(lambda s=shown, m=meter: hours(points[m]) != s, what=f"late {n}")
            )
        end = to_us(now)
        since = end - DAYS * 24 * 3_600_000_000
        whole = day_start_us(local_day(end - DAYS * 86_400_000_000))
        one = [points[meter]]
        timed("one point, 30 days by hour", partial(telemetry.rollups, Step.HOUR, one, since, end))
        timed("park's month by hour", partial(telemetry.rollup_sums, Step.HOUR, points, month, end))
        timed("park's 30 days by hour", partial(telemetry.rollup_sums, Step.HOUR, points, whole, end))
        timed("park CO2 asked once", co2)
        n += 1
    return found


GOALS_MS = {
    "reading -> park CO2": 2000,
    "late reading -> hour": 2000,
    "one point, 30 days by hour": 50,
    "park's month by hour": 30,
    "park's 30 days by hour": 30,
}


def report(found: dict[str, list[float]]) -> None:
    print(f"{'ms':28} {'n':>5} {'p50':>8} {'p99':>8} {'max':>8}")
    for name, spent in found.items():
        p50, p99, most = (float(v) * 1000 for v in np.percentile(spent, [50, 99, 100]))
        goal = GOALS_MS.get(name)
        said = (
            ""
            if goal is None
            else f"   goal {goal} ms: {'met' if p99 <= goal else 'MISSED'}; p99 / goal {p99 / goal:.2f}"
        )
        print(f"{name:28} {len(spent):5d} {p50:8.1f} {p99:8.1f} {most:8.1f}{said}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rate", type=int, default=10_000)
    parser.add_argument("--seconds", type=float, default=45)
    parser.add_argument("--load", type=int, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.load:
        load(given.load, given.rate, given.seconds)
        return
    folder = Path(tempfile.mkdtemp(prefix="fresh-bench-"))
    processes: list[subprocess.Popen[str]] = []
    try:
        _park.set_up(folder)
        points = _park.make(ENTERPRISES, METERS, binding=lambda m: ("hj212", meter_mn(m), "2011", "e00001-Rtd"))
        # make() deals meters out to enterprises in turn; probes go by meter number.
        order = [m for e in range(ENTERPRISES) for m in range(e, METERS, ENTERPRISES)]
        points = [p for _, p in sorted(zip(order, points, strict=True))]
        register_stations()
        last, read = history(points, datetime.now(UTC))
        with socket.socket() as one:
            one.bind(("127.0.0.1", 0))
            port = one.getsockname()[1]
        (folder / "gateways.toml").write_text(f'[hj212]\nhost = "127.0.0.1"\nport = {port}\n')
        command = [sys.executable, "-m", "greenpark", "gateway", "--config", str(folder / "gateways.toml")]
        processes.append(subprocess.Popen(command, env=os.environ, text=True))
        until(lambda: answers(port), 60)
        command = [sys.executable, __file__, "--load", str(port), "--rate", str(given.rate)]
        command += ["--seconds", str(given.seconds)]
        processes.append(subprocess.Popen(command, stdout=subprocess.PIPE, text=True))
        assert processes[1].stdout is not None
        processes[1].stdout.readline()
        time.sleep(3)
        with socket.create_connection(("127.0.0.1", port)) as line:
            found = probe(line, points, last, read, given.seconds - 6)
        print(processes[1].stdout.read().strip())
        report(found)
    finally:
        for process in processes:
            process.send_signal(signal.SIGTERM)
            process.wait()
        shutil.rmtree(folder, ignore_errors=True)


def answers(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


if __name__ == "__main__":
    main()
