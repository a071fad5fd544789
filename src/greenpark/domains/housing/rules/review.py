"""Joint review (第五条, 第二十六条(三)): which bureau sees and answers what, and how answers become a household.

Each bureau's sheet holds the least it needs. ``asks`` are the columns it fills in; None means it did not say.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from greenpark.domains.housing.rules.eligibility import Household, Member, OwnHome, Relation


@dataclass(frozen=True, slots=True)
class Ask:
    """A question to a bureau. ``kind``: yesno, text, amount, homes."""

    name: str
    title: str
    kind: str
    help: str = ""


@dataclass(frozen=True, slots=True)
class Bureau:
    """A reviewing bureau. ``sees`` are the fields of each person that its sheet holds; nothing else leaves."""

    code: str
    name: str
    sees: tuple[str, ...]
    asks: tuple[Ask, ...]
    whom: tuple[str, ...] = ("applicant", "spouse", "child")


#: Words of the person fields; name and identity number are needed by every bureau to find the person.
FIELDS = {
    "name": "姓名",
    "identity_number": "身份证号",
    "relation": "与申请人关系",
    "declared_hukou": "申报户籍",
    "declared_marriage": "申报婚姻",
    "declared_homes": "申报住房",
}

_HOMES_HELP = (
    "每处「区 面积 份额」，分号隔开，如：乌达区 52.3 1/2；无房填「无」；家人共有的同一处，各行写相同的区和面积"
)
BUREAUS: dict[str, Bureau] = {
    b.code: b
    for b in (
        Bureau(
            "realestate", "不动产登记", ("name", "identity_number", "declared_homes"),
            (Ask("homes", "自有住房", "homes", _HOMES_HELP),
             Ask("disposed", "近期转移住房", "yesno")),
        ),
        Bureau(
            "police", "公安", ("name", "identity_number", "relation", "declared_hukou"),
            (Ask("hukou", "户籍所在区", "text", "如：海南区"), Ask("lives_locally", "在本地实际居住", "yesno")),
        ),
        Bureau(
            "civil", "民政", ("name", "identity_number", "relation", "declared_marriage"),
            (Ask("married", "婚姻登记为已婚", "yesno"),), ("applicant", "spouse"),
        ),
        Bureau(
            "hr", "人社", ("name", "identity_number"),
            (Ask("insured", "有社会保险参保缴费", "yesno"), Ask("employer_type", "参保类型", "text")),
            ("applicant", "spouse"),
        ),
        Bureau(
            "tax", "税务", ("name", "identity_number"),
            (Ask("income_yuan", "上年申报收入（元）", "amount"),), ("applicant", "spouse"),
        ),
    )
}  # fmt: skip

VERDICTS = {"pass": "通过", "fail": "不通过", "unclear": "无法核实", "pending": "待核查", "ended": "已终止"}
YES = {"是": True, "有": True, "否": False, "无": False, "": None}


class NotAnAnswer(ValueError):
    """A cell that cannot be read; the message says what is expected."""


def read_homes(text: str) -> list[dict[str, str]] | None:
    """«乌达区 52.3 1/2；海南区 40» → homes; «无» → []; blank → None. Raises NotAnAnswer."""
    text = text.strip()
    if not text:
        return None
    if text in ("无", "无房"):
        return []
    homes = []
    for part in text.replace("；", ";").split(";"):
        words = part.split()
        if not words:
            continue
        if len(words) not in (2, 3):
            raise NotAnAnswer(f"「{part.strip()}」应写为「区 面积 份额」，如：乌达区 52.3 1/2")
        share = _fraction(words[2]) if len(words) == 3 else Decimal(1)
        homes.append({"district": words[0], "area_m2": str(_positive(words[1])), "share": str(share)})
    return homes


def _positive(text: str) -> Decimal:
    try:
        value = Decimal(text)
    except InvalidOperation:
        raise NotAnAnswer(f"「{text}」不是数") from None
    if not value.is_finite() or value < 0:
        raise NotAnAnswer(f"「{text}」应不小于 0")
    return value


def _fraction(text: str) -> Decimal:
    above, _, below = text.partition("/")
    share = _positive(above) / (_positive(below) or Decimal(1)) if below else _positive(above)
    if not 0 < share <= 1:
        raise NotAnAnswer(f"份额「{text}」应大于 0 且不超过 1")
    return share


def read_answer(ask: Ask, text: str) -> Any:
    """A cell as the value that is stored: bool, text, decimal text, list of homes, or None. Raises NotAnAnswer."""
    text = str(text).strip()
    if ask.kind == "yesno":
        if text not in YES:
            raise NotAnAnswer(f"{ask.title}应填「是」或「否」，现为「{text}」")
        return YES[text]
    if ask.kind == "amount":
        return str(_positive(text)) if text else None
    if ask.kind == "homes":
        return read_homes(text)
    return text or None


def household(
    people: Sequence[tuple[str, str, date, bool | None]],
    declared: Mapping[str, Any],
    facts: Mapping[str, Mapping[str, Mapping[str, Any]]],
) -> Household:
    """The household as far as the bureaus found it.

    Args:
        people: (relation, sex, born, capacity) of each member, the applicant first.
        declared: married, rents_public, banned_until, bought_before, evidence_residence (accepted by the clerk).
        facts: bureau -> person id -> answers. A bureau that did not answer leaves its facts unknown (None).
    """
    members = tuple(Member(Relation(r), sex, born, capacity) for r, sex, born, capacity in people)
    police = facts.get("police", {})
    applicant = next(iter(police.values()), {}) if police else {}
    married = _all_of(facts.get("civil", {}), "married")
    return Household(
        members=members,
        married=bool(declared["married"]) if married is None else married,
        hukou_district=applicant.get("hukou"),
        lives_locally=applicant.get("lives_locally"),
        homes=_homes(facts.get("realestate")),
        banned_until=declared.get("banned_until"),
        rents_public=declared.get("rents_public"),
        income_yuan=_income(facts.get("tax")),
        has_bought_before=declared.get("bought_before"),
    )


def _all_of(answers: Mapping[str, Mapping[str, Any]], name: str) -> bool | None:
    values = [a.get(name) for a in answers.values() if a.get(name) is not None]
    return any(values) if values else None


def _homes(answers: Mapping[str, Mapping[str, Any]] | None) -> tuple[OwnHome, ...] | None:
    """All homes of all members; None as soon as one member was not answered for.

    A home that members own together stands in the row of each with the same district and area (the sheet says so):
    parts that add up to at most the whole are one home with the parts added.
    """
    if not answers or any(a.get("homes") is None for a in answers.values()):
        return None
    whole: list[OwnHome] = []
    shared: dict[tuple[str, Decimal], list[Decimal]] = {}
    for answer in answers.values():
        for h in answer["homes"]:
            district, area, share = h["district"], Decimal(h["area_m2"]), Decimal(h.get("share", "1"))
            if share == 1:
                whole.append(OwnHome(district, area))
            else:
                shared.setdefault((district, area), []).append(share)
        if answer.get("disposed"):
            whole.append(OwnHome("", Decimal(0), disposed_on=date(1, 1, 1)))
    for (district, area), shares in shared.items():
        together = [sum(shares, Decimal(0))] if sum(shares) <= 1 else shares
        whole.extend(OwnHome(district, area, share) for share in together)
    return tuple(whole)


def _income(answers: Mapping[str, Mapping[str, Any]] | None) -> Decimal | None:
    values = [Decimal(a["income_yuan"]) for a in (answers or {}).values() if a.get("income_yuan") is not None]
    return sum(values, Decimal(0)) if values else None
