"""A factor: one published number with unit, edition, validity, source and how sure we are of it.

Factors come from the tables of packs (``packs/standards``); this module knows their schema and turns checked rows into
:class:`Factor`. Engines receive factors, they never read packs.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from pathlib import Path

from greenpark.kernel.packs import BrokenPack, Column, Pack, Row, find_packs, refer


class Confidence(StrEnum):
    """How a value came to us."""

    CONFIRMED = "confirmed"  # met in at least one retrieved source, nearly always a transcription
    RECALLED = "recalled"  # not retrieved: every result that uses it is flagged unconfirmed
    BLANK = "blank"  # unknown: using it is an error that names it


@dataclass(frozen=True, slots=True)
class Factor:
    """One row of a factor table.

    id          unique over all packs, stable for ever: results refer to it
    kind        what it is, which also fixes its place in a formula: one of :data:`KINDS`
    subject     what it is about: a fuel, gas, carbonate, material, region or device, in ASCII
    value       None when unknown (confidence blank) or when only a range is published (``low``, ``high``)
    unit        as in the formulas of the methods: ``tC/GJ``, ``GJ/t``, ``tCO2/MWh``, ``kgce/kg``, ``1``
    edition     the document and edition that prints it
    valid_from, valid_to   first and last day in force (inclusive); None is unbounded
    set         tables that print different values for one subject: fuel sets A, B, C…, GWP editions, carbonate tables
    region, scope, data_year, issued   grid factors: place, kind of average, year of the data, day of publication
    """

    id: str
    kind: str
    subject: str
    value: Decimal | None
    unit: str
    edition: str
    confidence: Confidence
    source: tuple[str, ...]
    name_zh: str = ""
    name_en: str = ""
    set: str = ""
    valid_from: date | None = None
    valid_to: date | None = None
    applies_to: str = ""
    region: str = ""
    scope: str = ""
    data_year: int | None = None
    issued: date | None = None
    low: Decimal | None = None
    high: Decimal | None = None
    notes: str = ""
    pack: str = ""

    def in_force(self, on: date) -> bool:
        return (self.valid_from is None or self.valid_from <= on) and (self.valid_to is None or on <= self.valid_to)


#: Kind of a factor -> the units it may have, and what it means.
KINDS: dict[str, tuple[frozenset[str], str]] = {
    "standard-coal": (
        frozenset({"kgce/kg", "kgce/Nm3", "kgce/kWh", "kgce/MJ", "kgce/t"}),
        "standard coal per unit of an energy carrier or energy-consuming medium",
    ),
    "lhv": (frozenset({"kJ/kg", "kJ/Nm3"}), "average lower heating value printed beside a standard-coal coefficient"),
    "standard-coal-definition": (frozenset({"kJ/kgce"}), "heat of one kilogram of standard coal"),
    "ncv": (frozenset({"GJ/t", "GJ/1e4Nm3"}), "net calorific value of a fuel"),
    "carbon-per-heat": (frozenset({"tC/GJ"}), "carbon per unit of heat of a fuel"),
    "oxidation": (frozenset({"1"}), "oxidised share of the carbon of a fuel"),
    "grid": (frozenset({"tCO2/MWh"}), "emission factor of grid electricity"),
    "electricity-rule": (frozenset({"tCO2/MWh"}), "factor that a method assigns to a kind of electricity"),
    "electricity-footprint": (frozenset({"tCO2e/MWh"}), "life-cycle footprint of electricity; never for accounting"),
    "heat": (frozenset({"tCO2/GJ"}), "emission factor of purchased heat"),
    "gwp": (frozenset({"tCO2e/t"}), "global warming potential over 100 years"),
    "carbonate": (frozenset({"tCO2/t"}), "CO2 set free per tonne of pure carbonate"),
    "carbon-content": (frozenset({"tC/t"}), "carbon mass fraction of a material"),
    "reductant": (frozenset({"tCO2/t", "tCO2/1e4Nm3"}), "CO2 per amount of a reductant, oxidation already inside"),
    "process": (frozenset({"tCO2/t"}), "CO2 per tonne of product"),
    "process-ch4": (frozenset({"kgCH4/t"}), "CH4 per tonne of product"),
    "methane-yield": (frozenset({"kgCH4/kgCOD"}), "highest methane yield of degraded organic matter"),
    "methane-correction": (frozenset({"1"}), "methane correction factor of a kind of wastewater treatment"),
    "density": (frozenset({"t/1e4Nm3"}), "density of a gas at 0 degrees C and 101.325 kPa"),
    "steam-deduction": (frozenset({"kJ/kg"}), "enthalpy deducted from steam"),
    "purity": (frozenset({"1"}), "mass share of the active substance"),
    "volatile-share": (frozenset({"1"}), "methane-equivalent share of volatile matter"),
}

#: Kind -> Chinese name, for screens and messages.
KIND_NAMES: dict[str, str] = {
    "standard-coal": "折标准煤系数",
    "lhv": "平均低位发热量",
    "standard-coal-definition": "标准煤热值",
    "ncv": "低位发热量",
    "carbon-per-heat": "单位热值含碳量",
    "oxidation": "碳氧化率",
    "grid": "电网排放因子",
    "electricity-rule": "电力计算规则",
    "electricity-footprint": "电力碳足迹因子",
    "heat": "热力排放因子",
    "gwp": "全球增温潜势",
    "carbonate": "碳酸盐排放因子",
    "carbon-content": "含碳量",
    "reductant": "还原剂排放因子",
    "process": "产品过程排放因子",
    "process-ch4": "产品 CH4 排放因子",
    "methane-yield": "最大产甲烷能力",
    "methane-correction": "甲烷修正因子",
    "density": "密度",
    "steam-deduction": "蒸汽热焓扣减值",
    "purity": "含量缺省值",
    "volatile-share": "挥发分甲烷当量份额",
}

FACTOR_COLUMNS: tuple[Column, ...] = (
    Column("id", unique=True, pattern=r"[A-Za-z0-9][A-Za-z0-9._-]*"),
    Column("kind", choices=frozenset(KINDS)),
    Column("subject", pattern=r"[A-Za-z0-9][A-Za-z0-9_.()+-]*"),
    Column("name_zh"),
    Column("name_en", required=False),
    Column("set", required=False),
    Column("value", "decimal", required=False),
    Column("low", "decimal", required=False, absent=True),
    Column("high", "decimal", required=False, absent=True),
    Column("unit"),
    Column("edition"),
    Column("valid_from", "date", required=False),
    Column("valid_to", "date", required=False),
    Column("region", required=False, absent=True),
    Column("scope", required=False, absent=True),
    Column("data_year", "integer", required=False, absent=True, low=1990, high=2100),
    Column("issued", "date", required=False, absent=True),
    Column("applies_to", required=False),
    Column("source", "list"),
    Column("confidence", choices=frozenset(Confidence)),
    Column("notes", required=False),
)


def factors_of(pack: Pack) -> list[Factor]:
    """Factors of all tables of a pack whose name begins with ``emission-factors``.

    Raises BrokenPack: a cell that breaks the schema, a source the manifest does not list, a unit the kind cannot have,
    a value without confidence or confidence ``confirmed`` without value, a range upside down, a validity that ends
    before it begins.
    """
    found: list[Factor] = []
    for name in pack.manifest.tables:
        if not name.startswith("emission-factors"):
            continue
        rows = pack.table(name, FACTOR_COLUMNS)
        refer(rows, "source", pack.manifest.sources, "来源表 sources")
        found += [_factor(row, pack.manifest.id) for row in rows]
    return found


def load_factors(root: Path) -> tuple[Factor, ...]:
    """Factors of all packs below ``root``, ordered by id. Raises BrokenPack, also for an id used twice."""
    found: dict[str, Factor] = {}
    for pack in find_packs(root, "standard"):
        for factor in factors_of(pack):
            if factor.id in found:
                raise BrokenPack(pack.folder, None, "id", f"{factor.id} 已由数据包 {found[factor.id].pack} 使用")
            found[factor.id] = factor
    return tuple(found[key] for key in sorted(found))


def _factor(row: Row, pack: str) -> Factor:
    _check(row)
    fields = {column.name: row[column.name] for column in FACTOR_COLUMNS}
    fields["confidence"] = Confidence(row["confidence"])
    return Factor(**fields, pack=pack)


def _check(row: Row) -> None:
    units, _ = KINDS[row["kind"]]
    ranged = row["low"] is not None or row["high"] is not None
    if row["unit"] not in units:
        raise row.broken("unit", f"{row['kind']} 的单位应为 {'、'.join(sorted(units))}")
    if (row["value"] is None) != (row["confidence"] == Confidence.BLANK):
        raise row.broken("confidence", "数值为空的行应标 blank，有数值的行应标 confirmed 或 recalled")
    if ranged and (row["low"] is None or row["high"] is None or row["low"] > row["high"]):
        raise row.broken("low", "取值范围应同时给出下限和上限，且下限不大于上限")
    if row["valid_from"] and row["valid_to"] and row["valid_to"] < row["valid_from"]:
        raise row.broken("valid_to", "失效日期早于生效日期")
    if row["kind"] == "grid" and not (row["region"] and row["scope"] and row["data_year"] and row["issued"]):
        raise row.broken("region", "电网因子必须有 region、scope、data_year 和 issued")


def unconfirmed(factors: Iterable[Factor]) -> Sequence[Factor]:
    """The factors that are recalled or blank, in the order given."""
    return [factor for factor in factors if factor.confidence is not Confidence.CONFIRMED]
