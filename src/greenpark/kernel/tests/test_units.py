"""Units as people read them."""

from __future__ import annotations

import pytest

from greenpark.kernel import units


@pytest.mark.parametrize(
    ("unit", "chinese", "symbol"),
    [
        ("t", "吨", "t"),
        ("1e4Nm3", "万标立方米", "10⁴ Nm³"),
        ("kWh", "千瓦时", "kWh"),
        ("m3", "立方米", "m³"),
        ("mg/m3", "mg/m³", "mg/m³"),
        ("µg/m3", "µg/m³", "µg/m³"),
        ("ug/m3", "µg/m³", "µg/m³"),
        ("℃", "℃", "℃"),
        ("tCO2/MWh", "吨 CO₂/兆瓦时", "tCO₂/MWh"),
        ("GJ/1e4Nm3", "吉焦/万标立方米", "GJ/10⁴ Nm³"),
        ("kW", "千瓦", "kW"),
        ("%", "%", "%"),
        ("pH", "pH", "pH"),
        ("1", "", ""),
        ("", "", ""),
    ],
)
def test_units_in_words_and_symbols(unit: str, chinese: str, symbol: str) -> None:
    assert (units.unit_name(unit), units.unit_symbol(unit)) == (chinese, symbol)
