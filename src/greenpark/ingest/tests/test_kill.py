"""kill -9 in the middle of ingest, again and again: every acknowledged reading is there afterwards, exactly once."""

from __future__ import annotations

import os
import random
import signal
import socket
import subprocess
import sys
from collections import Counter
from datetime import date
from pathlib import Path

import pytest

from greenpark.kernel.readings import Step
from greenpark.store.opening import open_store

POINTS = 5
#: 2026-01-15 12:00 in the park's zone.
START = 1_768_449_600_000_000


def killed_round(folder: Path, first: int, chance: random.Random) -> tuple[list[int], int]:
    """Start a process, send readings, kill it after a random number of acknowledgements. Returns the acknowledged times
    and how many were sent."""
    process = subprocess.Popen(
        [sys.executable, "-m", "greenpark.ingest.tests.killed_ingest", str(folder), str(POINTS)],
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert process.stdout is not None
    port = int(process.stdout.readline())
    wanted = chance.randrange(1, 600)
    acknowledged: list[int] = []
    sent = 0
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.settimeout(30)
        rest = b""
        while len(acknowledged) < wanted:
            lines = []
            for _ in range(chance.randrange(1, 80)):
                number = first + sent
                lines.append(b"%d %d %d\n" % (number % POINTS + 1, START + number * 1_000_000, number))
                sent += 1
            connection.sendall(b"".join(lines))
            *done, rest = (rest + connection.recv(65536)).split(b"\n")
            acknowledged += [int(t) for t in done]
        process.send_signal(signal.SIGKILL)
        process.wait()
        connection.settimeout(5)
        try:  # acknowledgements that were on their way when the process died count as well
            while more := connection.recv(65536):
                *done, rest = (rest + more).split(b"\n")
                acknowledged += [int(t) for t in done]
        except OSError:
            pass
    process.stdout.close()
    return acknowledged, sent


def check_kills(folder: Path, rounds: int) -> None:
    chance = random.Random(20260115)
    acknowledged: list[int] = []
    total = 0
    for number in range(rounds):
        done, sent = killed_round(folder, total, chance)
        acknowledged += done
        total += sent
        if number == rounds // 2:
            store = open_store(f"sqlite:///{folder}/r.sqlite3", str(folder / "history"))
            store.seal(date(2026, 1, 15))
            store.close()
    store = open_store(f"sqlite:///{folder}/r.sqlite3", str(folder / "history"))
    stored = store.read(None, START, START + total * 1_000_000)
    times = Counter(stored.times.tolist())
    assert acknowledged
    assert [t for t in acknowledged if t not in times] == []
    assert max(times.values()) == 1
    for time, point, value in zip(stored.times.tolist(), stored.points.tolist(), stored.values.tolist(), strict=True):
        number = (time - START) // 1_000_000
        assert (point, value) == (number % POINTS + 1, float(number))
    for frame_id in stored.frames[:: max(1, len(stored) // 50)].tolist():
        frame = store.frame(frame_id)
        assert frame is not None
        assert frame.raw.split()[0].isdigit()
    assert len(store.rollups(Step.QUARTER, None, START - 3_600_000_000, START + total * 1_000_000))
    store.close()


def test_nothing_acknowledged_is_lost_by_kill_9(tmp_path: Path) -> None:
    check_kills(tmp_path, 6)


@pytest.mark.nightly
def test_nothing_acknowledged_is_lost_by_a_hundred_kills(tmp_path: Path) -> None:
    check_kills(tmp_path, 100)
