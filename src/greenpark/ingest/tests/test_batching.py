"""The submitter: one commit for many, answers after the commit, nothing lost on stop, back-pressure."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Sequence

import pytest

from greenpark.ingest.batching import Submitter, SubmitterStopped
from greenpark.ingest.sink import Delivery, Receipt, RejectedFrame


def delivery(*values: float, device: str = "d") -> Delivery:
    n = len(values)
    return Delivery("test", "peer", device, 0, b"raw", [("http", "x")] * n, [0] * n, list(values), [0] * n)


class Recorder:
    """A sink that can be held, and that fails on request."""

    def __init__(self) -> None:
        self.calls: list[list[Delivery]] = []
        self.rejected: list[RejectedFrame] = []
        self.open = threading.Event()
        self.open.set()
        self.entered = threading.Event()
        self.fail_with: Exception | None = None
        self.poison: float | None = None

    def accept(self, deliveries: Sequence[Delivery]) -> list[Receipt]:
        self.entered.set()
        self.open.wait(10)
        if self.fail_with:
            raise self.fail_with
        if self.poison is not None and any(self.poison in d.values for d in deliveries):
            raise ValueError("poison")
        self.calls.append(list(deliveries))
        return [Receipt(len(self.calls), len(d.values)) for d in deliveries]

    def reject(self, rejected: Sequence[RejectedFrame]) -> None:
        self.rejected.extend(rejected)


def test_what_arrives_during_a_commit_goes_into_the_next_one() -> None:
    async def run() -> None:
        sink = Recorder()
        async with Submitter(sink) as submitter:
            sink.open.clear()
            first = asyncio.create_task(submitter.submit(delivery(1.0)))
            assert await asyncio.to_thread(sink.entered.wait, 10)
            others = [asyncio.create_task(submitter.submit(delivery(float(i)))) for i in range(50)]
            await asyncio.sleep(0)
            assert not any(t.done() for t in [first, *others])
            sink.open.set()
            receipts = await asyncio.gather(first, *others)
        assert [r.accepted for r in receipts] == [1] * 51
        assert len(sink.calls) == 2
        assert len(sink.calls[1]) == 50

    asyncio.run(run())


def test_a_group_never_grows_beyond_its_limit_except_for_one_big_delivery() -> None:
    async def run() -> None:
        sink = Recorder()
        async with Submitter(sink, max_observations=10) as submitter:
            sizes = [3, 3, 3, 3, 25, 1]
            await asyncio.gather(*(submitter.submit(delivery(*range(n))) for n in sizes))
        assert [sum(len(d.values) for d in call) for call in sink.calls] == [9, 3, 25, 1]

    asyncio.run(run())


def test_back_pressure_waits_and_lets_through_in_order() -> None:
    async def run() -> None:
        sink = Recorder()
        async with Submitter(sink, queue_observations=10) as submitter:
            sink.open.clear()
            done: list[int] = []

            async def send(i: int) -> None:
                await submitter.submit(delivery(*range(5), device=str(i)))
                done.append(i)

            tasks = [asyncio.create_task(send(i)) for i in range(8)]
            assert await asyncio.to_thread(sink.entered.wait, 10)
            assert submitter.queued == 10
            tasks[3].cancel()
            sink.open.set()
            await asyncio.gather(*tasks, return_exceptions=True)
        assert done == [0, 1, 2, 4, 5, 6, 7]
        assert submitter.queued == 0

    asyncio.run(run())


def test_one_poisoned_delivery_does_not_take_its_neighbours() -> None:
    async def run() -> None:
        sink = Recorder()
        sink.poison = 666.0
        async with Submitter(sink) as submitter:
            answers = await asyncio.gather(
                *(submitter.submit(delivery(v)) for v in (1.0, 666.0, 2.0)), return_exceptions=True
            )
        assert isinstance(answers[1], ValueError)
        assert isinstance(answers[0], Receipt)
        assert isinstance(answers[2], Receipt)
        assert submitter.counters.failed_groups == 1

    asyncio.run(run())


def test_a_broken_store_fails_all_at_once_and_recovers() -> None:
    async def run() -> None:
        sink = Recorder()
        sink.fail_with = OSError("disk full")
        async with Submitter(sink) as submitter:
            answers = await asyncio.gather(*(submitter.submit(delivery(1.0)) for _ in range(5)), return_exceptions=True)
            assert all(isinstance(a, OSError) for a in answers)
            assert not sink.calls
            sink.fail_with = None
            assert (await submitter.submit(delivery(1.0))).accepted == 1
        assert "disk full" in submitter.counters.last_error

    asyncio.run(run())


def test_stop_writes_what_was_submitted_and_refuses_the_rest() -> None:
    async def run() -> None:
        sink = Recorder()
        submitter = Submitter(sink, queue_observations=4)
        await submitter.start()
        sink.open.clear()
        tasks = [asyncio.create_task(submitter.submit(delivery(1.0, 2.0))) for _ in range(4)]
        assert await asyncio.to_thread(sink.entered.wait, 10)
        submitter.reject(RejectedFrame("hj212", "p", "", 0, b"##", "bad_crc", "CRC 不符"))
        sink.open.set()
        stop = asyncio.create_task(submitter.stop())
        answers = await asyncio.gather(*tasks, return_exceptions=True)
        await stop
        stored = sum(len(call) for call in sink.calls)
        assert stored == sum(isinstance(a, Receipt) for a in answers)
        assert all(isinstance(a, Receipt | SubmitterStopped) for a in answers)
        assert len(sink.rejected) == 1
        with pytest.raises(SubmitterStopped):
            await submitter.submit(delivery(1.0))

    asyncio.run(run())


def test_rejected_frames_beyond_the_cap_are_counted_not_kept() -> None:
    async def run() -> None:
        sink = Recorder()
        async with Submitter(sink, keep_rejected=3) as submitter:
            sink.open.clear()
            hold = asyncio.create_task(submitter.submit(delivery(1.0)))
            assert await asyncio.to_thread(sink.entered.wait, 10)
            for _ in range(5):
                submitter.reject(RejectedFrame("hj212", "p", "", 0, b"##", "bad_crc", "CRC 不符"))
            sink.open.set()
            await hold
        assert len(sink.rejected) == 3
        assert submitter.counters.rejected_dropped == 2

    asyncio.run(run())
