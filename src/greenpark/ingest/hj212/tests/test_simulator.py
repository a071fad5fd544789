"""The simulated station against the gateway: windows, resends, faults."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from greenpark.ingest.hj212 import Faults, Settings, Station, StationSettings, record_items
from greenpark.ingest.hj212.simulator import SeriesRecord
from greenpark.ingest.hj212.tests.harness import MN, House, house
from greenpark.protocols.hj212 import Edition

AT = datetime(2026, 3, 1, tzinfo=UTC)


def series(count: int) -> list[SeriesRecord]:
    return [(AT + timedelta(hours=i), record_items({"a21026-Avg": float(i), "a34013-Avg": 3.0})) for i in range(count)]


def stored(h: House) -> list[float]:
    """Values of the first item, by time."""
    return [v for _, v in sorted({(d.times[0], d.values[0]) for d in h.sink.deliveries if d.values})]


@pytest.mark.parametrize("edition", list(Edition))
@pytest.mark.parametrize("window", [1, 64])
def test_a_backfill_arrives_whole(edition: Edition, window: int) -> None:
    async def run() -> None:
        async with house() as h, Station(StationSettings(MN, edition=edition)) as one:
            await one.connect("127.0.0.1", h.port)
            result = await one.upload(series(300), "2061", window=window)
            await h.until(lambda: len(h.sink.deliveries) == 300)
            assert stored(h) == [float(i) for i in range(300)]
            assert result.acknowledged == (0 if edition is Edition.E2005 else 300)
            assert (result.resent, result.given_up) == (0, 0)

    asyncio.run(run())


@pytest.mark.parametrize(
    "faults",
    [
        Faults(bad_crc=0.3),
        Faults(duplicate=0.3),
        Faults(garbage=0.5),
        Faults(truncate=0.2),
        Faults(chunk=3),
        Faults(split_at=60),
        Faults(bad_crc=0.2, duplicate=0.2, garbage=0.2, truncate=0.1, chunk=50),
    ],
    ids=["crc", "duplicate", "garbage", "truncate", "chunk", "split", "all"],
)
def test_a_line_with_faults_loses_nothing(faults: Faults) -> None:
    async def run() -> None:
        settings = StationSettings(MN, timeout_s=0.08, resends=30)
        async with house(Settings(max_rejects_per_minute=10_000)) as h, Station(settings, faults=faults) as one:
            await one.connect("127.0.0.1", h.port)
            result = await one.upload(series(60), "2061", window=16)
            assert result.given_up == 0
            assert stored(h) == [float(i) for i in range(60)] or faults.split_at
            values = [v for d in h.sink.deliveries for v in d.values]
            assert len(values) == 120
            if faults.bad_crc or faults.truncate:
                assert result.resent
                assert h.codes()

    asyncio.run(run())


def test_a_skewed_clock_shows_in_the_times() -> None:
    async def run() -> None:
        faults = Faults(clock_skew=timedelta(minutes=7))
        async with house() as h, Station(StationSettings(MN), faults=faults) as one:
            await one.connect("127.0.0.1", h.port)
            await one.upload(series(1), "2061")
            assert h.sink.deliveries[0].times[0] == int((AT + timedelta(minutes=7)).timestamp()) * 1_000_000

    asyncio.run(run())


def test_a_centre_that_hangs_up_is_told_apart_from_a_slow_one() -> None:
    async def run() -> None:
        async with house() as h, Station(StationSettings(MN)) as one:
            await one.connect("127.0.0.1", h.port)
            await one.upload(series(1), "2061")
            for connection in list(h.server._connections.values()):
                connection.abort()
            with pytest.raises(ConnectionError):
                await one.upload(series(3), "2061")

    asyncio.run(run())


def test_live_data_follow_the_interval_and_the_stop_command() -> None:
    async def run() -> None:
        async with house() as h, Station(StationSettings(MN)) as one:
            await one.connect("127.0.0.1", h.port)
            one.rtd_interval_s = 0
            live = asyncio.create_task(one.live(lambda at: record_items({"a21026-Rtd": 1.0})))
            await h.until(lambda: len(h.sink.deliveries) >= 3)
            assert h.sink.deliveries[0].keys == [("hj212", MN, "2011", "a21026-Rtd")]
            live.cancel()
            await asyncio.gather(live, return_exceptions=True)

    asyncio.run(run())
