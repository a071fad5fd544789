"""Decisions of the overview without a database: units of electric meters, what counts as online, order of to-dos."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from greenpark.domains.overview.contracts import Todo
from greenpark.kernel.periods import PARK_ZONE, Month
from greenpark.kernel.points import PointKind
from greenpark.kernel.quality import INVALID, Quality

#: Slot of the load curve.
SLOT_S = 900
#: Readings may be this many expected intervals old before a point counts as silent, and at least ten minutes: the
#: rule of telemetry's online rate.
PATIENCE = 3
_LEAST_PATIENCE_S = 600

#: Unit of a counter's or interval's amount -> kWh. A rate's amount (unit·h) uses the same table under its power unit.
_KWH = {"kWh": 1.0, "MWh": 1e3, "GWh": 1e6, "Wh": 1e-3, "万kWh": 1e4, "kW": 1.0, "MW": 1e3, "W": 1e-3}

QUALITY_WORDS: tuple[tuple[Quality, str], ...] = (
    (Quality.DISCARDED, "人工剔除"),
    (Quality.SUBSTITUTED, "已替代"),
    (Quality.DEVICE_FAULT, "仪器故障"),
    (Quality.DEVICE_STOPPED, "仪器停运"),
    (Quality.DEVICE_MAINTENANCE, "维护"),
    (Quality.DEVICE_CALIBRATING, "校准"),
    (Quality.DEVICE_OVER_RANGE, "超测定上限"),
    (Quality.DEVICE_NO_LINK, "仪器通讯异常"),
    (Quality.RANGE, "超出合理范围"),
    (Quality.SPIKE, "突跳"),
    (Quality.FLAT_LINE, "长时间不变"),
    (Quality.GAP, "此前缺数"),
    (Quality.CLOCK_SKEW, "时钟偏差"),
    (Quality.RESET, "表计复位"),
    (Quality.ROLLOVER, "示数翻转"),
    (Quality.MULTIPLIER_CHANGE, "倍率变化"),
    (Quality.ESTIMATED, "估算"),
    (Quality.DEVICE_MANUAL, "手工设定"),
    (Quality.MANUAL_ENTRY, "人工录入"),
    (Quality.LATE, "迟到"),
)


def kwh_per_unit(kind: PointKind, unit: str) -> float | None:
    """Factor from a rollup's ``amount`` to kWh; None when the unit is no electric energy or power, or the kind has no
    amount. A rate's amount is its integral in unit·h, so kW gives kWh."""
    if kind in (PointKind.CONCENTRATION, PointKind.STATE):
        return None
    return _KWH.get(unit.replace(" ", ""))


def is_online(newest_us: int | None, expected_interval_s: int, now_us: int) -> bool:
    """Whether the newest reading is recent enough for the point's expected interval."""
    if newest_us is None:
        return False
    patience_s = max(_LEAST_PATIENCE_S, PATIENCE * expected_interval_s)
    return now_us - newest_us <= patience_s * 1_000_000


def quality_level(quality: int) -> tuple[str, str]:
    """Level and word for a mask: bad when the reading does not count, warn with any other remark."""
    words = [word for bit, word in QUALITY_WORDS if quality & bit]
    if quality & Quality.CONFIRMED:
        return "ok", "已确认"
    if quality & INVALID:
        return "bad", "、".join(words[:2]) or "无效"
    remarks = quality & ~(Quality.DUPLICATE | Quality.LATE)
    if remarks:
        return "warn", "、".join(words[:2]) or "有备注"
    return "ok", "正常"


def ordered(todos: Iterable[Todo]) -> list[Todo]:
    """Most pressing first, then as found."""
    return sorted(todos, key=lambda todo: todo.rank)


def greeting(at: datetime) -> str:
    """By the hour in the park's zone."""
    hour = at.astimezone(PARK_ZONE).hour
    return "凌晨好" if hour < 5 else "上午好" if hour < 12 else "下午好" if hour < 18 else "晚上好"


def last_month(at: datetime) -> Month:
    """The newest month that is over."""
    return Month.of(at.astimezone(PARK_ZONE).date()).previous()


def months_to(at: datetime, count: int) -> list[Month]:
    """The current month and those before it, oldest first."""
    month = Month.of(at.astimezone(PARK_ZONE).date())
    found = [month]
    while len(found) < count:
        found.append(found[-1].previous())
    return found[::-1]


def day_start(at: datetime) -> datetime:
    """Midnight in the park's zone."""
    return at.astimezone(PARK_ZONE).replace(hour=0, minute=0, second=0, microsecond=0)


def slot_floor(at: datetime) -> datetime:
    """Start of the slot that ``at`` lies in."""
    start = day_start(at)
    return start + timedelta(seconds=(at - start).total_seconds() // SLOT_S * SLOT_S)
