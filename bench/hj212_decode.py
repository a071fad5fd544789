"""HJ 212 bytes to columns: readings per second and core, fast path beside the plain typed path, and the check value
beside a table loop. One command: ``python bench/hj212_decode.py``; prints ratios measured in this run."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from time import process_time

from greenpark.protocols.hj212 import (
    Decoder,
    DeviceProfile,
    Frame,
    MeasurementReader,
    Message,
    columns_of,
    encode,
    qn_of,
    read,
)
from greenpark.protocols.hj212.crc import TABLE, crc
from greenpark.protocols.hj212.records import MeasurementRecord, format_time

FACTORS = ("a21026", "a21002", "a34013", "a01011", "a01012", "a01013", "a01014", "a19001")
FRAMES = 4_000
ROUNDS = 3


def stream() -> tuple[bytes, int]:
    """A day of a CEMS: four values and a flag per factor, 32 readings in a frame."""
    start, parts = datetime(2026, 1, 1, tzinfo=UTC), []
    for number in range(FRAMES):
        at = start + timedelta(minutes=10 * number)
        groups = [(("DataTime", format_time(at)),)]
        for i, factor in enumerate(FACTORS):
            base = 10.5 + i + number % 97 / 10
            values = [(f"{factor}-{s}", f"{base + k:.2f}") for k, s in enumerate(("Min", "Avg", "Max", "Cou"))]
            groups.append((*values, (f"{factor}-Flag", "N")))
        parts.append(encode(Message(qn_of(at), "31", "2051", "123456", "BENCH0000000000000000001", tuple(groups))))
    return b"".join(parts), FRAMES * len(FACTORS) * 4


def best(work: Callable[[], object]) -> float:
    """CPU seconds of the fastest of some rounds."""
    times = []
    for _ in range(ROUNDS):
        began = process_time()
        work()
        times.append(process_time() - began)
    return min(times)


def main() -> None:
    data, readings = stream()
    profile = DeviceProfile("BENCH0000000000000000001")
    chunks = [data[i : i + 65536] for i in range(0, len(data), 65536)]

    def frames() -> list[Frame]:
        decoder = Decoder()
        return [e for chunk in chunks for e in decoder.feed(chunk) if isinstance(e, Frame)]

    def fast() -> int:
        reader = MeasurementReader()
        return sum(len(reader.decode(frame, profile).values) for frame in frames())

    def plain() -> int:
        total = 0
        for frame in frames():
            record = read(frame)
            assert isinstance(record, MeasurementRecord)
            total += len(columns_of(record, frame.header.mn, profile).values)
        return total

    assert fast() == plain() == readings
    cut, quick, slow = best(frames), best(fast), best(plain)
    print(f"{readings} readings in {FRAMES} frames, {len(data) / 1e6:.1f} MB")
    for name, seconds in (("framing and check value", cut), ("bytes to columns, fast", quick), ("plain path", slow)):
        print(f"{name:25} {seconds / readings * 1e6:6.3f} µs/reading {readings / seconds:12,.0f} readings/s/core")
    print(f"ratio fast : plain        {slow / quick:6.1f}")
    segments = [frame.raw[6:-4] for frame in frames()[:1000]]
    folded = best(lambda: [crc(s) for s in segments])
    looped = best(lambda: [_table_loop(s) for s in segments])
    print(f"ratio check value, folded : table loop  {looped / folded:6.1f}")


def _table_loop(data: bytes) -> int:
    register = 0xFFFF
    for byte in data:
        register = TABLE[(register >> 8) ^ byte]
    return register


if __name__ == "__main__":
    main()
