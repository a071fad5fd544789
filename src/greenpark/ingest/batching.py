"""Group commit: many deliveries from asyncio gateways become one call of the sink, and so one commit.

A commit costs about the same for one reading as for ten thousand. The :class:`Submitter` collects what arrives while
the previous commit is still being written (or for a few milliseconds), writes it in one thread, and only then lets the
gateways acknowledge.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from time import perf_counter

from greenpark.ingest.sink import Delivery, Receipt, RejectedFrame, Sink

log = logging.getLogger(__name__)

#: Errors that come from the content of one delivery. Everything else is taken as trouble of the store itself.
CONTENT_ERRORS = (ValueError, TypeError, KeyError, IndexError, OverflowError)


class SubmitterStopped(RuntimeError):
    """The gateway is shutting down; the delivery was not stored and must not be acknowledged."""


@dataclass(slots=True)
class Counters:
    """What has gone through, for the status page. Only the writer thread changes it."""

    groups: int = 0
    deliveries: int = 0
    accepted: int = 0
    refused: int = 0
    rejected_frames: int = 0
    rejected_dropped: int = 0
    failed_groups: int = 0
    last_error: str = ""
    last_commit_s: float = 0.0


@dataclass(slots=True, eq=False)
class _Submission:
    deliveries: Sequence[Delivery]
    weight: int
    future: asyncio.Future[list[Receipt]]


@dataclass(slots=True)
class _Outcome:
    submission: _Submission
    receipts: list[Receipt] | None
    error: BaseException | None = None


@dataclass(slots=True, eq=False)
class Submitter:
    """The asyncio side of a sink. Start it inside a running loop; ``await stop()`` drains what was submitted.

    sink               called from one writer thread only
    max_observations   a group is written as soon as it holds this many observations
    max_delay_s        longest time an observation waits for company [s]
    queue_observations back-pressure: ``submit`` waits while this many observations are queued or being written
    keep_rejected      rejected frames kept in memory until the writer stores them; more are counted and dropped
    """

    sink: Sink
    max_observations: int = 20_000
    max_delay_s: float = 0.002
    queue_observations: int = 100_000
    keep_rejected: int = 5_000
    counters: Counters = field(default_factory=Counters)
    _waiting: deque[_Submission] = field(default_factory=deque)
    _rejected: list[RejectedFrame] = field(default_factory=list)
    _queued: int = 0
    _unwritten: int = 0
    _condition: threading.Condition = field(default_factory=threading.Condition)
    _room: deque[tuple[asyncio.Future[None], int]] = field(default_factory=deque)
    _thread: threading.Thread | None = None
    _stopping: bool = False
    _loop: asyncio.AbstractEventLoop | None = None

    async def start(self) -> None:
        """Start the writer thread. Raises RuntimeError when already started."""
        if self._thread is not None:
            raise RuntimeError("the submitter is already running")
        self._loop = asyncio.get_running_loop()
        self._thread = threading.Thread(target=self._write_for_ever, name="ingest-writer", daemon=True)
        self._thread.start()

    async def __aenter__(self) -> Submitter:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    @property
    def queued(self) -> int:
        """Observations queued or being written."""
        return self._queued

    async def submit(self, delivery: Delivery) -> Receipt:
        """Store one delivery; when this returns, what was accepted is on disk. Raises what the sink raised (then
        nothing of it is stored), or SubmitterStopped."""
        return (await self.submit_many([delivery]))[0]

    async def submit_many(self, deliveries: Sequence[Delivery]) -> list[Receipt]:
        """Like :meth:`submit` for several; they are written in the same commit. Receipts in order."""
        if not deliveries:
            return []
        # A frame without observations still costs a row, so it weighs one.
        weight = sum(max(1, len(d.values)) for d in deliveries)
        if self._room or self._queued >= self.queue_observations:
            await self._wait_for_room(weight)
        else:
            self._queued += weight
        return await self._enqueue(deliveries, weight)

    def _enqueue(self, deliveries: Sequence[Delivery], weight: int) -> asyncio.Future[list[Receipt]]:
        if self._stopping or self._loop is None:
            self._queued -= weight
            raise SubmitterStopped("采集进程正在停止，数据未入库，请稍后重发")
        future: asyncio.Future[list[Receipt]] = self._loop.create_future()
        with self._condition:
            self._waiting.append(_Submission(deliveries, weight, future))
            self._unwritten += weight
            # The writer sleeps only on an empty queue or while it waits for company.
            if len(self._waiting) == 1 or self._unwritten >= self.max_observations:
                self._condition.notify()
        return future

    async def _wait_for_room(self, weight: int) -> None:
        """First come, first served. Whoever wakes the waiter has already counted its weight."""
        waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._room.append((waiter, weight))
        try:
            await waiter
        except asyncio.CancelledError:
            if waiter.done() and not waiter.cancelled():
                self._queued -= weight
                self._give_room()
            raise

    def _give_room(self) -> None:
        while self._room and (self._queued < self.queue_observations or self._stopping):
            waiter, weight = self._room.popleft()
            if not waiter.done():
                self._queued += weight
                waiter.set_result(None)

    def reject(self, rejected: RejectedFrame) -> None:
        """Keep an unreadable frame for people. Never waits; written with the next group. Any thread."""
        with self._condition:
            if len(self._rejected) >= self.keep_rejected:
                self.counters.rejected_dropped += 1
                return
            self._rejected.append(rejected)
            self._condition.notify()

    async def stop(self) -> None:
        """Refuse new deliveries, write everything submitted so far, then return."""
        with self._condition:
            self._stopping = True
            self._condition.notify()
        self._give_room()
        if self._thread is not None:
            await asyncio.to_thread(self._thread.join)
            await asyncio.sleep(0)  # the last outcomes were handed to this loop just before

    # ---- writer thread

    def _write_for_ever(self) -> None:
        while True:
            group, rejected, stopping = self._next_group()
            if rejected:
                self._write_rejected(rejected)
            if group:
                self._hand_back(self._write(group))
            if stopping and not group and not rejected:
                return

    def _next_group(self) -> tuple[list[_Submission], list[RejectedFrame], bool]:
        with self._condition:
            while not self._waiting and not self._rejected and not self._stopping:
                self._condition.wait()
            if self._waiting and self._unwritten < self.max_observations and not self._stopping:
                self._condition.wait_for(
                    lambda: self._unwritten >= self.max_observations or self._stopping, self.max_delay_s
                )
            group: list[_Submission] = []
            size = 0
            while self._waiting and (not group or size + self._waiting[0].weight <= self.max_observations):
                submission = self._waiting.popleft()
                size += submission.weight
                group.append(submission)
            self._unwritten -= size
            rejected, self._rejected = self._rejected, []
            return group, rejected, self._stopping

    def _write(self, group: list[_Submission]) -> list[_Outcome]:
        began = perf_counter()
        deliveries = [d for submission in group for d in submission.deliveries]
        try:
            receipts = self.sink.accept(deliveries)
        except Exception as error:  # noqa: BLE001 - every error goes back to the gateways that wait for an answer
            return self._after_failure(group, error)
        counters = self.counters
        counters.groups += 1
        counters.deliveries += len(deliveries)
        counters.last_commit_s = perf_counter() - began
        outcomes, at = [], 0
        for submission in group:
            part = receipts[at : at + len(submission.deliveries)]
            at += len(submission.deliveries)
            outcomes.append(_Outcome(submission, part))
        counters.accepted += sum(r.accepted for r in receipts)
        counters.refused += sum(len(r.refused) for r in receipts)
        return outcomes

    def _after_failure(self, group: list[_Submission], error: Exception) -> list[_Outcome]:
        """One broken delivery must not take its neighbours with it; a broken store fails them all at once."""
        if len(group) > 1 and isinstance(error, CONTENT_ERRORS):
            log.warning("a group of %d submissions failed (%s); writing them one by one", len(group), error)
            return [outcome for submission in group for outcome in self._write([submission])]
        self.counters.failed_groups += 1
        self.counters.last_error = f"{type(error).__name__}: {error}"
        log.error("nothing stored of %d submissions: %s", len(group), self.counters.last_error)
        return [_Outcome(submission, None, error) for submission in group]

    def _write_rejected(self, rejected: list[RejectedFrame]) -> None:
        try:
            self.sink.reject(rejected)
            self.counters.rejected_frames += len(rejected)
        except Exception as error:
            self.counters.rejected_dropped += len(rejected)
            self.counters.last_error = f"{type(error).__name__}: {error}"
            log.exception("%d rejected frames could not be listed", len(rejected))

    def _hand_back(self, outcomes: list[_Outcome]) -> None:
        assert self._loop is not None
        try:
            self._loop.call_soon_threadsafe(self._resolve, outcomes)
        except RuntimeError:  # the loop is closed and its gateways are gone; the readings are stored all the same
            log.warning("%d answers had nobody waiting", len(outcomes))

    # ---- back in the loop

    def _resolve(self, outcomes: list[_Outcome]) -> None:
        for outcome in outcomes:
            self._queued -= outcome.submission.weight
            future = outcome.submission.future
            if future.done():  # the device hung up meanwhile
                continue
            if outcome.error is not None:
                future.set_exception(outcome.error)
            else:
                future.set_result(outcome.receipts or [])
        self._give_room()
