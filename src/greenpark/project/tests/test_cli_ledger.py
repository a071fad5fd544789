"""``greenpark ledger`` on a closed month: output, exit codes, identical digests."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from greenpark.domains.carbon import models, testing
from greenpark.domains.carbon.selectors import factors
from greenpark.domains.telemetry import facade as telemetry
from greenpark.kernel.periods import Month
from greenpark.project.cli_ledger import app

pytestmark = pytest.mark.usefixtures("store")
MAY = Month(2026, 5)


@pytest.fixture
def store(db: None, settings: Any, tmp_path: Path) -> Iterator[None]:
    settings.VAR = tmp_path
    settings.READINGS_URL = f"sqlite:///{tmp_path / 'readings.sqlite3'}"
    settings.HISTORY_PATH = str(tmp_path / "history")
    factors.forget()
    yield
    telemetry.close_access()
    factors.forget()


@pytest.fixture
def run() -> Callable[..., Any]:
    return lambda *args: CliRunner().invoke(app, list(args))


def test_close_again_prints_the_same_digests_and_verify_agrees(run: Callable[..., Any]) -> None:
    testing.make_closed_month(month=MAY)
    first, again = (json.loads(run("close", "2026-05", "--json").stdout) for _ in range(2))
    assert first == again
    assert first["closed"][0]["sm3"] == models.LedgerPeriod.objects.get().sm3
    answer = run("verify", "2026-05")
    assert answer.exit_code == 0
    assert "一致" in answer.stdout


def test_verify_names_the_first_difference_and_exits_1(run: Callable[..., Any]) -> None:
    testing.make_closed_month(month=MAY)
    models.ReportValue.objects.update(value=999)
    answer = run("verify", "2026-05", "--enterprise", "C01")
    assert answer.exit_code == 1
    assert "核算源 coal" in answer.stdout
    assert "月报数值在结账后改变" in answer.stdout


def test_show_and_wrong_usage(run: Callable[..., Any]) -> None:
    testing.make_closed_month(month=MAY)
    rows = json.loads(run("show", "2026-05", "-e", "C01", "--json").stdout)
    assert {r["source"] for r in rows} == {"electricity", "gas", "coal"}
    assert "2026-05" in run("show").stdout
    assert run("close", "2026-13").exit_code == 2
    assert run("close", "2026-05", "--enterprise", "nobody").exit_code == 2
    assert run("verify", "2026-01").exit_code == 1
