"""A gateway on a free loopback port with an in-memory store behind the real submitter."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

from greenpark.ingest.batching import Submitter
from greenpark.ingest.hj212 import Hj212Server, Settings
from greenpark.ingest.sink import Delivery, Receipt, Refusal, RejectedFrame
from greenpark.protocols.hj212 import Decoder, DeviceProfile, Frame

MN = "010000A8900016F000169DC0"


@dataclass
class MemorySink:
    """Keeps what it gets; fails when told to. Counts refused items by the problems the gateway found."""

    deliveries: list[Delivery] = field(default_factory=list)
    rejected: list[RejectedFrame] = field(default_factory=list)
    failures: list[Exception] = field(default_factory=list)
    before: Callable[[], None] = lambda: None

    def accept(self, deliveries: Sequence[Delivery]) -> list[Receipt]:
        self.before()
        if self.failures:
            raise self.failures.pop(0)
        self.deliveries += deliveries
        return [self._receipt(d) for d in deliveries]

    def _receipt(self, delivery: Delivery) -> Receipt:
        refused = tuple(
            Refusal(i, delivery.keys[i], delivery.times[i], p.value, p.code, p.reason)
            for i, p in delivery.problems.items()
        )
        return Receipt(len(self.deliveries), len(delivery.values) - len(refused), refused)

    def reject(self, rejected: Sequence[RejectedFrame]) -> None:
        self.rejected += rejected


@dataclass
class Directory:
    profiles: dict[str, DeviceProfile] = field(default_factory=dict)

    def profile(self, mn: str) -> DeviceProfile | None:
        return self.profiles.get(mn)

    def add(self, mn: str = MN, **settings: object) -> DeviceProfile:
        self.profiles[mn] = DeviceProfile(mn, **settings)  # type: ignore[arg-type]
        return self.profiles[mn]


@dataclass
class House:
    server: Hj212Server
    sink: MemorySink
    directory: Directory
    submitter: Submitter
    port: int

    async def until(self, condition: Callable[[], bool], timeout_s: float = 10.0) -> None:
        """Wait for a state of the gateway; fails loudly with its snapshot."""
        deadline = asyncio.get_running_loop().time() + timeout_s
        while not condition():
            assert asyncio.get_running_loop().time() < deadline, self.server.snapshot()
            await asyncio.sleep(0.005)

    def codes(self) -> dict[str, int]:
        return dict(self.server.snapshot().totals.rejected)


@asynccontextmanager
async def house(settings: Settings | None = None, **profile: object) -> AsyncIterator[House]:
    """A running gateway that knows one station, ``MN``."""
    sink, directory = MemorySink(), Directory()
    directory.add(MN, **{"password": "123456", **profile})
    async with Submitter(sink) as submitter:
        server = Hj212Server(submitter, directory, settings)
        port = await server.start()
        try:
            yield House(server, sink, directory, submitter, port)
        finally:
            await server.stop()


class Peer:
    """A bare TCP client that reads frames."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer
        self.decoder = Decoder()
        self.frames: list[Frame] = []

    @classmethod
    async def connect(cls, port: int) -> Peer:
        return cls(*await asyncio.open_connection("127.0.0.1", port))

    async def send(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()

    async def frame(self, timeout_s: float = 10.0) -> Frame:
        """The next frame from the centre."""
        async with asyncio.timeout(timeout_s):
            while not self.frames:
                data = await self.reader.read(65536)
                assert data, "the centre hung up"
                self.frames += [e for e in self.decoder.feed(data) if isinstance(e, Frame)]
        return self.frames.pop(0)

    async def hung_up(self, timeout_s: float = 10.0) -> bool:
        """Wait until the centre closes the connection."""
        async with asyncio.timeout(timeout_s):
            try:
                while await self.reader.read(65536):
                    pass
            except ConnectionError:
                pass
        return True

    async def close(self) -> None:
        self.writer.close()
        with suppress(ConnectionError):
            await self.writer.wait_closed()
