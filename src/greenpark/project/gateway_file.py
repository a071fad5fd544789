"""The gateways of an installation, written by an operator as TOML: ``var/gateways.toml``. See docs/how-to/gateways.md.

[hj212]
host = "0.0.0.0"
port = 9212

[[mqtt]]
host = "127.0.0.1"
port = 1883
rules = [{ topic = "plant/+/meter", time = "t", values = ["v.*"] }]

[[modbus]]
host = "10.0.0.5"
"""

from __future__ import annotations

import tomllib
from datetime import tzinfo
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from greenpark.ingest.runtime import GatewayConfig

EXAMPLE = """\
# Gateways of this installation. Without a section the gateway does not run.

[hj212]
host = "127.0.0.1"
port = 9212
"""


class BadGatewayFile(ValueError):
    """The file cannot be read as a configuration; says where and why."""


def _decode(kind: type, value: Any) -> Any:
    if kind is tzinfo:
        return ZoneInfo(value)
    if issubclass(kind, Path):
        return Path(value)
    raise TypeError(f"no way to read a {kind.__name__}")


def load(file: Path, *, status_file: Path) -> GatewayConfig:
    """Read the configuration. Raises BadGatewayFile for a missing file, bad TOML, unknown or wrong values."""
    try:
        content = tomllib.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError as problem:
        raise BadGatewayFile(f"没有网关配置 {file}；执行 ./greenpark init 生成一份") from problem
    except tomllib.TOMLDecodeError as problem:
        raise BadGatewayFile(f"{file} 不是有效的 TOML：{problem}") from problem
    try:
        return msgspec.convert({**content, "status_file": str(status_file)}, GatewayConfig, dec_hook=_decode)
    except (msgspec.ValidationError, ValueError) as problem:
        raise BadGatewayFile(f"{file}：{problem}") from problem
