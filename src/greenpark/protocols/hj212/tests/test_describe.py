"""What ``greenpark hj212 decode`` prints."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from greenpark.protocols.hj212 import decode_stream
from greenpark.protocols.hj212.describe import readable
from greenpark.protocols.hj212.tests.building import upload
from greenpark.protocols.hj212.tests.samples import SAMPLES


def test_every_sample_gives_one_line() -> None:
    stream = b"".join(data + b"\r\n" for data, _ in SAMPLES.values())
    lines = [json.loads(json.dumps(d, ensure_ascii=False)) for d in decode_stream(stream)]
    assert [line["accepted"] for line in lines] == [verdict is None for _, verdict in SAMPLES.values()]
    assert all(line["reason"] and line["likely_cause"] for line in lines if not line["accepted"])
    first, ninth = lines[0], lines[8]
    assert first["items"] == [{"group": 0, "name": "RtdInterval", "value": "30"}]
    assert (first["edition"], first["pw"], first["flag"], first["wants_answer"]) == ("2017", "100000", 5, True)
    assert ninth["record"]["measurements"][0]["name"] == "w01010-Rtd"
    assert lines[2]["edition"] == "2005"


def test_contents_that_cannot_be_read_are_not_accepted() -> None:
    (line,) = decode_stream(upload("DataTime=20160801085857;w01001"))
    assert (line["accepted"], line["code"]) == (False, "bad_item")
    (line,) = decode_stream(upload("DataTime=20160801085857", "7777"))
    assert (line["accepted"], line["code"]) == (False, "bad_cn")


@given(st.binary(max_size=60))
def test_raw_bytes_stay_readable_and_distinct(raw: bytes) -> None:
    text = readable(raw)
    assert text.isprintable() or not text
    json.dumps(text)


def test_readable_marks_what_is_not_text() -> None:
    assert readable("清洗\\\r\n".encode() + b"\xff") == "清洗\\\\\\x0d\\x0a\\xff"
