"""The whole way back in a browser: a closed month's figure to the bytes of a frame, and to the source of its factor.

The readings come in as a device sends them: posted to the HTTP gateway with a token, checked by the pipeline, stored
with their raw body, rolled up, accounted and closed.
"""

from __future__ import annotations

import json
import re
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

from greenpark.domains.accounts import facade as accounts
from greenpark.domains.accounts import models as accounts_models
from greenpark.domains.accounts.contracts import SYSTEM
from greenpark.domains.accounts.selectors.actors import actor_of
from greenpark.domains.carbon import facade, testing
from greenpark.domains.registry import testing as registry
from greenpark.domains.telemetry import facade as telemetry
from greenpark.kernel.periods import Month, from_us
from tests.browser.conftest import Desk

MONTH = Month(2026, 10)
HOURS = 31 * 24
DAY = "2026-10-17"
#: Clicks from the ledger's list to the raw bytes, and from the entry to the factor's source.
TO_BYTES, TO_SOURCE = 8, 1


@dataclass(frozen=True, slots=True)
class Fed:
    enterprise: int
    point: int
    amounts: dict[datetime, Decimal]
    """Start of each hour -> kWh as the device sent it."""

    def month_mwh(self) -> Decimal:
        return sum(self.amounts.values(), Decimal(0)) / 1000

    def day_kwh(self) -> Decimal:
        start = datetime.fromisoformat(f"{DAY}T00:00:00+08:00")
        return sum((v for t, v in self.amounts.items() if start <= t < start + timedelta(days=1)), Decimal(0))


def _amounts() -> dict[datetime, Decimal]:
    """A load that differs every hour, exact to a tenth of a kWh."""
    start = from_us(MONTH.start_us())
    return {start + timedelta(hours=i): Decimal(9000 + (i * 7919) % 1000) / 10 for i in range(HOURS)}


def _post(base: str, secret: str, key: str, amounts: dict[datetime, Decimal]) -> dict[str, Any]:
    """One batch, as a device posts it."""
    rows = [{"key": key, "time": t.isoformat(), "value": float(v), "unit": "kWh"} for t, v in amounts.items()]
    body = json.dumps({"readings": rows}).encode()
    headers = {"Authorization": f"Bearer {secret}", "Content-Type": "application/json"}
    request = urllib.request.Request(f"{base}/api/v1/telemetry/readings", body, headers, method="POST")
    with urllib.request.urlopen(request, timeout=60) as answer:
        found: dict[str, Any] = json.loads(answer.read())
    return found


@pytest.fixture
def fed(tmp_path: Path, settings: Any, people: dict[str, int], live_server: Any) -> Iterator[Fed]:
    telemetry.close_access()
    settings.VAR = tmp_path
    settings.READINGS_URL = f"sqlite:///{tmp_path}/readings.sqlite3"
    settings.HISTORY_PATH = str(tmp_path / "history")
    for role in ("carbon-manager", "operator"):
        accounts_models.RoleAssignment.objects.filter(person_id=people[role]).update(scope="everything")
    testing.load_factors()
    enterprise = registry.make_enterprise("L01", "示范企业 A")
    point = registry.make_point(
        enterprise.id, "E1", name="总进线电量", kind="interval", unit="kWh", expected_interval_s=3600,
        binding=("http", "lineage.import"),
    )  # fmt: skip
    source = testing.electricity_source(point.id, green=False)
    facade.save_source(enterprise_id=enterprise.id, valid_from=MONTH, by=SYSTEM, at=testing.KNOWN, **source)  # type: ignore[arg-type]
    now = datetime.now(UTC)
    operator = actor_of(accounts_models.Person.objects.get(pk=people["operator"]))
    token = accounts.create_token(
        name="总表", organisation_id=enterprise.organisation_id, permissions=["telemetry.report"],
        expires_at=now + timedelta(days=1), by=operator, at=now,
    )  # fmt: skip
    amounts = _amounts()
    for day in range(31):
        part = dict(list(amounts.items())[day * 24 : day * 24 + 24])
        answer = _post(str(live_server), str(token.secret), "lineage.import", part)
        assert (answer["accepted"], answer["refused"]) == (24, 0)
    telemetry.access().keeper.flush()
    testing.close(MONTH, [enterprise.id])
    yield Fed(enterprise.id, point.id, amounts)
    telemetry.close_access()


class Walk:
    """A page whose clicks are counted."""

    def __init__(self, page: Page) -> None:
        self.page, self.clicks = page, 0

    def click(self, target: Any) -> None:
        target.click()
        self.page.wait_for_load_state()
        self.clicks += 1

    def link(self, name: str | re.Pattern[str]) -> Any:
        return self.page.locator("main").get_by_role("link", name=name).first

    def text(self) -> str:
        return self.page.locator("main").inner_text()


def _number(text: str, pattern: str) -> Decimal:
    found = re.search(pattern, text)
    assert found, f"{pattern} is not on the page:\n{text[:2000]}"
    return Decimal(found[1].replace(",", ""))


def test_a_closed_figure_leads_to_the_bytes_that_a_device_sent(desk: Desk, fed: Fed) -> None:
    walk = Walk(desk.page("carbon-manager"))
    walk.page.goto(f"/ledger/?month={MONTH}")
    factor = next(f for f in facade.entry_of(SYSTEM, fed.enterprise, MONTH, "electricity", "CO2").factors
                  if f["unit"] == "tCO2/MWh")  # fmt: skip
    expected = fed.month_mwh() * Decimal(factor["value"])
    walk.click(walk.link("示范企业 A"))
    assert "月结" in walk.text()
    assert _number(walk.text(), r"([\d,]+\.\d{3}) 吨 CO₂e") == round(expected, 3)
    walk.click(walk.link("外购电力"))
    text = walk.text()
    amount = _number(text, r"活动数据\s+([\d,.]+) 兆瓦时")
    figure = _number(text, r"即 ([\d,.]+) 吨 CO₂e")
    assert amount == fed.month_mwh()
    assert figure == round(amount * Decimal(factor["value"]), 6) == round(expected, 6)
    walk.click(walk.page.get_by_text("日汇总 31 天"))
    row = walk.page.locator("table.cards tr", has_text=DAY)
    assert _number(row.inner_text(), r"([\d,]+\.\d{3})") == fed.day_kwh()
    walk.click(row.get_by_role("link", name="小时与读数"))
    _hours_to_reading(walk, fed)
    assert walk.clicks == TO_BYTES


def _hours_to_reading(walk: Walk, fed: Fed) -> None:
    """From the point's hours of a day to its raw readings, one reading, and the frame's bytes."""
    start = datetime.fromisoformat(f"{DAY}T09:00:00+08:00")
    sent = fed.amounts[start]
    shown = f"{sent:,.3f}"
    row = walk.page.locator("table.cards tr", has_text=f"{DAY} 09:00")
    assert shown in row.inner_text()
    rows = walk.page.locator("table.cards tbody tr")
    hours = [_number(rows.nth(i).inner_text(), r"\d\d:00\s+([\d,]+\.\d{3})") for i in range(rows.count())]
    assert sum(hours) == fed.day_kwh()
    walk.click(walk.page.get_by_label("粒度").get_by_role("link", name=re.compile("原始")))
    reading = walk.page.locator("table.cards tr", has_text=f"{DAY} 09:00")
    assert shown in reading.inner_text()
    walk.click(reading.get_by_role("link", name="追溯"))
    assert f"{sent:,.6f}" in walk.text()
    walk.click(walk.page.get_by_text("报文原文"))
    raw = walk.page.locator("details", has_text="报文原文").locator("pre").inner_text()
    assert f'"value": {float(sent)}' in raw.replace('":', '": ').replace(":  ", ": ")
    assert "lineage.import" in raw
    walk.click(walk.page.locator("summary", has_text=re.compile("^字节$")))
    dump = walk.page.locator("details", has_text="字节").last.locator("pre").inner_text()
    assert b"lineage".hex() in re.sub(r"[^0-9a-f]", "", dump.lower())


def test_an_entry_leads_to_its_factor_with_edition_and_source(desk: Desk, fed: Fed) -> None:
    walk = Walk(desk.page("carbon-manager"))
    walk.page.goto(f"/ledger/{MONTH}/{fed.enterprise}/electricity/CO2/")
    entry = facade.entry_of(SYSTEM, fed.enterprise, MONTH, "electricity", "CO2")
    factor = next(f for f in entry.factors if f["unit"] == "tCO2/MWh")
    assert factor["value"] in walk.text()
    assert factor["edition"] in walk.text()
    walk.click(walk.link(factor["code"]))
    text = walk.text()
    assert _number(text, r"数值\s+([\d.]+)") == Decimal(factor["value"])
    assert "吨 CO₂/兆瓦时" in text
    assert factor["edition"] in text
    assert all(source in text for source in factor["source"])
    assert walk.clicks == TO_SOURCE
