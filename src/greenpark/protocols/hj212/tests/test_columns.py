"""The fast path equals the plain typed path, frame after frame of the same and of changing shapes."""

from __future__ import annotations

from hypothesis import example, given, settings
from hypothesis import strategies as st

from greenpark.kernel.quality import Quality
from greenpark.protocols.hj212 import (
    CrcVariant,
    Decoder,
    DeviceProfile,
    Frame,
    FrameRefused,
    MeasurementReader,
    Message,
    columns_of,
    encode,
    read,
)
from greenpark.protocols.hj212.records import MeasurementRecord
from greenpark.protocols.hj212.tests.building import MN, framed, upload

PROFILE = DeviceProfile(MN)

suffixes = ["Rtd", "Min", "Avg", "Max", "ZsRtd", "Cou", "Flag", "EFlag", "SampleTime", "Data", "RS", "Foo"]
values = st.one_of(
    st.from_regex(r"-?[0-9]{1,5}(\.[0-9]{1,3})?", fullmatch=True),
    st.sampled_from(
        (
            *("", "N", "D", "T", "n", " N", "NaN", "inf", "1e3", "1e999", "-", "+-1", "1_0", "１", "0x1", " 1", "1 "),
            *(".5", "5.", "//", "//a;b//", "&&", "N=1", "20160801085857"),
        )
    ),
)
factors = st.sampled_from(["a21026", "a34013", "w01018", "01018", "LA", "SB1", "B01"])
items = st.tuples(factors, st.sampled_from(suffixes), values).map(lambda t: f"{t[0]}-{t[1]}={t[2]}")
separators = st.sampled_from([";", ",", ";", ",", ";;", "; "])
times = st.sampled_from(
    ["20160801085857", "20160801085860", "20160230000000", "20160801085857123", "2016", "", "20270101000000"]
)


@st.composite
def bodies(draw: st.DrawFn) -> str:
    parts = [f"DataTime={draw(times)}"] if draw(st.integers(0, 9)) else []
    for item in draw(st.lists(items, max_size=8)):
        parts += [draw(separators), item] if parts else [item]
    return "".join(parts)


@st.composite
def alike(draw: st.DrawFn) -> list[str]:
    """Bodies of one shape with different contents: what the plans are for. Now and then other names, same shape."""
    usual = st.tuples(factors, st.sampled_from(suffixes))
    names = draw(st.lists(usual, min_size=1, max_size=6))
    between = [draw(st.sampled_from(";,")) for _ in names]
    out = []
    for _ in range(3):
        body = f"DataTime={draw(times)}"
        if draw(st.integers(0, 3)) == 0:
            names = draw(st.lists(usual, min_size=len(names), max_size=len(names)))
        for (factor, suffix), separator in zip(names, between, strict=True):
            body += f"{separator}{factor}-{suffix}={draw(values)}"
        out.append(body)
    return out


def outcome(reader: MeasurementReader | None, frame: Frame, profile: DeviceProfile) -> object:
    """Columns as a comparable value, or the refusal."""
    try:
        if reader is not None:
            columns = reader.decode(frame, profile)
        else:
            record = read(frame, profile.zone)
            if not isinstance(record, MeasurementRecord):
                return ([], [], [], [], [], {})
            columns = columns_of(record, frame.header.mn, profile)
    except FrameRefused as refused:
        return refused.code, refused.reason
    flags = columns.flags or [0] * len(columns.values)
    return columns.keys, columns.times, columns.values, flags, columns.units, columns.problems


def frame_of(body: str, cn: str = "2011") -> Frame | None:
    event = Decoder().feed(upload(body, cn))[0]
    return event if isinstance(event, Frame) else None


GOOD = "DataTime=20160801085857;a21026-Rtd=1.5,a21026-Flag=N;LA-Rtd=2"


@settings(max_examples=400)
@given(st.one_of(st.lists(bodies(), min_size=1, max_size=4), alike()), st.booleans())
@example([GOOD, GOOD.replace("1.5", "1e999"), GOOD.replace("=N", "=D"), GOOD.replace("=N", "= N")], False)
@example([GOOD, GOOD.replace("a21026", "a34013"), GOOD.replace("a21026-Flag", "a34013-Flag")], False)
@example([GOOD, GOOD.replace("Rtd=1.5", "Rtd;1.5"), GOOD.replace("DataTime=", "DataTime,")], False)
@example([GOOD, GOOD.replace("2016", "2017"), GOOD.replace("57;", "60;"), GOOD.replace(";LA", ",LA")], True)
def test_fast_equals_plain(texts: list[str], with_units: bool) -> None:
    profile = DeviceProfile(MN, units={"a21026": "µg/m3", "LA-Rtd": "dB"} if with_units else {})
    reader = MeasurementReader()
    for text in [*texts, *texts]:
        frame = frame_of(text)
        if frame is not None:
            assert outcome(reader, frame, profile) == outcome(None, frame, profile)


def test_the_usual_frame_goes_the_fast_way_after_the_first() -> None:
    reader = MeasurementReader()
    for second in range(10, 40):
        frame = frame_of(f"DataTime=201608010858{second};a21026-Rtd={second}.5,a21026-Flag=N;LA-Rtd=2")
        assert frame is not None
        columns = reader.decode(frame, PROFILE)
    assert reader.slow_frames == 1
    assert columns.keys == [("hj212", MN, "2011", "a21026-Rtd"), ("hj212", MN, "2011", "LA-Rtd")]
    assert columns.values == [39.5, 2.0]
    assert columns.times == [1470013119000000] * 2  # 2016-08-01 08:58:39 +08:00
    assert columns.flags == []


def test_a_station_with_a_foreign_check_value_goes_the_fast_way_too() -> None:
    profile = DeviceProfile(MN, crc=CrcVariant.MODBUS_SWAPPED)
    reader, decoder = MeasurementReader(), Decoder(lambda mn: profile)
    for second in range(10, 20):
        items = ((("DataTime", f"201608010858{second}"),), (("a21026-Rtd", f"{second}"),))
        message = Message("20160801085857223", "31", "2011", "123456", MN, items)
        (frame,) = decoder.feed(encode(message, variant=CrcVariant.MODBUS_SWAPPED))
        assert isinstance(frame, Frame)
        assert reader.decode(frame, profile).values == [float(second)]
        assert frame.notes
    assert reader.slow_frames == 1


def test_flags_become_quality() -> None:
    reader = MeasurementReader()
    for flag, quality in [
        ("N", 0),
        ("D", Quality.DEVICE_FAULT),
        ("T", Quality.DEVICE_OVER_RANGE),
        ("Z", Quality.DEVICE_OTHER),
    ]:
        frame = frame_of(f"DataTime=20160801085857;a21026-Rtd=1,a21026-Flag={flag};LA-Rtd=2")
        assert frame is not None
        assert (reader.decode(frame, PROFILE).flags or [0, 0]) == [quality, 0]


def test_a_changed_profile_is_obeyed_at_once() -> None:
    reader = MeasurementReader()
    frame = frame_of(GOOD)
    assert frame is not None
    assert reader.decode(frame, PROFILE).units == []
    other = DeviceProfile(MN, units={"a21026": "ppm"})
    assert reader.decode(frame, other).units == ["ppm", None]
    assert reader.decode(frame, other).units == ["ppm", None]


def test_columns_of_two_frames_are_not_the_same_lists() -> None:
    reader = MeasurementReader()
    frame = frame_of(GOOD)
    assert frame is not None
    reader.decode(frame, PROFILE)
    first, second = reader.decode(frame, PROFILE), reader.decode(frame, PROFILE)
    first.keys.clear()
    assert len(second.keys) == 2
    assert len(reader.decode(frame, PROFILE).keys) == 2


def test_a_value_that_is_no_number_is_a_problem_of_its_item_only() -> None:
    frame = frame_of("DataTime=20160801085857;a21026-Rtd=NaN,a21026-Flag=N;LA-Rtd=2;w01018-Rtd=abc")
    assert frame is not None
    columns = MeasurementReader().decode(frame, PROFILE)
    assert len(columns.values) == 3
    assert columns.values[1] == 2.0
    assert {i: (p.text, p.not_finite) for i, p in columns.problems.items()} == {0: ("NaN", True), 2: ("abc", False)}


def test_an_upload_of_2005_without_qn() -> None:
    event = Decoder().feed(framed(f"ST=32;CN=2011;PW=123456;MN={MN};CP=&&DataTime=20160801085857;011-Rtd=231.0&&"))[0]
    assert isinstance(event, Frame)
    assert MeasurementReader().decode(event, PROFILE).keys == [("hj212", MN, "2011", "011-Rtd")]
