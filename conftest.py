"""Tests never touch the readings of the installation, and none fails because the machine is busy."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import settings as hypothesis_settings

# Timings belong to bench/: a deadline per example fails on a loaded machine and says nothing about the code.
hypothesis_settings.register_profile("greenpark", deadline=None)
hypothesis_settings.load_profile("greenpark")


@pytest.fixture(scope="session", autouse=True)
def _own_readings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    from django.conf import settings

    if not settings.configured:
        yield
        return
    folder = tmp_path_factory.mktemp("var")
    # What makes passwords slow to guess makes hundreds of sign-ins slow to test.
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    before = settings.READINGS_URL, settings.HISTORY_PATH, settings.VAR
    settings.READINGS_URL = f"sqlite:///{folder}/readings.sqlite3"
    settings.HISTORY_PATH = str(folder / "history")
    settings.VAR = folder
    yield
    settings.READINGS_URL, settings.HISTORY_PATH, settings.VAR = before


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Browser tests come last: Playwright keeps an event loop running in its worker, in which no other can be run."""
    items.sort(key=lambda item: "tests/browser" in item.nodeid)
