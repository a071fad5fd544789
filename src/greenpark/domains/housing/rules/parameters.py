"""What the measure leaves open, as named parameters with an owner. None is never guessed: where a value is needed and
missing, the outcome is «由人决定» or a clear error.

The numbers that the measure itself states (7 working days, 15 m², 60–100 m², 5 %, 2 years, 1 year) are constants here,
each with its article; codes A… and C… are the open points listed in packs/regions/wuhai/housing_open_points.csv.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

#: 第十八条(二): strictly below, compared unrounded (A04) [m² a person].
AREA_PER_PERSON_BELOW = Decimal(15)
#: 第十五条: «原则控制在 60-100 平方米», a soft check with an exception record (A25) [m²].
UNIT_AREA_FROM, UNIT_AREA_TO = Decimal(60), Decimal(100)
#: 第二十五条: «不超过5%的利润».
PROFIT_AT_MOST = Decimal("0.05")
#: 第二十六条(四): «对外公示7个工作日».
PUBLICITY_WORKING_DAYS = 7
#: 第三十二条: «1 年内不得再次申请».
BAN_YEARS = 1
#: 第三十一条(一): «未在 2 年内签订购房合同、缴纳购房款».
CONTRACT_YEARS = 2
#: 第三十六条.
IN_FORCE_FROM = "2025-04-01"
#: Civil Code art. 1047 (external to the measure; 第十七条 says «法定结婚年龄»).
MARRIAGE_AGE = {"male": 22, "female": 20}
#: Civil Code art. 17 and 18 (external): full capacity from 18 on, or from 16 living on own labour (a person decides).
ADULT_AGE, WORKING_MINOR_AGE = 18, 16


class Owner(StrEnum):
    """Who may set a parameter."""

    HOUSING_BUREAU = "区住建局"
    DISTRICT = "区政府"
    MANAGER = "项目管理单位"


class ProfitBase(StrEnum):
    """A26: the base of the 5 % is open."""

    LAND_AND_CONSTRUCTION = "land_and_construction"
    ALL_COSTS = "all_costs"


class ClockStart(StrEnum):
    """A13, A18: when the two-year and the one-year clock begin is open."""

    POOL_ENTRY = "pool_entry"
    PUBLICITY_CLEAR = "publicity_clear"
    SELECTION = "selection"
    DECISION = "decision"


@dataclass(frozen=True, slots=True)
class Parameters:
    """One version of the open points. ``None`` means that nobody has decided yet."""

    version: str
    income_limit_yuan: Decimal | None = None
    """A01: consent covers income, but no threshold exists; None leaves income out of the verdict."""
    count_shared_ownership_by_share: bool | None = None
    """A03: whether a co-owned home counts by the share; None sends such a case to a person."""
    one_household_one_home: bool = False
    """A21: not stated by the measure; False warns only."""
    profit_base: ProfitBase | None = None
    """A26."""
    depreciation_method: str = ""
    """A14: name of a method below; empty refuses a price."""
    depreciation_years: int | None = None
    depreciation_floor: Decimal | None = None
    """Share of the original price that remains at least."""
    deposit_yuan: Decimal | None = None
    """A10."""
    deposit_refundable_on_exit: bool | None = None
    ban_covers_household: bool = False
    """A18: the text names the applicant; True widens to the spouse."""
    ban_starts: ClockStart = ClockStart.DECISION
    contract_clock_starts: ClockStart | None = None
    """A13: None means that a person confirms the start of each case."""
    pool_order_rule: str = ""
    """A11: name of a published rule; empty: the pool has an order of entry but no rank."""


#: parameter -> (Chinese name, open point, who decides)
PARAMETER_OWNERS: dict[str, tuple[str, str, Owner]] = {
    "income_limit_yuan": ("收入（资产）上限", "A01", Owner.DISTRICT),
    "count_shared_ownership_by_share": ("共有住房按份额计面积", "A03", Owner.HOUSING_BUREAU),
    "one_household_one_home": ("一户一套", "A21", Owner.DISTRICT),
    "profit_base": ("5% 利润的计算基数", "A26", Owner.DISTRICT),
    "depreciation_method": ("回购折旧方法", "A14", Owner.HOUSING_BUREAU),
    "depreciation_years": ("折旧年限", "A14", Owner.HOUSING_BUREAU),
    "depreciation_floor": ("折旧下限", "A14", Owner.HOUSING_BUREAU),
    "deposit_yuan": ("认购定金", "A10", Owner.MANAGER),
    "deposit_refundable_on_exit": ("退出时定金退还", "A10", Owner.MANAGER),
    "ban_covers_household": ("弃选禁申是否及于家庭", "A18", Owner.HOUSING_BUREAU),
    "ban_starts": ("1 年禁申起算", "A18", Owner.HOUSING_BUREAU),
    "contract_clock_starts": ("2 年期限起算", "A13", Owner.HOUSING_BUREAU),
    "pool_order_rule": ("轮候排序规则", "A11", Owner.MANAGER),
}


class ParameterMissing(ValueError):
    """A value that the measure leaves open is needed and nobody has decided it."""

    def __init__(self, name: str) -> None:
        title, point, owner = PARAMETER_OWNERS[name]
        super().__init__(f"缺少参数「{title}」（{point}）：办法未作规定，请{owner}确定后再办理")
        self.name = name
