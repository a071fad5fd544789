"""Split messages: in order, out of order, missing, too many; and the sender's side."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from greenpark.protocols.hj212 import CannotEncode, Decoder, Edition, Frame, Message, encode, split
from greenpark.protocols.hj212.encoder import MAX_CP, body_text
from greenpark.protocols.hj212.packets import MAX_HELD, MAX_MESSAGES, TIMEOUT_US, Assembler
from greenpark.protocols.hj212.tests.building import MN, framed


def packet(pno: int, cp: str, pnum: int = 3, cn: str = "2061") -> Frame:
    qn = f"201608010858575{pno % 100:02d}"
    data = framed(f"QN={qn};ST=32;CN={cn};PW=1;MN={MN};Flag=7;PNUM={pnum};PNO={pno};CP=&&{cp}&&")
    event = Decoder().feed(data)[0]
    assert isinstance(event, Frame), event
    return event


TIME = "DataTime=20160801080000;"


def test_packets_with_their_own_time_pass_at_once_in_any_order() -> None:
    assembler = Assembler()
    for pno in (2, 3, 1):
        ready, rejects = assembler.add(packet(pno, f"{TIME}a-Avg={pno}"), 0)
        assert [r.frame.header.pno for r in ready] == [pno]
        assert not rejects
    assert assembler.held == 0


def test_later_packets_take_the_time_of_the_first() -> None:
    assembler = Assembler()
    assembler.add(packet(1, f"{TIME}a-Avg=1"), 0)
    ready, _ = assembler.add(packet(2, "b-Avg=2"), 0)
    assert ready[0].data_time_us == 1470009600000000


def test_a_packet_without_time_waits_for_the_first() -> None:
    assembler = Assembler()
    assert assembler.add(packet(3, "c-Avg=3"), 0) == ([], [])
    assert assembler.add(packet(2, "b-Avg=2"), 0) == ([], [])
    ready, _ = assembler.add(packet(1, f"{TIME}a-Avg=1"), 0)
    assert [r.frame.header.pno for r in ready] == [1, 3, 2]
    assert assembler.held == 0


def test_what_never_becomes_complete_is_given_up_with_the_missing_numbers() -> None:
    assembler = Assembler()
    assembler.add(packet(2, "b-Avg=2"), 0)
    assert assembler.expire(TIMEOUT_US) == []
    rejects = assembler.expire(TIMEOUT_US + 1)
    assert [str(r.code) for r in rejects] == ["packet_missing"]
    assert "缺第 1、3 包" in rejects[0].reason


def test_limits() -> None:
    assembler = Assembler()
    rejects = []
    for pno in range(2, MAX_HELD + 10):
        rejects += assembler.add(packet(pno, "b-Avg=2", pnum=90), 0)[1]
    assert assembler.held == MAX_HELD
    assert len(rejects) == 8
    for pnum in range(100, 100 + MAX_MESSAGES + 5):
        assembler.add(packet(2, "b-Avg=2", pnum=pnum), 0)
    assert assembler.held <= MAX_HELD + MAX_MESSAGES
    assembler.close()
    assert assembler.held == 0


def test_the_next_message_of_the_same_size_does_not_inherit_a_time() -> None:
    assembler = Assembler()
    assembler.add(packet(1, f"{TIME}a-Avg=1", pnum=2), 0)  # packet 2 got lost
    assembler.add(packet(1, "DataTime=20160801090000;a-Avg=1", pnum=2), 0)
    ready, _ = assembler.add(packet(2, "b-Avg=2", pnum=2), 0)
    assert ready[0].data_time_us == 1470013200000000


@given(st.integers(1, 60), st.integers(60, 400))
def test_split_packets_fit_and_lose_nothing(count: int, limit: int) -> None:
    items = tuple((((f"w{i:05d}-Avg", f"{i}.5"), (f"w{i:05d}-Flag", "N"))) for i in range(count))
    message = Message("", "32", "2061", "1", MN, ((("DataTime", "20160801080000"),), *items), Edition.E2017)
    qns = [f"20160801085857{i:03d}" for i in range(100)]
    packets = split(message, qns, limit)
    assert [g for p in packets for g in p.groups[1:]] == list(items)
    assert all(p.groups[0] == message.groups[0] for p in packets)
    assert all(len(body_text(p.groups).encode()) <= limit for p in packets)
    assert len({p.qn for p in packets}) == len(packets)
    if len(packets) > 1:
        assert [(p.pno, p.pnum) for p in packets] == [(i + 1, len(packets)) for i in range(len(packets))]
        assert {p.flag & 2 for p in packets} == {2}
    for p in packets:
        assert isinstance(Decoder().feed(encode(p))[0], Frame)


def test_what_cannot_be_split_is_said() -> None:
    long = Message("", "32", "3020", "1", MN, ((("i11001-Info", "x" * (MAX_CP + 1)),),))
    with pytest.raises(CannotEncode):
        split(long, ["20160801085857000"] * 9)
    two = Message("", "32", "2061", "1", MN, tuple(((f"w{i:05d}-Avg", "1"),) for i in range(100)))
    with pytest.raises(CannotEncode, match="QN"):
        split(two, ["20160801085857000"])


@pytest.mark.parametrize("value", ["a;b", "a,b", "a=b", "a&b", "a#b", "a\r", " a", "a//b", "//a&&b//"])
def test_values_that_would_not_come_back_are_refused(value: str) -> None:
    with pytest.raises(CannotEncode):
        encode(Message("20160801085857000", "32", "2011", "1", MN, ((("x", value),),)))
