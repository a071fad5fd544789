"""Corrections of closed months: one person proposes, another decides."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal

from django.db import transaction

from greenpark.domains.accounts import facade as accounts
from greenpark.domains.accounts.contracts import Actor
from greenpark.domains.carbon import models
from greenpark.domains.carbon.contracts import CorrectionRefused, NotFound
from greenpark.domains.carbon.rules import canonical
from greenpark.domains.carbon.selectors import enterprises
from greenpark.kernel.periods import Month

_FIGURES = ("activity", "tce_calorific", "tce_equal", "tco2e", "tco2e_market")


@transaction.atomic
def propose(
    *,
    enterprise_id: int,
    month: Month,
    source_code: str,
    deltas: Mapping[str, Decimal | None],
    reason: str,
    by: Actor,
    at: datetime,
    gas: str = "CO2",
    document: str = "",
    late_data: bool = False,
) -> int:
    """Propose a correction of a closed month; returns its id.

    ``deltas`` are differences (new minus closed) of activity, tce_calorific, tce_equal, tco2e, tco2e_market. The
    market-based difference defaults to the location-based one. Raises NotAllowed, NotFound, CorrectionRefused.
    """
    by.need("carbon.correct")
    enterprise = enterprises.one(by, enterprise_id)
    period = models.LedgerPeriod.objects.filter(enterprise_id=enterprise_id, month=str(month)).first()
    if period is None or not period.closed:
        raise CorrectionRefused(f"{month} 尚未月结，请直接修改月报或核算源，不需要更正分录")
    if len(reason.strip()) < 4:
        raise CorrectionRefused("请写明更正的理由，至少 4 个字")
    entry = period.entries.filter(source_code=source_code).order_by("gas").first()
    if entry is None:
        raise NotFound(f"{month} 没有编号为 {source_code} 的核算源分录")
    tco2e = canonical.fixed(deltas.get("tco2e") or Decimal(0))
    market = deltas.get("tco2e_market")
    values = {
        "activity": None if deltas.get("activity") is None else canonical.fixed(deltas["activity"] or 0),
        "tce_calorific": canonical.fixed(deltas.get("tce_calorific") or Decimal(0)),
        "tce_equal": None if deltas.get("tce_equal") is None else canonical.fixed(deltas["tce_equal"] or 0),
        "tco2e": tco2e,
        "tco2e_market": tco2e if market is None else canonical.fixed(market),
    }
    if not any(values.values()):
        raise CorrectionRefused("差额全部为 0，没有需要更正的内容")
    row = models.Correction.objects.create(
        enterprise_id=enterprise_id,
        month=str(month),
        source_code=source_code,
        gas=gas,
        category=entry.category,
        medium=entry.medium,
        activity_unit=entry.activity_unit,
        reason=reason.strip(),
        document=document.strip(),
        late_data=late_data,
        proposed_by_id=by.id,
        proposed_by=by.name,
        proposed_at=at,
        **values,
    )
    accounts.record(
        action="carbon.correction.proposed",
        subject=f"enterprise:{enterprise_id}/{month}/correction:{row.pk}",
        by=by,
        at=at,
        detail={"source": source_code, "tco2e": canonical.text(tco2e), "reason": row.reason, "late": late_data},
        organisation_id=enterprise.organisation_id,
    )
    return row.pk


@transaction.atomic
def propose_late(*, enterprise_id: int, month: Month, reason: str, by: Actor, at: datetime) -> list[int]:
    """Propose the corrections that book the late data of a closed month, one per source. Returns their ids."""
    by.need("carbon.correct")
    enterprises.one(by, enterprise_id)
    period = models.LedgerPeriod.objects.filter(enterprise_id=enterprise_id, month=str(month), closed=True).first()
    if period is None or not period.late:
        raise CorrectionRefused("这个月没有迟到数据，不需要更正")
    if models.Correction.objects.filter(
        enterprise_id=enterprise_id, month=str(month), late_data=True, state="proposed"
    ).exists():
        raise CorrectionRefused("已有待批准的迟到数据更正，请先处理")
    return [
        propose(
            enterprise_id=enterprise_id,
            month=month,
            source_code=row["source"],
            gas=row["gas"],
            deltas={name: Decimal(row[name]) for name in _FIGURES if row.get(name) is not None},
            reason=reason,
            by=by,
            at=at,
            late_data=True,
        )
        for row in period.late["sources"]
    ]


@transaction.atomic
def decide(*, correction_id: int, approve: bool, opinion: str, by: Actor, at: datetime) -> str:
    """Approve or reject a correction; the proposer cannot. Returns the new state.

    Raises NotAllowed, NotFound, CorrectionRefused.
    """
    by.need("carbon.close")
    row = models.Correction.objects.select_for_update().filter(pk=correction_id).first()
    if row is None:
        raise NotFound("没有这条更正")
    enterprise = enterprises.one(by, row.enterprise_id)
    if row.state != "proposed":
        raise CorrectionRefused("这条更正已经处理过")
    if row.proposed_by_id == by.id:
        raise CorrectionRefused("提出人不能批准自己的更正，请由另一人处理")
    if not approve and not opinion.strip():
        raise CorrectionRefused("不批准须写明意见")
    row.state = "approved" if approve else "rejected"
    row.decided_by_id, row.decided_by, row.decided_at, row.opinion = by.id, by.name, at, opinion.strip()
    row.save(update_fields=["state", "decided_by_id", "decided_by", "decided_at", "opinion"])
    if approve and row.late_data:
        _clear_late(row)
    accounts.record(
        action=f"carbon.correction.{row.state}",
        subject=f"enterprise:{row.enterprise_id}/{row.month}/correction:{row.pk}",
        by=by,
        at=at,
        detail={"opinion": row.opinion, "tco2e": canonical.text(row.tco2e)},
        organisation_id=enterprise.organisation_id,
    )
    return row.state


def _clear_late(row: models.Correction) -> None:
    """Take the booked source out of the period's late list; the next look at the data judges afresh."""
    period = models.LedgerPeriod.objects.filter(enterprise_id=row.enterprise_id, month=row.month).first()
    if period is None or not period.late:
        return
    rest = [r for r in period.late["sources"] if (r["source"], r["gas"]) != (row.source_code, row.gas)]
    totals = {n: canonical.text(sum((Decimal(r[n]) for r in rest), Decimal(0))) for n in _FIGURES if n != "activity"}
    period.late = {"sources": rest, **totals} if rest else {}
    if not rest:
        period.late_since = None
    period.save(update_fields=["late", "late_since"])
