"""Words of plans as data: how strongly a target binds, and which number a printed cell holds. The text is kept."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum


class Force(StrEnum):
    """How a plan binds its reader."""

    BINDING = "binding"
    """确保, 达到, 不少于: what is not reached at its date is missed."""
    STRIVING = "striving"
    """力争, 争取: what is not reached is reported as not reached, and is no breach."""
    PROMOTING = "promoting"
    """推动, 引导, 鼓励, 探索: an effort is owed, not a result."""
    UNSTATED = "unstated"


#: Word -> force. Longer words are found first, so that 不低于 is not read as 低于.
FORCE_WORDS: dict[str, Force] = {
    **dict.fromkeys(
        (
            "确保", "必须", "不少于", "不低于", "不高于", "不超过", "至少", "达到", "达", "突破", "提升至", "全部",
            "全面", "完成", "建成", "以上", "以下",
        ),
        Force.BINDING,
    ),
    **dict.fromkeys(("力争", "争取"), Force.STRIVING),
    **dict.fromkeys(
        ("推动", "推进", "推广", "引导", "鼓励", "探索", "支持", "培育", "打造", "建设"), Force.PROMOTING
    ),
}  # fmt: skip
_WORD = re.compile("|".join(sorted(FORCE_WORDS, key=len, reverse=True)))
_WEAKEST_FIRST = (Force.STRIVING, Force.BINDING, Force.PROMOTING)


def force_of(text: str) -> tuple[Force, tuple[str, ...]]:
    """Force of a clause, and the words found in the order of the text.

    力争 beside 达到 strives (力争达到95%以上 promises no more than the effort); a binding word beside a promoting one
    binds. Without a known word the force is UNSTATED.
    """
    words = tuple(match.group() for match in _WORD.finditer(text))
    found = {FORCE_WORDS[word] for word in words}
    return next((force for force in _WEAKEST_FIRST if force in found), Force.UNSTATED), words


@dataclass(frozen=True, slots=True)
class Printed:
    """A cell as printed. ``value`` None: the cell is words; ``high`` is the upper end of a range."""

    text: str
    value: Decimal | None = None
    high: Decimal | None = None


_NUMBER = r"-?\d+(?:\.\d+)?"
_RANGE = re.compile(rf"({_NUMBER})\s*[—–~-]\s*({_NUMBER})")
_CELL = re.compile(rf"(?:达到|达|不少于|不低于|不超过)?\s*({_NUMBER})\s*(?:[%％个家户项条级]|以上)*")


def parse_printed(text: str) -> Printed:
    """Number of a printed cell: ``15``, ``达到15个``, ``95%``, ``3—5``. A sentence with a number in it stays text."""
    cell = text.strip()
    if match := _RANGE.fullmatch(cell):
        low, high = Decimal(match[1]), Decimal(match[2])
        return Printed(text, low, high) if low <= high else Printed(text)
    if match := _CELL.fullmatch(cell):
        return Printed(text, Decimal(match[1]))
    return Printed(text)
