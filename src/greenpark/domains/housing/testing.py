"""Builders for tests and for the demonstration: a project on sale, families, bureaus, a reviewed and drawn batch.

People are plainly invented: names of numerals, identity numbers of region code 999999, which no administrative division
has ever had, with right birth dates and check digits; they can belong to nobody.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from stdnum.cn import ric

from greenpark.domains.accounts import facade as accounts
from greenpark.domains.accounts.contracts import SYSTEM, Actor, DataScope
from greenpark.domains.housing import models
from greenpark.domains.housing.contracts import (
    AnnouncementDraft,
    ApplicationDraft,
    HomeRow,
    PersonDraft,
    ProjectDraft,
)
from greenpark.domains.housing.rules import review as review_rules
from greenpark.domains.housing.rules.price import CostParts
from greenpark.domains.housing.services import (
    announcements,
    applications,
    draws,
    parameters,
    prices,
    review,
    supply,
    waiting,
)
from greenpark.engines import drawing
from greenpark.kernel.periods import PARK_ZONE

NOWHERE = "999999"
_DIGITS = "零一二三四五六七八九"
PDF = b"%PDF-1.4 " + "演示材料".encode()

#: Decisions of a test or demonstration; invented, and said to be so in the document of each.
DECISIONS = {
    "profit_base": "all_costs",
    "deposit_yuan": "10000",
    "deposit_refundable_on_exit": "是",
    "depreciation_method": "straight_line",
    "depreciation_years": "50",
    "depreciation_floor": "0.5",
    "contract_clock_starts": "publicity_clear",
}


def identity(n: int, *, born: date = date(1990, 5, 4), male: bool = True) -> str:
    """An identity number that keeps GB 11643 and belongs to nobody. ``n`` below 500 for one birth date and sex."""
    body = f"{NOWHERE}{born:%Y%m%d}{n * 2 + (1 if male else 0):03d}"
    return body + str(ric.calc_check_digit(body + "0"))


def invented_name(n: int) -> str:
    """演某 followed by the number in characters."""
    return "演" + "".join(_DIGITS[int(d)] for d in f"{n:03d}")


def noon(day: date) -> datetime:
    """Noon in the park's zone."""
    return datetime(day.year, day.month, day.day, 12, tzinfo=PARK_ZONE)


def family(n: int, *, persons: int = 3, **more: Any) -> ApplicationDraft:
    """An invented family: one person, a couple, or a couple with children."""
    born = date(1970 + n % 25, 1 + n % 12, 1 + n % 28)
    people = [PersonDraft("applicant", invented_name(n), identity(n % 500, born=born), "13900000000", True)]
    if persons > 1:
        wife = identity(n % 500, born=born.replace(year=born.year + 1), male=False)
        people.append(PersonDraft("spouse", invented_name(n) + "妻", wife, "", True))
    for child in range(persons - 2):
        young = identity(n % 500, born=date(2012 + child * 2, 1 + n % 12, 1 + n % 28))
        people.append(PersonDraft("child", f"{invented_name(n)}子{_DIGITS[child + 1]}", young, "", True))
    values: dict[str, Any] = {"married": persons > 1, "hukou_district": "海南区", "lives_locally": True}
    return ApplicationDraft(tuple(people), **{**values, **more})


@dataclass(slots=True)
class World:
    """Organisations and the people who act, each with the permissions of the role and its own scope."""

    bureau: int
    manager_organisation: int
    bodies: dict[str, int]
    officer: Actor
    manager: Actor
    reviewers: dict[str, Actor]
    project: int = 0
    announcement: int = 0
    homes: list[int] = field(default_factory=list)


def _actor(n: int, name: str, role: str, organisation: int, scope: set[int]) -> Actor:
    known = accounts.known_permissions()
    row = next(r for r in accounts.ROLES if r.code == role)
    held = frozenset(p for p in known if p in row.patterns)
    return Actor(n, name, organisation, held, DataScope(organisations=frozenset(scope)))


def make_world(*, at: datetime, parent_id: int | None = None, prefix: str = "t-hs") -> World:
    """The housing bureau, the manager below it, and one organisation for each reviewing bureau."""

    def ensure(code: str, name: str, kind: str, parent: int | None) -> int:
        return accounts.ensure_organisation(
            code=f"{prefix}-{code}", name=name, kind=kind, parent_id=parent, by=SYSTEM, at=at
        )

    bureau = ensure("bureau", "住建局（演示）", "bureau", parent_id)
    manager = ensure("manager", "项目管理单位（演示）", "other", bureau)
    bodies = {code: ensure(code, f"{b.name}（演示）", "bureau", parent_id) for code, b in review_rules.BUREAUS.items()}
    for code, organisation in bodies.items():
        review.set_body(code, organisation_id=organisation, by=SYSTEM, at=at)
    return World(
        bureau, manager, bodies,
        _actor(9001, "演示审核员", "housing-officer", bureau, {bureau, manager}),
        _actor(9002, "演示项目单位", "housing-manager", manager, {manager}),
        {
            code: _actor(9010 + n, f"演示{review_rules.BUREAUS[code].name}", "housing-reviewer", o, {o})
            for n, (code, o) in enumerate(bodies.items())
        },
    )  # fmt: skip


def decide_parameters(world: World, *, at: datetime, **changes: str) -> None:
    """Record the invented decisions."""
    for name, value in {**DECISIONS, **changes}.items():
        by = world.manager if name.startswith("deposit") else world.officer
        parameters.set_parameter(name, value, document="演示决定（虚构）", reason="演示", by=by, at=at)


def make_project(
    world: World, *, at: datetime, homes: int = 8, code: str = "T-1", name: str = "试验项目（演示）", demo: bool = True
) -> int:
    """A project with homes on sale at an approved price of 5,000 yuan/m²."""
    world.project = supply.save_project(
        ProjectDraft(code, name, "new", "虚构路 1 号", "划拨", "虚构项目，仅供演示", demo=demo),
        organisation_id=world.manager_organisation, by=world.manager, at=at,
    )  # fmt: skip
    rows = [
        HomeRow(f"{1 + n // 20}-{1 + n % 20 // 4}0{1 + n % 4}", str(1 + n // 20), "1", 1 + n % 20 // 4,
                f"{1 + n % 20 // 4}0{1 + n % 4}", Decimal(70 + 5 * (n % 5)), "两室一厅")
        for n in range(homes)
    ]  # fmt: skip
    world.homes = supply.add_homes(world.project, rows, by=world.manager, at=at)
    area = sum((r.area_m2 for r in rows), Decimal(0))
    parts = CostParts(area * 1000, area * 3600, area * 200, area * 200)
    version = prices.propose(world.project, parts, by=world.manager, at=at, other_items="勘察设计（虚构）").version
    prices.publish(world.project, version, on=at.date(), by=world.manager, at=at)
    prices.approve(
        world.project, version, per_m2=Decimal("5000.00"), document="演示核定〔虚构〕", on=at.date(), by=world.officer,
        at=at,
    )  # fmt: skip
    supply.release_homes(world.project, by=world.manager, at=at)
    return world.project


def announce(
    world: World, *, at: datetime, days: int = 30, bodies: Sequence[str] = tuple(review_rules.BUREAUS), **more: Any
) -> int:
    """A published announcement whose registration begins today."""
    draft = AnnouncementDraft(
        project_id=world.project, title="试验项目配售公告（演示）", basics="虚构项目，仅供演示",
        average_price=Decimal(5000), register_from=at.astimezone(PARK_ZONE).date(),
        register_until=at.astimezone(PARK_ZONE).date() + timedelta(days=days), place="虚构路 1 号", mode="both",
        **more,
    )  # fmt: skip
    world.announcement = announcements.save(draft, by=world.manager, at=at, bodies=bodies)
    announcements.publish(world.announcement, by=world.manager, at=at)
    return world.announcement


def apply(
    world: World,
    draft: ApplicationDraft,
    *,
    at: datetime,
    submit: bool = True,
    documents: bool = True,
    demo: bool = True,
) -> str:
    """An application typed at the counter. Returns its number."""
    by = world.officer
    number = applications.start(world.announcement, by=by, at=at, channel="counter", demo=demo).number
    applications.save(number, draft, by=by, at=at)
    if documents:
        for kind in ("form", "identity", "pledge"):
            applications.attach(
                number, kind=kind, name=f"{kind}.pdf", content=PDF, content_type="application/pdf", by=by, at=at
            )
    if submit:
        applications.submit(number, pledge=True, by=by, at=at)
    return number


#: Answers of each bureau about an unremarkable person.
PLAIN: dict[str, dict[str, Any]] = {
    "realestate": {"homes": [], "disposed": False},
    "police": {"hukou": "海南区", "lives_locally": True},
    "civil": {"married": True},
    "hr": {"insured": True, "employer_type": "职工"},
    "tax": {"income_yuan": "36000"},
}


def answer(world: World, number: str, *, at: datetime, **changed: dict[str, Any]) -> None:
    """Every bureau passes the case with plain facts; ``changed`` are answers by bureau code."""
    row = models.Application.objects.get(number=number)
    for part in row.reviews.all():
        bureau = review_rules.BUREAUS[part.bureau]
        told = {**PLAIN[part.bureau], **changed.get(part.bureau, {})}
        if part.bureau == "civil" and not row.married and "civil" not in changed:
            told = {"married": False}
        facts = {str(m.pk): told for m in row.members.all() if m.relation in bureau.whom}
        by = world.reviewers[part.bureau]
        review.give_verdict(part.pk, verdict="pass", facts=facts, reason="", by=by, at=at)


def qualify(world: World, number: str, *, at: datetime) -> str:
    """Accepted, answered for, concluded. Returns the state."""
    review.accept(number, by=world.officer, at=at)
    answer(world, number, at=at)
    return review.conclude(number, by=world.officer, at=at)


def clear_and_pay(world: World, *, at: datetime) -> list[str]:
    """Publicity over its 7 working days and deposits of everybody cleared. Returns their numbers."""
    publicity = waiting.start_publicity(world.announcement, by=world.manager, at=at)
    after = noon(publicity.end + timedelta(days=1))
    waiting.finish_publicity(publicity.pk, by=world.manager, at=after)
    due = models.Application.objects.filter(announcement_id=world.announcement, state="deposit_due").order_by("pool_no")
    numbers = list(due.values_list("number", flat=True))
    for number in numbers:
        waiting.pay_deposit(
            number, amount=Decimal(10000), document=f"演示收据 {number[-5:]}", on=after.date(), by=world.manager,
            at=after,
        )  # fmt: skip
    return numbers


#: Secrets of the test ceremony.
SECRETS = ("00112233445566778899aabbccddeeff", "ffeeddccbbaa99887766554433221100")
PARTIES = (
    draws.Party("公证员（演示）", "secret"),
    draws.Party("居民代表（演示）", "secret"),
    draws.Party("现场掷骰（演示）", "dice"),
)


def hold_draw(world: World, *, at: datetime, rounds: Sequence[drawing.RoundRules] = (drawing.RoundRules("1"),)) -> int:
    """A whole ceremony. Returns the draw's id."""
    draw = draws.prepare(world.announcement, parties=PARTIES, rounds=rounds, by=world.manager, at=at)
    for n, secret in enumerate(SECRETS):
        draws.commit(draw, n, drawing.commitment_of(secret), by=world.manager, at=at)
    frozen = at + timedelta(minutes=5)
    draws.freeze(draw, reveal_minutes=10, by=world.manager, at=frozen)
    for n, secret in enumerate(SECRETS):
        draws.reveal(draw, n, secret, by=world.manager, at=frozen + timedelta(minutes=2))
    draws.reveal(draw, 2, "3516243516", by=world.manager, at=frozen + timedelta(minutes=12))
    draws.run(draw, by=world.manager, at=frozen + timedelta(minutes=13))
    return draw
