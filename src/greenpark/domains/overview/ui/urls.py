"""Addresses of the overview."""

from __future__ import annotations

from django.urls import path

from greenpark.domains.overview.ui import enterprise, park, searching, workbench

app_name = "overview"
urlpatterns = [
    path("workbench/", workbench.workbench, name="workbench"),
    path("overview/", park.park, name="park"),
    path("overview/live/", park.live, name="live"),
    path("overview/load/", park.load, name="load"),
    path("enterprises/<int:enterprise_id>/", enterprise.enterprise, name="enterprise"),
    path("enterprises/<int:enterprise_id>/live/", enterprise.live, name="enterprise-live"),
    path("search/", searching.search, name="search"),
]
