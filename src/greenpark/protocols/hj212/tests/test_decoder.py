"""Cutting a stream into frames: any chunking, wrong lengths, garbage, foreign check values, encryption."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from greenpark.protocols.hj212 import (
    CipherStyle,
    CrcVariant,
    Decoder,
    DeviceProfile,
    Edition,
    Event,
    Frame,
    Message,
    Reject,
    encode,
    sm4,
)
from greenpark.protocols.hj212.decoder import LONGEST_SEGMENT, SEARCH, Profiles, no_profiles
from greenpark.protocols.hj212.tests.building import MN, chunked, cuts, framed, messages, upload
from greenpark.protocols.hj212.tests.samples import SAMPLES

KEY = b"0" * 16
GOOD = upload("DataTime=20160801085857;w01001-Rtd=7.1,w01001-Flag=N")


def decode(data: bytes | list[bytes], profiles: Profiles = no_profiles) -> list[Event]:
    decoder = Decoder(profiles)
    events = [event for chunk in ([data] if isinstance(data, bytes) else data) for event in decoder.feed(chunk)]
    return events + decoder.close()


def seen(events: list[Event]) -> list[tuple[object, ...]]:
    """What matters of events, comparable."""
    return [
        (e.raw, e.qn, e.header, e.body, e.crc, e.cipher) if isinstance(e, Frame) else (e.raw, e.code, e.reason)
        for e in events
    ]


def codes(events: list[Event]) -> list[str]:
    return ["ok" if isinstance(e, Frame) else str(e.code) for e in events]


def profile(**settings_: object) -> Profiles:
    one = DeviceProfile(MN, **settings_)  # type: ignore[arg-type]
    return lambda mn: one


# ---- samples


@pytest.mark.parametrize("name", list(SAMPLES))
def test_sample(name: str) -> None:
    data, verdict = SAMPLES[name]
    assert codes(decode(data + b"\r\n")) == [verdict or "ok"]


def test_all_samples_in_one_stream_do_not_disturb_each_other() -> None:
    stream = b"".join(data + b"\r\n" for data, _ in SAMPLES.values())
    assert codes(decode(stream)) == [verdict or "ok" for _, verdict in SAMPLES.values()]


# ---- encode and decode are inverse, in any chunking


@settings(max_examples=150)
@given(st.lists(messages(), min_size=1, max_size=4), cuts, st.sampled_from([b"", b"\r\n", b"\n", b" "]))
def test_what_is_encoded_comes_back(sent: list[Message], where: list[int], between: bytes) -> None:
    stream = between.join(encode(m) for m in sent)
    events = decode(chunked(stream, where))
    assert len(events) == len(sent)
    for message, event in zip(sent, events, strict=True):
        assert isinstance(event, Frame), event
        h = event.header
        assert (event.qn, h.st, h.cn, h.pw, h.mn) == (message.qn, message.st, message.cn, message.pw, message.mn)
        assert (h.pnum, h.pno, h.rf, h.edition) == (message.pnum, message.pno, message.rf, message.edition)
        assert h.wants_answer == message.answer
        assert event.groups() == message.groups


@settings(max_examples=100)
@given(
    st.lists(messages(), min_size=1, max_size=3),
    cuts,
    st.sampled_from(list(CipherStyle)),
    st.binary(min_size=16, max_size=16),
)
def test_encrypted_frames_come_back(sent: list[Message], where: list[int], style: CipherStyle, key: bytes) -> None:
    stream = b"".join(encode(m, key=key, style=style) for m in sent)
    one = DeviceProfile(MN, sm4_keys=(b"another key 0000", key))
    events = decode(chunked(stream, where), lambda mn: one)
    assert [e.groups() for e in events if isinstance(e, Frame)] == [m.groups for m in sent]


@settings(max_examples=200)
@given(
    st.lists(
        st.one_of(
            st.binary(max_size=40),
            st.sampled_from([d + b"\r\n" for d, _ in SAMPLES.values()]),
            st.sampled_from(
                [
                    b"##",
                    b"#",
                    b"##0",
                    b"&&1234",
                    b"##9999",
                    b"##0000FFFF",
                    b"\r\n",
                    b"##0101",
                    GOOD[:-20],
                    GOOD[9:],
                    b"&&1C80\r\n",
                ]
            ),
        ),
        max_size=8,
    ),
    cuts,
)
def test_events_do_not_depend_on_the_chunks(pieces: list[bytes], where: list[int]) -> None:
    stream = b"".join(pieces)
    whole = seen(decode(stream))
    assert seen(decode(chunked(stream, where))) == whole
    assert seen(decode([stream[i : i + 1] for i in range(len(stream))])) == whole


@settings(max_examples=200)
@given(st.binary(max_size=300).filter(lambda b: b"#" not in b), cuts)
def test_garbage_between_frames_costs_no_frame(noise: bytes, where: list[int]) -> None:
    events = decode(chunked(GOOD + noise + GOOD, where))
    assert codes(events).count("ok") == 2
    assert codes(events)[0] == codes(events)[-1] == "ok"


@settings(max_examples=300)
@given(st.integers(0, len(GOOD) - 3), st.integers(1, 255))
def test_one_changed_byte_spoils_only_its_own_frame(at: int, change: int) -> None:
    spoilt = GOOD[:at] + bytes([GOOD[at] ^ change]) + GOOD[at + 1 :]
    events = decode(GOOD + spoilt + GOOD)
    same = [e for e in events if isinstance(e, Frame) and e.raw == GOOD[:-2]]
    lower_case_crc = spoilt.lower() == GOOD.lower() and at >= len(GOOD) - 6
    assert len(same) + lower_case_crc >= 2, codes(events)
    assert all(isinstance(e, Reject) or e.raw.lower() == GOOD[:-2].lower() for e in events)


@settings(max_examples=100)
@given(st.binary(max_size=4000))
def test_never_raises_and_keeps_little(noise: bytes) -> None:
    decoder = Decoder()
    for _ in range(8):
        decoder.feed(noise)
        assert decoder.buffered <= LONGEST_SEGMENT + 2 * SEARCH + len(noise)
    decoder.close()
    assert decoder.buffered == 0


# ---- single cases


def test_an_unbounded_stream_of_garbage_is_cut_into_stretches() -> None:
    decoder = Decoder()
    events = [e for _ in range(100) for e in decoder.feed(b"x" * 1000)]
    assert len(events) == 100_000 // SEARCH
    assert decoder.buffered < SEARCH


def test_line_ends() -> None:
    bare = GOOD[:-2]
    decoder = Decoder()
    assert codes(decoder.feed(bare + bare + b"\n" + bare + b"\r\n" + bare)) == ["ok"] * 4
    assert codes(decoder.feed(b"\r\n" + bare + b"\r")) == ["ok"]
    assert codes(decoder.feed(b"\n" + bare)) == ["ok"]
    assert decoder.odd_tails == 2  # none, LF alone


def test_a_frame_is_out_as_soon_as_its_last_digit_is_in() -> None:
    assert codes(Decoder().feed(GOOD[:-2])) == ["ok"]


def test_hash_signs_and_separators_inside_a_value() -> None:
    data = upload("DataTime=20160801085857;PolId=w01018;i11001-Info=//清洗##0101 管路;开始,a=1//", "3020")
    events = decode(data)
    assert codes(events) == ["ok"]
    assert events[0].groups()[2] == (("i11001-Info", "//清洗##0101 管路;开始,a=1//"),)  # type: ignore[union-attr]


def test_length_counts_bytes_not_characters() -> None:
    segment = f"QN=20160801085857223;ST=32;CN=3020;PW=123456;MN={MN};Flag=5;"
    segment += "CP=&&DataTime=20160801085857;i11001-Info=//清洗//&&"
    right = framed(segment)
    wrong = b"##%04d" % len(segment) + right[6:]
    events = decode(wrong + GOOD)
    assert codes(events) == ["bad_length", "ok"]
    assert "按字符" in events[0].likely_cause  # type: ignore[union-attr]


def test_lower_case_check_value() -> None:
    assert codes(decode(GOOD[:-6] + GOOD[-6:].lower())) == ["ok"]


def test_length_too_long_is_settled_on_a_quiet_line() -> None:
    decoder = Decoder()
    wrong = b"##0450" + GOOD[6:]
    assert decoder.feed(wrong) == []
    assert codes(decoder.settle()) == ["bad_length"]
    assert codes(decoder.feed(GOOD)) == ["ok"]


def test_settling_leaves_an_unfinished_frame_alone() -> None:
    decoder = Decoder()
    decoder.feed(GOOD[:40])
    assert decoder.settle() == []
    assert codes(decoder.feed(GOOD[40:])) == ["ok"]


def test_a_cut_off_frame_does_not_swallow_the_next() -> None:
    assert codes(decode(GOOD[:60] + GOOD + GOOD)) == ["truncated", "ok", "ok"]


def test_modbus_swapped_is_named_and_taken_only_on_purpose() -> None:
    message = Message("20160801085857223", "32", "2011", "123456", MN, ((("DataTime", "20160801085857"),),))
    data = encode(message, variant=CrcVariant.MODBUS_SWAPPED)
    rejected = decode(data)
    assert codes(rejected) == ["bad_crc"]
    assert "MODBUS" in rejected[0].likely_cause  # type: ignore[union-attr]
    assert "modbus-swapped" in rejected[0].likely_cause  # type: ignore[union-attr]
    taken = decode(data, profile(crc=CrcVariant.MODBUS_SWAPPED))
    assert codes(taken) == ["ok"]
    assert taken[0].crc is CrcVariant.MODBUS_SWAPPED  # type: ignore[union-attr]
    assert codes(decode(data, profile(crc=CrcVariant.MODBUS))) == ["bad_crc"]
    assert codes(decode(GOOD, profile(crc=CrcVariant.MODBUS_SWAPPED))) == ["ok"]


@pytest.mark.parametrize(
    ("variant", "words"), [(CrcVariant.MODBUS, "MODBUS"), (CrcVariant.STANDARD_SWAPPED, "高低字节写反")]
)
def test_other_foreign_check_values_are_named(variant: CrcVariant, words: str) -> None:
    message = Message("20160801085857223", "32", "1062", "123456", MN, ((("RtdInterval", "30"),),))
    event = decode(encode(message, variant=variant))[0]
    assert isinstance(event, Reject)
    assert words in event.likely_cause


# ---- encryption


def encrypted(style: CipherStyle) -> bytes:
    items = ((("DataTime", "20240520101010"),), (("a21026-Rtd", "11.4"), ("a21026-Flag", "N")))
    message = Message("20240520101010123", "31", "2011", "123456", MN, items, Edition.E2025, answer=True)
    return encode(message, key=KEY, style=style)


def test_raw_cipher_keeps_the_length_and_starts_as_the_standard_prints() -> None:
    data = encrypted(CipherStyle.RAW)
    body = data[data.index(b"CP=&&") + 5 :]
    assert body[:16].hex() == "e43e159acfab242cb53155fb8b9281a1"
    assert int(data[2:6]) == len(data) - 12


def test_literal_cipher_is_written_as_text() -> None:
    data = encrypted(CipherStyle.LITERAL)
    assert b"CP=&&{0xE4,0x3E,0x15," in data
    assert int(data[2:6]) == len(data) - 12


@pytest.mark.parametrize("style", list(CipherStyle))
def test_without_a_key_the_frame_is_refused_and_the_next_one_taken(style: CipherStyle) -> None:
    events = decode(encrypted(style) + GOOD)
    assert codes(events) == ["no_key", "ok"]


@pytest.mark.parametrize("style", list(CipherStyle))
def test_a_wrong_key_is_noticed(style: CipherStyle) -> None:
    events = decode(encrypted(style) + GOOD, profile(sm4_keys=(b"wrong key 123456",)))
    assert codes(events) == ["bad_crc", "ok"]


@pytest.mark.parametrize("style", list(CipherStyle))
def test_the_check_value_over_the_cipher_text_is_taken_with_a_note(style: CipherStyle) -> None:
    again = framed(encrypted(style)[6:-6])
    events = decode(again, profile(sm4_keys=(KEY,)))
    assert codes(events) == ["ok"]
    assert any("密文" in note for note in events[0].notes)  # type: ignore[union-attr]
    assert codes(decode(again, profile(sm4_keys=(b"wrong key 123456",)))) == ["bad_crc"]
    assert events[0].body.startswith(b"DataTime=20240520101010;")  # type: ignore[union-attr]


def test_a_station_with_a_key_may_send_plain_frames() -> None:
    assert codes(decode(GOOD, profile(sm4_keys=(KEY,)))) == ["ok"]


def test_a_wrong_length_over_neighbours_of_2025_takes_only_itself() -> None:
    plain = encode(Message("20240520101010123", "31", "9015", "123456", MN, (), Edition.E2025))
    size = int(plain[2:6])
    wrong = b"##%04d" % (2 * size + 12) + plain[6:]
    assert codes(decode(wrong + plain + plain)) == ["bad_length", "ok", "ok"]


def test_the_vector_of_gb_t_32907() -> None:
    """Appendix A.1 of GB/T 32907-2016: key and plain text 0123456789ABCDEFFEDCBA9876543210."""
    key = bytes.fromhex("0123456789abcdeffedcba9876543210")
    assert sm4.encrypt(key, key).hex() == "681edf34d206965e86b3e94f536e4246"
    assert sm4.encrypt(key + b"rest", key)[16:] == b"rest"


@pytest.mark.parametrize(
    ("text", "cipher"),
    [
        (b"{" + b",".join([b"0x41"] * 16) + b"}", b"A" * 16),
        (
            b"{" + b", ".join([b"0X41"] * 16) + b"}{" + b",".join([b"0xff"] * 16) + b"}ab",
            b"A" * 16 + b"\xff" * 16 + b"ab",
        ),
        (b"{0x41}", None),
        (b"a=1", None),
    ],
)
def test_cipher_bytes_written_as_text(text: bytes, cipher: bytes | None) -> None:
    assert sm4.from_literal(text) == cipher


def test_a_segment_longer_than_the_standard_allows_is_noted() -> None:
    (event,) = decode(upload("DataTime=20160801085857;" + ";".join(f"w{i:05d}-Rtd=1.5" for i in range(90))))
    assert isinstance(event, Frame)
    assert any("1024" in note for note in event.notes)


# ---- header fields


@pytest.mark.parametrize(
    ("segment", "code"),
    [
        ("ST=32;CN=2011;PW=1;MN=A1;Flag=5;CP=&&&&", "bad_qn"),
        ("QN=2016080108585722;ST=32;CN=2011;PW=1;MN=A1;Flag=5;CP=&&&&", "bad_qn"),
        ("QN=20161301085857223;ST=32;CN=2011;PW=1;MN=A1;Flag=5;CP=&&&&", "bad_qn"),
        ("QN=20160801085857223;ST=null;CN=2011;PW=1;MN=A1;Flag=5;CP=&&&&", "bad_st"),
        ("QN=20160801085857223;CN=2011;PW=1;MN=A1;Flag=5;CP=&&&&", "bad_st"),
        ("QN=20160801085857223;ST=32;CN=201;PW=1;MN=A1;Flag=5;CP=&&&&", "bad_cn"),
        ("QN=20160801085857223;ST=32;CN=2011;PW=1;MN=null;Flag=5;CP=&&&&", "bad_mn"),
        ("QN=20160801085857223;ST=32;CN=2011;PW=1;Flag=5;CP=&&&&", "bad_mn"),
        ("QN=20160801085857223;ST=32;CN=2011;PW=1;MN=A1;Flag=256;CP=&&&&", "bad_flag"),
        ("QN=20160801085857223;ST=32;CN=2011;PW=1;MN=A1;Flag=12;CP=&&&&", "bad_flag"),
        ("QN=20160801085857223;ST=32;CN=2011;PW=1;MN=A1;Flag=x;CP=&&&&", "bad_flag"),
        ("QN=20160801085857223;ST=32;CN=2011;PW=1;MN=A1;Flag=7;CP=&&&&", "bad_packet_number"),
        ("QN=20160801085857223;ST=32;CN=2011;PW=1;MN=A1;Flag=7;PNUM=2;PNO=3;CP=&&&&", "bad_packet_number"),
        ("QN=20160801085857223;ST=32;CN=2011;PW=1;MN=A1;MN=A1;Flag=5;CP=&&&&", "bad_structure"),
        ("QN=20160801085857223;ST=32;CN=2011;PW=1;MN=A1;Flag=9;RF=2;CP=&&&&", "bad_structure"),
        ("QN=20160801085857223;ST=32;CN=2011;PW=1;MN=A1;Flag=5;CP=&&a=1", "bad_structure"),
        ("QN=20160801085857223;ST=32;CN=2011;PW=1;MN=A1;Flag=5", "bad_structure"),
        ("QN=20160801085857223;ST=32;CN=2011;PW=1\r\n2;MN=A1;Flag=5;CP=&&&&", "bad_structure"),
        ("", "bad_structure"),
    ],
)
def test_bad_header(segment: str, code: str) -> None:
    events = decode(framed(segment) + GOOD)
    assert codes(events) == [code, "ok"]
    assert events[0].reason  # type: ignore[union-attr]


@pytest.mark.parametrize(("flag", "edition"), [(f, e) for f in range(12) for e in [list(Edition)[f >> 2]]])
def test_flags_of_all_editions(flag: int, edition: Edition) -> None:
    packets = "PNUM=2;PNO=1;" if flag & 2 else ""
    event = decode(framed(f"QN=20160801085857223;ST=32;CN=2011;PW=1;MN=A1;Flag={flag};{packets}CP=&&&&"))[0]
    assert isinstance(event, Frame)
    assert event.header.edition is edition
    assert event.header.wants_answer == bool(flag & 1)
    assert event.header.pnum == (2 if flag & 2 else None)


@pytest.mark.parametrize(
    ("segment", "note"),
    [
        ("QN=20160801085857223;ST=32;CN=2041;PW=1;MN=A1;Flag=5CP=&&DataTime=20160801000000;SB1-RT=1.1&&", "分号"),
        ("QN=20160801085857534,ST=32;CN=2031;PW=1;MN=A1;Flag=5;CP=&&DataTime=20160801000000&&", "逗号"),
        ("QN=20160801085857223;ST=32;CN=2011;PW=1;MN=A1;Flag=9;RF=0;CP=&&&&", "RF=0"),
        ("QN=20160801085857223;ST=32;CN=2011;PW=1;MN=A1;Flag=5;XX=1;CP=&&&&", "XX"),
        ("QN=20160801085857223;ST=32;CN=2011;PW=1;MN=A1;Flag=5;PNUM=0002;PNO=0001;CP=&&&&", "拆分位"),
    ],
)
def test_misprints_are_taken_with_a_note(segment: str, note: str) -> None:
    event = decode(framed(segment))[0]
    assert isinstance(event, Frame)
    assert any(note in text for text in event.header.notes)
