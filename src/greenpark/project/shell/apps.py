"""The shell of the web interface: page frame, styles, charts, template tags, error pages."""

from __future__ import annotations

from django.apps import AppConfig


class ShellConfig(AppConfig):
    name = "greenpark.project.shell"
    label = "shell"
