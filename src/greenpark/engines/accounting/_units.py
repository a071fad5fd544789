"""Exact conversion between the units of activity data. Powers of ten and 3.6 only: nothing here is a measured value."""

from __future__ import annotations

from decimal import Decimal

from greenpark.engines.accounting._errors import BadUnit

#: unit -> (dimension, size in the dimension's base unit). Norm cubic metres are at 0 degrees C and 101.325 kPa.
UNITS: dict[str, tuple[str, Decimal]] = {
    "kg": ("mass", Decimal("0.001")),
    "t": ("mass", Decimal(1)),
    "1e4t": ("mass", Decimal(10_000)),
    "tCOD": ("mass", Decimal(1)),
    "kgCOD": ("mass", Decimal("0.001")),
    "Nm3": ("norm volume", Decimal("0.0001")),
    "1e4Nm3": ("norm volume", Decimal(1)),
    "GJ/tce": ("heat per standard coal", Decimal(1)),
    "kJ/kgce": ("heat per standard coal", Decimal("0.001")),
    "m3": ("volume", Decimal(1)),
    "1e4m3": ("volume", Decimal(10_000)),
    "kWh": ("electricity", Decimal("0.001")),
    "MWh": ("electricity", Decimal(1)),
    "1e4kWh": ("electricity", Decimal(10)),
    "GWh": ("electricity", Decimal(1000)),
    "MJ": ("heat", Decimal("0.001")),
    "GJ": ("heat", Decimal(1)),
    "TJ": ("heat", Decimal(1000)),
    "kgce": ("standard coal", Decimal("0.001")),
    "tce": ("standard coal", Decimal(1)),
    "1": ("share", Decimal(1)),
    "%": ("share", Decimal("0.01")),
    "kJ/kg": ("heat per mass", Decimal("0.001")),
    "MJ/kg": ("heat per mass", Decimal(1)),
    "GJ/t": ("heat per mass", Decimal(1)),
    "MJ/t": ("heat per mass", Decimal("0.001")),
    "TJ/Gg": ("heat per mass", Decimal(1)),
    "GJ/1e4Nm3": ("heat per norm volume", Decimal(1)),
    "kJ/Nm3": ("heat per norm volume", Decimal("0.01")),
    "MJ/Nm3": ("heat per norm volume", Decimal(10)),
    "tC/t": ("carbon per mass", Decimal(1)),
    "kgC/kg": ("carbon per mass", Decimal(1)),
    "tC/1e4Nm3": ("carbon per norm volume", Decimal(1)),
    "tC/GJ": ("carbon per heat", Decimal(1)),
    "tC/TJ": ("carbon per heat", Decimal("0.001")),
    "tCO2/MWh": ("CO2 per electricity", Decimal(1)),
    "kgCO2/kWh": ("CO2 per electricity", Decimal(1)),
    "tCO2/GJ": ("CO2 per heat", Decimal(1)),
    "kgCO2/GJ": ("CO2 per heat", Decimal("0.001")),
    "tCO2/t": ("CO2 per mass", Decimal(1)),
    "tCOD/m3": ("COD", Decimal(1)),
    "kgCOD/m3": ("COD", Decimal("0.001")),
    "mg/L": ("COD", Decimal("0.000001")),
    "tCH4/tCOD": ("CH4 per COD", Decimal(1)),
    "kgCH4/kgCOD": ("CH4 per COD", Decimal(1)),
    "tCH4/t": ("CH4 per mass", Decimal(1)),
    "kgCH4/t": ("CH4 per mass", Decimal("0.001")),
    "tCO2/1e4Nm3": ("CO2 per norm volume", Decimal(1)),
    "t/1e4Nm3": ("density", Decimal(1)),
    "kg/Nm3": ("density", Decimal(10)),
    "tCO2e/t": ("GWP", Decimal(1)),
    "MPa": ("pressure", Decimal(1)),
    "kPa": ("pressure", Decimal("0.001")),
    "bar": ("pressure", Decimal("0.1")),
    "degC": ("temperature", Decimal(1)),
    "kgce/kWh": ("standard coal per electricity", Decimal(1)),
    "gce/kWh": ("standard coal per electricity", Decimal("0.001")),
    "tce/MWh": ("standard coal per electricity", Decimal(1)),
    "kgce/MJ": ("standard coal per heat", Decimal(1)),
    "kgce/GJ": ("standard coal per heat", Decimal("0.001")),
    "tce/GJ": ("standard coal per heat", Decimal(1)),
    "kgce/kg": ("standard coal per mass", Decimal(1)),
    "kgce/t": ("standard coal per mass", Decimal("0.001")),
    "tce/t": ("standard coal per mass", Decimal(1)),
    "kgce/Nm3": ("standard coal per norm volume", Decimal(10)),
    "tce/1e4Nm3": ("standard coal per norm volume", Decimal(1)),
    "kgce/m3": ("standard coal per volume", Decimal(1)),
}

#: The same units as forms and meters write them.
ALIASES: dict[str, str] = {
    "万Nm3": "1e4Nm3",
    "万m3": "1e4m3",
    "万kWh": "1e4kWh",
    "m³": "m3",
    "Nm³": "Nm3",
    "万Nm³": "1e4Nm3",
    "万m³": "1e4m3",
    "吨": "t",
    "千克": "kg",
    "千瓦时": "kWh",
    "兆瓦时": "MWh",
    "℃": "degC",
}


def canonical(unit: str) -> str:
    """The unit's name in :data:`UNITS`. Raises BadUnit for one that is not there."""
    name = ALIASES.get(unit, unit)
    if name not in UNITS:
        raise BadUnit(f"不认识单位 {unit!r}")
    return name


def dimension(unit: str) -> str:
    """What a unit measures. Raises BadUnit."""
    return UNITS[canonical(unit)][0]


def convert(value: Decimal, unit: str, to: str) -> Decimal:
    """``value`` in another unit of the same dimension. Raises BadUnit across dimensions.

    A plain cubic metre is never taken for a norm cubic metre: the temperature and pressure decide, and they are not
    known here.
    """
    source, target = canonical(unit), canonical(to)
    if source == target:
        return value
    (what, size), (wanted, base) = UNITS[source], UNITS[target]
    if what != wanted:
        hint = "；气体体积应先折算到标准状态（0 ℃、101.325 kPa）" if {what, wanted} == {"volume", "norm volume"} else ""
        raise BadUnit(f"单位 {unit} 不能换算为 {to}{hint}")
    return value * size / base
