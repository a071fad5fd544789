"""The pack: clean as shipped, broken when spoilt; loading; findings recomputed; annexes to the cell."""

from __future__ import annotations

import csv
import io
import re
import shutil
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from openpyxl import load_workbook

from greenpark.domains.accounts.contracts import SYSTEM
from greenpark.domains.planning import models
from greenpark.domains.planning.rules import compute, coverage, examine, read_plan, units_of
from greenpark.domains.planning.rules.annex import layout, placed
from greenpark.domains.planning.selectors import items as selectors
from greenpark.domains.planning.services.loading import load_plan
from greenpark.domains.planning.ui import workbook
from greenpark.domains.registry import facade as registry
from greenpark.kernel.packs import BrokenPack

REGIONS = Path(__file__).resolve().parents[5] / "packs" / "regions"
WUHAI, SAMPLE = REGIONS / "wuhai", REGIONS / "sample-city"
AT = datetime(2026, 11, 22, tzinfo=UTC)
DAY = date(2026, 11, 22)


def edit(folder: Path, table: str, old: str, new: str) -> None:
    path = folder / f"{table}.csv"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


@pytest.fixture
def spoilt(tmp_path: Path) -> Path:
    shutil.copytree(WUHAI, tmp_path / "wuhai")
    return tmp_path / "wuhai"


def test_quotes_checked_a_second_time_from_the_files() -> None:
    """By plain string search, not by the loader."""
    documents = {
        r["code"]: (WUHAI / r["file"]).read_text(encoding="utf-8")
        for r in csv.DictReader((WUHAI / "documents.csv").open(encoding="utf-8"))
    }
    seen = 0
    for table in ("tasks", "indicators", "projects", "parameters"):
        for row in csv.DictReader((WUHAI / f"{table}.csv").open(encoding="utf-8")):
            for part in row["quote"].split(" ‖ "):
                assert part in documents[row["document"][:2]], row["id"]
                seen += 1
    assert seen > 450


@pytest.mark.django_db
def test_loading_is_idempotent_and_shows_the_difference_first() -> None:
    first = load_plan(WUHAI, by=SYSTEM, at=AT, dry_run=True)
    assert first.count("new") == 93 + 159 + 126 + 199 + 55 + 24 + 32
    assert models.Item.objects.count() == 0
    assert load_plan(WUHAI, by=SYSTEM, at=AT).changes == first.changes
    again = load_plan(WUHAI, by=SYSTEM, at=AT)
    assert (again.changes, again.unchanged) == ((), 688)


@pytest.mark.django_db
def test_a_revised_target_keeps_its_version_and_what_people_entered(spoilt: Path) -> None:
    load_plan(spoilt, by=SYSTEM, at=AT)
    item = models.Item.objects.get(kind="indicator", code="I009")
    item.decided = {"answers": [{"value": "x", "basis": "会议纪要", "by": "甲"}]}
    item.save()
    models.Value.objects.create(
        item=item, period="2025", day=date(2025, 12, 31), value=14, state="verified", entered_by="甲",
        entered_by_id=1, entered_at=AT,
    )  # fmt: skip
    edit(
        spoilt,
        "indicators",
        ",15,24,28,,higher,全市,市工业和信息化局,附件1 #9",
        ",15,24,30,,higher,全市,市工业和信息化局,附件1 #9",
    )
    edit(spoilt, "annexes", "达到28个", "达到2")
    with pytest.raises(BrokenPack):
        load_plan(spoilt, by=SYSTEM, at=AT)  # the annex disagrees with the table: nothing is loaded
    edit(
        spoilt,
        "annexes",
        "annex1,9,I009,,专精特新中小企业数量,,全市,市工业和信息化局,,达到15个,达到24个,达到2,false,\n",
        "",
    )
    edit(spoilt, "tasks", "T93,EP", "T94,EP")
    report = load_plan(spoilt, by=SYSTEM, at=AT)
    changed = {(c.code, c.what): c.fields for c in report.changes}
    assert changed[("I009", "changed")] == {"y2027": ("28", "30")}
    assert changed[("T93", "gone")] == {}
    item.refresh_from_db()
    assert item.row["y2027"] == "30"
    assert item.decided["answers"][0]["basis"] == "会议纪要"
    assert [v.row["y2027"] for v in item.versions.all()] == ["28"]
    assert item.values.get().value == 14


@pytest.mark.django_db
def test_second_region_loads_beside_without_code() -> None:
    for folder in (WUHAI, SAMPLE):
        registry.load_region(folder, by=SYSTEM, at=AT)
        load_plan(folder, by=SYSTEM, at=AT)
    views, _ = selectors.indicators(SYSTEM, selectors.PlanFilter(pack="sample-city"), at=DAY)
    assert [(v.code, v.organisation) for v in views][:2] == [("I901", "示范市工业局"), ("I902", "示范市工业局")]
    found = {v.code: c for v, c, _ in selectors.findings(SYSTEM, "sample-city")}
    assert found["X901"] is not None
    assert found["X901"].holds
    assert found["X902"] is not None
    assert [figure[0] for figure in found["X902"].figures] == ["示范园区绿电专线工程"]
    assert set(selectors.annexes(SYSTEM)) == {"wuhai/annex1", "wuhai/cp-pilot", "sample-city/sample"}
    projects, _ = selectors.workable(SYSTEM, "project", selectors.PlanFilter(pack="sample-city", state="carried"))
    assert [v.code for v in projects] == ["P901"]


def test_findings_recomputed_by_hand() -> None:
    """Numbers of consistency.md, worked there by hand."""
    plan = read_plan(WUHAI)
    found = {r["id"]: compute(plan.tables, r, plan.texts) for r in plan.tables["findings"]}
    assert len(found) == 55
    figures = {code: [f[1] for f in c.figures] for code, c in found.items() if c}
    assert [f.split()[0] for f in figures["X01"]] == ["3.2253", "3.5207", "3.2253", "3.9333", "3.19", "4.2533"]
    assert figures["X02"] == ["38.504 %", "72 %", "83.333 %"]
    assert figures["X03"] == ["1.055", "1.067"]
    assert figures["X04"][1] == "35.556 %"
    assert figures["X05"] == ["12", "12"]
    assert not found["X05"].holds  # type: ignore[union-attr]
    assert "内蒙古和利化学纤维（集团）有限公司一期项目" in [f[0] for f in found["X06"].figures]  # type: ignore[union-attr]
    assert [f[2] for f in found["X07"].figures] == ["P001", "P009", "P024", "P025"]  # type: ignore[union-attr]
    assert "6.17 %" in figures["X08"]
    assert figures["X26"][0] == "3100 吨标准煤/年"
    assert "应有 35，名单提供 0" in figures["X28"]
    assert figures["X32"] == ["6 / 38", "34 / 34", "21 / 21"]
    assert figures["X38"] == ["3", "5", "2"]
    assert [f.split()[1] for f in figures["X45"]] == ["0.822", "0.549"]
    assert figures["X52"] == ["32", "31"]


def test_a_computed_finding_follows_the_data() -> None:
    """Seen red: other numbers give another answer, missing inputs are said."""
    plan = read_plan(WUHAI)
    tables: dict[str, Any] = {name: [dict(row) for row in rows] for name, rows in plan.tables.items()}
    next(r for r in tables["indicators"] if r["id"] == "I002")["y2027"] = "23"
    x05 = next(r for r in tables["findings"] if r["id"] == "X05")
    assert compute(tables, x05).holds  # type: ignore[union-attr]
    tables["indicators"] = []
    assert "未能计算" in compute(tables, x05).says  # type: ignore[union-attr]


def annex_document(name: str) -> list[list[str]]:
    """Cells of an annex parsed from the stored document, without the loader."""
    if name == "cp-pilot":
        text = (WUHAI / "documents" / "hainan-district-documents.txt").read_text(encoding="utf-8")
        block = text.split("### 碳达峰试点园区建设指标表")[1].split("\n## ")[0]
        return [line.split("\t") for line in block.splitlines() if "\t" in line]
    text = (WUHAI / "documents" / "green-park-plan.txt").read_text(encoding="utf-8")
    block = text.split("附件1\n绿色园区专项治理工作指标\n")[1].split("绿色园区专项治理2025年度重点项目")[0]
    cells = ["".join(c.split()) for c in re.split(r"\n\t|\n\n\t", block)]
    return [cells]


@pytest.mark.django_db
@pytest.mark.parametrize(("name", "rows", "columns"), [("annex1", 18, 8), ("cp-pilot", 17, 7)])
def test_annex_workbook_equals_the_document_cell_by_cell(name: str, rows: int, columns: int) -> None:
    load_plan(WUHAI, by=SYSTEM, at=AT)
    views = selectors.annexes(SYSTEM)[f"wuhai/{name}"]
    header, body = layout([v.row for v in views], "2023" if name == "cp-pilot" else "")
    sheet = load_workbook(io.BytesIO(workbook.annex("a.xlsx", "表", header, body).content)).active
    cells = [[cell.value or "" for cell in row] for row in sheet.iter_rows(min_row=2)]
    assert (len(cells), len(cells[0])) == (rows, columns)
    printed = annex_document(name)
    if name == "cp-pilot":
        assert cells == [[*row, *[""] * (7 - len(row))] for row in printed]
    else:
        flat = [text for row in cells for text in row if text]
        assert flat == [text for text in printed[0] if text]


@pytest.mark.django_db
def test_annex_numbers_equal_the_indicator_table() -> None:
    seeds = {r["id"]: r for r in csv.DictReader((WUHAI / "indicators.csv").open(encoding="utf-8"))}
    for row in csv.DictReader((WUHAI / "annexes.csv").open(encoding="utf-8")):
        seed = seeds[row["indicator"]]
        assert row["name"] == seed["name_zh"]
        if row["annex"] == "cp-pilot":
            assert (row["base"], row["y2025"], row["y2027"]) == (seed["baseline"], seed["y2025"], seed["y2027"])
        elif row["merged"] == "false":
            for year in ("y2025", "y2026", "y2027"):
                assert (
                    row[year].removeprefix("达到").rstrip("个%") == seed[year].rstrip("个") or row[year] == seed[year]
                )


def test_spans_fill_the_table_without_holes() -> None:
    rows = [r for r in read_plan(WUHAI).tables["annexes"] if r["annex"] == "annex1"]
    header, body = layout(rows)
    taken = [
        (r + i, c + j) for r, c, cell in placed([*header, *body]) for i in range(cell.rows) for j in range(cell.columns)
    ]
    assert len(taken) == len(set(taken)) == 18 * 8


def test_units_with_lead_default_and_none() -> None:
    cell = "各区人民政府; 各高新区管委会 (default clause); 海勃湾区人民政府（牵头）; 市能源局"
    units = units_of(cell)
    assert units.lead == ("海勃湾区人民政府",)
    assert units.named == ("市能源局",)
    assert units.default == ("各区人民政府", "各高新区管委会")
    assert not units_of("not stated").assigned
    assert not units_of("not stated as a list (市工业和信息化局 coordinates; 各区党委政府 report)").assigned


def test_coverage_of_nothing_has_no_percentage() -> None:
    assert coverage({})["systems"]["percent"] is None


def test_examine_lists_every_fault(spoilt: Path) -> None:
    edit(spoilt, "annexes", "达到15个", "达到16个")
    edit(spoilt, "tasks", "以“定链、定长、定制、定策”为原则", "以“定链”为原则")
    assert len(examine(spoilt)[1]) >= 2


@pytest.mark.django_db
def test_pages_need_somebody_signed_in(client: Client) -> None:
    assert client.get("/plan/indicators/").status_code == 302
