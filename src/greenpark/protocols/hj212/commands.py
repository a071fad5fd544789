"""Commands a monitoring centre sends down (HJ 212-2017 table 9, examples C.1 to C.46)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final
from zoneinfo import ZoneInfo

from greenpark.kernel.periods import PARK_ZONE
from greenpark.protocols.hj212.codes import MINUTE_INTERVALS
from greenpark.protocols.hj212.message import Groups
from greenpark.protocols.hj212.records import format_time


class Flow(StrEnum):
    """How an exchange goes (6.5)."""

    COMMAND = "command"  # 9011, then 9012
    DATA = "data"  # 9011, data frames, then 9012
    NOTIFY = "notify"  # 9013
    UPLOAD = "upload"  # 9014


class BadCommand(ValueError):
    """A parameter is outside what the standard allows."""


@dataclass(frozen=True, slots=True)
class Command:
    """A downward command without its addressing: code, contents of CP, flow."""

    cn: str
    groups: Groups = ()
    flow: Flow = Flow.COMMAND
    name: str = ""
    """In Chinese, for people and the audit trail."""


def _one(**fields: str) -> Groups:
    return tuple(((name, value),) for name, value in fields.items() if value)


def _within(name: str, value: int, low: int, high: int) -> str:
    if not low <= value <= high:
        raise BadCommand(f"{name} 应在 {low} 到 {high} 之间，现为 {value}（HJ 212-2017 表 4）")
    return str(value)


def set_timeout(over_time_s: int, re_count: int) -> Command:
    """1000: answer timeout [s] and number of resends the station shall use."""
    groups = _one(OverTime=_within("OverTime", over_time_s, 1, 99), ReCount=_within("ReCount", re_count, 1, 99))
    return Command("1000", groups, name="设置超时时间及重发次数")


def get_time(pol_id: str = "") -> Command:
    """1011: clock of the logger, or of the instrument of one factor."""
    return Command("1011", _one(PolId=pol_id), Flow.DATA, "提取现场机时间")


def set_time(at: datetime, pol_id: str = "", zone: ZoneInfo = PARK_ZONE) -> Command:
    """1012: set the clock to ``at``, written in the station's zone."""
    return Command("1012", _one(PolId=pol_id, SystemTime=format_time(at, zone)), name="设置现场机时间")


def get_realtime_interval() -> Command:
    """1061."""
    return Command("1061", flow=Flow.DATA, name="提取实时数据间隔")


def set_realtime_interval(seconds: int) -> Command:
    """1062: 30 to 3600 s."""
    return Command("1062", _one(RtdInterval=_within("RtdInterval", seconds, 30, 3600)), name="设置实时数据间隔")


def get_minute_interval() -> Command:
    """1063."""
    return Command("1063", flow=Flow.DATA, name="提取分钟数据间隔")


def set_minute_interval(minutes: int) -> Command:
    """1064: 1, 2, 3, 4, 5, 6, 10, 12, 15, 20 or 30 min."""
    if minutes not in MINUTE_INTERVALS:
        raise BadCommand(f"MinInterval 只能取 {MINUTE_INTERVALS} 分钟，现为 {minutes}（HJ 212-2017 表 4）")
    return Command("1064", _one(MinInterval=str(minutes)), name="设置分钟数据间隔")


def set_password(new: str) -> Command:
    """1072: six letters or digits."""
    if len(new) != 6 or not (new.isascii() and new.isalnum()):
        raise BadCommand("新密码应为 6 位字母或数字（HJ 212-2017 表 4 NewPW）")
    return Command("1072", _one(NewPW=new), name="设置现场机密码")


def start_realtime() -> Command:
    """2011: start sending real-time data."""
    return Command("2011", name="取污染物实时数据")


def stop_realtime() -> Command:
    """2012, a notification."""
    return Command("2012", flow=Flow.NOTIFY, name="停止察看污染物实时数据")


def start_status() -> Command:
    """2021: start sending equipment status."""
    return Command("2021", name="取设备运行状态数据")


def stop_status() -> Command:
    """2022, a notification."""
    return Command("2022", flow=Flow.NOTIFY, name="停止察看设备运行状态")


#: Command code -> name of the history it fetches.
HISTORIES: Final[dict[str, str]] = {
    "2031": "取污染物日历史数据",
    "2041": "取设备运行时间日历史数据",
    "2051": "取污染物分钟历史数据",
    "2061": "取污染物小时历史数据",
}


def get_history(cn: str, begin: datetime, end: datetime, zone: ZoneInfo = PARK_ZONE) -> Command:
    """2031, 2041, 2051, 2061: records whose interval starts from ``begin`` to ``end``, both included (C.20 to C.23)."""
    if cn not in HISTORIES:
        raise BadCommand(f"CN={cn} 不是取历史数据的命令，应为 {'、'.join(HISTORIES)}")
    if end < begin:
        raise BadCommand("截止时间早于起始时间")
    groups = _one(BeginTime=format_time(begin, zone), EndTime=format_time(end, zone))
    return Command(cn, groups, Flow.DATA, HISTORIES[cn])


def calibrate(pol_id: str) -> Command:
    """3011: zero and span calibration of the instrument of a factor."""
    return Command("3011", _one(PolId=_factor(pol_id)), name="零点校准量程校准")


def sample_now(pol_id: str) -> Command:
    """3012."""
    return Command("3012", _one(PolId=_factor(pol_id)), name="即时采样")


def clean(pol_id: str) -> Command:
    """3013: clean (water) or blow back (flue gas)."""
    return Command("3013", _one(PolId=_factor(pol_id)), name="启动清洗/反吹")


def compare_sampling(pol_id: str) -> Command:
    """3014 (2005, 2017; removed in 2025)."""
    return Command("3014", _one(PolId=_factor(pol_id)), name="比对采样")


def keep_sample() -> Command:
    """3015: over-limit sample retention; the station reports the bottle (2005, 2017; removed in 2025)."""
    return Command("3015", flow=Flow.DATA, name="超标留样")


def set_sampling_period(pol_id: str, start: str, hours: int) -> Command:
    """3016: first sample at ``start`` (hhmmss), then every ``hours`` (2005, 2017; removed in 2025)."""
    if len(start) != 6 or not start.isdigit():
        raise BadCommand("CstartTime 应为 hhmmss")
    groups = _one(PolId=_factor(pol_id), CstartTime=start, Ctime=_within("Ctime", hours, 1, 24))
    return Command("3016", groups, name="设置采样时间周期")


def get_sampling_period(pol_id: str) -> Command:
    """3017."""
    return Command("3017", _one(PolId=_factor(pol_id)), Flow.DATA, "提取采样时间周期")


def get_output_time(pol_id: str) -> Command:
    """3018: minutes from sampling to result."""
    return Command("3018", _one(PolId=_factor(pol_id)), Flow.DATA, "提取出样时间")


def get_serial_number(pol_id: str) -> Command:
    """3019."""
    return Command("3019", _one(PolId=_factor(pol_id)), Flow.DATA, "提取设备唯一标识")


def get_information(
    info_id: str,
    pol_id: str = "",
    begin: datetime | None = None,
    end: datetime | None = None,
    zone: ZoneInfo = PARK_ZONE,
) -> Command:
    """3020: log, state or parameter of table B.10; logs take a period."""
    groups = _one(
        PolId=pol_id,
        InfoId=info_id,
        BeginTime=format_time(begin, zone) if begin else "",
        EndTime=format_time(end, zone) if end else "",
    )
    return Command("3020", groups, Flow.DATA, "提取现场机信息")


def set_parameter(info_id: str, value: str, pol_id: str = "") -> Command:
    """3021: set a parameter of table B.10."""
    groups = (*_one(PolId=pol_id, InfoId=info_id), ((f"{info_id}-Info", value),))
    return Command("3021", groups, name="设置现场机参数")


def first_link(
    at: datetime,
    *,
    over_time_s: int,
    re_count: int,
    realtime_interval_s: int,
    minute_interval_min: int,
    realtime: bool = True,
    status: bool = True,
    zone: ZoneInfo = PARK_ZONE,
) -> tuple[Command, ...]:
    """What the centre sends a logger on the first link, in the order of 6.7."""
    return (
        set_time(at, zone=zone),
        set_timeout(over_time_s, re_count),
        set_realtime_interval(realtime_interval_s),
        set_minute_interval(minute_interval_min),
        start_realtime() if realtime else stop_realtime(),
        start_status() if status else stop_status(),
    )


def _factor(pol_id: str) -> str:
    if not pol_id or not (pol_id.isascii() and pol_id.isalnum()):
        raise BadCommand(f"PolId 应为污染因子编码，现为 {pol_id!r}")
    return pol_id


# ---- from a form or a queue


@dataclass(frozen=True, slots=True)
class _Form:
    """Parameters of one command, as text."""

    fields: Mapping[str, str]
    now: datetime
    zone: ZoneInfo

    def text(self, name: str) -> str:
        return self.fields.get(name, "").strip()

    def whole(self, name: str) -> int:
        value = self.text(name)
        if not (value.isascii() and value.isdigit() and len(value) <= 6):
            raise BadCommand(f"参数 {name} 应为整数，现为 {value[:20]!r}")
        return int(value)

    def moment(self, name: str) -> datetime:
        """ISO 8601; without zone it is the station's time."""
        try:
            moment = datetime.fromisoformat(self.text(name))
        except ValueError:
            raise BadCommand(f"参数 {name} 应为 2026-03-01T08:00 形式的时间，现为 {self.text(name)[:30]!r}") from None
        return moment if moment.tzinfo else moment.replace(tzinfo=self.zone)

    def optional_moment(self, name: str) -> datetime | None:
        return self.moment(name) if self.text(name) else None


def _history(cn: str) -> Callable[[_Form], Command]:
    return lambda f: get_history(cn, f.moment("begin"), f.moment("end"), f.zone)


#: Command code -> parameters it takes, and how it is built from them.
_FORMS: Final[dict[str, tuple[tuple[str, ...], Callable[[_Form], Command]]]] = {
    "1000": (("over_time_s", "re_count"), lambda f: set_timeout(f.whole("over_time_s"), f.whole("re_count"))),
    "1011": (("pol_id",), lambda f: get_time(f.text("pol_id"))),
    "1012": (("pol_id",), lambda f: set_time(f.now, f.text("pol_id"), f.zone)),
    "1061": ((), lambda f: get_realtime_interval()),
    "1062": (("seconds",), lambda f: set_realtime_interval(f.whole("seconds"))),
    "1063": ((), lambda f: get_minute_interval()),
    "1064": (("minutes",), lambda f: set_minute_interval(f.whole("minutes"))),
    "1072": (("new",), lambda f: set_password(f.text("new"))),
    "2011": ((), lambda f: start_realtime()),
    "2012": ((), lambda f: stop_realtime()),
    "2021": ((), lambda f: start_status()),
    "2022": ((), lambda f: stop_status()),
    **{cn: (("begin", "end"), _history(cn)) for cn in HISTORIES},
    "3011": (("pol_id",), lambda f: calibrate(f.text("pol_id"))),
    "3012": (("pol_id",), lambda f: sample_now(f.text("pol_id"))),
    "3013": (("pol_id",), lambda f: clean(f.text("pol_id"))),
    "3014": (("pol_id",), lambda f: compare_sampling(f.text("pol_id"))),
    "3015": ((), lambda f: keep_sample()),
    "3016": (
        ("pol_id", "start", "hours"),
        lambda f: set_sampling_period(f.text("pol_id"), f.text("start"), f.whole("hours")),
    ),
    "3017": (("pol_id",), lambda f: get_sampling_period(f.text("pol_id"))),
    "3018": (("pol_id",), lambda f: get_output_time(f.text("pol_id"))),
    "3019": (("pol_id",), lambda f: get_serial_number(f.text("pol_id"))),
    "3020": (
        ("info_id", "pol_id", "begin", "end"),
        lambda f: get_information(
            f.text("info_id"), f.text("pol_id"), f.optional_moment("begin"), f.optional_moment("end"), f.zone
        ),
    ),
    "3021": (
        ("info_id", "value", "pol_id"),
        lambda f: set_parameter(f.text("info_id"), f.text("value"), f.text("pol_id")),
    ),
}


def parameters(cn: str) -> tuple[str, ...]:
    """Names of the parameters :func:`build` takes for a command. Raises BadCommand for a code no centre sends."""
    if cn not in _FORMS:
        raise BadCommand(f"CN={cn} 不是上位机可以下发的命令")
    return _FORMS[cn][0]


def build(cn: str, fields: Mapping[str, str], now: datetime, zone: ZoneInfo = PARK_ZONE) -> Command:
    """A command from its code and named texts, as a form or a queue holds them. Raises BadCommand.

    >>> build("1062", {"seconds": "30"}, datetime(2026, 1, 1)).groups
    ((('RtdInterval', '30'),),)
    """
    known = parameters(cn)
    if unknown := set(fields) - set(known):
        raise BadCommand(f"CN={cn} 没有参数 {'、'.join(sorted(unknown))}，可用：{'、'.join(known) or '无'}")
    return _FORMS[cn][1](_Form(fields, now, zone))
