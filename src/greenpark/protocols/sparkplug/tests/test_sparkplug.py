"""Sparkplug B against bytes worked out by hand from the protobuf encoding, and the rules of a session."""

from __future__ import annotations

import struct
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from greenpark.protocols.sparkplug import BadPayload, DataType, Host, Metric, Payload, decode, encode, parse_topic
from greenpark.protocols.sparkplug.session import rebirth_payload

T = 1_763_800_000_000
NBIRTH = parse_topic("spBv1.0/wuhai/NBIRTH/edge1")
DBIRTH = parse_topic("spBv1.0/wuhai/DBIRTH/edge1/meter")
NDATA = parse_topic("spBv1.0/wuhai/NDATA/edge1")
DDATA = parse_topic("spBv1.0/wuhai/DDATA/edge1/meter")
NDEATH = parse_topic("spBv1.0/wuhai/NDEATH/edge1")
assert NBIRTH
assert DBIRTH
assert NDATA
assert DDATA
assert NDEATH

#: By hand: timestamp (field 1) 150 = 96 01, as in the protobuf documentation; one metric (field 2) of 17 bytes with
#: name "kW", alias 5, datatype 10 (Double) and double_value (field 13: tag 6D is fixed32, 69 is fixed64) 1.5; seq 3.
HAND = bytes.fromhex("08 9601 12 11 0A 02 6B57 10 05 20 0A 69 000000000000F83F 18 03")


def test_hand_encoded_bytes() -> None:
    payload = Payload(150, (Metric("kW", 5, datatype=DataType.DOUBLE, value=1.5),), 3)
    assert struct.pack("<d", 1.5).hex() == "000000000000f83f"
    assert decode(HAND) == payload
    assert encode(payload) == HAND


@pytest.mark.parametrize(
    ("datatype", "wire", "value"),
    [(1, 0xFF, -1), (1, 0xFFFFFFFF, -1), (2, 0x8000, -32768), (3, 0xFFFFFFFE, -2), (7, 0xFFFFFFFE, 4294967294)],
)
def test_signed_integers_are_folded_back(datatype: int, wire: int, value: int) -> None:
    sent = Payload(1, (Metric("x", datatype=DataType.UINT32, value=wire),), 0)
    data = encode(sent).replace(b"\x20\x07", bytes([0x20, datatype]))
    assert decode(data).metrics[0].value == value


@pytest.mark.parametrize("data", [b"\x00", b"\x12\x05\x0a", b"\x08", b"\x0b", b"\x08" + b"\xff" * 11, b"\x18\x80\x02"])
def test_broken_bytes_are_named(data: bytes) -> None:
    with pytest.raises(BadPayload):
        decode(data)


@given(st.binary(max_size=200))
def test_random_bytes_are_read_or_refused(data: bytes) -> None:
    with suppress(BadPayload):
        assert encode(decode(data)) is not None


values = st.one_of(
    st.tuples(st.just(DataType.DOUBLE), st.floats(allow_nan=False)),
    st.tuples(st.just(DataType.FLOAT), st.floats(width=32, allow_nan=False)),
    st.tuples(st.just(DataType.INT32), st.integers(-(2**31), 2**31 - 1)),
    st.tuples(st.just(DataType.INT64), st.integers(-(2**63), 2**63 - 1)),
    st.tuples(st.just(DataType.UINT64), st.integers(0, 2**64 - 1)),
    st.tuples(st.just(DataType.BOOLEAN), st.booleans()),
    st.tuples(st.just(DataType.STRING), st.text(max_size=20)),
)


@given(st.lists(st.tuples(st.text(min_size=1, max_size=30), values), max_size=5), st.integers(0, 255))
def test_what_is_encoded_is_decoded(parts: list[tuple[str, tuple[int, float]]], seq: int) -> None:
    metrics = tuple(
        Metric(name, i, T, kind, value, properties={"Quality": 192, "engUnit": "kW·h"})
        for i, (name, (kind, value)) in enumerate(parts)
    )
    payload = Payload(T, metrics, seq)
    assert decode(encode(payload)) == payload


def birth(seq: int = 0) -> bytes:
    return encode(
        Payload(
            T,
            (
                Metric("bdSeq", datatype=DataType.INT64, value=7),
                Metric("Node Control/Rebirth", 0, datatype=DataType.BOOLEAN, value=False),
                Metric("power", 1, T, DataType.DOUBLE, 12.5),
            ),
            seq,
        )
    )


def data(seq: int, alias: int = 1, value: float = 13.0, **more: object) -> bytes:
    return encode(Payload(T, (Metric("", alias, T + 1, DataType.DOUBLE, value, **more),), seq))  # type: ignore[arg-type]


def test_aliases_hold_after_birth_and_control_metrics_are_left_out() -> None:
    host = Host()
    born = host.feed(NBIRTH, birth(), 0)
    assert [(o.metric, o.value) for o in born.observations] == [("power", 12.5)]
    assert born.online is True
    assert born.skipped == 2
    out = host.feed(NDATA, data(1), 0)
    assert [(o.device, o.metric, o.timestamp_ms, o.value) for o in out.observations] == [("", "power", T + 1, 13.0)]
    assert out.rebirth is None


def test_data_before_birth_asks_for_rebirth_but_not_with_every_message() -> None:
    host = Host(ask_again_ms=1000)
    first = host.feed(NDATA, data(5), 0)
    assert first.observations == ()
    assert first.nameless == 1
    assert str(first.rebirth) == "spBv1.0/wuhai/NCMD/edge1"
    assert host.feed(NDATA, data(6), 999).rebirth is None
    assert host.feed(NDATA, data(7), 1000).rebirth is not None


def test_a_gap_makes_aliases_untrusted_until_the_next_birth() -> None:
    host = Host()
    host.feed(NBIRTH, birth(), 0)
    assert host.feed(NDATA, data(1), 0).observations
    gap = host.feed(NDATA, data(3), 0)
    assert gap.gap
    assert gap.observations == ()
    assert gap.rebirth is not None
    named = encode(Payload(T, (Metric("power", None, T, DataType.DOUBLE, 1.0),), 4))
    assert host.feed(NDATA, named, 0).observations[0].value == 1.0
    host.feed(NBIRTH, birth(), 0)
    assert host.feed(NDATA, data(1), 0).observations[0].value == 13.0


def test_sequence_wraps_from_255_to_0_over_node_and_devices() -> None:
    host = Host()
    host.feed(NBIRTH, birth(), 0)
    device = encode(Payload(T, (Metric("energy", 9, T, DataType.UINT32, 100),), 1))
    assert host.feed(DBIRTH, device, 0).observations[0].device == "meter"
    for seq in range(2, 600):
        topic = DDATA if seq % 2 else NDATA
        out = host.feed(topic, data(seq % 256, alias=9 if seq % 2 else 1), 0)
        assert not out.gap
        assert out.observations[0].metric == ("energy" if seq % 2 else "power")


def test_death_of_an_earlier_connection_is_ignored() -> None:
    host = Host()
    host.feed(NBIRTH, birth(), 0)
    old = encode(Payload(T, (Metric("bdSeq", datatype=DataType.INT64, value=6),)))
    assert host.feed(NDEATH, old, 0).online is None
    assert host.feed(NDATA, data(1), 0).observations
    now = encode(Payload(T, (Metric("bdSeq", datatype=DataType.INT64, value=7),)))
    assert host.feed(NDEATH, now, 0).online is False
    assert host.feed(NDATA, data(2), 0).nameless == 1


def test_quality_and_unit_come_from_properties() -> None:
    host = Host()
    host.feed(NBIRTH, birth(), 0)
    (o,) = host.feed(NDATA, data(1, properties={"Quality": 0, "engUnit": "kW"}), 0).observations
    assert (o.quality_code, o.unit) == (0, "kW")


def test_rebirth_command_is_the_boolean_metric_of_the_standard() -> None:
    (metric,) = decode(encode(rebirth_payload(T))).metrics
    assert (metric.name, metric.datatype, metric.value) == ("Node Control/Rebirth", 11, True)


@pytest.mark.parametrize(
    "text", ["spBv1.0/STATE/host", "spBv1.0/g/NBIRTH", "a/b/NBIRTH/c", "spBv1.0/g/XX/e", "spBv1.0//NBIRTH/e"]
)
def test_other_topics_are_none_of_ours(text: str) -> None:
    assert parse_topic(text) is None
