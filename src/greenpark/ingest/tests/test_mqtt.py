"""MQTT against real brokers: nats-server (3.1.1) and mosquitto (5)."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import orjson
import pytest

from greenpark.ingest.batching import Submitter
from greenpark.ingest.directory import FixedDirectory
from greenpark.ingest.mqtt.gateway import MqttConfig, MqttGateway, now_us
from greenpark.ingest.mqtt.mapping import Rule
from greenpark.ingest.pipeline import NoKeeper, Pipeline
from greenpark.ingest.sink import Delivery, Receipt, RejectedFrame, Sink
from greenpark.ingest.tests.brokers import MOSQUITTO, Broker, Mosquitto, Nats, publisher
from greenpark.ingest.tests.memory import MemoryStore
from greenpark.kernel.points import BindingKey, PointKind, PointSpec
from greenpark.protocols.sparkplug import DataType, Metric, Payload, decode, encode

pytestmark = pytest.mark.broker

P: BindingKey = ("mqtt", "plant/a", "p")
SP: BindingKey = ("sparkplug", "wuhai", "edge1", "", "power")
POINTS = {P: PointSpec(1, PointKind.RATE, "kW", 60), SP: PointSpec(2, PointKind.RATE, "kW", 60)}
RULES = (Rule("plant/+", time="t", values=("p",)),)


class Watched:
    """A pipeline whose calls can be held back, made to fail, and waited for."""

    def __init__(self) -> None:
        self.store = MemoryStore()
        self.inner = Pipeline(self.store, FixedDirectory.of(POINTS), NoKeeper(), now_us)  # type: ignore[arg-type]
        self.open = threading.Event()
        self.open.set()
        self.failures = 0
        self.changed = threading.Condition()

    def accept(self, deliveries: Sequence[Delivery]) -> list[Receipt]:
        self.open.wait(30)
        if self.failures:
            self.failures -= 1
            raise OSError("disk full")
        with self.changed:
            receipts = self.inner.accept(deliveries)
            self.changed.notify_all()
        return receipts

    def reject(self, rejected: Sequence[RejectedFrame]) -> None:
        with self.changed:
            self.inner.reject(rejected)
            self.changed.notify_all()

    async def until(self, holds: Callable[[MemoryStore], bool], seconds: float = 30) -> None:
        def wait() -> bool:
            with self.changed:
                return self.changed.wait_for(lambda: holds(self.store), seconds)

        assert await asyncio.to_thread(wait), (len(self.store.readings), self.store.notes)

    def values(self) -> set[float]:
        return set(self.store.readings.values.tolist())


def brokers() -> list[object]:
    skip = pytest.mark.skipif(MOSQUITTO is None, reason="mosquitto is not installed (apt-get install mosquitto)")
    return [pytest.param((Nats, 4), id="nats-3.1.1"), pytest.param((Mosquitto, 5), id="mosquitto-5", marks=skip)]


@pytest.fixture(params=brokers())
def broker(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Broker, int]]:
    kind, version = request.param
    running = kind(tmp_path)
    running.start()
    yield running, version
    running.stop()


def message(i: int) -> bytes:
    return orjson.dumps({"t": 1_763_800_000_000 + i, "p": i})


def config(port: int, version: int, **more: object) -> MqttConfig:
    return MqttConfig("127.0.0.1", port, version=version, rules=RULES, reconnect_max_s=1, **more)  # type: ignore[arg-type]


async def started(sink: Sink, settings: MqttConfig) -> tuple[Submitter, MqttGateway]:
    submitter = Submitter(sink)
    await submitter.start()
    gateway = MqttGateway(settings, submitter, now_us)
    await gateway.start()
    await asyncio.wait_for(gateway.connected.wait(), 30)
    return submitter, gateway


def test_json_messages_are_stored_and_listed(broker: tuple[Broker, int]) -> None:
    running, version = broker

    async def run() -> None:
        watched = Watched()
        submitter, gateway = await started(watched, config(running.port, version))
        device = publisher(running.port, version)
        for i in range(20):
            device.publish("plant/a", message(i), qos=1).wait_for_publish(10)
        device.publish("plant/a", b"\x00not json", qos=1).wait_for_publish(10)
        device.publish("plant/unknown", message(1), qos=1).wait_for_publish(10)
        await watched.until(lambda s: len(s.readings) == 20 and len(s.notes) == 2)
        device.disconnect()
        device.loop_stop()
        await gateway.stop()
        await submitter.stop()
        assert {n.code for n in watched.store.notes} == {"bad_json", "unknown_point"}
        assert (gateway.status.accepted, gateway.status.refused, gateway.status.rejected) == (20, 1, 1)
        assert gateway.status.unanswered == 0

    asyncio.run(run())


def test_nothing_acknowledged_is_lost_over_a_broker_restart(broker: tuple[Broker, int]) -> None:
    running, version = broker
    how = signal.SIGKILL if isinstance(running, Nats) else signal.SIGTERM

    async def run() -> None:
        watched = Watched()
        submitter, gateway = await started(watched, config(running.port, version))
        device = publisher(running.port, version)
        sent = [device.publish("plant/a", message(i), qos=1) for i in range(200)]
        await watched.until(lambda s: len(s.readings) >= 20)
        watched.open.clear()  # the store stalls: whatever is under way stays unacknowledged
        await asyncio.to_thread(running.stop, how)
        watched.open.set()
        await asyncio.to_thread(running.start)
        sent += [device.publish("plant/a", message(i), qos=1) for i in range(200, 220)]
        for info in sent:
            await asyncio.to_thread(info.wait_for_publish, 30)
        await watched.until(lambda s: watched.values() >= set(range(220)))
        device.disconnect()
        device.loop_stop()
        await gateway.stop()
        await submitter.stop()
        assert gateway.status.connects >= 2

    asyncio.run(run())


def test_a_gateway_that_dies_before_the_commit_gets_the_messages_again(broker: tuple[Broker, int]) -> None:
    running, version = broker
    module = "greenpark.ingest.tests.stalled_gateway"
    command = [sys.executable, "-m", module, str(running.port), str(version), "10"]

    async def run() -> None:
        dying = await asyncio.create_subprocess_exec(
            *command, stdout=asyncio.subprocess.PIPE, env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
        )
        assert dying.stdout is not None
        assert await asyncio.wait_for(dying.stdout.readline(), 30) == b"connected\n"
        device = publisher(running.port, version)
        for i in range(10):
            device.publish("plant/a", message(i), qos=1).wait_for_publish(10)
        assert await asyncio.wait_for(dying.stdout.readline(), 30) == b"taken\n"
        dying.kill()
        await dying.wait()
        second = Watched()
        submitter, gateway = await started(second, config(running.port, version))
        await second.until(lambda s: second.values() >= set(range(10)))
        device.disconnect()
        device.loop_stop()
        await gateway.stop()
        await submitter.stop()

    asyncio.run(run())


def test_a_store_in_trouble_is_tried_again_and_then_acknowledged(broker: tuple[Broker, int]) -> None:
    running, version = broker

    async def run() -> None:
        watched = Watched()
        watched.failures = 1
        submitter, gateway = await started(watched, config(running.port, version))
        device = publisher(running.port, version)
        device.publish("plant/a", message(5), qos=1).wait_for_publish(10)
        await watched.until(lambda s: watched.values() == {5})
        assert gateway.status.retries == 1
        assert "disk full" in gateway.status.last_error
        device.disconnect()
        device.loop_stop()
        await gateway.stop()
        await submitter.stop()

    asyncio.run(run())


def test_sparkplug_session_with_rebirth(broker: tuple[Broker, int]) -> None:
    running, version = broker
    topic = "spBv1.0/wuhai/{}/edge1"

    def metric(value: float, name: str = "", **more: object) -> Metric:
        return Metric(name, 1, 1_763_800_000_000 + int(value), DataType.DOUBLE, value, **more)  # type: ignore[arg-type]

    async def run() -> None:
        watched = Watched()
        submitter, gateway = await started(watched, config(running.port, version, sparkplug_groups=("wuhai",)))
        edge = publisher(running.port, version)
        asked = threading.Event()
        commands: list[bytes] = []

        def on_command(client: object, _: object, got: object) -> None:
            commands.append(got.payload)  # type: ignore[attr-defined]
            asked.set()

        edge.on_message = on_command
        subscribed = threading.Event()
        edge.on_subscribe = lambda *a: subscribed.set()
        edge.subscribe(topic.format("NCMD"), 0)
        assert await asyncio.to_thread(subscribed.wait, 10)
        edge.publish(topic.format("NDATA"), encode(Payload(1, (metric(1.0),), 4)), qos=1)
        assert await asyncio.to_thread(asked.wait, 10)
        assert decode(commands[0]).metrics[0].name == "Node Control/Rebirth"
        edge.publish(topic.format("NBIRTH"), encode(Payload(1, (metric(2.0, "power"),), 0)), qos=1)
        edge.publish(topic.format("NDATA"), encode(Payload(1, (metric(3.0, properties={"engUnit": "kW"}),), 1)), qos=1)
        await watched.until(lambda s: watched.values() == {2.0, 3.0})
        assert gateway.status.nodes_online == 1
        assert gateway.status.rebirths == 1
        edge.disconnect()
        edge.loop_stop()
        await gateway.stop()
        await submitter.stop()

    asyncio.run(run())


def test_an_absent_broker_is_waited_for(tmp_path: Path) -> None:
    async def run() -> None:
        later = Nats(tmp_path)
        submitter = Submitter(Watched())
        await submitter.start()
        gateway = MqttGateway(config(later.port, 4), submitter, now_us)
        await gateway.start()
        while not gateway.status.last_error:
            await asyncio.sleep(0.02)
        assert "无法连接" in gateway.status.last_error
        await asyncio.to_thread(later.start)
        await asyncio.wait_for(gateway.connected.wait(), 30)
        await gateway.stop()
        await submitter.stop()
        later.stop()

    asyncio.run(run())
