from __future__ import annotations

from django.apps import AppConfig


class RegistryConfig(AppConfig):
    name = "greenpark.domains.registry"
    label = "registry"
    verbose_name = "名录与监测点"
