"""The protobuf wire format: tags, varints, fixed and length-delimited fields."""

from __future__ import annotations

import struct
from collections.abc import Iterator

VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5

#: Field number, wire type and raw value (int for varints, bytes for everything else).
Field = tuple[int, int, int | bytes]


class BadPayload(ValueError):
    """The bytes are not a Sparkplug B payload; the text says at which byte and why."""


def fields(data: bytes) -> Iterator[Field]:
    """The fields of one message in order. Raises BadPayload on anything that is cut off or not protobuf."""
    at, end = 0, len(data)
    while at < end:
        tag, at = read_varint(data, at)
        number, kind = tag >> 3, tag & 7
        if number == 0:
            raise BadPayload(f"字节 {at}：字段号为 0，不是 protobuf")
        if kind == VARINT:
            value, at = read_varint(data, at)
            yield number, kind, value
            continue
        if kind == BYTES:
            size, at = read_varint(data, at)
        elif kind == FIXED64:
            size = 8
        elif kind == FIXED32:
            size = 4
        else:
            raise BadPayload(f"字节 {at}：线类型 {kind} 不存在")
        if at + size > end:
            raise BadPayload(f"字节 {at}：字段 {number} 应有 {size} 字节，只剩 {end - at} 字节")
        yield number, kind, data[at : at + size]
        at += size


def read_varint(data: bytes, at: int) -> tuple[int, int]:
    """Value and the position after it; at most 10 bytes (64 bits). Raises BadPayload."""
    value = shift = 0
    for step in range(10):
        if at + step >= len(data):
            raise BadPayload(f"字节 {at}：变长整数被截断")
        byte = data[at + step]
        value |= (byte & 0x7F) << shift
        if not byte & 0x80:
            if value >= 1 << 64:
                raise BadPayload(f"字节 {at}：变长整数超过 64 位")
            return value, at + step + 1
        shift += 7
    raise BadPayload(f"字节 {at}：变长整数超过 10 字节")


def varint(value: int) -> bytes:
    """An unsigned number below 2^64."""
    if not 0 <= value < 1 << 64:
        raise ValueError(f"{value} does not fit into 64 bits")
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def put_varint(number: int, value: int) -> bytes:
    return varint(number << 3 | VARINT) + varint(value)


def put_bytes(number: int, value: bytes) -> bytes:
    return varint(number << 3 | BYTES) + varint(len(value)) + value


def put_float(number: int, value: float) -> bytes:
    return varint(number << 3 | FIXED32) + struct.pack("<f", value)


def put_double(number: int, value: float) -> bytes:
    return varint(number << 3 | FIXED64) + struct.pack("<d", value)


def as_int(value: int | bytes, what: str) -> int:
    """Raises BadPayload when a number was expected and a text came."""
    if not isinstance(value, int):
        raise BadPayload(f"{what} 应为整数")
    return value


def as_bytes(value: int | bytes, what: str) -> bytes:
    if isinstance(value, int):
        raise BadPayload(f"{what} 应为字节串")
    return value


def as_text(value: int | bytes, what: str) -> str:
    try:
        return as_bytes(value, what).decode()
    except UnicodeDecodeError as error:
        raise BadPayload(f"{what} 不是 UTF-8 文本") from error


def as_float(value: int | bytes, what: str) -> float:
    raw = as_bytes(value, what)
    if len(raw) != 4:
        raise BadPayload(f"{what} 应为 4 字节浮点数")
    return float(struct.unpack("<f", raw)[0])


def as_double(value: int | bytes, what: str) -> float:
    raw = as_bytes(value, what)
    if len(raw) != 8:
        raise BadPayload(f"{what} 应为 8 字节浮点数")
    return float(struct.unpack("<d", raw)[0])
