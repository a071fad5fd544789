"""Half-open periods of time, cut in the park's zone. Stored and passed as UTC."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

#: The zone in which days and months are cut. China has had no daylight saving since 1991; imported data may.
PARK_ZONE = ZoneInfo("Asia/Shanghai")

_MONTH = re.compile(r"(\d{4})-(0[1-9]|1[0-2])")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class NotAPeriod(ValueError):
    """The text does not name a month such as 2026-10."""


def to_us(moment: datetime) -> int:
    """UTC microseconds since 1970 of an aware datetime. Raises ValueError for a naive one."""
    if moment.tzinfo is None:
        raise ValueError(f"{moment!r} has no time zone")
    delta = moment - _EPOCH
    return (delta.days * 86_400 + delta.seconds) * 1_000_000 + delta.microseconds


def from_us(us: int) -> datetime:
    """Aware UTC datetime of microseconds since 1970."""
    return _EPOCH + timedelta(microseconds=us)


def day_start_us(day: date, zone: ZoneInfo = PARK_ZONE) -> int:
    """Start of a local day [UTC µs]."""
    return to_us(datetime(day.year, day.month, day.day, tzinfo=zone))


def local_day(us: int, zone: ZoneInfo = PARK_ZONE) -> date:
    """The local day to which a moment belongs."""
    return from_us(us).astimezone(zone).date()


@dataclass(frozen=True, slots=True, order=True)
class Month:
    """A calendar month in the park's zone, written 2026-10."""

    year: int
    month: int

    @classmethod
    def parse(cls, text: str) -> Month:
        """From ``2026-10``. Raises NotAPeriod."""
        match = _MONTH.fullmatch(text)
        if not match:
            raise NotAPeriod(f"月份应写作 2026-10 的形式，现为 {text!r}")
        return cls(int(match[1]), int(match[2]))

    @classmethod
    def of(cls, day: date) -> Month:
        return cls(day.year, day.month)

    def __str__(self) -> str:
        return f"{self.year:04d}-{self.month:02d}"

    def first_day(self) -> date:
        return date(self.year, self.month, 1)

    def next(self) -> Month:
        return Month(self.year + self.month // 12, self.month % 12 + 1)

    def previous(self) -> Month:
        return Month(self.year - (self.month == 1), (self.month - 2) % 12 + 1)

    def start_us(self, zone: ZoneInfo = PARK_ZONE) -> int:
        return day_start_us(self.first_day(), zone)

    def end_us(self, zone: ZoneInfo = PARK_ZONE) -> int:
        """Exclusive end [UTC µs]."""
        return self.next().start_us(zone)
