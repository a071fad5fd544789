"""The Django application."""

from __future__ import annotations

from django.apps import AppConfig


class TelemetryConfig(AppConfig):
    name = "greenpark.domains.telemetry"
    label = "telemetry"
    verbose_name = "监测数据"
