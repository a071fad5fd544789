"""Working days after the State Council's yearly tables of holidays and make-up workdays.

The tables are data (``packs/standards/workdays``), each year with its document; a year without a document is refused,
because the calendar of a coming year is unknown until the General Office publishes it (usually in November).
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from pathlib import Path

from greenpark.kernel.packs import BrokenPack, Column, load_pack

#: Days by which a period is counted that begins with an event: the day of the event is not counted.
FIRST_DAY_EXCLUDED = "起算日当天不计入，自次日起按工作日计算（《民法典》第二百零一条）"
FIRST_DAY_COUNTED = "起算日当天为工作日的计入，按工作日计算"

_YEARS = (
    Column("year", "integer", unique=True, low=2000, high=2100),
    Column("document"),
    Column("published", "date"),
    Column("source"),
    Column("confidence", choices=frozenset({"confirmed", "recalled"})),
)
_DAYS = (
    Column("day", "date", unique=True),
    Column("kind", choices=frozenset({"holiday", "workday"})),
    Column("name"),
)


class UnknownYear(ValueError):
    """The calendar of a year has not been published or not been entered."""


class NotACount(ValueError):
    """The number of days is below one or absurdly large."""


@dataclass(frozen=True, slots=True)
class CalendarYear:
    """One year's table: days that differ from the plain week."""

    year: int
    document: str
    published: date
    source: str
    confidence: str
    holidays: Mapping[date, str]
    workdays: Mapping[date, str]
    """Saturdays and Sundays on which people work."""


@dataclass(frozen=True, slots=True)
class Deadline:
    """The end of a period in working days, and how it was found."""

    start: date
    days: int
    end: date
    convention: str
    calendar_document: str
    """Number of every document that the count touched, joined by 、"""
    counted: tuple[date, ...]
    """The working days that were counted, first to last."""
    unconfirmed: bool
    """True when a year of the count was entered from memory and not from its document."""


class Workdays:
    """The calendar of all known years."""

    def __init__(self, years: Mapping[int, CalendarYear]) -> None:
        self.years = dict(years)

    def is_workday(self, day: date) -> bool:
        """Whether people work on this day. Raises UnknownYear."""
        year = self._year(day)
        return day in year.workdays or (day.weekday() < 5 and day not in year.holidays)

    def name_of(self, day: date) -> str:
        """Name of the holiday that made this day special, "" for a plain one. Raises UnknownYear."""
        year = self._year(day)
        return year.holidays.get(day) or year.workdays.get(day, "")

    def add(self, start: date, n: int, *, count_first: bool = False) -> Deadline:
        """The day on which the n-th working day ends.

        Args:
            start: day of the event that starts the period.
            n: number of working days, at least 1.
            count_first: count ``start`` itself when it is a working day; by default it is not counted.

        Raises:
            NotACount: n below 1 or above 5000.
            UnknownYear: the count reaches a year whose calendar is not known.
        """
        if not 1 <= n <= 5000:
            raise NotACount(f"工作日数应在 1 到 5000 之间，现为 {n}")
        counted: list[date] = []
        day = start if count_first else start + timedelta(days=1)
        self._year(start)
        while True:
            if self.is_workday(day):
                counted.append(day)
                if len(counted) == n:
                    break
            day += timedelta(days=1)
        touched = [self.years[year] for year in range(start.year, day.year + 1)]
        return Deadline(
            start=start,
            days=n,
            end=day,
            convention=FIRST_DAY_COUNTED if count_first else FIRST_DAY_EXCLUDED,
            calendar_document="、".join(year.document for year in touched),
            counted=tuple(counted),
            unconfirmed=any(year.confidence != "confirmed" for year in touched),
        )

    def between(self, start: date, end: date) -> int:
        """Working days after ``start`` up to and including ``end``; negative when end lies before start."""
        if end < start:
            return -self.between(end, start)
        return sum(self.is_workday(day) for day in _days(start + timedelta(days=1), end))

    def _year(self, day: date) -> CalendarYear:
        try:
            return self.years[day.year]
        except KeyError:
            known = f"{min(self.years)}—{max(self.years)}" if self.years else "无"
            raise UnknownYear(
                f"{day.year} 年的放假安排尚未载入（已有 {known}），不能推算到 {day.isoformat()}；"
                "请在数据包 workdays 中补入国务院办公厅当年通知后再算"
            ) from None


def _days(first: date, last: date) -> Iterator[date]:
    day = first
    while day <= last:
        yield day
        day += timedelta(days=1)


def load(folder: Path) -> Workdays:
    """The calendar of a pack. Raises BrokenPack, also for a make-up workday that is no Saturday or Sunday."""
    pack = load_pack(folder)
    holidays: dict[int, dict[date, str]] = {}
    workdays: dict[int, dict[date, str]] = {}
    years = pack.table("years", _YEARS)
    known = {row["year"] for row in years}
    for row in pack.table("days", _DAYS):
        day: date = row["day"]
        if day.year not in known:
            raise row.broken("day", f"{day.year} 年不在 years 表之中")
        if row["kind"] == "workday" and day.weekday() < 5:
            raise row.broken("day", f"{day} 是周一至周五，不会是调休上班日")
        (holidays if row["kind"] == "holiday" else workdays).setdefault(day.year, {})[day] = row.text("name")
    for row in years:
        if not holidays.get(row["year"]):
            raise row.broken("year", f"{row['year']} 年没有任何放假日")
        if row.text("source") not in pack.manifest.sources:
            raise row.broken("source", f"{row.text('source')!r} 不在清单的 sources 之中")
    return Workdays(
        {
            row["year"]: CalendarYear(
                row["year"],
                row.text("document"),
                row["published"],
                row.text("source"),
                row.text("confidence"),
                holidays[row["year"]],
                workdays.get(row["year"], {}),
            )
            for row in years
        }
    )


@cache
def calendar() -> Workdays:
    """The calendar shipped with the product, or below GREENPARK_PACKS. Read once a process."""
    packs = Path(os.environ.get("GREENPARK_PACKS", Path(__file__).resolve().parents[3] / "packs"))
    return load(packs / "standards" / "workdays")


def add_workdays(start: date, n: int, count_first: bool = False) -> Deadline:
    """:meth:`Workdays.add` on the shipped calendar.

    >>> add_workdays(date(2026, 9, 28), 7).end
    datetime.date(2026, 10, 13)
    """
    return calendar().add(start, n, count_first=count_first)


def is_workday(day: date) -> bool:
    """:meth:`Workdays.is_workday` on the shipped calendar."""
    return calendar().is_workday(day)


__all__ = [
    "BrokenPack",
    "CalendarYear",
    "Deadline",
    "NotACount",
    "UnknownYear",
    "Workdays",
    "add_workdays",
    "calendar",
    "is_workday",
    "load",
]
