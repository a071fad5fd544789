"""Typed contents against the examples of HJ 212-2017 Appendix C."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from greenpark.kernel.periods import from_us
from greenpark.kernel.quality import Quality
from greenpark.protocols.hj212 import (
    Decoder,
    Frame,
    FrameRefused,
    Kind,
    MeasurementRecord,
    ParameterRecord,
    Record,
    read,
)
from greenpark.protocols.hj212.tests.building import upload


def record(cp: str, cn: str = "2011") -> Record:
    event = Decoder().feed(upload(cp, cn))[0]
    assert isinstance(event, Frame), event
    return read(event)


def measured(cp: str, cn: str = "2011") -> MeasurementRecord:
    found = record(cp, cn)
    assert isinstance(found, MeasurementRecord)
    return found


def test_c14_real_time_with_the_misprinted_factor() -> None:
    one = measured(
        "DataTime=20160801085857;w01001-Rtd=7.1,w01001-Flag=N;"
        "w01018-SampleTime=20160801070000,01018-Rtd=2.2,w01018-Flag=N,w01018-EFlag=A01"
    )
    assert one.kind is Kind.REALTIME
    assert from_us(one.time_us) == datetime(2016, 8, 1, 0, 58, 57, tzinfo=UTC)
    ph, cod = one.measurements
    assert (ph.name, ph.value, ph.flag, ph.quality) == ("w01001-Rtd", 7.1, "N", 0)
    assert (cod.name, cod.value, cod.eflag, cod.quality) == ("w01018-Rtd", 2.2, "A01", Quality.DEVICE_OTHER)
    assert from_us(cod.sample_time_us or 0) == datetime(2016, 7, 31, 23, 0, tzinfo=UTC)
    assert any("漏写首字母" in note for note in one.notes)


def test_a_bare_2005_code_stays_as_sent() -> None:
    assert [m.name for m in measured("DataTime=20160801085857;011-Rtd=231.0,011-Flag=N").measurements] == ["011-Rtd"]
    assert [m.name for m in measured("DataTime=20160801085857;01018-Rtd=2.2").measurements] == ["01018-Rtd"]


@pytest.mark.parametrize(("cn", "kind"), [("2051", Kind.MINUTE), ("2061", Kind.HOUR), ("2031", Kind.DAY)])
def test_c16_to_c18_interval_records(cn: str, kind: Kind) -> None:
    one = measured(
        "DataTime=20160801000000;w00000-Cou=1512.0,w00000-Min=16.4,w00000-Avg=17.5,w00000-Max=20.1,w00000-Flag=N;"
        "w01018-Cou=2142.0,w01018-Avg=40.1,w01018-Flag=T",
        cn,
    )
    assert one.kind is kind
    assert [(m.factor, m.suffix, m.value) for m in one.measurements[:2]] == [
        ("w00000", "Cou", 1512.0),
        ("w00000", "Min", 16.4),
    ]
    assert {m.quality for m in one.measurements if m.factor == "w01018"} == {Quality.DEVICE_OVER_RANGE}
    assert from_us(one.time_us) == datetime(2016, 7, 31, 16, 0, tzinfo=UTC)


def test_c15_c19_equipment() -> None:
    status = measured("DataTime=20160801085857;SB1-RS=1;SB2-RS=0", "2021")
    assert [(m.name, m.value) for m in status.measurements] == [("SB1-RS", 1.0), ("SB2-RS", 0.0)]
    hours = measured("DataTime=20160801000000;SB1-RT=1.1;SB2-RT=2.1", "2041")
    assert [m.value for m in hours.measurements] == [1.1, 2.1]


def test_c25_c28_noise_with_spaces() -> None:
    assert [m.name for m in measured("DataTime=20160801085857; LA-Rtd=50.1").measurements] == ["LA-Rtd"]
    day = measured("DataTime=20160801000000;L5-Data=53.0;Ld-DayData=52.5;Ln-NightData=52.5; LMn-NightData=42.0", "2031")
    assert [m.suffix for m in day.measurements] == ["Data", "DayData", "NightData", "NightData"]


def test_c29_the_same_name_twice() -> None:
    different = measured("DataTime=20160801085857;e01001-Rtd=1.1;e01001-Rtd=2.2;e10101-Rtd=3")
    assert [(m.value, bool(m.problem)) for m in different.measurements] == [(None, True), (None, True), (3.0, False)]
    same = measured("DataTime=20160801085857;a21-Rtd=0.00;a21-Rtd=0.00;a21026-Rtd=1")
    assert [m.value for m in same.measurements] == [0.0, 1.0]


def test_a_flag_in_an_item_of_its_own_still_counts() -> None:
    one = measured("DataTime=20160801085857;a21026-Rtd=1;a21026-Flag=D")
    assert one.measurements[0].quality == Quality.DEVICE_FAULT


@pytest.mark.parametrize(
    "cp",
    [
        "w01001-Rtd=7.1",
        "DataTime=;w01001-Rtd=7.1",
        "DataTime=20161301000000;w01001-Rtd=7.1",
        "DataTime=20160801;w01001-Rtd=7.1",
        "DataTime=20160801000000;w01001-Rtd=7.1;DataTime=20160801000100;w01001-Rtd=7.2",
    ],
)
def test_without_one_good_time_nothing_is_taken(cp: str) -> None:
    with pytest.raises(FrameRefused) as caught:
        record(cp)
    assert caught.value.code == "bad_data_time"


def test_an_item_without_value_sign_refuses_the_frame() -> None:
    with pytest.raises(FrameRefused) as caught:
        record("DataTime=20160801085857;w01001-Rtd=7.1,w010")
    assert caught.value.code == "bad_item"


def test_an_unknown_command_is_refused_with_its_code() -> None:
    with pytest.raises(FrameRefused) as caught:
        record("DataTime=20160801085857", "2099")
    assert caught.value.code == "bad_cn"


@pytest.mark.parametrize(
    ("cn", "cp", "name", "value"),
    [
        ("9011", "QnRtn=1", "QnRtn", 1),
        ("9012", "ExeRtn=100", "ExeRtn", 100),
        ("1011", " PolId=w01018;SystemTime=20160801085857", "SystemTime", "20160801085857"),
        ("1061", "RtdInterval=30", "RtdInterval", 30),
        ("1063", "MinInterval=10", "MinInterval", 10),
        ("1000", "OverTime=5;ReCount=3", "ReCount", 3),
        ("2081", "DataTime=20160801085857;RestartTime=20160801085624", "RestartTime", "20160801085624"),
        ("3015", " DataTime=20160801085857;VaseNo=1 ", "VaseNo", 1),
        ("3016", "PolId=w01018;CstartTime=000000;CTime=2", "Ctime", 2),
        ("3018", "PolId=w01018;Stime=40", "Stime", 40),
        ("3019", "PolId=w01018;w01018-SN=010000A8900016F000169DC1", "w01018-SN", "010000A8900016F000169DC1"),
        ("3020", "DataTime=20100301145000;PolId=w01018;i11001-Info=//清洗管路//", "i11001-Info", "//清洗管路//"),
        (
            "3020",
            "PolId=w01018;InfoId=i11001;BeginTime=20160801010522,EndTime=20160801085857",
            "EndTime",
            "20160801085857",
        ),
        ("2041", "BeginTime=20160801000000,EndTime=20160801000000", "BeginTime", "20160801000000"),
        ("9013", " ", "QnRtn", None),
    ],
)
def test_parameters_and_answers(cn: str, cp: str, name: str, value: object) -> None:
    one = record(cp, cn)
    assert isinstance(one, ParameterRecord)
    assert one.get(name) == value


def test_a_value_outside_table_4_is_kept_as_text_with_a_note() -> None:
    one = record("RtdInterval=5", "1061")
    assert isinstance(one, ParameterRecord)
    assert one.get("RtdInterval") == "5"
    assert any("RtdInterval=5" in note for note in one.notes)
