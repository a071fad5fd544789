"""How units are printed for people: Chinese words as bureaus write them, or symbols with proper superscripts.

Machines (API, files, formulas) keep the symbols of the left column. A compound such as ``tCO2/MWh`` is printed part by
part; a unit that nobody listed is printed as it is, with its digits raised.
"""

from __future__ import annotations

#: Symbol -> Chinese word. Symbols that bureaus print as they are (mg/m³, ℃) have no row.
UNIT_NAMES: dict[str, str] = {
    "t": "吨",
    "kg": "千克",
    "g": "克",
    "1e4Nm3": "万标立方米",
    "Nm3": "标立方米",
    "m3": "立方米",
    "kW": "千瓦",
    "MW": "兆瓦",
    "kWh": "千瓦时",
    "MWh": "兆瓦时",
    "GWh": "吉瓦时",
    "kJ": "千焦",
    "MJ": "兆焦",
    "GJ": "吉焦",
    "TJ": "太焦",
    "kgce": "千克标准煤",
    "gce": "克标准煤",
    "tce": "吨标准煤",
    "tC": "吨碳",
    "tCO2": "吨 CO₂",
    "tCO2e": "吨 CO₂e",
    "kgCO2": "千克 CO₂",
    "tCH4": "吨 CH₄",
    "kgCH4": "千克 CH₄",
    "kgCOD": "千克 COD",
    "h": "小时",
}

#: Symbol -> how it is printed where no word is used.
SYMBOLS: dict[str, str] = {
    "1e4Nm3": "10⁴ Nm³",
    "Nm3": "Nm³",
    "m3": "m³",
    "tCO2": "tCO₂",
    "tCO2e": "tCO₂e",
    "kgCO2": "kgCO₂",
    "tCH4": "tCH₄",
    "kgCH4": "kgCH₄",
    "ug": "µg",
    "degC": "℃",
    "C": "℃",
    "%": "%",
}

#: Concentrations are printed in symbols in either language: mg/m³.
_CONCENTRATIONS = frozenset({"mg", "ug", "µg", "ng", "ppm", "ppb"})


def unit_name(unit: str) -> str:
    """The unit in Chinese: ``t`` -> «吨», ``tCO2/MWh`` -> «吨 CO₂/兆瓦时», ``mg/m3`` -> «mg/m³», ``1`` and "" -> ""."""
    if unit in ("", "1"):
        return ""
    parts = unit.split("/")
    if parts[0] in _CONCENTRATIONS or not any(part in UNIT_NAMES for part in parts):
        return unit_symbol(unit)
    return "/".join(UNIT_NAMES.get(part, SYMBOLS.get(part, part)) for part in parts)


def unit_symbol(unit: str) -> str:
    """The unit in symbols: ``m3`` -> «m³», ``1e4Nm3`` -> «10⁴ Nm³», ``degC`` -> «℃»."""
    return "" if unit in ("", "1") else "/".join(SYMBOLS.get(part, part) for part in unit.split("/"))
