"""The inputs of a method as rows of a form, read from the method's Struct: names, kinds, choices, lists."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec.inspect as inspect

from greenpark.engines import accounting

#: Field of any method's inputs -> what the form calls it.
LABELS: dict[str, str] = {
    "alloy": "铁合金品种", "alloys": "铁合金", "amount": "数量", "baked_blocks": "焙烧品产量",
    "baked_blocks_carbon": "焙烧品含碳量", "baking": "焙烧", "burnt_on_site": "其中边界内燃烧的部分",
    "calcination": "煅烧", "calcined_coke": "煅后焦产量", "calcined_coke_carbon": "煅后焦含碳量",
    "calcined_coke_volatile": "煅后焦挥发分", "cao": "熟料中 CaO 含量", "cao_other": "其中非碳酸盐来源的 CaO",
    "carbon": "含碳量", "carbon_per_heat": "单位热值含碳量", "carbonate": "碳酸盐种类", "carbonates": "碳酸盐",
    "certificates": "绿证", "charge": "装炉品", "charge_carbon": "装炉品含碳量", "clinker": "熟料产量",
    "cod_in": "进水 COD 浓度", "cod_out": "出水 COD 浓度", "cod_removed": "去除的 COD", "consumed": "用电量",
    "conversion": "分解率", "data_year": "数据年份", "destination": "去向（购买方或用途，含文件）",
    "device": "燃烧设备", "dust": "粉尘量", "emission_factor": "排放因子（自行给出）", "enthalpy": "蒸汽焓值",
    "enthalpy_deduction": "焓值扣减", "evidence": "凭证", "exported": "外供量", "form": "形式", "fuel": "燃料品种",
    "fuels": "燃料", "graphitisation": "石墨化", "green_blocks": "生坯", "green_blocks_carbon": "生坯含碳量",
    "green_blocks_volatile": "生坯挥发分", "green_coke": "生焦", "green_coke_carbon": "生焦含碳量",
    "green_coke_volatile": "生焦挥发分", "grid": "电网因子的取法", "gwp": "GWP 版本", "gwp_subject": "GWP 对象",
    "inputs": "带入碳的物料", "instruments": "绿电与绿证", "kind": "种类", "label": "名称", "lines": "生产线",
    "material": "物料", "methane_correction": "甲烷修正因子", "methane_yield": "甲烷最大生产能力",
    "mgo": "熟料中 MgO 含量", "mgo_other": "其中非碳酸盐来源的 MgO", "moisture": "水分", "ncv": "低位发热量",
    "operation": "操作方式", "outputs": "带出碳的产品", "oxidation": "碳氧化率", "packing": "填充料",
    "packing_carbon": "填充料含碳量", "packing_volatile": "填充料挥发分", "pressure": "蒸汽压力（绝对）",
    "products": "石墨化产品", "products_carbon": "石墨化产品含碳量", "purchased": "外购量", "purity": "纯度",
    "raw_meal": "生料量", "raw_meal_carbon": "生料非燃料碳含量", "recovered": "回收的甲烷", "reductants": "还原剂",
    "region": "地区", "residual": "其余电力的因子取法", "scope": "口径", "set": "缺省值表", "streams": "回收的气体",
    "temperature": "温度", "treatment": "处理方式", "under_calcined_coke": "不合格煅后焦",
    "volatile_share": "挥发分比例",
    "volume": "气体体积", "waste_carbon": "废料含碳量", "waste_heat": "余热回收", "water": "处理水量",
    "xrf_ref": "荧光分析报告", "year_rule": "数据年份规则",
}  # fmt: skip

#: Value of an enumeration -> word.
CHOICES: dict[str, str] = {
    "average": "平均", "average-ex-market-non-fossil": "平均（不含市场化非化石电量）", "fossil": "化石能源",
    "ets-report": "碳市场报告", "latest-published": "已公布的最近年份", "same-year": "同年",
    "same-year-or-older": "同年，没有则用较早年份", "fixed-year": "固定年份", "green-power": "绿电交易",
    "certificate": "绿证（单独购买）", "self-use": "自发自用", "direct-supply": "绿电直连", "deduct": "抵减",
    "memo": "仅列示", "heat": "热力", "steam": "蒸汽", "hot-water": "热水", "batch": "间歇投料",
    "sprinkle": "喷洒投料", "sprinkle-above-750": "喷洒投料，750 ℃ 以上", "in": "消费", "out": "外供",
    "energy": "作能源", "feedstock": "作原料",
}  # fmt: skip

#: Filled in by the calculation itself, so not asked for.
_NOT_ASKED = frozenset({"published_by"})


@dataclass(frozen=True, slots=True)
class Field:
    """One row: ``kind`` is quantity, text, texts (comma-separated), choice, flag or number."""

    path: str
    label: str
    kind: str
    required: bool
    choices: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Group:
    """Fields of one element: ``path`` is "" for the method itself, ``fuels/0`` for an element of a list."""

    path: str
    label: str
    fields: tuple[Field, ...]
    list_name: str = ""


@dataclass(frozen=True, slots=True)
class Shape:
    """A method's form. ``lists`` maps the name of each list to its label and whether it may stay empty."""

    groups: tuple[Group, ...]
    lists: Mapping[str, tuple[str, bool]]


def shape_of(method: str, counts: Mapping[str, int]) -> Shape:
    """The rows of a method with ``counts`` elements in its lists (a required list has at least one).

    Raises KeyError for an unknown method.
    """
    top: list[Field] = []
    groups: list[Group] = []
    lists: dict[str, tuple[str, bool]] = {}
    for field in _struct(accounting.METHODS[method].inputs).fields:
        of = _bare(field.type)
        if isinstance(of, inspect.VarTupleType) and isinstance(_bare(of.item_type), inspect.StructType):
            label = LABELS.get(field.name, field.name)
            lists[field.name] = (label, not field.required)
            element = _struct(of.item_type.cls)  # type: ignore[attr-defined]
            for i in range(max(counts.get(field.name, 0), 1 if field.required else 0)):
                path = f"{field.name}/{i}"
                groups.append(Group(path, f"{label} {i + 1}", tuple(_fields(element, f"{path}/")), field.name))
        else:
            top += _field(field, "")
    return Shape((Group("", "", tuple(top)), *groups) if top else tuple(groups), lists)


def _struct(cls: type) -> inspect.StructType:
    found = inspect.type_info(cls)
    assert isinstance(found, inspect.StructType)
    return found


def _bare(of: inspect.Type) -> inspect.Type:
    """The type without «or None»."""
    if isinstance(of, inspect.UnionType):
        return next(t for t in of.types if not isinstance(t, inspect.NoneType))
    return of


def _fields(struct: inspect.StructType, prefix: str) -> list[Field]:
    return [row for field in struct.fields for row in _field(field, prefix)]


_PLAIN: dict[type, str] = {
    inspect.StrType: "text", inspect.BoolType: "flag", inspect.IntType: "number", inspect.VarTupleType: "texts",
}  # fmt: skip


def _field(field: Any, prefix: str) -> list[Field]:
    of, name = _bare(field.type), field.name
    if name in _NOT_ASKED:
        return []
    path, label = prefix + name, LABELS.get(name, name)
    if isinstance(of, inspect.StructType) and of.cls is not accounting.Quantity:
        inner = _fields(of, f"{path}/")
        return [Field(f.path, f"{label}：{f.label}", f.kind, False, f.choices) for f in inner]
    if isinstance(of, inspect.StructType):
        return [Field(path, label, "quantity", field.required)]
    if isinstance(of, inspect.EnumType):
        choices = tuple((str(c.value), CHOICES.get(str(c.value), str(c.value))) for c in of.cls)
        return [Field(path, label, "choice", field.required, choices)]
    return [Field(path, label, _PLAIN[type(of)], field.required)]
