"""The way from a point to the bytes of the frame, and a file from upload to its errors, in a real browser."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from playwright.sync_api import Page, expect

from greenpark.domains.registry import testing as registry
from greenpark.domains.telemetry import facade as telemetry
from greenpark.ingest.sink import Delivery
from greenpark.kernel.periods import to_us
from tests.browser import driver
from tests.browser.conftest import Desk

MINUTE_US = 60_000_000
MN = "0123456789ABCDEF01234567"


@pytest.fixture
def own_store(tmp_path: Path, settings: Any, transactional_db: None) -> Iterator[Path]:
    telemetry.close_access()
    settings.READINGS_URL = f"sqlite:///{tmp_path}/readings.sqlite3"
    settings.HISTORY_PATH = str(tmp_path / "history")
    yield tmp_path
    telemetry.close_access()


@pytest.fixture
def stack(own_store: Path, people: dict[str, int]) -> Any:
    """A stack with a day of minutes, one of them marked faulty, one refused."""
    from greenpark.domains.accounts import models

    models.RoleAssignment.objects.filter(person_id=people["operator"]).update(scope="everything")
    enterprise = registry.make_enterprise("X01", "示范企业 A（名字长到一行放不下的那种企业有限责任公司）")
    point = registry.make_point(
        enterprise.id, "Y1", name="1 号焦炉烟囱 NOx 小时均值", medium="flue_gas", kind="concentration", unit="mg/m³",
        balance="none", binding=("hj212", MN, "2011", "a21002-Rtd"), expected_interval_s=60,
        min_value=0.0, max_value=500.0,
    )  # fmt: skip
    now_us = to_us(datetime.now(UTC)) // MINUTE_US * MINUTE_US
    from greenpark.protocols.hj212 import Message, encode

    items = ((("DataTime", "20261122091500"),), (("a21002-Rtd", "41.5"), ("a21002-Flag", "N")))
    raw = encode(Message("20261122091500000", "31", "2011", "123456", MN, items))
    n = 1440
    delivery = Delivery("hj212", "10.20.30.40:51234", MN, now_us, raw)
    delivery.keys = [point.binding] * n
    delivery.times = [now_us - (n - 1 - i) * MINUTE_US for i in range(n)]
    delivery.values = [40.0 + 10 * ((i * 7919) % 100) / 100 for i in range(n)]
    delivery.flags = [0] * n
    delivery.flags[-30] = 1 << 3
    delivery.values[-60] = 812.0
    found = telemetry.access()
    found.pipeline.accept([delivery])
    found.keeper.flush()
    late = Delivery("hj212", "10.20.30.40:51234", MN, now_us, raw)
    late.keys, late.times, late.values = [("hj212", MN, "2011", "a01011-Rtd")], [now_us], [3.2]
    found.pipeline.accept([late])
    return point


def picture(page: Page, name: str) -> None:
    """Kept only when somebody asks to look at them."""
    folder = os.environ.get("GREENPARK_PICTURES")
    if folder:
        size = page.viewport_size or {"width": 0}
        page.screenshot(path=f"{folder}/{name}@{size['width']}.png", full_page=True)


def hold(page: Page, name: str) -> None:
    driver.settle(page)
    picture(page, name)
    assert driver.sideways(page) == [], name


def test_from_a_point_to_the_bytes(desk: Desk, stack: Any, viewport: tuple[int, int]) -> None:
    page = desk.page("operator", viewport)
    page.goto("/telemetry/points/")
    hold(page, "points")
    page.get_by_role("link", name=stack.name).first.click()
    hold(page, "point")
    expect(page.locator("body")).to_contain_text("故障（D）")
    page.goto(f"/telemetry/points/{stack.id}/?step=hour")
    hold(page, "point-hour")
    page.goto(f"/telemetry/points/{stack.id}/?step=raw")
    page.get_by_role("link", name="追溯").first.click()
    hold(page, "reading")
    expect(page.locator("h1")).to_contain_text("mg/m³")
    expect(page.locator("body")).to_contain_text("a21002-Rtd")
    expect(page.locator("body")).to_contain_text("10.20.30.40")


def test_what_was_refused_and_what_is_unknown(desk: Desk, stack: Any, viewport: tuple[int, int]) -> None:
    page = desk.page("operator", viewport)
    page.goto("/telemetry/not-taken/")
    hold(page, "not-taken")
    page.get_by_role("link", name="查看").first.click()
    hold(page, "not-taken-one")
    expect(page.locator("body")).to_contain_text("没有绑定监测点")
    page.goto("/telemetry/unknown/")
    hold(page, "unknown")
    expect(page.locator("body")).to_contain_text("a01011-Rtd")
    page.goto("/telemetry/gateways/")
    hold(page, "gateways")
    assert django_settings.VAR


def test_a_file_with_errors_is_previewed(desk: Desk, stack: Any, own_store: Path, viewport: tuple[int, int]) -> None:
    file = own_store / "十一月抄表.csv"
    file.write_text("监测点,时间,数值\nY1,2026-11-01 00:00,41\nY9,2026-11-01 00:00,42\n", encoding="gb18030")
    page = desk.page("operator", viewport)
    page.goto("/telemetry/imports/")
    page.locator("input[type=file]").set_input_files(file)
    page.get_by_role("button", name="上传并预览").click()
    hold(page, "import")
    expect(page.locator("body")).to_contain_text("第 3 行")
    page.get_by_role("button", name="只导入正确的 1 条").click()
    driver.settle(page)
    expect(page.locator("body")).to_contain_text("已导入 1 条读数")
    page.goto("/telemetry/imports/")
    hold(page, "imports")
