from __future__ import annotations

from django.apps import AppConfig


class PlanningConfig(AppConfig):
    name = "greenpark.domains.planning"
    label = "planning"
    verbose_name = "规划落实"
