"""Builders for tests of this and other domains: an enterprise with points in one call."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from greenpark.domains.accounts.contracts import SYSTEM
from greenpark.domains.registry import facade
from greenpark.domains.registry.contracts import EnterpriseDraft, PointDraft

AT = datetime(2026, 1, 1, tzinfo=UTC)


def make_enterprise(code: str = "T01", name: str = "", **more: Any) -> facade.EnterpriseView:
    """A fictitious enterprise with an organisation of its own; more: fields of EnterpriseDraft."""
    draft = EnterpriseDraft(code=code, name=name or f"测试企业 {code}", **{"demo": True, **more})
    enterprise_id = facade.save_enterprise(draft, by=SYSTEM, at=AT)
    return facade.enterprise(SYSTEM, enterprise_id)


def make_point(enterprise_id: int, code: str = "P1", **more: Any) -> facade.PointView:
    """A 15-minute electricity meter bound to HTTP id ``<enterprise>-<code>``; more: fields of PointDraft."""
    draft = PointDraft(
        enterprise_id=enterprise_id,
        code=code,
        name=f"监测点 {code}",
        medium="electricity",
        kind="counter",
        unit="kWh",
        expected_interval_s=900,
        balance="import",
        binding=("http", f"{enterprise_id}-{code}"),
        demo=True,
    )
    point_id = facade.save_point(replace(draft, **more), by=SYSTEM, at=AT)
    return facade.point(SYSTEM, point_id)
