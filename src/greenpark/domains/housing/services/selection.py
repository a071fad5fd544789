"""Selection of homes by rank: calling, slots, booking, absence, the choice under a lock (第二十六条, 第三十二条)."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import Max

from greenpark.domains.accounts import facade as accounts
from greenpark.domains.accounts.contracts import Actor
from greenpark.domains.housing import models
from greenpark.domains.housing.contracts import HomeTaken, Refused
from greenpark.domains.housing.models import keys
from greenpark.domains.housing.rules import states
from greenpark.domains.housing.rules.parameters import BAN_YEARS, ClockStart
from greenpark.domains.housing.selectors import parameters, scope
from greenpark.domains.housing.services import case
from greenpark.kernel.identity import mask_name

_S = states.Application


@transaction.atomic
def call(draw_id: int, count: int, *, by: Actor, at: datetime, round_name: str = "") -> list[str]:
    """Call the next ``count`` families in the order of their ranks to the selection. Returns their numbers.

    Families that left keep their place number; the order of the others is unchanged.
    """
    by.need("housing.manage")
    draw = scope.draw(by, draw_id, lock=True)
    if draw.state != "drawn":
        raise Refused("摇号尚未完成")
    name = round_name or draw.rounds[0]["round"]
    ranks = draw.ranks.filter(round=name, application__state=_S.DEPOSIT_PAID).order_by("place")[: max(count, 0)]
    numbers = []
    for rank in ranks.select_related("application__announcement__project"):
        row = rank.application
        case.move_application(row, "list", by=by, at=at, detail={"draw": draw.name, "place": rank.place}, audit=False)
        numbers.append(row.number)
    accounts.record(
        action="housing.application.batch", subject=f"housing/draw:{draw.name}", by=by, at=at,
        detail={"move": "list", "families": len(numbers)},
        organisation_id=draw.announcement.project.organisation_id,
    )  # fmt: skip
    return numbers


@transaction.atomic
def make_slots(
    draw_id: int, *, start: datetime, count: int, minutes: int, capacity: int, place: str, by: Actor, at: datetime
) -> int:
    """Time slots one after the other. Returns how many were made."""
    by.need("housing.manage")
    draw = scope.draw(by, draw_id, lock=True)
    if not (1 <= count <= 200 and 5 <= minutes <= 480 and 1 <= capacity <= 100) or start <= at:
        raise Refused("时段数 1—200，每段 5—480 分钟，容量 1—100，开始时间应在现在之后")
    for n in range(count):
        draw.slots.get_or_create(
            start=start + timedelta(minutes=n * minutes),
            defaults={"minutes": minutes, "capacity": capacity, "place": place.strip()},
        )
    accounts.record(
        action="housing.selection.slots", subject=f"housing/draw:{draw.name}", by=by, at=at,
        detail={"slots": count, "minutes": minutes, "capacity": capacity},
        organisation_id=draw.announcement.project.organisation_id,
    )  # fmt: skip
    return count


@transaction.atomic
def book(number: str, slot_id: int, *, by: Actor, at: datetime) -> None:
    """Book or change a slot; only for called families, while the slot lies ahead and has room."""
    scope.may_any(by, "housing.apply", "housing.own", "housing.manage")
    row = scope.application(by, number, lock=True)
    if row.state != _S.ON_SELECTION_LIST:
        raise Refused("只有入围选房的家庭可以预约")
    slot = models.Slot.objects.select_for_update().filter(pk=slot_id, draw__announcement_id=row.announcement_id).first()
    if slot is None or slot.draw.state != "drawn":
        raise Refused("没有这个时段")
    if slot.start <= at:
        raise Refused("时段已经开始，请选其他时段")
    if slot.bookings.exclude(application=row).count() >= slot.capacity:
        raise Refused("该时段已约满，请选其他时段")
    models.Booking.objects.update_or_create(application=row, defaults={"slot": slot, "at": at})
    case.event(
        f"application:{row.pk}", action="book", title="预约选房", by=by, at=at, article="第二十六条(五)",
        detail={"slot": slot.start.isoformat()},
    )  # fmt: skip
    accounts.record(
        action="housing.selection.booked", subject=f"housing/application:{number}", by=by, at=at,
        detail={"slot": slot.start.isoformat()}, organisation_id=row.announcement.project.organisation_id,
    )  # fmt: skip


@transaction.atomic
def note_absent(number: str, *, by: Actor, at: datetime) -> None:
    """The manager notes that the family did not come in its slot; the bureau decides on the consequence."""
    by.need("housing.manage")
    row = scope.application(by, number, lock=True)
    if row.state != _S.ON_SELECTION_LIST:
        raise Refused("该家庭不在选房名单上")
    booking = models.Booking.objects.select_related("slot").filter(application=row).first()
    if booking and at < booking.slot.start + timedelta(minutes=booking.slot.minutes):
        raise Refused("预约时段尚未结束，不能记为未到场")
    row.absent_at = at
    row.save(update_fields=["absent_at"])
    case.event(f"application:{row.pk}", action="absent", title="未到场选房", by=by, at=at, article="第三十二条")
    accounts.record(
        action="housing.selection.absent", subject=f"housing/application:{number}", by=by, at=at, detail={},
        organisation_id=row.announcement.project.organisation_id,
    )  # fmt: skip


@transaction.atomic
def disqualify(number: str, *, reason: str, by: Actor, at: datetime) -> date:
    """第三十二条: cancel the qualification of an absent family and ban for a year. Returns the day the ban ends.

    The start of the year and whom it covers are parameters (A18). Raises Refused unless absence is on record.
    """
    row = scope.application(by, number, lock=True)
    if row.absent_at is None:
        raise Refused("没有未到场记录；先由项目管理单位记录未参加选房")
    known = parameters.current()
    start = case.local(row.absent_at if known.ban_starts is ClockStart.SELECTION else at)
    until = years_after(start, BAN_YEARS)
    rule = f"起算：{'选房日' if known.ban_starts is ClockStart.SELECTION else '取消决定作出日'}（A18，{known.version}）"
    case.move_application(
        row, "no_show", by=by, at=at, opinion=reason,
        due={"start": start.isoformat(), "end": until.isoformat(), "convention": rule},
    )  # fmt: skip
    whom = ("applicant", "spouse") if known.ban_covers_household else ("applicant",)
    for member in row.members.filter(relation__in=whom):
        models.Ban.objects.create(
            identity_key=member.identity_key, who=f"{member.name_masked}（{member.identity_masked}）", application=row,
            since=start, until=until, reason=reason.strip(), rule=rule,
        )  # fmt: skip
    accounts.record(
        action="housing.ban.set", subject=f"housing/application:{number}", by=by, at=at,
        detail={"until": until.isoformat(), "rule": rule},
        organisation_id=row.announcement.project.organisation_id,
    )  # fmt: skip
    return until


def years_after(day: date, years: int) -> date:
    """The same day years later; 29 February becomes 1 March, so that nobody is short of a day."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return date(day.year + years, 3, 1)


@transaction.atomic
def stay_waiting(number: str, *, by: Actor, at: datetime) -> None:
    """Came, but no suitable home was left (A18): back to waiting with the same places, no ban."""
    row = scope.application(by, number, lock=True)
    case.move_application(row, "stay_waiting", by=by, at=at)


@transaction.atomic
def choose(
    number: str, home_id: int, *, by: Actor, at: datetime, proxy: str = "", proxy_document: str = ""
) -> models.Sale:
    """The family takes a home, in its turn. Locks case and home; the unique keys of the sale stand behind it.

    ``proxy``: name of somebody who chooses for the family, with the document that empowers them.
    Raises HomeTaken, Refused.
    """
    row = scope.application(by, number, lock=True)
    home = scope.home(by, home_id, lock=True)
    scope.may_any(by, "housing.own", "housing.manage")
    if home.project_id != row.announcement.project_id:
        raise Refused("这套房源不属于本次配售的项目")
    if proxy.strip() and len(proxy_document.strip()) < 4:
        raise Refused("代选须登记授权委托书", {"proxy_document": "请填写授权委托书编号"})
    if row.state == _S.ON_SELECTION_LIST:
        _in_turn(row)
    if home.state != states.Home.FOR_SALE:
        raise HomeTaken(f"{home.code} 已被选定或未上架，请选其他房源")
    case.move_application(
        row, "choose", by=by, at=at, detail={"home": home.code}, also=("housing.manage",), audit=False
    )
    case.move_home(home, "reserve", by=by, at=at, detail={"application": number}, also=("housing.own",))
    try:
        with transaction.atomic():
            return models.Sale.objects.create(
                home=home, application=row, home_key=home.pk, household_key=row.pk, chosen_at=at,
                proxy_sealed=keys.seal(proxy.strip(), "sale.proxy"), proxy_masked=mask_name(proxy),
                proxy_document=proxy_document.strip(),
            )  # fmt: skip
    except IntegrityError as fault:
        raise HomeTaken("该房源已被选定，或该家庭已有一套住房") from fault


def _in_turn(row: models.Application) -> None:
    """Earlier places of the newest draw choose first, unless absent or gone."""
    draw = row.announcement.draws.filter(state="drawn").order_by("-id").first()
    rank = draw.ranks.filter(application=row).order_by("place").first() if draw else None
    if draw is None or rank is None:
        raise Refused("该家庭没有本次摇号的顺位")
    before = draw.ranks.filter(
        round=rank.round, place__lt=rank.place, application__state=_S.ON_SELECTION_LIST,
        application__absent_at__isnull=True,
    ).order_by("place").first()  # fmt: skip
    if before:
        raise Refused(f"还没有轮到：第 {before.place} 号尚未选房，本户为第 {rank.place} 号")


def board_stamp(draw: models.Draw) -> datetime | None:
    """When the board last changed."""
    sales = models.Sale.objects.filter(home__project_id=draw.announcement.project_id)
    found: datetime | None = sales.aggregate(m=Max("chosen_at"))["m"]
    return found
