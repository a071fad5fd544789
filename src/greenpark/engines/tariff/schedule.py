"""Time-of-use tariffs 分时电价 as data: which hours are 尖峰平谷, and what each costs from when.

Nothing here is built in: hours, months, holidays and prices come from the provincial document that the tariff cites.
"""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

DAY_TYPES = ("workday", "weekend", "holiday")

_CLOCK = re.compile(r"([01]\d|2[0-3]):([0-5]\d)|24:00")


class TariffError(ValueError):
    """The tariff contradicts itself or is incomplete in a way that no hour can repair."""


class Hours(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """From ``begin`` to ``end`` of a day, as 00:00 to 24:00; an end before the begin runs over midnight."""

    kind: str
    begin: str
    end: str


class Schedule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Hours of the kinds in the given months and on the given types of day, within a validity of local days."""

    hours: list[Hours]
    months: list[int] = msgspec.field(default_factory=lambda: list(range(1, 13)))
    day_types: list[str] = msgspec.field(default_factory=lambda: list(DAY_TYPES))
    valid_from: date | None = None
    valid_to: date | None = None
    """First day on which it holds no more."""


class Price(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Price of one kind [currency per unit], from and until any moment."""

    kind: str
    price: Decimal
    valid_from: datetime
    valid_to: datetime | None = None
    source: str = ""


class Tariff(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A tariff with its source. Moments without offset are local times of ``zone``."""

    name: str
    unit: str
    currency: str
    source: str
    schedules: list[Schedule]
    prices: list[Price]
    zone: str = "Asia/Shanghai"
    holidays: list[date] = []
    """Days that are neither workday nor weekend."""
    moved_workdays: list[date] = []
    """Weekend days on which people work instead."""

    def zone_info(self) -> ZoneInfo:
        """Raises TariffError for a zone that does not exist."""
        try:
            return ZoneInfo(self.zone)
        except (ZoneInfoNotFoundError, ValueError) as error:
            raise TariffError(f"电价「{self.name}」：时区 {self.zone!r} 不存在") from error


def minutes(text: str, tariff: Tariff) -> int:
    """Minutes since midnight of ``08:30``; 1440 for ``24:00``. Raises TariffError."""
    match = _CLOCK.fullmatch(text)
    if not match:
        raise TariffError(f"电价「{tariff.name}」：时刻应写作 08:30 的形式，现为 {text!r}")
    return 1440 if match[1] is None else int(match[1]) * 60 + int(match[2])


def check(tariff: Tariff) -> None:
    """Raises TariffError for unknown day types, months, clock times, or prices of kinds that no hours name."""
    kinds = set()
    for schedule in tariff.schedules:
        for month in schedule.months:
            if not 1 <= month <= 12:
                raise TariffError(f"电价「{tariff.name}」：月份应为 1 至 12，现为 {month}")
        for kind in schedule.day_types:
            if kind not in DAY_TYPES:
                raise TariffError(f"电价「{tariff.name}」：日类型应为 {'、'.join(DAY_TYPES)} 之一，现为 {kind!r}")
        for hours in schedule.hours:
            kinds.add(hours.kind)
            if minutes(hours.begin, tariff) == minutes(hours.end, tariff):
                raise TariffError(f"电价「{tariff.name}」：{hours.kind}时段 {hours.begin}–{hours.end} 长度为零")
    for price in tariff.prices:
        if price.kind not in kinds:
            raise TariffError(f"电价「{tariff.name}」：{price.kind}有价格但没有时段")
        if not price.price.is_finite():
            raise TariffError(f"电价「{tariff.name}」：{price.kind}的价格 {price.price} 不是有限的数")
        if price.valid_to is not None and _local(price.valid_to, tariff) <= _local(price.valid_from, tariff):
            raise TariffError(f"电价「{tariff.name}」：{price.kind}自 {price.valid_from} 起的价格在生效前已失效")


def _local(moment: datetime, tariff: Tariff) -> datetime:
    return moment if moment.tzinfo else moment.replace(tzinfo=tariff.zone_info())


def moment_of(moment: datetime, tariff: Tariff) -> datetime:
    """Aware moment; without offset it is a local time of the tariff's zone."""
    return _local(moment, tariff)


def day_type(day: date, tariff: Tariff) -> str:
    if day in tariff.holidays:
        return "holiday"
    return "weekend" if day.weekday() >= 5 and day not in tariff.moved_workdays else "workday"


def hours_of_day(day: date, tariff: Tariff) -> list[tuple[int, int, str]]:
    """(begin, end, kind) in minutes of the local day, by begin. Hours that run over midnight belong to the type and
    month of the day on which each part lies. Raises TariffError where two overlap."""
    found: list[tuple[int, int, str]] = []
    for schedule in tariff.schedules:
        if not _holds(schedule, day, tariff):
            continue
        for hours in schedule.hours:
            begin, end = minutes(hours.begin, tariff), minutes(hours.end, tariff)
            parts = [(begin, end)] if begin < end else [(begin, 1440), (0, end)]
            found.extend((b, e, hours.kind) for b, e in parts if b < e)
    found.sort()
    for (_, end, kind), (begin, _, other) in pairwise(found):
        if begin < end:
            clock = f"{begin // 60:02d}:{begin % 60:02d}"
            raise TariffError(f"电价「{tariff.name}」：{day} {clock} 同时属于{kind}和{other}")
    return found


def _holds(schedule: Schedule, day: date, tariff: Tariff) -> bool:
    if schedule.valid_from is not None and day < schedule.valid_from:
        return False
    if schedule.valid_to is not None and day >= schedule.valid_to:
        return False
    return day.month in schedule.months and day_type(day, tariff) in schedule.day_types


def days_between(first: date, last: date) -> list[date]:
    """Every day from ``first`` to ``last``, both included."""
    return [first + timedelta(days=i) for i in range((last - first).days + 1)]
