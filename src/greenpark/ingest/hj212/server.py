"""The HJ 212 gateway of a monitoring centre: a TCP server, and the downward commands."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass, field
from typing import Final

from greenpark.ingest.hj212.connection import Connection
from greenpark.ingest.hj212.contracts import (
    Clock,
    CommandResult,
    Counters,
    DeviceDirectory,
    DeviceOffline,
    Gate,
    GatewaySnapshot,
    Settings,
    UnknownDevice,
    wall_clock_us,
)
from greenpark.kernel.periods import from_us
from greenpark.protocols.hj212 import (
    Command,
    DeviceProfile,
    Exchange,
    Frame,
    FrameRefused,
    Header,
    MeasurementReader,
    Message,
    Record,
    encode,
    qn_of,
    read,
)
from greenpark.protocols.hj212.commands import set_time

log = logging.getLogger(__name__)

_MAX_MNS: Final = 20_000


@dataclass(slots=True, eq=False)
class _Open:
    """An exchange under way."""

    exchange: Exchange
    moved: asyncio.Event = field(default_factory=asyncio.Event)


class Hj212Server:
    """Listens, keeps the connections, sends commands. All methods but ``snapshot`` belong to the loop it runs in."""

    def __init__(
        self,
        gate: Gate,
        directory: DeviceDirectory,
        settings: Settings | None = None,
        clock: Clock = wall_clock_us,
    ) -> None:
        self.gate = gate
        self.directory = directory
        self.settings = settings or Settings()
        self.clock = clock
        self.reader = MeasurementReader()
        self.stored: dict[tuple[str, int], None] = {}
        self.exchanges: dict[str, list[_Open]] = {}
        self._connections: dict[int, Connection] = {}
        self._by_mn: dict[str, Connection] = {}
        self._unknown: dict[str, UnknownDevice] = {}
        self._closed = Counters()
        self._accepted = self._refused = 0
        self._started_us = 0
        self._last_qn_us = 0
        self._server: asyncio.Server | None = None
        self._sweeper: asyncio.Task[None] | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._clocks: set[str] = set()
        self._locks: dict[str, asyncio.Lock] = {}
        self.address = ""

    # ---- life

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> int:
        """Listen; returns the port (useful with port 0). Raises OSError when the address is taken."""
        self._server = await asyncio.get_running_loop().create_server(lambda: Connection(self), host, port)
        bound = self._server.sockets[0].getsockname()
        self.address, self._started_us = f"{bound[0]}:{bound[1]}", self.clock()
        self._sweeper = asyncio.create_task(self._sweep_for_ever(), name="hj212 sweeper")
        log.info("hj212 listening on %s", self.address)
        return int(bound[1])

    async def stop(self) -> None:
        """Stop listening, store what was received (stations send again what was not answered), close everything."""
        if self._server:
            self._server.close()
        for connection in list(self._connections.values()):
            connection.close()
        waiting = [c.task for c in self._connections.values() if c.task]
        background = [self._sweeper, *self._tasks] if self._sweeper else list(self._tasks)
        for task in background:
            task.cancel()
        if waiting:
            await asyncio.wait(waiting, timeout=self.settings.stop_s)
        for connection in list(self._connections.values()):
            connection.abort()
        await asyncio.gather(*waiting, *background, return_exceptions=True)
        if self._server:
            await self._server.wait_closed()

    async def __aenter__(self) -> Hj212Server:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def _sweep_for_ever(self) -> None:
        while True:
            await asyncio.sleep(self.settings.sweep_s)
            now_us = self.clock()
            for connection in list(self._connections.values()):
                connection.sweep(now_us)

    # ---- called by connections

    def joined(self, connection: Connection) -> bool:
        """Whether a new connection may stay."""
        if len(self._connections) >= self.settings.max_connections:
            self._refused += 1
            return False
        self._accepted += 1
        connection.id = self._accepted
        self._connections[connection.id] = connection
        return True

    def left(self, connection: Connection) -> None:
        if self._connections.pop(connection.id, None) is not None:
            self._closed.add(connection.counters)
        for mn in connection.headers:
            if self._by_mn.get(mn) is connection:
                del self._by_mn[mn]
                for one in self.exchanges.get(mn, ()):
                    one.exchange.line_lost()
                    one.moved.set()

    def speaks(self, connection: Connection, mn: str) -> None:
        """A connection carried a good frame of a station: commands to it go this way."""
        if len(self._by_mn) < _MAX_MNS or mn in self._by_mn:
            self._by_mn[mn] = connection

    def discovered(self, connection: Connection, header: Header, now_us: int) -> None:
        known = self._unknown.get(header.mn)
        if known is not None:
            known.last_us, known.peer, known.cn = now_us, connection.peer, header.cn
            known.frames += 1
            return
        if len(self._unknown) >= self.settings.remembered_unknown:
            del self._unknown[min(self._unknown, key=lambda mn: self._unknown[mn].last_us)]
        self._unknown[header.mn] = UnknownDevice(
            header.mn, connection.peer, header.st, header.cn, str(header.edition), now_us, now_us
        )

    def forget_unknown(self, mn: str) -> None:
        """The station was registered or dismissed."""
        self._unknown.pop(mn, None)

    def forget_registered(self) -> None:
        """Drop stations from the list of unknown ones that the directory knows by now."""
        for mn in [mn for mn in self._unknown if self.directory.profile(mn) is not None]:
            self.forget_unknown(mn)

    def remember(self, keys: set[tuple[str, int]]) -> None:
        self.stored.update(dict.fromkeys(keys))
        while len(self.stored) > self.settings.remembered_frames:
            del self.stored[next(iter(self.stored))]

    def answered(self, connection: Connection, frame: Frame, now_us: int) -> bool:
        """Show a frame to the exchanges of its station; whether one took it."""
        for one in self.exchanges.get(frame.header.mn, ()):
            if one.exchange.on_frame(frame, now_us):
                one.moved.set()
                return True
        return False

    def set_clock_later(self, mn: str, request: Frame) -> None:
        """After a calibration request (1013) the centre runs 1012 (table C.4)."""
        if mn in self._clocks:  # one at a time; a station in a hurry must not pile them up
            return
        try:
            fields = dict(item for group in request.groups() for item in group)
        except FrameRefused:
            fields = {}
        self._clocks.add(mn)
        task = asyncio.get_running_loop().create_task(self._set_clock(mn, fields.get("PolId", "")))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _set_clock(self, mn: str, pol_id: str) -> None:
        profile = self.directory.profile(mn)
        try:
            if profile is not None:
                result = await self.send_command(mn, set_time(from_us(self.clock()), pol_id, profile.zone))
                if not result.ok:
                    log.warning("hj212 %s: clock not set: %s", mn, result.message)
        except DeviceOffline:
            log.info("hj212 %s: gone before its clock was set", mn)
        except ValueError as error:  # a PolId that cannot be sent back
            log.warning("hj212 %s: clock not set: %s", mn, error)
        finally:
            self._clocks.discard(mn)

    # ---- commands

    def online(self, mn: str) -> bool:
        """Whether a live connection carried a good frame of this station."""
        return mn in self._by_mn

    async def send_command(
        self, mn: str, command: Command, *, timeout_s: float | None = None, resends: int | None = None
    ) -> CommandResult:
        """Send a downward command and wait for its outcome (time-outs and resends after 6.2).

        One command at a time goes to a station. Raises DeviceOffline when the station is not connected or unknown.
        """
        self._addressed(mn, command)
        async with self._locks.setdefault(mn, asyncio.Lock()):
            return await self._exchange(
                mn,
                command,
                self.settings.answer_timeout_s if timeout_s is None else timeout_s,
                self.settings.resends if resends is None else resends,
            )

    def _addressed(self, mn: str, command: Command) -> tuple[Connection, DeviceProfile]:
        connection, profile = self._by_mn.get(mn), self.directory.profile(mn)
        if connection is None or profile is None:
            raise DeviceOffline(f"设备 {mn} 不在线或没有登记，命令“{command.name}”没有发出")
        return connection, profile

    async def _exchange(self, mn: str, command: Command, timeout_s: float, resends: int) -> CommandResult:
        connection, profile = self._addressed(mn, command)
        data, qn = self._encoded(connection.headers[mn], profile, command)
        exchange = Exchange(qn, command.cn, mn, command.flow, int(timeout_s * 1e6), resends)
        one = _Open(exchange)
        self.exchanges.setdefault(mn, []).append(one)
        try:
            send = exchange.start(self.clock())
            while True:
                if send:
                    self._send(mn, data)
                if exchange.finished:
                    break
                await self._moved_or_due(one)
                send = exchange.on_time(self.clock())
        finally:
            self.exchanges[mn].remove(one)
            if not self.exchanges[mn]:
                del self.exchanges[mn]
        return CommandResult(
            mn,
            command.cn,
            qn,
            exchange.state,
            exchange.explain(),
            exchange.sent,
            exchange.qn_rtn,
            exchange.exe_rtn,
            _records(exchange.frames, profile),
        )

    async def _moved_or_due(self, one: _Open) -> None:
        deadline_us = one.exchange.deadline_us
        wait_s = None if deadline_us is None else max(0.0, (deadline_us - self.clock()) / 1e6)
        try:
            await asyncio.wait_for(one.moved.wait(), wait_s)
        except TimeoutError:
            return
        one.moved.clear()

    def _send(self, mn: str, data: bytes) -> None:
        """By the connection the station uses now: it may have come back on another."""
        connection = self._by_mn.get(mn)
        if connection is not None:
            connection.write(data)

    def _encoded(self, header: Header, profile: DeviceProfile, command: Command) -> tuple[bytes, str]:
        self._last_qn_us = max(self.clock(), self._last_qn_us + 1000)
        qn = qn_of(from_us(self._last_qn_us), profile.zone)
        message = Message(
            qn=qn,
            st=header.st,
            cn=command.cn,
            pw=profile.password if profile.password is not None else header.pw,
            mn=profile.mn,
            groups=command.groups,
            edition=profile.edition or header.edition,
            answer=True,
        )
        key = profile.sm4_keys[0] if profile.sm4_keys else None
        return encode(message, key=key, style=profile.cipher_style), qn

    # ---- for people

    def snapshot(self) -> GatewaySnapshot:
        """State of the gateway at this moment. May be called from any thread."""
        connections = tuple(c.snapshot() for c in list(self._connections.values()))
        totals = self._closed.copy()
        for one in connections:
            totals.add(one.counters)
        return GatewaySnapshot(
            self.address,
            self._started_us,
            connections,
            tuple(self._unknown.values()),
            totals,
            self._accepted,
            self._refused,
            self.reader.slow_frames,
        )


def _records(frames: list[Frame], profile: DeviceProfile) -> tuple[Record, ...]:
    records = []
    for frame in frames:
        try:
            records.append(read(frame, profile.zone))
        except FrameRefused as refused:  # a later packet of a split message; its values are stored all the same
            log.debug("hj212 %s: %s", profile.mn, refused.reason)
    return tuple(records)
