"""No room left: a clear error, nothing half written, and work goes on once there is room."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import psycopg

from greenpark.store import postgres
from greenpark.store.interface import DiskFull

from .builders import ALWAYS, DAY, MINUTE, T0, grid
from .conftest import Place
from .full_disk import POINTS

ROOT = Path(__file__).resolve().parents[3]


def fill(place: Place, what: str, limit: int) -> int:
    """Until the limit stops it. Returns the acknowledged batches."""
    environment = {**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'src'}"}
    command = [
        sys.executable, "-m", "tests.conformance.store.full_disk", place.url, str(place.history), what, str(limit),
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, env=environment, cwd=ROOT, check=True)
    told = json.loads(done.stdout)
    assert told["error"] == "DiskFull"
    assert 0 < told["acknowledged"] < 400
    return int(told["acknowledged"])


def check(place: Place, acknowledged: int) -> None:
    store = place.open()
    assert len(store.read(None, *ALWAYS)) == acknowledged * POINTS
    next_minute = T0 + acknowledged * MINUTE
    assert store.append(grid(POINTS, 1, start=next_minute), now_us=T0).new == POINTS
    assert store.seal(DAY) == (acknowledged + 1) * POINTS
    assert len(store.read(None, *ALWAYS)) == (acknowledged + 1) * POINTS


def test_a_disk_that_fills_while_readings_come(tmp_path: Path) -> None:
    # SQLite only: the limit holds for this process, and PostgreSQL writes in its own.
    place = Place(f"sqlite:///{tmp_path / 'readings.sqlite3'}", tmp_path / "history")
    check(place, fill(place, "append", 3_000_000))
    place.close()


def test_a_disk_that_fills_while_a_day_is_sealed(place: Place) -> None:
    acknowledged = fill(place, "seal", 3_000)
    assert acknowledged == 201
    assert place.open().history.readings.partitions() == []
    check(place, acknowledged)


def test_the_servers_full_disk_is_told_apart() -> None:
    error = postgres._translated(psycopg.errors.DiskFull("could not extend file"), "postgresql://db/readings")
    assert isinstance(error, DiskFull)
    assert "postgresql://db/readings" in str(error)
