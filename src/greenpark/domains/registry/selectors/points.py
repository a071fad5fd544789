"""Points: views for screens and the directory for gateways."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet

from greenpark.domains.accounts.contracts import Actor, OutOfScope
from greenpark.domains.registry import models
from greenpark.domains.registry.contracts import PointDirectory, PointDraft, PointView
from greenpark.domains.registry.rules import binding_key
from greenpark.kernel.periods import to_us
from greenpark.kernel.points import PointKind, PointSpec

_POINTS = "points"


def spec_of(point: models.Point) -> PointSpec:
    """What checks and rollups need of a point."""
    return PointSpec(
        id=point.pk,
        kind=PointKind(point.kind),
        unit=point.unit,
        expected_interval_s=point.expected_interval_s,
        multiplier=point.multiplier,
        register_max=point.register_max,
        min_value=point.min_value,
        max_value=point.max_value,
        max_rate=point.max_rate,
        commissioned_us=to_us(point.commissioned_at) if point.commissioned_at else None,
        decommissioned_us=to_us(point.decommissioned_at) if point.decommissioned_at else None,
    )


def _view(point: models.Point) -> PointView:
    return PointView(
        id=point.pk,
        code=point.code,
        name=point.name,
        enterprise_id=point.enterprise_id,
        enterprise_name=point.enterprise.name,
        organisation_id=point.enterprise.organisation_id,
        facility=point.facility.name if point.facility else "",
        medium=point.medium,
        balance=point.balance,
        sub_meter_of=point.sub_meter_of_id,
        binding=binding_key(point.binding),
        meter_class=point.meter_class,
        calibration_due=point.calibration_due,
        demo=point.demo,
        active=point.active,
        spec=spec_of(point),
    )


def version() -> int:
    """Number that rises whenever a point or its enterprise's place changes: one indexed read of one row."""
    row = models.Revision.objects.filter(pk=_POINTS).values_list("number", flat=True).first()
    return int(row) if row is not None else 0


def directory(known: PointDirectory | None = None) -> PointDirectory:
    """All active points. Returns ``known`` itself while nothing has changed, so callers may ask often."""
    # The number is read first: a change between the two reads gives a newer content under an older number, which the
    # next call repairs; the other way round a change could be missed for ever.
    number = version()
    if known is not None and known.version == number:
        return known
    rows = models.Point.objects.filter(active=True).select_related("enterprise").order_by("id")
    points = list(rows)
    specs = {point.pk: spec_of(point) for point in points}
    return PointDirectory(
        version=number,
        by_key={key: specs[p.pk] for p in points if (key := binding_key(p.binding)) is not None},
        by_id=specs,
        organisation_of={p.pk: p.enterprise.organisation_id for p in points},
        enterprise_of={p.pk: p.enterprise_id for p in points},
    )


@dataclass(frozen=True, slots=True)
class PointFilter:
    """Filters of lists of points; blank means any."""

    q: str = ""
    """Part of name, pinyin or code."""
    enterprise_id: int | None = None
    medium: str = ""
    balance: str = ""
    state: str = ""
    """active, inactive or due (calibration due by ``due_by``)"""
    due_by: Any = None


def _visible(actor: Actor) -> QuerySet[models.Point]:
    rows = models.Point.objects.select_related("enterprise", "facility")
    return rows if actor.scope.everything else rows.filter(enterprise__organisation_id__in=actor.scope.organisations)


def _filtered(actor: Actor, chosen: PointFilter) -> QuerySet[models.Point]:
    rows = _visible(actor)
    if chosen.q:
        word = chosen.q.strip()
        rows = rows.filter(
            Q(name__icontains=word)
            | Q(name_py__contains=word.lower())
            | Q(code__icontains=word)
            | Q(binding__icontains=word)
        )
    if chosen.enterprise_id is not None:
        rows = rows.filter(enterprise_id=chosen.enterprise_id)
    if chosen.medium:
        rows = rows.filter(medium=chosen.medium)
    if chosen.balance:
        rows = rows.filter(balance=chosen.balance)
    match chosen.state:
        case "active":
            rows = rows.filter(active=True)
        case "inactive":
            rows = rows.filter(active=False)
        case "due":
            rows = rows.filter(active=True, calibration_due__lte=chosen.due_by)
        case _:
            pass
    return rows


def points(
    actor: Actor, chosen: PointFilter | None = None, *, offset: int = 0, limit: int = 50
) -> tuple[list[PointView], int]:
    """Points in the actor's scope by enterprise and code, and how many match."""
    rows = _filtered(actor, chosen or PointFilter())
    page = rows.order_by("enterprise__code", "code")[offset : offset + limit]
    return [_view(point) for point in page], rows.count()


def point(actor: Actor, point_id: int) -> PointView:
    """One point. Raises OutOfScope when there is none in the actor's scope."""
    row = _visible(actor).filter(pk=point_id).first()
    if row is None:
        raise OutOfScope(f"point {point_id}")
    return _view(row)


def points_by_id(ids: Iterable[int]) -> dict[int, PointView]:
    """Views of these points whatever the scope: for jobs and for lists whose scope was checked before."""
    rows = models.Point.objects.select_related("enterprise", "facility").filter(pk__in=set(ids))
    return {row.pk: _view(row) for row in rows}


def point_draft(actor: Actor, point_id: int) -> PointDraft:
    """What a form needs to change a point. Raises OutOfScope."""
    row = _visible(actor).filter(pk=point_id).first()
    if row is None:
        raise OutOfScope(f"point {point_id}")
    return draft_of(row)


def draft_of(row: models.Point) -> PointDraft:
    """The draft that would save the row unchanged."""
    same = {name: getattr(row, name) for name in PointDraft.__slots__ if name not in ("sub_meter_of", "binding")}
    return PointDraft(**same, sub_meter_of=row.sub_meter_of_id, binding=binding_key(row.binding))


def point_counts(actor: Actor, due_by: Any) -> dict[str, int]:
    """Counts for the tabs of the list."""
    rows = _visible(actor)
    return {
        "all": rows.count(),
        "active": rows.filter(active=True).count(),
        "inactive": rows.filter(active=False).count(),
        "due": rows.filter(active=True, calibration_due__lte=due_by).count(),
    }
