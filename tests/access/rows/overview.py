"""Workbench, park overview, enterprise page, search."""

from __future__ import annotations

from types import SimpleNamespace

from tests.access.framework import Row


def _enterprise(world: SimpleNamespace) -> dict[str, int]:
    return {"enterprise_id": world.a.id}


ROWS = [
    Row("overview:workbench", ""),
    Row("overview:park", "carbon.view"),
    Row("overview:live", "carbon.view"),
    Row("overview:load", "carbon.view"),
    Row("overview:enterprise", "carbon.view", args=_enterprise, scoped=True),
    Row("overview:enterprise-live", "carbon.view", args=_enterprise, scoped=True),
    Row("overview:search", "registry.view"),
    Row("GET /overview/now", "carbon.view"),
    Row("GET /overview/load", "carbon.view"),
    Row("GET /overview/enterprises/{int:enterprise_id}/latest", "telemetry.view", args=_enterprise, scoped=True),
]
