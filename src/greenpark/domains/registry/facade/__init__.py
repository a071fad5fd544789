"""What other domains may import of the registry, with ``contracts``."""

from __future__ import annotations

from greenpark.domains.registry.contracts import (
    BALANCES,
    MEDIA,
    POINT_KINDS,
    AliasView,
    Balance,
    EnterpriseDraft,
    EnterpriseView,
    FacilityView,
    Medium,
    PackReport,
    PlaceView,
    PointDirectory,
    PointDraft,
    PointView,
)
from greenpark.domains.registry.rules import NotAnEnterprise, NotAPoint, binding_key, binding_text
from greenpark.domains.registry.selectors.enterprises import (
    EnterpriseFilter,
    alias_counts,
    enterprise,
    enterprise_by_code,
    enterprises,
    facilities,
    places,
    resolve,
)
from greenpark.domains.registry.selectors.points import (
    PointFilter,
    point,
    point_draft,
    points,
    points_by_id,
)
from greenpark.domains.registry.selectors.points import directory as point_directory
from greenpark.domains.registry.selectors.points import version as point_version
from greenpark.domains.registry.services.enterprises import save_enterprise
from greenpark.domains.registry.services.packs import load_region, read_region
from greenpark.domains.registry.services.points import save_facility, save_point, save_points

__all__ = [
    "BALANCES",
    "MEDIA",
    "POINT_KINDS",
    "AliasView",
    "Balance",
    "EnterpriseDraft",
    "EnterpriseFilter",
    "EnterpriseView",
    "FacilityView",
    "Medium",
    "NotAPoint",
    "NotAnEnterprise",
    "PackReport",
    "PlaceView",
    "PointDirectory",
    "PointDraft",
    "PointFilter",
    "PointView",
    "alias_counts",
    "binding_key",
    "binding_text",
    "enterprise",
    "enterprise_by_code",
    "enterprises",
    "facilities",
    "load_region",
    "places",
    "point",
    "point_directory",
    "point_draft",
    "point_version",
    "points",
    "points_by_id",
    "read_region",
    "resolve",
    "save_enterprise",
    "save_facility",
    "save_point",
    "save_points",
]
