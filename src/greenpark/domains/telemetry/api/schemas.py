"""Shapes of the telemetry API."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from ninja import Schema
from pydantic import AwareDatetime, Field


class ItemOut(Schema):
    index: int
    status: Literal["accepted", "refused"]
    code: str | None = None
    reason: str | None = None


class BatchOut(Schema):
    """``results`` has one entry per item, in order."""

    accepted: int
    refused: int
    frame_id: int | None
    results: list[ItemOut]


#: The body is read by msgspec, not by ninja: this is its description for OpenAPI.
BATCH_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "schema": {
                    "type": "object",
                    "required": ["readings"],
                    "properties": {
                        "readings": {
                            "type": "array",
                            "maxItems": 10_000,
                            "items": {
                                "type": "object",
                                "required": ["time", "value"],
                                "properties": {
                                    "point": {"type": "integer", "description": "number of the point"},
                                    "key": {"type": "string", "description": "external id bound to the point"},
                                    "time": {
                                        "oneOf": [{"type": "string", "format": "date-time"}, {"type": "number"}],
                                        "description": "RFC 3339, or seconds, ms or µs since 1970",
                                    },
                                    "value": {"type": "number", "description": "raw value in the point's unit"},
                                    "quality": {"type": "string", "description": "N F M S D C T B, or 192, good, bad"},
                                    "unit": {"type": "string", "description": "refused when it is not the point's"},
                                },
                            },
                        }
                    },
                },
                "example": {
                    "readings": [
                        {"key": "meter-1", "time": "2026-11-22T09:15:00+08:00", "value": 1234.5, "unit": "kWh"}
                    ]
                },
            }
        },
    },
    "parameters": [
        {"name": "Idempotency-Key", "in": "header", "required": False, "schema": {"type": "string", "maxLength": 120}}
    ],
}


class PageQuery(Schema):
    page: int = Field(1, ge=1, le=1_000_000)
    page_size: int = Field(50, ge=1, le=200)


class LatestQuery(PageQuery):
    q: str = Field("", max_length=60)
    enterprise: int | None = None
    medium: str = Field("", max_length=30)


class LatestOut(Schema):
    point: int
    code: str
    name: str
    unit: str
    time: str | None
    value: float | None
    quality: int


class LatestList(Schema):
    items: list[LatestOut]
    count: int


class Span(Schema):
    """Half-open."""

    start: AwareDatetime
    end: AwareDatetime


class ReadingQuery(Span):
    limit: int = Field(1_000, ge=1, le=10_000)
    cursor: int | None = Field(None, ge=0)


class ReadingOut(Schema):
    time: str
    time_us: int
    value: float
    quality: int
    frame_id: int


class ReadingList(Schema):
    point: int
    unit: str
    items: list[ReadingOut]
    next_cursor: int | None


class RollupQuery(Span):
    step: Literal["15min", "hour", "day", "month"] = "hour"


class RollupOut(Schema):
    start: str
    amount: float | None
    mean: float | None
    low: float | None
    high: float | None
    count: int
    valid: int
    coverage: float
    estimated: float | None
    quality: int


class RollupList(Schema):
    """``amount`` is in ``amount_unit``, ``mean``, ``low`` and ``high`` in ``unit``."""

    point: int
    step: str
    unit: str
    amount_unit: str | None
    items: list[RollupOut]


class FieldOut(Schema):
    name: str
    value: str


class FrameOut(Schema):
    id: int
    received: str
    gateway: str
    peer: str
    device: str
    text: str
    fields: list[FieldOut]


class ReplacedOut(Schema):
    value: float
    quality: int
    replaced: str
    frame_id: int


class ReadingDetail(Schema):
    point: int
    time: str
    value: float
    unit: str
    quality: int
    quality_words: str
    frame: FrameOut | None
    replaced: list[ReplacedOut]


class NotTakenQuery(Span):
    code: str = Field("", max_length=40)
    gateway: str = Field("", max_length=20)
    limit: int = Field(100, ge=1, le=200)
    cursor: int | None = Field(None, ge=0)


class NotTakenOut(Schema):
    id: int
    received: str
    gateway: str
    peer: str
    device: str
    key: list[str]
    value: str
    code: str
    reason: str
    likely_cause: str
    frame_id: int | None
    raw_hex: str


class NotTakenList(Schema):
    items: list[NotTakenOut]
    next_cursor: int | None


class ImportOut(Schema):
    id: int
    name: str
    state: str
    at: datetime
    by: str
    new: int
    updated: int
    unchanged: int
    errors: int
    accepted: int
    size: int


class ImportList(Schema):
    items: list[ImportOut]
    count: int


class GatewayOut(Schema):
    pid: int
    alive: bool
    reported: str
    readings_per_s: float
    queued: int
    accepted: int
    refused: int
    rejected_frames: int


class GatewayList(Schema):
    items: list[GatewayOut]


class OrderIn(Schema):
    """``fields`` by the names of the command's parameters, for instance ``begin`` and ``end`` of 2061."""

    cn: str = Field(max_length=8)
    fields: dict[str, str] = Field(default_factory=dict)
    reason: str = Field("", max_length=300)


class AnswerValue(Schema):
    name: str
    value: str


class OrderOut(Schema):
    """``state``: waiting, running, done, failed, timeout, withdrawn. ``outcome`` says more closely why."""

    id: int
    mn: str
    cn: str
    name: str
    fields: list[AnswerValue]
    reason: str
    state: str
    outcome: str
    message: str
    qn_rtn: int | None
    exe_rtn: int | None
    values: list[AnswerValue]
    records: int
    ordered_by: str
    ordered: datetime
    taken: datetime | None
    ended: datetime | None


class OrderList(Schema):
    items: list[OrderOut]
    count: int
