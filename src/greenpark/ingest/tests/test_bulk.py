"""Bulk CSV: the same readings as the careful way gives, whatever the spelling of the times."""

from __future__ import annotations

from pathlib import Path

import pytest

from greenpark.ingest.files.bulk import read_bulk
from greenpark.ingest.files.tables import BadFile
from greenpark.ingest.times import parse_time
from greenpark.kernel.readings import Readings

IDS = {"A": 1, "B": 2}


@pytest.mark.parametrize(
    "times",
    [
        ["2026-11-01 00:00:00", "2026-11-01 00:15:00", "2026-11-01 00:30:00"],
        ["2026-11-01T00:00:00+08:00", "2026-11-01T00:15:00+08:00", "2026-11-01T00:30:00+08:00"],
        ["2026-10-31T16:00:00Z", "2026-10-31T16:15:00Z", "2026-10-31T16:30:00Z"],
        ["1793462400", "1793463300", "1793464200"],
        ["1793462400000", "1793463300000", "1793464200000"],
        ["1793462400000000", "1793463300000000", "1793464200000000"],
    ],
)
def test_times_mean_the_same_as_in_careful_imports(tmp_path: Path, times: list[str]) -> None:
    file = tmp_path / "x.csv"
    file.write_text("point,time,value\n" + f"A,{times[0]},1.5\nB,{times[1]},\nB,{times[2]},2\n")
    found = Readings.concat(read_bulk(file, IDS))
    assert found.points.tolist() == [1, 2]
    assert found.values.tolist() == [1.5, 2.0]
    assert found.times.tolist() == [parse_time(times[0]), parse_time(times[2])]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("point,time,value\nC,2026-11-01,1\n", "「C」"),
        ("point,time,value\nA,gestern,1\n", "读不下去"),
        ("point,time,value\nA,2026-11-01,x\n", "读不下去"),
        ("point,time,value\nA,2026-11-01,nan\nA,2026-11-01,inf\n", "有限"),
        ("a,b\n1,2\n", "表头"),
    ],
)
def test_what_cannot_be_read_is_said(tmp_path: Path, text: str, says: str) -> None:
    file = tmp_path / "x.csv"
    file.write_text(text)
    with pytest.raises(BadFile, match=says):
        list(read_bulk(file, IDS))
