"""The fast path: a measurement frame straight to parallel columns, without an object per item.

A station sends the same item names in the same order for months. So the names are read once into a *plan* (which parts
hold values, which flag belongs to which value, the binding keys), and a further frame of the same shape only needs a
split and a conversion of its numbers. Whatever is unusual in any way goes the plain way through :mod:`.records`, so the
two cannot disagree about meaning; a property test holds them to that.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from operator import itemgetter
from typing import Any, Final
from zoneinfo import ZoneInfo

from greenpark.kernel.points import BindingKey
from greenpark.kernel.quality import FROM_HJ212_FLAG
from greenpark.protocols.hj212.codes import FLAG_SUFFIX, VALUE_SUFFIXES
from greenpark.protocols.hj212.message import Frame
from greenpark.protocols.hj212.profile import DeviceProfile
from greenpark.protocols.hj212.records import Measurement, MeasurementRecord, parse_time, read

GATEWAY: Final = "hj212"

_SEPARATORS: Final = b";,="
_TO_SEMICOLON: Final = bytes.maketrans(_SEPARATORS, b";;;")
_ALL_BUT_SEPARATORS: Final = bytes(b for b in range(256) if b not in _SEPARATORS)
_NUMBER: Final = b"0123456789+-.eE"
_FLAG_QUALITY: Final = {flag.encode(): int(quality) for flag, quality in FROM_HJ212_FLAG.items()}
_MAX_PLANS: Final = 50_000
_MAX_MINUTES: Final = 20_000


@dataclass(frozen=True, slots=True)
class ItemProblem:
    """An item without a usable value."""

    text: str
    reason: str
    not_finite: bool
    """A number, but NaN or infinite; otherwise a text that is no number, or contradictory values."""


@dataclass(slots=True)
class Columns:
    """Observations of one frame as parallel lists.

    ``flags`` is empty when every value is good; ``units`` is empty unless the profile names units. An index in
    ``problems`` holds 0.0 as value and must not be stored.
    """

    keys: list[BindingKey] = field(default_factory=list)
    times: list[int] = field(default_factory=list)
    values: list[float] = field(default_factory=list)
    flags: list[int] = field(default_factory=list)
    units: list[str | None] = field(default_factory=list)
    problems: dict[int, ItemProblem] = field(default_factory=dict)


@dataclass(slots=True, eq=False)
class _Plan:
    """How to read frames of one shape."""

    profile: DeviceProfile
    separators: bytes
    names: list[bytes]
    keys: list[BindingKey]
    values: Callable[[list[bytes]], tuple[bytes, ...]]
    flags: Callable[[list[bytes]], tuple[bytes, ...]] | None
    """The flag text of each value; None when the shape has no flags."""
    flagged: list[bool]
    all_normal: tuple[bytes, ...]
    units: list[str | None]


class MeasurementReader:
    """Reads measurement frames of any number of stations; remembers their shapes. One per gateway, one thread."""

    def __init__(self) -> None:
        self._plans: dict[tuple[str, str], _Plan] = {}
        self._minutes: dict[tuple[bytes, ZoneInfo], int] = {}
        self.slow_frames = 0
        """Frames that went the plain way (first of a shape, or unusual)."""

    def decode(self, frame: Frame, profile: DeviceProfile, data_time_us: int | None = None) -> Columns:
        """Columns of a frame of a measuring command (``codes.MEASURING_CN``). Raises FrameRefused as ``read`` does."""
        body = frame.body
        header = frame.header
        plan = self._plans.get((header.mn, header.cn))
        if plan is not None and plan.profile is profile:
            parts = body.translate(_TO_SEMICOLON).split(b";")
            if body.translate(None, _ALL_BUT_SEPARATORS) == plan.separators and parts[0::2] == plan.names:
                columns = self._planned(plan, parts)
                if columns is not None:
                    return columns
        return self._plain(frame, profile, data_time_us)

    def _planned(self, plan: _Plan, parts: list[bytes]) -> Columns | None:
        """None when a value is not a plain finite number: the plain way says which and why."""
        time_us = self._time(parts[1], plan.profile.zone)
        texts = plan.values(parts)
        if time_us is None or b"".join(texts).translate(None, _NUMBER):
            return None
        try:
            values = list(map(float, texts))
        except ValueError:
            return None
        total = sum(values)
        if total - total != 0.0:  # some value overflowed to infinity
            return None
        flags: list[int] = []
        if plan.flags is not None:
            marks = plan.flags(parts)
            if marks != plan.all_normal:
                if not _known_marks(marks, plan.flagged):
                    return None
                flags = [_FLAG_QUALITY.get(mark, 0) for mark in marks]
                if not any(flags):
                    flags = []
        return Columns(plan.keys.copy(), [time_us] * len(values), values, flags, plan.units.copy())

    def _time(self, text: bytes, zone: ZoneInfo) -> int | None:
        """UTC µs of 14 digits; conversions are remembered by the minute."""
        if len(text) != 14 or not text.isdigit():
            return None
        minute = (text[:12], zone)
        start = self._minutes.get(minute)
        if start is None:
            start = parse_time(text[:12].decode() + "00", zone)
            if start is None:
                return None
            if len(self._minutes) >= _MAX_MINUTES:
                self._minutes.clear()
            self._minutes[minute] = start
        seconds = int(text[12:])
        return start + seconds * 1_000_000 if seconds < 60 else None

    def _plain(self, frame: Frame, profile: DeviceProfile, data_time_us: int | None) -> Columns:
        self.slow_frames += 1
        record = read(frame, profile.zone, data_time_us)
        if not isinstance(record, MeasurementRecord):
            return Columns()
        columns = columns_of(record, frame.header.mn, profile)
        plan = _make_plan(frame, record, profile, columns)
        if plan is not None:
            if len(self._plans) >= _MAX_PLANS:
                self._plans.clear()
            self._plans[frame.header.mn, frame.header.cn] = plan
        return columns


def _known_marks(marks: tuple[bytes, ...], flagged: list[bool]) -> bool:
    """Whether every flag is in table 8. The text of a value without a flag is a number, so never a flag."""
    return all(mark in _FLAG_QUALITY or not known for mark, known in zip(marks, flagged, strict=True))


def columns_of(record: MeasurementRecord, mn: str, profile: DeviceProfile) -> Columns:
    """Columns of a typed record: the definition that the fast path must equal."""
    found = record.measurements
    columns = Columns(
        keys=[(GATEWAY, mn, record.cn, m.name) for m in found],
        times=[record.time_us] * len(found),
        values=[0.0 if m.value is None else m.value for m in found],
        flags=[m.quality for m in found] if any(m.quality for m in found) else [],
        units=_units(found, profile),
    )
    for index, m in enumerate(found):
        if m.value is None:
            columns.problems[index] = ItemProblem(m.text, m.problem, m.finite_problem)
    return columns


def _units(found: tuple[Measurement, ...], profile: DeviceProfile) -> list[str | None]:
    if not profile.units:
        return []
    units = [profile.unit_of(m.name) for m in found]
    return units if any(units) else []


def _make_plan(frame: Frame, record: MeasurementRecord, profile: DeviceProfile, columns: Columns) -> _Plan | None:
    """A plan for the shape of this frame, or None when it has anything unusual."""
    body = frame.body
    parts = body.translate(_TO_SEMICOLON).split(b";")
    separators = body.translate(None, _ALL_BUT_SEPARATORS)
    names = parts[0::2]
    if len(parts) % 2 or separators[0::2].strip(b"=") or b"=" in separators[1::2] or names[:1] != [b"DataTime"]:
        return None
    of_the_frame = frame.header.notes + frame.notes  # header and check value do not bear on the shape of the body
    if any(note not in of_the_frame for note in record.notes) or b"/" in body or b" " in body:
        return None
    suffixes = [name.rpartition(b"-")[2].decode("ascii", "replace") for name in names]
    if len(set(names)) != len(names) or any(s not in VALUE_SUFFIXES and s != FLAG_SUFFIX for s in suffixes[1:]):
        return None
    value_at = [2 * i + 1 for i, suffix in enumerate(suffixes) if i and suffix in VALUE_SUFFIXES]
    if len(value_at) != len(columns.keys) or not value_at:
        return None
    flag_at = {name.rpartition(b"-")[0]: 2 * i + 1 for i, name in enumerate(names) if suffixes[i] == FLAG_SUFFIX}
    of_value = [flag_at.get(parts[at - 1].rpartition(b"-")[0]) for at in value_at]
    flagged = [at is not None for at in of_value]
    # A value without a flag points at its own text; `flagged` keeps that from being read as a flag.
    pointers = [at if at is not None else value_at[i] for i, at in enumerate(of_value)]
    return _Plan(
        profile=profile,
        separators=separators,
        names=names,
        keys=columns.keys.copy(),
        values=_tuple_getter(value_at),
        flags=_tuple_getter(pointers) if any(flagged) else None,
        flagged=flagged,
        all_normal=(b"N",) * len(pointers),
        units=columns.units.copy(),
    )


def _tuple_getter(indexes: list[int]) -> Callable[[list[bytes]], tuple[bytes, ...]]:
    if len(indexes) == 1:
        only = indexes[0]
        return lambda parts: (parts[only],)
    getter: Any = itemgetter(*indexes)
    return getter  # type: ignore[no-any-return]
