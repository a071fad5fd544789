"""Ways of a method that the worked examples do not take, each against a figure found another way."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from greenpark.engines import accounting as a
from greenpark.engines.accounting import FactorBook, in_gwp, run
from greenpark.kernel.factors import KIND_NAMES, KINDS

MARCH = date(2026, 3, 1)


def q(value: object, unit: str, **more: str) -> dict[str, str]:
    return {"value": str(value), "unit": unit, **more}


def test_hot_water_of_seventy_kelvin_holds_one_tonne_of_standard_coal(book: FactorBook) -> None:
    """100 t x 70 K x 4.1868 kJ/(kg K) = 29.3076 GJ, which is the definition of 1 tce."""
    flow = {"form": "hot-water", "amount": q(100, "t"), "temperature": q(90, "degC")}
    result = run("heat.guides-2013", {"purchased": [flow]}, book, MARCH)
    assert result.total == Decimal("29.3076") * Decimal("0.11")


def test_the_steam_deduction_is_the_only_difference_of_the_editions(book: FactorBook) -> None:
    flow = {"form": "steam", "amount": q(100, "t"), "enthalpy": q("2793.8", "kJ/kg")}
    older = run("heat.guides-2013", {"purchased": [flow]}, book, MARCH).total
    newer = run("heat.gb32151-34-2024", {"purchased": [flow]}, book, MARCH).total
    assert older / newer == pytest.approx(1 - Decimal("83.74") / Decimal("2793.8"))
    own = {"purchased": [flow], "enthalpy_deduction": q("0", "kJ/kg")}
    assert run("heat.guides-2013", own, book, MARCH).total == newer


def test_waste_heat_counts_nothing_by_rule_and_evidence(book: FactorBook) -> None:
    flow = {"form": "heat", "amount": q(100, "GJ"), "waste_heat": True, "evidence": "余热锅炉计量 2026-03"}
    result = run("heat.guides-2013", {"purchased": [flow]}, book, MARCH)
    assert result.total == 0
    assert "余热" in result.lines[0].terms[-1].name_zh


def test_exports_are_lines_of_their_own(book: FactorBook) -> None:
    heat = {"form": "heat", "amount": q(100, "GJ")}
    result = run("heat.guides-2013", {"purchased": [heat], "exported": [heat]}, book, MARCH)
    assert result.total == 0
    assert [line.value for line in result.lines] == [Decimal(11), Decimal(-11)]
    assert a.Flag.EXPORT_DEDUCTED in result.flags


def test_oxidation_by_device(book: FactorBook) -> None:
    def burnt(device: str) -> Decimal:
        fuel = {"fuel": "anthracite", "amount": q(1, "t"), "set": "D", "device": device}
        return run("fuel-combustion.guides-2013", {"fuels": [fuel]}, book, MARCH).total

    kiln, boiler = burnt("cement_kiln"), burnt("industrial_boiler")
    assert boiler / kiln == pytest.approx(Decimal("0.85") / Decimal("0.99"))
    assert float(kiln) == pytest.approx(22.867 * 0.02749 * 0.99 * 44 / 12)


def test_measured_carbon_equals_heat_times_carbon_per_heat(book: FactorBook) -> None:
    """CC = C / NCV: both ways of stating a coal give the same CO2."""
    base = {"fuel": "anthracite", "amount": q(1000, "t"), "oxidation": q("0.98", "1")}
    by_carbon = base | {"carbon": q("0.5", "tC/t")}
    by_heat = base | {"ncv": q(20, "GJ/t"), "carbon_per_heat": q("0.025", "tC/GJ")}
    totals = {run("fuel-combustion.guides-2013", {"fuels": [f]}, book, MARCH).total for f in (by_carbon, by_heat)}
    assert len(totals) == 1


def test_raw_meal_carbon_of_clinker(book: FactorBook) -> None:
    line: dict[str, Any] = {"clinker": q(1000, "t"), "cao": q(65, "%"), "mgo": q(2, "%")}
    line |= {"cao_other": q(0, "%"), "mgo_other": q(0, "%")}
    plain = run("cement-clinker.guide-2013", {"lines": [line]}, book, MARCH).total
    line |= {"raw_meal": q(1500, "t"), "raw_meal_carbon": q("0.2", "%")}
    full = run("cement-clinker.guide-2013", {"lines": [line]}, book, MARCH).total
    assert float(full - plain) == pytest.approx(1500 * 0.002 * 44 / 12)
    assert 0.45 < float(plain) / 1000 < 0.6  # IPCC tier 1: 0.52


def test_every_step_of_carbon_materials_adds_up(book: FactorBook) -> None:
    p = lambda value: q(value, "1")  # noqa: E731
    baking = {
        "packing": q(100, "t"), "packing_carbon": p("0.85"), "packing_volatile": p("0.01"),
        "green_blocks": q(1000, "t"), "green_blocks_carbon": p("0.88"), "green_blocks_volatile": p("0.11"),
        "waste_carbon": q(40, "t"), "baked_blocks": q(900, "t"), "baked_blocks_carbon": p("0.97"),
        "volatile_share": p("0.35"),
    }  # fmt: skip
    graphite = {
        "packing": q(100, "t"), "packing_carbon": p("0.9"), "packing_volatile": p("0.02"), "charge": q(900, "t"),
        "charge_carbon": p("0.97"), "waste_carbon": q(60, "t"), "products": q(880, "t"),
        "products_carbon": p("0.999"), "volatile_share": p("0.35"),
    }  # fmt: skip
    question = {"baking": [baking], "graphitisation": [graphite]}
    result = run("carbon-materials.gb32151-34-2024", question, book, MARCH)
    oxidised = (85 + 880 - 40 - 873) + (90 + 873 - 60 - 879.12)
    volatile = (1 + 110) * 0.35 + 2 * 0.35
    assert float(result.total) == pytest.approx(oxidised * 44 / 12 + volatile * 44 / 16)
    less = graphite | {"products": q(1000, "t")}
    with pytest.raises(a.NegativeBalance):
        run("carbon-materials.gb32151-34-2024", {"graphitisation": [less]}, book, MARCH)


def test_another_assessment_report_weighs_the_same_masses(book: FactorBook) -> None:
    result = run("wastewater-ch4.guides-2013", {"cod_removed": q(8, "t")}, book, MARCH)
    (methane,) = in_gwp(result, "AR5", book)
    assert (result.total, methane.mass, methane.co2e) == (21, 1, 28)
    with pytest.raises(a.MissingFactor):
        in_gwp(result, "AR9", book)


def test_a_struct_and_its_json_are_the_same_question(book: FactorBook) -> None:
    inputs = {"carbonates": [{"carbonate": "CaCO3", "amount": q(1, "t")}]}
    method = a.METHODS["carbonate.guides-2013"]
    asked = a.check_inputs(method, inputs)
    assert run(method.id, asked, book, MARCH) == run(method.id, inputs, book, MARCH)
    with pytest.raises(a.BadInputs, match="FuelCombustion"):
        run("fuel-combustion.guides-2013", asked, book, MARCH)


def test_every_flag_and_kind_has_its_words() -> None:
    assert set(a.FLAG_NAMES) == set(a.Flag)
    assert set(KIND_NAMES) == set(KINDS)
