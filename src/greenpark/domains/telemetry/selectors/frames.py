"""Frames taken apart for people, by the protocol that brought them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import orjson

from greenpark.domains.telemetry.contracts import DecodedFrame, FrameView
from greenpark.domains.telemetry.selectors.store_access import access
from greenpark.protocols import hj212, sparkplug
from greenpark.store.interface import Frame

#: Longest text shown on a page; the bytes themselves can be downloaded.
MAX_SHOWN = 20_000
_MAX_FIELDS = 400


def frame(frame_id: int) -> FrameView | None:
    """The frame, taken apart; None when it is not kept (any more)."""
    found = access().store.frame(frame_id) if frame_id else None
    return None if found is None else view_of(found)


def view_of(found: Frame) -> FrameView:
    """A stored frame for a page."""
    decoded = decode(found.gateway, found.raw)
    return FrameView(found.id, found.received_us, found.gateway, found.peer, found.device, found.raw, decoded)


def decode(gateway: str, raw: bytes) -> DecodedFrame:
    """Bytes of a gateway as text and fields. Never raises: a frame that cannot be read says why."""
    read = _READERS.get(gateway, _plain)
    try:
        return read(raw)
    except (ValueError, KeyError, TypeError) as error:
        return DecodedFrame("十六进制", hex_dump(raw), problem=f"无法解析：{error}")


def _hj212(raw: bytes) -> DecodedFrame:
    found = list(hj212.decode_stream(raw))
    if not found:
        return DecodedFrame("HJ 212", text_of(raw), problem="不是完整的 HJ 212 报文")
    first = found[0]
    if not first["accepted"]:
        return DecodedFrame(
            "HJ 212", text_of(raw), problem=f"{first['reason']} {first.get('likely_cause', '')}".strip()
        )
    head = (
        ("版本", first["edition"]), ("请求编码 QN", first["qn"]), ("系统编码 ST", f"{first['st']} {first['st_name']}"),
        ("命令编码 CN", f"{first['cn']} {first['cn_name']}"), ("设备 MN", first["mn"]), ("Flag", first["flag"]),
        ("校验", first["crc"]),
    )  # fmt: skip
    items = tuple((str(item["name"]), str(item["value"])) for item in first["items"][:_MAX_FIELDS])
    return DecodedFrame("HJ 212", text_of(raw), tuple((k, "" if v is None else str(v)) for k, v in head) + items)


def _sparkplug(raw: bytes) -> DecodedFrame:
    payload = sparkplug.decode(raw)
    fields = [("seq", str(payload.seq)), ("timestamp", str(payload.timestamp))]
    for metric in payload.metrics[:_MAX_FIELDS]:
        fields.append((metric.name or f"alias {metric.alias}", str(metric.value)))
    return DecodedFrame("Sparkplug B", hex_dump(raw), tuple(fields))


def _json(raw: bytes) -> DecodedFrame:
    content: Any = orjson.loads(raw)
    text = orjson.dumps(content, option=orjson.OPT_INDENT_2).decode()
    fields: tuple[tuple[str, str], ...] = ()
    if isinstance(content, dict):
        fields = tuple(
            (key, str(value)) for key, value in content.items() if not isinstance(value, dict | list)
        )  # fmt: skip
    return DecodedFrame("JSON", text[:MAX_SHOWN], fields[:_MAX_FIELDS])


def _plain(raw: bytes) -> DecodedFrame:
    return DecodedFrame("文本", text_of(raw))


_READERS: dict[str, Callable[[bytes], DecodedFrame]] = {
    "hj212": _hj212,
    "sparkplug": _sparkplug,
    "mqtt": _json,
    "modbus": _json,
    "http": _json,
    "file": _json,
    "person": _json,
}


def text_of(raw: bytes) -> str:
    """Printable text; other bytes as ``\\xNN``."""
    shown = raw[:MAX_SHOWN].decode("utf-8", errors="backslashreplace")
    return "".join(c if c.isprintable() or c in "\r\n\t" else f"\\x{ord(c):02x}" for c in shown)


def hex_dump(raw: bytes, width: int = 16, most: int = 4_096) -> str:
    """Offset, bytes, text: as engineers read a capture."""
    lines = []
    for at in range(0, min(len(raw), most), width):
        part = raw[at : at + width]
        text = "".join(chr(b) if 32 <= b < 127 else "." for b in part)
        lines.append(f"{at:06x}  {part.hex(' '):<{width * 3}} {text}")
    if len(raw) > most:
        lines.append(f"…… 共 {len(raw)} 字节，以上为前 {most} 字节")
    return "\n".join(lines)
