"""Every line of every role's menu opens at every size without a fault, and the overview shows live figures."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import expect

from greenpark.domains.accounts import facade as accounts
from greenpark.domains.carbon.selectors import live
from greenpark.domains.registry import testing as registry
from greenpark.domains.telemetry import facade as telemetry
from greenpark.kernel.periods import to_us
from greenpark.kernel.readings import Readings, Rollups, Step
from tests.browser import driver
from tests.browser.conftest import Desk

_QUARTER_US = 900_000_000
#: Who sees most; the two roles without business data; the one with the narrowest scope.
ROLES = ("carbon-manager", "operator", "enterprise-manager", "system-admin", "audit-admin")


@pytest.fixture
def _store(tmp_path: Path, settings: Any, transactional_db: None) -> Iterator[None]:
    telemetry.close_access()
    live.forget()
    settings.READINGS_URL = f"sqlite:///{tmp_path}/readings.sqlite3"
    settings.HISTORY_PATH = str(tmp_path / "history")
    yield
    telemetry.close_access()


@pytest.fixture
def plant(_store: None, people: dict[str, int]) -> Any:
    """An invented enterprise with a meter and a stack, a day of quarter hours and fresh readings."""
    now = datetime.now(UTC)
    enterprise = registry.make_enterprise("X01", "示范企业 A（名字长到一行放不下的那种企业有限责任公司）")
    accounts.ensure_organisation(code="demo-city", name="演示市", kind="city", by=accounts.SYSTEM, at=now)
    meter = registry.make_point(enterprise.id, "G1", name="进线总表")
    stack = registry.make_point(
        enterprise.id, "Y1", name="烟囱 NOx", medium="flue_gas", kind="concentration", unit="mg/m³", balance="none"
    )
    last = to_us(now) // _QUARTER_US
    starts = np.asarray([(last - n) * _QUARTER_US for n in range(96, -1, -1)], np.int64)
    n = len(starts)
    values, ones = np.full(n, 25.0), np.ones(n, np.int32)
    rows = Rollups(
        np.full(n, meter.id, np.int32), starts, values, values, values, values, ones, ones,
        np.ones(n), np.zeros(n), np.zeros(n, np.int32),
    )  # fmt: skip
    store = telemetry.access().store
    store.put_rollups(Step.QUARTER, rows)
    store.append(Readings.of([meter.id, stack.id], [to_us(now)] * 2, [12345.6, 41.5]), now_us=to_us(now))
    return enterprise


def see_everything(desk: Desk, role: str) -> None:
    """Give the role's person the scope «everything», so that pages have content."""
    from greenpark.domains.accounts import models

    models.RoleAssignment.objects.filter(person_id=desk.people[role]).update(scope="everything")


@pytest.mark.parametrize("role", ROLES)
def test_every_menu_page_holds(desk: Desk, plant: Any, role: str, viewport: tuple[int, int]) -> None:
    see_everything(desk, role)
    page = desk.page(role, viewport)
    page.goto("/")
    links = page.eval_on_selector_all("#side li a", "found => found.map((link) => link.getAttribute('href'))")
    assert links
    for href in links:
        page.goto(href)
        driver.settle(page)
        assert driver.sideways(page) == [], href
        assert page.locator("h1").inner_text().strip(), href
        assert page.title().strip(" ·"), href


def test_the_overview_is_live_and_leads_to_the_reading(desk: Desk, plant: Any) -> None:
    """From the park's load over the enterprise to the meter: three clicks."""
    see_everything(desk, "duty-officer")
    page = desk.page("duty-officer")
    page.goto("/overview/")
    driver.settle(page)
    expect(page.locator("#live")).to_contain_text("100.0")
    before = page.locator("#live").element_handle()
    page.wait_for_function("(old) => !old.isConnected", arg=before, timeout=15_000)
    expect(page.locator("#live")).to_contain_text("100.0")
    page.goto(f"/enterprises/{plant.id}/")
    expect(page.locator("#outlets")).to_contain_text("41.50")
    page.get_by_role("link", name="进线总表").click()
    driver.settle(page)
    expect(page.locator("h1")).to_contain_text("进线总表")


def test_search_finds_by_pinyin_from_the_keyboard(desk: Desk, plant: Any) -> None:
    see_everything(desk, "duty-officer")
    page = desk.page("duty-officer")
    page.goto("/workbench/")
    driver.settle(page)
    page.keyboard.press("/")
    page.keyboard.type("jxzb")
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name="进线总表")).to_be_visible()


def test_nobody_without_scope_sees_the_enterprise(desk: Desk, plant: Any) -> None:
    page = desk.page("enterprise-manager", expected={404})
    page.goto(f"/enterprises/{plant.id}/")
    assert "示范企业 A" not in page.content()


@pytest.mark.usefixtures("_store")
def test_old_readings_make_the_live_figures_grey(desk: Desk) -> None:
    see_everything(desk, "duty-officer")
    page = desk.page("duty-officer")
    page.goto("/overview/")
    expect(page.locator("#live")).to_have_class("grid stale")
    expect(page.locator("#live")).to_contain_text("还没有收到任何读数")


def test_the_workbench_in_english_is_english(desk: Desk, plant: Any) -> None:
    """Only names of things and people may stay Chinese."""
    see_everything(desk, "duty-officer")
    page = desk.page("duty-officer")
    page.context.add_cookies([{"name": "django_language", "value": "en", "url": desk.base}])
    page.goto("/overview/")
    driver.settle(page)
    chinese = page.locator(".main").evaluate(
        """(main) => [...main.querySelectorAll('h1, h2, h3, th, dt, .hint, .unit, .button, summary, .source')]
          .map((node) => node.textContent).filter((text) => /[\\u4e00-\\u9fff]/.test(text))"""
    )
    assert chinese == []
