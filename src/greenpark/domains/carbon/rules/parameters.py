"""Parameters of the ledger. None has a default: a threshold that nobody has set is not applied, and screens say so."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal, InvalidOperation


class BadParameter(ValueError):
    """Unknown key, or a value outside its range."""


@dataclass(frozen=True, slots=True)
class Known:
    """A parameter that can be set."""

    key: str
    name: str
    unit: str
    low: Decimal
    high: Decimal
    whole: bool
    help: str


PARAMETERS: dict[str, Known] = {
    p.key: p
    for p in (
        Known(
            "coverage_minimum",
            "有效数据覆盖率下限",
            "",
            Decimal(0),
            Decimal(1),
            False,
            "月结前低于此值给出提示，0 到 1 之间",
        ),
        Known(
            "equal_value_electricity",
            "电力等价折标系数",
            "gce/kWh",
            Decimal(100),
            Decimal(500),
            False,
            "等价值用的供电煤耗，取自当年公布的数值；未设置时不计算等价值",
        ),
        Known(
            "equal_value_heat",
            "热力等价折标系数",
            "kgce/GJ",
            Decimal(20),
            Decimal(80),
            False,
            "等价值用的供热煤耗；未设置时含热力的核算源不计算等价值",
        ),
        Known("report_deadline_day", "企业月报截止日", "次月第几日", Decimal(1), Decimal(31), True, "逾期后列入催报"),
    )
}


def check(key: str, text: str) -> Decimal:
    """The parsed value. Raises BadParameter with what would be right."""
    known = PARAMETERS.get(key)
    if known is None:
        raise BadParameter(f"没有名为「{key}」的参数")
    try:
        value = Decimal(text.strip())
    except InvalidOperation:
        raise BadParameter(f"{known.name}应为数字，现为「{text}」") from None
    if not value.is_finite() or not known.low <= value <= known.high or (known.whole and value != int(value)):
        kind = "整数" if known.whole else "数字"
        raise BadParameter(f"{known.name}应为 {known.low} 到 {known.high} 之间的{kind}，现为 {text}")
    return value
