"""The four conditions of a buy-back (第二十八条) as a check list; each item is met, not met, or not yet checked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

#: key -> (what, article). The order is that of the measure.
CHECKS: dict[str, tuple[str, str]] = {
    "no_loan": ("无贷款", "第二十八条(一)"),
    "no_mortgage": ("无抵押", "第二十八条(一)"),
    "no_lease": ("无租赁", "第二十八条(一)"),
    "no_foreign_residence_right": ("未对申购家庭成员以外的人员设立居住权", "第二十八条(一)"),
    "no_dispute": ("无法律纠纷", "第二十八条(一)"),
    "use_unchanged": ("未改变居住用途", "第二十八条(二)"),
    "structure_unaltered": ("房屋结构无拆改", "第二十八条(二)"),
    "equipment_complete": ("设施设备无缺失", "第二十八条(二)"),
    "water_settled": ("水费已结清", "第二十八条(三)"),
    "power_settled": ("电费已结清", "第二十八条(三)"),
    "gas_settled": ("燃气费已结清", "第二十八条(三)"),
    "telecom_settled": ("电信费已结清", "第二十八条(三)"),
    "television_settled": ("有线电视费已结清", "第二十八条(三)"),
    "property_fee_settled": ("物业服务费用已结清", "第二十八条(三)"),
    "no_legal_bar": ("无法律、法规、规章规定禁止回购的情形", "第二十八条(四)"),
}


@dataclass(frozen=True, slots=True)
class Inspection:
    """Result of the inspection; ``open`` and ``failed`` hold what to do next, in words with the article."""

    passed: bool
    failed: tuple[str, ...]
    open: tuple[str, ...]


def inspect(found: Mapping[str, bool | None]) -> Inspection:
    """Passed only when every item was checked and met. Raises ValueError for an unknown item."""
    if unknown := set(found) - set(CHECKS):
        raise ValueError(f"没有这些查验项：{'、'.join(sorted(unknown))}")
    failed = tuple(f"{what}（{article}）" for key, (what, article) in CHECKS.items() if found.get(key) is False)
    open_items = tuple(f"{what}（{article}）" for key, (what, article) in CHECKS.items() if found.get(key) is None)
    return Inspection(not failed and not open_items, failed, open_items)
