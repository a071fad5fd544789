"""Whether this installation is alive: for load balancers, monitors and ``./start --check``. No business figures."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from django.db import DatabaseError, connection
from django.http import HttpRequest, JsonResponse

from greenpark.domains.accounts import facade as accounts
from greenpark.domains.carbon import facade as carbon
from greenpark.domains.telemetry import facade as telemetry
from greenpark.domains.telemetry.selectors import gateways
from greenpark.kernel.periods import Month, to_us

#: A newest reading not older than this counts as live [s].
LIVE_S = 120


def _database() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return False
    return True


def _newest_age_s(now_us: int) -> float | None:
    latest = telemetry.access().store.latest(None).times
    return round((now_us - int(latest.max())) / 1e6, 1) if len(latest) else None


def state(now: datetime) -> dict[str, Any]:
    """``ok`` false means that somebody should look; each part says what it found."""
    now_us = to_us(now)
    database = _database()
    age = _newest_age_s(now_us)
    alive = [g["alive"] for g in gateways.gateway_status(now_us)]
    months = [Month.parse(m) for m in carbon.months(accounts.SYSTEM)] if database else []
    totals = carbon.month_totals(accounts.SYSTEM, months)
    return {
        "ok": database and all(alive),
        "database": database,
        "gateways_alive": sum(alive),
        "newest_reading_age_s": age,
        "live": age is not None and age < LIVE_S,
        "closed_months": sum(t.closed > 0 for t in totals),
    }


@accounts.public
def healthz(request: HttpRequest) -> JsonResponse:
    found = state(datetime.now(UTC))
    return JsonResponse(found, status=200 if found["ok"] else 503)
