"""The processes of one machine under one supervisor: web, gateway, worker."""

from __future__ import annotations

import fcntl
import os
import socket
import sys
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from greenpark.project.supervisor import Child, Supervisor


@dataclass(frozen=True, slots=True)
class Address:
    """Where the web listens."""

    host: str
    port: int

    @property
    def url(self) -> str:
        return f"http://{'127.0.0.1' if self.host == '0.0.0.0' else self.host}:{self.port}/"


class CannotStart(RuntimeError):
    """The port or the folder is taken, or not ours. The message says which and what to do."""


def claim(address: Address, var: Path) -> IO[str]:
    """Make sure of the port and of the folder before anything starts; the claim lasts while the result is kept.

    Without it a second supervisor would take the answer of whatever listens on the port for its own web server's, and
    two brokers would write one folder. Raises CannotStart.
    """
    family = socket.AF_INET6 if ":" in address.host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address.host, address.port))
        except OSError as problem:
            where = f"{address.host}:{address.port}"
            raise CannotStart(f"不能监听 {where}：{problem.strerror}。换一个端口：--port 8010") from problem
    try:
        (var / "run").mkdir(parents=True, exist_ok=True)
        claimed = (var / "run" / "supervisor.lock").open("a")
    except OSError as problem:
        raise CannotStart(f"{var} 不可写：{problem.strerror}。请执行 chown -R $(id -un) {var}") from problem
    try:
        fcntl.flock(claimed, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as problem:
        claimed.close()
        raise CannotStart(f"{var} 已有一个在运行。先停止它（Ctrl-C），或用另一个文件夹") from problem
    return claimed


def answers(url: str) -> Callable[[], bool]:
    """Whether the address answers HTTP with less than 500."""

    def ask() -> bool:
        try:
            with urllib.request.urlopen(url, timeout=5) as answer:
                return answer.status < 500
        except urllib.error.HTTPError as refused:
            return refused.code < 500
        except OSError:
            return False

    return ask


def web(address: Address) -> Child:
    # One process with threads: it also takes readings by HTTP and from files, and so keeps rollups like a gateway does.
    command = [
        sys.executable, "-m", "gunicorn", "greenpark.project.wsgi:application", "--bind",
        f"{address.host}:{address.port}", "--workers", "1", "--threads", "8", "--worker-class", "gthread",
        "--timeout", "120", "--graceful-timeout", "10", "--log-level", "warning", "--no-control-socket",
    ]  # fmt: skip
    return Child("web", command, ready=answers(f"{address.url}sign-in/"), ready_within_s=90)


def gateway(file: Path) -> Child:
    status = Path(os.environ["GREENPARK_VAR"]) / "run" / "gateways.json" if "GREENPARK_VAR" in os.environ else None
    if status is not None:
        status.unlink(missing_ok=True)
    command = [sys.executable, "-m", "greenpark", "gateway", "--config", str(file)]
    return Child("gateway", command, ready=(lambda: status is None or status.exists()), ready_within_s=60)


def worker() -> Child:
    return Child("worker", [sys.executable, "-m", "greenpark", "worker"])


def start_all(supervisor: Supervisor, address: Address, gateways: Path) -> None:
    """Start gateway, web and worker in this order. Raises ChildDidNotStart."""
    supervisor.start(gateway(gateways))
    supervisor.start(web(address))
    supervisor.start(worker())
