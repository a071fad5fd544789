"""Month close: hand-calculated figures, identical bytes, checks, verification, late data, corrections."""

from __future__ import annotations

import json
from datetime import timedelta
from decimal import Decimal

import numpy as np
import pytest

from greenpark.domains.accounts.contracts import SYSTEM, Actor, DataScope
from greenpark.domains.carbon import facade, models, testing
from greenpark.domains.carbon.contracts import CannotClose, CorrectionRefused, NotFound
from greenpark.kernel.periods import Month, from_us
from greenpark.kernel.readings import Readings

pytestmark = pytest.mark.usefixtures("store")

MAY = Month(2026, 5)
AFTER = from_us(MAY.end_us()) + timedelta(days=5)


def test_figures_of_a_closed_month_by_hand() -> None:
    """Electricity: 744 h x 1000 kWh = 744 MWh x 0.5306 (公告2025年第47号). Gas: 744 h x 50 Nm3 = 3.72 x 1e4Nm3 x
    389.31 GJ x 0.0153 tC/GJ x 0.99 x 44/12. Coal: 120.5 t x 19.57 x 0.02618 x 0.93 x 44/12."""
    made = testing.make_closed_month(month=MAY)
    by_source = {e.source: e for e in facade.entries(SYSTEM, MAY, made.enterprise.id)}
    assert by_source["electricity"].activity == Decimal("744")
    assert by_source["electricity"].tco2e == Decimal("394.766400")  # 744 x 0.5306
    assert by_source["electricity"].tce_calorific == Decimal("91.437600")  # 744 000 kWh x 0.1229 kgce
    coal = Decimal("120.5") * Decimal("19.57") * Decimal("0.02618") * Decimal("0.93") * 44 / 12
    assert by_source["coal"].tco2e == coal.quantize(Decimal("0.000001"))
    assert by_source["coal"].tier == "reported"
    assert by_source["electricity"].tier == "measured"
    assert by_source["electricity"].coverage == 1


def test_sources_add_up_to_enterprise_and_park() -> None:
    testing.load_factors()
    made = [testing.make_carbon_enterprise(f"C0{i}") for i in range(3)]
    for i, m in enumerate(made):
        testing.put_month(MAY, {m.electricity: 123.456789 * (i + 1), m.gas: 7.7777 / (i + 1)})
        testing.report(m, MAY, coal=f"{33.333333 * (i + 1):.6f}")
    testing.close(MAY)
    [park] = facade.month_totals(SYSTEM, [MAY])
    ranked = facade.ranking(SYSTEM, MAY)
    parts = facade.by_source(SYSTEM, MAY)
    entries = [e for m in made for e in facade.entries(SYSTEM, MAY, m.enterprise.id)]
    for figure in ("tco2e", "tco2e_market", "tce_calorific"):
        whole = getattr(park.figures, figure)
        assert whole == sum(getattr(e, figure) for e in entries)
        assert whole == sum(getattr(r.figures, figure) for r in ranked)
        assert whole == sum(getattr(p.figures, figure) for p in parts)
    assert sum(p.share for p in parts) == pytest.approx(1)


def test_closing_twice_gives_the_same_bytes_and_writes_nothing() -> None:
    made = testing.make_closed_month(month=MAY)
    before = models.LedgerPeriod.objects.get()
    again = facade.close_month(month=MAY, by=SYSTEM, at=AFTER + timedelta(days=9), enterprise_ids=[made.enterprise.id])
    assert [c.already for c in again.closed] == [True]
    assert again.closed[0].sm3 == before.sm3
    after = models.LedgerPeriod.objects.get()
    assert (after.canonical, after.closed_at, after.sha256) == (before.canonical, before.closed_at, before.sha256)


def test_bytes_do_not_depend_on_when_or_by_whom() -> None:
    """The same inputs closed again from nothing, at another time, under other row ids: the same bytes."""
    made = testing.make_closed_month(month=MAY)
    first = models.LedgerPeriod.objects.get()
    content = first.canonical
    first.delete()
    facade.close_month(
        month=MAY, by=SYSTEM, at=AFTER + timedelta(days=30, hours=7), enterprise_ids=[made.enterprise.id]
    )
    assert models.LedgerPeriod.objects.get().canonical == content
    assert "closed_by" not in content
    json.loads(content)


def test_untouched_month_verifies() -> None:
    made = testing.make_closed_month(month=MAY)
    result = facade.verify_month(month=MAY, by=SYSTEM)
    assert result.same, result.differences
    assert result.entries == len(facade.entries(SYSTEM, MAY, made.enterprise.id))


def test_verify_finds_a_changed_reading() -> None:
    made = testing.make_closed_month(month=MAY)
    hour = MAY.start_us() + 100 * 3_600_000_000
    testing.put(Readings.of([made.electricity], [hour], [1500.0]))
    result = facade.verify_month(month=MAY, by=SYSTEM)
    assert not result.same
    first = result.first
    assert first is not None
    assert (first.source, first.figure) == ("electricity", "inputs")
    assert Decimal(first.actual) - Decimal(first.expected) == Decimal("0.5")
    assert f"测点 {made.electricity}" in first.cause


def test_verify_finds_readings_that_arrived_late() -> None:
    testing.load_factors()
    made = testing.make_carbon_enterprise()
    testing.put_month(MAY, {made.electricity: 10.0, made.gas: 1.0}, until=from_us(MAY.end_us()) - timedelta(days=2))
    testing.report(made, MAY)
    testing.close(MAY)
    hours = np.arange(MAY.end_us() - 2 * 86_400_000_000, MAY.end_us(), 3_600_000_000)
    testing.put(Readings.of([made.electricity] * len(hours), hours, [10.0] * len(hours)))
    first = facade.verify_month(month=MAY, by=SYSTEM).first
    assert first is not None
    assert "48 条迟到数据" in first.cause


def test_verify_finds_a_factor_edited_behind_the_librarys_back() -> None:
    testing.make_closed_month(month=MAY)
    used = next(f for f in models.LedgerEntry.objects.get(source_code="electricity").factors if "grid" in f["code"])
    models.Factor.objects.filter(code=used["code"]).update(value="0.6")
    first = facade.verify_month(month=MAY, by=SYSTEM).first
    assert first is not None
    assert (first.source, first.figure, first.actual) == ("electricity", "factors", "0.6")
    assert "值被直接改动" in first.cause


def test_verify_finds_an_edited_entry_and_edited_bytes() -> None:
    testing.make_closed_month(month=MAY)
    models.LedgerEntry.objects.filter(source_code="coal").update(tco2e=Decimal("1"))
    first = facade.verify_month(month=MAY, by=SYSTEM).first
    assert first is not None
    assert (first.source, first.actual) == ("coal", "1.000000")
    assert "直接改动" in first.cause
    period = models.LedgerPeriod.objects.get()
    models.LedgerPeriod.objects.update(canonical=period.canonical.replace("bituminous", "lignite"))
    first = facade.verify_month(month=MAY, by=SYSTEM).first
    assert first is not None
    assert first.figure == "sm3"


def test_a_new_factor_version_leaves_closed_months_alone() -> None:
    made = testing.make_closed_month(month=MAY)
    code = next(
        f["code"] for f in models.LedgerEntry.objects.get(source_code="electricity").factors if "grid" in f["code"]
    )
    facade.revise_factor(
        code=code, value="0.9", valid_from=MAY.first_day(), document="示例文件第 1 号", reason="测试新版本",
        by=SYSTEM, at=AFTER + timedelta(days=1),
    )  # fmt: skip
    assert facade.verify_month(month=MAY, by=SYSTEM).same
    models.LedgerPeriod.objects.all().delete()
    facade.recompute(month=MAY, by=SYSTEM, at=AFTER + timedelta(days=2))
    assert facade.entry_of(SYSTEM, made.enterprise.id, MAY, "electricity", "CO2").tco2e == Decimal("669.6")


def test_checks_warn_and_block() -> None:
    testing.load_factors()
    made = testing.make_carbon_enterprise()
    testing.put_month(MAY, {made.electricity: 10.0, made.gas: 1.0})
    during = from_us(MAY.end_us()) - timedelta(days=3)
    found = facade.check_month(month=MAY, by=SYSTEM, at=during)
    assert any(c.level == "block" and c.code == "month_not_over" for c in found)
    with pytest.raises(CannotClose, match="尚未结束"):
        facade.close_month(month=MAY, by=SYSTEM, at=during)
    found = facade.check_month(month=MAY, by=SYSTEM, at=AFTER)
    assert {c.code for c in found if c.level == "warn"} >= {"report", "missing_report"}
    assert not [c for c in found if c.level == "block"]
    closed = facade.close_month(month=MAY, by=SYSTEM, at=AFTER)
    assert closed.warnings
    coal = facade.entry_of(SYSTEM, made.enterprise.id, MAY, "coal", "CO2")
    assert coal.tco2e is None
    assert "烟煤" in coal.problem


def test_a_blank_factor_blocks_and_is_never_a_zero() -> None:
    testing.make_closed_month(month=MAY)
    june = MAY.next()
    models.Factor.objects.filter(kind="oxidation").update(value="", confidence="blank")
    facade_at = from_us(june.end_us()) + timedelta(days=5)
    from greenpark.domains.carbon.selectors import factors

    factors.forget()
    enterprise = models.LedgerPeriod.objects.get().enterprise_id
    testing.put_month(june, dict.fromkeys(_points(), 1.0))
    with pytest.raises(CannotClose) as refused:
        facade.close_month(month=june, by=SYSTEM, at=facade_at, enterprise_ids=[enterprise])
    assert any("没有数值" in r for r in refused.value.reasons)


def _points() -> list[int]:
    return sorted({p["point"] for s in models.Source.objects.all() for b in s.bindings for p in b.get("points", ())})


def test_coverage_below_the_parameter_warns_and_without_parameter_does_not() -> None:
    testing.load_factors()
    made = testing.make_carbon_enterprise()
    testing.put_month(MAY, {made.electricity: 10.0, made.gas: 1.0}, until=from_us(MAY.start_us()) + timedelta(days=10))
    assert not [c for c in facade.check_month(month=MAY, by=SYSTEM, at=AFTER) if c.code == "coverage"]
    facade.set_parameter(key="coverage_minimum", value="0.9", source="测试", by=SYSTEM, at=AFTER)
    found = [c for c in facade.check_month(month=MAY, by=SYSTEM, at=AFTER) if c.code == "coverage"]
    assert {c.source for c in found} == {"electricity", "gas"}
    assert "32.3%" in found[0].text  # 10 of 31 days


def test_late_data_shows_with_the_difference_and_is_booked_by_a_correction() -> None:
    made = testing.make_closed_month(month=MAY)
    testing.put(Readings.of([made.electricity], [MAY.start_us()], [3000.0]))
    assert facade.note_late(month=MAY, by=SYSTEM, at=AFTER) == 1
    period = facade.period(SYSTEM, MAY, made.enterprise.id)
    assert period is not None
    assert Decimal(str(period.late["tco2e"])) == Decimal("1.0612")  # 2 MWh x 0.5306
    clerk = _actor(1, "carbon.correct", "carbon.close")
    [correction] = facade.propose_late(
        enterprise_id=made.enterprise.id, month=MAY, reason="电表补传", by=clerk, at=AFTER
    )
    with pytest.raises(CorrectionRefused, match="另一人"):
        facade.decide_correction(correction_id=correction, approve=True, opinion="", by=clerk, at=AFTER)
    closed = period.figures.tco2e
    facade.decide_correction(correction_id=correction, approve=True, opinion="", by=_actor(2, "carbon.close"), at=AFTER)
    assert facade.note_late(month=MAY, by=SYSTEM, at=AFTER) == 0
    after = facade.period(SYSTEM, MAY, made.enterprise.id)
    assert after is not None
    assert after.figures.tco2e == closed
    assert after.corrected.tco2e == closed + Decimal("1.0612")
    [total] = facade.month_totals(SYSTEM, [MAY])
    assert total.figures.tco2e == after.corrected.tco2e
    assert sum(p.figures.tco2e for p in facade.by_source(SYSTEM, MAY)) == total.figures.tco2e


def _actor(id: int, *permissions: str) -> Actor:
    return Actor(id, f"某人{id}", None, frozenset(permissions), DataScope(everything=True))


def test_open_months_are_not_corrected_and_closed_reports_not_changed() -> None:
    made = testing.make_closed_month(month=MAY)
    with pytest.raises(CorrectionRefused, match="尚未月结"):
        facade.propose_correction(
            enterprise_id=made.enterprise.id, month=MAY.next(), source_code="coal",
            deltas={"tco2e": Decimal(1)}, reason="写错了", by=SYSTEM, at=AFTER,
        )  # fmt: skip
    with pytest.raises(ValueError, match="已月结"):
        facade.save_report(enterprise_id=made.enterprise.id, month=MAY, values={"bituminous": "1"}, by=SYSTEM, at=AFTER)


def test_scope_isolates() -> None:
    made = testing.make_closed_month("C01", month=MAY)
    other = testing.make_carbon_enterprise("C02")
    outsider = Actor(
        7, "外人", None, frozenset({"carbon.view", "carbon.close"}),
        DataScope(organisations=frozenset({other.enterprise.organisation_id})),
    )  # fmt: skip
    [total] = facade.month_totals(outsider, [MAY])
    assert total.enterprises == 0
    assert facade.ranking(outsider, MAY) == []
    with pytest.raises(NotFound):
        facade.entries(outsider, MAY, made.enterprise.id)
    with pytest.raises(NotFound):
        facade.close_month(month=MAY, by=outsider, at=AFTER, enterprise_ids=[made.enterprise.id])
    with pytest.raises(CannotClose):
        facade.verify_month(month=MAY, by=outsider)


def test_green_power_counts_only_with_evidence() -> None:
    testing.load_factors()
    made = testing.make_carbon_enterprise()
    testing.put_month(MAY, {made.electricity: 1000.0, made.gas: 1.0})
    testing.report(made, MAY, green="100", verify=False)
    testing.facade.recompute(month=MAY, by=SYSTEM, at=AFTER)
    entry = facade.entry_of(SYSTEM, made.enterprise.id, MAY, "electricity", "CO2")
    assert entry.tco2e_market == entry.tco2e
    facade.move_report(enterprise_id=made.enterprise.id, month=MAY, verb="withdraw", by=SYSTEM, at=AFTER)
    facade.attach(
        enterprise_id=made.enterprise.id, month=MAY, name="绿电结算单.pdf", content=b"%PDF-1.7 x", by=SYSTEM, at=AFTER
    )
    facade.move_report(enterprise_id=made.enterprise.id, month=MAY, verb="submit", by=SYSTEM, at=AFTER)
    facade.recompute(month=MAY, by=SYSTEM, at=AFTER)
    entry = facade.entry_of(SYSTEM, made.enterprise.id, MAY, "electricity", "CO2")
    assert entry.tco2e is not None
    assert entry.tco2e_market == Decimal("644") * Decimal("0.5306")
