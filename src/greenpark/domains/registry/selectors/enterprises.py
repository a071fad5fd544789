"""Enterprises, places, facilities and aliases."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Count, Q, QuerySet

from greenpark.domains.accounts.contracts import Actor, OutOfScope
from greenpark.domains.registry import models
from greenpark.domains.registry.contracts import (
    AliasState,
    AliasView,
    EnterpriseView,
    FacilityView,
    PlaceView,
)


@dataclass(frozen=True, slots=True)
class EnterpriseFilter:
    """Filters of the list; blank means any."""

    q: str = ""
    """Part of name, pinyin, code, credit code or an alias that was not rejected."""
    district: str = ""
    """Code of a place of kind 区, or ``none`` for those without."""
    industry: str = ""
    state: str = ""
    """aliases (with open ones), no-credit-code, with-points, inactive, demo"""


def _visible(actor: Actor) -> QuerySet[models.Enterprise]:
    rows = models.Enterprise.objects.select_related("district", "park")
    return rows if actor.scope.everything else rows.filter(organisation_id__in=actor.scope.organisations)


def _counted(rows: QuerySet[models.Enterprise]) -> QuerySet[models.Enterprise]:
    return rows.annotate(
        n_points=Count("points", filter=Q(points__active=True), distinct=True),
        n_open=Count("aliases", filter=Q(aliases__state=AliasState.INFERENCE), distinct=True),
    )


def _state(rows: QuerySet[models.Enterprise], state: str) -> QuerySet[models.Enterprise]:
    match state:
        case "aliases":
            return rows.filter(
                pk__in=models.Alias.objects.filter(state=AliasState.INFERENCE, enterprise__isnull=False).values(
                    "enterprise_id"
                )
            )
        case "no-credit-code":
            return rows.filter(credit_code="", active=True)
        case "with-points":
            return rows.filter(pk__in=models.Point.objects.filter(active=True).values("enterprise_id"))
        case "inactive":
            return rows.filter(active=False)
        case "demo":
            return rows.filter(demo=True)
        case _:
            return rows


def _filtered(actor: Actor, chosen: EnterpriseFilter) -> QuerySet[models.Enterprise]:
    rows = _visible(actor)
    if word := chosen.q.strip():
        named = models.Alias.objects.exclude(state=AliasState.REJECTED).filter(text__icontains=word)
        rows = rows.filter(
            Q(name__icontains=word)
            | Q(short_name__icontains=word)
            | Q(name_py__contains=word.lower())
            | Q(code__iexact=word)
            | Q(credit_code__icontains=word)
            | Q(pk__in=named.filter(enterprise__isnull=False).values("enterprise_id"))
        )
    if chosen.district == "none":
        rows = rows.filter(district=None)
    elif chosen.district:
        rows = rows.filter(district__code=chosen.district)
    if chosen.industry:
        rows = rows.filter(industry=chosen.industry)
    return _state(rows, chosen.state)


def _view(row: models.Enterprise) -> EnterpriseView:
    return EnterpriseView(
        id=row.pk,
        code=row.code,
        name=row.name,
        short_name=row.short_name,
        credit_code=row.credit_code,
        district=row.district.name if row.district else "",
        district_note=row.district_note,
        park=row.park.name if row.park else "",
        industry=row.industry,
        role=row.role,
        note=row.note,
        document=row.document,
        quote=row.quote,
        organisation_id=row.organisation_id,
        demo=row.demo,
        active=row.active,
        point_count=getattr(row, "n_points", 0),
        aliases_open=getattr(row, "n_open", 0),
    )


def enterprises(
    actor: Actor, chosen: EnterpriseFilter | None = None, *, offset: int = 0, limit: int | None = 50
) -> tuple[list[EnterpriseView], int]:
    """Enterprises in scope by code, and how many match. ``limit`` None gives all, for exports."""
    rows = _filtered(actor, chosen or EnterpriseFilter())
    cut = _counted(rows).order_by("-demo", "code")[offset : None if limit is None else offset + limit]
    return [_view(row) for row in cut], rows.count()


def enterprise(actor: Actor, enterprise_id: int) -> EnterpriseView:
    """One enterprise. Raises OutOfScope when there is none in the actor's scope."""
    row = _counted(_visible(actor)).filter(pk=enterprise_id).first()
    if row is None:
        raise OutOfScope(f"enterprise {enterprise_id}")
    return _view(row)


def enterprise_place_ids(enterprise_id: int) -> tuple[int | None, int | None]:
    """Ids of district and park, for the form."""
    row = models.Enterprise.objects.values_list("district_id", "park_id").get(pk=enterprise_id)
    return row[0], row[1]


def enterprise_by_code(code: str) -> EnterpriseView | None:
    """By the registry's code, whatever the scope; for jobs and imports."""
    row = _counted(models.Enterprise.objects.select_related("district", "park")).filter(code=code).first()
    return _view(row) if row else None


def enterprise_counts(actor: Actor) -> dict[str, int]:
    """Counts for the tabs of the list."""
    rows = _visible(actor)
    states = ("aliases", "no-credit-code", "with-points", "demo")
    return {"": rows.count(), **{state: _state(rows, state).count() for state in states}}


def industries(actor: Actor) -> list[str]:
    """Industries that occur, for the filter."""
    rows = _visible(actor).exclude(industry="").order_by("industry").values_list("industry", flat=True)
    return list(rows.distinct())


def places(kind: str = "") -> list[PlaceView]:
    """Districts, parks and other places by code; public facts of the documents, in nobody's scope."""
    rows = models.Place.objects.annotate(n=Count("enterprises"))
    if kind:
        rows = rows.filter(kind=kind)
    return [
        PlaceView(p.pk, p.code, p.name, p.kind, p.parent_id, p.relation, p.district, p.document, p.quote, p.note, p.n)
        for p in rows.order_by("code")
    ]


def facilities(actor: Actor, enterprise_id: int) -> list[FacilityView]:
    """The tree of an enterprise's facilities in walking order. Raises OutOfScope."""
    enterprise(actor, enterprise_id)
    rows = list(models.Facility.objects.filter(enterprise_id=enterprise_id, active=True).order_by("code"))
    below: dict[int | None, list[models.Facility]] = {}
    for row in rows:
        below.setdefault(row.parent_id, []).append(row)
    walked: list[FacilityView] = []

    def walk(parent: int | None, depth: int) -> None:
        for row in below.get(parent, []):
            walked.append(FacilityView(row.pk, row.enterprise_id, row.parent_id, row.code, row.name, row.kind, depth))
            walk(row.pk, depth + 1)

    walk(None, 0)
    return walked


def _alias(row: models.Alias) -> AliasView:
    target = row.enterprise or row.place
    return AliasView(
        id=row.pk,
        text=row.text,
        kind="enterprise" if row.enterprise_id else "park",
        target_id=target.pk,
        target_name=target.name,
        state=row.state,
        document=row.document,
        quote=row.quote,
        note=row.note,
        decided_by=row.decided_by,
        reason=row.reason,
    )


def _aliases(actor: Actor) -> QuerySet[models.Alias]:
    rows = models.Alias.objects.select_related("enterprise", "place")
    if actor.scope.everything:
        return rows
    return rows.filter(Q(enterprise__organisation_id__in=actor.scope.organisations) | Q(place__isnull=False))


def aliases(
    actor: Actor, *, state: str = "", q: str = "", enterprise_id: int | None = None, offset: int = 0, limit: int = 50
) -> tuple[list[AliasView], int]:
    """Aliases in scope by text (those of places belong to everybody), and how many match."""
    rows = _aliases(actor)
    if state:
        rows = rows.filter(state=state)
    if q:
        rows = rows.filter(Q(text__icontains=q) | Q(enterprise__name__icontains=q) | Q(place__name__icontains=q))
    if enterprise_id is not None:
        rows = rows.filter(enterprise_id=enterprise_id)
    return [_alias(row) for row in rows.order_by("text", "id")[offset : offset + limit]], rows.count()


def alias_counts(actor: Actor) -> dict[str, int]:
    """State -> how many."""
    counts = dict(_aliases(actor).order_by("state").values_list("state").annotate(n=Count("id")))
    return {state.value: counts.get(state.value, 0) for state in AliasState}


def alias(actor: Actor, alias_id: int) -> AliasView:
    """One alias. Raises OutOfScope."""
    row = _aliases(actor).filter(pk=alias_id).first()
    if row is None:
        raise OutOfScope(f"alias {alias_id}")
    return _alias(row)


def resolve(text: str) -> list[EnterpriseView]:
    """Enterprises that a printed name means for certain: the full name, a code, or a confirmed alias."""
    confirmed = models.Alias.objects.filter(state=AliasState.CONFIRMED, text=text, enterprise__isnull=False)
    rows = models.Enterprise.objects.select_related("district", "park").filter(
        Q(name=text)
        | Q(code=text)
        | Q(credit_code=text) & ~Q(credit_code="")
        | Q(pk__in=confirmed.values("enterprise"))
    )
    return [_view(row) for row in rows.order_by("code")]
