"""How figures and times read on screens. Pure functions; the template filters of ``gp`` are these.

Missing values (None, NaN, infinity) read «—» everywhere: a zero is a measurement, a gap is not.
"""

from __future__ import annotations

import math
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_UP, Context, Decimal
from typing import TypeAlias

from django.utils.translation import gettext as _

from greenpark.kernel.periods import PARK_ZONE, Month, from_us

MISSING = "—"
Number: TypeAlias = int | float | Decimal

_WIDE = Context(prec=400)
_WAN, _YI = Decimal(10_000), Decimal(100_000_000)


def known(value: object) -> Decimal | None:
    """The value as Decimal, or None when there is nothing to show. Text that holds a number counts as one."""
    if value is None or value == "" or isinstance(value, bool):
        return None
    if isinstance(value, float) or hasattr(value, "dtype"):
        number = float(value)  # type: ignore[arg-type]
        return Decimal(repr(number)) if math.isfinite(number) else None
    number_ = value if isinstance(value, Decimal) else Decimal(str(value))
    return number_ if number_.is_finite() else None


def rounded(number: Decimal, decimals: int) -> Decimal:
    """Half up, as bureaus round; minus zero becomes zero."""
    result = number.quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP, context=_WIDE)
    return abs(result) if result == 0 else result


def num(value: object, decimals: int | None = None) -> str:
    """``28,412.6``. Without ``decimals``: none for whole numbers, else one."""
    number = known(value)
    if number is None:
        return MISSING
    if decimals is None:
        decimals = 0 if number == number.to_integral_value(context=_WIDE) else 1
    return f"{rounded(number, int(decimals)):,f}"


def scaled(value: object, decimals: int = 1) -> tuple[str, str]:
    """Digits and scale word for cards: ``("386.4", "万")``. The scale is judged after rounding: 9,999.96 is 1.0 万."""
    number = known(value)
    if number is None:
        return MISSING, ""
    if abs(rounded(number, decimals)) < _WAN:
        return num(number, 0 if number == number.to_integral_value(context=_WIDE) else decimals), ""
    if abs(in_wan := rounded(number / _WAN, decimals)) < _WAN:
        return f"{in_wan:,f}", "万"
    return f"{rounded(number / _YI, decimals):,f}", "亿"


def cn(value: object, decimals: int = 1) -> str:
    """``386.4 万``, ``1.2 亿``, below 10,000 plain. For cards only: a table column has one unit."""
    return " ".join(filter(None, scaled(value, int(decimals))))


def pct(share: object, decimals: int = 1) -> str:
    """A share (0.382) as ``38.2 %``."""
    number = known(share)
    return MISSING if number is None else f"{num(number * 100, int(decimals))} %"


def pp(difference: object, decimals: int = 1) -> str:
    """A difference of shares (0.054) as ``5.4 个百分点``."""
    number = known(difference)
    return MISSING if number is None else _("%s 个百分点") % num(number * 100, int(decimals))


def as_datetime(value: object) -> datetime | None:
    """Aware datetime of a datetime or of UTC microseconds. Raises ValueError for a naive datetime."""
    if value is None or value == "":
        return None
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise ValueError(f"{value!r} has no time zone")
        return value
    return from_us(int(value))  # type: ignore[call-overload, no-any-return]


def moment(value: object) -> str:
    """``2026-11-22 09:15`` in the park's zone. Accepts an aware datetime or UTC microseconds."""
    at = as_datetime(value)
    return MISSING if at is None else f"{at.astimezone(PARK_ZONE):%Y-%m-%d %H:%M}"


def clock(value: object) -> str:
    """``09:15:30`` in the park's zone."""
    at = as_datetime(value)
    return MISSING if at is None else f"{at.astimezone(PARK_ZONE):%H:%M:%S}"


def day(value: object) -> str:
    """``2026-11-22``: of a date, an aware datetime, UTC microseconds; a Month reads ``2026-11``."""
    if value is None or value == "":
        return MISSING
    if isinstance(value, Month):
        return str(value)
    if isinstance(value, date) and not isinstance(value, datetime):
        return value.isoformat()
    at = as_datetime(value)
    return MISSING if at is None else at.astimezone(PARK_ZONE).date().isoformat()


def day_cn(value: object) -> str:
    """``2026年11月2日`` for prose; a Month reads ``2026年11月``."""
    if isinstance(value, Month):
        return f"{value.year}年{value.month}月"
    text = day(value)
    if text == MISSING:
        return text
    year, month, of_month = text.split("-")
    return f"{year}年{int(month)}月{int(of_month)}日"


def ago(value: object, now: datetime) -> str:
    """Age of data: ``12 秒前``, ``3 分钟前``, ``26 小时前``, ``5 天前``. A future time reads as it is written."""
    at = as_datetime(value)
    if at is None:
        return MISSING
    age = now.astimezone(UTC) - at.astimezone(UTC)
    if age < timedelta(seconds=-60):
        return moment(at)
    seconds = max(0, int(age.total_seconds()))
    if seconds < 60:
        return _("%d 秒前") % seconds
    if seconds < 3600:
        return _("%d 分钟前") % (seconds // 60)
    if seconds < 48 * 3600:
        return _("%d 小时前") % (seconds // 3600)
    return _("%d 天前") % (seconds // 86_400)
