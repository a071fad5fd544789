"""Addresses of this installation: the shell, the API, and the screens of every domain."""

from __future__ import annotations

from django.urls import include, path

from greenpark.project.api import api
from greenpark.project.health import healthz
from greenpark.project.installed import modules

urlpatterns = [
    path("", include("greenpark.project.shell.urls")),
    path("healthz", healthz, name="healthz"),
    path("api/v1/", api.urls),
    *(path("", include((screens.urlpatterns, name), name)) for name, screens in modules("ui.urls").items()),
]

handler403 = "greenpark.project.shell.views.forbidden"
handler404 = "greenpark.project.shell.views.not_found"
handler500 = "greenpark.project.shell.views.failed"
