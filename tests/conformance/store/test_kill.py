"""Killed with -9 at any moment, a writer loses nothing it has acknowledged and leaves nothing double."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from .builders import ALWAYS, DAY, MINUTE, T0, frame
from .conftest import Place
from .crash_writer import POINTS

ROOT = Path(__file__).resolve().parents[3]


def run_and_kill(place: Place, first: int, wait_lines: int, wait_s: float) -> dict[int, int]:
    """Lets a writer work until it has acknowledged some batches and a little longer. Returns frame id by batch."""
    environment = {**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'src'}"}
    command = [sys.executable, "-m", "tests.conformance.store.crash_writer", place.url, str(place.history), str(first)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment, cwd=ROOT) as writer:
        assert writer.stdout is not None
        lines = [writer.stdout.readline() for _ in range(wait_lines)]
        timer = threading.Timer(wait_s, writer.kill)
        timer.start()
        lines += writer.stdout.readlines()  # until the kill
        writer.wait()
        timer.cancel()
    whole = [line.split() for line in lines if line.endswith("\n")]
    return {int(number): int(frame_id) for number, frame_id in whole}


def check(place: Place, acknowledged: dict[int, int]) -> int:
    store = place.open()
    found = store.read(None, *ALWAYS)
    keys = list(zip(found.points.tolist(), found.times.tolist(), strict=True))
    assert len(set(keys)) == len(keys)
    values = dict(zip(keys, found.values.tolist(), strict=True))
    numbers = {(time - T0) // MINUTE for _, time in keys}
    for number in numbers:  # whole batches only, each as it was sent
        for point in range(1, POINTS + 1):
            assert values[point, T0 + number * MINUTE] == number * 1000 + point
    assert set(acknowledged) <= numbers
    for number, frame_id in acknowledged.items():
        assert store.frame(frame_id) == frame(frame_id, str(number).encode())
    assert set(store.latest(None).times.tolist()) == {T0 + max(numbers) * MINUTE}
    assert store.replaced(1, *ALWAYS) == []
    store.close()
    return max(numbers) + 1


def kill_often(place: Place, times: int, seed: int) -> None:
    rng = random.Random(seed)
    acknowledged: dict[int, int] = {}
    first = 0
    for _ in range(times):
        acknowledged |= run_and_kill(place, first, rng.randint(1, 8), rng.random() * 0.08)
        first = check(place, acknowledged)
    store = place.open()
    assert store.seal(DAY) == first * POINTS
    check(place, acknowledged)


def test_nothing_acknowledged_is_lost(place: Place) -> None:
    kill_often(place, 4, seed=1)


@pytest.mark.nightly
def test_nothing_acknowledged_is_lost_in_a_hundred_kills(place: Place) -> None:
    kill_often(place, 100, seed=2)
