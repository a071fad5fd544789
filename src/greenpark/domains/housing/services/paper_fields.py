"""What each document says: plain texts taken from the case, the public list, the draw. Every field has a source row."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from greenpark.domains.accounts.contracts import Actor
from greenpark.domains.housing import models
from greenpark.domains.housing.contracts import NotFound, Refused
from greenpark.domains.housing.models import keys
from greenpark.domains.housing.rules import chain, forms, states
from greenpark.domains.housing.selectors import public, scope
from greenpark.domains.housing.services import draws
from greenpark.kernel.periods import PARK_ZONE

#: More families than this are not printed one by one; the package holds them all.
PRINTED_AT_MOST = 2000
_S = states.Application
Fields = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Source:
    """Fields of a document and where it belongs."""

    fields: Fields
    subject: str
    organisation_id: int
    person: str = ""
    demo: bool = False
    """Invented: the document says so under its title."""


def day_cn(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"


def local_day(at: datetime | None) -> str:
    return day_cn(at.astimezone(PARK_ZONE).date()) if at else "—"


def money(value: Decimal | None) -> str:
    return f"{value:,.2f}" if value is not None else "—"


_UNITS = ("", "拾", "佰", "仟")
_GROUPS = ("", "万", "亿", "万亿")
_DIGITS = "零壹贰叁肆伍陆柒捌玖"


def money_words(value: Decimal) -> str:
    """An amount below 10¹⁶ yuan in capital numerals (《支付结算办法》附一): 壹佰零贰元伍角整."""
    cents = int((value * 100).to_integral_value())
    if cents < 0 or Decimal(cents) != value * 100 or value >= Decimal(10) ** 16:
        raise ValueError(f"{value} has no capital form with two decimals")
    yuan, jiao, fen = cents // 100, cents // 10 % 10, cents % 10
    text = f"{_whole(yuan)}元" if yuan else ""
    if not jiao and not fen:
        return f"{text or '零元'}整"
    if jiao:
        text += f"{_DIGITS[jiao]}角"
    elif yuan:
        text += "零"
    return f"{text}{_DIGITS[fen]}分" if fen else f"{text}整"


def _whole(number: int) -> str:
    """A whole number in capital numerals; one 零 for any run of zeros between digits."""
    digits = str(number)
    out, gap = "", False
    for place, digit in zip(range(len(digits) - 1, -1, -1), digits, strict=True):
        if digit == "0":
            gap = True
        else:
            out += ("零" if gap and out else "") + _DIGITS[int(digit)] + _UNITS[place % 4]
            gap = False
        if place % 4 == 0 and int(digits[max(0, len(digits) - place - 4) : len(digits) - place] or 0):
            out += _GROUPS[place // 4]
    return out


def _case(by: Actor, number: str, *wanted: str) -> models.Application:
    row = scope.application(by, number)
    if wanted and row.state not in wanted:
        names = "、".join(forms.APPLICATION_STATES[w] for w in wanted)
        raise Refused(f"申请现为「{forms.APPLICATION_STATES[row.state]}」，此文书用于：{names}")
    return row


def _applicant(row: models.Application) -> models.Member:
    found: models.Member | None = row.members.filter(relation="applicant").first()
    if found is None:
        raise Refused("申请还没有填写申请人")
    return found


def _base(row: models.Application) -> Fields:
    person = _applicant(row)
    return {
        "name": keys.unseal(person.name_sealed, "member.name"), "tail": person.identity_masked,
        "application": row.number, "announcement": row.announcement.title, "place": row.announcement.place,
        "project": row.announcement.project.name, "submitted": local_day(row.submitted_at),
    }  # fmt: skip


def _of_case(row: models.Application, fields: Fields) -> Source:
    person = _applicant(row)
    return Source(
        fields, f"application:{row.pk}", row.announcement.project.organisation_id,
        f"{person.name_masked}（{person.identity_masked}）", row.demo or row.announcement.project.demo,
    )  # fmt: skip


def _last(row: models.Application, *actions: str) -> models.CaseEvent | None:
    rows = models.CaseEvent.objects.filter(subject=f"application:{row.pk}", action__in=actions)
    found: models.CaseEvent | None = rows.order_by("-seq").first()
    return found


def acceptance(by: Actor, number: str) -> Source:
    """第二十三条: complete documents, accepted."""
    row = _case(by, number)
    if _last(row, "accept") is None:
        raise Refused("申请尚未受理，不能开具受理通知书")
    kinds = dict.fromkeys(d.kind for d in row.documents.all())
    return _of_case(row, {**_base(row), "materials": [forms.DOCUMENTS[k][0] for k in kinds]})


def supplement(by: Actor, number: str) -> Source:
    """第二十三条: what to add, by when, and by which convention."""
    row = _case(by, number, _S.SUPPLEMENT)
    due = day_cn(row.due) if row.due else "办法未规定期限，请尽快补录"
    rule = str(row.due_rule.get("convention", "")) if row.due else ""
    return _of_case(row, {**_base(row), "items": list(row.supplement), "due": due, "rule": rule})


def refusal(by: Actor, number: str) -> Source:
    """第二十三条, 第二十六条(三): not accepted, or refused, with article and reason."""
    row = _case(by, number, _S.NOT_ACCEPTED, _S.REFUSED)
    event = _last(row, "not_accept", "refuse", "uphold_objection")
    early = row.state == _S.NOT_ACCEPTED
    fields = {
        **_base(row), "title": "配售型保障性住房申请不予受理告知书" if early else "配售型保障性住房资格审核结果告知书",
        "outcome": "不符合规定，不予受理" if early else "不符合配售资格",
        "article": event.article if event else "", "reason": event.opinion if event else "",
    }  # fmt: skip
    return _of_case(row, fields)


def publicity(by: Actor, key: str) -> Source:
    """第二十六条(四): the masked list, with its days and convention."""
    row = public.publicity(_whole_number(key))
    scope.announcement(by, row.announcement_id)
    rule = row.rule
    document = rule.get("calendar_document", "")
    fields = {
        "announcement": row.announcement.title, "count": len(row.rows), "start": day_cn(row.start),
        "end": day_cn(row.end), "days": rule.get("days", ""), "convention": f"{rule.get('convention', '')}。",
        "calendar": f"节假日依据：{document}。" if document else "", "place": row.announcement.place,
        "digest": row.digest,
        "rows": [
            {"no": line["pool_no"], "who": f"{line['name']}（{line['tail']}）", "number": line["number"],
             "persons": line["persons"]}
            for line in row.rows
        ],
    }  # fmt: skip
    project = row.announcement.project
    return Source(fields, f"publicity:{row.pk}", project.organisation_id, demo=project.demo)


def _whole_number(text: str) -> int:
    if not text.isdigit() or len(text) > 12:
        raise NotFound("没有这一项，请从列表中选择")
    return int(text)


_KINDS = {"secret": "密封的数", "dice": "当众掷骰", "public": "公共数字"}


def _part(part: models.DrawPart) -> str:
    said = f"{part.party}（{_KINDS.get(part.kind, part.kind)}）："
    if not part.value:
        return f"{said}未揭示，按规则不计入，也不替换"
    return f"{said}{part.value}"


def track_words(track: str) -> str:
    kind, _, group = track.partition(":")
    return {"general": "普通顺序", "reserved": f"预留：{group}", "priority": f"优先：{group}"}.get(kind, track)


def bulletin(by: Actor, key: str) -> Source:
    """第二十六条(五): the result with digests, contributions and the script that recomputes it."""
    row = scope.draw(by, _whole_number(key))
    if row.state != "drawn":
        raise Refused("摇号还没有结果")
    ranks = row.ranks.select_related("application").order_by("round", "place")
    names = {"list.csv": "名单", "rules.json": "规则"}
    digests = [f"{names.get(n, n)} {a.upper()}  {d[a]}" for n, d in row.frozen.items() for a in ("sm3", "sha256")]
    digests += [f"种子  {row.seed}", f"验证包 SHA-256  {row.package_sha256}"]
    count = ranks.count()
    note = "名单只列申请编号，不公开家庭信息。"
    if count > PRINTED_AT_MOST:
        note += f"共 {count} 条，本公告列出前 {PRINTED_AT_MOST} 条，其余见验证包 result.csv。"
    script = draws.VERIFIER.read_bytes()
    fields = {
        "announcement": row.announcement.title, "draw": row.name, "drawn": local_day(row.drawn_at), "count": row.listed,
        "digests": digests, "parts": [_part(p) for p in row.parts.all()], "note": note,
        "rows": [
            {"round": r.round, "place": r.place, "number": r.application.number, "track": track_words(r.track)}
            for r in ranks[:PRINTED_AT_MOST]
        ],
        "script": script.decode().splitlines(), "script_sha256": chain.sha256(script),
    }  # fmt: skip
    project = row.announcement.project
    return Source(fields, f"draw:{row.pk}", project.organisation_id, demo=project.demo)


def _sale(row: models.Application) -> tuple[models.Sale, Fields]:
    sale = public.sale_of(row.pk)
    if sale is None:
        raise Refused("该家庭还没有选定住房")
    approved = sale.home.project.prices.filter(state="approved").first()
    if approved is None or approved.approved_per_m2 is None:
        raise Refused("没有政府核定的价格（第二十五条）")
    price = sale.price if sale.price is not None else (approved.approved_per_m2 * sale.home.area_m2)
    price = Decimal(price).quantize(Decimal("0.01"))
    per_m2 = approved.approved_per_m2 if sale.price is None else _version(sale).approved_per_m2
    payments = list(row.payments.all())
    paid = sum((p.amount for p in payments), Decimal(0))
    deposit = sum((p.amount for p in payments if p.kind == "deposit"), Decimal(0))
    adults = list(row.members.filter(relation__in=("applicant", "spouse")))
    return sale, {
        "buyers": "、".join(keys.unseal(m.name_sealed, "member.name") for m in adults),
        "tails": "；".join(m.identity_masked for m in adults), "home": sale.home.code,
        "area": f"{sale.home.area_m2:.2f}", "per_m2": money(per_m2), "price": money(price),
        "price_words": money_words(price), "deposit": money(deposit), "paid": money(paid), "due": money(price - paid),
        "contract": sale.contract_no or "未签",
    }  # fmt: skip


def _version(sale: models.Sale) -> models.PriceVersion:
    """The version of the price on which the contract rests."""
    found = sale.home.project.prices.filter(version=sale.price_version.removeprefix("v") or 0).first()
    if found is None:
        raise Refused("找不到签约所依据的价格版本")
    return found


def contract(by: Actor, number: str) -> Source:
    """第二十六条(六): a draft, marked as such."""
    row = _case(by, number, _S.CHOSEN, _S.CONTRACTED)
    return _of_case(row, {**_base(row), **_sale(row)[1]})


_PAYMENTS = {"deposit": "认购定金", "price": "房款", "refund": "退款"}


def settlement(by: Actor, number: str) -> Source:
    """第二十六条(六): the price, every payment, what is due."""
    row = _case(by, number, _S.CONTRACTED, _S.HANDED_OVER)
    _, fields = _sale(row)
    rows = [
        {"on": p.fund.on.isoformat(), "kind": _PAYMENTS.get(p.kind, p.kind), "amount": money(p.amount),
         "document": p.document}
        for p in row.payments.select_related("fund")
    ]  # fmt: skip
    return _of_case(row, {**_base(row), **fields, "rows": rows})


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of document: name, prefix of its number, permission to issue, what it is issued for."""

    title: str
    prefix: str
    permission: str
    subject: str
    collect: Callable[[Actor, str], Source]


KINDS: dict[str, Kind] = {
    "acceptance": Kind("受理通知书", "海配受", "housing.accept", "application", acceptance),
    "supplement": Kind("补录通知书", "海配补", "housing.accept", "application", supplement),
    "refusal": Kind("不予受理（审核结果）告知书", "海配告", "housing.accept", "application", refusal),
    "publicity": Kind("轮候家庭公示", "海配示", "housing.manage", "publicity", publicity),
    "bulletin": Kind("摇号结果公告", "海配摇", "housing.manage", "draw", bulletin),
    "contract": Kind("买卖合同（草案）", "海配合", "housing.manage", "application", contract),
    "settlement": Kind("房款结算单", "海配结", "housing.manage", "application", settlement),
}
