"""The carbon ledger: ledger, closing, corrections, factors, sources, monthly reports."""

from __future__ import annotations

from datetime import UTC, date, datetime
from types import SimpleNamespace
from typing import Any

from greenpark.domains.carbon import models
from greenpark.domains.carbon.rules import canonical
from greenpark.domains.carbon.testing import coal_source
from tests.access.framework import Row

_AT = datetime(2026, 6, 5, tzinfo=UTC)
_ZERO = {"tco2e": 0, "tco2e_market": 0, "tce_calorific": 0}


def prepare(world: SimpleNamespace) -> None:
    """Enterprise A: a source on reports, a closed May with a proposed correction, a submitted June, a parked import.

    Rows are written directly: the world is made for every test of every domain, and must stay cheap.
    """
    a = world.a.id
    models.Factor.objects.create(
        code="access.factor", version=1, kind="purity", name="试验", value="1", unit="1",
        confidence="recalled", known_since=_AT, payload={"id": "access.factor", "confidence": "recalled"},
    )  # fmt: skip
    source = models.Source.objects.create(
        enterprise_id=a, version=1, valid_from=date(2026, 1, 1), known_since=_AT, changed_by="x", **coal_source()
    )
    text = '{"enterprise":"A01","entries":[],"format":"greenpark-ledger-1","month":"2026-05","totals":{}}'
    period = models.LedgerPeriod.objects.create(
        enterprise_id=a, month="2026-05", closed=True, computed_at=_AT, known_at=_AT, closed_at=_AT, closed_by="x",
        canonical=text, sm3=canonical.sm3(text.encode()), sha256=canonical.sha256(text.encode()),
        tce_equal=0, direct_tco2e=0, electricity_mwh=0, entry_count=1, **_ZERO,
        late={"sources": [{"source": "coal", "gas": "CO2", **dict.fromkeys(("tco2e", "tco2e_market"), "1.0")}]},
    )  # fmt: skip
    models.LedgerEntry.objects.create(
        period=period, source=source, enterprise_id=a, month="2026-05", source_code="coal", source_name="煤",
        category="fuel", gas="CO2", method="x", tier="reported", **_ZERO,
    )  # fmt: skip
    world.correction = models.Correction.objects.create(
        enterprise_id=a, month="2026-05", source_code="coal", category="fuel", reason="试验更正",
        proposed_by_id=0, proposed_by="x", proposed_at=_AT, **{**_ZERO, "tco2e": 1},
    ).pk  # fmt: skip
    report = models.MonthlyReport.objects.create(enterprise_id=a, month="2026-06", state="submitted", changed_at=_AT)
    world.evidence = models.Evidence.objects.create(
        report=report, name="x.pdf", size=1, sha256="0" * 64, sm3="0" * 64, at=_AT, by="x"
    ).pk
    grid = f"统一社会信用代码,企业名称,烟煤（吨）\nA01,{world.a.name},5\n"
    models.ParkedImport.objects.create(
        token="access", month="2026-07", file_name="x.csv", content=grid.encode(), sha256="", by_id=world.person.pk,
        at=_AT,
    )  # fmt: skip


def _may(world: SimpleNamespace) -> dict[str, Any]:
    return {"month": "2026-05", "enterprise": world.a.id}


def _june(world: SimpleNamespace) -> dict[str, Any]:
    return {"month": "2026-06", "enterprise": world.a.id}


def _july(world: SimpleNamespace) -> dict[str, Any]:
    return {"month": "2026-07", "enterprise": world.a.id}


def _entry(world: SimpleNamespace) -> dict[str, Any]:
    return {**_may(world), "source": "coal", "gas": "CO2"}


def _source(world: SimpleNamespace) -> dict[str, Any]:
    return {"enterprise": world.a.id, "code": "coal"}


def _factor(world: SimpleNamespace) -> dict[str, Any]:
    return {"code": "access.factor"}


def _body(world: SimpleNamespace) -> dict[str, Any]:
    made = coal_source()
    return {**{k: v for k, v in made.items() if k != "code"}, "valid_from": "2026-06", "reason": "试验修改"}


_WORDS = {"document": "试验文件第 1 页", "reason": "试验用的理由"}

ROWS = [
    Row("carbon:ledger", "carbon.view"),
    Row("carbon:close", "carbon.close"),
    Row(
        "carbon:close", "carbon.close", method="post", scoped=True,
        data=lambda w: {"month": "2026-05", "enterprise": w.a.id},
    ),
    Row("carbon:verify", "carbon.view"),
    Row("carbon:verify", "carbon.view", method="post", data=lambda w: {"month": "2026-05"}),
    Row("carbon:corrections", "carbon.view"),
    Row(
        "carbon:decide", "carbon.close", method="post", scoped=True,
        args=lambda w: {"correction": w.correction}, data=lambda w: {"decision": "approve"},
    ),
    Row("carbon:parameters", "carbon.view"),
    Row(
        "carbon:parameter-set", "carbon.configure", method="post",
        args=lambda w: {"key": "coverage_minimum"}, data=lambda w: {"value": "0.9", "source": "试验"},
    ),
    Row("carbon:enterprise", "carbon.view", args=_may, scoped=True),
    Row("carbon:recompute", "carbon.view", args=_june, scoped=True, method="post"),
    Row(
        "carbon:correct", "carbon.correct", args=_may, scoped=True, method="post",
        data=lambda w: {"entry": "coal/CO2", "tco2e": "1", "reason": "试验更正"},
    ),
    Row("carbon:late", "carbon.correct", args=_may, scoped=True, method="post", data=lambda w: {"reason": "试验更正"}),
    Row("carbon:canonical", "carbon.view", args=_may, scoped=True),
    Row("carbon:entry", "carbon.view", args=_entry, scoped=True),
    Row("carbon:factors", "carbon.view"),
    Row("carbon:factor", "carbon.view", args=_factor),
    Row("carbon:factor-confirm", "carbon.configure", args=_factor, method="post", data=lambda w: _WORDS),
    Row(
        "carbon:factor-revise", "carbon.configure", args=_factor, method="post",
        data=lambda w: {**_WORDS, "value": "0.9", "valid_from": "2026-07-01"},
    ),
    Row("carbon:sources", "carbon.view"),
    Row("carbon:source-new", "carbon.configure"),
    Row("carbon:source", "carbon.view", args=_source, scoped=True),
    Row("carbon:source-edit", "carbon.configure", args=_source, scoped=True),
    Row(
        "carbon:source-retire", "carbon.configure", args=_source, scoped=True, method="post",
        data=lambda w: {"from_month": "2026-07", "reason": "试验停用"},
    ),
    Row("carbon:reports", "carbon.view"),
    Row("carbon:report-template", "carbon.report"),
    Row("carbon:report-import", "carbon.report"),
    Row("carbon:report-preview", "carbon.report", args=lambda w: {"token": "access"}),
    Row("carbon:report-preview", "carbon.report", args=lambda w: {"token": "access"}, method="post"),
    Row("carbon:report-errors", "carbon.report", args=lambda w: {"token": "access"}),
    # The row of the attachment exists, its file does not: 404 is the honest answer to the right person as well.
    Row("carbon:evidence", "carbon.view", args=lambda w: {"evidence": w.evidence}, scoped=True, ok=(200, 404)),
    Row("carbon:report", "carbon.view", args=_june, scoped=True),
    Row(
        "carbon:report-review", "carbon.review", args=_june, scoped=True, method="post",
        data=lambda w: {"verb": "verify"},
    ),
    Row("carbon:report-withdraw", "carbon.report", args=_june, scoped=True, method="post"),
    Row("carbon:report-attach", "carbon.report", args=_june, scoped=True, method="post"),
    Row("carbon:report-remind", "carbon.review", args=_july, scoped=True, method="post"),
    Row("GET /carbon/months", "carbon.view", query=lambda w: "?first=2026-01&last=2026-05"),
    Row("GET /carbon/ledger", "carbon.view", query=lambda w: "?month=2026-05"),
    Row("GET /carbon/ranking", "carbon.view", query=lambda w: "?month=2026-05"),
    Row("GET /carbon/by-source", "carbon.view", query=lambda w: f"?month=2026-05&enterprise={w.a.id}", scoped=True),
    Row("GET /carbon/ledger/{str:month}/{int:enterprise}/entries", "carbon.view", args=_may, scoped=True),
    Row("GET /carbon/ledger/{str:month}/{int:enterprise}/canonical", "carbon.view", args=_may, scoped=True),
    Row(
        "POST /carbon/ledger/{str:month}/recompute", "carbon.view", args=lambda w: {"month": "2026-06"}, scoped=True,
        query=lambda w: f"?enterprise={w.a.id}",
    ),
    Row("GET /carbon/ledger/{str:month}/checks", "carbon.view", args=lambda w: {"month": "2026-06"}),
    Row(
        "POST /carbon/ledger/{str:month}/close", "carbon.close", args=lambda w: {"month": "2026-05"}, scoped=True,
        data=lambda w: {"enterprises": [w.a.id]},
    ),
    Row("POST /carbon/ledger/{str:month}/verify", "carbon.view", args=lambda w: {"month": "2026-05"}),
    Row("GET /carbon/live", "carbon.view", query=lambda w: f"?enterprise={w.a.id}", scoped=True),
    Row("GET /carbon/factors", "carbon.view"),
    Row("GET /carbon/factors/{str:code}", "carbon.view", args=_factor),
    Row("POST /carbon/factors/{str:code}/confirm", "carbon.configure", args=_factor, data=lambda w: _WORDS),
    Row("GET /carbon/sources", "carbon.view", query=lambda w: f"?enterprise={w.a.id}", scoped=True),
    Row("PUT /carbon/sources/{int:enterprise}/{str:code}", "carbon.configure", args=_source, scoped=True, data=_body),
    Row("GET /carbon/reports/{str:month}/{int:enterprise}", "carbon.view", args=_june, scoped=True),
    Row(
        "PUT /carbon/reports/{str:month}/{int:enterprise}", "carbon.report", args=_july, scoped=True,
        data=lambda w: {"values": {"bituminous": "3"}},
    ),
    Row(
        "POST /carbon/reports/{str:month}/{int:enterprise}/review", "carbon.review", args=_june, scoped=True,
        data=lambda w: {"verb": "verify"},
    ),
    Row("POST /carbon/reports/{str:month}/{int:enterprise}/withdraw", "carbon.report", args=_june, scoped=True),
    # The body of the trial is no document: refused, after permission and scope were judged.
    Row(
        "POST /carbon/reports/{str:month}/{int:enterprise}/evidence", "carbon.report", args=_july, scoped=True,
        query=lambda w: "?name=x.pdf", ok=(422,),
    ),
    Row("GET /carbon/corrections", "carbon.view"),
    Row(
        "POST /carbon/ledger/{str:month}/{int:enterprise}/corrections", "carbon.correct", args=_may, scoped=True,
        data=lambda w: {"source": "coal", "tco2e": "1", "reason": "试验更正"},
    ),
    Row(
        "POST /carbon/corrections/{int:correction}/decide", "carbon.close", scoped=True,
        args=lambda w: {"correction": w.correction}, data=lambda w: {"approve": True},
    ),
    Row("GET /carbon/methods", "carbon.view"),
]  # fmt: skip
