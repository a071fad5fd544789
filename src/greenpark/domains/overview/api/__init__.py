"""JSON API of the overview, mounted at /api/v1/overview. Units stand in the field names; times are RFC 3339."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import HttpRequest
from django.utils import timezone
from ninja import Router, Schema

from greenpark.domains.accounts import facade as accounts
from greenpark.domains.carbon import facade as carbon
from greenpark.domains.carbon.contracts import LiveFigures
from greenpark.domains.overview import facade
from greenpark.domains.registry import facade as registry

router = Router(tags=["overview"])


class SpanOut(Schema):
    """Emissions and energy of a span up to now. ``reported_tco2e`` is the part that stands on reported amounts;
    ``tce_equal`` is null while a source has no equal-value coefficient."""

    tco2e: float
    tce_calorific: float
    tce_equal: float | None
    reported_tco2e: float


class NowOut(Schema):
    """The live figures of the caller's scope. They are estimates until the month is closed."""

    at: datetime
    newest_reading_at: datetime | None
    load_kw: float | None
    load_slot_at: datetime | None
    meters: int
    meters_in_slot: int
    points: int
    points_online: int
    today: SpanOut
    month: SpanOut
    year: SpanOut
    metered_sources: int
    reported_sources: int
    unconfirmed_factors: int
    not_computed: int


class CurveOut(Schema):
    """Mean power of quarter hours [kW]; null where no meter has sent. ``times`` are the starts of the slots."""

    times: list[datetime]
    imported_kw: list[float | None]
    produced_kw: list[float | None]
    exported_kw: list[float | None]
    skipped: list[str]


class LatestOut(Schema):
    """The newest reading of a point, scaled to its unit; ``value`` is null before the first reading."""

    point_id: int
    code: str
    name: str
    medium: str
    kind: str
    unit: str
    value: float | None
    at: datetime | None
    quality: int
    quality_text: str
    online: bool
    demo: bool


class LatestList(Schema):
    """All active points of an enterprise."""

    items: list[LatestOut]
    count: int


def _span(figures: LiveFigures) -> SpanOut:
    return SpanOut(
        tco2e=figures.tco2e,
        tce_calorific=figures.tce_calorific,
        tce_equal=figures.tce_equal,
        reported_tco2e=figures.reported_tco2e,
    )


@router.get("/now", response=NowOut, summary="实时负荷、能耗与碳排放（估算）")
@accounts.require("carbon.view")
def now(request: HttpRequest) -> NowOut:
    """Everything the park overview shows live."""
    at = timezone.now()
    live, power = carbon.live(request.actor, at), facade.power(request.actor, at)
    collection = facade.collection(request.actor, at)
    return NowOut(
        at=at,
        newest_reading_at=live.newest_reading_at or collection.newest_at,
        load_kw=power.now_kw,
        load_slot_at=power.slot_at,
        meters=power.meters,
        meters_in_slot=power.meters_in_slot,
        points=collection.points,
        points_online=collection.online,
        today=_span(live.today),
        month=_span(live.month),
        year=_span(live.year),
        metered_sources=live.metered_sources,
        reported_sources=live.reported_sources,
        unconfirmed_factors=live.unconfirmed_factors,
        not_computed=live.not_computed,
    )


@router.get("/load", response=CurveOut, summary="近 24 小时用电负荷曲线")
@accounts.require("carbon.view")
def load(request: HttpRequest) -> CurveOut:
    """The load curve of the caller's scope, 96 quarter hours that are over."""
    power = facade.power(request.actor, timezone.now())
    return CurveOut(
        times=[datetime.fromtimestamp(ms / 1000, tz=timezone.get_current_timezone()) for ms in power.times_ms],
        imported_kw=list(power.imported_kw),
        produced_kw=list(power.produced_kw),
        exported_kw=list(power.exported_kw),
        skipped=list(power.skipped),
    )


@router.get("/enterprises/{int:enterprise_id}/latest", response=LatestList, summary="企业各监测点最新值")
@accounts.require("telemetry.view")
def latest(request: HttpRequest, enterprise_id: int) -> dict[str, Any]:
    """Newest readings of an enterprise's points; 404 outside the scope."""
    registry.enterprise(request.actor, enterprise_id)
    rows = facade.latest_values(request.actor, enterprise_id, timezone.now())
    return {"items": [LatestOut.from_orm(row) for row in rows], "count": len(rows)}
