"""``greenpark hj212``: take captured bytes apart without server or database."""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, BinaryIO

import typer

from greenpark.protocols.hj212 import (
    CrcVariant,
    DeviceProfile,
    Edition,
    FactorTable,
    decode_stream,
    key_from_text,
    load_factors,
)

app = typer.Typer(help="HJ 212 报文工具。Tools for HJ 212 frames.", no_args_is_help=True)

_CHUNK = 65_536


@app.callback()
def _hj212() -> None:
    """HJ 212 报文工具。Tools for HJ 212 frames."""


@app.command("decode")
def decode(
    file: Annotated[Path | None, typer.Argument(metavar="[FILE]", help="原始字节文件；不给则读标准输入")] = None,
    key: Annotated[
        str | None, typer.Option(help="SM4 密钥：16 个字符或 32 位十六进制 / SM4 key of encrypted frames")
    ] = None,
    crc: Annotated[
        CrcVariant, typer.Option(help="另外接收的校验算法 / also accept this check value")
    ] = CrcVariant.STANDARD,
    edition: Annotated[
        Edition | None, typer.Option(help="按此版本解释，不看 Flag / edition, instead of going by the Flag")
    ] = None,
) -> None:
    """逐帧解码：每帧一行 JSON，accepted 为 true 时带内容，为 false 时带原因。One JSON line per frame.

    例：greenpark hj212 decode capture.bin | jq 'select(.accepted | not)'
    """
    try:
        keys = (key_from_text(key),) if key else ()
    except ValueError as problem:
        _fail(str(problem))
    counts: Counter[str] = Counter()
    profiles: dict[str, DeviceProfile] = {}

    def profile(mn: str) -> DeviceProfile:
        return profiles.setdefault(mn, DeviceProfile(mn, edition=edition, crc=crc, sm4_keys=keys))

    try:
        with _opened(file) as stream:
            for line in decode_stream(_chunks(stream), profile, _factors()):
                counts["接收" if line["accepted"] else line["code"]] += 1
                print(json.dumps(line, ensure_ascii=False))
    except OSError as problem:
        _fail(f"无法读取 {file}：{problem.strerror or problem}")
    summary = "，".join(f"{name} {count}" for name, count in counts.most_common())
    print(f"共 {counts.total()} 段：{summary}" if counts else "没有读到任何帧", file=sys.stderr)


def _fail(text: str) -> None:
    print(text, file=sys.stderr)
    raise typer.Exit(1)


def _opened(file: Path | None) -> BinaryIO:
    return sys.stdin.buffer if file is None or str(file) == "-" else file.open("rb")


def _chunks(stream: BinaryIO) -> Iterator[bytes]:
    while chunk := stream.read(_CHUNK):
        yield chunk


def _factors() -> FactorTable | None:
    """Names and default units, when the pack is there."""
    from greenpark.project.settings import PACKS

    table = PACKS / "standards" / "hj212" / "factors.csv"
    return load_factors(table) if table.exists() else None
