"""Subscriber to one MQTT broker. A QoS 1 message is acknowledged when its readings are on disk, not before.

The session is persistent (clean session off, MQTT 5: expiry), so what was not acknowledged before a crash or a lost
connection is delivered again by the broker. QoS 0 messages come without such a promise, and get none.
"""

from __future__ import annotations

import asyncio
import logging
import ssl
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from greenpark.ingest.batching import CONTENT_ERRORS, Submitter, SubmitterStopped
from greenpark.ingest.mqtt.mapping import BadMessage, Rule, matches, read
from greenpark.ingest.mqtt.sparkplug import SparkplugReader
from greenpark.ingest.sink import Delivery, RejectedFrame
from greenpark.protocols.sparkplug import BadPayload, parse_topic

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class MqttConfig:
    """One broker. ``rules`` for plain JSON, ``sparkplug_groups`` for Sparkplug B (``+`` takes every group)."""

    host: str
    port: int = 1883
    name: str = "mqtt"
    client_id: str = "greenpark-ingest"
    """Must stay the same over restarts and be used once: the broker keeps the session under it."""
    version: int = 4
    """4 for MQTT 3.1.1, 5 for MQTT 5."""
    rules: tuple[Rule, ...] = ()
    sparkplug_groups: tuple[str, ...] = ()
    username: str = ""
    password: str = ""
    tls_ca: str = ""
    """File with the broker's CA; empty: no TLS."""
    keepalive_s: int = 30
    session_expiry_s: int = 7 * 86_400
    reconnect_min_s: float = 1
    reconnect_max_s: float = 60
    max_unanswered: int = 5_000
    """Messages being stored at a time. Beyond it QoS 0 messages are dropped and counted; a broker never sends that
    many QoS 1 messages without acknowledgement."""


@dataclass(slots=True)
class MqttStatus:
    """For the status page."""

    name: str
    broker: str
    connected: bool = False
    connected_since_us: int | None = None
    connects: int = 0
    last_error: str = ""
    messages: int = 0
    last_message_us: int | None = None
    accepted: int = 0
    refused: int = 0
    rejected: int = 0
    dropped: int = 0
    retries: int = 0
    taken: int = 0
    """Messages handed to the loop; changed by the client's thread only."""
    answered: int = 0
    """Of these, the ones done with; changed by the loop only."""
    unmatched: int = 0
    rebirths: int = 0
    nodes_online: int = 0

    @property
    def unanswered(self) -> int:
        return self.taken - self.answered


@dataclass(slots=True, eq=False)
class MqttGateway:
    """Start inside the loop of the submitter; callbacks of the client's thread are handed over to it."""

    config: MqttConfig
    submitter: Submitter
    clock: Callable[[], int]
    """Now [UTC µs]."""
    status: MqttStatus = field(init=False)
    connected: asyncio.Event = field(default_factory=asyncio.Event)
    _client: paho.Client = field(init=False)
    _loop: asyncio.AbstractEventLoop = field(init=False)
    _sparkplug: SparkplugReader = field(default_factory=SparkplugReader)
    _generation: int = 0
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)
    _stopping: bool = False

    def __post_init__(self) -> None:
        self.status = MqttStatus(self.config.name, f"{self.config.host}:{self.config.port}")

    async def start(self) -> None:
        """Begin connecting in the background; an absent broker is retried with growing pauses."""
        self._loop = asyncio.get_running_loop()
        self._client = self._make_client()
        self._client.connect_async(
            self.config.host,
            self.config.port,
            keepalive=self.config.keepalive_s,
            **self._connect_options(),
        )
        self._client.loop_start()

    async def stop(self) -> None:
        """Finish what is being stored, acknowledge it, disconnect."""
        self._stopping = True
        if self._tasks:
            await asyncio.wait(set(self._tasks), timeout=10)
        self._client.disconnect()
        await asyncio.to_thread(self._client.loop_stop)
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    # ---- client's thread

    def _make_client(self) -> paho.Client:
        five = self.config.version == 5
        client = paho.Client(
            CallbackAPIVersion.VERSION2,
            client_id=self.config.client_id,
            clean_session=None if five else False,
            protocol=MQTTProtocolVersion.MQTTv5 if five else MQTTProtocolVersion.MQTTv311,
            manual_ack=True,
        )
        client.reconnect_delay_set(self.config.reconnect_min_s, self.config.reconnect_max_s)
        if self.config.username:
            client.username_pw_set(self.config.username, self.config.password)
        if self.config.tls_ca:
            client.tls_set(self.config.tls_ca, tls_version=ssl.PROTOCOL_TLS_CLIENT)
        client.on_connect = self._on_connect
        client.on_connect_fail = self._on_connect_fail
        client.on_disconnect = self._on_disconnect
        client.on_message = self._on_message
        return client

    def _connect_options(self) -> dict[str, Any]:
        if self.config.version != 5:
            return {}
        properties = Properties(PacketTypes.CONNECT)
        properties.SessionExpiryInterval = self.config.session_expiry_s
        return {"clean_start": False, "properties": properties}

    def _filters(self) -> list[tuple[str, int]]:
        wanted = [(rule.topic, 1) for rule in self.config.rules]
        for group in self.config.sparkplug_groups:
            wanted.append((f"spBv1.0/{group}/#", 1))
        return wanted

    def _on_connect(self, client: paho.Client, _: Any, flags: Any, reason: Any, properties: Any = None) -> None:
        if reason.is_failure:
            self.status.last_error = f"服务器拒绝连接：{reason}"
            log.warning("%s refused the connection: %s", self.status.broker, reason)
            return
        self._generation += 1
        self.status.connects += 1
        self.status.connected = True
        self.status.connected_since_us = self.clock()
        if filters := self._filters():
            client.subscribe(filters)
        self._loop.call_soon_threadsafe(self.connected.set)
        log.info("connected to %s (%s)", self.status.broker, "session kept" if flags.session_present else "new session")

    def _on_connect_fail(self, client: paho.Client, _: Any) -> None:
        self.status.last_error = "无法连接服务器，请检查地址、端口和网络"

    def _on_disconnect(self, client: paho.Client, _: Any, flags: Any, reason: Any, properties: Any = None) -> None:
        self.status.connected = False
        self._generation += 1
        if not self._stopping:
            self.status.last_error = f"连接断开：{reason}"
            log.warning("lost %s: %s", self.status.broker, reason)
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self.connected.clear)

    def _on_message(self, client: paho.Client, _: Any, message: paho.MQTTMessage) -> None:
        status = self.status
        status.messages += 1
        status.last_message_us = received_us = self.clock()
        if message.qos == 0 and status.unanswered >= self.config.max_unanswered:
            status.dropped += 1
            return
        status.taken += 1
        with suppress(RuntimeError):  # the loop is closed; not acknowledged, so the broker keeps the message
            self._loop.call_soon_threadsafe(self._begin, message, self._generation, received_us)

    # ---- loop

    def _begin(self, message: paho.MQTTMessage, generation: int, received_us: int) -> None:
        # Payloads are read here, in the order of arrival: Sparkplug aliases depend on it.
        try:
            delivery = self._read(message, received_us)
        except (BadMessage, BadPayload) as error:
            self._reject(message, received_us, error)
            delivery = None
        if delivery is None or not delivery.keys:
            self._answer(message, generation)
            return
        task = self._loop.create_task(self._store(delivery, message, generation))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _read(self, message: paho.MQTTMessage, received_us: int) -> Delivery | None:
        topic = message.topic
        if topic.startswith("spBv1.0/") and self.config.sparkplug_groups:
            parsed = parse_topic(topic)
            if parsed is None:
                return None
            delivery, rebirth = self._sparkplug.read(parsed, message.payload, self.status.broker, received_us)
            if rebirth is not None:
                self._client.publish(*rebirth, qos=0)
                self.status.rebirths += 1
            self.status.nodes_online = self._sparkplug.nodes_online
            return delivery
        for rule in self.config.rules:
            if matches(rule.topic, topic):
                peer = self.status.broker
                return read(rule, topic, message.payload, peer=peer, device=topic, received_us=received_us)
        self.status.unmatched += 1
        return None

    async def _store(self, delivery: Delivery, message: paho.MQTTMessage, generation: int) -> None:
        """Try until it is stored: the broker sends again only after a reconnect, which may be days away."""
        pause = 1.0
        while True:
            try:
                receipt = await self.submitter.submit(delivery)
                break
            except (SubmitterStopped, asyncio.CancelledError):
                self.status.answered += 1
                return  # without acknowledgement: the broker keeps it
            except CONTENT_ERRORS as error:
                self._reject(message, delivery.received_us, error)
                self._answer(message, generation)
                return
            except Exception as error:  # noqa: BLE001 - the store's own trouble; the message waits
                self.status.retries += 1
                self.status.last_error = f"入库失败，将重试：{error}"
                await asyncio.sleep(pause)
                pause = min(pause * 2, 30.0)
        self.status.accepted += receipt.accepted
        self.status.refused += len(receipt.refused)
        self._answer(message, generation)

    def _answer(self, message: paho.MQTTMessage, generation: int) -> None:
        """Acknowledge on the connection that brought it. Message ids begin anew on the next one."""
        self.status.answered += 1
        if message.qos and generation == self._generation:
            self._client.ack(message.mid, message.qos)

    def _reject(self, message: paho.MQTTMessage, received_us: int, error: Exception) -> None:
        self.status.rejected += 1
        code = error.code if isinstance(error, BadMessage) else "bad_payload"
        cause = error.likely_cause if isinstance(error, BadMessage) else "该主题上发送的不是 Sparkplug B 报文"
        self.submitter.reject(
            RejectedFrame(
                "mqtt", self.status.broker, message.topic, received_us, message.payload, code, str(error), cause
            )
        )


def now_us() -> int:
    """The machine's clock [UTC µs]."""
    return time.time_ns() // 1_000
