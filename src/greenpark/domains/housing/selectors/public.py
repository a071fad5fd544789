"""What everybody may read: announcements, draws, and the check of a number against a published draw."""

from __future__ import annotations

import io
import zipfile
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.core.cache import cache
from django.db.models import Count, Q

from greenpark.domains.accounts.contracts import Actor
from greenpark.domains.housing import models
from greenpark.domains.housing.contracts import NotFound
from greenpark.engines import drawing
from greenpark.engines.drawing import ranking

#: A draw of more families is not recomputed for a visitor; the package and the script remain.
RECOMPUTED_AT_MOST = 20_000


@dataclass(frozen=True, slots=True)
class Batch:
    """An announcement as residents read it."""

    id: int
    number: str
    title: str
    project: str
    address: str
    basics: str
    average_price: Any
    register_from: date
    register_until: date
    place: str
    mode: str
    groups: tuple[str, ...]
    state: str
    digest: str
    published_at: Any
    homes: int
    demo: bool

    def open_on(self, day: date) -> bool:
        return self.state == "published" and self.register_from <= day <= self.register_until


def _batch(row: models.Announcement) -> Batch:
    return Batch(
        row.pk, row.number, row.title, row.project.name, row.project.address, row.basics, row.average_price,
        row.register_from, row.register_until, row.place, row.mode, tuple(row.groups), row.state, row.digest,
        row.published_at, row.homes, row.project.demo,
    )  # fmt: skip


def _batches() -> Any:
    on_sale = ~Q(project__homes__state__in=("planned", "removed_from_plan"))
    return (
        models.Announcement.objects.select_related("project")
        .filter(state__in=("published", "closed"))
        .annotate(homes=Count("project__homes", filter=on_sale, distinct=True))
    )


def batches(limit: int = 50) -> list[Batch]:
    """Published announcements, newest first."""
    return [_batch(r) for r in _batches().order_by("-register_until", "-id")[:limit]]


def batch(announcement_id: int) -> Batch:
    row = _batches().filter(pk=announcement_id).first()
    if row is None:
        raise NotFound("没有这份公告")
    return _batch(row)


def publicities(announcement_id: int, day: date) -> list[models.Publicity]:
    """Lists of that batch which are up on that day."""
    return list(
        models.Publicity.objects.filter(announcement_id=announcement_id, state="open", start__lte=day, end__gte=day)
    )


def publicity(publicity_id: int) -> models.Publicity:
    row = models.Publicity.objects.select_related("announcement__project").filter(pk=publicity_id).first()
    if row is None:
        raise NotFound("没有这次公示")
    return row


def draws(announcement_id: int) -> list[models.Draw]:
    """Frozen, drawn and void draws of a batch; what is being prepared is not shown."""
    return list(models.Draw.objects.filter(announcement_id=announcement_id).exclude(state="preparing"))


def draw(draw_id: int) -> models.Draw:
    row = (
        models.Draw.objects.select_related("announcement__project")
        .filter(pk=draw_id).exclude(state="preparing").first()
    )  # fmt: skip
    if row is None:
        raise NotFound("没有这次摇号，或尚未公布")
    return row


def package_files(row: models.Draw) -> dict[str, bytes]:
    """The files of the published package; empty before the draw."""
    if not row.package:
        return {}
    with zipfile.ZipFile(io.BytesIO(bytes(row.package))) as archive:
        return {n.rsplit("/", 1)[-1]: archive.read(n) for n in archive.namelist()}


def recomputed(row: models.Draw) -> list[drawing.Finding] | None:
    """All differences between the published package and what follows from it; None for a draw too big to recompute
    while somebody waits."""
    if not row.package or row.listed > RECOMPUTED_AT_MOST:
        return None
    key = f"housing-draw-{row.pk}-{row.package_sha256}"
    found = cache.get(key)
    if found is None:
        found = drawing.verify(package_files(row))
        cache.set(key, found, 3600)
    return list(found)


@dataclass(frozen=True, slots=True)
class NumberCheck:
    """One number against the published draw; ``places`` empty when the frozen list does not hold it."""

    number: str
    places: tuple[tuple[str, int, str, str, bool], ...]
    """round, place, track, score computed again from the seed, whether it is the published one."""


def check_number(row: models.Draw, number: str) -> NumberCheck:
    """Look the number up in the result and compute its score again from the seed."""
    wanted = number.strip().upper()[:40]
    ranks = models.DrawRank.objects.filter(draw=row, application__number=wanted).order_by("round")
    places = []
    for r in ranks:
        again = ranking.score(row.seed, r.round, wanted)
        places.append((r.round, r.place, r.track, again, again == r.score))
    return NumberCheck(wanted, tuple(places))


def own_ranks(by: Actor) -> list[models.DrawRank]:
    """Ranks of the family, newest draw first."""
    rows = models.DrawRank.objects.select_related("draw__announcement").filter(application_id=by.id)
    return list(rows.order_by("-draw_id", "round")) if by.kind == "resident" else []


def slots(draw_id: int) -> list[dict[str, Any]]:
    """Time slots of a selection with what is free."""
    rows = models.Slot.objects.filter(draw_id=draw_id).annotate(taken=Count("bookings"))
    return [
        {"id": r.pk, "start": r.start, "minutes": r.minutes, "place": r.place, "free": max(r.capacity - r.taken, 0)}
        for r in rows
    ]


def booking(by: Actor) -> models.Booking | None:
    return models.Booking.objects.select_related("slot").filter(application_id=by.id).first()


def sale(by: Actor) -> models.Sale | None:
    """The home of the family, if it has chosen one."""
    return sale_of(by.id) if by.kind == "resident" else None


def sale_of(application_id: int) -> models.Sale | None:
    return (
        models.Sale.objects.select_related("home__project")
        .filter(application_id=application_id, ended_at__isnull=True).first()
    )  # fmt: skip
