"""The Django application of homes for sale at cost."""

from __future__ import annotations

from django.apps import AppConfig


class HousingConfig(AppConfig):
    name = "greenpark.domains.housing"
    label = "housing"
    verbose_name = "配售型住房"
