"""``greenpark ledger`` on a closed month: output, exit codes, identical digests."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from greenpark.domains.carbon import models, testing
from greenpark.kernel.periods import Month

pytestmark = pytest.mark.usefixtures("store")
MAY = Month(2026, 5)


@pytest.fixture
def run() -> object:
    from greenpark.project.cli_ledger import app

    return lambda *args: CliRunner().invoke(app, list(args))


def test_close_again_prints_the_same_digests_and_verify_agrees(run: object) -> None:
    testing.make_closed_month(month=MAY)
    first, again = (json.loads(run("close", "2026-05", "--json").stdout) for _ in range(2))
    assert first == again
    assert first["closed"][0]["sm3"] == models.LedgerPeriod.objects.get().sm3
    answer = run("verify", "2026-05")
    assert answer.exit_code == 0
    assert "一致" in answer.stdout


def test_verify_names_the_first_difference_and_exits_1(run: object) -> None:
    testing.make_closed_month(month=MAY)
    models.ReportValue.objects.update(value=999)
    answer = run("verify", "2026-05", "--enterprise", "C01")
    assert answer.exit_code == 1
    assert "核算源 coal" in answer.stdout
    assert "月报数值在结账后改变" in answer.stdout


def test_show_and_wrong_usage(run: object) -> None:
    testing.make_closed_month(month=MAY)
    rows = json.loads(run("show", "2026-05", "-e", "C01", "--json").stdout)
    assert {r["source"] for r in rows} == {"electricity", "gas", "coal"}
    assert "2026-05" in run("show").stdout
    assert run("close", "2026-13").exit_code == 2
    assert run("close", "2026-05", "--enterprise", "nobody").exit_code == 2
    assert run("verify", "2026-01").exit_code == 1
