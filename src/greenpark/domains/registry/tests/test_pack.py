"""The region pack: every quote stands in its document; loading is idempotent and keeps what people changed."""

from __future__ import annotations

import csv
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from greenpark.domains.accounts import facade as accounts
from greenpark.domains.accounts.contracts import SYSTEM
from greenpark.domains.registry import facade, models
from greenpark.domains.registry.contracts import EnterpriseDraft
from greenpark.domains.registry.services import enterprises as services
from greenpark.domains.registry.services.packs import load_region
from greenpark.domains.registry.testing import AT
from greenpark.kernel.packs import BrokenPack

WUHAI = Path(__file__).resolve().parents[5] / "packs" / "regions" / "wuhai"


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    """A copy to spoil."""
    shutil.copytree(WUHAI, tmp_path / "wuhai")
    return tmp_path / "wuhai"


def edit(pack: Path, table: str, change: Callable[[list[list[str]]], object]) -> None:
    path = pack / f"{table}.csv"
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    change(rows)
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows(rows)


def put(row: int, column: int, value: str) -> Callable[[list[list[str]]], object]:
    return lambda rows: rows[row].__setitem__(column, value)


def test_every_quote_is_an_exact_substring_of_its_document() -> None:
    """Checked here by hand and not by the loader, from the files themselves."""
    texts = {}
    for row in csv.DictReader((WUHAI / "documents.csv").open(encoding="utf-8")):
        texts[row["code"]] = (WUHAI / row["file"]).read_text(encoding="utf-8")
    seen = 0
    for table, column, source in (
        ("parks", "quotes", "document"),
        ("enterprises", "quotes", "documents"),
        ("aliases", "quote", "document"),
        ("organisations", "quote", "document"),
    ):
        for row in csv.DictReader((WUHAI / f"{table}.csv").open(encoding="utf-8")):
            for quote in row[column].split(" ‖ "):
                assert any(quote in texts[code] for code in row[source].split(";")), (table, quote)
                seen += 1
    assert seen > 150


def test_no_credit_code_was_invented() -> None:
    codes = [row["credit_code"] for row in csv.DictReader((WUHAI / "enterprises.csv").open(encoding="utf-8"))]
    assert len(codes) == 57
    assert not any(codes)


@pytest.mark.django_db
class TestLoading:
    def test_first_and_second_load(self) -> None:
        first = load_region(WUHAI, by=SYSTEM, at=AT)
        assert (models.Enterprise.objects.count(), models.Place.objects.count()) == (57, 34)
        assert first.count("new") == 57 + 34 + models.Alias.objects.count() + 12
        second = load_region(WUHAI, by=SYSTEM, at=AT)
        assert second.changes == ()
        assert second.unchanged == first.count("new")
        assert accounts.verify().intact

    def test_a_dry_run_changes_nothing(self) -> None:
        report = load_region(WUHAI, by=SYSTEM, at=AT, dry_run=True)
        assert report.count("new") > 100
        assert models.Enterprise.objects.count() == 0
        assert accounts.verify().events == 0

    def test_aliases_are_inferences_until_a_person_decides(self) -> None:
        load_region(WUHAI, by=SYSTEM, at=AT)
        assert set(models.Alias.objects.values_list("state", flat=True)) == {"inference"}
        assert facade.resolve("广纳") == []
        alias = models.Alias.objects.get(text="广纳")
        services.decide_alias(alias.pk, confirm=True, reason="营业执照", by=SYSTEM, at=AT)
        assert [e.code for e in facade.resolve("广纳")] == ["E03"]
        load_region(WUHAI, by=SYSTEM, at=AT)
        alias.refresh_from_db()
        assert alias.state == "confirmed"

    def test_one_name_is_confirmed_for_one_body_only(self) -> None:
        load_region(WUHAI, by=SYSTEM, at=AT)
        shared = models.Alias.objects.filter(text="乌海海南高新技术产业开发区").order_by("id")
        assert shared.count() == 2
        services.decide_alias(shared[0].pk, confirm=True, reason="函", by=SYSTEM, at=AT)
        with pytest.raises(services.NotADecision, match="已确认指"):
            services.decide_alias(shared[1].pk, confirm=True, reason="函", by=SYSTEM, at=AT)
        with pytest.raises(services.NotADecision, match="依据"):
            services.decide_alias(shared[1].pk, confirm=False, reason=" ", by=SYSTEM, at=AT)

    def test_a_persons_edit_stands_and_is_reported(self, pack: Path) -> None:
        load_region(pack, by=SYSTEM, at=AT)
        row = models.Enterprise.objects.get(code="E03")
        draft = EnterpriseDraft("E03", row.name, industry="焦化", district_id=row.district_id, role=row.role)
        services.save_enterprise(draft, by=SYSTEM, at=AT, enterprise_id=row.pk)
        assert load_region(pack, by=SYSTEM, at=AT).changes == ()
        edit(pack, "enterprises", put(3, 5, "炼焦"))
        edit(pack, "enterprises", put(4, 5, "炼焦"))
        report = load_region(pack, by=SYSTEM, at=AT)
        assert {(c.key, c.what) for c in report.changes} == {("E03", "kept"), ("E04", "changed")}
        assert models.Enterprise.objects.get(code="E03").industry == "焦化"
        assert models.Enterprise.objects.get(code="E04").industry == "炼焦"

    def test_rows_that_left_the_pack_stay(self, pack: Path) -> None:
        load_region(pack, by=SYSTEM, at=AT)
        edit(pack, "enterprises", lambda rows: rows.pop(57))
        report = load_region(pack, by=SYSTEM, at=AT)
        assert [(c.key, c.what) for c in report.changes] == [("E57", "gone")]
        assert models.Enterprise.objects.filter(code="E57").exists()

    @pytest.mark.parametrize(
        ("table", "change", "row", "column"),
        [
            ("enterprises", put(5, 8, "原文没有的话"), 6, "quotes"),
            ("enterprises", put(2, 2, "911100007109254621"), 3, "credit_code"),
            ("enterprises", put(2, 3, "K99"), 3, "district"),
            ("enterprises", put(2, 1, ""), 3, "name"),
            ("enterprises", put(2, 0, "E01"), 3, "id"),
            ("parks", put(1, 3, "K77"), 2, "parent"),
            ("aliases", put(1, 1, "K77"), 2, "subject"),
            ("aliases", put(1, 0, "person"), 2, "kind"),
            ("organisations", put(2, 3, "B-nyj"), 3, "parent"),
            ("documents", put(1, 3, "documents/gone.txt"), 2, "file"),
            ("documents", put(1, 3, "../../../../etc/passwd"), 2, "file"),
        ],
    )
    def test_a_broken_pack_is_refused_with_file_row_and_column(
        self, pack: Path, table: str, change: Callable[[list[list[str]]], object], row: int, column: str
    ) -> None:
        edit(pack, table, change)
        with pytest.raises(BrokenPack) as broken:
            load_region(pack, by=SYSTEM, at=AT)
        fault = broken.value
        assert (Path(fault.file).name, fault.row, fault.column) == (f"{table}.csv", row, column)
        assert models.Enterprise.objects.count() == 0
