"""Background entry points: keep open months fresh, notice late data of closed ones."""

from __future__ import annotations

from datetime import datetime

from greenpark.domains.accounts.contracts import SYSTEM
from greenpark.domains.carbon import facade
from greenpark.kernel.periods import PARK_ZONE, Month


def refresh(at: datetime, *, months_back: int = 2) -> dict[str, int]:
    """Recompute the open months among this one and ``months_back`` before it, and mark late data of the closed ones.

    Idempotent; may be interrupted at any moment. Returns how many enterprise months changed and how many are late.
    """
    month = Month.of(at.astimezone(PARK_ZONE).date())
    changed = facade.recompute(month=month, by=SYSTEM, at=at)
    late = 0
    for _ in range(months_back):
        month = month.previous()
        changed += facade.recompute(month=month, by=SYSTEM, at=at)
        late += facade.note_late(month=month, by=SYSTEM, at=at)
    return {"changed": changed, "late": late}
