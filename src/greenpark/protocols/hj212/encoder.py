"""Messages to bytes: the inverse of the decoder, for the centre's commands and answers and for the device side."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

from greenpark.kernel.periods import PARK_ZONE
from greenpark.protocols.hj212 import sm4
from greenpark.protocols.hj212.codes import FLAG_ANSWER, FLAG_PACKETS, ST_INTERACTION, Edition, must_encrypt
from greenpark.protocols.hj212.crc import crc
from greenpark.protocols.hj212.decoder import LONGEST_SEGMENT, variant_value
from greenpark.protocols.hj212.message import Group, Groups, Header, valid_qn
from greenpark.protocols.hj212.profile import CipherStyle, CrcVariant

#: 6.3.2 table 3: CP holds at most 950 characters, ``CP=&&`` and ``&&`` included. Longer contents are split.
MAX_CP: Final = 950 - len("CP=&&&&")

_VALUE = re.compile(r"[^;,=&#\x00-\x1f\x7f]*")
_LOG = re.compile(r"//[^/&\x00-\x1f\x7f]*//")
_NAME = re.compile(r"[0-9A-Za-z][0-9A-Za-z_.\-]*")


class CannotEncode(ValueError):
    """The message has no representation in HJ 212."""


@dataclass(frozen=True, slots=True)
class Message:
    """What is to be sent. ``answer`` sets bit A; PNUM and PNO set bit D."""

    qn: str
    st: str
    cn: str
    pw: str
    mn: str
    groups: Groups = ()
    edition: Edition = Edition.E2017
    answer: bool = False
    pnum: int | None = None
    pno: int | None = None
    rf: bool = False
    """Re-sent data: writes RF=1 (2025 only)."""

    @property
    def flag(self) -> int:
        split = FLAG_PACKETS if self.pnum is not None else 0
        return self.edition.version_bits | split | (FLAG_ANSWER if self.answer else 0)


def qn_of(moment: datetime, zone: ZoneInfo = PARK_ZONE) -> str:
    """QN of a moment: YYYYMMDDhhmmsszzz in the station's zone."""
    local = moment.astimezone(zone)
    return local.strftime("%Y%m%d%H%M%S") + f"{local.microsecond // 1000:03d}"


def body_text(groups: Groups) -> str:
    """``;`` between items, ``,`` between sub-fields. Raises CannotEncode where that is ambiguous."""
    return ";".join(",".join(_field(name, value) for name, value in group) for group in groups)


def _field(name: str, value: str) -> str:
    if not _NAME.fullmatch(name):
        raise CannotEncode(f"字段名 {name!r} 只能由字母、数字、下划线、点和连字符组成")
    if value != value.strip() or not (_VALUE.fullmatch(value) or _LOG.fullmatch(value)) or _odd_slashes(value):
        raise CannotEncode(f"{name} 的值 {value[:40]!r} 含有分隔符、首尾空格或控制字符")
    return f"{name}={value}"


def _odd_slashes(value: str) -> bool:
    return "//" in value and not _LOG.fullmatch(value)


def segment_head(message: Message) -> str:
    """Everything before ``CP=``; 2005 frames carry neither QN nor Flag unless a QN is given."""
    parts = [f"ST={message.st};CN={message.cn};PW={message.pw};MN={message.mn};"]
    if message.qn:
        parts.insert(0, f"QN={message.qn};")
    if message.qn or message.edition is not Edition.E2005:
        parts.append(f"Flag={message.flag};")
    if message.pnum is not None:
        parts.append(f"PNUM={message.pnum};PNO={message.pno};")
    if message.rf and message.edition is Edition.E2025:
        parts.append("RF=1;")
    return "".join(parts)


def encode(
    message: Message,
    *,
    key: bytes | None = None,
    style: CipherStyle = CipherStyle.RAW,
    variant: CrcVariant = CrcVariant.STANDARD,
) -> bytes:
    """The frame, CR LF included.

    key: encrypts the commands for which HJ 212-2025 asks it; other commands and editions stay plain.
    variant: only devices under test send anything but ``STANDARD``.
    Raises CannotEncode.
    """
    if message.qn and not valid_qn(message.qn):
        raise CannotEncode(f"QN {message.qn!r} 不是 17 位时间戳")
    head = segment_head(message).encode("ascii")
    body = body_text(message.groups).encode("utf-8")
    plain = head + b"CP=&&" + body + b"&&"
    check = variant_value(variant, plain)
    if key is not None and message.edition is Edition.E2025 and must_encrypt(message.cn):
        body = sm4.encrypt(body, key)
        if style is CipherStyle.LITERAL:
            body = sm4.to_literal(body)
        plain = head + b"CP=&&" + body + b"&&"
    if len(plain) > LONGEST_SEGMENT:
        raise CannotEncode(f"数据段 {len(plain)} 字节，长度字段最多写到 9999；请拆分")
    return b"##%04d%b%04X\r\n" % (len(plain), plain, check)


def split(message: Message, qns: Sequence[str], limit: int = MAX_CP) -> list[Message]:
    """Packets of a message whose CP is too long, cut between items, each with its own QN and the DataTime repeated
    (tables C.49, C.50). One message comes back unchanged when it fits. Raises CannotEncode when one item alone is too
    long or the QNs do not suffice."""
    if len(body_text(message.groups).encode()) <= limit:
        return [replace(message, qn=qns[0])] if qns else [message]
    first = message.groups[0] if message.groups and message.groups[0][0][0] == "DataTime" else None
    lead: list[Group] = [first] if first else []
    packets: list[list[Group]] = [list(lead)]
    for group in message.groups[len(lead) :]:
        if len(body_text((*packets[-1], group)).encode()) > limit:
            if len(packets[-1]) == len(lead):
                raise CannotEncode(f"一个数据项超过 {limit} 字节，无法拆分")
            packets.append(list(lead))
        if len(body_text((*packets[-1], group)).encode()) > limit:
            raise CannotEncode(f"一个数据项超过 {limit} 字节，无法拆分")
        packets[-1].append(group)
    if len(qns) < len(packets):
        raise CannotEncode(f"拆成 {len(packets)} 包，需要同样多的 QN，只给了 {len(qns)} 个")
    return [
        replace(message, qn=qns[i], groups=tuple(groups), pnum=len(packets), pno=i + 1)
        for i, groups in enumerate(packets)
    ]


# ---- answers


@lru_cache(maxsize=20_000)
def _answer_parts(header: Header, cn: str, body: str) -> tuple[bytes, bytes, int]:
    tail = (
        f";ST={ST_INTERACTION};CN={cn};PW={header.pw};MN={header.mn};Flag={header.edition.version_bits};CP=&&{body}&&"
    )
    length = len("QN=") + 17 + len(tail)
    return b"##%04dQN=" % length, tail.encode("ascii"), length


def answer(qn: str, header: Header, cn: str, body: str = "") -> bytes:
    """9011 to 9014 to a frame: same QN, PW and MN, ST=91, Flag 0, 4 or 8 (tables C.1, C.14)."""
    head, tail, _ = _answer_parts(header, cn, body)
    stamp = qn.encode("ascii")
    return b"%b%b%b%04X\r\n" % (head, stamp, tail, crc(b"QN=" + stamp + tail))
