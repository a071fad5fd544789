"""Indicators, tasks, projects, parameters, findings, coverage."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

from greenpark.domains.planning import models
from tests.access.framework import Row

AT = datetime(2026, 1, 5, tzinfo=UTC)
_YEARS = {"y2025": "15", "y2026": "18", "y2027": "22", "other_years": "", "baseline": "", "baseline_year": ""}
_INDICATOR = {
    **_YEARS, "document": "GP-A1", "unit": "个", "direction": "higher", "scope": "全市", "data_provider": "not stated",
    "note": "", "quote": "达到15个",
    "kind": "stock", "sense": "ge", "force": "达到", "group": "", "authoritative": True,
}  # fmt: skip
_TASK = {"document": "GP", "section": "二(一)1", "deadlines": "", "responsible_units": "", "quote": "甲"}
_PROJECT = {"document": "GP", "list": "2025", "annual_goal": "完成建设", "responsible_unit": "", "quote": "甲"}
_ANNEX = {
    "annex": "annex1", "no": 1, "indicator": "I900", "group": "", "name": "绿色工厂", "unit": "", "scope": "全市",
    "provider": "", "base": "", "merged": False, "remark": "", "y2025": "15", "y2026": "18", "y2027": "22",
}  # fmt: skip


def prepare(world: SimpleNamespace) -> None:
    """A pack with one item of each kind, owned by organisation A, with a value and a report of another person."""
    pack = models.Pack.objects.create(code="t", title="测试", edition="1", digest="0", loaded_at=AT)

    def item(kind: str, code: str, row: dict[str, Any]) -> Any:
        return models.Item.objects.create(
            pack=pack, kind=kind, code=code, name=code, row=row, organisation_id=world.a.organisation_id
        )

    world.indicator = item("indicator", "I900", _INDICATOR)
    world.task = item("task", "T900", _TASK)
    world.project = item("project", "P900", _PROJECT)
    item("annex", "annex1#1", _ANNEX)
    more = {"state": "reported", "entered_by": "甲", "entered_by_id": 0, "entered_at": AT}
    world.value = models.Value.objects.create(item=world.indicator, period="2025", day=AT.date(), value=15, **more)
    world.report = models.Progress.objects.create(item=world.task, month="2025-12", text="开工", **more)


def of(name: str, argument: str = "item_id") -> Callable[[SimpleNamespace], dict[str, int]]:
    return lambda world: {argument: getattr(world, name).pk}


_VALUE = {"period": "2025", "value": "16", "source": "月报"}
ROWS = [
    Row("planning:indicators", "planning.view"),
    Row("planning:indicator", "planning.view", args=of("indicator")),
    Row(
        "planning:value-enter",
        "planning.report",
        args=of("indicator"),
        scoped=True,
        method="post",
        data=lambda w: _VALUE,
    ),
    Row(
        "planning:value-review",
        "planning.review",
        args=of("value", "value_id"),
        scoped=True,
        method="post",
        data=lambda w: {"decision": "accept"},
    ),
    Row("planning:annexes", "planning.view"),
    Row("planning:annex-export", "planning.export", args=lambda w: {"pack": "t", "annex": "annex1"}),
    Row("planning:tasks", "planning.view"),
    Row("planning:task", "planning.view", args=of("task")),
    Row("planning:projects", "planning.view"),
    Row("planning:project", "planning.view", args=of("project")),
    Row(
        "planning:progress-enter",
        "planning.report",
        args=of("task"),
        scoped=True,
        method="post",
        data=lambda w: {"month": "2025-11", "progress": "完成选址"},
    ),
    Row(
        "planning:progress-review",
        "planning.review",
        args=of("report", "report_id"),
        scoped=True,
        method="post",
        data=lambda w: {"decision": "accept"},
    ),
    Row("planning:decide", "planning.configure", args=of("task"), scoped=True, method="post", data=lambda w: {}),
    Row("planning:parameters", "planning.view"),
    Row("planning:consistency", "planning.view"),
    Row("planning:coverage", "planning.view"),
    Row("GET /planning/indicators", "planning.view"),
    Row("GET /planning/tasks", "planning.view"),
    Row("GET /planning/projects", "planning.view"),
    Row(
        "POST /planning/indicators/{int:item_id}/values",
        "planning.report",
        args=of("indicator"),
        scoped=True,
        data=lambda w: _VALUE,
        ok=(201,),
    ),
]
