"""CO2 of bought heat: heat of steam or hot water, times the supplier's factor or the default."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal

from greenpark.engines.accounting._errors import (
    BadAmount,
    BadInputs,
    MissingEvidence,
    MissingParameter,
    NegativePurchase,
)
from greenpark.engines.accounting._inputs import HeatFlow, HeatForm, PurchasedHeat
from greenpark.engines.accounting._methods._documents import GB32150, GB32151_34, GUIDES
from greenpark.engines.accounting._methods._make import method
from greenpark.engines.accounting._model import Category, Flag, Line, Quantity, Term
from greenpark.engines.accounting._steam import steam_enthalpy
from greenpark.engines.accounting._units import convert
from greenpark.engines.accounting._working import Working, constant, evaluate

#: Heat capacity of water as the guides print it, and the temperature they count from.
WATER_HEAT = Decimal("0.0041868")
BASE_TEMPERATURE = Decimal(20)


@dataclass(frozen=True, slots=True)
class Options:
    """set: table of the default factor; deduction_set: table of the enthalpy deduction, "" when the caller decides."""

    set: str
    deduction_set: str
    waste_heat_zero: bool = False


def compute(question: PurchasedHeat, working: Working) -> Iterator[Line]:
    for number, flow in enumerate(question.purchased, start=1):
        yield _line(f"purchased-{number}", flow, question, working, 1)
    for number, flow in enumerate(question.exported, start=1):
        yield _line(f"exported-{number}", flow, question, working, -1)


def _line(id: str, flow: HeatFlow, question: PurchasedHeat, working: Working, sign: int) -> Line:
    label = flow.label or ("外购热力" if sign > 0 else "外供热力（扣除）")
    if flow.amount.value < 0:
        raise NegativePurchase(f"{label}不能为负：{flow.amount.value} {flow.amount.unit}；外供热力请单列为 exported")
    formula, terms = _heat(flow, label, question, working)
    if evaluate(formula, {term.symbol: term.value for term in terms}) < 0:
        raise BadAmount(f"{label}：焓值或温度低于扣减基准，热量为负；请核对焓值单位（kJ/kg）与温度（℃）")
    factor = _factor(flow, label, working)
    formula = f"{formula} * EF"
    return working.line(
        id,
        label,
        formula if sign > 0 else f"-({formula})",
        (*terms, factor),
        activity=flow.amount,
        flags=() if sign > 0 else (Flag.EXPORT_DEDUCTED,),
        notes=(f"凭证 {flow.evidence}",) if flow.evidence else (),
    )


def _heat(flow: HeatFlow, label: str, question: PurchasedHeat, working: Working) -> tuple[str, tuple[Term, ...]]:
    if flow.form is HeatForm.HEAT:
        return "H", (working.amount("H", "热量", flow.amount, "GJ"),)
    mass = working.amount("m", "蒸汽或热水量", flow.amount, "t")
    if flow.form is HeatForm.STEAM:
        enthalpy = _enthalpy(flow, label, working)
        return "m * (h - h0)", (mass, enthalpy, _deduction(question.enthalpy_deduction, working))
    if flow.temperature is None:
        raise BadInputs(f"{label}：热水须给出温度 temperature（℃）")
    temperature = working.amount("T", "热水温度", flow.temperature, "degC")
    base = constant("T0", "基准温度", BASE_TEMPERATURE, "degC", working.method.edition)
    heat = constant("c", "水的比热", WATER_HEAT, "GJ/(t.K)", working.method.edition)
    return "m * (T - T0) * c", (mass, temperature, base, heat)


def _enthalpy(flow: HeatFlow, label: str, working: Working) -> Term:
    """Enthalpy as given, or by IAPWS-IF97 from the metered pressure and temperature."""
    if (flow.enthalpy is None) == (flow.pressure is None):
        raise BadInputs(f"{label}：蒸汽的焓值 enthalpy 与绝对压力 pressure 须给出一种，且只能给出一种")
    if flow.enthalpy is not None:
        return working.amount("h", "蒸汽焓值", flow.enthalpy, "GJ/t")
    assert flow.pressure is not None
    pressure = working.amount("p", "绝对压力", flow.pressure, "MPa")
    temperature = working.amount("T", "温度", flow.temperature, "degC") if flow.temperature else None
    found = steam_enthalpy(pressure.value, temperature.value if temperature else None)
    state = f"{pressure.value} MPa，" + (f"{temperature.value} ℃" if temperature else "干饱和")
    term = constant("h", "蒸汽焓值", convert(found, "kJ/kg", "GJ/t"), "GJ/t", "IAPWS-IF97")
    return replace(term, tier=flow.pressure.tier, ref=flow.pressure.ref, note=f"{state}，{found} kJ/kg")


def _deduction(own: Quantity | None, working: Working) -> Term:
    options: Options = working.method.options
    if own is not None:
        return working.amount("h0", "热焓扣减值", own, "GJ/t")
    if not options.deduction_set:
        raise MissingParameter(
            f"方法 {working.method.id} 是否扣减 83.74 kJ/kg 尚未核对原文："
            "须以 enthalpy_deduction 给出扣减值（不扣减给 0）"
        )
    return working.factor("h0", "热焓扣减值", "steam-deduction", "steam", set=options.deduction_set, unit="GJ/t")


def _factor(flow: HeatFlow, label: str, working: Working) -> Term:
    """The supplier's measured factor first, the default second; waste heat is zero only by rule and evidence."""
    options: Options = working.method.options
    if flow.waste_heat:
        if not options.waste_heat_zero:
            raise MissingParameter(f"方法 {working.method.id} 没有余热按零计的规定；请给出供方实测因子 emission_factor")
        if not flow.evidence:
            raise MissingEvidence(f"{label}：余热按零计须有凭证 evidence")
        return constant("EF", "余热排放因子", Decimal(0), "tCO2/GJ", "电石等补充数据表：余热回收的热力为 0")
    if flow.emission_factor is not None:
        if not flow.emission_factor.ref:
            raise MissingEvidence(f"{label}：供方实测的供热因子须在 ref 中写明出处")
        return working.amount("EF", "供方实测供热排放因子", flow.emission_factor, "tCO2/GJ")
    return working.factor("EF", "热力排放因子（缺省）", "heat", "purchased_heat", set=options.set)


_TITLES = ("外购热力 CO2 排放", "CO2 of purchased heat")
_E = "E = m × (h − h0) × 10⁻³ × EF"
_PAGE = "accounting-heat.md"

METHODS = (
    method(
        "heat", "guides-2013", GUIDES, _TITLES, Category.HEAT, _E, PurchasedHeat, compute,
        options=Options("guides-2013", "guides-2013", waste_heat_zero=True), page=_PAGE,
    ),
    method(
        "heat", "gb32151-34-2024", GB32151_34, _TITLES, Category.HEAT, _E, PurchasedHeat, compute,
        options=Options("gb32151-34-2024", "gb32151-34-2024"), confirmed=True, page=_PAGE,
    ),
    method(
        "heat", "gb32150-2025", GB32150, _TITLES, Category.HEAT, _E, PurchasedHeat, compute,
        options=Options("gb32150-2025", ""), confirmed=True, page=_PAGE,
    ),
)  # fmt: skip
