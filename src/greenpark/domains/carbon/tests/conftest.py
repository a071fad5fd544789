"""An own readings store for every test, and nothing kept between tests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from greenpark.domains.carbon.selectors import factors, live
from greenpark.domains.telemetry import facade as telemetry


@pytest.fixture
def store(db: None, settings: Any, tmp_path: Path) -> Iterator[None]:
    """A store in a temporary folder; the evidence folder lies there as well."""
    settings.VAR = tmp_path
    settings.READINGS_URL = f"sqlite:///{tmp_path / 'readings.sqlite3'}"
    settings.HISTORY_PATH = str(tmp_path / "history")
    factors.forget()
    live.forget()
    yield
    telemetry.close_access()
    factors.forget()
    live.forget()
