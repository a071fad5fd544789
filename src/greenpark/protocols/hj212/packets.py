"""Split messages (拆分包): PNUM packets with their own QNs and numbers PNO from 1 (HJ 212-2017 C.49, C.50).

Packets as the standard shows them stand on their own: each repeats DataTime, and the cut lies between items. So a
packet is passed on at once, which also lets a station that waits for the 9014 of packet 1 send packet 2. A packet
without DataTime needs packet 1 for its time: it is passed on with that time, or held back, within limits, until
packet 1 comes.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Final, TypeAlias
from zoneinfo import ZoneInfo

from greenpark.kernel.periods import PARK_ZONE
from greenpark.protocols.hj212.message import Frame
from greenpark.protocols.hj212.records import parse_time
from greenpark.protocols.hj212.rejects import FrameRefused, Reject, RejectCode

MAX_MESSAGES: Final = 8
MAX_HELD: Final = 32
TIMEOUT_US: Final = 60_000_000

_Key: TypeAlias = tuple[str, str, int]


@dataclass(frozen=True, slots=True)
class Ready:
    """A frame to be read, with the time of its message when it does not carry one itself."""

    frame: Frame
    data_time_us: int | None = None


@dataclass(slots=True)
class _Message:
    last_us: int
    data_time_us: int | None = None
    seen: set[int] = field(default_factory=set)
    held: list[Frame] = field(default_factory=list)


@dataclass(slots=True)
class Assembler:
    """Packets of one connection. Time is passed in [UTC µs]."""

    zone: ZoneInfo = PARK_ZONE
    timeout_us: int = TIMEOUT_US
    _messages: OrderedDict[_Key, _Message] = field(default_factory=OrderedDict)

    @property
    def held(self) -> int:
        """Packets kept back."""
        return sum(len(message.held) for message in self._messages.values())

    def add(self, frame: Frame, now_us: int) -> tuple[list[Ready], list[Reject]]:
        """Frames that can be read now, and packets given up. A frame that is no packet passes through."""
        header = frame.header
        if header.pnum is None or header.pno is None or header.pnum == 1:
            return [Ready(frame)], []
        rejects = self.expire(now_us)
        key = (header.mn, header.cn, header.pnum)
        message = self._messages.get(key)
        if message is None or (header.pno == 1 and message.data_time_us is not None and 1 in message.seen):
            rejects += self._drop(key)  # packet 1 again: a new message (or the same one sent again from the start)
            message = self._open(key, now_us, rejects)
        message.last_us = now_us
        message.seen.add(header.pno)
        ready, more = self._place(message, frame)
        if len(message.seen) == header.pnum and not message.held:
            del self._messages[key]
        return ready, rejects + more

    def expire(self, now_us: int) -> list[Reject]:
        """Give up messages of which nothing came for ``timeout_us``."""
        old = [key for key, message in self._messages.items() if now_us - message.last_us > self.timeout_us]
        return [reject for key in old for reject in self._drop(key)]

    def close(self) -> list[Reject]:
        """End of the connection."""
        return [reject for key in list(self._messages) for reject in self._drop(key)]

    def _open(self, key: _Key, now_us: int, rejects: list[Reject]) -> _Message:
        while len(self._messages) >= MAX_MESSAGES:
            rejects += self._drop(next(iter(self._messages)))
        message = self._messages[key] = _Message(now_us)
        return message

    def _place(self, message: _Message, frame: Frame) -> tuple[list[Ready], list[Reject]]:
        own = data_time(frame, self.zone)
        if own is not None:
            message.data_time_us = own if message.data_time_us is None else message.data_time_us
            released = [Ready(held, message.data_time_us) for held in message.held]
            message.held = []
            return [Ready(frame), *released], []
        if message.data_time_us is not None:
            return [Ready(frame, message.data_time_us)], []
        if len(message.held) >= MAX_HELD:
            return [], [_given_up(frame, f"等待第一包的分包已达 {MAX_HELD} 个")]
        message.held.append(frame)
        return [], []

    def _drop(self, key: _Key) -> list[Reject]:
        message = self._messages.pop(key, None)
        if message is None:
            return []
        missing = [n for n in range(1, min(key[2], 1000) + 1) if n not in message.seen]
        names = "、".join(map(str, missing[:20])) + ("…" if len(missing) > 20 else "")
        return [_given_up(frame, f"共 {key[2]} 包，缺第 {names} 包，且本包没有 DataTime") for frame in message.held]


def data_time(frame: Frame, zone: ZoneInfo) -> int | None:
    """DataTime of a frame, None when it has none or an unreadable one."""
    try:
        groups = frame.groups()
    except FrameRefused:
        return None
    return next((parse_time(value, zone) for group in groups for name, value in group if name == "DataTime"), None)


def _given_up(frame: Frame, reason: str) -> Reject:
    cause = "拆分包没有收全：中间的包丢失，或设备没有重发"
    return Reject(frame.raw, RejectCode.PACKET_MISSING, reason, cause, frame.header.mn, frame.qn)
