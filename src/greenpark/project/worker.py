"""Scheduled work of one installation: seal finished days, keep the ledger of open months fresh, housekeeping.

Everything here may be interrupted at any moment and done again: sealing, recomputing and housekeeping are idempotent.
"""

from __future__ import annotations

import logging
import signal
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from time import monotonic

from django.db import close_old_connections

from greenpark.domains.carbon import jobs as carbon
from greenpark.domains.telemetry.selectors.store_access import access, close_access
from greenpark.kernel.periods import PARK_ZONE, to_us

log = logging.getLogger(__name__)

#: A day is sealed this many days after it began, so that ordinary late data comes in before [days].
SEAL_AFTER_DAYS = 1
#: Months before the present one that are recomputed while open, and looked at for late data once closed.
MONTHS_BACK = 2


@dataclass(slots=True)
class Chore:
    """Work done every so often."""

    name: str
    every_s: float
    work: Callable[[datetime], object]
    due: float = 0.0


def seal_days(now: datetime) -> int:
    """Seal the days that are over. Returns how many."""
    today = now.astimezone(PARK_ZONE).date()
    return _seal(day for day in access().store.dirty_days() if (today - day).days >= SEAL_AFTER_DAYS)


def seal_present(now: datetime) -> int:
    """Seal the unfinished days too: the inbox stays small, and looking up one point in it stays fast."""
    return _seal(access().store.dirty_days())


def _seal(days: Iterable[date]) -> int:
    sealed = 0
    for day in days:
        access().store.seal(day)
        sealed += 1
    return sealed


def refresh_ledger(now: datetime) -> None:
    """Recompute the open months, and note late data of closed ones."""
    carbon.refresh(now, months_back=MONTHS_BACK)


def housekeeping(now: datetime) -> None:
    access().store.maintain(now_us=to_us(now))


def chores() -> list[Chore]:
    return [
        Chore("ledger", 60, refresh_ledger),
        Chore("seal", 300, seal_days),
        Chore("seal the present day", 3600, seal_present, due=monotonic() + 1800),
        Chore("housekeeping", 24 * 3600, housekeeping, due=monotonic() + 3600),
    ]


def run() -> None:
    """Until SIGTERM or SIGINT. A chore that fails is logged and tried again when next due."""
    stopping = threading.Event()
    for signum in (signal.SIGTERM, signal.SIGINT):
        signal.signal(signum, lambda *_: stopping.set())
    waiting = chores()
    while not stopping.wait(1.0):
        for chore in waiting:
            if monotonic() >= chore.due and not stopping.is_set():
                chore.due = monotonic() + chore.every_s
                _do(chore)
    close_access()


def _do(chore: Chore) -> None:
    close_old_connections()
    try:
        chore.work(datetime.now(UTC))
    except Exception:
        log.exception("chore %s failed; tried again in %.0f s", chore.name, chore.every_s)
