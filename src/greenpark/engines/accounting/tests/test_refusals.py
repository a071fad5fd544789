"""What the engine refuses, and that it says what is missing. No case may come back as a zero."""

from __future__ import annotations

from datetime import date
from decimal import Decimal, getcontext, localcontext
from typing import Any

import pytest

from greenpark.engines import accounting as a
from greenpark.engines.accounting import FactorBook, run

MARCH, AUGUST = date(2026, 3, 1), date(2026, 8, 1)


def q(value: object, unit: str, **more: str) -> dict[str, str]:
    return {"value": str(value), "unit": unit, **more}


def fuel(**changes: Any) -> dict[str, Any]:
    return {"fuels": [{"fuel": "coke", "amount": q(100, "t"), "set": "A"} | changes]}


def buy(**changes: Any) -> dict[str, Any]:
    return {"consumed": q(1000, "MWh")} | changes


def claim(kind: str = "green-power", mwh: object = 100, **changes: Any) -> dict[str, Any]:
    return {"kind": kind, "amount": q(mwh, "MWh"), "evidence": "合同"} | changes


def heat(**changes: Any) -> dict[str, Any]:
    return {"purchased": [{"form": "heat", "amount": q(10, "GJ")} | changes]}


def clinker(**changes: Any) -> dict[str, Any]:
    line = {"clinker": q(1, "t"), "cao": q(65, "%"), "mgo": q(2, "%"), "cao_other": q(0, "1"), "mgo_other": q(0, "1")}
    return {"lines": [line | changes]}


def carbonate(name: str) -> dict[str, Any]:
    return {"carbonates": [{"carbonate": name, "amount": q(1, "t")}]}


def steam(kj_per_kg: object) -> dict[str, Any]:
    return heat(form="steam", amount=q(1, "t"), enthalpy=q(kj_per_kg, "kJ/kg"))


def balance(inputs: list[Any], outputs: list[Any]) -> dict[str, Any]:
    return {"inputs": inputs, "outputs": outputs}


HAY = {"reductants": [{"material": "hay", "amount": q(1, "t")}]}
SILICOMANGANESE = {"alloys": [{"alloy": "simn", "amount": q(1, "t"), "operation": "batch"}]}
TWICE = [claim(certificates=["A"]), claim("certificate", certificates=["A"])]
COAL = {"material": "coking_coal", "amount": q(100, "t"), "carbon": q("0.8", "tC/t")}
COKE = {"material": "coke", "amount": q(70, "t"), "carbon": q("0.86", "tC/t")}
GAS = {"material": "coke_oven_gas", "amount": q(3, "1e4Nm3"), "set": "A"}
GUIDE_FUEL = "fuel-combustion.guides-2013"
MARKET = "electricity-market.gb32151-34-2024"
GHGP = "electricity-market.ghgp-scope2-2015"
NATIONAL = "electricity-location.gb32150-2025"
WASTE = "wastewater-ch4.guides-2013"

CASES: list[tuple[str, dict[str, Any], date, type[Exception], str]] = [
    ("no-such.method", {}, MARCH, a.UnknownMethod, "fuel-combustion"),
    ("fuel-combustion.gb32150-2025", fuel(), date(2026, 6, 30), a.MethodOutOfForce, "fuel-combustion.guides-2013"),
    (GUIDE_FUEL, fuel(), date(2013, 10, 14), a.MethodOutOfForce, "没有适用"),
    (GUIDE_FUEL, {"fuel": []}, MARCH, a.BadInputs, "fuel"),
    (GUIDE_FUEL, fuel(colour="black"), MARCH, a.BadInputs, "colour"),
    (GUIDE_FUEL, fuel(amount={"value": "x", "unit": "t"}), MARCH, a.BadInputs, "amount"),
    (GUIDE_FUEL, fuel(amount=q(-1, "t")), MARCH, a.BadAmount, "不能为负"),
    (GUIDE_FUEL, fuel(amount=q("NaN", "t")), MARCH, a.BadInputs, "有限"),
    (GUIDE_FUEL, fuel(amount=q("Infinity", "t")), MARCH, a.BadInputs, "有限"),
    (GUIDE_FUEL, fuel(amount=q(1, "bushel")), MARCH, a.BadUnit, "bushel"),
    (GUIDE_FUEL, fuel(amount=q(1, "m3")), MARCH, a.MissingParameter, "标准状态"),
    (GUIDE_FUEL, fuel(amount=q(1, "MWh")), MARCH, a.MissingParameter, "质量"),
    (GUIDE_FUEL, fuel(set=""), MARCH, a.MissingParameter, "set"),
    (GUIDE_FUEL, fuel(fuel="peat"), MARCH, a.MissingFactor, "peat"),
    (GUIDE_FUEL, fuel(fuel="bituminous", set="D", device="cement_kiln"), MARCH, a.MissingFactor, "fuel.D.bituminous"),
    (GUIDE_FUEL, fuel(set="D"), MARCH, a.MissingFactor, "碳氧化率"),
    (GUIDE_FUEL, fuel(set="I", amount=q(1, "Nm3")), MARCH, a.MissingFactor, "同一基准"),
    (GUIDE_FUEL, fuel(oxidation=q(120, "%")), MARCH, a.BadAmount, "0 与 1"),
    ("fuel-combustion.power-2022", fuel(), MARCH, a.MissingParameter, "缺省值表 C"),
    ("carbonate.guides-2013", carbonate("ZnCO3"), MARCH, a.MissingFactor, "Zn"),
    ("coking.guide-2014", balance([COAL], [COKE]), MARCH, a.BadInputs, "coke_oven_gas"),
    ("coking.guide-2014", balance([], [COKE, GAS]), MARCH, a.BadInputs, "coking_coal"),
    ("carbon-balance.chemical-2013", balance([], [COKE]), MARCH, a.BadInputs, "没有输入"),
    ("carbon-balance.chemical-2013", balance([COKE], [COAL]), MARCH, a.NegativeBalance, "tC"),
    (
        "carbon-balance.chemical-2013",
        balance([{"material": "rice", "amount": q(1, "t")}], []),
        MARCH,
        a.MissingFactor,
        "rice",
    ),
    (
        "coking.guide-2014",
        balance([COAL], [COKE, GAS | {"burnt_on_site": q(4, "1e4Nm3")}]),
        MARCH,
        a.BadInputs,
        "大于输出量",
    ),
    ("smelting-reductant.nonferrous-2015", HAY, MARCH, a.MissingFactor, "hay"),
    ("alloy-tier1.ipcc-2006", SILICOMANGANESE, MARCH, a.MissingFactor, "simn"),
    ("cement-clinker.guide-2013", clinker(cao_other=q(5, "%")), MARCH, a.MissingEvidence, "XRF"),
    ("cement-clinker.guide-2013", clinker(cao_other=q(70, "%"), xrf_ref="x"), MARCH, a.BadAmount, "大于总含量"),
    ("cement-clinker.guide-2013", clinker(raw_meal=q(1, "t")), MARCH, a.BadInputs, "同时给出"),
    ("electricity-location.guides-2013", {"purchased": q(1, "MWh")}, MARCH, a.MissingParameter, "grid"),
    (NATIONAL, {"purchased": q(-1, "MWh")}, AUGUST, a.NegativePurchase, "接线"),
    (NATIONAL, {"purchased": q(1, "MWh"), "exported": q(-1, "MWh")}, AUGUST, a.NegativePurchase, ""),
    (
        NATIONAL,
        {"purchased": q(1, "MWh"), "grid": {"region": "西藏"}},
        AUGUST,
        a.MissingFactor,
        "grid.2023.CN-XZ",
    ),
    (
        NATIONAL,
        {"purchased": q(1, "MWh"), "emission_factor": q("0.5", "tCO2/MWh")},
        AUGUST,
        a.MissingEvidence,
        "文件号",
    ),
    (MARKET, buy(instruments=[claim(evidence=" ")]), MARCH, a.MissingEvidence, "凭证"),
    (MARKET, buy(instruments=[claim(mwh=1001)]), MARCH, a.OverClaimed, "1001"),
    (MARKET, buy(instruments=[claim("certificate")]), MARCH, a.MissingParameter, "certificates"),
    (GHGP, buy(instruments=TWICE), MARCH, a.DoubleClaim, "A"),
    (NATIONAL, {"purchased": q("NaN", "MWh")}, AUGUST, a.BadInputs, "purchased"),
    (MARKET, buy(consumed=q(-5, "MWh")), MARCH, a.NegativePurchase, ""),
    ("heat.guides-2013", heat(amount=q(-1, "GJ")), MARCH, a.NegativePurchase, "exported"),
    ("heat.guides-2013", heat(form="steam", amount=q(1, "t")), MARCH, a.BadInputs, "enthalpy"),
    ("heat.guides-2013", heat(form="hot-water", amount=q(1, "t")), MARCH, a.BadInputs, "temperature"),
    ("heat.guides-2013", steam("2.8"), MARCH, a.BadAmount, "kJ/kg"),
    ("heat.guides-2013", heat(waste_heat=True), MARCH, a.MissingEvidence, "余热"),
    ("heat.gb32150-2025", heat(waste_heat=True, evidence="x"), AUGUST, a.MissingParameter, "余热"),
    ("heat.gb32150-2025", steam(2800), AUGUST, a.MissingParameter, "83.74"),
    ("heat.guides-2013", heat(emission_factor=q("0.1", "tCO2/GJ")), MARCH, a.MissingEvidence, "ref"),
    (WASTE, {}, MARCH, a.BadInputs, "cod_removed"),
    (WASTE, {"cod_removed": q(1, "t"), "water": q(1, "m3")}, MARCH, a.BadInputs, "一种"),
    (WASTE, {"water": q(1, "m3"), "cod_in": q(1, "mg/L"), "cod_out": q(2, "mg/L")}, MARCH, a.BadAmount, "填反"),
    (WASTE, {"cod_removed": q(1, "t"), "recovered": q(1, "t")}, MARCH, a.BadAmount, "回收"),
    (WASTE, {"cod_removed": q(1, "t"), "gwp": "AR9"}, MARCH, a.MissingFactor, "AR9"),
    (
        "co2-recovery.guides-2013",
        {"streams": [{"volume": q(1, "1e4Nm3"), "purity": q(1, "1"), "destination": ""}]},
        MARCH,
        a.MissingEvidence,
        "去向",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("method", "inputs", "on", "error", "says"), CASES)
def test_refused(
    method: str, inputs: dict[str, Any], on: date, error: type[Exception], says: str, book: FactorBook
) -> None:
    with pytest.raises(error) as caught:
        run(method, inputs, book, on)
    assert isinstance(caught.value, a.AccountingError)
    assert says in str(caught.value)


def test_an_empty_list_is_flagged_not_measured(book: FactorBook) -> None:
    result = run(GUIDE_FUEL, {"fuels": []}, book, MARCH)
    assert result.total == 0
    assert a.Flag.EMPTY in result.flags
    assert result.tier is None


def test_a_zero_amount_is_a_real_zero(book: FactorBook) -> None:
    result = run(GUIDE_FUEL, fuel(amount=q(0, "t")), book, MARCH)
    assert result.total == 0
    assert a.Flag.EMPTY not in result.flags


def test_the_worst_tier_and_the_way_back_are_carried(book: FactorBook) -> None:
    result = run(GUIDE_FUEL, fuel(amount=q(1, "t", tier="estimated", ref="rollup:7")), book, MARCH)
    assert result.tier is a.Tier.ESTIMATED
    assert a.Flag.ESTIMATED in result.flags
    assert result.lines[0].terms[0].ref == "rollup:7"


def test_the_callers_decimal_context_changes_nothing(book: FactorBook) -> None:
    wanted = run(GUIDE_FUEL, fuel(amount=q("123.456789", "t")), book, MARCH)
    with localcontext() as context:
        context.prec = 5
        assert run(GUIDE_FUEL, fuel(amount=q("123.456789", "t")), book, MARCH) == wanted
    assert getcontext().prec == 28


def test_certificates_beside_or_deducted_never_in_silence(book: FactorBook) -> None:
    claims = [claim(mwh=300), claim("certificate", 100, certificates=["G1..G100"])]
    beside = run(MARKET, buy(instruments=claims, certificates="memo"), book, MARCH)
    deducted = run(MARKET, buy(instruments=claims, certificates="deduct"), book, MARCH)
    factor = Decimal("0.5306")
    assert (beside.total, deducted.total) == (700 * factor, 600 * factor)
    assert [line.id for line in beside.memo] == ["certificate-2"]
    assert a.Flag.CERTIFICATES not in beside.flags
    assert a.Flag.CERTIFICATES in deducted.flags
    assert [line.id for line in deducted.lines] == ["green-power-1", "certificate-2", "rest"]


def test_gas_burnt_on_site_stands_beside_and_matches_the_fuel_entry(book: FactorBook) -> None:
    gas = GAS | {"burnt_on_site": q(2, "1e4Nm3")}
    result = run("coking.guide-2014", balance([COAL], [COKE, gas]), book, MARCH)
    burnt = run(GUIDE_FUEL, {"fuels": [{"fuel": "coke_oven_gas", "amount": q(2, "1e4Nm3"), "set": "A"}]}, book, MARCH)
    assert a.Flag.GAS_BURNT in result.flags
    assert float(result.memo[0].value) * 0.99 == pytest.approx(float(burnt.total), rel=1e-12)
    without = run("coking.guide-2014", balance([COAL], [COKE, GAS]), book, MARCH)
    assert result.total == without.total


def test_editions_in_force_newest_first() -> None:
    ids = [method.id for method in a.methods_in_force("heat", AUGUST)]
    assert ids == ["heat.gb32150-2025", "heat.gb32151-34-2024", "heat.guides-2013"]
    assert [m.id for m in a.methods_in_force("heat", date(2024, 1, 1))] == ["heat.guides-2013"]


def test_gases_follow_the_assessment_report(book: FactorBook) -> None:
    ratio = {
        edition: run(WASTE, {"cod_removed": q(1, "t"), "gwp": edition}, book, MARCH).total
        for edition in ("SAR", "AR4", "AR5", "AR6")
    }
    mass = Decimal("0.125")
    assert ratio == {"SAR": 21 * mass, "AR4": 25 * mass, "AR5": 28 * mass, "AR6": Decimal("27.9") * mass}
    fossil = run(WASTE, {"cod_removed": q(1, "t"), "gwp": "AR6", "gwp_subject": "CH4-fossil"}, book, MARCH)
    assert fossil.total == Decimal("29.8") * mass
    assert fossil.gwp_edition == "AR6"
    assert (fossil.by_gas[0].gas, fossil.by_gas[0].mass) == ("CH4", mass)
