"""The supervisor keeps real processes alive and stops them in order."""

from __future__ import annotations

import socket
import sys
import threading
from pathlib import Path

import pytest

from greenpark.project import serving
from greenpark.project.supervisor import Child, ChildDidNotStart, Supervisor

BEAT = """
import pathlib, signal, sys, time
log = pathlib.Path(sys.argv[1])
def say(word):
    with log.open("a") as f: f.write(word + "\\n")
def end(*_):
    say("stopped"); sys.exit(0)
signal.signal(signal.SIGTERM, end)
say("started")
if sys.argv[2] == "die" and log.read_text().count("started") == 1: sys.exit(7)
while True: time.sleep(0.05)
"""


def _child(log: Path, manner: str = "live") -> Child:
    return Child("beat", [sys.executable, "-c", BEAT, str(log), manner], ready=log.exists, ready_within_s=20)


def _until(condition, supervisor: Supervisor) -> None:
    """Wait for something that the watched processes do; a thread of its own watches meanwhile."""
    watcher = threading.Thread(target=supervisor.watch)
    watcher.start()
    waiting = threading.Event()
    for _ in range(400):
        if condition() or waiting.wait(0.05):
            break
    supervisor.stop()
    watcher.join(30)
    assert not watcher.is_alive()


def test_a_child_that_dies_is_started_again(tmp_path: Path) -> None:
    log = tmp_path / "log"
    said: list[str] = []
    supervisor = Supervisor(say=said.append)
    supervisor.start(_child(log, "die"))
    _until(lambda: log.read_text().count("started") >= 2, supervisor)
    assert log.read_text().split() == ["started", "started", "stopped"]
    assert "7" in said[0]


def test_children_end_in_reverse_order(tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    supervisor = Supervisor()
    supervisor.start(_child(first))
    supervisor.start(_child(second))
    _until(lambda: True, supervisor)
    assert first.read_text().split() == ["started", "stopped"]
    assert second.stat().st_mtime_ns <= first.stat().st_mtime_ns


def test_a_child_that_cannot_start_is_named(tmp_path: Path) -> None:
    supervisor = Supervisor()
    with pytest.raises(ChildDidNotStart, match=r"broken.*3"):
        supervisor.start(Child("broken", [sys.executable, "-c", "raise SystemExit(3)"], ready=lambda: False))


def test_a_taken_port_is_named_before_anything_starts(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(serving.CannotStart, match=rf"127\.0\.0\.1:{port}"):
            serving.claim(serving.Address("127.0.0.1", port), tmp_path)


def test_one_folder_has_one_supervisor(tmp_path: Path) -> None:
    anywhere = serving.Address("127.0.0.1", 0)
    with serving.claim(anywhere, tmp_path), pytest.raises(serving.CannotStart, match="已有一个在运行"):
        serving.claim(anywhere, tmp_path)
    serving.claim(anywhere, tmp_path).close()


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "var").write_text("a file where a folder should be", encoding="utf-8")
    with pytest.raises(serving.CannotStart, match="不可写"):
        serving.claim(serving.Address("127.0.0.1", 0), tmp_path / "var")
