"""The Django application of the carbon and energy ledger."""

from __future__ import annotations

from django.apps import AppConfig


class CarbonConfig(AppConfig):
    name = "greenpark.domains.carbon"
    label = "carbon"
    verbose_name = "碳核算"
