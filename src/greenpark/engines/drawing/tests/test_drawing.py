"""Draws: published vectors, tampering, exits, and the stand-alone script beside the engine."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from greenpark.engines import drawing
from greenpark.engines.drawing import package, rfc3797
from greenpark.engines.drawing import seed as seeds
from greenpark.engines.drawing.digests import sm3_hex

SCRIPT = Path(drawing.__file__).with_name("verify_draw.py")
FREEZE = datetime(2026, 9, 25, 2, tzinfo=UTC)
UNTIL = FREEZE + timedelta(hours=6)
CEREMONY = drawing.Ceremony(FREEZE, UNTIL, least_contributions=3)
RULES = drawing.DrawRules(
    "示范项目 2026 第一批",
    (
        drawing.RoundRules("1", quotas=(drawing.Quota("优先", 2),)),
        drawing.RoundRules("2", priority=("优先",)),
    ),
    CEREMONY,
)


def secret(party: str, value: str) -> drawing.Contribution:
    return drawing.Contribution(
        party,
        drawing.ContributionKind.SECRET,
        drawing.commitment_of(value),
        FREEZE - timedelta(days=1),
        value,
        FREEZE + timedelta(hours=1),
    )


CONTRIBUTIONS = (
    secret("公证处", "0f" * 16),
    secret("居民代表", "a5" * 16),
    drawing.Contribution(
        "现场骰子", drawing.ContributionKind.DICE, value="3615" * 5, revealed_at=UNTIL + timedelta(minutes=5)
    ),
)
PEOPLE = [drawing.Applicant(f"HN{n:04d}", ("优先",) if n % 7 == 0 else ()) for n in range(1, 61)]


def written(files: dict[str, bytes], folder: Path) -> Path:
    for name, data in files.items():
        (folder / name).write_bytes(data)
    return folder


def by_script(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-I", str(SCRIPT), str(folder), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_rfc_3797_vector() -> None:
    # RFC 3797, section 6 (example).
    key = rfc3797.key_of(rfc3797.parse_groups("9319;2 5 12 8 10;9 18 26 34 41 45"))
    assert key == "9319./2.5.8.10.12./9.18.26.34.41.45./"
    assert rfc3797.select(key, 25, 16) == [17, 7, 2, 16, 25, 23, 8, 24, 19, 13, 22, 5, 18, 9, 1, 4]


def test_rfc_3797_refuses_what_is_not_a_public_number() -> None:
    with pytest.raises(rfc3797.NotAPublicNumber):
        rfc3797.parse_groups("9319;2 x")
    with pytest.raises(ValueError, match="0—3"):
        rfc3797.select("1./", pool=3, pick=4)


def test_sm3_vector() -> None:
    # GB/T 32905-2016, appendix A.1.
    assert sm3_hex(b"abc") == "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"


def test_a_draw_verifies_here_and_by_the_printed_script(tmp_path: Path) -> None:
    files, results = drawing.draw(PEOPLE, RULES, CONTRIBUTIONS)
    assert drawing.verify(files) == []
    answer = by_script(written(files, tmp_path), "HN0009")
    assert answer.returncode == 0, answer.stdout + answer.stderr
    place = next(r.place for r in results["1"] if r.number == "HN0009")
    assert f"1: HN0009 -> {place} " in answer.stdout
    assert len(SCRIPT.read_text(encoding="utf-8").splitlines()) <= 100


@pytest.mark.parametrize("name", package.NAMES)
def test_one_changed_byte_is_found_and_named(name: str, tmp_path: Path) -> None:
    files, _ = drawing.draw(PEOPLE, RULES, CONTRIBUTIONS)
    data = bytearray(files[name])
    position = next(i for i in range(len(data) // 2, len(data)) if chr(data[i]).isdigit())
    data[position] = ord("0") + (data[position] - ord("0") + 1) % 10
    files[name] = bytes(data)
    named = {finding.file for finding in drawing.verify(files)}
    # A digest published wrongly makes the file beside it look changed: the pair does not fit.
    assert named & ({name} if name != "frozen.json" else {"list.csv", "rules.json", "frozen.json"})
    assert by_script(written(files, tmp_path)).returncode == 1


def test_quotas_take_the_front_and_priority_goes_first() -> None:
    _, results = drawing.draw(PEOPLE, RULES, CONTRIBUTIONS)
    assert [r.track for r in results["1"][:3]] == ["reserved:优先", "reserved:优先", "general"]
    members = sum("优先" in p.groups for p in PEOPLE)
    assert {r.track for r in results["2"][:members]} == {"priority:优先"}
    assert sorted(r.number for r in results["1"]) == sorted(p.number for p in PEOPLE)


@settings(max_examples=60, deadline=None)
@given(
    exits=st.sets(st.sampled_from([p.number for p in PEOPLE])),
    seed=st.text("0123456789abcdef", min_size=64, max_size=64),
)
def test_exits_leave_the_order_of_the_others(exits: set[str], seed: str) -> None:
    rules = drawing.RoundRules("1", priority=("优先",))
    before = drawing.without(drawing.rank(PEOPLE, seed, rules), exits)
    after = drawing.rank([p for p in PEOPLE if p.number not in exits], seed, rules)
    assert [r.number for r in before] == [r.number for r in after]
    assert [r.score for r in before] == [r.score for r in after]


def test_every_place_is_equally_likely() -> None:
    # One applicant over many seeds: chi-square with 9 degrees of freedom stays below the 0.1 % point, 27.88.
    people = PEOPLE[:10]
    places = [0] * 10
    for n in range(4000):
        for r in drawing.rank(people, f"{n:064x}", drawing.RoundRules("1")):
            places[r.place - 1] += r.number == "HN0003"
    assert sum((seen - 400) ** 2 / 400 for seen in places) < 27.88


def test_a_late_or_false_reveal_is_left_out_with_its_reason() -> None:
    late = replace(CONTRIBUTIONS[0], revealed_at=UNTIL + timedelta(seconds=1))
    false = replace(secret("区住建局", "77" * 16), value="78" * 16)
    verdicts = seeds.judge([late, false, *CONTRIBUTIONS], CEREMONY)
    assert [v.counts for v in verdicts] == [False, False, True, True, True]
    assert "晚于" in verdicts[0].reason
    assert "承诺不符" in verdicts[1].reason


@pytest.mark.parametrize(
    ("contributions", "why"),
    [
        (CONTRIBUTIONS[:2], "少于规则要求"),
        ((*CONTRIBUTIONS[:2], secret("区住建局", "1b" * 16)), "最后揭示者"),
        ((secret("a", "0f"), secret("b", "a5"), CONTRIBUTIONS[2]), "不确定性"),
    ],
)
def test_a_seed_that_somebody_could_steer_is_refused(contributions: tuple[drawing.Contribution, ...], why: str) -> None:
    with pytest.raises(drawing.SeedNotPossible, match=why):
        drawing.draw(PEOPLE, RULES, contributions)


def test_a_number_listed_twice_is_refused() -> None:
    with pytest.raises(drawing.ListNotUsable, match="HN0001 出现两次"):
        drawing.draw([*PEOPLE, PEOPLE[0]], RULES, CONTRIBUTIONS)


def test_damaged_packages_never_raise() -> None:
    files, _ = drawing.draw(PEOPLE, RULES, CONTRIBUTIONS)
    for name in package.NAMES:
        assert drawing.verify({**files, name: b"\xff\x00 {"})
        assert drawing.verify({k: v for k, v in files.items() if k != name}) == [drawing.Finding(name, "文件缺失")]
