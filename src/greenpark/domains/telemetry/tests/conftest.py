"""A readings store of its own for every test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from greenpark.domains.telemetry.selectors.store_access import close_access


@pytest.fixture(autouse=True)
def own_store(tmp_path: Path, settings: Any) -> Iterator[None]:
    settings.READINGS_URL = f"sqlite:///{tmp_path}/readings.sqlite3"
    settings.HISTORY_PATH = str(tmp_path / "history")
    settings.VAR = tmp_path
    yield
    close_access()
