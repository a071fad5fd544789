"""``greenpark hj212 decode``: bytes in, one JSON line per frame out."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from greenpark.project.cli_hj212 import app
from greenpark.protocols.hj212 import CipherStyle, CrcVariant, Edition, Message, encode
from greenpark.protocols.hj212.tests.building import MN
from greenpark.protocols.hj212.tests.samples import SAMPLES

ITEMS = ((("DataTime", "20240520101010"),), (("a21026-Cou", "11.4"), ("a21026-Flag", "N")))


def run(data: bytes, *options: str, file: Path | None = None) -> tuple[list[dict[str, object]], str, int]:
    if file:
        file.write_bytes(data)
    result = CliRunner().invoke(app, ["decode", *options, *([str(file)] if file else [])], input=None if file else data)
    return [json.loads(line) for line in result.stdout.splitlines()], result.stderr, result.exit_code


@pytest.mark.parametrize("by_file", [True, False])
def test_samples(tmp_path: Path, by_file: bool) -> None:
    data = b"".join(frame + b"\r\n" for frame, _ in SAMPLES.values())
    lines, talk, code = run(data, file=tmp_path / "capture.bin" if by_file else None)
    assert code == 0
    assert [line["accepted"] for line in lines] == [verdict is None for _, verdict in SAMPLES.values()]
    assert [line.get("code") for line in lines] == [verdict for _, verdict in SAMPLES.values()]
    assert "接收 9" in talk
    assert "bad_crc 2" in talk


def test_names_and_units_come_from_the_factor_table() -> None:
    (line,), _, _ = run(encode(Message("20240520101010123", "31", "2061", "123456", MN, ITEMS)))
    (measurement,) = line["record"]["measurements"]  # type: ignore[index]
    assert (measurement["factor_name"], measurement["default_unit"], measurement["value"]) == ("二氧化硫", "kg", 11.4)


def test_key_and_foreign_check_value() -> None:
    secret = encode(
        Message("20240520101010123", "31", "2061", "123456", MN, ITEMS, Edition.E2025),
        key=b"0123456789abcdef",
        style=CipherStyle.RAW,
    )
    assert [line["code"] for line in run(secret)[0]] == ["no_key"]
    for key in ("0123456789abcdef", b"0123456789abcdef".hex()):
        assert [line["accepted"] for line in run(secret, "--key", key)[0]] == [True]
    foreign = encode(Message("20240520101010123", "31", "2061", "1", MN, ITEMS), variant=CrcVariant.MODBUS_SWAPPED)
    assert [line["accepted"] for line in run(foreign)[0]] == [False]
    assert [line["accepted"] for line in run(foreign, "--crc", "modbus-swapped")[0]] == [True]


def test_what_cannot_be_done_is_said(tmp_path: Path) -> None:
    assert run(b"", "--key", "short")[2] == 1
    result = CliRunner().invoke(app, ["decode", str(tmp_path / "nothing.bin")])
    assert result.exit_code == 1
    assert "无法读取" in result.stderr
    lines, talk, code = run(b"")
    assert (lines, code) == ([], 0)
    assert "没有读到任何帧" in talk
