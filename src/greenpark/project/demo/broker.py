"""The MQTT 3.1.1 broker of the demo: nats-server, shipped as a package."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path


class NoBroker(RuntimeError):
    """The nats-server binary is not in this environment."""


def executable() -> Path:
    """Path of the nats-server binary of this environment. Raises NoBroker."""
    beside = Path(sys.executable).with_name("nats-server")
    found = beside if beside.exists() else shutil.which("nats-server")
    if not found:
        raise NoBroker("环境中没有 nats-server；删除 .venv 后重新执行 ./start 即可装回")
    return Path(found)


def configuration(mqtt_port: int, client_port: int, folder: Path) -> str:
    """nats-server configuration: MQTT on loopback, messages kept in ``folder``."""
    return (
        f'server_name: "greenpark-demo"\nlisten: "127.0.0.1:{client_port}"\n'
        f'log_file: "{folder}.log"\n'
        f'jetstream {{ store_dir: "{folder}" }}\nmqtt {{ listen: "127.0.0.1:{mqtt_port}" }}\n'
    )
