"""Times as devices, files and clients write them -> UTC microseconds."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, tzinfo

from greenpark.kernel.periods import PARK_ZONE, to_us

_COMPACT = re.compile(r"\d{8}(\d{4}(\d{2}(\d{3})?)?)?")
_NUMBER = re.compile(r"-?\d+(\.\d+)?")
_EXCEL_EPOCH = datetime(1899, 12, 30)  # noqa: DTZ001 - a serial number has no zone of its own
#: Numbers are told apart by size: seconds, milliseconds and microseconds of the years 1980 to 2100 do not overlap.
_FROM, _TO = 315_532_800, 4_102_444_800
_SCALES = (1, 1_000, 1_000_000, 1_000_000_000)


class BadTime(ValueError):
    """The text is no time that could be understood; says what was expected."""


def parse_time(value: object, zone: tzinfo = PARK_ZONE, pattern: str = "") -> int:
    """UTC microseconds of whatever came as a time.

    Numbers: seconds, milliseconds, microseconds or nanoseconds since 1970, told apart by their size. Texts: ISO 8601
    with or without zone (without means ``zone``), ``2026-11-22 09:15``, ``2026/11/22 9:15``, ``20261122091500`` or a
    ``strptime`` ``pattern``. Datetimes of spreadsheets. Raises BadTime.
    """
    if isinstance(value, bool) or value is None:
        raise BadTime(f"{value!r} 不是时间。应为 2026-11-22 09:15:00 或带时区的 RFC 3339 时间")
    if isinstance(value, datetime):
        return to_us(value if value.tzinfo else value.replace(tzinfo=zone))
    if isinstance(value, int | float):
        return _from_number(float(value), value)
    text = str(value).strip()
    if not pattern and _NUMBER.fullmatch(text) and not _COMPACT.fullmatch(text):
        return _from_number(float(text), text)
    try:
        return _from_text(text, zone, pattern)
    except (ValueError, OverflowError) as error:
        expected = pattern or "2026-11-22 09:15:00"
        raise BadTime(f"时间 {text!r} 无法识别，应为 {expected} 或带时区的 RFC 3339 时间") from error


def _from_number(number: float, as_sent: object) -> int:
    for scale in _SCALES:
        if _FROM <= number / scale < _TO:
            # Integers stay exact; a float carries whole microseconds only below 2^53.
            return (
                int(as_sent) * 1_000_000 // scale if isinstance(as_sent, int) else round(number * (1_000_000 / scale))
            )
    raise BadTime(f"时间 {as_sent} 不是 1980—2100 年的秒、毫秒或微秒数")


def _from_text(text: str, zone: tzinfo, pattern: str) -> int:
    if pattern:
        moment = datetime.strptime(text, pattern)  # noqa: DTZ007 - the zone follows
    elif _COMPACT.fullmatch(text):
        moment = datetime.strptime(text.ljust(17, "0"), "%Y%m%d%H%M%S%f")  # noqa: DTZ007
    else:
        moment = datetime.fromisoformat(_tidy(text))
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=zone)
    return to_us(moment.astimezone(UTC))


def _tidy(text: str) -> str:
    """``2026/1/2 9:15`` and ``2026年1月2日 9时15分`` -> ISO 8601."""
    text = text.replace("年", "-").replace("月", "-").replace("日", " ").replace("时", ":").replace("分", ":")
    text = text.replace("秒", "").replace("/", "-").strip().rstrip(":")
    date, _, clock = text.partition("T") if "T" in text else text.partition(" ")
    parts = date.split("-")
    if len(parts) == 3:
        date = f"{parts[0]}-{parts[1]:0>2}-{parts[2].strip():0>2}"
    clock = clock.strip()
    if clock and clock[1:2] == ":":
        clock = "0" + clock
    if len(clock) == 2:
        clock += ":00"
    return f"{date}T{clock}" if clock else date


def from_excel_serial(serial: float, zone: tzinfo = PARK_ZONE) -> int:
    """UTC microseconds of a spreadsheet's day number (1900 system), rounded to the second."""
    moment = _EXCEL_EPOCH + timedelta(seconds=round(serial * 86_400))
    return to_us(moment.replace(tzinfo=zone))
