"""Ordered commands: from the box to the station and back."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from greenpark.ingest.hj212 import CommandOutcome, CommandRunner, OrderedCommand, Station, StationSettings, record_items
from greenpark.ingest.hj212.tests.harness import MN, house

AT = datetime(2026, 3, 1, tzinfo=UTC)


@dataclass
class Box:
    waiting: list[OrderedCommand] = field(default_factory=list)
    outcomes: dict[int, CommandOutcome] = field(default_factory=dict)

    def take(self) -> Sequence[OrderedCommand]:
        taken, self.waiting = self.waiting, []
        return taken

    def finish(self, outcomes: Sequence[CommandOutcome]) -> None:
        self.outcomes |= {o.id: o for o in outcomes}


def test_commands_are_carried_out_in_order_and_reported() -> None:
    async def run() -> None:
        box, history = Box(), {"2061": [(AT, record_items({"a-Avg": 1.0}))]}
        async with house() as h, Station(StationSettings(MN, st="32"), history) as one:
            await one.connect("127.0.0.1", h.port)
            await one.upload([(AT, record_items({"a-Avg": 1.0}))], "2061")
            runner = CommandRunner(h.server, box, every_s=0.01)
            await runner.start()
            box.waiting = [
                OrderedCommand(1, MN, "1062", {"seconds": "45"}),
                OrderedCommand(2, MN, "1061", {}),
                OrderedCommand(3, MN, "2061", {"begin": "2026-03-01T08:00", "end": "2026-03-01T09:00:00+08:00"}),
                OrderedCommand(4, MN, "1062", {"seconds": "5"}),
                OrderedCommand(5, MN, "9014", {}),
                OrderedCommand(6, MN, "2061", {"begin": "yesterday", "end": ""}),
                OrderedCommand(7, "NOBODY", "1011", {}),
                OrderedCommand(8, MN, "1011", {"wrong": "1"}),
            ]
            await h.until(lambda: len(box.outcomes) == 8)
            await runner.stop()
            assert [box.outcomes[i].state for i in range(1, 9)] == [
                *("done", "done", "done", "invalid", "invalid", "invalid", "offline", "invalid")
            ]
            assert box.outcomes[2].records[0].get("RtdInterval") == 45  # type: ignore[union-attr]
            assert len(box.outcomes[3].records) == 1
            assert "30 到 3600" in box.outcomes[4].message
            assert "可用" in box.outcomes[8].message

    asyncio.run(run())


def test_a_stop_reports_what_was_under_way() -> None:
    async def run() -> None:
        box = Box()
        async with house() as h, Station(StationSettings(MN, st="32"), answers_commands=False) as one:
            await one.connect("127.0.0.1", h.port)
            await one.upload([(AT, record_items({"a-Avg": 1.0}))], "2061")
            runner = CommandRunner(h.server, box, every_s=0.01)
            await runner.start()
            box.waiting = [OrderedCommand(1, MN, "1011", {})]
            await h.until(lambda: one.received == ["1011"])
            await runner.stop()
            assert box.outcomes[1].state == "interrupted"

    asyncio.run(run())
