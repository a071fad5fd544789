"""Modbus: words against a second implementation, grouping, and the poller against pymodbus's server."""

from __future__ import annotations

import asyncio
import math
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pymodbus import FramerType
from pymodbus.client import AsyncModbusTcpClient
from pymodbus.server import ModbusTcpServer
from pymodbus.simulator import DataType, SimData, SimDevice

from greenpark.ingest.batching import Submitter
from greenpark.ingest.directory import FixedDirectory
from greenpark.ingest.modbus.poller import ModbusConfig, ModbusPoller
from greenpark.ingest.modbus.registers import BadRegister, Register, Table, decode, encode, group
from greenpark.ingest.mqtt.gateway import now_us
from greenpark.ingest.pipeline import NoKeeper, Pipeline
from greenpark.ingest.tests.brokers import free_port
from greenpark.ingest.tests.memory import MemoryStore
from greenpark.kernel.points import BindingKey, PointKind, PointSpec


@pytest.mark.parametrize(
    ("order", "words"),
    [  # 123456.0 is 47 F1 20 00 in IEEE 754 single precision
        ("ABCD", [0x47F1, 0x2000]),
        ("CDAB", [0x2000, 0x47F1]),
        ("BADC", [0xF147, 0x0020]),
        ("DCBA", [0x0020, 0xF147]),
    ],
)
def test_the_four_orders_by_hand(order: str, words: list[int]) -> None:
    register = Register.parse(f"holding:0:float32:{order}")
    assert struct.pack(">f", 123456.0).hex() == "47f12000"
    assert decode(register, words) == 123456.0
    assert encode(register, 123456.0) == words


PEER = AsyncModbusTcpClient  # the conversion is a class method
TYPES = {
    "int16": PEER.DATATYPE.INT16, "uint16": PEER.DATATYPE.UINT16, "int32": PEER.DATATYPE.INT32,
    "uint32": PEER.DATATYPE.UINT32, "int64": PEER.DATATYPE.INT64, "uint64": PEER.DATATYPE.UINT64,
    "float32": PEER.DATATYPE.FLOAT32, "float64": PEER.DATATYPE.FLOAT64,
}  # fmt: skip


@given(st.sampled_from(sorted(TYPES)), st.lists(st.integers(0, 0xFFFF), min_size=4, max_size=4), st.booleans())
def test_words_mean_the_same_as_in_pymodbus(kind: str, words: list[int], swapped: bool) -> None:
    register = Register.parse(f"holding:0:{kind}:{'CDAB' if swapped else 'ABCD'}")
    theirs = PEER.convert_from_registers(words[: register.size], TYPES[kind], word_order="little" if swapped else "big")
    ours = decode(register, words[: register.size])
    theirs = float(theirs)  # type: ignore[arg-type]
    assert ours == theirs or (math.isnan(ours) and math.isnan(theirs))


def test_vendor_numbers_are_the_same_registers() -> None:
    a, b = Register.parse("40101:float32:CDAB"), Register.parse("holding:100:float32:CDAB")
    assert (a.table, a.address, a.size) == (b.table, b.address, b.size) == (Table.HOLDING, 100, 2)
    assert Register.parse("30001").table == Table.INPUT
    assert Register.parse("465536").address == 65535


@pytest.mark.parametrize(
    "text", ["", "holding", "holding:x", "40000", "holding:1:int8", "holding:1:int16:ABDC", "holding:65535:int32"]
)
def test_misspelt_registers(text: str) -> None:
    with pytest.raises(BadRegister):
        Register.parse(text)


registers = st.builds(
    lambda table, address, kind: Register.parse(f"{table}:{address}:{kind}"),
    st.sampled_from(["holding", "input", "coil"]),
    st.integers(0, 400),
    st.sampled_from(["uint16", "float32", "float64"]),
)


@given(st.lists(registers, max_size=40), st.integers(0, 10), st.integers(4, 125))
def test_every_register_is_read_exactly_once_and_no_request_is_too_long(
    wanted: list[Register], gap: int, longest: int
) -> None:
    blocks = group(wanted, max_gap=gap, max_registers=longest)
    assert sorted(r.text for b in blocks for r in b.registers) == sorted({r.text for r in wanted})
    for block in blocks:
        assert block.count <= (2000 if block.table == Table.COIL else longest)
        for r in block.registers:
            assert block.address <= r.address
            assert r.address + r.size <= block.address + block.count


@asynccontextmanager
async def server(port: int, rtu: bool = False) -> AsyncIterator[ModbusTcpServer]:
    def words(text: str, value: float) -> list[int]:
        return encode(Register.parse(text), value)

    device = SimDevice(
        1,
        (
            [SimData(0, values=[True, False, True], datatype=DataType.BITS)],
            [SimData(0, values=[False], datatype=DataType.BITS)],
            [
                SimData(0, values=words("holding:0:float32:CDAB", 230.5), datatype=DataType.REGISTERS),
                SimData(4, values=words("holding:4:uint32", 4_000_000_000), datatype=DataType.REGISTERS),
                # nothing from 6 to 9: a request across the hole is refused
                SimData(10, values=words("holding:10:int16", -7), datatype=DataType.REGISTERS),
                SimData(20, values=words("holding:20:float32", math.inf), datatype=DataType.REGISTERS),
            ],
            [SimData(0, values=words("input:0:float64:DCBA", math.pi), datatype=DataType.REGISTERS)],
        ),
    )
    framer = FramerType.RTU if rtu else FramerType.SOCKET

    def wire(sending: bool, data: bytes) -> bytes:  # unit 9 exists and never answers
        return b"" if sending and not rtu and data[6:7] == b"\x09" else data

    running = ModbusTcpServer([device], framer=framer, address=("127.0.0.1", port), trace_packet=wire)
    await running.serve_forever(background=True)
    try:
        yield running
    finally:
        await running.shutdown()


VALUES = {
    "holding:0:float32:CDAB": 230.5, "holding:4:uint32": 4e9, "holding:10:int16": -7.0, "coil:2": 1.0,
    "input:0:float64:DCBA": math.pi,
}  # fmt: skip


def key(port: int, register: str, unit: int = 1) -> BindingKey:
    return ("modbus", f"127.0.0.1:{port}", str(unit), register)


class Bench:
    """A poller with everything behind it."""

    def __init__(self, port: int, keys: list[BindingKey], **more: object) -> None:
        self.store = MemoryStore()
        pairs = {k: PointSpec(i, PointKind.RATE, "V", 60) for i, k in enumerate(keys, 1)}
        self.directory = FixedDirectory.of(pairs)
        self.keys = keys
        pipeline = Pipeline(self.store, self.directory, NoKeeper(), now_us)  # type: ignore[arg-type]
        self.submitter = Submitter(pipeline)
        config = ModbusConfig("127.0.0.1", port, interval_s=0.05, timeout_s=0.5, **more)  # type: ignore[arg-type]
        self.poller = ModbusPoller(config, self.submitter, lambda: keys, lambda: len(keys), now_us)

    async def __aenter__(self) -> Bench:
        await self.submitter.start()
        await self.poller.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.poller.stop()
        await self.submitter.stop()

    async def rounds(self, count: int) -> None:
        for _ in range(count):
            self.poller.polled.clear()
            await asyncio.wait_for(self.poller.polled.wait(), 20)

    def stored(self) -> dict[str, float]:
        r = self.store.readings
        return {self.keys[p - 1][3]: v for p, v in zip(r.points.tolist(), r.values.tolist(), strict=True)}


@pytest.mark.parametrize("rtu", [False, True], ids=["tcp", "rtu-over-tcp"])
def test_values_of_every_table_and_order_arrive(rtu: bool) -> None:
    async def run() -> None:
        port = free_port()
        keys = [key(port, r) for r in VALUES]
        async with server(port, rtu), Bench(port, keys, rtu=rtu) as bench:
            await bench.rounds(4)
        assert bench.stored() == VALUES
        unit = bench.poller.status.units[1]
        # the block across the hole was refused once, then its registers were read one by one
        assert unit.errors == 1
        assert unit.timeouts == 0
        assert b'"words"' in bench.store.frames[0].raw

    asyncio.run(run())


def test_infinite_floats_and_misspelt_bindings_are_said_aloud() -> None:
    async def run() -> None:
        port = free_port()
        keys = [key(port, "holding:20:float32"), key(port, "holding:nonsense"), key(port, "40001", unit=999)]
        async with server(port), Bench(port, keys) as bench:
            await bench.rounds(3)
        assert len(bench.poller.status.bad_bindings) == 2
        assert bench.store.notes[0].code == "not_finite"
        assert "字节序" in bench.store.notes[0].reason
        assert not len(bench.store.readings)

    asyncio.run(run())


def test_a_silent_unit_is_asked_less_often_and_does_not_stop_its_neighbour() -> None:
    async def run() -> None:
        port = free_port()
        keys = [key(port, "holding:4:uint32"), key(port, "holding:0", unit=9)]
        async with server(port), Bench(port, keys, backoff_max_s=60) as bench:
            await bench.rounds(12)
        status = bench.poller.status.units
        assert status[1].timeouts == 0
        assert status[1].last_ok_us is not None
        assert status[9].polls < status[1].polls
        assert set(bench.stored().values()) == {4e9}

    asyncio.run(run())


def test_an_absent_device_is_found_when_it_comes_back() -> None:
    async def run() -> None:
        port = free_port()
        async with Bench(port, [key(port, "holding:4:uint32")], backoff_max_s=0.1) as bench:
            await bench.rounds(2)
            assert bench.poller.status.units[1].silent_since_us is not None
            assert "无法连接" in bench.poller.status.units[1].last_error
            async with server(port):
                while not len(bench.store.readings):
                    await bench.rounds(1)
                assert bench.poller.status.units[1].silent_since_us is None

    asyncio.run(run())


def test_polls_wait_while_the_store_is_in_trouble() -> None:
    async def run() -> None:
        port = free_port()
        bench = Bench(port, [key(port, "holding:4:uint32")], keep_polls=3)
        bench.store.fail_append = OSError("disk full")
        async with server(port), bench:
            await bench.rounds(8)
            assert bench.poller.status.waiting == 3
            assert bench.poller.status.dropped >= 1
            bench.store.fail_append = None
            while not len(bench.store.readings):
                await bench.rounds(1)
        assert bench.poller.status.waiting == 0

    asyncio.run(run())
