"""Addresses of the registry."""

from __future__ import annotations

from django.urls import path

from greenpark.domains.registry.ui import aliases, enterprises, points

app_name = "registry"
urlpatterns = [
    path("enterprises/", enterprises.enterprises, name="enterprises"),
    path("enterprises/new/", enterprises.enterprise_new, name="enterprise-new"),
    path("enterprises/<int:enterprise_id>/card/", enterprises.enterprise, name="enterprise"),
    path("enterprises/<int:enterprise_id>/edit/", enterprises.enterprise_edit, name="enterprise-edit"),
    path("enterprises/<int:enterprise_id>/facilities/", enterprises.facility_new, name="facility-new"),
    path("places/", enterprises.places, name="places"),
    path("aliases/", aliases.aliases, name="aliases"),
    path("aliases/<int:alias_id>/", aliases.decide, name="alias-decide"),
    path("points/", points.points, name="points"),
    path("points/new/", points.point_new, name="point-new"),
    path("points/<int:point_id>/registry/", points.point, name="point"),
]
