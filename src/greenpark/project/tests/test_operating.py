"""Operating commands on real installations in folders of their own: init, doctor, backup, restore, simulate, calc."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

PASSWORD = "Long-enough-1"


def greenpark(var: Path, *arguments: str, stdin: bytes | None = None) -> subprocess.CompletedProcess[bytes]:
    environment = {
        **{k: v for k, v in os.environ.items() if not k.startswith("GREENPARK_")},
        "GREENPARK_VAR": str(var),
        "GREENPARK_ADMIN_PASSWORD": PASSWORD,
        "NO_COLOR": "1",
    }
    command = [sys.executable, "-m", "greenpark", *arguments]
    return subprocess.run(command, env=environment, capture_output=True, input=stdin, check=False)


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Path:
    var = tmp_path_factory.mktemp("installation") / "var"
    made = greenpark(var, "init", "--admin", "zhang")
    assert made.returncode == 0, made.stderr.decode()
    return var


def test_init_twice_adds_nothing_but_the_note_that_the_pack_was_looked_at(installation: Path) -> None:
    before = json.loads(greenpark(installation, "audit", "verify", "--json").stdout)
    again = greenpark(installation, "init", "--admin", "zhang")
    assert again.returncode == 0, again.stderr.decode()
    assert "用户 zhang 已存在" in again.stderr.decode()
    after = json.loads(greenpark(installation, "audit", "verify", "--json").stdout)
    assert after["intact"]
    assert after["events"] == before["events"] + 1 > 10


def test_init_refuses_a_weak_password(tmp_path: Path) -> None:
    refused = greenpark(tmp_path / "var", "init", "--admin", "zhang", "--password", "short")
    assert refused.returncode == 1
    assert not (tmp_path / "var" / "greenpark.sqlite3").exists()


def test_doctor_finds_nothing_bad_and_says_what_is_missing(installation: Path, tmp_path: Path) -> None:
    healthy = greenpark(installation, "doctor", "--json")
    levels = {finding["level"] for finding in json.loads(healthy.stdout)}
    assert healthy.returncode == 0
    assert "bad" not in levels
    sick = greenpark(tmp_path / "nothing", "doctor", "--json")
    fixes = [finding["fix"] for finding in json.loads(sick.stdout) if finding["level"] == "bad"]
    assert sick.returncode == 1
    assert "./greenpark init" in fixes


def test_a_backup_restores_the_same_bytes_and_a_damaged_one_is_refused(installation: Path, tmp_path: Path) -> None:
    csv = "时间,Z-1\n2026-10-01 00:15,1\n"
    (tmp_path / "readings.csv").write_text(csv, encoding="utf-8")
    copy, fresh = tmp_path / "copy", tmp_path / "fresh"
    assert greenpark(installation, "backup", str(copy)).returncode == 0
    restored = greenpark(fresh, "restore", str(copy), "--yes")
    assert restored.returncode == 0, restored.stderr.decode()
    chains = [greenpark(var, "audit", "verify", "--json").stdout for var in (installation, fresh)]
    assert chains[0] == chains[1] != b""
    second = greenpark(fresh, "restore", str(copy), "--yes")
    assert second.returncode != 0
    assert "已有数据" in second.stderr.decode()
    key = copy / "secret-key"
    key.write_bytes(key.read_bytes() + b"x")
    damaged = greenpark(tmp_path / "other", "restore", str(copy), "--yes")
    assert damaged.returncode != 0
    assert "secret-key" in damaged.stderr.decode()


def test_restore_asks_for_a_yes(tmp_path: Path) -> None:
    tmp_path.joinpath("copy").mkdir()
    assert greenpark(tmp_path / "var", "restore", str(tmp_path / "copy")).returncode == 2


def test_calculations_by_json() -> None:
    catalogue = json.loads(greenpark(Path("/nonexistent"), "calc", "list", "--json").stdout)
    assert {"rfc3797", "draw-ranks"} <= {row["name"] for row in catalogue}
    question = {"groups": [[9319], [2, 5, 12, 8, 10], [9, 18, 26, 34, 41, 45]], "pool": 25, "pick": 4}
    answer = greenpark(Path("/nonexistent"), "calc", "rfc3797", stdin=json.dumps(question).encode())
    assert json.loads(answer.stdout)["selected"] == [17, 7, 2, 16]
    wrong = greenpark(Path("/nonexistent"), "calc", "rfc3797", stdin=b'{"groups": "no"}')
    assert wrong.returncode == 1
    assert b"groups" in wrong.stderr
    assert greenpark(Path("/nonexistent"), "calc", "no-such").returncode == 2


def test_workdays_over_the_national_day() -> None:
    # 国办发明电〔2025〕7号: 2026-10-01 to 10-07 off, 09-20 and 10-10 worked.
    answer = json.loads(greenpark(Path("/nonexistent"), "workdays", "2026-09-28", "7", "--json").stdout)
    assert answer["end"] == "2026-10-13"
    first = greenpark(Path("/nonexistent"), "workdays", "2026-09-28", "7", "--count-first", "--json")
    assert json.loads(first.stdout)["end"] == "2026-10-12"
    assert greenpark(Path("/nonexistent"), "workdays", "2031-01-01", "7").returncode == 1


@pytest.mark.parametrize("command", ["ledger verify 2026-10", "audit verify", "backup copy", "serve --port 8999"])
def test_without_an_installation_a_command_says_how_to_make_one(tmp_path: Path, command: str) -> None:
    answer = greenpark(tmp_path / "var", *command.split())
    assert answer.returncode == 1
    assert "./greenpark init" in answer.stderr.decode()
    assert "Traceback" not in answer.stderr.decode()
    assert not (tmp_path / "var").exists(), "looking must not make a database"


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    answer = greenpark(tmp_path, "calc", "emissions-heat", str(tmp_path / "missing.json"))
    assert answer.returncode == 1
    assert "missing.json" in answer.stderr.decode()
    assert "Traceback" not in answer.stderr.decode()
