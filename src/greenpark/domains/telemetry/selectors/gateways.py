"""What the gateway processes say of themselves: status files that they replace every two seconds."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
from django.conf import settings

#: A status older than this means that the process is gone [µs].
STALE_US = 15_000_000


def status_folder() -> Path:
    """Where gateway processes write their status."""
    return Path(settings.VAR) / "run"


def gateway_status(now_us: int) -> list[dict[str, Any]]:
    """All status files, newest first; ``alive`` tells whether the process still writes. Broken files are left out."""
    found = []
    for file in status_folder().glob("gateways*.json"):
        try:
            status = orjson.loads(file.read_bytes())
        except (OSError, orjson.JSONDecodeError):
            continue
        status["alive"] = bool(status.get("running")) and now_us - int(status.get("at_us", 0)) < STALE_US
        status["file"] = file.name
        found.append(status)
    return sorted(found, key=lambda s: int(s.get("at_us", 0)), reverse=True)


def unknown_stations(now_us: int) -> list[dict[str, Any]]:
    """HJ 212 stations that sent and are in no binding, as the live gateways remember them."""
    return [
        device
        for status in gateway_status(now_us)
        if status["alive"] and status.get("hj212")
        for device in status["hj212"].get("unknown_devices", [])
    ]
