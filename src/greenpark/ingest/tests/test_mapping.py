"""The shapes of JSON that devices send; times in every spelling."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from greenpark.ingest.mqtt.mapping import BadMessage, Rule, matches, read
from greenpark.ingest.paths import BadPath, parse
from greenpark.ingest.sink import Delivery, RefusalCode
from greenpark.ingest.times import BadTime, parse_time
from greenpark.kernel.periods import from_us
from greenpark.kernel.quality import Quality

NOW = 1_763_800_000_000_000
MS = 1_763_799_999_123


def take(rule: Rule, content: Any, topic: str = "plant/a") -> Delivery:
    raw = content if isinstance(content, bytes) else orjson.dumps(content)
    return read(rule, topic, raw, peer="broker", device="c", received_us=NOW)


def test_bare_number() -> None:
    d = take(Rule("plant/+"), b"12.5")
    assert (d.keys, d.values, d.times) == ([("mqtt", "plant/a", "")], [12.5], [NOW])


def test_several_values_of_one_object() -> None:
    d = take(Rule("plant/+", time="ts", values=("p", "q")), {"ts": MS, "p": 12.5, "q": "3.1", "other": 1})
    assert d.keys == [("mqtt", "plant/a", "p"), ("mqtt", "plant/a", "q")]
    assert d.values == [12.5, 3.1]
    assert d.times == [MS * 1000] * 2


def test_every_number_of_an_object() -> None:
    content = {"t": MS, "v": {"p": 1, "text": "x", "deep": {"n": 1}, "on": True}}
    d = take(Rule("plant/+", time="t", values=("v.*",)), content)
    assert d.keys == [("mqtt", "plant/a", "v.p")]


def test_list_of_named_items_with_quality_and_unit() -> None:
    rule = Rule("plant/+", items="data", name="id", values=("val",), time="t", quality="good", unit="u")
    d = take(rule, {"t": MS, "data": [
        {"id": "P1", "val": 1, "good": True, "u": "kW"},
        {"id": "P2", "val": 2, "good": "D", "t": MS + 1},
        {"id": "P3", "val": 3, "good": "??"},
    ]})  # fmt: skip
    assert [k[2] for k in d.keys] == ["P1", "P2", "P3"]
    assert d.flags == [0, Quality.DEVICE_FAULT, Quality.DEVICE_OTHER]
    assert d.units == ["kW", None, None]
    assert d.times == [MS * 1000, (MS + 1) * 1000, MS * 1000]


def test_items_that_cannot_be_read_are_refused_one_by_one() -> None:
    rule = Rule("plant/+", values=("v",), time="t")
    d = take(rule, [{"v": "abc", "t": MS}, {"v": 1, "t": "gestern"}, {"v": 2}, {"v": 3, "t": MS}, {"w": 4}])
    assert {i: p.code for i, p in d.problems.items()} == {
        0: RefusalCode.BAD_VALUE, 1: RefusalCode.BAD_TIME, 2: RefusalCode.BAD_TIME,
    }  # fmt: skip
    assert math.isnan(d.values[0])
    assert d.values[3] == 3.0
    assert "gestern" in d.problems[1].reason


@pytest.mark.parametrize(
    ("payload", "code"),
    [(b"\xff\x00", "bad_json"), (b'{"x": 1}', "no_values"), (b"[]", "no_values"), (b'{"v": NaN}', "bad_json")],
)
def test_messages_without_anything_to_read(payload: bytes, code: str) -> None:
    with pytest.raises(BadMessage) as error:
        take(Rule("plant/+", values=("v",)), payload)
    assert error.value.code == code


@pytest.mark.parametrize(
    ("pattern", "topic", "covered"),
    [
        ("a/+/c", "a/b/c", True), ("a/+/c", "a/b/d", False), ("a/#", "a", True), ("a/#", "a/b/c", True),
        ("a/+", "a", False), ("+", "a/b", False), ("#", "$SYS/x", False), ("$SYS/#", "$SYS/x", True),
        ("a/b", "a/b/c", False),
    ],
)  # fmt: skip
def test_topic_filters(pattern: str, topic: str, covered: bool) -> None:
    assert matches(pattern, topic) is covered


@pytest.mark.parametrize("path", [".a", "a..b", "a[", "a[x]", "a]"])
def test_misspelt_paths_are_found_early(path: str) -> None:
    with pytest.raises(BadPath):
        Rule("x", values=(path,))


def test_paths_reach_members_with_dots() -> None:
    assert parse('data["a.b"][3].c') == ("data", "a.b", 3, "c")


WANTED = datetime(2026, 11, 22, 1, 15, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-22T09:15:30+08:00", "2026-11-22T01:15:30Z", "2026-11-22 09:15:30", "2026/11/22 9:15:30",
        "20261122091530", "20261122091530000", "2026年11月22日 9时15分30秒", 1795310130, 1795310130000, "1795310130",
        1795310130000000, 1795310130.0,
    ],
)  # fmt: skip
def test_spellings_of_one_moment(text: object) -> None:
    assert from_us(parse_time(text)) == WANTED


@pytest.mark.parametrize("text", ["", "gestern", "2026-13-01", "99999999999999999999", True, None, 12, math.nan, 1e300])
def test_what_is_no_time(text: object) -> None:
    with pytest.raises(BadTime):
        parse_time(text)


@given(st.integers(315_532_800_000_000, 4_102_444_799_999_999))
def test_microseconds_stay_exact(us: int) -> None:
    assert parse_time(us) == us
    assert parse_time(from_us(us).isoformat()) == us
