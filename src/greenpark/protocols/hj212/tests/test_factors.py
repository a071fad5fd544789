"""The factor table against rows read in the standard by hand."""

from __future__ import annotations

from pathlib import Path

import pytest

from greenpark.protocols.hj212.factors import BrokenFactorTable, load_factors

TABLE = Path(__file__).parents[5] / "packs/standards/hj212/factors.csv"


@pytest.mark.parametrize(
    ("item", "name", "unit"),
    [
        ("w00000-Rtd", "污水", "L/s"),
        ("w00000-Cou", "污水", "m3"),
        ("w01018-Avg", "化学需氧量", "mg/L"),
        ("w01018-Cou", "化学需氧量", "kg"),
        ("011-Rtd", "化学需氧量", "mg/L"),
        ("060-Rtd", "氨氮", "mg/L"),
        ("B01-Rtd", "污水", "L/s"),
        ("w20111-Cou", "总汞", "g"),
        ("a00000-Rtd", "废气", "m3/s"),
        ("a05001-Avg", "二氧化碳", "mg/m3"),
        ("a21026-Cou", "二氧化硫", "kg"),
        ("a34013-ZsAvg", "烟尘", "mg/m3"),
        ("a34002-Rtd", "可吸入颗粒物 PM10", "ng/m3"),
        ("S03-Rtd", "烟气温度", "℃"),
        ("Leq-Data", "等效声级", "dB"),
        ("e30201-Rtd", "鼓风机", "A"),
        ("g10299-Rtd", "增压风机电流", "A"),
        ("g11901-Rtd", "脱硫率", "%"),
        ("i33201-Info", "污水处理站（厂）累计耗电量", "kWh"),
        ("i33312-Info", "炉膛内上部焚烧温度", "℃"),
        ("i33400-Info", "生产负荷", "%"),
        ("zzz-Rtd", "", ""),
    ],
)
def test_names_and_units(item: str, name: str, unit: str) -> None:
    assert load_factors(TABLE).describe(item) == (name, unit)


def test_the_whole_of_appendix_b_with_a_source_in_every_row() -> None:
    factors = load_factors(TABLE).factors
    counts: dict[str, int] = {}
    for factor in factors:
        assert factor.source
        counts[factor.source[-4:].strip()] = counts.get(factor.source[-4:].strip(), 0) + 1
    assert counts["B.1"] == 63
    assert counts["B.2"] == 121
    assert counts["B.3"] == 12
    assert len({f.code for f in factors}) == len(factors) - 2  # e701xx and g119xx are printed twice


def test_a_broken_table_names_file_and_line(tmp_path: Path) -> None:
    bad = tmp_path / "factors.csv"
    lines = TABLE.read_text(encoding="utf-8").splitlines()
    bad.write_text("\n".join([*lines[:4], "w1,x"]), encoding="utf-8")
    with pytest.raises(BrokenFactorTable, match="第 5 行"):
        load_factors(bad)
    bad.write_text("a,b\n", encoding="utf-8")
    with pytest.raises(BrokenFactorTable, match="列名"):
        load_factors(bad)
    bad.write_text("\n".join([*lines[:2], "w1,x,,,,,,,"]), encoding="utf-8")
    with pytest.raises(BrokenFactorTable, match="source"):
        load_factors(bad)
