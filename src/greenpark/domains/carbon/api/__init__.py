"""JSON API of the carbon ledger, mounted at /api/v1/carbon. Figures are decimal strings, so that no digit is lost."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router, Schema
from ninja.errors import HttpError
from pydantic import Field

from greenpark.domains.accounts import facade as accounts
from greenpark.domains.carbon import facade
from greenpark.domains.carbon.api import schemas as s
from greenpark.domains.carbon.contracts import CannotClose, CarbonError, NotFound
from greenpark.kernel.periods import Month, NotAPeriod

router = Router(tags=["carbon"])

_MONTH = r"^\d{4}-(0[1-9]|1[0-2])$"


def _now() -> datetime:
    return datetime.now(UTC)


def _month(text: str) -> Month:
    try:
        return Month.parse(text)
    except NotAPeriod as fault:
        raise HttpError(422, str(fault)) from fault


def refusals(operation: Callable[..., Any]) -> Callable[..., Any]:
    """Refusals of the ledger as answers: 409 where the present state forbids it, 422 where the request is wrong."""

    @wraps(operation)
    def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        try:
            return operation(request, *args, **kwargs)
        except NotFound:
            raise
        except CannotClose as refused:
            raise HttpError(409, "；".join(refused.reasons) or str(refused)) from refused
        except CarbonError as refused:
            errors = getattr(refused, "errors", {})
            more = "；".join(f"{name}：{text}" for name, text in errors.items())
            raise HttpError(422, f"{refused}（{more}）" if more else str(refused)) from refused

    return wrapped


class Paging(Schema):
    """``page`` counts from 1."""

    page: int = Field(1, ge=1, le=100_000)
    page_size: int = Field(50, ge=1, le=200)

    def cut(self, rows: list[Any]) -> dict[str, Any]:
        start = (self.page - 1) * self.page_size
        return {"items": rows[start : start + self.page_size], "count": len(rows)}


class MonthQuery(Paging):
    month: str = Field(pattern=_MONTH, description="2026-10")


class TotalsQuery(Schema):
    first: str = Field(pattern=_MONTH)
    last: str = Field(pattern=_MONTH)
    enterprise: int | None = None


@router.get("/months", response=s.MonthTotals, summary="各月合计")
@accounts.require("carbon.view")
def months(request: HttpRequest, query: Query[TotalsQuery]) -> Any:
    """各企业合计 of each month from ``first`` to ``last`` (at most 120). Transfers inside a park are not netted."""
    found, month, last = [], _month(query.first), _month(query.last)
    while month <= last and len(found) < 120:
        found.append(month)
        month = month.next()
    rows = facade.month_totals(request.actor, found, enterprise_id=query.enterprise)
    return {"items": rows, "count": len(rows)}


@router.get("/ledger", response=s.LedgerRows, summary="一个月的企业列表")
@accounts.require("carbon.view")
def ledger(request: HttpRequest, query: Query[MonthQuery]) -> Any:
    return query.cut(facade.ledger_rows(request.actor, _month(query.month), _now()))


@router.get("/ranking", response=s.RankedRows, summary="企业排名")
@accounts.require("carbon.view")
def ranking(request: HttpRequest, query: Query[MonthQuery]) -> Any:
    return query.cut(facade.ranking(request.actor, _month(query.month)))


@router.get("/by-source", response=s.BySourceRows, summary="按来源")
@accounts.require("carbon.view")
def by_source(request: HttpRequest, month: str, enterprise: int | None = None) -> Any:
    rows = facade.by_source(request.actor, _month(month), enterprise_id=enterprise)
    return {"items": rows, "count": len(rows)}


@router.get("/ledger/{str:month}/{int:enterprise}/entries", response=s.Entries, summary="企业分录")
@accounts.require("carbon.view")
def entries(request: HttpRequest, month: str, enterprise: int) -> Any:
    """Entries with working, factors and the trace to points, reports and constants."""
    rows = facade.entries(request.actor, _month(month), enterprise)
    return {"items": rows, "count": len(rows)}


@router.get("/ledger/{str:month}/{int:enterprise}/canonical", summary="结账字节")
@accounts.require("carbon.view")
def canonical(request: HttpRequest, month: str, enterprise: int) -> HttpResponse:
    """The exact bytes of a closed month; their SM3 and SHA-256 are those printed by the closing."""
    return HttpResponse(facade.canonical_of(request.actor, _month(month), enterprise), content_type="application/json")


@router.post("/ledger/{str:month}/recompute", response=s.Changed, summary="重新核算未结月份")
@accounts.require("carbon.view")
@refusals
def recompute(request: HttpRequest, month: str, enterprise: int | None = None) -> Any:
    ids = None if enterprise is None else [enterprise]
    return {"changed": facade.recompute(month=_month(month), by=request.actor, at=_now(), enterprise_ids=ids)}


@router.get("/ledger/{str:month}/checks", response=s.Checks, summary="结账前检查")
@accounts.require("carbon.view")
def checks(request: HttpRequest, month: str) -> Any:
    rows = facade.check_month(month=_month(month), by=request.actor, at=_now())
    return {"items": rows, "count": len(rows)}


@router.post("/ledger/{str:month}/close", response=s.MonthClosed, summary="月结")
@accounts.require("carbon.close")
@refusals
def close(request: HttpRequest, month: str, payload: s.CloseIn) -> Any:
    """Close for the named enterprises, or all in scope. Closing again gives the same digests."""
    return facade.close_month(
        month=_month(month), by=request.actor, at=_now(), enterprise_ids=payload.enterprises or None
    )


@router.post("/ledger/{str:month}/verify", response=s.Verified, summary="核对已结月份")
@accounts.require("carbon.view")
@refusals
def verify(request: HttpRequest, month: str) -> Any:
    """Recompute from readings and factors; ``differences`` name the first difference first."""
    return facade.verify_month(month=_month(month), by=request.actor)


@router.get("/live", response=s.LiveOut, summary="实时估算")
@accounts.require("carbon.view")
def live(request: HttpRequest, enterprise: int | None = None) -> Any:
    """Today, this month and this year up to now, from rollups x factors."""
    return facade.live(request.actor, _now(), enterprise_id=enterprise)


class FactorQuery(Paging):
    kind: str = ""
    confidence: str = Field("", pattern="^(confirmed|recalled|blank)?$")
    search: str = Field("", max_length=60)
    region: str = ""


@router.get("/factors", response=s.Factors, summary="排放因子")
@accounts.require("carbon.view")
def factors(request: HttpRequest, query: Query[FactorQuery]) -> Any:
    rows = facade.factor_list(kind=query.kind, confidence=query.confidence, search=query.search, region=query.region)
    return query.cut(rows)


@router.get("/factors/{str:code}", response=s.Factors, summary="因子的全部版本")
@accounts.require("carbon.view")
def factor(request: HttpRequest, code: str) -> Any:
    rows = facade.factor_versions(code)
    return {"items": rows, "count": len(rows)}


@router.post("/factors/{str:code}/confirm", response=s.Version, summary="确认因子")
@accounts.require("carbon.configure")
@refusals
def confirm(request: HttpRequest, code: str, payload: s.ConfirmIn) -> Any:
    version = facade.confirm_factor(
        code=code, document=payload.document, reason=payload.reason, by=request.actor, at=_now()
    )
    return {"version": version}


@router.get("/sources", response=s.Sources, summary="核算源")
@accounts.require("carbon.view")
def sources(request: HttpRequest, enterprise: int) -> Any:
    facade.period(request.actor, Month(2000, 1), enterprise)  # raises NotFound outside the scope
    rows = facade.source_list([enterprise])
    return {"items": rows, "count": len(rows)}


@router.put("/sources/{int:enterprise}/{str:code}", response=s.Version, summary="写核算源")
@accounts.require("carbon.configure")
@refusals
def save_source(request: HttpRequest, enterprise: int, code: str, payload: s.SourceIn) -> Any:
    """Write a source or its next version."""
    given = payload.model_dump()
    valid_to = given.pop("valid_to")
    version = facade.save_source(
        enterprise_id=enterprise,
        code=code,
        by=request.actor,
        at=_now(),
        valid_from=_month(given.pop("valid_from")),
        valid_to=_month(valid_to) if valid_to else None,
        **given,
    )
    return {"version": version}


@router.get("/reports/{str:month}/{int:enterprise}", response=s.Report, summary="企业月报")
@accounts.require("carbon.view")
def report(request: HttpRequest, month: str, enterprise: int) -> Any:
    return facade.report(request.actor, enterprise, _month(month), _now())


@router.put("/reports/{str:month}/{int:enterprise}", response=s.Report, summary="填报月报")
@accounts.require("carbon.report")
@refusals
def save_report(request: HttpRequest, month: str, enterprise: int, payload: s.ReportIn) -> Any:
    """Values are item code -> amount as text in the item's unit; "" removes an item. Idempotent."""
    at = _now()
    facade.save_report(
        enterprise_id=enterprise,
        month=_month(month),
        values=payload.values,
        filled_by=payload.filled_by,
        phone=payload.phone,
        note=payload.note,
        submit=payload.submit,
        by=request.actor,
        at=at,
    )
    return facade.report(request.actor, enterprise, _month(month), at)


@router.post("/reports/{str:month}/{int:enterprise}/review", response=s.State, summary="核验或退回月报")
@accounts.require("carbon.review")
@refusals
def review(request: HttpRequest, month: str, enterprise: int, payload: s.ReviewIn) -> Any:
    """Verify a submitted report, or return it with an opinion."""
    state = facade.move_report(
        enterprise_id=enterprise,
        month=_month(month),
        verb=payload.verb,
        opinion=payload.opinion,
        by=request.actor,
        at=_now(),
    )
    return {"state": state}


@router.post("/reports/{str:month}/{int:enterprise}/withdraw", response=s.State, summary="撤回月报")
@accounts.require("carbon.report")
@refusals
def withdraw(request: HttpRequest, month: str, enterprise: int) -> Any:
    """Take a submitted report back into a draft."""
    state = facade.move_report(
        enterprise_id=enterprise, month=_month(month), verb="withdraw", by=request.actor, at=_now()
    )
    return {"state": state}


@router.post("/reports/{str:month}/{int:enterprise}/evidence", response=s.Digest, summary="上传附件")
@accounts.require("carbon.report")
@refusals
def attach(request: HttpRequest, month: str, enterprise: int, name: str) -> Any:
    """The body is the file itself, ``name`` its name. PDF, PNG, JPEG, XLSX, DOCX or ZIP, at most 20 MB."""
    digest = facade.attach(
        enterprise_id=enterprise,
        month=_month(month),
        name=name,
        content=request.body,
        by=request.actor,
        at=_now(),
    )
    return {"sha256": digest}


@router.get("/corrections", response=s.Corrections, summary="更正分录")
@accounts.require("carbon.view")
def corrections(request: HttpRequest, month: str = "", state: str = "") -> Any:
    rows = facade.corrections(request.actor, month=_month(month) if month else None, state=state)
    return {"items": rows, "count": len(rows)}


@router.post("/ledger/{str:month}/{int:enterprise}/corrections", response=s.Id, summary="提出更正")
@accounts.require("carbon.correct")
@refusals
def propose(request: HttpRequest, month: str, enterprise: int, payload: s.CorrectionIn) -> Any:
    deltas: dict[str, Decimal | None] = {
        name: getattr(payload, name) for name in ("activity", "tce_calorific", "tce_equal", "tco2e", "tco2e_market")
    }
    found = facade.propose_correction(
        enterprise_id=enterprise,
        month=_month(month),
        source_code=payload.source,
        gas=payload.gas,
        deltas=deltas,
        reason=payload.reason,
        document=payload.document,
        by=request.actor,
        at=_now(),
    )
    return {"id": found}


@router.post("/corrections/{int:correction}/decide", response=s.State, summary="处理更正")
@accounts.require("carbon.close")
@refusals
def decide(request: HttpRequest, correction: int, payload: s.DecideIn) -> Any:
    state = facade.decide_correction(
        correction_id=correction, approve=payload.approve, opinion=payload.opinion, by=request.actor, at=_now()
    )
    return {"state": state}


@router.get("/methods", response=s.Methods, summary="核算方法")
@accounts.require("carbon.view")
def methods(request: HttpRequest, on: date | None = None) -> Any:
    rows = [
        m for m in facade.methods() if on is None or ((m.effective_from or on) <= on and on <= (m.effective_to or on))
    ]
    return {"items": rows, "count": len(rows)}
