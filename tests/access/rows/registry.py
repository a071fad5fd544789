"""Enterprises, points, aliases, places."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from greenpark.domains.registry import models
from tests.access.framework import Row


def prepare(world: SimpleNamespace) -> None:
    """An alias of enterprise A."""
    world.alias_id = models.Alias.objects.create(text="甲", enterprise_id=world.a.id, state="inference").pk


def _enterprise(world: SimpleNamespace) -> dict[str, int]:
    return {"enterprise_id": world.a.id}


def _point(world: SimpleNamespace) -> dict[str, int]:
    return {"point_id": world.point_a.id}


def _body(world: SimpleNamespace) -> dict[str, Any]:
    return {
        "enterprise_id": world.a.id,
        "code": "N1",
        "name": "新点",
        "medium": "water",
        "kind": "interval",
        "unit": "m3",
        "expected_interval_s": 3600,
    }


ROWS = [
    Row("registry:enterprises", "registry.view"),
    Row("registry:enterprise-new", "registry.configure"),
    Row("registry:enterprise", "registry.view", args=_enterprise, scoped=True),
    Row("registry:enterprise-edit", "registry.configure", args=_enterprise, scoped=True),
    Row(
        "registry:facility-new",
        "registry.configure",
        args=_enterprise,
        scoped=True,
        method="post",
        data=lambda w: {"code": "F1", "name": "一车间"},
    ),
    Row("registry:places", "registry.view"),
    Row("registry:aliases", "registry.review"),
    Row(
        "registry:alias-decide",
        "registry.review",
        args=lambda w: {"alias_id": w.alias_id},
        scoped=True,
        method="post",
        data=lambda w: {"decision": "confirm", "reason": "营业执照"},
    ),
    Row("registry:points", "registry.view"),
    Row("registry:point-new", "registry.configure", query=lambda w: f"?enterprise={w.a.id}", scoped=True),
    Row("registry:point", "registry.view", args=_point, scoped=True),
    Row("GET /registry/enterprises", "registry.view"),
    Row("GET /registry/enterprises/{int:enterprise_id}", "registry.view", args=_enterprise, scoped=True),
    Row("GET /registry/places", "registry.view"),
    Row("GET /registry/aliases", "registry.view"),
    Row("GET /registry/points", "registry.view"),
    Row("GET /registry/points/{int:point_id}", "registry.view", args=_point, scoped=True),
    Row("POST /registry/points", "registry.configure", data=_body, scoped=True, ok=(201,)),
    Row("PUT /registry/points/{int:point_id}", "registry.configure", args=_point, data=_body, scoped=True),
]
