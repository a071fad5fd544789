"""What a person decides about a reading. The value stays as the device sent it; only its quality changes."""

from __future__ import annotations

from datetime import datetime

import numpy as np
import orjson
from django.db import transaction

from greenpark.domains.accounts import facade as accounts
from greenpark.domains.accounts.contracts import Actor, OutOfScope
from greenpark.domains.registry import facade as registry
from greenpark.domains.telemetry.selectors.store_access import access
from greenpark.kernel.periods import to_us
from greenpark.kernel.quality import Quality
from greenpark.kernel.readings import Readings
from greenpark.store.interface import Frame

_PERSONAL = int(Quality.CONFIRMED | Quality.DISCARDED)
#: Decision -> the bit that it sets; None takes earlier decisions back.
DECISIONS: dict[str, Quality | None] = {"confirm": Quality.CONFIRMED, "discard": Quality.DISCARDED, "undo": None}


class NotADecision(ValueError):
    """Unknown decision or no reason given."""


def decide(*, point_id: int, time_us: int, what: str, reason: str, by: Actor, at: datetime) -> None:
    """Confirm, discard or give back a reading. The earlier state stays visible among the replaced values, the frame of
    the new one is the decision itself. Rollups that the reading touches are made again.

    Raises OutOfScope when there is no such reading for the actor, NotADecision."""
    if what not in DECISIONS:
        raise NotADecision(f"没有「{what}」这种处理")
    if not reason.strip():
        raise NotADecision("请写明理由")
    registry.point(by, point_id)  # raises OutOfScope
    found = access()
    stored = found.store.read([point_id], time_us, time_us + 1)
    if not len(stored):
        raise OutOfScope(f"reading {point_id}@{time_us}")
    bit = DECISIONS[what]
    mask = (int(stored.quality[0]) & ~_PERSONAL) | int(bit or 0)
    now_us = to_us(at)
    detail = {"point": point_id, "time_us": time_us, "what": what, "reason": reason.strip(), "by": by.name}
    frame_id = found.store.new_frame_ids(1, now_us=now_us).start
    frame = Frame(frame_id, now_us, "person", by.name, "", orjson.dumps(detail))
    decided = Readings(
        stored.points, stored.times, stored.values, np.array([mask], np.int32), np.array([frame_id], np.int64)
    )
    with transaction.atomic():
        accounts.record(
            action=f"telemetry.reading.{what}", subject=f"point:{point_id}/{time_us}", by=by, at=at, detail=detail
        )
        found.store.append(decided, [frame], now_us=now_us)
    found.keeper.committed(decided)
    found.keeper.flush()
