"""The processes of one machine under one supervisor: web, gateway, worker."""

from __future__ import annotations

import os
import sys
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from greenpark.project.supervisor import Child, Supervisor


@dataclass(frozen=True, slots=True)
class Address:
    """Where the web listens."""

    host: str
    port: int

    @property
    def url(self) -> str:
        return f"http://{'127.0.0.1' if self.host == '0.0.0.0' else self.host}:{self.port}/"


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
