"""Why an item was refused, in words: what is wrong and what to do next."""

from __future__ import annotations

from collections.abc import Callable

from greenpark.ingest.keys import describe
from greenpark.ingest.sink import Delivery, Refusal, RefusalCode
from greenpark.kernel.periods import PARK_ZONE, from_us
from greenpark.kernel.points import PointSpec

#: For the list of refused items: where to look first.
LIKELY_CAUSE: dict[RefusalCode, str] = {
    RefusalCode.UNKNOWN_POINT: "新装设备尚未登记，或设备编号、因子编码与登记的不一致",
    RefusalCode.WRONG_UNIT: "设备或文件换了单位，或监测点登记的单位有误",
    RefusalCode.NOT_FINITE: "仪表故障或除以零，数采仪原样上传",
    RefusalCode.IN_FUTURE: "设备时钟超前，或时区设置错误（多出 8 小时是 UTC 与北京时间混用）",
    RefusalCode.BEFORE_COMMISSIONING: "设备时钟落后，或登记的启用日期有误",
    RefusalCode.AFTER_DECOMMISSIONING: "设备停用后未断开，或登记的停用日期有误",
    RefusalCode.BAD_TIME: "设备断电后时钟复位",
    RefusalCode.BAD_VALUE: "报文格式与配置的映射不一致",
    RefusalCode.OUT_OF_SCOPE: "令牌属于另一个单位",
}


def moment(us: int | None) -> str:
    """``2026-11-22 09:15:00`` in the park's zone; the bare number when it is no date."""
    if us is None:
        return "—"
    try:
        return from_us(us).astimezone(PARK_ZONE).strftime("%Y-%m-%d %H:%M:%S")
    except (OverflowError, ValueError, OSError):
        return f"{us} µs"


def repeated(more: int) -> str:
    """Said with the first refusal that is listed again after some were only counted."""
    return f"（上次列出后另有 {more} 条相同情况，只计数未逐条保存）" if more else ""


def _unknown(d: Delivery, i: int, spec: PointSpec | None) -> str:
    return f"{describe(d.keys[i])} 没有绑定监测点。请在「未知测点」中绑定，或让设备停止上传该项"


def _unit(d: Delivery, i: int, spec: PointSpec | None) -> str:
    registered = spec.unit if spec else "—"
    return f"单位应为 {registered}，收到 {d.units[i]}。请换算后重发，或更正监测点登记的单位"


def _not_finite(d: Delivery, i: int, spec: PointSpec | None) -> str:
    return f"数值 {d.values[i]} 不是有限的数。请检查仪表，缺数时不要上传该项"


def _future(d: Delivery, i: int, spec: PointSpec | None) -> str:
    return f"时间 {moment(d.times[i])} 晚于接收时间 {moment(d.received_us)}。请给设备校时后重发"


def _before(d: Delivery, i: int, spec: PointSpec | None) -> str:
    since = moment(spec.commissioned_us) if spec else "—"
    return f"时间 {moment(d.times[i])} 早于监测点启用时间 {since}。请校时，或更正启用时间后重发"


def _after(d: Delivery, i: int, spec: PointSpec | None) -> str:
    until = moment(spec.decommissioned_us) if spec else "—"
    return f"时间 {moment(d.times[i])} 不早于监测点停用时间 {until}。请更正停用时间，或停止上传"


def _bad_time(d: Delivery, i: int, spec: PointSpec | None) -> str:
    return f"时间 {moment(d.times[i])} 早于 2000 年，不可能是测量时间。请给设备校时后重发"


_WORDS: dict[RefusalCode, Callable[[Delivery, int, PointSpec | None], str]] = {
    RefusalCode.UNKNOWN_POINT: _unknown,
    RefusalCode.WRONG_UNIT: _unit,
    RefusalCode.NOT_FINITE: _not_finite,
    RefusalCode.IN_FUTURE: _future,
    RefusalCode.BEFORE_COMMISSIONING: _before,
    RefusalCode.AFTER_DECOMMISSIONING: _after,
    RefusalCode.BAD_TIME: _bad_time,
}


def refusal(delivery: Delivery, index: int, code: RefusalCode | None, spec: PointSpec | None) -> Refusal:
    """The refusal of one item; ``code`` None takes the gateway's own reason from ``delivery.problems``."""
    key, time_us = delivery.keys[index], delivery.times[index]
    problem = delivery.problems.get(index)
    if code is None and problem is not None:
        known_time = None if problem.code == RefusalCode.BAD_TIME else time_us
        return Refusal(index, key, known_time, problem.value, problem.code, problem.reason)
    assert code is not None
    value = problem.value if problem else repr(delivery.values[index])
    return Refusal(index, key, time_us, value, code, _WORDS[code](delivery, index, spec))
