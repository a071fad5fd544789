"""Payload and metric of Sparkplug B as dataclasses (Eclipse Sparkplug 3.0, section 6.4)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any, TypeAlias

from greenpark.protocols.sparkplug import wire
from greenpark.protocols.sparkplug.wire import BadPayload

#: Largest payload taken. A BIRTH of ten thousand metrics stays well below.
MAX_BYTES = 4 * 1024 * 1024

Value: TypeAlias = float | int | bool | str | bytes | None


class DataType(IntEnum):
    """Section 6.4.16. Array and template types (16, 18–34) carry no single measured value and are read as absent."""

    UNKNOWN = 0
    INT8 = 1
    INT16 = 2
    INT32 = 3
    INT64 = 4
    UINT8 = 5
    UINT16 = 6
    UINT32 = 7
    UINT64 = 8
    FLOAT = 9
    DOUBLE = 10
    BOOLEAN = 11
    STRING = 12
    DATE_TIME = 13
    TEXT = 14
    UUID = 15
    BYTES = 17


#: Signed integers travel as unsigned ones; this is how many bits to fold back.
_SIGNED_BITS = {DataType.INT8: 8, DataType.INT16: 16, DataType.INT32: 32, DataType.INT64: 64}


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric. ``name`` is empty in DATA messages that use the alias. ``timestamp`` in UTC milliseconds."""

    name: str = ""
    alias: int | None = None
    timestamp: int | None = None
    datatype: int = 0
    value: Value = None
    is_null: bool = False
    is_historical: bool = False
    properties: dict[str, Value] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Payload:
    """``timestamp`` in UTC milliseconds; ``seq`` 0 to 255, absent in NDEATH."""

    timestamp: int | None = None
    metrics: tuple[Metric, ...] = ()
    seq: int | None = None


def decode(data: bytes) -> Payload:
    """Bytes -> payload. Raises BadPayload, with the byte and the reason."""
    if len(data) > MAX_BYTES:
        raise BadPayload(f"报文 {len(data)} 字节，超过上限 {MAX_BYTES} 字节")
    timestamp = seq = None
    metrics = []
    for number, _, value in wire.fields(data):
        if number == 1:
            timestamp = wire.as_int(value, "timestamp")
        elif number == 2:
            metrics.append(_metric(wire.as_bytes(value, "metric")))
        elif number == 3:
            seq = wire.as_int(value, "seq")
    if seq is not None and seq > 255:
        raise BadPayload(f"seq 为 {seq}，应在 0 到 255 之间")
    return Payload(timestamp, tuple(metrics), seq)


_METRIC_PARTS: dict[int, tuple[str, Callable[[int | bytes, str], Any]]] = {
    1: ("name", wire.as_text),
    2: ("alias", wire.as_int),
    3: ("timestamp", wire.as_int),
    4: ("datatype", wire.as_int),
    5: ("is_historical", wire.as_int),
    7: ("is_null", wire.as_int),
}
_VALUE_PARTS: dict[int, Callable[[int | bytes, str], Any]] = {
    10: wire.as_int,
    11: wire.as_int,
    12: wire.as_float,
    13: wire.as_double,
    14: wire.as_int,
    15: wire.as_text,
    16: wire.as_bytes,
}


def _metric(data: bytes) -> Metric:
    parts: dict[str, Any] = {}
    value: Value = None
    properties: dict[str, Value] = {}
    for number, _, raw in wire.fields(data):
        if number in _METRIC_PARTS:
            name, read = _METRIC_PARTS[number]
            parts[name] = read(raw, name)
        elif number in _VALUE_PARTS:
            value = _VALUE_PARTS[number](raw, "value")
            if number == 14:
                value = bool(value)
        elif number == 9:
            properties = _properties(wire.as_bytes(raw, "properties"))
    parts["is_null"] = bool(parts.get("is_null"))
    parts["is_historical"] = bool(parts.get("is_historical"))
    return Metric(value=_signed(value, parts.get("datatype", 0)), properties=properties, **parts)


def _signed(value: Value, datatype: int) -> Value:
    """Int8 -1 arrives as 255 from some encoders and as 2^32-1 from others; the low bits are the same."""
    bits = _SIGNED_BITS.get(DataType(datatype)) if datatype in DataType._value2member_map_ else None
    if bits is None or not isinstance(value, int) or isinstance(value, bool):
        return value
    low = value & ((1 << bits) - 1)
    return low - (1 << bits) if low >> (bits - 1) else low


def _properties(data: bytes) -> dict[str, Value]:
    keys: list[str] = []
    values: list[Value] = []
    for number, _, raw in wire.fields(data):
        if number == 1:
            keys.append(wire.as_text(raw, "property"))
        elif number == 2:
            values.append(_property(wire.as_bytes(raw, "property")))
    return dict(zip(keys, values, strict=False))


_PROPERTY_PARTS: dict[int, Callable[[int | bytes, str], Any]] = {
    3: wire.as_int,
    4: wire.as_int,
    5: wire.as_float,
    6: wire.as_double,
    7: wire.as_int,
    8: wire.as_text,
}


def _property(data: bytes) -> Value:
    value: Value = None
    datatype = 0
    for number, _, raw in wire.fields(data):
        if number == 1:
            datatype = wire.as_int(raw, "type")
        elif number in _PROPERTY_PARTS:
            value = _PROPERTY_PARTS[number](raw, "property")
    return _signed(value, datatype)


def encode(payload: Payload) -> bytes:
    """Payload -> bytes; what an edge node (our simulator) and a host's rebirth command send."""
    out = b""
    if payload.timestamp is not None:
        out += wire.put_varint(1, payload.timestamp)
    out += b"".join(wire.put_bytes(2, _encode_metric(metric)) for metric in payload.metrics)
    if payload.seq is not None:
        out += wire.put_varint(3, payload.seq)
    return out


def _encode_metric(metric: Metric) -> bytes:
    out = wire.put_bytes(1, metric.name.encode()) if metric.name else b""
    for number, value in ((2, metric.alias), (3, metric.timestamp), (4, metric.datatype or None)):
        if value is not None:
            out += wire.put_varint(number, value)
    if metric.is_historical:
        out += wire.put_varint(5, 1)
    if metric.is_null:
        return out + wire.put_varint(7, 1)
    if metric.properties:
        keys = b"".join(wire.put_bytes(1, key.encode()) for key in metric.properties)
        values = b"".join(wire.put_bytes(2, _encode_property(value)) for value in metric.properties.values())
        out += wire.put_bytes(9, keys + values)
    return out + _encode_value(metric)


def _encode_property(value: Value) -> bytes:
    if isinstance(value, str):
        return wire.put_varint(1, DataType.STRING) + wire.put_bytes(8, value.encode())
    if isinstance(value, int):
        return wire.put_varint(1, DataType.INT32) + wire.put_varint(3, value & 0xFFFFFFFF)
    if isinstance(value, float):
        return wire.put_varint(1, DataType.DOUBLE) + wire.put_double(6, value)
    return wire.put_varint(2, 1)


def _encode_value(metric: Metric) -> bytes:
    value, kind = metric.value, metric.datatype
    if isinstance(value, bool) or kind == DataType.BOOLEAN:
        return wire.put_varint(14, int(bool(value)))
    if isinstance(value, str):
        return wire.put_bytes(15, value.encode())
    if isinstance(value, bytes):
        return wire.put_bytes(16, value)
    if value is None:
        return b""
    if kind == DataType.FLOAT:
        return wire.put_float(12, value)
    if kind == DataType.DOUBLE or isinstance(value, float):
        return wire.put_double(13, value)
    if kind in (DataType.INT64, DataType.UINT64, DataType.DATE_TIME):
        return wire.put_varint(11, value & 0xFFFFFFFFFFFFFFFF)
    return wire.put_varint(10, value & 0xFFFFFFFF)
