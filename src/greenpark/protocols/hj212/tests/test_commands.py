"""Downward commands against the request examples of Appendix C, and the limits of table 4."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from greenpark.protocols.hj212 import BadCommand, Command, Decoder, Edition, Flow, Frame, Message, answer, encode, read
from greenpark.protocols.hj212 import commands as c
from greenpark.protocols.hj212.codes import COMMANDS
from greenpark.protocols.hj212.encoder import body_text
from greenpark.protocols.hj212.tests.building import MN
from greenpark.protocols.hj212.tests.samples import SAMPLES

AT = datetime(2016, 8, 1, 0, 58, 57, tzinfo=UTC)
DAY = datetime(2016, 7, 31, 16, tzinfo=UTC)


@pytest.mark.parametrize(
    ("command", "cn", "cp", "flow"),
    [
        (c.set_timeout(5, 3), "1000", "OverTime=5;ReCount=3", Flow.COMMAND),
        (c.get_time("w01018"), "1011", "PolId=w01018", Flow.DATA),
        (c.set_time(AT, "w01018"), "1012", "PolId=w01018;SystemTime=20160801085857", Flow.COMMAND),
        (c.get_realtime_interval(), "1061", "", Flow.DATA),
        (c.set_realtime_interval(30), "1062", "RtdInterval=30", Flow.COMMAND),
        (c.get_minute_interval(), "1063", "", Flow.DATA),
        (c.set_minute_interval(10), "1064", "MinInterval=10", Flow.COMMAND),
        (c.set_password("654321"), "1072", "NewPW=654321", Flow.COMMAND),
        (c.start_realtime(), "2011", "", Flow.COMMAND),
        (c.stop_realtime(), "2012", "", Flow.NOTIFY),
        (c.start_status(), "2021", "", Flow.COMMAND),
        (c.stop_status(), "2022", "", Flow.NOTIFY),
        (c.get_history("2031", DAY, DAY), "2031", "BeginTime=20160801000000;EndTime=20160801000000", Flow.DATA),
        (c.calibrate("w01018"), "3011", "PolId=w01018", Flow.COMMAND),
        (c.sample_now("w01018"), "3012", "PolId=w01018", Flow.COMMAND),
        (c.clean("w01018"), "3013", "PolId=w01018", Flow.COMMAND),
        (c.compare_sampling("w01018"), "3014", "PolId=w01018", Flow.COMMAND),
        (c.keep_sample(), "3015", "", Flow.DATA),
        (c.set_sampling_period("w01018", "000000", 2), "3016", "PolId=w01018;CstartTime=000000;Ctime=2", Flow.COMMAND),
        (c.get_sampling_period("w01018"), "3017", "PolId=w01018", Flow.DATA),
        (c.get_output_time("w01018"), "3018", "PolId=w01018", Flow.DATA),
        (c.get_serial_number("w01018"), "3019", "PolId=w01018", Flow.DATA),
        (c.get_information("i12001", "w01018"), "3020", "PolId=w01018;InfoId=i12001", Flow.DATA),
        (
            c.set_parameter("i13004", "168.0", "w01018"),
            "3021",
            "PolId=w01018;InfoId=i13004;i13004-Info=168.0",
            Flow.COMMAND,
        ),
    ],
)
def test_builders(command: Command, cn: str, cp: str, flow: Flow) -> None:
    assert (command.cn, body_text(command.groups), command.flow) == (cn, cp, flow)
    assert command.name
    event = Decoder().feed(encode(Message("20160801085857223", "32", cn, "123456", MN, command.groups, answer=True)))[0]
    assert isinstance(event, Frame)
    read(event)
    assert cn in COMMANDS


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: c.set_realtime_interval(29),
        lambda: c.set_realtime_interval(3601),
        lambda: c.set_minute_interval(7),
        lambda: c.set_timeout(0, 3),
        lambda: c.set_timeout(5, 100),
        lambda: c.set_password("1234567"),
        lambda: c.set_password("密码一二三四"),
        lambda: c.get_history("2011", DAY, DAY),
        lambda: c.get_history("2061", AT, DAY),
        lambda: c.calibrate(""),
        lambda: c.set_sampling_period("w01018", "0000", 2),
    ],
)
def test_limits(wrong: Callable[[], Command]) -> None:
    with pytest.raises(BadCommand):
        wrong()


def test_every_command_can_be_built_from_a_form() -> None:
    fields = {
        **dict.fromkeys(("over_time_s", "re_count", "hours"), "5"),
        "seconds": "60",
        "minutes": "10",
        "new": "abc123",
        "pol_id": "w01018",
        "start": "000000",
        "info_id": "i13004",
        "value": "1",
        "begin": "2026-03-01T08:00",
        "end": "2026-03-01T01:00:00+00:00",
    }
    centre = {cn for cn in COMMANDS if COMMANDS[cn].edition is not Edition.E2025 and cn[0] != "9"} - {"1013", "2081"}
    for cn in centre:
        command = c.build(cn, {name: fields[name] for name in c.parameters(cn)}, AT)
        assert command.cn == cn
    assert body_text(c.build("2061", {k: fields[k] for k in ("begin", "end")}, AT).groups) == (
        "BeginTime=20260301080000;EndTime=20260301090000"
    )
    assert body_text(c.build("1012", {}, AT).groups) == "SystemTime=20160801085857"


def test_first_link_in_the_order_of_the_standard() -> None:
    plan = c.first_link(AT, over_time_s=10, re_count=3, realtime_interval_s=30, minute_interval_min=10, status=False)
    assert [command.cn for command in plan] == ["1012", "1000", "1062", "1064", "2011", "2022"]


def test_the_examples_of_both_editions_byte_for_byte() -> None:
    s1 = Message("20160801085857223", "32", "1062", "100000", MN, c.set_realtime_interval(30).groups, answer=True)
    assert encode(s1) == SAMPLES["S1"][0] + b"\r\n"
    s2 = Message("20240601085857223", "32", "1011", "123456", MN, (), Edition.E2025, answer=True)
    assert encode(s2, key=b"0" * 16) == SAMPLES["S2"][0] + b"\r\n"


def test_data_answer_byte_for_byte() -> None:
    event = Decoder().feed(encode(Message("20160801085000001", "32", "2051", "123456", MN, answer=True)))[0]
    assert isinstance(event, Frame)
    assert answer(event.qn, event.header, "9014") == SAMPLES["S7"][0] + b"\r\n"
    nine = Decoder().feed(SAMPLES["S9"][0])[0]
    assert isinstance(nine, Frame)
    assert answer(nine.qn, nine.header, "9014") == SAMPLES["S8"][0] + b"\r\n"
