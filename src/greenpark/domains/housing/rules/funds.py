"""The closed account (第十一条): four kinds of money, and the only purposes for which it may leave."""

from __future__ import annotations

from decimal import Decimal

#: 第十一条: 财政资金、专项债、贷款、销售回款.
KINDS = {"fiscal": "财政资金", "bond": "专项债", "loan": "贷款", "sales": "销售回款"}
#: Purposes in, by kind.
PURPOSES_IN = {
    "拨入": ("fiscal", "bond"),
    "放款": ("loan",),
    "认购定金": ("sales",),
    "房款": ("sales",),
}
#: Purposes out, each with where the measure or the nature of the money gives it.
PURPOSES_OUT = {
    "土地成本": "第二十五条",
    "建安成本": "第二十五条",
    "相关成本": "第二十五条",
    "收购房源": "第十三条",
    "专项债还本付息": "第十一条",
    "贷款还本付息": "第十一条",
    "回购": "第二十七条",
    "退还定金": "第二十六条(四)",
    "退还房款": "第三十一条",
    "上缴财政": "第十一条",
}


class NotAPurpose(ValueError):
    """Money would leave the closed account for something else, or come in under a wrong name."""


def check(kind: str, purpose: str, amount: Decimal) -> None:
    """Raise NotAPurpose, or ValueError for an amount that is zero or has parts of a cent."""
    if kind not in KINDS:
        raise NotAPurpose(f"资金类别「{kind}」不在第十一条所列四类之中：{'、'.join(KINDS.values())}")
    if not amount.is_finite() or amount == 0 or amount != amount.quantize(Decimal("0.01")):
        raise ValueError("金额应为不等于 0 的数，精确到分")
    if amount > 0 and kind not in PURPOSES_IN.get(purpose, ()):
        raise NotAPurpose(f"「{purpose}」不是{KINDS[kind]}的收入用途；可选：{'、'.join(PURPOSES_IN)}")
    if amount < 0 and purpose not in PURPOSES_OUT:
        raise NotAPurpose(
            f"「{purpose}」不在封闭资金的支出用途之中，第十一条：专款专用，严禁挤占挪用；可选：{'、'.join(PURPOSES_OUT)}"
        )
