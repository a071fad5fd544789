"""Bytes of a connection in any chunking -> frames and rejected stretches.

A frame is ``##``, four digits with the number of bytes of the data segment, the segment, four hexadecimal digits and
CR LF. The decoder cuts by the length: an encrypted body may contain any byte. Only where length and check value do not
fit does it look for the end of the frame by its text, so that one bad frame never takes its neighbours with it. Which
events come out depends on the stream alone, not on how it was cut into chunks.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final, TypeAlias

from greenpark.protocols.hj212 import explain, sm4
from greenpark.protocols.hj212.codes import Edition
from greenpark.protocols.hj212.crc import crc, modbus_crc, swapped
from greenpark.protocols.hj212.message import Frame, Header, parse_header, parse_local
from greenpark.protocols.hj212.profile import CipherStyle, CrcVariant, DeviceProfile
from greenpark.protocols.hj212.rejects import FrameRefused, Reject, RejectCode

Event: TypeAlias = Frame | Reject
Profiles: TypeAlias = Callable[[str], DeviceProfile | None]

#: Longest segment that four digits can announce.
LONGEST_SEGMENT: Final = 9999
#: Longest segment of the standard (6.3.1 table 2); longer ones are met and taken with a note.
STANDARD_SEGMENT: Final = 1024
#: How far beyond a wrong announced end the real end is looked for, and the longest stretch of garbage in one reject.
SEARCH: Final = 2048
#: Headers remembered per connection; one station repeats a handful.
_HEADERS: Final = 256

_HEAD = re.compile(rb"##[0-9]{4}")
_PARTIAL_HEAD = re.compile(rb"#\Z|##[0-9]{0,3}\Z")
_HEX = re.compile(rb"[0-9A-Fa-f]{4}")
#: End of a text frame, or the head of the next one.
_STOP = re.compile(rb"&&[0-9A-Fa-f]{4}(?=[\r\n]|##[0-9]{4})|(?=##[0-9]{4})")
_STOP_AT_END = re.compile(rb"&&[0-9A-Fa-f]{4}(?=[\r\n]|##[0-9]{4}|\Z)|(?=##[0-9]{4})")
_FILLER: Final = b"\r\n \t\0"


def no_profiles(mn: str) -> DeviceProfile | None:
    """A directory that knows nobody: standard check value, no keys."""
    return None


class Decoder:
    """One direction of one connection: ``feed`` it, ``settle`` it on a quiet line, ``close`` it at the end.

    Keeps at most one announced frame plus the search window (about 12 KB) and never raises on any input.
    """

    def __init__(self, profiles: Profiles = no_profiles) -> None:
        self._profiles = profiles
        self._rest = b""
        self._chunks: list[bytes] = []
        self._size = 0
        self._need = 1
        self._garbage = b""
        self._after_frame = False
        self._headers: dict[bytes, Header] = {}
        self.odd_tails = 0
        """Accepted frames not followed by exactly CR LF."""

    @property
    def buffered(self) -> int:
        """Bytes kept for a frame that is not complete yet."""
        return self._size + len(self._garbage)

    def feed(self, data: bytes) -> list[Event]:
        """Take the next bytes of the stream; return what became complete, in order."""
        self._chunks.append(data)
        self._size += len(data)
        if self._size < self._need:
            return []
        return self._work(final=False)

    def settle(self) -> list[Event]:
        """The line has been quiet: settle a frame whose end is in sight although more bytes were announced."""
        rest = self._join()
        if rest.startswith(b"##") and _STOP_AT_END.search(rest, 6):
            return self._work(final=True, only_visible=True)
        return []

    def close(self) -> list[Event]:
        """End of the stream: whatever is left is rejected."""
        return self._work(final=True)

    # ---- the loop

    def _join(self) -> bytes:
        if len(self._chunks) > 1:
            self._chunks = [b"".join(self._chunks)]
        return self._chunks[0] if self._chunks else b""

    def _work(self, *, final: bool, only_visible: bool = False) -> list[Event]:
        buffer, at = self._join(), 0
        events: list[Event] = []
        need = 1
        while at < len(buffer):
            if not _HEAD.match(buffer, at):
                at, waiting = self._skip_garbage(buffer, at, events, final and not only_visible)
                if waiting:
                    break
                continue
            if self._garbage or self._after_frame:
                self._flush_garbage(events)
            size = int(buffer[at + 2 : at + 6])
            end = at + size + 10
            step = self._frame(buffer, at, size, end, events) if end <= len(buffer) else 0
            if not step:
                step, need = self._unfit(buffer, at, end, events, final, only_visible)
            if not step:
                break
            at += step
            if buffer.startswith(b"\r\n", at) and self._after_frame:
                self._after_frame = False
                at += 2
        self._keep(buffer[at:], need)
        if final and not only_visible:
            self._flush_garbage(events)
        return events

    def _keep(self, rest: bytes, need: int) -> None:
        self._chunks = [rest] if rest else []
        self._size = len(rest)
        self._need = need

    def _skip_garbage(self, buffer: bytes, at: int, events: list[Event], final: bool) -> tuple[int, bool]:
        """Move to the next head; returns the position and whether more bytes are needed to go on."""
        found = _HEAD.search(buffer, at)
        if found:
            self._collect(buffer[at : found.start()], events)
            return found.start(), False
        partial = None if final else _PARTIAL_HEAD.search(buffer, at)
        stop = partial.start() if partial else len(buffer)
        self._collect(buffer[at:stop], events)
        return stop, True

    def _collect(self, garbage: bytes, events: list[Event]) -> None:
        self._garbage += garbage
        while len(self._garbage) >= SEARCH:
            stretch, self._garbage = self._garbage[:SEARCH], self._garbage[SEARCH:]
            self._after_frame = False
            if stretch.strip(_FILLER):
                events.append(explain.garbage(stretch))

    def _flush_garbage(self, events: list[Event]) -> None:
        garbage, self._garbage = self._garbage, b""
        if self._after_frame:
            self.odd_tails += garbage != b"\r\n"
            self._after_frame = False
        if garbage.strip(_FILLER):
            events.append(explain.garbage(garbage.strip(b"\r\n")))

    # ---- one frame

    def _frame(self, buffer: bytes, at: int, size: int, end: int, events: list[Event]) -> int:
        """Bytes used when the announced length and the check value fit; 0 otherwise."""
        segment, check = buffer[at + 6 : end - 4], buffer[end - 4 : end]
        if not _HEX.fullmatch(check):
            return 0
        event = self._verify(buffer[at:end], segment, int(check, 16))
        if event is None:
            return 0
        events.append(event)
        self._after_frame = True
        return end - at

    def _verify(self, raw: bytes, segment: bytes, check: int) -> Event | None:
        """The frame, a reject because of its contents, or None when the check value does not fit."""
        cp = segment.find(b"CP=&&")
        if cp < 0 or not segment.endswith(b"&&") or len(segment) < cp + 7:
            if crc(segment) != check:
                return None
            return Reject(raw, RejectCode.BAD_STRUCTURE, "数据段中没有完整的 CP=&&…&&", "命令参数区缺失或被截断")
        body = segment[cp + 5 : -2]
        try:
            if sm4.looks_plain(body) and not body.startswith(b"{"):
                return self._plain(raw, segment, check, segment[:cp], body)
            return self._encrypted(raw, segment, check, segment[:cp], body)
        except FrameRefused as refused:
            return explain.refused(raw, segment, refused)

    def _plain(self, raw: bytes, segment: bytes, check: int, head: bytes, body: bytes) -> Frame | None:
        variant = CrcVariant.STANDARD
        if crc(segment) != check:
            accepted = self._accepted_variant(segment, check, head)
            if accepted is None:
                return None
            variant = accepted
        qn, header = self._header(head)
        if variant is CrcVariant.STANDARD and len(segment) <= STANDARD_SEGMENT:
            return Frame(raw, qn, header, body)
        notes = [f"数据段 {len(segment)} 字节，标准至多 {STANDARD_SEGMENT}"] if len(segment) > STANDARD_SEGMENT else []
        if variant is not CrcVariant.STANDARD:
            notes.append(f"校验按 {variant} 接收（设备档案）")
        return Frame(raw, qn, header, body, variant, notes=tuple(notes))

    def _accepted_variant(self, segment: bytes, check: int, head: bytes) -> CrcVariant | None:
        """A foreign check value, when the profile of the station that the frame names allows it."""
        try:
            _, header = self._header(head)
        except FrameRefused:
            return None
        profile = self._profiles(header.mn)
        if profile is None or profile.crc is CrcVariant.STANDARD:
            return None
        return profile.crc if variant_value(profile.crc, segment) == check else None

    def _encrypted(self, raw: bytes, segment: bytes, check: int, head: bytes, body: bytes) -> Event | None:
        """Decrypt first, then check: length and check value belong to the plain segment (HJ 212-2025)."""
        cipher = sm4.from_literal(body)
        style = CipherStyle.RAW if cipher is None else CipherStyle.LITERAL
        as_sent = crc(segment) == check
        try:
            qn, header = self._header(head)
        except FrameRefused:
            if not as_sent:
                return None
            raise
        profile = self._profiles(header.mn)
        for key in profile.sm4_keys if profile else ():
            plain = sm4.decrypt(body if cipher is None else cipher, key)
            if not sm4.looks_plain(plain):
                continue
            if crc(head + b"CP=&&" + plain + b"&&") == check:
                return Frame(raw, qn, header, plain, cipher=style)
            if as_sent:
                return Frame(raw, qn, header, plain, cipher=style, notes=("校验按密文计算，标准按明文",))
        if header.edition is not Edition.E2025 and not (profile and profile.sm4_keys):
            if as_sent:
                raise FrameRefused(
                    RejectCode.BAD_STRUCTURE, "数据区含有不可打印的字节", "线路干扰，或设备编码不是 UTF-8"
                )
            return None
        if _STOP.search(raw, 6, len(raw) - 4):  # a wrong length that spans neighbours, not a cipher text
            return None
        raise explain.cannot_decrypt(profile)

    def _header(self, head: bytes) -> tuple[str, Header]:
        """Parse, or remember: all fields but QN repeat from frame to frame."""
        if head[:3] != b"QN=" or head[20:21] != b";" or not head[3:20].isdigit():
            return parse_header(head)
        rest = head[21:]
        header = self._headers.get(rest)
        if header is None or not valid_stamp(head[3:20]):
            qn, header = parse_header(head)
            if len(self._headers) >= _HEADERS:
                self._headers.clear()
            self._headers[rest] = header
            return qn, header
        return head[3:20].decode(), header

    # ---- what does not fit

    def _unfit(
        self, buffer: bytes, at: int, end: int, events: list[Event], final: bool, only_visible: bool
    ) -> tuple[int, int]:
        """Where a frame that does not fit really ends: bytes used (0: wait), bytes needed to go on."""
        if end > len(buffer) and not final:
            return 0, end - at
        announced = end - at
        complete = end <= len(buffer)
        early = _STOP.search(buffer, at + 6, end) if complete else None
        if early is None and complete and self._plausible(buffer, at, end):
            events.append(explain.bad_crc(buffer[at:end]))
            return announced, 1
        limit = announced + SEARCH
        stop = early or (_STOP_AT_END if final else _STOP).search(buffer, at + 6, at + limit)
        if stop:
            events.append(
                explain.bad_length(buffer[at : stop.end()], announced - 10, is_whole=stop.end() > stop.start())
            )
            return stop.end() - at, 1
        if len(buffer) - at >= limit:
            events.append(explain.bad_length(buffer[at : at + limit], announced - 10, is_whole=False))
            return limit, 1
        if not final or only_visible:
            return 0, 1
        events.append(explain.truncated(buffer[at:], announced - 10))
        return len(buffer) - at, 1

    @staticmethod
    def _plausible(buffer: bytes, at: int, end: int) -> bool:
        return buffer[end - 6 : end - 4] == b"&&" and _HEX.fullmatch(buffer, end - 4, end) is not None


_stamps: dict[bytes, bool] = {}


def valid_stamp(qn: bytes) -> bool:
    """Whether 17 digits name a moment; remembered by the minute."""
    minute = qn[:12]
    known = _stamps.get(minute)
    if known is None:
        known = parse_local(minute.decode() + "00") is not None
        if len(_stamps) > 10_000:
            _stamps.clear()
        _stamps[minute] = known
    return known and qn[12:14] < b"60"


def variant_value(variant: CrcVariant, segment: bytes) -> int:
    """The check value a device computes that follows a variant."""
    if variant is CrcVariant.STANDARD:
        return crc(segment)
    if variant is CrcVariant.STANDARD_SWAPPED:
        return swapped(crc(segment))
    if variant is CrcVariant.MODBUS:
        return modbus_crc(segment)
    return swapped(modbus_crc(segment))
