"""One gateway process: whatever gateways the configuration names, one submitter, one sink, one status file.

``project`` gives the configuration and the sink; nothing here knows of the registry or the web.
"""

from __future__ import annotations

import asyncio
import logging
import os
import signal
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from time import time_ns
from typing import Any

import orjson

from greenpark.ingest.batching import Submitter
from greenpark.ingest.directory import Directory
from greenpark.ingest.hj212 import CommandBox, CommandRunner, DeviceDirectory, Hj212Server, Settings
from greenpark.ingest.modbus.poller import ModbusConfig, ModbusPoller
from greenpark.ingest.mqtt.gateway import MqttConfig, MqttGateway
from greenpark.ingest.sink import Sink

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Hj212Config:
    """The HJ 212 server. Port 0 takes a free one; the status file names it."""

    host: str = "127.0.0.1"
    port: int = 0
    settings: Settings = field(default_factory=Settings)


@dataclass(frozen=True, slots=True)
class GatewayConfig:
    """Everything one gateway process runs. Plain data; read from a file or built in code."""

    status_file: Path
    """JSON for the web, written anew every ``status_every_s`` by replacing the file."""
    hj212: Hj212Config | None = None
    mqtt: tuple[MqttConfig, ...] = ()
    modbus: tuple[ModbusConfig, ...] = ()
    status_every_s: float = 2.0
    group_observations: int = 20_000
    group_delay_s: float = 0.002


@dataclass(frozen=True, slots=True)
class SinkParts:
    """What ``sink_factory`` returns: where deliveries go, what they are looked up in, and what runs beside."""

    sink: Sink
    directory: Directory
    devices: DeviceDirectory
    """HJ 212 stations."""
    every_second: Callable[[], object] = lambda: None
    """Called about once a second in a thread and after the last delivery: flushes rollups when nothing arrives."""
    close: Callable[[], object] = lambda: None
    commands: CommandBox | None = None
    """Where people leave commands for HJ 212 stations; looked into about once a second."""


def now_us() -> int:
    """The machine's clock [UTC µs]."""
    return time_ns() // 1_000


class Gateways:
    """The running gateways. Use :func:`run_gateways` in a process of its own, this class inside another loop."""

    def __init__(self, config: GatewayConfig, parts: SinkParts, clock: Callable[[], int] = now_us) -> None:
        self.config, self.parts, self.clock = config, parts, clock
        self.submitter = Submitter(parts.sink, config.group_observations, config.group_delay_s)
        self.hj212: Hj212Server | None = None
        self.commands: CommandRunner | None = None
        self.mqtt = [MqttGateway(one, self.submitter, clock) for one in config.mqtt]
        self.modbus = [self._poller(one) for one in config.modbus]
        self.started_us = clock()
        self.hj212_port: int | None = None
        self._rate = (self.started_us, 0, 0.0)
        self._background: list[asyncio.Task[None]] = []

    @property
    def pollers(self) -> list[MqttGateway | ModbusPoller]:
        """The gateways that open connections themselves."""
        return [*self.mqtt, *self.modbus]

    def _poller(self, config: ModbusConfig) -> ModbusPoller:
        directory = self.parts.directory
        return ModbusPoller(
            config, self.submitter, lambda: [key for key, _ in directory.bindings()], directory.version, self.clock
        )

    async def start(self) -> None:
        """Start everything; a broker or device that is away does not hinder the others. Raises OSError when the HJ 212
        port is taken."""
        await self.submitter.start()
        if self.config.hj212 is not None:
            wanted = self.config.hj212
            self.hj212 = Hj212Server(self.submitter, self.parts.devices, wanted.settings, self.clock)
            self.hj212_port = await self.hj212.start(wanted.host, wanted.port)
            if self.parts.commands is not None:
                self.commands = CommandRunner(self.hj212, self.parts.commands)
                await self.commands.start()
        for gateway in self.pollers:
            await gateway.start()
        self._background = [
            asyncio.create_task(self._every(self.config.status_every_s, self.write_status)),
            asyncio.create_task(self._every(1.0, self.parts.every_second, self._forget_registered)),
        ]

    async def stop(self) -> None:
        """Stop taking, store and acknowledge what was taken, write the last status."""
        if self.commands is not None:
            await self.commands.stop()
        if self.hj212 is not None:
            await self.hj212.stop()
        await asyncio.gather(*(gateway.stop() for gateway in self.pollers), return_exceptions=True)
        await self.submitter.stop()
        for task in self._background:
            task.cancel()
        await asyncio.gather(*self._background, return_exceptions=True)
        await asyncio.to_thread(self.parts.every_second)
        self.write_status(running=False)
        await asyncio.to_thread(self.parts.close)

    def _forget_registered(self) -> None:
        if self.hj212 is not None:
            self.hj212.forget_registered()

    async def _every(
        self, seconds: float, work: Callable[[], object], then: Callable[[], object] = lambda: None
    ) -> None:
        """``work`` in a thread, ``then`` in the loop, again and again."""
        while True:
            try:
                await asyncio.to_thread(work)
                then()
            except Exception:
                log.exception("regular work failed; the gateways go on")
            await asyncio.sleep(seconds)

    # ---- status

    def status(self, *, running: bool = True) -> dict[str, Any]:
        """Snapshot for the web: counters since the start, connections, rates. Times UTC µs."""
        counters = self.submitter.counters
        now = self.clock()
        since, before, rate = self._rate
        if now - since >= 1_000_000:
            rate = (counters.accepted - before) * 1e6 / (now - since)
            self._rate = (now, counters.accepted, rate)
        return {
            "running": running,
            "pid": os.getpid(),
            "at_us": now,
            "started_us": self.started_us,
            "readings_per_s": round(rate, 1),
            "queued": self.submitter.queued,
            "submitter": asdict(counters),
            "hj212": asdict(self.hj212.snapshot()) if self.hj212 is not None else None,
            "mqtt": [{**asdict(g.status), "unanswered": g.status.unanswered} for g in self.mqtt],
            "modbus": [_modbus_status(g) for g in self.modbus],
        }

    def write_status(self, *, running: bool = True) -> None:
        """Replace the status file in one step, so that a reader never sees half of it."""
        target = self.config.status_file
        target.parent.mkdir(parents=True, exist_ok=True)
        fresh = target.with_suffix(f".{os.getpid()}.new")
        fresh.write_bytes(orjson.dumps(self.status(running=running), option=orjson.OPT_NON_STR_KEYS, default=str))
        fresh.replace(target)


def _modbus_status(poller: ModbusPoller) -> dict[str, Any]:
    status = asdict(poller.status)
    return {**status, "units": [asdict(unit) for unit in poller.status.units.values()]}


def run_gateways(
    config: GatewayConfig,
    sink_factory: Callable[[], SinkParts],
    *,
    started: Callable[[Gateways], object] = lambda gateways: None,
) -> None:
    """Run until SIGTERM or SIGINT, then stop gracefully. To be called in the main thread of a process of its own.

    ``sink_factory`` is called after the process has started (a store must not be carried over a fork); ``started`` when
    everything listens, for instance to say the HJ 212 port.
    """
    asyncio.run(_run(config, sink_factory, started))


async def _run(
    config: GatewayConfig, sink_factory: Callable[[], SinkParts], started: Callable[[Gateways], object]
) -> None:
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for signum in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(signum, stopping.set)
    gateways = Gateways(config, await asyncio.to_thread(sink_factory))
    await gateways.start()
    try:
        started(gateways)
        await stopping.wait()
    finally:
        await gateways.stop()
