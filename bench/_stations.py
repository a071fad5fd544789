"""Stations of the benchmarks: prepared HJ 212 frames, the points behind them, and a client that sends them.

A frame is one minute record (CN=2051) of a stack monitor: eight factors with Min, Avg, Max, Cou and a data flag, 32
readings in some 780 bytes. The client keeps a window of unacknowledged frames per connection, and sends on as
acknowledgements (9014) come back.
"""

from __future__ import annotations

import selectors
import socket
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from greenpark.kernel.points import BindingKey, PointKind, PointSpec
from greenpark.protocols.hj212 import Message, encode, qn_of
from greenpark.protocols.hj212.records import format_time

FACTORS = ("a21026", "a21002", "a34013", "a01011", "a01012", "a01013", "a01014", "a19001")
SUFFIXES = ("Min", "Avg", "Max", "Cou")
PER_FRAME = len(FACTORS) * len(SUFFIXES)
ACKNOWLEDGED = b"CN=9014"


def mn(station: int) -> str:
    return f"BENCH{station:019d}"


def bindings(stations: int) -> dict[BindingKey, PointSpec]:
    """Binding key -> point. Ids run from 1, station by station."""
    found: dict[BindingKey, PointSpec] = {}
    for station in range(stations):
        for factor in FACTORS:
            for suffix in SUFFIXES:
                kind = PointKind.INTERVAL if suffix == "Cou" else PointKind.CONCENTRATION
                unit = "kg" if suffix == "Cou" else "mg/m3"
                key = ("hj212", mn(station), "2051", f"{factor}-{suffix}")
                found[key] = PointSpec(len(found) + 1, kind, unit, 60)
    return found


def values(station: int, number: int) -> list[tuple[str, list[float]]]:
    """Factor -> its four values, of the frame with this number."""
    return [
        (factor, [round(10.5 + i + (station * 7 + number * 13) % 97 / 10 + k, 2) for k in range(len(SUFFIXES))])
        for i, factor in enumerate(FACTORS)
    ]


def frame(station: int, number: int, start: datetime) -> bytes:
    at = start + timedelta(minutes=number)
    groups = [(("DataTime", format_time(at)),)]
    for factor, row in values(station, number):
        named = [(f"{factor}-{suffix}", f"{value:.2f}") for suffix, value in zip(SUFFIXES, row, strict=True)]
        groups.append((*named, (f"{factor}-Flag", "N")))
    return encode(Message(qn_of(at), "31", "2051", "123456", mn(station), tuple(groups), answer=True))


@dataclass(slots=True)
class Line:
    """One connection with what it still has to send."""

    socket: socket.socket
    frames: list[bytes]
    sent: int = 0
    acknowledged: int = 0
    tail: bytes = b""
    answers: bytearray = field(default_factory=bytearray)


def connect(port: int, frames_by_line: list[list[bytes]]) -> list[Line]:
    lines = []
    for frames in frames_by_line:
        connection = socket.create_connection(("127.0.0.1", port))
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        lines.append(Line(connection, frames))
    return lines


def send_all(lines: list[Line], window: int) -> int:
    """Send everything; returns the acknowledged frames. Raises ConnectionError when the server hangs up."""
    chooser = selectors.DefaultSelector()
    for line in lines:
        chooser.register(line.socket, selectors.EVENT_READ, line)
        _send(line, window)
    open_lines = len(lines)
    while open_lines:
        for key, _ in chooser.select(60):
            line: Line = key.data
            data = line.socket.recv(1 << 18)
            if not data:
                raise ConnectionError(f"hung up after {line.acknowledged} of {line.sent} frames")
            _count(line, data)
            if line.acknowledged == len(line.frames):
                chooser.unregister(line.socket)
                open_lines -= 1
            elif line.sent - line.acknowledged <= window // 2:
                _send(line, window)
    chooser.close()
    return sum(line.acknowledged for line in lines)


def _send(line: Line, window: int) -> None:
    more = line.frames[line.sent : line.acknowledged + window]
    if more:
        line.socket.sendall(b"".join(more))
        line.sent += len(more)


def _count(line: Line, data: bytes) -> None:
    text = line.tail + data
    line.acknowledged += text.count(ACKNOWLEDGED)
    line.tail = text[-len(ACKNOWLEDGED) + 1 :] if not text.endswith(ACKNOWLEDGED) else b""
