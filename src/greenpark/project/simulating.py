"""``greenpark simulate``: one HJ 212 station with invented values, to try a line or a configuration."""

from __future__ import annotations

import asyncio
import math
from datetime import UTC, datetime

from greenpark.ingest.hj212.simulator import Faults, SeriesRecord, Station, StationSettings, UploadResult, record_items
from greenpark.protocols.hj212 import Edition

#: 2005 sends neither QN nor Flag; the names on the command line are years.
EDITIONS = {"2005": Edition.E2005, "2017": Edition.E2017, "2025": Edition.E2025}


def values(factors: list[str], at: datetime) -> SeriesRecord:
    """An invented record: a sine of ten minutes around 20, a different phase for each factor."""
    phase = at.timestamp() / 600 * 2 * math.pi
    wave = {f"{factor}-Rtd": 20 + 5 * math.sin(phase + i) for i, factor in enumerate(factors)}
    return at, record_items(wave)


async def station(
    host: str, port: int, mn: str, factors: list[str], *, every_s: float, count: int, edition: str, bad_crc: float
) -> UploadResult:
    """Send ``count`` real-time records (0: for ever), one every ``every_s``. Raises OSError, KeyError (edition)."""
    settings = StationSettings(mn, edition=EDITIONS[edition])
    async with Station(settings, faults=Faults(bad_crc=bad_crc)) as device:
        await device.connect(host, port)
        sent = 0
        while not count or sent < count:
            if sent:
                await asyncio.sleep(every_s)
            await device.upload([values(factors, datetime.now(UTC).replace(microsecond=0))], "2011")
            sent += 1
        return device.result
