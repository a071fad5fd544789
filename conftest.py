"""Tests never touch the readings of the installation: each run has its own folder."""

from __future__ import annotations

from collections.abc import Iterator

import pytest


@pytest.fixture(scope="session", autouse=True)
def _own_readings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    from django.conf import settings

    if not settings.configured:
        yield
        return
    folder = tmp_path_factory.mktemp("var")
    before = settings.READINGS_URL, settings.HISTORY_PATH, settings.VAR
    settings.READINGS_URL = f"sqlite:///{folder}/readings.sqlite3"
    settings.HISTORY_PATH = str(folder / "history")
    settings.VAR = folder
    yield
    settings.READINGS_URL, settings.HISTORY_PATH, settings.VAR = before
