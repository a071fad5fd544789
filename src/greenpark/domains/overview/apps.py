"""The Django application."""

from __future__ import annotations

from django.apps import AppConfig


class OverviewConfig(AppConfig):
    name = "greenpark.domains.overview"
    label = "overview"
