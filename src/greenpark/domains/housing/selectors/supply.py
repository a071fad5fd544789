"""Projects, homes, prices, the account, draws and the board, as screens show them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import Count, Max, Q, Sum

from greenpark.domains.accounts.contracts import Actor
from greenpark.domains.housing import models
from greenpark.domains.housing.contracts import NotFound
from greenpark.domains.housing.rules import forms, funds
from greenpark.domains.housing.selectors import scope


@dataclass(frozen=True, slots=True)
class ProjectView:
    id: int
    organisation_id: int
    code: str
    name: str
    source: str
    source_name: str
    address: str
    land: str
    description: str
    decision: str
    demo: bool
    homes: int
    area_m2: Decimal
    for_sale: int
    sold: int
    approved_per_m2: Decimal | None
    balance: Decimal


@dataclass(frozen=True, slots=True)
class HomeView:
    id: int
    project_id: int
    project: str
    code: str
    building: str
    unit: str
    floor: int
    room: str
    area_m2: Decimal
    layout: str
    state: str
    state_name: str
    exception: str
    price: Decimal | None
    """Contract price, else approved price times area [yuan]; None while no price is approved."""
    application: str = ""
    demo: bool = False


def _project(row: models.Project) -> ProjectView:
    sums = row.homes.aggregate(
        n=Count("id"),
        area=Sum("area_m2"),
        sale=Count("id", filter=Q(state="for_sale")),
        sold=Count("id", filter=Q(state__in=("contracted", "owned"))),
    )
    approved = row.prices.filter(state="approved").first()
    return ProjectView(
        row.pk, row.organisation_id, row.code, row.name, row.source, forms.SOURCES[row.source], row.address, row.land,
        row.description, row.decision, row.demo, sums["n"], sums["area"] or Decimal(0), sums["sale"], sums["sold"],
        approved.approved_per_m2 if approved else None,
        (row.funds.aggregate(s=Sum("amount"))["s"] or Decimal(0)).quantize(Decimal("0.01")),
    )  # fmt: skip


def projects(by: Actor) -> list[ProjectView]:
    by.need("housing.view")
    return [_project(r) for r in scope.projects(by)]


def project(by: Actor, project_id: int) -> ProjectView:
    by.need("housing.view")
    return _project(scope.project(by, project_id))


def _homes(rows: Any) -> list[HomeView]:
    rows = list(rows.select_related("project", "area_exception"))
    approved = {
        p.project_id: p.approved_per_m2
        for p in models.PriceVersion.objects.filter(state="approved", project__in={r.project_id for r in rows})
    }
    sales = {
        s.home_id: s
        for s in models.Sale.objects.select_related("application").filter(home__in=rows, ended_at__isnull=True)
    }
    return [_home(r, approved.get(r.project_id), sales.get(r.pk)) for r in rows]


def _home(row: models.Home, per_m2: Decimal | None, sale: models.Sale | None) -> HomeView:
    price = sale.price if sale and sale.price is not None else None
    if price is None and per_m2 is not None:
        price = (per_m2 * row.area_m2).quantize(Decimal("0.01"))
    exception = row.area_exception.reason if hasattr(row, "area_exception") else ""
    return HomeView(
        row.pk, row.project_id, row.project.name, row.code, row.building, row.unit, row.floor, row.room, row.area_m2,
        row.layout, row.state, forms.HOME_STATES[row.state], exception, price,
        sale.application.number if sale else "", row.project.demo,
    )  # fmt: skip


def homes(by: Actor, *, project_id: int | None = None, state: str = "") -> list[HomeView]:
    by.need("housing.view")
    rows = models.Home.objects.filter(project__in=scope.projects(by))
    if project_id:
        rows = rows.filter(project_id=project_id)
    if state:
        rows = rows.filter(state=state)
    return _homes(rows)


def home(by: Actor, home_id: int) -> HomeView:
    by.need("housing.view")
    row = scope.home(by, home_id)
    return _homes(models.Home.objects.filter(pk=row.pk))[0]


def board(announcement_id: int) -> list[HomeView]:
    """The live board of a batch, for everybody: homes and their states, no families."""
    batch = models.Announcement.objects.filter(pk=announcement_id, state__in=("published", "closed")).first()
    if batch is None:
        raise NotFound("没有这份公告")
    rows = models.Home.objects.filter(project_id=batch.project_id).exclude(state__in=("planned", "removed_from_plan"))
    return _homes(rows)


def prices(by: Actor, project_id: int) -> list[models.PriceVersion]:
    by.need("housing.view")
    return list(scope.project(by, project_id).prices.all())


def fund_entries(by: Actor, project_id: int) -> list[tuple[models.FundEntry, Decimal]]:
    """Lines of the closed account with the running balance [yuan]."""
    by.need("housing.view")
    balance, lines = Decimal(0), []
    for row in scope.project(by, project_id).funds.select_related("reverses", "reversed_by").order_by("seq"):
        balance += row.amount
        lines.append((row, balance))
    return lines


def fund_balances(by: Actor, project_id: int) -> dict[str, Decimal]:
    """Balance by kind [yuan]."""
    by.need("housing.view")
    rows = scope.project(by, project_id).funds.order_by().values("kind").annotate(s=Sum("amount"))
    found = {r["kind"]: r["s"].quantize(Decimal("0.01")) for r in rows}
    return {kind: found.get(kind, Decimal("0.00")) for kind in funds.KINDS}


def property_contracts(by: Actor, project_id: int) -> list[models.PropertyContract]:
    by.need("housing.view")
    return list(scope.project(by, project_id).property_contracts.all())


def announcements(by: Actor, *, project_id: int | None = None) -> list[models.Announcement]:
    scope.may_any(by, "housing.view", "housing.apply")
    rows = models.Announcement.objects.select_related("project").filter(project__in=scope.projects(by))
    if project_id:
        rows = rows.filter(project_id=project_id)
    return list(rows.annotate(n=Count("applications")))


def announcement(by: Actor, announcement_id: int) -> models.Announcement:
    by.need("housing.view")
    return scope.announcement(by, announcement_id)


def publicities(by: Actor, announcement_id: int | None = None) -> list[models.Publicity]:
    by.need("housing.view")
    rows = models.Publicity.objects.select_related("announcement__project").filter(
        announcement__project__in=scope.projects(by)
    )
    return list(rows.filter(announcement_id=announcement_id) if announcement_id else rows)


def draws(by: Actor, announcement_id: int | None = None) -> list[models.Draw]:
    by.need("housing.view")
    rows = models.Draw.objects.select_related("announcement__project").filter(
        announcement__project__in=scope.projects(by)
    )
    return list((rows.filter(announcement_id=announcement_id) if announcement_id else rows).defer("package"))


def draw(by: Actor, draw_id: int) -> models.Draw:
    by.need("housing.view")
    return scope.draw(by, draw_id)


def published_draw(name: str) -> models.Draw:
    """A frozen, drawn or void draw, for everybody; preparing ones are not public."""
    row = models.Draw.objects.select_related("announcement__project").filter(name=name).exclude(state="preparing")
    found = row.first()
    if found is None:
        raise NotFound("没有这次摇号，或名册尚未冻结公布")
    return found


def published_draws() -> list[models.Draw]:
    rows = models.Draw.objects.select_related("announcement__project").exclude(state="preparing")
    return list(rows.defer("package", "list_csv"))


def package(name: str) -> bytes:
    """The published zip of a drawn (also of a later voided) draw."""
    row = published_draw(name)
    if not row.package:
        raise NotFound("尚未摇号，没有结果包")
    return bytes(row.package)


def ranks(draw_id: int, *, round_name: str = "") -> list[models.DrawRank]:
    """Ranks as drawn; they carry application numbers only, no names."""
    rows = models.DrawRank.objects.select_related("application").filter(draw_id=draw_id)
    return list(rows.filter(round=round_name) if round_name else rows)


def rank_of(name: str, number: str) -> list[Mapping[str, Any]]:
    """The ranks of an application number in a published draw: for residents who check their own."""
    draw = published_draw(name)
    rows = draw.ranks.filter(application__number=number.strip().upper())
    return [{"round": r.round, "place": r.place, "score": r.score, "track": r.track} for r in rows]


def slots(draw_id: int) -> list[models.Slot]:
    """Slots with the number of bookings as ``taken``."""
    return list(models.Slot.objects.filter(draw_id=draw_id).annotate(taken=Count("bookings")))


def booking_of(application_id: int) -> models.Booking | None:
    return models.Booking.objects.select_related("slot").filter(application_id=application_id).first()


def live_draw(announcement_id: int) -> models.Draw | None:
    """The draw of a batch that is not void."""
    return models.Draw.objects.filter(live_key=announcement_id).defer("package").first()


def demands(by: Actor) -> list[models.Demand]:
    by.need("housing.view")
    rows = models.Demand.objects.all()
    return list(rows if by.scope.everything else rows.filter(organisation_id__in=by.scope.organisations))


def plans(by: Actor) -> list[models.YearPlan]:
    by.need("housing.view")
    rows = models.YearPlan.objects.all()
    return list(rows if by.scope.everything else rows.filter(organisation_id__in=by.scope.organisations))


def ownerships(by: Actor, home_id: int) -> list[models.Ownership]:
    by.need("housing.view")
    return list(scope.home(by, home_id).ownerships.all())


def buybacks(by: Actor, home_id: int) -> list[models.Buyback]:
    by.need("housing.view")
    return list(scope.home(by, home_id).buybacks.all())


def exits(by: Actor, home_id: int) -> list[models.ExitCase]:
    by.need("housing.view")
    return list(scope.home(by, home_id).exits.all())


def payments(by: Actor, number: str) -> list[models.Payment]:
    if by.kind != "resident":
        by.need("housing.view")
    return list(scope.application(by, number).payments.select_related("fund"))


def sale_of(by: Actor, number: str) -> models.Sale | None:
    """The newest sale of a case."""
    if by.kind != "resident":
        by.need("housing.view")
    found: models.Sale | None = scope.application(by, number).sales.select_related("home__project").first()
    return found


def board_changed(project_id: int) -> datetime | None:
    rows = models.Sale.objects.filter(home__project_id=project_id)
    found: datetime | None = rows.aggregate(m=Max("chosen_at"))["m"]
    return found
