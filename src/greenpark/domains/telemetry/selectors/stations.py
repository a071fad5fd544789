"""HJ 212 stations and the commands ordered for them, as far as an actor may see them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count

from greenpark.domains.accounts.contracts import Actor, OutOfScope
from greenpark.domains.telemetry import models
from greenpark.domains.telemetry.contracts import OrderView, StationView
from greenpark.domains.telemetry.rules import HIDDEN, ORDER_FIELDS, ORDER_NAMES, ORDER_WAITS_S
from greenpark.domains.telemetry.selectors.gateways import gateway_status
from greenpark.domains.telemetry.selectors.store_access import access

_UNDER_WAY = ("waiting", "running")


def _bound() -> dict[str, list[int]]:
    """MN -> points bound to it."""
    found: dict[str, list[int]] = {}
    for key, spec in access().directory.current().by_key.items():
        if key[0] == "hj212":
            found.setdefault(key[1], []).append(spec.id)
    return found


def _mine(actor: Actor) -> dict[str, list[int]]:
    """Stations whose every point the actor may see: one that feeds a neighbour too is not his to steer."""
    organisation_of = access().directory.current().organisation_of
    return {
        mn: ids
        for mn, ids in _bound().items()
        if actor.scope.everything or all(actor.scope.allows(organisation_of.get(i, -1)) for i in ids)
    }


def stations(actor: Actor, now_us: int) -> list[StationView]:
    """All stations of the actor by MN."""
    mine = _mine(actor)
    rows = {row.mn: row for row in models.Station.objects.filter(mn__in=mine)}
    waiting = dict(
        models.Order.objects.filter(mn__in=mine, state__in=_UNDER_WAY)
        .order_by()
        .values_list("mn")
        .annotate(Count("id"))
    )
    lines = _lines(now_us)
    return [_view(mn, mine[mn], rows.get(mn), lines, waiting.get(mn, 0)) for mn in sorted(mine)]


def station(actor: Actor, mn: str, now_us: int = 0) -> StationView:
    """One station. Raises OutOfScope when there is none that the actor may see."""
    ids = _mine(actor).get(mn)
    if ids is None:
        raise OutOfScope(f"station {mn}")
    waiting = models.Order.objects.filter(mn=mn, state__in=_UNDER_WAY).count()
    return _view(mn, ids, models.Station.objects.filter(mn=mn).first(), _lines(now_us), waiting)


def _lines(now_us: int) -> dict[str, int]:
    """MN -> its newest frame on a live connection [UTC µs]."""
    found: dict[str, int] = {}
    for status in gateway_status(now_us):
        if status["alive"] and status.get("hj212"):
            for line in status["hj212"].get("connections", []):
                for mn in line.get("mns", []):
                    found[mn] = max(found.get(mn, 0), int(line.get("last_frame_us") or 0))
    return found


def _view(
    mn: str, ids: list[int], row: models.Station | None, lines: dict[str, int], waiting: int
) -> StationView:  # fmt: skip
    enterprise_of = access().directory.current().enterprise_of
    return StationView(
        mn=mn,
        points=tuple(sorted(ids)),
        enterprise_ids=tuple(sorted({enterprise_of[i] for i in ids if i in enterprise_of})),
        connected=mn in lines,
        last_us=lines.get(mn) or None,
        waiting=waiting,
        has_password=bool(row and row.password),
        keys=len(row.sm4_keys) if row else 0,
        note=row.note if row else "",
    )


def orders(actor: Actor, mn: str, now: datetime, offset: int = 0, limit: int = 50) -> tuple[list[OrderView], int]:
    """Commands of a station, newest first, and how many there are. Raises OutOfScope."""
    if mn not in _mine(actor):
        raise OutOfScope(f"station {mn}")
    rows = models.Order.objects.filter(mn=mn)
    return [_order(row, now) for row in rows[offset : offset + limit]], rows.count()


def order(actor: Actor, order_id: int, now: datetime) -> OrderView:
    """One command. Raises OutOfScope when there is none that the actor may see."""
    row = models.Order.objects.filter(pk=order_id).first()
    if row is None or row.mn not in _mine(actor):
        raise OutOfScope(f"order {order_id}")
    return _order(row, now)


def _order(row: models.Order, now: datetime) -> OrderView:
    state, message = row.state, row.message
    if state == "waiting" and row.at < now - timedelta(seconds=ORDER_WAITS_S):
        # No gateway runs that could say so; one that starts later will not send it either.
        state, message = "timeout", "没有采集进程取走，命令没有发出。请检查网关状态后重新下发"
    result: dict[str, Any] = row.result or {}
    return OrderView(
        id=row.pk, mn=row.mn, cn=row.cn, name=ORDER_NAMES.get(row.cn, row.cn),
        fields=tuple((ORDER_FIELDS[n].label, _text(n, t)) for n, t in row.fields.items() if n in ORDER_FIELDS),
        reason=row.reason, state=state, outcome=row.outcome, message=message, qn_rtn=row.qn_rtn, exe_rtn=row.exe_rtn,
        values=tuple((str(n), str(t)) for n, t in result.get("values", [])), records=int(result.get("records", 0)),
        first_us=result.get("first_us"), last_us=result.get("last_us"), by=row.by_name, at=row.at,
        taken_at=row.taken_at, ended_at=row.ended_at,
    )  # fmt: skip


def _text(name: str, text: str) -> str:
    kind = ORDER_FIELDS[name].kind
    if kind == "secret":
        return HIDDEN
    return text.replace("T", " ") if kind == "moment" else text
