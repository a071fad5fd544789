"""Readings, rejected frames, imports, gateways."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from django.utils import timezone

from greenpark.domains.registry.testing import make_point
from greenpark.domains.telemetry import models
from greenpark.domains.telemetry.selectors.store_access import access
from greenpark.ingest.sink import Delivery
from greenpark.kernel.periods import to_us
from tests.access.framework import Row

SPAN = "?start=2026-11-01T00:00:00%2B08:00&end=2026-11-02T00:00:00%2B08:00"


def prepare(world: SimpleNamespace) -> None:
    """A reading of A, a refused item of a device of A, an import of A."""
    now_us = to_us(timezone.now())
    world.reading_us = now_us - 60_000_000
    key = ("point", str(world.point_a.id))
    known, unknown = world.point_a.binding, ("http", "nobody")
    delivery = Delivery(
        "http", "127.0.0.1", known[1], now_us, b"{}", [key, unknown], [world.reading_us] * 2, [1.0, 2.0]
    )
    found = access()
    found.pipeline.accept([delivery])
    world.row_id = found.store.not_taken(start_us=0, end_us=now_us + 1, limit=1)[0].id
    world.import_id = models.Import.objects.create(
        name="a.csv", state="previewed", organisation_id=world.org_a, by_id=world.person.pk, by_name="x",
        at=timezone.now(), content="监测点,时间,数值\nX,2026-11-01,1\n".encode(), digest="0",
    ).pk  # fmt: skip
    world.mn = "A" * 24
    make_point(world.a.id, "HJ", kind="rate", unit="mg/m3", binding=("hj212", world.mn, "2011", "a21026-Rtd"))
    world.order_id = models.Order.objects.create(
        mn=world.mn, cn="1011", by_id=world.person.pk, by_name="x", at=timezone.now()
    ).pk


def _span(world: SimpleNamespace) -> str:
    return SPAN


def _point(world: SimpleNamespace) -> dict[str, int]:
    return {"point_id": world.point_a.id}


def _reading(world: SimpleNamespace) -> dict[str, int]:
    return {"point_id": world.point_a.id, "time_us": world.reading_us}


def _import(world: SimpleNamespace) -> dict[str, int]:
    return {"import_id": world.import_id}


def _mn(world: SimpleNamespace) -> dict[str, str]:
    return {"mn": world.mn}


def _order(world: SimpleNamespace) -> dict[str, int]:
    return {"order_id": world.order_id}


def _station(world: SimpleNamespace) -> dict[str, Any]:
    return {"mn": "A" * 24, "crc": "modbus", "edition": "2017", "note": "厂家程序"}


ROWS = [
    Row("telemetry:points", "telemetry.view"),
    Row("telemetry:point", "telemetry.view", args=_point, scoped=True),
    Row("telemetry:reading", "telemetry.view", args=_reading, scoped=True),
    Row("telemetry:reading-frame", "telemetry.view", args=_reading, scoped=True),
    Row(
        "telemetry:reading-decide",
        "telemetry.correct",
        args=_reading,
        scoped=True,
        method="post",
        data=lambda w: {"what": "discard", "reason": "校准"},
    ),
    Row("telemetry:not-taken", "telemetry.review"),
    Row("telemetry:not-taken-one", "telemetry.review", args=lambda w: {"row_id": w.row_id}, scoped=True),
    Row("telemetry:unknown", "telemetry.review"),
    Row("telemetry:gateways", "telemetry.review"),
    Row("telemetry:stations", "telemetry.review"),
    Row("telemetry:station", "telemetry.review", args=_mn, scoped=True),
    Row("telemetry:station-save", "telemetry.configure", method="post", data=_station, scoped=True),
    Row("telemetry:station-order", "telemetry.configure", args=_mn, scoped=True, method="post",
        data=lambda w: {"cn": "1011"}),
    Row("telemetry:order", "telemetry.review", args=_order, scoped=True),
    Row("telemetry:order-withdraw", "telemetry.configure", args=_order, scoped=True, method="post"),
    Row("telemetry:imports", "telemetry.view"),
    Row("telemetry:import-template", "telemetry.view"),
    Row("telemetry:import-upload", "telemetry.report", method="post"),
    Row("telemetry:import", "telemetry.view", args=_import, scoped=True),
    Row("telemetry:import-errors", "telemetry.view", args=_import, scoped=True),
    Row("telemetry:import-decide", "telemetry.report", args=_import, scoped=True, method="post",
        data=lambda w: {"what": "drop"}),
    Row("POST /telemetry/readings", "telemetry.report", data=lambda w: {"readings": []}),
    Row("GET /telemetry/points/latest", "telemetry.view"),
    Row("GET /telemetry/points/{int:point_id}/readings", "telemetry.view", args=_point, scoped=True, query=_span),
    Row("GET /telemetry/points/{int:point_id}/rollups", "telemetry.view", args=_point, scoped=True, query=_span),
    Row("GET /telemetry/points/{int:point_id}/readings/{int:time_us}", "telemetry.view", args=_reading, scoped=True),
    Row("GET /telemetry/not-taken", "telemetry.review", query=_span),
    Row("GET /telemetry/imports", "telemetry.view"),
    Row("GET /telemetry/gateways", "telemetry.review"),
    Row("POST /telemetry/stations/{mn}/orders", "telemetry.configure", args=_mn, scoped=True,
        data=lambda w: {"cn": "1011"}, ok=(201,)),
    Row("GET /telemetry/stations/{mn}/orders", "telemetry.review", args=_mn, scoped=True),
    Row("GET /telemetry/orders/{int:order_id}", "telemetry.review", args=_order, scoped=True),
]  # fmt: skip
