"""The pages of the carbon ledger in a real browser: no fault, no sideways scrolling, the way down by clicks."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from greenpark.domains.accounts import models as accounts
from greenpark.domains.accounts.contracts import SYSTEM
from greenpark.domains.carbon import facade, testing
from greenpark.domains.telemetry import facade as telemetry
from greenpark.kernel.periods import Month
from tests.browser.conftest import Desk

SEPTEMBER, OCTOBER = Month(2026, 9), Month(2026, 10)


@pytest.fixture
def ledger(tmp_path: Path, settings: Any, people: dict[str, int]) -> Iterator[testing.Made]:
    telemetry.close_access()
    settings.VAR = tmp_path
    settings.READINGS_URL = f"sqlite:///{tmp_path}/readings.sqlite3"
    settings.HISTORY_PATH = str(tmp_path / "history")
    accounts.RoleAssignment.objects.filter(person_id=people["carbon-manager"]).update(scope="everything")
    made = testing.make_closed_month("C01", SEPTEMBER, name="示范企业 A（名字长到一行放不下的那种企业有限责任公司）")
    testing.put_month(OCTOBER, {made.electricity: 1200.0, made.gas: 60.0})
    facade.recompute(month=OCTOBER, by=SYSTEM, at=datetime(2026, 11, 3, tzinfo=UTC))
    yield made
    telemetry.close_access()


def test_every_page_holds_at_every_size(desk: Desk, ledger: testing.Made, viewport: tuple[int, int]) -> None:
    e = ledger.enterprise.id
    page = desk.page("carbon-manager", size=viewport)
    wide = []
    for path in (
        "/ledger/?month=2026-10", f"/ledger/2026-09/{e}/", f"/ledger/2026-09/{e}/electricity/CO2/",
        "/ledger/close/?month=2026-10", "/ledger/corrections/", "/ledger/parameters/", "/ledger/verify/",
        "/factors/", "/factors/gb2589-2020.natural_gas/", "/carbon-sources/", f"/carbon-sources/{e}/electricity/",
        f"/carbon-sources/{e}/electricity/edit/", "/monthly-reports/?month=2026-10", f"/monthly-reports/2026-10/{e}/",
        "/monthly-reports/import/",
    ):  # fmt: skip
        page.goto(path)
        if page.evaluate("document.documentElement.scrollWidth - window.innerWidth") > 0:
            wide.append(path)
    assert not wide


def test_from_a_month_to_a_factor_by_clicks_and_a_close_by_dialog(desk: Desk, ledger: testing.Made) -> None:
    page = desk.page("carbon-manager")
    page.goto("/ledger/?month=2026-09")
    page.get_by_role("link", name="示范企业 A").first.click()
    page.get_by_role("link", name="外购电力").first.click()
    page.get_by_text("日汇总 30 天").click()
    assert page.get_by_text("2026-09-17").first.is_visible()
    page.get_by_role("link", name="grid.2023.CN.average").first.click()
    assert "0.5306" in page.content()
    page.goto("/ledger/close/?month=2026-10")
    page.get_by_role("link", name="月结 1 家").click()
    dialog = page.locator("dialog#close-it")
    assert "以更正分录入账" in dialog.inner_text()
    dialog.get_by_role("button", name="月结 1 家").click()
    page.wait_for_url("**/ledger/close/?month=2026-10")
    assert facade.closing_status(SYSTEM, OCTOBER, datetime.now(UTC)).closed == 1
