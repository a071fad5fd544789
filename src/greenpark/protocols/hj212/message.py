"""The data segment: header fields, and the ordered contents of CP (HJ 212-2017 6.3.2, 6.3.3)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final, TypeAlias

from greenpark.protocols.hj212.codes import BY_VERSION, FLAG_ANSWER, FLAG_PACKETS, Edition
from greenpark.protocols.hj212.profile import CipherStyle, CrcVariant
from greenpark.protocols.hj212.rejects import FrameRefused, RejectCode

#: One item's sub-fields, in order and with repetitions: ``a21026-Rtd=1,a21026-Flag=N``.
Group: TypeAlias = tuple[tuple[str, str], ...]
Groups: TypeAlias = tuple[Group, ...]

MAX_PACKETS: Final = 9999
_ST = re.compile(r"[0-9A-Z]{2}")
_CN = re.compile(r"[0-9]{4}")
_MN = re.compile(r"[0-9A-Za-z_.:\-]{1,64}")
_NAME = re.compile(r"[0-9A-Za-z][0-9A-Za-z_.\-]*")
_DIGITS = re.compile(r"[0-9]+")
_BARE_CODE = re.compile(r"([0-9]{5})-(\w+)")
_KNOWN = ("QN", "ST", "CN", "PW", "MN", "Flag", "PNUM", "PNO", "RF")


@dataclass(frozen=True, slots=True)
class Header:
    """Fields before CP, without QN (they repeat from frame to frame and are parsed once)."""

    st: str
    cn: str
    pw: str
    mn: str
    flag: int | None
    """None: no Flag was sent (2005)."""
    edition: Edition
    """By the Flag; a station's profile may know better."""
    pnum: int | None = None
    pno: int | None = None
    rf: bool = False
    """Re-sent data (补传), 2025."""
    extra: tuple[tuple[str, str], ...] = ()
    """Fields outside the standard, as sent."""
    notes: tuple[str, ...] = ()

    @property
    def wants_answer(self) -> bool:
        """Bit A."""
        return self.flag is not None and bool(self.flag & FLAG_ANSWER)


@dataclass(slots=True, eq=False)
class Frame:
    """A frame with the right length and check value, its header read, its body decrypted."""

    raw: bytes
    """``##`` to the check value, as it came; without CR LF."""
    qn: str
    """17 digits; empty when none was sent (2005)."""
    header: Header
    body: bytes
    """Between ``CP=&&`` and ``&&``, plain."""
    crc: CrcVariant = CrcVariant.STANDARD
    cipher: CipherStyle | None = None
    notes: tuple[str, ...] = ()

    def groups(self) -> Groups:
        """Contents of CP. Raises FrameRefused."""
        return parse_body(self.body)[0]

    def edition(self, known: Edition | None = None) -> Edition:
        return known or self.header.edition


def parse_header(head: bytes) -> tuple[str, Header]:
    """QN and header of the text before ``CP=``. Raises FrameRefused naming the field."""
    fields, extra, notes = _header_fields(head)
    flag = _flag(fields)
    edition = Edition.E2005 if flag is None else BY_VERSION[flag >> 2]
    pnum, pno = _packet_numbers(fields, flag, notes)
    header = Header(
        st=_checked(fields, "ST", _ST, RejectCode.BAD_ST, "两位字符"),
        cn=_checked(fields, "CN", _CN, RejectCode.BAD_CN, "四位数字"),
        pw=fields.get("PW", ""),
        mn=_mn(fields),
        flag=flag,
        edition=edition,
        pnum=pnum,
        pno=pno,
        rf=_resent(fields, notes),
        extra=tuple(extra),
        notes=tuple(notes),
    )
    return _qn(fields, edition), header


def _header_fields(head: bytes) -> tuple[dict[str, str], list[tuple[str, str]], list[str]]:
    try:
        text = head.decode("ascii")
    except UnicodeDecodeError:
        raise FrameRefused(RejectCode.BAD_STRUCTURE, "数据段的头部字段含有非 ASCII 字符") from None
    if text and not text.isprintable():
        raise FrameRefused(RejectCode.BAD_STRUCTURE, "数据段的头部字段含有控制字符", "可能是两帧粘连，或线路干扰")
    notes: list[str] = []
    if text and not text.endswith(";"):
        notes.append("CP 之前缺分号")
    if "," in text:
        notes.append("头部字段之间用了逗号")
        text = text.replace(",", ";")
    fields: dict[str, str] = {}
    extra: list[tuple[str, str]] = []
    for part in text.split(";"):
        if not part.strip():
            continue
        name, equals, value = (piece.strip() for piece in part.partition("="))
        if not equals:
            raise FrameRefused(RejectCode.BAD_STRUCTURE, f"头部字段 {part[:40]!r} 没有等号")
        if name not in _KNOWN:
            extra.append((name, value))
            notes.append(f"标准以外的头部字段 {name[:20]}")
        elif name in fields:
            raise FrameRefused(RejectCode.BAD_STRUCTURE, f"头部字段 {name} 出现两次", "可能是两帧粘连，或中间丢了字节")
        else:
            fields[name] = value
    return fields, extra, notes


def _checked(fields: Mapping[str, str], name: str, pattern: re.Pattern[str], code: RejectCode, form: str) -> str:
    value = fields.get(name)
    if value is None:
        raise FrameRefused(code, f"缺少 {name} 字段", f"按标准 6.3.2，{name} 为必填")
    if not pattern.fullmatch(value):
        raise FrameRefused(code, f"{name} 应为{form}，现为 {value[:20]!r}", "多为数采仪未配置或程序写错")
    return value


def _mn(fields: Mapping[str, str]) -> str:
    value = _checked(fields, "MN", _MN, RejectCode.BAD_MN, " 1 到 64 位字母、数字")
    if value.lower() in ("null", "none", "undefined"):
        raise FrameRefused(RejectCode.BAD_MN, f"MN 为 {value!r}", "数采仪没有配置设备唯一标识")
    return value


def _qn(fields: Mapping[str, str], edition: Edition) -> str:
    value = fields.get("QN")
    if value is None:
        if edition is Edition.E2005:
            return ""
        raise FrameRefused(RejectCode.BAD_QN, "缺少 QN 字段", f"HJ 212-{edition} 要求每帧带请求编码 QN")
    if not valid_qn(value):
        raise FrameRefused(RejectCode.BAD_QN, f"QN 应为 17 位时间戳 YYYYMMDDhhmmsszzz，现为 {value[:24]!r}")
    return value


def valid_qn(value: str) -> bool:
    """17 ASCII digits that name a moment of the calendar."""
    if len(value) != 17 or not (value.isascii() and value.isdigit()):
        return False
    return parse_local(value[:14]) is not None


def parse_local(text: str) -> datetime | None:
    """A naive datetime of YYYYMMDDhhmmss; None when the calendar has no such moment."""
    try:
        return datetime(  # noqa: DTZ001 - the caller knows the station's zone
            int(text[0:4]), int(text[4:6]), int(text[6:8]), int(text[8:10]), int(text[10:12]), int(text[12:14])
        )
    except ValueError:
        return None


def _flag(fields: Mapping[str, str]) -> int | None:
    text = fields.get("Flag")
    if text is None:
        return None
    if not _DIGITS.fullmatch(text) or int(text) > 255:
        raise FrameRefused(RejectCode.BAD_FLAG, f"Flag 应为 0 到 255 的整数，现为 {text[:12]!r}")
    flag = int(text)
    if flag >> 2 not in BY_VERSION:
        raise FrameRefused(
            RejectCode.BAD_FLAG,
            f"Flag={flag} 的版本号 {flag >> 2} 未知（0 为 2005 版，1 为 2017 版，2 为 2025 版）",
        )
    return flag


def _packet_numbers(fields: Mapping[str, str], flag: int | None, notes: list[str]) -> tuple[int | None, int | None]:
    total, number = fields.get("PNUM"), fields.get("PNO")
    split = flag is not None and bool(flag & FLAG_PACKETS)
    if total is None and number is None:
        if split:
            raise FrameRefused(RejectCode.BAD_PACKET_NUMBER, f"Flag={flag} 表示拆分包，但没有 PNUM 和 PNO")
        return None, None
    if total is None or number is None or not (_DIGITS.fullmatch(total) and _DIGITS.fullmatch(number)):
        raise FrameRefused(RejectCode.BAD_PACKET_NUMBER, f"PNUM={total}、PNO={number} 不是一对整数")
    pnum, pno = int(total[:6]), int(number[:6])
    if not 1 <= pno <= pnum <= MAX_PACKETS:
        raise FrameRefused(RejectCode.BAD_PACKET_NUMBER, f"包号 PNO={pno} 不在 1 到总包数 PNUM={pnum} 之间")
    if not split:
        notes.append("带有 PNUM、PNO，但 Flag 没有置拆分位")
    return pnum, pno


def _resent(fields: Mapping[str, str], notes: list[str]) -> bool:
    value = fields.get("RF")
    if value not in (None, "0", "1"):
        raise FrameRefused(RejectCode.BAD_STRUCTURE, f"RF 只能为 1，现为 {value!r}")
    if value == "0":
        notes.append("RF=0：标准只在补传帧中写 RF=1")
    return value == "1"


# ---- CP


def parse_body(body: bytes) -> tuple[Groups, tuple[str, ...]]:
    """Groups of the body, order and repetitions kept, and notes on what was put right. Raises FrameRefused.

    >>> parse_body(b"a01001-Rtd=1,a01001-Flag=N;X=")[0]
    ((('a01001-Rtd', '1'), ('a01001-Flag', 'N')), (('X', ''),))
    """
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        raise FrameRefused(
            RejectCode.BAD_STRUCTURE, "数据区不是 UTF-8 文本", "可能用了 GBK 编码，或未按约定加密"
        ) from None
    if not text.strip():
        return (), ()
    if "&&" in text:
        raise FrameRefused(RejectCode.BAD_STRUCTURE, "数据区内又出现 &&", "可能是两帧粘连，或中间丢了字节")
    notes: list[str] = []
    groups: list[Group] = []
    for part in _split(text, ";"):
        if not part.strip():
            _note(notes, "多余的分号")
            continue
        groups.append(_restore_letters(tuple(_item(piece, notes) for piece in _split(part, ",")), notes))
    return tuple(groups), tuple(notes)


def _split(text: str, separator: str) -> list[str]:
    """Split, but not inside a log text between ``//`` and ``//`` (table C.40)."""
    if "//" not in text:
        return text.split(separator)
    pieces, start, at, quoted = [], 0, 0, False
    while at < len(text):
        if text.startswith("//", at):
            quoted = not quoted
            at += 2
            continue
        if not quoted and text[at] == separator:
            pieces.append(text[start:at])
            start = at + 1
        at += 1
    if quoted:
        raise FrameRefused(RejectCode.BAD_ITEM, "日志内容缺少结尾的 //")
    pieces.append(text[start:])
    return pieces


def _item(piece: str, notes: list[str]) -> tuple[str, str]:
    name, equals, value = piece.partition("=")
    if name != name.strip() or value != value.strip():
        _note(notes, "数据区内有空格")
        name, value = name.strip(), value.strip()
    if not equals or not _NAME.fullmatch(name):
        raise FrameRefused(
            RejectCode.BAD_ITEM,
            f"数据项 {piece[:60]!r} 不是“字段名=值”",
            "可能是拆分包切在了数据项中间，或中间丢了字节",
        )
    return name, value


def _restore_letters(group: Group, notes: list[str]) -> Group:
    """``w01018-SampleTime=…,01018-Rtd=2.2``: the letter is missing in the standard's own example C.14."""
    if not any(_BARE_CODE.fullmatch(name) for name, _ in group):
        return group
    letters: dict[str, set[str]] = {}
    for name, _ in group:
        factor = name.partition("-")[0]
        if len(factor) == 6 and factor[0].isalpha():
            letters.setdefault(factor[1:], set()).add(factor[0])
    fixed = []
    for name, value in group:
        match = _BARE_CODE.fullmatch(name)
        known = letters.get(match[1], set()) if match else set()
        if len(known) == 1:
            _note(notes, f"因子 {name} 漏写首字母，已按同组补为 {next(iter(known))}{name}")
            name = next(iter(known)) + name
        fixed.append((name, value))
    return tuple(fixed)


def _note(notes: list[str], text: str) -> None:
    if text not in notes:
        notes.append(text)
