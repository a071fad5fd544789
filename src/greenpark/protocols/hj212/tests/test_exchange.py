"""Time-outs, resends and answers, with the time passed in."""

from __future__ import annotations

from greenpark.protocols.hj212 import Decoder, Exchange, Flow, Frame, State
from greenpark.protocols.hj212.tests.building import MN, framed

QN = "20160801085857223"
S = 1_000_000


def heard(cn: str, cp: str = "", qn: str = QN, mn: str = MN) -> Frame:
    event = Decoder().feed(framed(f"QN={qn};ST=91;CN={cn};PW=123456;MN={mn};Flag=4;CP=&&{cp}&&"))[0]
    assert isinstance(event, Frame)
    return event


def exchange(flow: Flow, cn: str = "1012") -> Exchange:
    one = Exchange(QN, cn, MN, flow)
    assert one.start(0)
    return one


def test_command_request_answer_result() -> None:
    one = exchange(Flow.COMMAND)
    assert one.on_frame(heard("9011", "QnRtn=1"), 1 * S)
    assert one.state is State.WAITING_RESULT
    assert one.on_frame(heard("9012", "ExeRtn=1"), 2 * S)
    assert one.state is State.DONE
    assert one.deadline_us is None


def test_three_resends_then_the_line_is_unusable() -> None:
    one = exchange(Flow.COMMAND)
    assert not one.on_time(10 * S - 1)
    assert [one.on_time(t * S) for t in (10, 20, 30)] == [True, True, True]
    assert not one.on_time(40 * S)
    assert (one.state, one.sent) == (State.NO_ANSWER, 4)
    assert "4 次" in one.explain()


def test_an_answered_request_is_not_sent_again() -> None:
    one = exchange(Flow.COMMAND)
    one.on_frame(heard("9011", "QnRtn=1"), 9 * S)
    assert not one.on_time(18 * S)
    assert not one.on_time(19 * S)
    assert (one.state, one.sent) == (State.TIMED_OUT, 1)


def test_data_frames_with_their_own_qn_keep_it_alive() -> None:
    one = exchange(Flow.DATA, "2061")
    one.on_frame(heard("9011", "QnRtn=1"), 1 * S)
    for t in range(2, 60, 8):
        assert not one.on_time(t * S)
        assert one.on_frame(heard("2061", "DataTime=20160801080000", qn="20160801085857534"), t * S)
    assert one.on_frame(heard("9012", "ExeRtn=1"), 60 * S)
    assert (one.state, len(one.frames)) == (State.DONE, 8)


def test_refused_failed_and_no_data() -> None:
    refused = exchange(Flow.COMMAND)
    refused.on_frame(heard("9011", "QnRtn=3"), 0)
    assert refused.state is State.REFUSED
    assert "PW 错误" in refused.explain()
    failed = exchange(Flow.COMMAND)
    failed.on_frame(heard("9012", "ExeRtn=5"), 0)
    assert failed.state is State.FAILED
    empty = exchange(Flow.DATA, "2061")
    empty.on_frame(heard("9012", "ExeRtn=100"), 0)
    assert (empty.state, empty.explain()) == (State.DONE, "没有数据")


def test_answers_of_others_are_left_alone() -> None:
    one = exchange(Flow.COMMAND)
    assert not one.on_frame(heard("9011", "QnRtn=1", qn="20160801085857224"), 0)
    assert not one.on_frame(heard("9011", "QnRtn=1", mn="OTHER"), 0)
    assert not one.on_frame(heard("9013"), 0)
    assert not one.on_frame(heard("9014"), 0)
    assert one.state is State.WAITING_ANSWER


def test_notification_and_upload_end_with_one_answer() -> None:
    notice = exchange(Flow.NOTIFY, "2012")
    assert notice.on_frame(heard("9013"), 0)
    upload = exchange(Flow.UPLOAD, "2011")
    assert upload.on_frame(heard("9014", "QnRtn=1"), 0)  # some centres put QnRtn into 9014
    assert notice.state is upload.state is State.DONE
    assert not upload.on_frame(heard("9014"), 0)
