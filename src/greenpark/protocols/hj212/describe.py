"""Frames as plain dictionaries for JSON: what ``greenpark hj212 decode`` prints."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from greenpark.protocols.hj212.codes import COMMANDS, SYSTEMS
from greenpark.protocols.hj212.decoder import Decoder, Event, Profiles, no_profiles
from greenpark.protocols.hj212.factors import FactorTable
from greenpark.protocols.hj212.message import Frame
from greenpark.protocols.hj212.records import MeasurementRecord, ParameterRecord, read
from greenpark.protocols.hj212.rejects import FrameRefused, Reject


def decode_stream(
    data: bytes | Iterable[bytes], profiles: Profiles = no_profiles, factors: FactorTable | None = None
) -> Iterator[dict[str, Any]]:
    """One dictionary per frame or rejected stretch, in order of the stream.

    Accepted: ``accepted`` True, header fields as sent, ``items`` in order with their group, ``record`` (typed).
    Rejected: ``accepted`` False, ``code``, ``reason``, ``likely_cause``.
    Both carry ``raw`` as text; bytes outside printable ASCII and UTF-8 are written as ``\\xNN``.
    """
    decoder = Decoder(profiles)
    for chunk in [data] if isinstance(data, bytes) else data:
        for event in decoder.feed(chunk):
            yield describe(event, factors, profiles)
    for event in decoder.close():
        yield describe(event, factors, profiles)


def describe(event: Event, factors: FactorTable | None = None, profiles: Profiles = no_profiles) -> dict[str, Any]:
    """The dictionary of one event."""
    if isinstance(event, Reject):
        return _rejected(event)
    profile = profiles(event.header.mn)
    try:
        record = read(event, profile.zone) if profile else read(event)
        groups = event.groups()
    except FrameRefused as refused:
        return _rejected(
            Reject(event.raw, refused.code, refused.reason, refused.likely_cause, event.header.mn, event.qn)
        )
    header = event.header
    return {
        "accepted": True,
        "edition": str(event.edition(profile.edition if profile else None)),
        "qn": event.qn,
        "st": header.st,
        "st_name": SYSTEMS.get(header.st, ""),
        "cn": header.cn,
        "cn_name": COMMANDS[header.cn].name,
        "pw": header.pw,
        "mn": header.mn,
        "flag": header.flag,
        "wants_answer": header.wants_answer,
        "pnum": header.pnum,
        "pno": header.pno,
        "rf": header.rf,
        "crc": event.raw[-4:].decode("ascii"),
        "crc_variant": str(event.crc),
        "encrypted": None if event.cipher is None else str(event.cipher),
        "cp": event.body.decode("utf-8"),
        "items": [
            {"group": number, "name": name, "value": value}
            for number, group in enumerate(groups)
            for name, value in group
        ],
        "record": _record(record, factors),
        "notes": list(record.notes),
        "raw": readable(event.raw),
    }


def _record(record: MeasurementRecord | ParameterRecord, factors: FactorTable | None) -> dict[str, Any]:
    if isinstance(record, ParameterRecord):
        return {"kind": str(record.kind), "fields": {field.name: field.value for field in record.fields}}
    measurements = []
    for m in record.measurements:
        name, unit = factors.describe(m.name) if factors else ("", "")
        measurements.append(
            {
                "name": m.name,
                "factor_name": name,
                "default_unit": unit,
                "value": m.value,
                "flag": m.flag,
                "eflag": m.eflag,
                "quality": m.quality,
                "problem": m.problem,
            }
        )
    return {"kind": str(record.kind), "time_us": record.time_us, "measurements": measurements}


def _rejected(reject: Reject) -> dict[str, Any]:
    return {
        "accepted": False,
        "code": str(reject.code),
        "reason": reject.reason,
        "likely_cause": reject.likely_cause,
        "mn": reject.mn,
        "qn": reject.qn,
        "raw": readable(reject.raw),
    }


def readable(raw: bytes) -> str:
    """Text of raw bytes: printable UTF-8 as it is, everything else ``\\xNN`` (a backslash becomes ``\\\\``)."""
    text = raw.replace(b"\\", b"\\\\").decode("utf-8", "backslashreplace")
    return "".join(c if c.isprintable() else "".join(f"\\x{b:02x}" for b in c.encode()) for c in text)


def as_frames(events: Iterable[Event]) -> list[Frame]:
    """The accepted frames of some events."""
    return [event for event in events if isinstance(event, Frame)]
