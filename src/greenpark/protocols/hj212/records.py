"""Typed contents of a frame: measurements, equipment states, parameters, answers (HJ 212-2017 tables 4 and 9).

This is the plain path: one object per item, readable, used for commands, for people and as the truth that the fast
path (:mod:`.columns`) is tested against.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from math import isfinite
from typing import Final, TypeAlias
from zoneinfo import ZoneInfo

from greenpark.kernel.periods import PARK_ZONE, to_us
from greenpark.kernel.quality import FROM_HJ212_FLAG, Quality
from greenpark.protocols.hj212.codes import (
    COMMANDS,
    EFLAG_SUFFIX,
    FLAG_SUFFIX,
    MEASURING,
    MINUTE_INTERVALS,
    SAMPLE_TIME_SUFFIX,
    VALUE_SUFFIXES,
    Kind,
)
from greenpark.protocols.hj212.message import Frame, Groups, parse_body, parse_local
from greenpark.protocols.hj212.rejects import FrameRefused, RejectCode

_NUMBER_CHARACTERS: Final = frozenset("0123456789+-.eE")


@dataclass(frozen=True, slots=True)
class Measurement:
    """One value with what the station says about it."""

    name: str
    """As sent and as used in the binding key: ``a21026-Rtd``."""
    factor: str
    suffix: str
    text: str
    value: float | None
    """None: not a finite number (see ``problem``)."""
    flag: str | None
    """Data flag of the factor (table 8)."""
    eflag: str | None
    """The instrument's own flag."""
    sample_time_us: int | None
    quality: int
    problem: str = ""
    """Why the value cannot be taken, in words."""
    finite_problem: bool = False
    """The problem is a number that is not finite (NaN, Inf), not a text that is no number."""


@dataclass(frozen=True, slots=True)
class MeasurementRecord:
    """Frames of CN 2011, 2021, 2031, 2041, 2051, 2061 and the 2025 ones that use the same suffixes."""

    cn: str
    kind: Kind
    time_us: int
    """DataTime [UTC µs]: the moment (2011, 2021), else the START of the interval (table 4)."""
    measurements: tuple[Measurement, ...]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Field:
    """One named field of a parameter or answer frame: text as sent, and its value where table 4 gives a type."""

    name: str
    text: str
    value: str | int | float


@dataclass(frozen=True, slots=True)
class ParameterRecord:
    """Everything that is not a measurement: parameters, requests, notifications, answers, restart time."""

    cn: str
    kind: Kind
    fields: tuple[Field, ...]
    notes: tuple[str, ...] = ()

    def get(self, name: str) -> str | int | float | None:
        """Value of the first field with a name."""
        return next((field.value for field in self.fields if field.name == name), None)


Record: TypeAlias = MeasurementRecord | ParameterRecord


def parse_time(text: str, zone: ZoneInfo = PARK_ZONE) -> int | None:
    """UTC µs of YYYYMMDDhhmmss, or with milliseconds (17 digits, met in the field); None when it is no moment.

    >>> parse_time("20160801085857")
    1470013137000000
    """
    if len(text) not in (14, 17) or not (text.isascii() and text.isdigit()):
        return None
    moment = parse_local(text[:14])
    if moment is None:
        return None
    milliseconds = int(text[14:]) if len(text) == 17 else 0
    return to_us(moment.replace(tzinfo=zone)) + milliseconds * 1000


def format_time(moment: datetime, zone: ZoneInfo = PARK_ZONE) -> str:
    """YYYYMMDDhhmmss in the station's zone."""
    return moment.astimezone(zone).strftime("%Y%m%d%H%M%S")


def parse_number(text: str) -> float | None:
    """A finite decimal number, scientific notation allowed; None for anything else.

    >>> parse_number("11.40"), parse_number("NaN"), parse_number("1_0"), parse_number("")
    (11.4, None, None, None)
    """
    if not text or not _NUMBER_CHARACTERS.issuperset(text):
        return None
    try:
        value = float(text)
    except ValueError:
        return None
    return value if isfinite(value) else None


def _is_number(text: str) -> bool:
    """Whether Python reads a number in it, finite or not."""
    try:
        float(text)
    except ValueError:
        return False
    return True


def quality_of(flag: str | None, eflag: str | None = None) -> int:
    """Kernel quality of a data flag; a flag outside table 8, or the instrument's own, is DEVICE_OTHER."""
    quality = 0 if flag is None else int(FROM_HJ212_FLAG.get(flag, Quality.DEVICE_OTHER))
    return quality | Quality.DEVICE_OTHER if eflag else quality


def read(frame: Frame, zone: ZoneInfo = PARK_ZONE, data_time_us: int | None = None) -> Record:
    """Typed contents of a frame. Raises FrameRefused: nothing of the frame is used then.

    data_time_us: DataTime of the first packet of a split message, for a later packet that does not repeat it.
    """
    header = frame.header
    groups, notes = parse_body(frame.body)
    command = COMMANDS.get(header.cn)
    if command is None:
        raise FrameRefused(
            RejectCode.BAD_CN, f"命令编码 CN={header.cn} 不在标准的命令表中", "厂家自定义命令，或程序写错；原帧已保留"
        )
    notes = header.notes + frame.notes + notes
    if command.kind in MEASURING and not _is_request(groups):
        return _measurements(header.cn, command.kind, groups, zone, data_time_us, notes)
    return _parameters(header.cn, command.kind, groups, notes)


def _is_request(groups: Groups) -> bool:
    """A centre asks for data with an empty CP, or with BeginTime and EndTime; a station's data has DataTime."""
    names = {name for group in groups for name, _ in group}
    return not names or "BeginTime" in names


# ---- measurements


def _measurements(
    cn: str, kind: Kind, groups: Groups, zone: ZoneInfo, data_time_us: int | None, notes: tuple[str, ...]
) -> MeasurementRecord:
    time_us, time_notes = _data_time(groups, zone, data_time_us)
    found: list[Measurement] = []
    odd: list[str] = []
    everywhere = _marks(item for group in groups for item in group)
    for group in groups:
        marks = _marks(group)
        for name, text in group:
            factor, dash, suffix = name.rpartition("-")
            if not dash or suffix not in VALUE_SUFFIXES:
                if name != "DataTime" and suffix not in (FLAG_SUFFIX, EFLAG_SUFFIX, SAMPLE_TIME_SUFFIX):
                    odd.append(name)
                continue
            found.append(_measurement(name, factor, suffix, text, marks.get(factor) or everywhere.get(factor), zone))
    found, repeated = _settle_repeats(found)
    notes += time_notes + repeated
    if odd:
        notes += (f"未用的字段：{'、'.join(dict.fromkeys(odd))}",)
    return MeasurementRecord(cn, kind, time_us, tuple(found), notes)


def _data_time(groups: Groups, zone: ZoneInfo, data_time_us: int | None) -> tuple[int, tuple[str, ...]]:
    texts = [value for group in groups for name, value in group if name == "DataTime"]
    if not texts and data_time_us is not None:
        return data_time_us, ("本包没有 DataTime，取自同一消息的第一包",)
    if len(texts) != 1:
        reason = "数据区没有 DataTime" if not texts else f"数据区有 {len(texts)} 个 DataTime，无法判断数据属于哪一个"
        raise FrameRefused(RejectCode.BAD_DATA_TIME, reason, "标准要求每个数据包以一个 DataTime 开头")
    time_us = parse_time(texts[0], zone)
    if time_us is None:
        raise FrameRefused(
            RejectCode.BAD_DATA_TIME,
            f"DataTime 应为 YYYYMMDDhhmmss，现为 {texts[0][:24]!r}",
            "设备时钟未设置，或格式写错",
        )
    return time_us, ("DataTime 为 17 位（带毫秒）",) if len(texts[0]) == 17 else ()


Marks: TypeAlias = dict[str, dict[str, str]]


def _marks(items: Iterator[tuple[str, str]] | tuple[tuple[str, str], ...]) -> Marks:
    """Flag, EFlag and SampleTime by factor."""
    marks: Marks = {}
    for name, value in items:
        factor, _, suffix = name.rpartition("-")
        if suffix in (FLAG_SUFFIX, EFLAG_SUFFIX, SAMPLE_TIME_SUFFIX):
            marks.setdefault(factor, {})[suffix] = value
    return marks


def _measurement(
    name: str, factor: str, suffix: str, text: str, marks: dict[str, str] | None, zone: ZoneInfo
) -> Measurement:
    marks = marks or {}
    flag, eflag, sampled = marks.get(FLAG_SUFFIX), marks.get(EFLAG_SUFFIX), marks.get(SAMPLE_TIME_SUFFIX)
    value = parse_number(text)
    problem, infinite = "", False
    if value is None:
        infinite = _is_number(text)
        problem = f"{name} 的值 {text[:24]!r} 不是有限的数字" if text else f"{name} 没有值"
    return Measurement(
        name,
        factor,
        suffix,
        text,
        value,
        flag,
        eflag,
        parse_time(sampled, zone) if sampled else None,
        quality_of(flag, eflag),
        problem,
        infinite,
    )


def _settle_repeats(found: list[Measurement]) -> tuple[list[Measurement], tuple[str, ...]]:
    """The same name twice in a frame: equal values count once; different ones are all refused."""
    by_name: dict[str, list[Measurement]] = {}
    for one in found:
        by_name.setdefault(one.name, []).append(one)
    if len(by_name) == len(found):
        return found, ()
    settled: list[Measurement] = []
    notes: list[str] = []
    for name, same in by_name.items():
        if len(same) > 1:
            notes.append(f"{name} 出现 {len(same)} 次")
        if len({(one.text, one.quality) for one in same}) == 1:
            settled.append(same[0])
            continue
        why = f"{name} 在同一帧中出现 {len(same)} 次且内容不同，无法判断取哪一个"
        settled.extend(
            Measurement(m.name, m.factor, m.suffix, m.text, None, m.flag, m.eflag, m.sample_time_us, m.quality, why)
            for m in same
        )
    return settled, tuple(notes)


# ---- parameters, requests, answers


def _whole(low: int, high: int) -> Callable[[str], int | None]:
    def parse(text: str) -> int | None:
        return int(text) if text.isascii() and text.isdigit() and low <= int(text) <= high else None

    return parse


def _minutes(text: str) -> int | None:
    return int(text) if text in {str(n) for n in MINUTE_INTERVALS} else None


def _moment(text: str) -> str | None:
    return text if parse_time(text) is not None else None


def _clock(text: str) -> str | None:
    ok = len(text) == 6 and text.isdigit() and text[:2] < "24" and text[2:4] < "60" and text[4:] < "60"
    return text if ok else None


#: Table 4: how a field is written. Fields not listed are text.
_TYPES: Final[dict[str, Callable[[str], str | int | None]]] = {
    "SystemTime": _moment,
    "BeginTime": _moment,
    "EndTime": _moment,
    "DataTime": _moment,
    "RestartTime": _moment,
    "RtdInterval": _whole(30, 3600),
    "MinInterval": _minutes,
    "OverTime": _whole(1, 99),
    "ReCount": _whole(1, 99),
    "VaseNo": _whole(1, 99),
    "CstartTime": _clock,
    "Ctime": _whole(1, 24),
    "Stime": _whole(1, 120),
    "QnRtn": _whole(0, 999),
    "ExeRtn": _whole(0, 999),
}
#: Spellings met in the standard's own examples (C.35, C.1).
_SPELLINGS: Final = {"CTime": "Ctime", "Overtime": "OverTime"}


def _parameters(cn: str, kind: Kind, groups: Groups, notes: tuple[str, ...]) -> ParameterRecord:
    fields: list[Field] = []
    for group in groups:
        for name, text in group:
            known = _SPELLINGS.get(name, name)
            if known != name:
                notes += (f"字段名 {name} 按 {known} 理解",)
            parse = _TYPES.get(known)
            value = parse(text) if parse else text
            if value is None:
                notes += (f"{name}={text[:24]} 超出标准的格式或范围，按文本保留",)
                value = text
            fields.append(Field(known, text, value))
        if len(group) > 1 and {"BeginTime", "EndTime"} <= {name for name, _ in group}:
            notes += ("BeginTime 与 EndTime 之间用了逗号",)
    return ParameterRecord(cn, kind, tuple(fields), notes)
