"""Screens, API and live figures with a real closed month, by signed-in people."""

from __future__ import annotations

import io
import json
from datetime import timedelta

import pytest
from openpyxl import load_workbook

from greenpark.domains.accounts.contracts import SYSTEM
from greenpark.domains.accounts.testing import make_person, signed_in
from greenpark.domains.carbon import facade, testing
from greenpark.domains.carbon.rules import canonical
from greenpark.kernel.periods import Month, from_us

pytestmark = pytest.mark.usefixtures("store")
MAY = Month(2026, 5)


def _manager() -> object:
    return signed_in(make_person("manager", "carbon-manager", scope="everything"))


def test_from_the_month_down_to_days_and_up_to_the_source_of_a_factor() -> None:
    made = testing.make_closed_month(month=MAY)
    client = _manager()
    page = client.get("/ledger/?month=2026-05").content.decode()
    assert f"/ledger/2026-05/{made.enterprise.id}/" in page
    assert "各企业合计" in page
    page = client.get(f"/ledger/2026-05/{made.enterprise.id}/").content.decode()
    where = f"/ledger/2026-05/{made.enterprise.id}/electricity/CO2/"
    assert where in page
    page = client.get(where).content.decode()
    assert "日汇总 31 天" in page
    assert "744.000000 兆瓦时" in page
    assert "394.766400" in page
    entry = facade.entry_of(SYSTEM, made.enterprise.id, MAY, "electricity", "CO2")
    for factor in entry.factors:
        assert f"/factors/{factor['code']}/" in page
        assert client.get(f"/factors/{factor['code']}/").status_code == 200


@pytest.mark.parametrize(
    "path",
    ["/ledger/?month=1999-01", "/ledger/close/?month=1999-01", "/ledger/corrections/", "/factors/", "/carbon-sources/",
     "/monthly-reports/?month=1999-01", "/ledger/verify/", "/ledger/parameters/", "/monthly-reports/import/"],
)  # fmt: skip
def test_empty_pages_say_why(path: str) -> None:
    answer = _manager().get(path)
    assert answer.status_code == 200


def test_a_clerk_reports_a_manager_closes_and_verifies() -> None:
    testing.load_factors()
    made = testing.make_carbon_enterprise()
    testing.put_month(MAY, {made.electricity: 100.0, made.gas: 5.0})
    where = f"/monthly-reports/2026-05/{made.enterprise.id}/"
    clerk = signed_in(make_person("clerk", "enterprise-manager", organisation_id=made.enterprise.organisation_id))
    wrong = clerk.post(where, {"item-bituminous": "十吨", "submit": "1"})
    assert wrong.status_code == 422
    assert "十吨" in wrong.content.decode()
    assert clerk.post(where, {"item-bituminous": "10", "submit": "1"}).status_code == 302
    assert clerk.post(f"{where}review/", {"verb": "verify"}).status_code == 403
    client = _manager()
    assert client.post(f"{where}review/", {"verb": "verify"}).status_code == 302
    assert "月结 1 家" in client.get("/ledger/close/?month=2026-05").content.decode()
    client.post("/ledger/close/", {"month": "2026-05"})
    assert "一致" in client.post("/ledger/verify/", {"month": "2026-05"}).content.decode()
    data = client.get(f"/ledger/2026-05/{made.enterprise.id}/canonical.json").content
    period = facade.period(SYSTEM, MAY, made.enterprise.id)
    assert period is not None
    assert canonical.sm3(data) == period.sm3


def test_exports_hold_raw_numbers() -> None:
    testing.make_closed_month(month=MAY)
    client = _manager()
    sheet = load_workbook(io.BytesIO(client.get("/ledger/?month=2026-05&export=xlsx").content)).active
    header = [c.value for c in sheet[3]]
    assert sheet.cell(4, header.index("电力（万千瓦时）") + 1).value == 74.4
    assert "园区内转供未扣减" in sheet.cell(5, 2).value
    for path in ("/factors/?export=xlsx", "/monthly-reports/?month=2026-05&export=xlsx"):
        assert load_workbook(io.BytesIO(client.get(path).content)).active.max_row > 3


def test_api_gives_the_same_figures_and_refuses_in_words() -> None:
    made = testing.make_closed_month(month=MAY)
    client = _manager()
    rows = client.get(f"/api/v1/carbon/ledger/2026-05/{made.enterprise.id}/entries").json()
    assert {r["source"]: r["tco2e"] for r in rows["items"]}["electricity"] == "394.766400"
    totals = client.get("/api/v1/carbon/months?first=2026-05&last=2026-06").json()
    assert [t["enterprises"] for t in totals["items"]] == [1, 0]
    answer = client.post("/api/v1/carbon/ledger/2026-09/verify")
    assert answer.status_code in (403, 409)
    if answer.status_code == 409:
        assert "还没有月结" in json.loads(answer.content)["detail"]


def test_live_figures_follow_the_last_reading() -> None:
    testing.load_factors()
    made = testing.make_carbon_enterprise()
    testing.put_month(MAY, {made.electricity: 100.0, made.gas: 0.0})
    testing.report(made, MAY, coal="310")
    testing.close(MAY)
    june = MAY.next()
    now = from_us(june.start_us()) + timedelta(days=2, hours=12)
    testing.put_month(june, {made.electricity: 1000.0, made.gas: 0.0}, until=now)
    found = facade.live(SYSTEM, now)
    assert found.metered_sources == 2
    assert found.reported_sources == 1
    metered = found.month.tco2e - found.month.reported_tco2e
    assert metered == pytest.approx(60 * 0.5306)  # 60 h x 1 MWh
    assert found.today.tco2e - found.today.reported_tco2e == pytest.approx(12 * 0.5306)
    coal = facade.entry_of(SYSTEM, made.enterprise.id, MAY, "coal", "CO2").tco2e
    assert coal is not None
    assert found.month.reported_tco2e == pytest.approx(float(coal) / 31 * 2.5)
    closed = facade.period(SYSTEM, MAY, made.enterprise.id)
    assert closed is not None
    assert found.year.tco2e == pytest.approx(found.month.tco2e + float(closed.figures.tco2e))
    provisional = facade.recompute(month=june, by=SYSTEM, at=now)
    assert provisional == 1
    assert float(facade.entry_of(SYSTEM, made.enterprise.id, june, "electricity", "CO2").tco2e or 0) == pytest.approx(
        metered
    )
