"""Spellings of units that devices and files use. Only spellings: nothing here converts a value."""

from __future__ import annotations

import unicodedata

#: Spelling -> the form that points are registered with. Case is kept elsewhere, because mW and MW differ.
SPELLINGS: dict[str, str] = {
    "kwh": "kWh",
    "KWh": "kWh",
    "KWH": "kWh",
    "Kwh": "kWh",
    "kW*h": "kWh",
    "kW.h": "kWh",
    "千瓦时": "kWh",
    "度": "kWh",
    "MWH": "MWh",
    "Mwh": "MWh",
    "兆瓦时": "MWh",
    "KW": "kW",
    "kw": "kW",
    "千瓦": "kW",
    "兆瓦": "MW",
    "立方米": "m3",
    "方": "m3",
    "M3": "m3",
    "Nm3": "Nm3",
    "NM3": "Nm3",
    "标立方米": "Nm3",
    "m3/H": "m3/h",
    "吨": "t",
    "T": "t",
    "公斤": "kg",
    "KG": "kg",
    "Kg": "kg",
    "千克": "kg",
    "℃": "°C",
    "oC": "°C",
    "degC": "°C",
    "摄氏度": "°C",
    "mg/Nm3": "mg/Nm3",
    "毫克/立方米": "mg/m3",
    "ug/m3": "µg/m3",
    "微克/立方米": "µg/m3",
    "μg/m3": "µg/m3",
    "百分比": "%",
}


def same_unit(sent: str, registered: str) -> bool:
    """Whether two texts write the same unit. ``kW·h`` is ``kWh``; ``Wh`` is not."""
    return sent == registered or canonical(sent) == canonical(registered)


def canonical(unit: str) -> str:
    """One spelling for each unit: full-width and superscript forms, dots, spaces and known synonyms are folded."""
    text = unit.strip().replace("℃", "°C").replace("·", "").replace("⋅", "").replace(" ", "")
    text = unicodedata.normalize("NFKC", text).replace("μ", "µ").replace("^", "").replace("³", "3")
    return SPELLINGS.get(text, text)
