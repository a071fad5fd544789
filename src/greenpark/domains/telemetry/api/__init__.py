"""JSON API of telemetry, mounted at /api/v1/telemetry."""

from __future__ import annotations

import secrets
from time import monotonic
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from ninja import Query, Router, Status

from greenpark.domains.accounts import facade as accounts
from greenpark.domains.registry import facade as registry
from greenpark.domains.telemetry.api import schemas
from greenpark.domains.telemetry.contracts import OrderView
from greenpark.domains.telemetry.rules import STEPS, Buckets, amount_unit, has_amount
from greenpark.domains.telemetry.selectors import explorer, frames, gateways, not_taken, series, stations
from greenpark.domains.telemetry.services import imports, orders, uploads
from greenpark.ingest.keys import from_text
from greenpark.kernel.periods import PARK_ZONE, from_us, to_us
from greenpark.store.interface import StoreError

router = Router(tags=["telemetry"])

#: Uploads of one token or person: twenty a second on average, three hundred at once.
_requests = Buckets(per_s=20.0, burst=300.0)


def moment(us: int) -> str:
    """RFC 3339 in the park's zone."""
    return from_us(us).astimezone(PARK_ZONE).isoformat()


def problem(request: HttpRequest, status: int, code: str, title: str, detail: str) -> HttpResponse:
    """RFC 9457, as the API root answers its own errors."""
    body = {
        "type": f"/docs/problems#{code}",
        "title": title,
        "status": status,
        "detail": detail,
        "instance": request.path,
        "trace_id": secrets.token_hex(8),
    }
    return JsonResponse(
        body,
        status=status,
        content_type="application/problem+json; charset=utf-8",
        json_dumps_params={"ensure_ascii": False},
    )


def _number(value: float) -> float | None:
    return None if value != value else value


@router.post(
    "/readings",
    response=schemas.BatchOut,
    summary="上传读数 · Upload readings",
    openapi_extra=schemas.BATCH_BODY,
)
@accounts.require("telemetry.report")
def post_readings(request: HttpRequest) -> Any:
    """A batch of up to 10,000 readings, answered item by item; what is accepted is on disk when the answer arrives.

    `Idempotency-Key` makes a repeated request give the first answer again. Points of other organisations are refused
    one by one as `out_of_scope`."""
    actor = request.actor
    if wait := _requests.wait(f"{actor.kind}:{actor.id}", 1.0, monotonic()):
        answer = problem(request, 429, "too-many", "请求过于频繁", f"请在 {wait:.0f} 秒后重试，或合并成较大的批次")
        answer["Retry-After"] = str(max(1, round(wait)))
        return answer
    length = request.META.get("CONTENT_LENGTH") or "0"
    if length.isdigit() and int(length) > uploads.MAX_BYTES:
        detail = f"请求体 {length} 字节，上限 {uploads.MAX_BYTES} 字节。请分批上传"
        return problem(request, 413, "too-large", "请求过大", detail)
    peer = str(request.META.get("REMOTE_ADDR", ""))
    key = request.headers.get("Idempotency-Key", "")[:120]
    try:
        answer_body, repeated = uploads.take(body=request.body, by=actor, at=timezone.now(), peer=peer, key=key)
    except uploads.TooLarge as error:
        return problem(request, 413, "too-large", "请求过大", str(error))
    except uploads.BadBatch as error:
        return problem(request, 422, "invalid", "数据不符合要求", str(error))
    except uploads.KeyReused as error:
        return problem(request, 409, "conflict", "与现状冲突", str(error))
    except (StoreError, OSError) as error:
        answer = problem(request, 503, "store", "暂时不可用", f"读数库暂时不可写，数据未入库，请稍后重发：{error}")
        answer["Retry-After"] = "5"
        return answer
    answer = JsonResponse(answer_body, json_dumps_params={"ensure_ascii": False})
    if repeated:
        answer["Idempotent-Replayed"] = "true"
    return answer


@router.get("/points/latest", response=schemas.LatestList, summary="最新值 · Newest readings of points")
@accounts.require("telemetry.view")
def latest(request: HttpRequest, query: Query[schemas.LatestQuery]) -> dict[str, Any]:
    views, count = registry.points(
        request.actor,
        registry.PointFilter(q=query.q, enterprise_id=query.enterprise, medium=query.medium, state="active"),
        offset=(query.page - 1) * query.page_size,
        limit=query.page_size,
    )
    newest = series.latest([v.id for v in views])
    at = {int(p): i for i, p in enumerate(newest.points)}
    items = []
    for view in views:
        i = at.get(view.id)
        items.append({
            "point": view.id, "code": view.code, "name": view.name, "unit": view.spec.unit,
            "time": None if i is None else moment(int(newest.times[i])),
            "value": None if i is None else float(newest.values[i]),
            "quality": 0 if i is None else int(newest.quality[i]),
        })  # fmt: skip
    return {"items": items, "count": count}


@router.get("/points/{int:point_id}/readings", response=schemas.ReadingList, summary="原始读数 · Raw readings")
@accounts.require("telemetry.view")
def point_readings(request: HttpRequest, point_id: int, query: Query[schemas.ReadingQuery]) -> dict[str, Any]:
    """By time. `next_cursor` of a full page, given as `cursor`, continues after its last reading."""
    view = registry.point(request.actor, point_id)
    start, end = to_us(query.start), to_us(query.end)
    if query.cursor is not None:
        start = max(start, query.cursor + 1)
    found, more = _page_of_readings(point_id, start, end, query.limit, view.spec.expected_interval_s)
    items = [
        {"time": moment(t), "time_us": t, "value": v, "quality": q, "frame_id": f}
        for t, v, q, f in zip(
            found.times.tolist(), found.values.tolist(), found.quality.tolist(), found.frames.tolist(), strict=True
        )
    ]
    return {
        "point": point_id, "unit": view.spec.unit, "items": items,
        "next_cursor": items[-1]["time_us"] if more and items else None,
    }  # fmt: skip


def _page_of_readings(point_id: int, start: int, end: int, limit: int, interval_s: int) -> tuple[Any, bool]:
    """Up to ``limit`` readings and whether there are more, without reading a span of years for a page of it."""
    step = max(limit * interval_s * 1_000_000 * 2, 86_400_000_000)
    at = start
    found = series.readings([point_id], at, min(at + step, end))
    while len(found) <= limit and at + step < end:
        at, step = at + step, step * 4
        found = type(found).concat([found, series.readings([point_id], at, min(at + step, end))])
    return found.take(slice(0, limit)), len(found) > limit


@router.get("/points/{int:point_id}/rollups", response=schemas.RollupList, summary="汇总 · Rollups")
@accounts.require("telemetry.view")
def point_rollups(request: HttpRequest, point_id: int, query: Query[schemas.RollupQuery]) -> dict[str, Any]:
    view = registry.point(request.actor, point_id)
    step = STEPS[query.step][0]
    assert step is not None
    rows = series.rollups(step, [point_id], to_us(query.start), to_us(query.end))
    rows = rows.take(slice(0, 20_000))
    kind = view.spec.kind
    items = [
        {
            "start": moment(int(rows.starts[i])), "amount": _number(float(rows.amount[i])),
            "mean": _number(float(rows.mean[i])), "low": _number(float(rows.low[i])),
            "high": _number(float(rows.high[i])), "count": int(rows.count[i]), "valid": int(rows.valid[i]),
            "coverage": float(rows.coverage[i]), "estimated": _number(float(rows.estimated[i])),
            "quality": int(rows.quality[i]),
        }
        for i in range(len(rows))
    ]  # fmt: skip
    return {
        "point": point_id, "step": query.step, "unit": view.spec.unit,
        "amount_unit": amount_unit(kind, view.spec.unit) if has_amount(kind) else None, "items": items,
    }  # fmt: skip


@router.get(
    "/points/{int:point_id}/readings/{int:time_us}", response=schemas.ReadingDetail,
    summary="一条读数的来源 · Where a reading came from",
)  # fmt: skip
@accounts.require("telemetry.view")
def point_reading(request: HttpRequest, point_id: int, time_us: int) -> dict[str, Any]:
    detail = explorer.reading(request.actor, point_id, time_us)
    frame = frames.frame(detail.frame_id)
    return {
        "point": point_id, "time": moment(time_us), "value": detail.row.value, "unit": detail.point.spec.unit,
        "quality": detail.row.quality, "quality_words": detail.row.words,
        "frame": None if frame is None else {
            "id": frame.id, "received": moment(frame.received_us), "gateway": frame.gateway, "peer": frame.peer,
            "device": frame.device, "text": frame.decoded.text,
            "fields": [{"name": n, "value": v} for n, v in frame.decoded.fields],
        },
        "replaced": [
            {"value": r.value, "quality": r.quality, "replaced": moment(r.replaced_us), "frame_id": r.frame_id}
            for r in detail.replaced
        ],
    }  # fmt: skip


@router.get("/not-taken", response=schemas.NotTakenList, summary="拒收 · What was not taken")
@accounts.require("telemetry.review")
def list_not_taken(request: HttpRequest, query: Query[schemas.NotTakenQuery]) -> dict[str, Any]:
    chosen = not_taken.NotTakenFilter(to_us(query.start), to_us(query.end), query.code, query.gateway)
    rows = not_taken.not_taken(request.actor, chosen, limit=query.limit, before_id=query.cursor)
    items = [
        {
            "id": r.id, "received": moment(r.received_us), "gateway": r.gateway, "peer": r.peer, "device": r.device,
            "key": list(from_text(r.key)), "value": r.value, "code": r.code, "reason": r.reason,
            "likely_cause": r.likely_cause, "frame_id": r.frame_id or None, "raw_hex": r.raw[:2048].hex(),
        }
        for r in rows
    ]  # fmt: skip
    return {"items": items, "next_cursor": rows[-1].id if len(rows) == query.limit else None}


@router.get("/imports", response=schemas.ImportList, summary="导入记录 · Imports")
@accounts.require("telemetry.view")
def list_imports(request: HttpRequest, query: Query[schemas.PageQuery]) -> dict[str, Any]:
    items, count = imports.imports(request.actor, (query.page - 1) * query.page_size, query.page_size)
    return {"items": items, "count": count}


@router.get("/gateways", response=schemas.GatewayList, summary="网关状态 · Gateways")
@accounts.require("telemetry.review")
def list_gateways(request: HttpRequest) -> dict[str, Any]:
    """Counters of the gateway processes; without the connections, which belong to many organisations."""
    found = gateways.gateway_status(to_us(timezone.now()))
    return {
        "items": [
            {
                "pid": one["pid"], "alive": one["alive"], "reported": moment(int(one["at_us"])),
                "readings_per_s": one["readings_per_s"], "queued": one["queued"],
                "accepted": one["submitter"]["accepted"], "refused": one["submitter"]["refused"],
                "rejected_frames": one["submitter"]["rejected_frames"],
            }
            for one in found
        ]
    }  # fmt: skip


def _order(view: OrderView) -> dict[str, Any]:
    return {
        "id": view.id, "mn": view.mn, "cn": view.cn, "name": view.name, "reason": view.reason, "state": view.state,
        "outcome": view.outcome, "message": view.message, "qn_rtn": view.qn_rtn, "exe_rtn": view.exe_rtn,
        "fields": [{"name": n, "value": v} for n, v in view.fields],
        "values": [{"name": n, "value": v} for n, v in view.values], "records": view.records,
        "ordered_by": view.by, "ordered": view.at, "taken": view.taken_at, "ended": view.ended_at,
    }  # fmt: skip


@router.post("/stations/{mn}/orders", response={201: schemas.OrderOut}, summary="下发命令 · Order a downward command")
@accounts.require("telemetry.configure")
def post_order(request: HttpRequest, mn: str, body: schemas.OrderIn) -> Any:
    """The gateway fetches it within about a second; ask for the order until its state is no longer `waiting` or
    `running`."""
    now = timezone.now()
    try:
        order_id = orders.order(mn=mn, cn=body.cn, fields=body.fields, reason=body.reason, by=request.actor, at=now)
    except orders.NotACommand as error:
        return problem(request, 422, "invalid", "命令不符合要求", str(error))
    return Status(201, _order(stations.order(request.actor, order_id, now)))


@router.get("/stations/{mn}/orders", response=schemas.OrderList, summary="下行命令记录 · Orders of a station")
@accounts.require("telemetry.review")
def list_orders(request: HttpRequest, mn: str, query: Query[schemas.PageQuery]) -> dict[str, Any]:
    items, count = stations.orders(
        request.actor, mn, timezone.now(), (query.page - 1) * query.page_size, query.page_size
    )
    return {"items": [_order(one) for one in items], "count": count}


@router.get("/orders/{int:order_id}", response=schemas.OrderOut, summary="一条下行命令 · One order")
@accounts.require("telemetry.review")
def get_order(request: HttpRequest, order_id: int) -> dict[str, Any]:
    return _order(stations.order(request.actor, order_id, timezone.now()))
