from pathlib import Path
import pytest
from greenpark.domains.carbon import facade, testing
from greenpark.domains.accounts.contracts import SYSTEM
from greenpark.kernel.periods import Month
from greenpark.domains.telemetry import facade as telemetry
OUT = Path("/tmp/gp/shots"); OUT.mkdir(exist_ok=True)
@pytest.fixture
def own_store(tmp_path, settings, transactional_db):
    telemetry.close_access()
    settings.VAR = tmp_path
    settings.READINGS_URL = f"sqlite:///{tmp_path}/readings.sqlite3"
    settings.HISTORY_PATH = str(tmp_path / "history")
    yield tmp_path
    telemetry.close_access()
def test_shots(own_store, desk, people):
    from greenpark.domains.accounts import models
    models.RoleAssignment.objects.filter(person_id=people["carbon-manager"]).update(scope="everything")
    made = testing.make_closed_month("C01", Month(2026,9), name="示范企业 A（焦化）")
    m2 = testing.make_carbon_enterprise("C02", name="示范企业 B")
    o = Month(2026,10)
    testing.put_month(o, {made.electricity: 1200.0, made.gas: 60.0, m2.electricity: 500.0, m2.gas: 20.0})
    from datetime import datetime, UTC
    now = datetime(2026,11,3,tzinfo=UTC)
    facade.save_report(enterprise_id=made.enterprise.id, month=o, values={"bituminous":"130"}, by=SYSTEM, at=now, submit=True)
    facade.recompute(month=o, by=SYSTEM, at=now)
    e = made.enterprise.id
    problems = []
    for size in ((1440,900),(375,812)):
        page = desk.page("carbon-manager", size=size)
        for name, path in {"ledger":"/ledger/?month=2026-10","ent":f"/ledger/2026-09/{e}/","entry":f"/ledger/2026-09/{e}/electricity/CO2/","close":"/ledger/close/?month=2026-10","factors":"/factors/","factor":"/factors/gb2589-2020.natural_gas/","sources":"/carbon-sources/","source":f"/carbon-sources/{e}/electricity/","form":f"/carbon-sources/{e}/electricity/edit/","reports":"/monthly-reports/?month=2026-10","report":f"/monthly-reports/2026-10/{m2.enterprise.id}/","import":"/monthly-reports/import/","params":"/ledger/parameters/","verify":"/ledger/verify/?month=2026-09"}.items():
            page.goto(path)
            w = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
            if w > 0: problems.append((name,size,w))
            page.screenshot(path=str(OUT/f"{name}-{size[0]}.png"), full_page=True)
    print(problems)
    assert not problems
