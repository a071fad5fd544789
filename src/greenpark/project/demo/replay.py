"""Sends the demo's recordings through the real gateways: HJ 212 over TCP, MQTT through a broker, HTTP batches.

First the past, as fast as the gateways take it, then the present as it comes. It speaks only the protocols; it knows
neither the store nor the registry.
"""

from __future__ import annotations

import asyncio
import json
import logging
import math
import urllib.request
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion

from greenpark.ingest.hj212.simulator import Faults, Station, StationSettings, record_items
from greenpark.kernel.periods import from_us, to_us
from greenpark.project.demo import feeds, pack
from greenpark.project.demo.feeds import SECOND_US, Hj212Feed, HttpFeed
from greenpark.project.demo.series import HOUR_US
from greenpark.protocols.hj212 import CrcVariant

log = logging.getLogger(__name__)

#: Seconds between live readings of meters, and between live records of stations.
METER_EVERY_S, STATION_EVERY_S = 5, 10
#: Readings of the past between two live ones [s]; the last stretch is filled at this step, so that the curve is whole.
_WINDOW = 200


@dataclass(frozen=True, slots=True)
class Targets:
    """Where the gateways listen."""

    hj212: tuple[str, int]
    mqtt: tuple[str, int]
    http: str
    """Base address of the web, ending in /."""
    token: str


@dataclass(frozen=True, slots=True)
class Span:
    start_us: int
    end_us: int


def now_us() -> int:
    return to_us(datetime.now(UTC))


class Replay:
    """One run of the demo's devices."""

    def __init__(self, folder: Path, targets: Targets) -> None:
        self.targets = targets
        sources = feeds.sources(folder, pack.points(folder))
        self.stations = feeds.hj212_feeds(sources)
        self.meters = feeds.mqtt_feeds(sources)
        self.http = feeds.http_feed(sources)

    async def past(self, span: Span) -> None:
        """Send everything of the span; returns when all of it is acknowledged."""
        await asyncio.gather(
            *(self._station_past(feed, span) for feed in self.stations),
            asyncio.to_thread(self._meters_past, span),
            asyncio.to_thread(self._http_past, span),
        )

    async def live(self, since_us: int) -> None:
        """Send the present until cancelled; intervals that ended since ``since_us`` come first."""
        await asyncio.gather(
            *(self._station_live(feed, since_us) for feed in self.stations),
            self._meters_live(),
            self._http_live(since_us),
        )

    async def misbehave(self) -> None:
        """A few frames as bad devices send them, so that the list of refused data shows what it is for: a wrong check
        value, the byte-swapped MODBUS one that many loggers compute, and a station that nobody registered."""
        kinds = (
            (self.stations[0].mn, CrcVariant.STANDARD, Faults(bad_crc=1.0)),
            (self.stations[0].mn, CrcVariant.MODBUS_SWAPPED, Faults()),
            ("DE00000000000000000000FF", CrcVariant.STANDARD, Faults()),
        )
        at = from_us(now_us() // HOUR_US * HOUR_US)
        for mn, crc, faults in kinds:
            settings = StationSettings(mn, crc=crc, timeout_s=0.5, resends=0)
            async with Station(settings, faults=faults) as station:
                await station.connect(*self.targets.hj212)
                await station.upload([(at, record_items({"a21002-Rtd": 61.2}))], "2011")

    # ---- HJ 212

    def _station(self, feed: Hj212Feed) -> Station:
        return Station(StationSettings(feed.mn, st="31" if "B01" in feed.mn else "22", window=_WINDOW, timeout_s=30))

    async def _station_past(self, feed: Hj212Feed, span: Span) -> None:
        async with self._station(feed) as station:
            await station.connect(*self.targets.hj212)
            result = await station.upload(feed.hours(span.start_us, span.end_us), "2061")
        if result.given_up:
            raise ConnectionError(f"{feed.mn}: {result.given_up} frames were not acknowledged")

    async def _station_live(self, feed: Hj212Feed, since_us: int) -> None:
        sent_until = since_us
        while True:
            try:
                async with self._station(feed) as station:
                    await station.connect(*self.targets.hj212)
                    while True:
                        moment = now_us()
                        await station.upload(feed.hours(sent_until, moment), "2061")
                        sent_until = moment - moment % HOUR_US
                        if record := feed.now(from_us(moment - moment % SECOND_US), moment):
                            await station.upload([record], "2011")
                        await asyncio.sleep(STATION_EVERY_S)
            except OSError:
                log.warning("station %s lost its line; tries again", feed.mn)
                await asyncio.sleep(2)

    # ---- MQTT

    def _client(self, name: str) -> paho.Client:
        client = paho.Client(CallbackAPIVersion.VERSION2, client_id=f"demo-{name}")
        client.max_inflight_messages_set(100)
        client.connect(*self.targets.mqtt)
        client.loop_start()
        return client

    def _meters_past(self, span: Span) -> None:
        client = self._client("past")
        try:
            for feed in self.meters:
                sent = [client.publish(feed.topic, json.dumps(m), qos=1) for m in feed.past(span.start_us, span.end_us)]
                for message in sent:
                    message.wait_for_publish(60)
        finally:
            client.disconnect()
            client.loop_stop()

    async def _meters_live(self) -> None:
        client = await asyncio.to_thread(self._client, "live")
        try:
            while True:
                moment = now_us()
                for feed in self.meters:
                    client.publish(feed.topic, json.dumps(feed.reading(moment - moment % SECOND_US)), qos=1)
                await asyncio.sleep(METER_EVERY_S)
        finally:
            client.disconnect()
            client.loop_stop()

    # ---- HTTP

    def _post(self, items: list[dict[str, Any]]) -> None:
        request = urllib.request.Request(
            f"{self.targets.http}api/v1/telemetry/readings",
            data=json.dumps({"readings": items}).encode(),
            headers={"Authorization": f"Bearer {self.targets.token}", "Content-Type": "application/json"},
            method="POST",
        )
        with urllib.request.urlopen(request, timeout=60) as answer:
            json.load(answer)

    def _http_past(self, span: Span) -> None:
        for batch in self.http.past(span.start_us, span.end_us):
            self._post(batch)

    async def _http_live(self, since_us: int) -> None:
        sent_until = {source.point.code: since_us for source in self.http.sources}
        while True:
            moment = now_us()
            items = list(_new_items(self.http, sent_until, moment))
            if items:
                try:
                    await asyncio.to_thread(self._post, items)
                except OSError:
                    log.warning("HTTP batch of %d items failed; tries again", len(items))
                    await asyncio.sleep(5)
                    continue
                for source in self.http.sources:
                    sent_until[source.point.code] = moment - (moment - source.recording.origin_us) % (
                        source.recording.step_us
                    )
            await asyncio.sleep(STATION_EVERY_S)


def _new_items(feed: HttpFeed, sent_until: dict[str, int], moment_us: int) -> Iterable[dict[str, Any]]:
    """Items of the intervals that ended since each point was sent last."""
    for source in feed.sources:
        for start in source.recording.starts(sent_until[source.point.code], moment_us):
            value = source.value(start)
            if not math.isnan(value):
                yield dict(feed.item(source, start, value))
