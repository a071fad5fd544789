"""The worked example of docs/algorithms/hj212.md, and the examples in docstrings."""

from __future__ import annotations

import doctest
import re
from pathlib import Path
from types import ModuleType

import pytest

from greenpark.kernel.periods import from_us
from greenpark.protocols.hj212 import (
    Decoder,
    DeviceProfile,
    Frame,
    MeasurementReader,
    answer,
    commands,
    crc,
    message,
    records,
)

PAGE = Path(__file__).parents[5] / "docs/algorithms/hj212.md"


def test_worked_example() -> None:
    text = PAGE.read_text(encoding="utf-8")
    sent, answered = re.findall(r"^##[0-9]{4}.*$", text, re.MULTILINE)[-2:]
    table = re.findall(r"^\| (hj212 / \S+ / \S+ / \S+) \| (\S+) \| (\S+) \| (\d+) \|$", text, re.MULTILINE)
    (frame,) = Decoder().feed(sent.encode())
    assert isinstance(frame, Frame)
    columns = MeasurementReader().decode(frame, DeviceProfile(frame.header.mn))
    rows = zip(columns.keys, columns.times, columns.values, columns.flags, strict=True)
    assert table == [(" / ".join(k), from_us(t).isoformat(), str(v), str(q)) for k, t, v, q in rows]
    assert len(table) == 2
    assert answer(frame.qn, frame.header, "9014") == answered.encode() + b"\r\n"


@pytest.mark.parametrize("module", [commands, crc, message, records], ids=lambda m: m.__name__.rpartition(".")[2])
def test_docstrings(module: ModuleType) -> None:
    outcome = doctest.testmod(module)
    assert outcome.attempted > 0
    assert outcome.failed == 0
