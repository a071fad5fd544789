"""What a reader of an entry must be told: the engine's flags with words and an explanation."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from greenpark.domains.carbon.contracts import Notice
from greenpark.engines import accounting
from greenpark.engines.accounting import Flag

#: Flag -> level, short word, what it means. Whatever is not listed has the engine's own words.
NOTICES: dict[str, tuple[str, str, str]] = {
    Flag.UNCONFIRMED: (
        "warn",
        "未确认因子",
        "用到了没有核对过原文的因子，见因子表；由手持原文的人在因子库确认后，今后的核算不再提示。",
    ),
    Flag.METHOD_UNCONFIRMED: (
        "warn",
        "方法待核",
        "这个方法的文字或生效日期还没有与原文逐条核对；数字按现有记载的公式算出，用于履约前请对照原文。",
    ),
    Flag.OLDER_DATA_YEAR: (
        "info",
        "较早年份的电网因子",
        "核算月份所在年份的电网因子尚未公布，按方法的规定用已公布的最近年份；公布后的月份用新因子，已月结的月份不变。",
    ),
    Flag.RANGE_CHOICE: ("info", "范围内取值", "标准只给出范围，具体取值由填报方选定，来源见计算过程。"),
    Flag.OUTSIDE_RANGE: ("warn", "超出标准范围", "给出的数值超出标准所印的范围，请核对化验单或计量记录。"),
}
#: Said elsewhere on the screen, or not by the flags of lines.
_ELSEWHERE = frozenset({Flag.UNCONFIRMED, Flag.ESTIMATED, Flag.EMPTY})


def notices_of(method: str, unconfirmed: bool, working: Iterable[Mapping[str, Any]]) -> tuple[Notice, ...]:
    """Notices of an entry, warnings first: unconfirmed factors and method, then what its lines say."""
    found: dict[str, None] = {}
    if unconfirmed:
        found[Flag.UNCONFIRMED] = None
    known = accounting.METHODS.get(method)
    if known is not None and known.confidence is not accounting.Confidence.CONFIRMED:
        found[Flag.METHOD_UNCONFIRMED] = None
    for line in working:
        found.update((str(flag), None) for flag in line.get("flags", ()) if flag not in _ELSEWHERE)
    return tuple(sorted(map(notice, found), key=lambda n: n.level != "warn"))


def notice(code: str) -> Notice:
    """The words of a flag; an unknown code stands for itself."""
    if code in NOTICES:
        return Notice(code, *NOTICES[code])
    words = accounting.FLAG_NAMES[Flag(code)][0] if code in set(Flag) else code
    return Notice(code, "info", words, f"{words}。")
