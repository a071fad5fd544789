"""Monthly reports: typing, states, history, template and import."""

from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook

from greenpark.domains.accounts.contracts import SYSTEM
from greenpark.domains.carbon import facade, models, testing
from greenpark.domains.carbon.contracts import ImportRefused, ReportRefused
from greenpark.domains.carbon.rules import reporting, sheets
from greenpark.kernel.periods import Month

MAY = Month(2026, 5)
AT = datetime(2026, 6, 3, tzinfo=UTC)


@given(st.decimals(min_value=0, max_value=999_999_999, places=6))
def test_typed_amounts_are_read_as_written(value: object) -> None:
    assert reporting.amount(f" {value} ") == value


@pytest.mark.parametrize("text", ["-1", "NaN", "Infinity", "1e20", "十二", "1.0000001"])
def test_bad_amounts_are_refused(text: str) -> None:
    with pytest.raises(ReportRefused):
        reporting.amount(text)


def test_deadline_is_cut_to_the_month() -> None:
    assert str(reporting.deadline(Month(2026, 1), 31)) == "2026-02-28"
    assert reporting.deadline(MAY, None) is None


def test_cell_addresses() -> None:
    assert [sheets.address(0, i) for i in (0, 25, 26, 51, 52, 701, 702)] == [
        "A1",
        "Z1",
        "AA1",
        "AZ1",
        "BA1",
        "ZZ1",
        "AAA1",
    ]


@pytest.mark.usefixtures("store")
class TestReport:
    def made(self) -> testing.Made:
        return testing.make_carbon_enterprise()

    def test_draft_submit_return_and_history(self) -> None:
        e = self.made().enterprise.id
        facade.save_report(enterprise_id=e, month=MAY, values={"bituminous": "1,200.5"}, by=SYSTEM, at=AT)
        facade.save_report(enterprise_id=e, month=MAY, values={"bituminous": "1300"}, by=SYSTEM, at=AT, submit=True)
        with pytest.raises(ReportRefused, match="已提交"):
            facade.save_report(enterprise_id=e, month=MAY, values={"bituminous": "1"}, by=SYSTEM, at=AT)
        with pytest.raises(ReportRefused, match="意见"):
            facade.move_report(enterprise_id=e, month=MAY, verb="return", by=SYSTEM, at=AT)
        facade.move_report(enterprise_id=e, month=MAY, verb="return", opinion="数量级有误", by=SYSTEM, at=AT)
        view = facade.report(SYSTEM, e, MAY, AT)
        assert (view.state, view.opinion, view.editable) == ("returned", "数量级有误", True)
        changes = [(h["before"], h["after"]) for h in view.history if h["action"] == "value"]
        assert changes == [("1200.5", "1300"), ("", "1200.5")]

    def test_errors_are_per_field_and_nothing_is_saved(self) -> None:
        e = self.made().enterprise.id
        with pytest.raises(ReportRefused) as refused:
            facade.save_report(
                enterprise_id=e, month=MAY, by=SYSTEM, at=AT,
                values={"bituminous": "-3", "electricity": "10", "green_electricity": "11"},
            )  # fmt: skip
        assert set(refused.value.errors) == {"bituminous", "green_electricity"}
        assert not models.MonthlyReport.objects.exists()

    def test_reminders_once_a_day(self) -> None:
        e = self.made().enterprise.id
        facade.remind(enterprise_id=e, month=MAY, by=SYSTEM, at=AT)
        with pytest.raises(ReportRefused, match="24 小时"):
            facade.remind(enterprise_id=e, month=MAY, by=SYSTEM, at=AT + timedelta(hours=23))
        facade.remind(enterprise_id=e, month=MAY, by=SYSTEM, at=AT + timedelta(hours=25))

    def test_attachments_are_judged_by_content(self) -> None:
        e = self.made().enterprise.id
        with pytest.raises(ReportRefused, match="不符"):
            facade.attach(enterprise_id=e, month=MAY, name="x.pdf", content=b"MZ", by=SYSTEM, at=AT)
        digest = facade.attach(enterprise_id=e, month=MAY, name="../x.pdf", content=b"%PDF-1", by=SYSTEM, at=AT)
        assert facade.evidence_path(digest).read_bytes() == b"%PDF-1"
        assert models.Evidence.objects.get().name == "x.pdf"

    def test_template_goes_out_and_comes_back(self) -> None:
        made = self.made()
        content = facade.report_template(month=MAY, by=SYSTEM, at=AT)
        book = load_workbook(io.BytesIO(content))
        assert book["字典"].sheet_state == "hidden"
        sheet = book["企业月报"]
        titles = {sheet.cell(5, c).value: c for c in range(1, sheet.max_column + 1)}
        sheet.cell(6, titles["烟煤\n（吨）"]).value = 345.25
        preview = self._preview(book)
        assert [(r.kind, r.enterprise_id, r.values["bituminous"]) for r in preview.rows] == [
            ("new", made.enterprise.id, "345.25")
        ]
        facade.apply_import(token=preview.token, by=SYSTEM, at=AT)
        again = self._preview(book)
        assert [r.kind for r in again.rows] == ["same"]
        before = models.ReportChange.objects.count()
        facade.apply_import(token=again.token, by=SYSTEM, at=AT)
        assert models.ReportChange.objects.count() == before

    def _preview(self, book: object) -> object:
        buffer = io.BytesIO()
        book.save(buffer)  # type: ignore[attr-defined]
        return facade.preview_import(month=MAY, content=buffer.getvalue(), file_name="a.xlsx", by=SYSTEM, at=AT)

    def test_errors_come_back_in_the_same_workbook(self) -> None:
        self.made()
        content = facade.report_template(month=MAY, by=SYSTEM, at=AT)
        book = load_workbook(io.BytesIO(content))
        sheet = book["企业月报"]
        column = next(c for c in range(1, sheet.max_column + 1) if sheet.cell(5, c).value == "烟煤\n（吨）")
        sheet.cell(6, column).value = -12
        sheet.cell(7, 1).value, sheet.cell(7, 2).value = "91150303MA0BCDE2Y", "无此企业"
        sheet.cell(7, column).value = "=1+1"
        preview = self._preview(book)
        assert [r.kind for r in preview.rows] == ["error", "error"]
        with pytest.raises(ImportRefused, match="错误的行"):
            facade.apply_import(token=preview.token, by=SYSTEM, at=AT)
        marked = load_workbook(io.BytesIO(facade.error_workbook(token=preview.token, by=SYSTEM)))["企业月报"]
        result = [marked.cell(r, marked.max_column).value for r in (5, 6, 7)]
        assert result[0] == "校验结果"
        assert "不能为负数" in result[1]
        assert "应为 18 位，现为 17 位" in result[2]
        assert "公式" in result[2]
        assert marked.cell(6, column).fill.fgColor.rgb == "00FCE8EB"
        assert marked.cell(6, column).comment is not None

    def test_old_versions_and_other_months_are_refused(self) -> None:
        self.made()
        for stamp, words in (
            ("CM01-2020.1（2026-05", "现行版本"),
            ("CM01-2026.1（2026-04", "2026-04"),
            ("ZZ9-1.0（2026-05", "ZZ9"),
        ):
            text = f"模板版本 {stamp}）\n统一社会信用代码,企业名称,烟煤（吨）\nC01,x,1\n"
            with pytest.raises(ImportRefused, match=words):
                facade.preview_import(month=MAY, content=text.encode(), file_name="a.csv", by=SYSTEM, at=AT)

    @pytest.mark.parametrize(
        ("content", "name", "words"),
        [
            (b"", "a.xlsx", "空的"),
            (b"not a zip", "a.xlsx", "打不开"),
            (b"x", "a.pdf", "不认识的文件类型"),
            ("统一社会信用代码,企业名称,烟煤（千克）\n".encode(), "a.csv", "单位应为吨"),
            ("统一社会信用代码,企业名称,烟媒（吨）\n".encode("gb18030"), "a.csv", "是否为「烟煤」"),
        ],
    )
    def test_unusable_files_say_why(self, content: bytes, name: str, words: str) -> None:
        with pytest.raises(ImportRefused, match=words):
            facade.preview_import(month=MAY, content=content, file_name=name, by=SYSTEM, at=AT)
