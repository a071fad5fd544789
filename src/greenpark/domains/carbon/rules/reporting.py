"""States of a monthly report, deadlines and checks of typed values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation

from greenpark.domains.carbon.contracts import REPORT_STATE_NAMES, ReportRefused, ReportState
from greenpark.kernel.periods import Month


@dataclass(frozen=True, slots=True)
class Move:
    """One allowed step: from which states to which, the permission it needs, whether an opinion is required."""

    verb: str
    name: str
    sources: frozenset[str]
    target: str
    permission: str
    opinion_required: bool = False


MOVES: dict[str, Move] = {
    move.verb: move
    for move in (
        Move(
            "submit",
            "提交",
            frozenset({ReportState.DRAFT, ReportState.RETURNED}),
            ReportState.SUBMITTED,
            "carbon.report",
        ),
        Move("withdraw", "撤回", frozenset({ReportState.SUBMITTED}), ReportState.DRAFT, "carbon.report"),
        Move("verify", "核验通过", frozenset({ReportState.SUBMITTED}), ReportState.VERIFIED, "carbon.review"),
        Move(
            "return",
            "退回",
            frozenset({ReportState.SUBMITTED, ReportState.VERIFIED}),
            ReportState.RETURNED,
            "carbon.review",
            opinion_required=True,
        ),
    )
}

#: States in which values may be edited.
EDITABLE = frozenset({ReportState.DRAFT, ReportState.RETURNED})

#: Amounts beyond this are typing errors in any unit we use; also what the ledger's columns can hold.
LARGEST = Decimal("999999999")


def move(verb: str, state: str, opinion: str = "") -> Move:
    """The step ``verb`` from ``state``. Raises ReportRefused when it is not allowed or lacks its opinion."""
    chosen = MOVES.get(verb)
    if chosen is None:
        raise ReportRefused(f"没有名为「{verb}」的操作")
    if state not in chosen.sources:
        allowed = "、".join(REPORT_STATE_NAMES[s] for s in sorted(chosen.sources))
        raise ReportRefused(
            f"月报现为「{REPORT_STATE_NAMES.get(state, state)}」，不能{chosen.name}；"
            f"只有「{allowed}」的月报可以{chosen.name}"
        )
    if chosen.opinion_required and not opinion.strip():
        raise ReportRefused(f"{chosen.name}须写明意见", {"opinion": "请写明原因，企业将看到这段文字"})
    return chosen


def deadline(month: Month, day_of_next_month: int | None) -> date | None:
    """Last day for the report of ``month``; None while the deadline parameter is not set.

    >>> deadline(Month(2026, 10), 10)
    datetime.date(2026, 11, 10)
    """
    if day_of_next_month is None:
        return None
    following = month.next()
    last = (following.next().first_day() - following.first_day()).days
    return date(following.year, following.month, min(day_of_next_month, last))


def amount(text: str) -> Decimal | None:
    """A typed amount; None for an empty field. Raises ReportRefused with the reason.

    Accepts blanks and full-width digits as people paste them, thousands separators in either width.

    >>> amount(" １２,840.5 ")
    Decimal('12840.5')
    """
    cleaned = text.strip().translate(_WIDE).replace(",", "").replace(" ", "")
    if not cleaned:
        return None
    try:
        value = Decimal(cleaned)
    except InvalidOperation:
        raise ReportRefused(f"应为数字，现为「{text.strip()}」") from None
    if not value.is_finite():
        raise ReportRefused(f"应为有限的数字，现为「{text.strip()}」")
    if value < 0:
        raise ReportRefused(f"不能为负数，现为 {value}")
    if value > LARGEST:
        raise ReportRefused(f"大于 {LARGEST:,}，请检查单位")
    if value != round(value, 6):
        raise ReportRefused(f"最多 6 位小数，现为 {value}")
    return value


_WIDE = str.maketrans("０１２３４５６７８９．，－　", "0123456789.,- ")


def cross_checks(values: Mapping[str, Decimal], part_of: Mapping[str, str], names: Mapping[str, str]) -> dict[str, str]:
    """Messages for items that exceed the item they are part of (green power within electricity, and so on)."""
    found: dict[str, str] = {}
    for part, whole in part_of.items():
        if part in values and whole in values and values[part] > values[whole]:
            found[part] = f"{names[part]} {values[part]:,} 大于{names[whole]} {values[whole]:,}"
    return found
