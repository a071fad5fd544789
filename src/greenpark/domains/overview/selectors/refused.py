"""What gateways did not take from an enterprise's devices lately."""

from __future__ import annotations

import json
from datetime import datetime, timedelta

from greenpark.domains.accounts.contracts import Actor
from greenpark.domains.overview.contracts import Refused
from greenpark.domains.overview.selectors.points import active_points
from greenpark.domains.telemetry import facade as telemetry
from greenpark.kernel.periods import from_us, to_us
from greenpark.store.interface import NotTaken

#: Newest entries of the whole list that are looked through, and how many of the enterprise are shown.
_LOOKED_AT, _SHOWN = 1000, 10


def refused(actor: Actor, enterprise_id: int, at: datetime, *, days: int = 7) -> list[Refused]:
    """Frames and items of the enterprise's devices and bindings that were refused, newest first, at most ten."""
    points = active_points(actor, enterprise_id=enterprise_id)
    keys = {point.binding for point in points if point.binding}
    # HJ 212 names the device by its MN, the second part of the binding; other gateways name points one by one.
    devices = {key[1] for key in keys if key[0] == "hj212"}
    start_us, end_us = to_us(at - timedelta(days=days)), to_us(at) + 1
    items = telemetry.access().store.not_taken(start_us=start_us, end_us=end_us, limit=_LOOKED_AT)
    mine = [item for item in items if item.device in devices or _key(item) in keys]
    return [
        Refused(from_us(i.received_us), i.gateway, i.device, i.value, i.reason, i.likely_cause) for i in mine[:_SHOWN]
    ]


def _key(item: NotTaken) -> tuple[str, ...]:
    return tuple(map(str, json.loads(item.key))) if item.key else ()
