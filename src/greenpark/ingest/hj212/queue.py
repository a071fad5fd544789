"""Commands that people order elsewhere: fetched from a box, sent, and their outcome put back.

The web process and the gateway process share nothing but the database, so whoever orders a command leaves it in a
:class:`CommandBox`; the gateway looks into it about once a second.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from greenpark.ingest.hj212.contracts import DeviceOffline
from greenpark.ingest.hj212.server import Hj212Server
from greenpark.kernel.periods import from_us
from greenpark.protocols.hj212 import Record
from greenpark.protocols.hj212.commands import build

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class OrderedCommand:
    """A command somebody ordered: ``fields`` as :func:`greenpark.protocols.hj212.commands.build` takes them."""

    id: int
    mn: str
    cn: str
    fields: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class CommandOutcome:
    """What became of it."""

    id: int
    ok: bool
    state: str
    """``State`` of the exchange, or ``offline``, ``invalid``, ``interrupted``."""
    message: str
    """In Chinese, for people."""
    at_us: int
    records: tuple[Record, ...] = ()
    qn_rtn: int | None = None
    exe_rtn: int | None = None
    """Codes of the station's answers (HJ 212-2017 tables 7 and 6); None when it sent none."""


class CommandBox(Protocol):
    """Where ordered commands wait. Called in a worker thread, one call at a time."""

    def take(self) -> Sequence[OrderedCommand]:
        """Commands not fetched before, oldest first; the box marks them as under way."""
        ...

    def finish(self, outcomes: Sequence[CommandOutcome]) -> None:
        """Keep the outcomes."""
        ...


class CommandRunner:
    """Carries ordered commands out: those of one station one after another, different stations side by side."""

    def __init__(self, server: Hj212Server, box: CommandBox, every_s: float = 1.0) -> None:
        self.server, self.box, self.every_s = server, box, every_s
        self._running: dict[asyncio.Task[CommandOutcome], OrderedCommand] = {}
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        self._task = asyncio.create_task(self._look_for_ever(), name="hj212 commands")

    async def stop(self) -> None:
        """Stop looking; what is under way is reported as interrupted."""
        if self._task:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        for task in self._running:
            task.cancel()
        outcomes = await asyncio.gather(*self._running, return_exceptions=True)
        ended = [
            outcome if isinstance(outcome, CommandOutcome) else self._interrupted(ordered)
            for outcome, ordered in zip(outcomes, self._running.values(), strict=True)
        ]
        self._running.clear()
        if ended:
            await asyncio.to_thread(self.box.finish, ended)

    async def _look_for_ever(self) -> None:
        while True:
            try:
                await self._look()
            except Exception:
                log.exception("hj212: the command box failed; looking again")
            await asyncio.sleep(self.every_s)

    async def _look(self) -> None:
        for ordered in await asyncio.to_thread(self.box.take):
            self._running[asyncio.create_task(self._carry_out(ordered))] = ordered
        done = [task for task in self._running if task.done()]
        if done:
            await asyncio.to_thread(self.box.finish, [task.result() for task in done])
            for task in done:
                del self._running[task]

    def _interrupted(self, ordered: OrderedCommand) -> CommandOutcome:
        message = "采集进程停止，命令结果未知，请重新下发"
        return CommandOutcome(ordered.id, False, "interrupted", message, self.server.clock())

    async def _carry_out(self, ordered: OrderedCommand) -> CommandOutcome:
        clock = self.server.clock
        profile = self.server.directory.profile(ordered.mn)
        try:
            if profile is None:
                raise DeviceOffline(f"设备 {ordered.mn} 没有登记")
            command = build(ordered.cn, ordered.fields, from_us(clock()), profile.zone)
            result = await self.server.send_command(ordered.mn, command)
        except DeviceOffline as problem:
            return CommandOutcome(ordered.id, False, "offline", str(problem), clock())
        except ValueError as problem:  # BadCommand, CannotEncode
            return CommandOutcome(ordered.id, False, "invalid", str(problem), clock())
        return CommandOutcome(
            ordered.id,
            result.ok,
            result.state,
            result.message,
            clock(),
            result.records,
            result.qn_rtn,
            result.exe_rtn,
        )
