"""The demo as a stranger starts it: real broker, gateways, web and worker, a year of readings, eleven closed months."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import date, datetime
from pathlib import Path

import pytest

from greenpark.kernel.periods import PARK_ZONE, Month


def start(folder: Path) -> subprocess.CompletedProcess[str]:
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("GREENPARK_", "DJANGO_"))}
    command = [sys.executable, "-m", "greenpark", "demo", "--check", "--folder", str(folder)]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=540, check=False)


def greenpark(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("GREENPARK_", "DJANGO_"))}
    environment |= {"GREENPARK_VAR": str(folder), "GREENPARK_DEMO": "1"}
    command = [sys.executable, "-m", "greenpark", *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300, check=False)


@pytest.mark.broker
def test_the_demo_starts_twice_and_its_books_verify(tmp_path: Path) -> None:
    first = start(tmp_path)
    assert first.returncode == 0, first.stderr[-4000:]
    state = json.loads(first.stderr.split("检查通过：")[1].splitlines()[0])
    assert state["live"]
    assert state["closed_months"] == 11
    again = start(tmp_path)
    assert again.returncode == 0, again.stderr[-4000:]
    # The second start goes on where the first one stopped; a whole year is sent only once.
    assert replayed_from(again.stderr) > replayed_from(first.stderr)
    verified = greenpark(tmp_path, "ledger", "verify", last_month(), "--json")
    assert verified.returncode == 0, verified.stdout + verified.stderr
    assert json.loads(verified.stdout)["same"]
    assert greenpark(tmp_path, "audit", "verify").returncode == 0


def replayed_from(told: str) -> date:
    """The day from which a start said that it replays."""
    return date.fromisoformat(told.split("回放实测序列：")[1].split(" ")[0])


def last_month() -> str:
    """The last whole month."""
    return str(Month.of(datetime.now(PARK_ZONE).date()).previous())
