"""``greenpark lottery``: recompute a published draw, or select after RFC 3797."""

from __future__ import annotations

import json
import sys
import zipfile
from pathlib import Path
from typing import Annotated

import typer

from greenpark.engines import drawing
from greenpark.engines.drawing import rfc3797

app = typer.Typer(help="摇号：复算与公开抽取。Recompute a draw; RFC 3797.", no_args_is_help=True)


def read_package(path: Path) -> dict[str, bytes]:
    """The files of a published package, from a folder or a zip, by bare name."""
    if path.is_dir():
        return {file.name: file.read_bytes() for file in path.iterdir() if file.is_file()}
    with zipfile.ZipFile(path) as archive:
        return {Path(name).name: archive.read(name) for name in archive.namelist() if not name.endswith("/")}


@app.command("verify")
def verify(
    package: Annotated[Path, typer.Argument(exists=True, help="公布的摇号包：文件夹或 zip")],
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """由公布的名册、规则与种子贡献重算每个顺位，逐项指出不符。

    例：greenpark lottery verify draw-2026-01.zip
    """
    try:
        findings = drawing.verify(read_package(package))
    except (zipfile.BadZipFile, OSError) as problem:
        print(f"无法打开 {package}：{problem}", file=sys.stderr)
        raise typer.Exit(2) from problem
    if as_json:
        print(json.dumps({"ok": not findings, "findings": [{"file": f.file, "what": f.what} for f in findings]},
                         ensure_ascii=False))  # fmt: skip
    elif findings:
        print("\n".join(f"{f.file}：{f.what}" for f in findings))
    else:
        print("一致：全部顺位均可由公布的文件复算")
    if findings:
        raise typer.Exit(1)


@app.command("rfc3797")
def rfc3797_command(
    groups: Annotated[str, typer.Option(help="公共数字，组间分号：'9319;2 5 12 8 10'")],
    pool: Annotated[int, typer.Option(help="总数")],
    pick: Annotated[int, typer.Option(help="抽取数")],
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """按 RFC 3797 由公共数字抽取。

    例：greenpark lottery rfc3797 --groups "9319;2 5 12 8 10;9 18 26 34 41 45" --pool 25 --pick 16 --json
    """
    try:
        key = rfc3797.key_of(rfc3797.parse_groups(groups))
        selected = rfc3797.select(key, pool, pick)
    except ValueError as problem:
        print(str(problem), file=sys.stderr)
        raise typer.Exit(2) from problem
    if as_json:
        print(json.dumps({"key": key, "selected": selected}))
    else:
        print(f"key: {key}\nselected: {' '.join(map(str, selected))}")
