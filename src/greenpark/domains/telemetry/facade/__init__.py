"""What other domains may import of telemetry, with ``contracts``. Times are UTC µs, spans half-open."""

from __future__ import annotations

from greenpark.domains.telemetry.contracts import DecodedFrame, FrameView, ImportView, OnlineRate, UnknownKey
from greenpark.domains.telemetry.selectors.series import (
    change_counter,
    latest,
    online_rate,
    readings,
    replaced,
    rollup_sums,
    rollups,
    rollups_from_readings,
    screened,
)
from greenpark.domains.telemetry.selectors.store_access import Access, access, close_access, make_access
from greenpark.domains.telemetry.services.gateways import gateway_parts

__all__ = [
    "Access",
    "DecodedFrame",
    "FrameView",
    "ImportView",
    "OnlineRate",
    "UnknownKey",
    "access",
    "change_counter",
    "close_access",
    "gateway_parts",
    "latest",
    "make_access",
    "online_rate",
    "readings",
    "replaced",
    "rollup_sums",
    "rollups",
    "rollups_from_readings",
    "screened",
]
