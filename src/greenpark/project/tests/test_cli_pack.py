"""``greenpark pack check``: clean as shipped; a fault is named with file, row and column."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from greenpark.project.cli_pack import app

WUHAI = Path(__file__).resolve().parents[4] / "packs" / "regions" / "wuhai"


def edit(folder: Path, table: str, old: str, new: str) -> None:
    path = folder / f"{table}.csv"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


@pytest.fixture
def spoilt(tmp_path: Path) -> Path:
    shutil.copytree(WUHAI, tmp_path / "wuhai")
    return tmp_path / "wuhai"


def test_check_is_clean_and_counts() -> None:
    result = CliRunner().invoke(app, ["check", str(WUHAI), "--json"])
    assert result.exit_code == 0, result.output
    answer = json.loads(result.stdout)
    wanted = {"tasks": 93, "indicators": 159, "projects": 126, "systems": 199, "enterprises": 57, "parks": 34}
    assert wanted.items() <= answer["counts"].items()
    assert answer["counts"]["findings"] == 55
    systems = answer["coverage"]["systems"]
    assert systems["total"] == 199
    assert systems["answered"] == sum(systems[k] for k in ("whole", "part", "ledger", "person"))
    assert systems["percent"] == round(100 * systems["answered"] / 199, 1)


@pytest.mark.parametrize(
    ("table", "old", "new", "where"),
    [
        ("tasks", "以“定链、定长、定制、定策”为原则", "以“定链”为原则", "quote"),
        ("indicators", "万千瓦,2023,1.50", "万千千瓦,2023,1.50", "unit"),
        ("indicators", "I003,GP-A1", "I002,GP-A1", "id"),
        ("annexes", "达到15个", "达到16个", "y2025"),
        ("annexes", "annex1,3,I003", "annex1,3,I777", "indicator"),
        ("coverage", "carbon:ledger", "carbon:nowhere", "carbon:nowhere"),
        ("findings", "CP「工业用水重复利用率", "CP「工业用水利用率", "quotes"),
        ("parameters", ",3,公里", ",三,公里", "value"),
    ],
)
def test_check_names_file_row_and_column(spoilt: Path, table: str, old: str, new: str, where: str) -> None:
    edit(spoilt, table, old, new)
    result = CliRunner().invoke(app, ["check", str(spoilt)])
    assert result.exit_code == 1
    assert table in result.stderr
    assert where in result.stderr
