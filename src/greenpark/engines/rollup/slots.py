"""Periods as arrays: quarter hours in UTC, hours, days and months in a zone."""

from __future__ import annotations

from datetime import date, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import numpy as np

from greenpark.kernel.periods import PARK_ZONE, day_start_us, local_day
from greenpark.kernel.readings import Int32s, Int64s, Step

#: A quarter of an hour [µs]. Offsets of all zones in use are whole quarters, so quarters are cut in UTC.
QUARTER_US = 900_000_000
HOUR_US = 3_600_000_000


@lru_cache(maxsize=64)
def _day_table(first: date, last: date, zone: ZoneInfo) -> tuple[Int64s, Int64s, Int32s]:
    """Starts of the local days ``first``..``last`` and one more [UTC µs], start of the month and weekday of each."""
    days = [first + timedelta(days=i) for i in range((last - first).days + 2)]
    starts = np.array([day_start_us(d, zone) for d in days], np.int64)
    months = np.array([day_start_us(d.replace(day=1), zone) for d in days], np.int64)
    return starts, months, np.array([d.weekday() for d in days], np.int32)


class Days:
    """The local days that a span of moments touches."""

    def __init__(self, first_us: int, last_us: int, zone: ZoneInfo = PARK_ZONE, *, before: int = 0) -> None:
        first = local_day(first_us, zone) - timedelta(days=before)
        self.starts, self.months, self.weekdays = _day_table(first, local_day(last_us, zone), zone)

    def index(self, moments: Int64s) -> Int64s:
        """Row of the day each moment belongs to."""
        return np.asarray(np.searchsorted(self.starts, moments, side="right") - 1, np.int64)


def period_starts(moments: Int64s, step: Step, zone: ZoneInfo = PARK_ZONE) -> Int64s:
    """Start of the period each moment belongs to [UTC µs]. Hours are counted from local midnight, so that a day of 23
    or 25 hours has 23 or 25 of them."""
    if step is Step.QUARTER:
        return moments // QUARTER_US * QUARTER_US
    if not len(moments):
        return moments
    days = Days(int(moments.min()), int(moments.max()), zone)
    index = days.index(moments)
    if step is Step.HOUR:
        midnight = days.starts[index]
        return np.asarray(midnight + (moments - midnight) // HOUR_US * HOUR_US, np.int64)
    return days.starts[index] if step is Step.DAY else days.months[index]


def period_lengths(starts: Int64s, step: Step, zone: ZoneInfo = PARK_ZONE) -> Int64s:
    """Length of the periods that begin at ``starts`` [µs]; a local day may have 23 or 25 hours."""
    if step in (Step.QUARTER, Step.HOUR):
        return np.full(len(starts), QUARTER_US if step is Step.QUARTER else HOUR_US, np.int64)
    if not len(starts):
        return starts
    if step is Step.DAY:
        days = Days(int(starts.min()), int(starts.max()), zone)
        return days.starts[days.index(starts) + 1] - starts
    # 32 days after the first of a month lies in the next month, whatever the clocks did.
    following = period_starts(starts + 32 * 24 * HOUR_US, Step.MONTH, zone)
    return following - starts
