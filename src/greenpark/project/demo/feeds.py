"""What each demo device would send, and when: messages made from the recordings, without any connection.

A feed turns a span of time into the messages of its devices; `replay` sends them, first the past as fast as the
gateways take it, then the present as it comes.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from greenpark.ingest.hj212.simulator import SeriesRecord, record_items
from greenpark.kernel.periods import from_us
from greenpark.project.demo.pack import DemoPoint
from greenpark.project.demo.series import RECORDINGS, WEEK_US, Recording

#: Registers of the demo counted from this moment on [UTC µs], 2025-01-01 in the park's zone; any moment would do.
REGISTERS_SINCE_US = 1_735_660_800_000_000
SECOND_US = 1_000_000


@dataclass(frozen=True, slots=True)
class Source:
    """A demo point with its recording, shifted by whole weeks so that no two enterprises look alike."""

    point: DemoPoint
    recording: Recording

    def value(self, moment_us: int) -> float:
        """Value of the interval that covers the moment, in the point's unit; NaN when the recording has none."""
        return self.recording.value(self.point.column, moment_us) * self.point.scale

    def register(self, moment_us: int) -> float:
        """What the meter shows, to two decimals as a display would."""
        counted = self.recording.register(self.point.column, moment_us, REGISTERS_SINCE_US)
        return round(counted * self.point.scale, 2)


def sources(folder: Path, points: Sequence[DemoPoint]) -> list[Source]:
    """Every point with its recording."""
    loaded = {name: load(folder) for name, load in RECORDINGS.items()}

    def shifted(point: DemoPoint) -> Recording:
        recording = loaded[point.recording]
        if not point.offset_weeks:
            return recording
        return replace(recording, origin_us=recording.origin_us + point.offset_weeks * WEEK_US)

    return [Source(point, shifted(point)) for point in points]


def _by(sources: Sequence[Source], gateway: str, part: int) -> dict[str, list[Source]]:
    """Sources of a gateway by one element of their binding: the MN or the topic."""
    grouped: dict[str, list[Source]] = {}
    for source in sources:
        if source.point.gateway == gateway:
            grouped.setdefault(source.point.binding[part], []).append(source)
    return grouped


@dataclass(frozen=True, slots=True)
class Hj212Feed:
    """One station: hour records (2061) and real-time records (2011)."""

    mn: str
    sources: tuple[Source, ...]

    def hours(self, start_us: int, end_us: int) -> Iterator[SeriesRecord]:
        """Records of the whole hours in the span; a factor without a value is left out, as a station does."""
        hourly = [s for s in self.sources if s.point.binding[2] == "2061"]
        for moment in hourly[0].recording.starts(start_us, end_us) if hourly else ():
            values = {s.point.binding[3]: s.value(moment) for s in hourly}
            known = {name: value for name, value in values.items() if not math.isnan(value)}
            if known:
                yield from_us(moment), record_items(known)

    def now(self, at: datetime, moment_us: int) -> SeriesRecord | None:
        """The present real-time record: the recording's value of this hour, held."""
        momentary = [s for s in self.sources if s.point.binding[2] == "2011"]
        values = {s.point.binding[3]: s.value(moment_us) for s in momentary}
        known = {name: value for name, value in values.items() if not math.isnan(value)}
        return (at, record_items(known)) if known else None


def hj212_feeds(sources: Sequence[Source]) -> list[Hj212Feed]:
    return [Hj212Feed(mn, tuple(group)) for mn, group in _by(sources, "hj212", 1).items()]


@dataclass(frozen=True, slots=True)
class MqttFeed:
    """One meter: registers, ``{"t": …, "v": {…}}``, several moments in one message when it catches up."""

    topic: str
    sources: tuple[Source, ...]

    def reading(self, moment_us: int) -> dict[str, Any]:
        values = {s.point.binding[2].removeprefix("v."): s.register(moment_us) for s in self.sources}
        return {"t": from_us(moment_us).isoformat(), "v": values}

    def past(self, start_us: int, end_us: int, per_message: int = 96) -> Iterator[list[dict[str, Any]]]:
        """Readings at each quarter of an hour of the span, in messages of a day."""
        step = self.sources[0].point.interval_s * SECOND_US
        moments = range(start_us + -start_us % step, end_us + 1, step)
        for at in range(0, len(moments), per_message):
            yield [self.reading(moment) for moment in moments[at : at + per_message]]


def mqtt_feeds(sources: Sequence[Source]) -> list[MqttFeed]:
    return [MqttFeed(topic, tuple(group)) for topic, group in _by(sources, "mqtt", 1).items()]


@dataclass(frozen=True, slots=True)
class HttpFeed:
    """Everything that posts JSON batches."""

    sources: tuple[Source, ...]

    def past(self, start_us: int, end_us: int, per_batch: int = 2000) -> Iterator[list[dict[str, Any]]]:
        """Items for the whole intervals in the span, in batches."""
        batch: list[dict[str, Any]] = []
        for source in self.sources:
            for moment in source.recording.starts(start_us, end_us):
                value = source.value(moment)
                if math.isnan(value):
                    continue
                batch.append(self.item(source, moment, value))
                if len(batch) == per_batch:
                    yield batch
                    batch = []
        if batch:
            yield batch

    @staticmethod
    def item(source: Source, moment_us: int, value: float) -> Mapping[str, Any]:
        return {
            "key": source.point.binding[1],
            "time": from_us(moment_us).isoformat(),
            "value": round(value, 3),
            "unit": source.point.unit,
        }


def http_feed(sources: Sequence[Source]) -> HttpFeed:
    return HttpFeed(tuple(s for s in sources if s.point.gateway == "http"))
