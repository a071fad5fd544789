"""The items of the monthly report: names and units as bureaus print them. No numbers, so nothing here needs a source.

An enterprise reports the items that its accounting sources are bound to, and any other it wants to add.
"""

from __future__ import annotations

from dataclasses import dataclass

from greenpark.domains.registry.contracts import MEDIA
from greenpark.kernel.units import UNIT_NAMES, unit_name

__all__ = ["BY_CODE", "BY_NAME", "ITEMS", "UNIT_NAMES", "Item", "medium_name", "unit_name"]


@dataclass(frozen=True, slots=True)
class Item:
    """One line of the monthly report. ``part_of`` names the item that it cannot exceed."""

    code: str
    name: str
    unit: str
    group: str
    part_of: str = ""
    help: str = ""


_FUEL, _POWER, _RAW, _PRODUCT, _OTHER = "能源消费量", "电力与热力", "原料与辅料", "产品产量", "其他"

ITEMS: tuple[Item, ...] = (
    Item("raw_coal", "原煤", "t", _FUEL, help="用于燃烧的消费量，不含作原料的部分"),
    Item("anthracite", "无烟煤", "t", _FUEL),
    Item("bituminous", "烟煤", "t", _FUEL),
    Item("lignite", "褐煤", "t", _FUEL),
    Item("washed_coal", "洗精煤", "t", _FUEL),
    Item("coke", "焦炭", "t", _FUEL, help="干基"),
    Item("semi_coke", "兰炭", "t", _FUEL),
    Item("coke_oven_gas", "焦炉煤气", "1e4Nm3", _FUEL, help="作燃料的净用量"),
    Item("blast_furnace_gas", "高炉煤气", "1e4Nm3", _FUEL),
    Item("carbide_furnace_gas", "电石炉气", "1e4Nm3", _FUEL),
    Item("natural_gas", "天然气", "1e4Nm3", _FUEL),
    Item("lng", "液化天然气", "t", _FUEL),
    Item("lpg", "液化石油气", "t", _FUEL),
    Item("diesel", "柴油", "t", _FUEL),
    Item("gasoline", "汽油", "t", _FUEL),
    Item("fuel_oil", "燃料油", "t", _FUEL),
    Item("electricity", "外购电力", "MWh", _POWER, help="并网点净购入，与供电结算单一致"),
    Item("green_electricity", "其中绿电交易", "MWh", _POWER, part_of="electricity", help="有合同与结算凭证的绿电"),
    Item("certificates", "其中绿证对应电量", "MWh", _POWER, part_of="electricity", help="已核销绿证，1 个为 1 MWh"),
    Item("own_renewable", "自发自用非化石电力", "MWh", _POWER),
    Item("electricity_out", "外供电力", "MWh", _POWER),
    Item("heat", "外购热力", "GJ", _POWER),
    Item("heat_out", "外供热力", "GJ", _POWER),
    Item("coal_charge", "入炉煤", "t", _RAW, help="炼焦用，与碳含量同一基准"),
    Item("limestone", "石灰石", "t", _RAW),
    Item("dolomite", "白云石", "t", _RAW),
    Item("soda_ash", "纯碱", "t", _RAW),
    Item("lime", "外购生石灰", "t", _RAW),
    Item("reductant_coke", "还原用焦炭", "t", _RAW),
    Item("reductant_semi_coke", "还原用兰炭", "t", _RAW),
    Item("electrode", "电极（糊）", "t", _RAW),
    Item("feed_natural_gas", "原料用天然气", "1e4Nm3", _RAW),
    Item("feed_coal", "原料用煤", "t", _RAW),
    Item("feed_methanol", "原料用甲醇", "t", _RAW),
    Item("feed_carbide", "原料用电石", "t", _RAW),
    Item("product_coke", "焦炭产量", "t", _PRODUCT, help="干基，含焦粉"),
    Item("product_tar", "焦油产量", "t", _PRODUCT),
    Item("product_benzene", "粗苯产量", "t", _PRODUCT),
    Item("product_coke_oven_gas", "净煤气产量", "1e4Nm3", _PRODUCT),
    Item("product_carbide", "电石产量", "t", _PRODUCT),
    Item("product_pvc", "聚氯乙烯产量", "t", _PRODUCT),
    Item("product_bdo", "BDO 产量", "t", _PRODUCT),
    Item("product_methanol", "甲醇产量", "t", _PRODUCT),
    Item("product_ferrosilicon", "硅铁产量", "t", _PRODUCT),
    Item("product_silicon", "工业硅产量", "t", _PRODUCT),
    Item("product_clinker", "水泥熟料产量", "t", _PRODUCT),
    Item("product_steel", "粗钢产量", "t", _PRODUCT),
    Item("cod_removed", "厌氧处理去除的 COD", "kg", _OTHER),
    Item("ch4_recovered", "回收的甲烷", "kg", _OTHER),
    Item("co2_recovered", "回收并外供的二氧化碳", "1e4Nm3", _OTHER),
    Item("water", "取水量", "m3", _OTHER),
)

BY_CODE: dict[str, Item] = {item.code: item for item in ITEMS}
BY_NAME: dict[str, Item] = {item.name: item for item in ITEMS}


def medium_name(medium: str) -> str:
    """Chinese name of a medium: of the registry, else of the report's item, else what was typed."""
    if medium in MEDIA:
        return MEDIA[medium]
    return BY_CODE[medium].name if medium in BY_CODE else medium
