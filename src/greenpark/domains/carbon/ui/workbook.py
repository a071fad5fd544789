"""Exports: numbers raw with number formats, one unit a column, a line that says scope, as-of and source."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from greenpark.domains.carbon import facade
from greenpark.domains.carbon.contracts import EntryView, LedgerRow, ReportState
from greenpark.kernel.periods import PARK_ZONE

_FIGURE, _SHARE = "#,##0.00", "0.0%"


def _as_of(at: datetime) -> str:
    return f"截至 {at.astimezone(PARK_ZONE):%Y-%m-%d %H:%M}"


def ledger(rows: Sequence[LedgerRow], month: str, at: datetime) -> bytes:
    """The list of a month. The sum is marked as the sum of enterprises, transfers not netted."""
    columns = [
        ("统一社会信用代码", ""),
        ("企业名称", ""),
        ("行业", ""),
        ("综合能耗（当量，吨标准煤）", _FIGURE),
        ("综合能耗（等价，吨标准煤）", _FIGURE),
        ("电力（万千瓦时）", _FIGURE),
        ("碳排放（基于位置，吨 CO₂e）", _FIGURE),
        ("碳排放（基于市场，吨 CO₂e）", _FIGURE),
        ("环比", _SHARE),
        ("月报", ""),
        ("台账", ""),
        ("未确认因子分录数", "0"),
        ("未能核算分录数", "0"),
        ("已批准更正数", "0"),
        ("数据时间", ""),
    ]
    lines = [_ledger_line(r) for r in rows]
    known = [r.figures for r in rows if r.figures]
    total = [
        "",
        f"各企业合计（{len(rows)} 家，园区内转供未扣减）",
        "",
        sum(f.tce_calorific for f in known),
        sum(f.tce_equal or 0 for f in known) if all(f.tce_equal is not None for f in known) else None,
        sum(r.electricity_mwh or 0 for r in rows) / 10,
        sum(f.tco2e for f in known),
        sum(f.tco2e_market for f in known),
    ]
    note = f"{month}，{len(rows)} 家企业，{_as_of(at)}；来源：监测点汇总、企业月报、排放因子库；含已批准的更正分录"
    return facade.export_sheet(f"碳核算台账 {month}", note, columns, [*lines, total])


def _ledger_line(row: LedgerRow) -> list[object]:
    f = row.figures
    return [
        row.code,
        row.enterprise + ("（演示）" if row.demo else ""),
        row.industry,
        f.tce_calorific if f else None,
        f.tce_equal if f else None,
        row.electricity_mwh / 10 if row.electricity_mwh is not None else None,
        f.tco2e if f else None,
        f.tco2e_market if f else None,
        row.change,
        row.report_state_name if row.report_expected or row.report_state != ReportState.MISSING else "不需填报",
        ("已月结，有迟到数据" if row.late else "已月结") if row.closed else "未月结",
        f.unconfirmed if f else None,
        f.problems if f else None,
        row.corrections,
        f"{row.computed_at.astimezone(PARK_ZONE):%Y-%m-%d %H:%M}" if row.computed_at else "",
    ]


def entries(rows: Sequence[EntryView], enterprise: str, month: str, at: datetime) -> bytes:
    """The entries of one enterprise's month."""
    columns = [
        ("核算源", ""),
        ("名称", ""),
        ("工序", ""),
        ("类别", ""),
        ("介质", ""),
        ("气体", ""),
        ("活动数据", "#,##0.000000"),
        ("单位", ""),
        ("方法", ""),
        ("方法版本", ""),
        ("因子（编号@版本=数值）", ""),
        ("综合能耗（当量，吨标准煤）", _FIGURE),
        ("综合能耗（等价，吨标准煤）", _FIGURE),
        ("排放量（基于位置，吨 CO₂e）", _FIGURE),
        ("排放量（基于市场，吨 CO₂e）", _FIGURE),
        ("数据等级", ""),
        ("覆盖率", _SHARE),
        ("提示", ""),
        ("未能核算的原因", ""),
    ]
    lines = [
        [
            e.source,
            e.source_name,
            e.process,
            e.category_name,
            e.medium_name,
            e.gas,
            e.activity,
            facade.unit_name(e.activity_unit),
            e.method,
            e.method_edition,
            "；".join(f"{f['code']}@{f['version']}={f['value']} {facade.unit_name(f['unit'])}" for f in e.factors),
            e.tce_calorific,
            e.tce_equal,
            e.tco2e,
            e.tco2e_market,
            e.tier_name,
            e.coverage,
            "、".join(n.word for n in e.notices),
            e.problem,
        ]
        for e in rows
    ]
    return facade.export_sheet(f"{month} 分录", f"{enterprise}，{month}，{_as_of(at)}", columns, lines)


def reports(rows: Sequence[LedgerRow], month: str, values: dict[int, dict[str, object]], at: datetime) -> bytes:
    """Reported values of a month, one enterprise a row."""
    used = [i for i in facade.ITEMS if any(i.code in v for v in values.values())]
    columns = [("统一社会信用代码", ""), ("企业名称", ""), ("状态", ""), ("填报人", ""), ("核验人", "")]
    columns += [(f"{i.name}（{facade.unit_name(i.unit)}）", "#,##0.######") for i in used]
    lines = [
        [
            r.code,
            r.enterprise,
            r.report_state_name,
            r.filled_by,
            r.reviewed_by,
            *(values.get(r.enterprise_id, {}).get(i.code) for i in used),
        ]
        for r in rows
    ]
    return facade.export_sheet(f"企业月报 {month}", f"{month}，{len(rows)} 家企业，{_as_of(at)}", columns, lines)


def factors(rows: Sequence[facade.FactorView], at: datetime) -> bytes:
    """Present versions of the factor library."""
    columns = [(name, "") for name in ("编号", "版本", "类别", "名称", "对象", "地区", "数值", "单位", "文件与版本")]
    columns += [(name, "") for name in ("生效", "失效", "来源", "确认状态", "备注")]
    lines = [
        [
            f.code,
            str(f.version),
            f.kind_name,
            f.name,
            f.subject,
            f.region,
            f.value,
            facade.unit_name(f.unit),
            f.edition,
            f"{f.valid_from or ''}",
            f"{f.valid_to or ''}",
            f.source,
            f.confidence_name,
            f.notes,
        ]
        for f in rows
    ]
    return facade.export_sheet("排放因子库", f"{len(rows)} 个因子，{_as_of(at)}；数值为来源所印的原文", columns, lines)
