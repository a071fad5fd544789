"""Polls the registers that points are bound to. What to read comes from the bindings; how to reach it from the config.

A poll that could not be stored is kept in memory and tried again: a meter cannot be asked for the past.
"""

from __future__ import annotations

import asyncio
import logging
import math
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

import orjson
from pymodbus import FramerType, ModbusException
from pymodbus.client import AsyncModbusTcpClient

from greenpark.ingest.batching import CONTENT_ERRORS, Submitter, SubmitterStopped
from greenpark.ingest.modbus.registers import BadRegister, Block, Register, Table, decode, group
from greenpark.ingest.sink import Delivery, Problem, RefusalCode
from greenpark.kernel.points import BindingKey

log = logging.getLogger(__name__)

#: Exceptions by which a serial gateway says that the device behind it is silent.
GATEWAY_CODES = (0x0A, 0x0B)


@dataclass(frozen=True, slots=True)
class ModbusConfig:
    """One host (device or serial gateway). Bindings ``("modbus", "host:port", unit, register)`` name it literally."""

    host: str
    port: int = 502
    name: str = "modbus"
    rtu: bool = False
    """RTU frames over TCP, as transparent serial servers speak."""
    interval_s: float = 60.0
    timeout_s: float = 3.0
    """For one answer."""
    max_gap: int = 8
    max_registers: int = 125
    """Some devices take fewer per request than the standard's 125."""
    backoff_max_s: float = 300.0
    """A unit that does not answer is asked less and less often, down to this."""
    keep_polls: int = 2_000
    """Polls kept in memory while the store is in trouble; the oldest go first, counted."""

    @property
    def address(self) -> str:
        return f"{self.host}:{self.port}"


@dataclass(slots=True)
class UnitStatus:
    """One device behind the host, for the status page."""

    unit: int
    registers: int = 0
    polls: int = 0
    timeouts: int = 0
    errors: int = 0
    last_ok_us: int | None = None
    last_error: str = ""
    silent_since_us: int | None = None


@dataclass(slots=True)
class ModbusStatus:
    name: str
    address: str
    connected: bool = False
    accepted: int = 0
    refused: int = 0
    dropped: int = 0
    waiting: int = 0
    bad_bindings: list[str] = field(default_factory=list)
    units: dict[int, UnitStatus] = field(default_factory=dict)


@dataclass(slots=True, eq=False)
class _Unit:
    number: int
    registers: dict[Register, BindingKey]
    blocks: list[Block]
    status: UnitStatus
    pause_s: float = 0.0
    next_at: float = 0.0


@dataclass(slots=True, eq=False)
class ModbusPoller:
    """Start inside the loop of the submitter."""

    config: ModbusConfig
    submitter: Submitter
    bindings: Callable[[], Iterable[BindingKey]]
    """All bindings of the directory; the poller picks its own. Asked again when ``version`` changes."""
    version: Callable[[], object]
    clock: Callable[[], int]
    """Now [UTC µs]."""
    status: ModbusStatus = field(init=False)
    polled: asyncio.Event = field(default_factory=asyncio.Event)
    """Set after each round; for tests and for the first status."""
    _units: dict[int, _Unit] = field(default_factory=dict)
    _seen_version: object = None
    _client: Any = None
    _waiting: deque[Delivery] = field(default_factory=deque)
    _arrived: asyncio.Event = field(default_factory=asyncio.Event)
    _tasks: list[asyncio.Task[None]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.status = ModbusStatus(self.config.name, self.config.address)

    async def start(self) -> None:
        framer = FramerType.RTU if self.config.rtu else FramerType.SOCKET
        self._client = AsyncModbusTcpClient(
            self.config.host, port=self.config.port, framer=framer, timeout=self.config.timeout_s, retries=0,
            reconnect_delay=0, name=self.config.name,
        )  # fmt: skip
        self._tasks = [asyncio.create_task(self._poll_for_ever()), asyncio.create_task(self._store_for_ever())]

    async def stop(self) -> None:
        """Stop asking; store what was read, as far as the store takes it now."""
        if not self._tasks:
            return
        poll, keep = self._tasks
        poll.cancel()
        await asyncio.gather(poll, return_exceptions=True)
        while self._waiting and not keep.done():
            before = len(self._waiting)
            self._arrived.set()
            await asyncio.wait([keep], timeout=2)
            if len(self._waiting) == before:
                break
        keep.cancel()
        await asyncio.gather(keep, return_exceptions=True)
        self._client.close()

    # ---- what to read

    def refresh(self) -> None:
        """Read the bindings again when they changed. Misspelt ones are listed in the status and left out."""
        version = self.version()
        if version == self._seen_version:
            return
        self._seen_version = version
        wanted: dict[int, dict[Register, BindingKey]] = {}
        bad: list[str] = []
        for key in self.bindings():
            if len(key) != 4 or key[0] != "modbus" or key[1] != self.config.address:
                continue
            try:
                unit = int(key[2])
                if not 0 <= unit <= 255:
                    raise BadRegister(f"单元号 {unit} 应在 0—255 之间")
                wanted.setdefault(unit, {})[Register.parse(key[3])] = key
            except ValueError as error:
                bad.append(f"{'/'.join(key[1:])}：{error}")
        self.status.bad_bindings = bad
        self._units = {unit: self._make_unit(unit, registers) for unit, registers in sorted(wanted.items())}
        self.status.units = {unit: made.status for unit, made in self._units.items()}

    def _make_unit(self, number: int, registers: dict[Register, BindingKey]) -> _Unit:
        known = self._units.get(number)
        status = known.status if known else UnitStatus(number)
        status.registers = len(registers)
        blocks = group(registers, max_gap=self.config.max_gap, max_registers=self.config.max_registers)
        return _Unit(number, registers, blocks, status)

    # ---- reading

    async def _poll_for_ever(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            began = loop.time()
            self.refresh()
            for unit in self._units.values():
                if unit.next_at <= began:
                    await self._poll(unit)
            self.status.connected = bool(self._client.connected)
            self.polled.set()
            # On the grid of the interval, so that slow answers do not shift the times more and more.
            rest = self.config.interval_s - (loop.time() - began)
            await asyncio.sleep(max(rest, 0.01))

    async def _poll(self, unit: _Unit) -> None:
        status = unit.status
        status.polls += 1
        try:
            if not self._client.connected and not await self._client.connect():
                raise ConnectionError("无法连接，请检查地址、端口和网络")
            delivery = await self._read_unit(unit)
        except (ModbusException, ConnectionError, TimeoutError, OSError) as error:
            self._silent(unit, error)
            return
        unit.pause_s = unit.next_at = 0.0
        status.silent_since_us = None
        if delivery.keys:
            status.last_ok_us = delivery.received_us
            self._keep(delivery)

    def _silent(self, unit: _Unit, error: Exception) -> None:
        status = unit.status
        status.timeouts += 1
        status.last_error = str(error) or "设备没有应答"
        if status.silent_since_us is None:
            status.silent_since_us = self.clock()
            log.warning("%s unit %d: %s", self.config.address, unit.number, status.last_error)
        unit.pause_s = min(max(unit.pause_s * 2, self.config.interval_s), self.config.backoff_max_s)
        unit.next_at = asyncio.get_running_loop().time() + unit.pause_s - self.config.interval_s / 2
        # An answer that comes too late must not be taken for the answer to the next question.
        self._client.close()

    async def _read_unit(self, unit: _Unit) -> Delivery:
        evidence: list[dict[str, object]] = []
        delivery = Delivery("modbus", self.config.address, f"{self.config.address}/{unit.number}", self.clock(), b"")
        for block in list(unit.blocks):
            words = await self._request(unit, block)
            if words is None:
                continue
            evidence.append({"table": block.table, "address": block.address, "words": words})
            for register in block.registers:
                at = register.address - block.address
                _observe(delivery, unit.registers[register], register, words[at : at + register.size])
        delivery.received_us = self.clock()
        delivery.times = [delivery.received_us] * len(delivery.keys)
        delivery.raw = orjson.dumps({"unit": unit.number, "reads": evidence})
        return delivery

    async def _request(self, unit: _Unit, block: Block) -> list[int] | None:
        """Words of the block; None when the device refuses it. Raises ModbusException on silence."""
        read = {
            Table.COIL: self._client.read_coils,
            Table.DISCRETE: self._client.read_discrete_inputs,
            Table.INPUT: self._client.read_input_registers,
            Table.HOLDING: self._client.read_holding_registers,
        }[block.table]
        answer = await read(block.address, count=block.count, device_id=unit.number)
        if not answer.isError():
            bits = block.table in (Table.COIL, Table.DISCRETE)
            words = [int(b) for b in answer.bits[: block.count]] if bits else list(answer.registers)
            if len(words) >= block.count:
                return words
        unit.status.errors += 1
        unit.status.last_error = (
            f"{block.table}:{block.address} 起 {block.count} 个：设备拒绝（异常码 {_code(answer)}）"
        )
        if len(block.registers) > 1:  # a hole in the device's map: from now on one by one
            at = unit.blocks.index(block)
            unit.blocks[at : at + 1] = [Block(r.table, r.address, r.size, (r,)) for r in block.registers]
        return None

    # ---- storing

    def _keep(self, delivery: Delivery) -> None:
        self._waiting.append(delivery)
        while len(self._waiting) > self.config.keep_polls:
            self._waiting.popleft()
            self.status.dropped += 1
        self.status.waiting = len(self._waiting)
        self._arrived.set()

    async def _store_for_ever(self) -> None:
        pause = 1.0
        while True:
            if not self._waiting:
                self._arrived.clear()
                await self._arrived.wait()
                continue
            delivery = self._waiting[0]
            try:
                receipt = await self.submitter.submit(delivery)
            except SubmitterStopped:
                return
            except CONTENT_ERRORS:
                log.exception("a poll of %s could not be stored at all", delivery.device)
                self.status.dropped += 1
            except Exception as error:  # noqa: BLE001 - the store's own trouble; the poll waits
                log.warning("a poll of %s waits: %s", delivery.device, error)
                await asyncio.sleep(pause)
                pause = min(pause * 2, 30.0)
                continue
            else:
                pause = 1.0
                self.status.accepted += receipt.accepted
                self.status.refused += len(receipt.refused)
            if self._waiting and self._waiting[0] is delivery:
                self._waiting.popleft()
            self.status.waiting = len(self._waiting)


def _code(answer: Any) -> object:
    return getattr(answer, "exception_code", "—")


def _observe(delivery: Delivery, key: BindingKey, register: Register, words: list[int]) -> None:
    value = decode(register, words)
    if not math.isfinite(value):
        reason = f"寄存器 {register.text} 的内容不是有限的数。请检查数据类型和字节序，或仪表是否故障"
        delivery.problems[len(delivery.keys)] = Problem(RefusalCode.NOT_FINITE, repr(value), reason)
    delivery.keys.append(key)
    delivery.values.append(value)
