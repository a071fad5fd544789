"""JSON API of the registry, mounted at /api/v1/registry."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Query, Router, Schema, Status
from ninja.errors import ValidationError
from pydantic import AwareDatetime, Field

from greenpark.domains.accounts import facade as accounts
from greenpark.domains.registry import facade
from greenpark.domains.registry.contracts import PointView
from greenpark.domains.registry.selectors import enterprises as selectors
from greenpark.kernel.periods import PARK_ZONE, from_us

router = Router(tags=["registry"])


class Paging(Schema):
    """``page`` counts from 1."""

    page: int = Field(1, ge=1, le=100_000)
    page_size: int = Field(50, ge=1, le=200)

    def window(self) -> dict[str, int]:
        return {"offset": (self.page - 1) * self.page_size, "limit": self.page_size}


class EnterpriseQuery(Paging):
    """Filters as in the list of enterprises."""

    q: str = Field("", max_length=60)
    district: str = ""
    industry: str = ""
    state: str = Field("", pattern=r"^(aliases|no-credit-code|with-points|inactive|demo)?$")


class EnterpriseOut(Schema):
    """An enterprise. ``credit_code`` is empty when no document gives it."""

    id: int
    code: str
    name: str
    short_name: str
    credit_code: str
    district: str
    district_note: str
    park: str
    industry: str
    role: str
    note: str
    document: str
    quote: str
    organisation_id: int
    demo: bool
    active: bool
    point_count: int
    aliases_open: int


class EnterpriseList(Schema):
    items: list[EnterpriseOut]
    count: int


class PointQuery(Paging):
    """Filters as in the list of points."""

    q: str = Field("", max_length=60)
    enterprise: int | None = None
    medium: str = ""
    balance: str = ""
    state: str = Field("", pattern=r"^(active|inactive)?$")


class PointOut(Schema):
    """A point. Raw values times ``multiplier`` are in ``unit``."""

    id: int
    code: str
    name: str
    enterprise_id: int
    enterprise_name: str
    facility: str
    medium: str
    kind: str
    unit: str
    expected_interval_s: int
    multiplier: float
    register_max: float | None
    min_value: float | None
    max_value: float | None
    max_rate_per_hour: float | None
    commissioned_at: AwareDatetime | None
    decommissioned_at: AwareDatetime | None
    balance: str
    sub_meter_of: int | None
    meter_class: str
    calibration_due: date | None
    binding: list[str] | None
    active: bool
    demo: bool


class PointList(Schema):
    items: list[PointOut]
    count: int


class PointIn(Schema):
    """A point to create or to replace."""

    enterprise_id: int
    code: str
    name: str
    medium: str
    kind: str
    unit: str
    expected_interval_s: int
    balance: str = "none"
    facility_id: int | None = None
    sub_meter_of: int | None = None
    multiplier: float = 1.0
    register_max: float | None = None
    min_value: float | None = None
    max_value: float | None = None
    max_rate: float | None = None
    commissioned_at: AwareDatetime | None = None
    decommissioned_at: AwareDatetime | None = None
    meter_class: str = ""
    calibration_due: date | None = None
    binding: list[str] | None = None
    active: bool = True
    note: str = ""


class PlaceOut(Schema):
    """A district, park or other place, with the words of the document."""

    id: int
    code: str
    name: str
    kind: str
    parent_id: int | None
    relation: str
    district: str
    document: str
    quote: str
    note: str


class PlaceList(Schema):
    items: list[PlaceOut]
    count: int


class AliasOut(Schema):
    """A printed name and whom it is thought to mean. Only ``confirmed`` ones merge data."""

    id: int
    text: str
    kind: str
    target_id: int
    target_name: str
    state: str
    document: str
    quote: str
    note: str
    decided_by: str
    reason: str


class AliasList(Schema):
    items: list[AliasOut]
    count: int


class AliasQuery(Paging):
    state: str = Field("", pattern=r"^(inference|confirmed|rejected)?$")
    q: str = Field("", max_length=60)


def _local(us: int | None) -> datetime | None:
    """A moment in the park's zone, written +08:00."""
    return None if us is None else from_us(us).astimezone(PARK_ZONE)


def point_out(view: PointView) -> dict[str, Any]:
    """A point as the API shows it."""
    spec = view.spec
    return {
        **{name: getattr(view, name) for name in PointOut.model_fields if hasattr(view, name)},
        "kind": spec.kind.value,
        "unit": spec.unit,
        "expected_interval_s": spec.expected_interval_s,
        "multiplier": spec.multiplier,
        "register_max": spec.register_max,
        "min_value": spec.min_value,
        "max_value": spec.max_value,
        "max_rate_per_hour": spec.max_rate,
        "commissioned_at": _local(spec.commissioned_us),
        "decommissioned_at": _local(spec.decommissioned_us),
        "binding": list(view.binding) if view.binding else None,
    }


@router.get("/enterprises", response=EnterpriseList, summary="企业名录 · Enterprises")
@accounts.require("registry.view")
def list_enterprises(request: HttpRequest, query: Query[EnterpriseQuery]) -> dict[str, Any]:
    chosen = facade.EnterpriseFilter(query.q, query.district, query.industry, query.state)
    items, count = facade.enterprises(request.actor, chosen, **query.window())
    return {"items": items, "count": count}


@router.get("/enterprises/{int:enterprise_id}", response=EnterpriseOut, summary="企业 · One enterprise")
@accounts.require("registry.view")
def get_enterprise(request: HttpRequest, enterprise_id: int) -> Any:
    return facade.enterprise(request.actor, enterprise_id)


@router.get("/places", response=PlaceList, summary="园区与地点 · Places")
@accounts.require("registry.view")
def list_places(request: HttpRequest, query: Query[Paging]) -> dict[str, Any]:
    places, window = facade.places(), query.window()
    return {"items": places[window["offset"] :][: window["limit"]], "count": len(places)}


@router.get("/aliases", response=AliasList, summary="别名 · Aliases")
@accounts.require("registry.view")
def list_aliases(request: HttpRequest, query: Query[AliasQuery]) -> dict[str, Any]:
    items, count = selectors.aliases(request.actor, state=query.state, q=query.q, **query.window())
    return {"items": items, "count": count}


@router.get("/points", response=PointList, summary="监测点 · Points")
@accounts.require("registry.view")
def list_points(request: HttpRequest, query: Query[PointQuery]) -> dict[str, Any]:
    chosen = facade.PointFilter(query.q, query.enterprise, query.medium, query.balance, query.state)
    items, count = facade.points(request.actor, chosen, **query.window())
    return {"items": [point_out(view) for view in items], "count": count}


@router.get("/points/{int:point_id}", response=PointOut, summary="监测点 · One point")
@accounts.require("registry.view")
def get_point(request: HttpRequest, point_id: int) -> Any:
    return point_out(facade.point(request.actor, point_id))


def _save(request: HttpRequest, body: PointIn, point_id: int | None) -> dict[str, Any]:
    values = body.dict()
    values["binding"] = tuple(body.binding) if body.binding is not None else None
    enterprise = facade.enterprise(request.actor, body.enterprise_id)
    try:
        saved = facade.save_point(
            facade.PointDraft(**values, demo=enterprise.demo), by=request.actor, at=timezone.now(), point_id=point_id
        )
    except facade.NotAPoint as wrong:
        raise ValidationError(
            [{"loc": ("body", name), "msg": why, "type": "not_a_point"} for name, why in wrong.errors.items()]
        ) from wrong
    return point_out(facade.point(request.actor, saved))


@router.post("/points", response={201: PointOut}, summary="新增监测点 · Create a point")
@accounts.require("registry.configure")
def create_point(request: HttpRequest, response: HttpResponse, body: PointIn) -> Any:
    view = _save(request, body, None)
    response["Location"] = f"{request.path}/{view['id']}"
    return Status(201, view)


@router.put("/points/{int:point_id}", response=PointOut, summary="修改监测点 · Replace a point")
@accounts.require("registry.configure")
def replace_point(request: HttpRequest, point_id: int, body: PointIn) -> Any:
    facade.point(request.actor, point_id)
    return _save(request, body, point_id)
