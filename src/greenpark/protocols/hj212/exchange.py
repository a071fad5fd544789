"""One exchange with its time-outs and resends (HJ 212-2017 6.1, 6.2, 6.5), as a state machine without a clock.

The caller passes the time in, sends what :meth:`Exchange.on_time` and :meth:`Exchange.start` ask it to send, and shows
every answer and data frame to :meth:`Exchange.on_frame`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from greenpark.protocols.hj212.codes import EXE_RTN_ZH, QN_RTN_ZH, ExeRtn, QnRtn
from greenpark.protocols.hj212.commands import Flow
from greenpark.protocols.hj212.message import Frame
from greenpark.protocols.hj212.rejects import FrameRefused

#: Table 1: 10 s and 3 resends, on ADSL 5 s.
DEFAULT_TIMEOUT_US: Final = 10_000_000
DEFAULT_RESENDS: Final = 3

ANSWERS: Final = frozenset({"9011", "9012", "9013", "9014"})


class State(StrEnum):
    """Where an exchange stands."""

    IDLE = "idle"
    WAITING_ANSWER = "waiting_answer"
    WAITING_RESULT = "waiting_result"
    DONE = "done"
    REFUSED = "refused"  # QnRtn other than 1
    FAILED = "failed"  # ExeRtn other than 1 (and 100)
    NO_ANSWER = "no_answer"  # no answer after the last resend: the line counts as unusable
    TIMED_OUT = "timed_out"  # answered, then silent
    LINE_LOST = "line_lost"  # the connection broke before the outcome was known


FINAL: Final = frozenset({State.DONE, State.REFUSED, State.FAILED, State.NO_ANSWER, State.TIMED_OUT, State.LINE_LOST})


@dataclass(slots=True)
class Exchange:
    """qn, cn, mn: of the request. flow: what answers end it.

    timeout_us: silence after which a request is sent again, or an execution counts as failed.
    resends: how often at most a request is sent again.
    """

    qn: str
    cn: str
    mn: str
    flow: Flow
    timeout_us: int = DEFAULT_TIMEOUT_US
    resends: int = DEFAULT_RESENDS
    state: State = State.IDLE
    sent: int = 0
    deadline_us: int | None = None
    qn_rtn: int | None = None
    exe_rtn: int | None = None
    frames: list[Frame] = field(default_factory=list)
    """Data frames that belong to the request, in order of arrival."""

    @property
    def finished(self) -> bool:
        return self.state in FINAL

    def start(self, now_us: int) -> bool:
        """The request goes out for the first time. Returns True: send it now."""
        self.state = State.WAITING_ANSWER
        return self._send(now_us)

    def on_time(self, now_us: int) -> bool:
        """Time has passed. Returns True when the request must be sent again."""
        if self.deadline_us is None or now_us < self.deadline_us:
            return False
        if self.state is State.WAITING_ANSWER and self.sent <= self.resends:
            return self._send(now_us)
        self._end(State.NO_ANSWER if self.state is State.WAITING_ANSWER else State.TIMED_OUT)
        return False

    def on_frame(self, frame: Frame, now_us: int) -> bool:
        """A frame of the same station arrived. Returns True when it belongs to this exchange."""
        if self.finished or self.state is State.IDLE or frame.header.mn != self.mn:
            return False
        cn = frame.header.cn
        if cn in ANSWERS:
            return frame.qn == self.qn and self._answered(cn, frame, now_us)
        if self.flow is not Flow.DATA or cn != self.cn:
            return False
        # Data frames carry a QN of their own, parameters that of the request (C.2, C.20); some stations send no 9011.
        self.state = State.WAITING_RESULT
        self.frames.append(frame)
        self.deadline_us = now_us + self.timeout_us
        return True

    def line_lost(self) -> None:
        """The connection broke; whether the station carried the command out is unknown."""
        if not self.finished:
            self._end(State.LINE_LOST)

    def explain(self) -> str:
        """The outcome in words, for people."""
        if self.state is State.DONE:
            return "没有数据" if self.exe_rtn == ExeRtn.NO_DATA else "执行成功"
        if self.state is State.REFUSED:
            return f"现场机拒绝：QnRtn={self.qn_rtn} {QN_RTN_ZH.get(self.qn_rtn or 0, '未定义的代码')}"
        if self.state is State.FAILED:
            return f"现场机执行失败：ExeRtn={self.exe_rtn} {EXE_RTN_ZH.get(self.exe_rtn or 0, '未定义的代码')}"
        if self.state is State.NO_ANSWER:
            return f"发送 {self.sent} 次均无应答，通讯不可用。请检查设备在线情况、MN 和密码"
        if self.state is State.TIMED_OUT:
            return "现场机已应答，但在规定时间内没有返回数据或执行结果"
        if self.state is State.LINE_LOST:
            return "连接中断，不知道命令是否已执行。请在设备重新上线后核对"
        return "正在执行"

    def _send(self, now_us: int) -> bool:
        self.sent += 1
        self.deadline_us = now_us + self.timeout_us
        return True

    def _end(self, state: State) -> None:
        self.state, self.deadline_us = state, None

    def _answered(self, cn: str, frame: Frame, now_us: int) -> bool:
        if (cn == "9013" and self.flow is Flow.NOTIFY) or (cn == "9014" and self.flow is Flow.UPLOAD):
            self._end(State.DONE)
            return True
        if cn == "9011" and self.flow in (Flow.COMMAND, Flow.DATA):
            return self._request_answered(_code(frame, "QnRtn"), now_us)
        if cn == "9012" and self.flow in (Flow.COMMAND, Flow.DATA):
            self.exe_rtn = _code(frame, "ExeRtn")
            self._end(State.DONE if self.exe_rtn in (ExeRtn.DONE, ExeRtn.NO_DATA) else State.FAILED)
            return True
        return False

    def _request_answered(self, qn_rtn: int | None, now_us: int) -> bool:
        self.qn_rtn = qn_rtn
        if qn_rtn not in (None, QnRtn.READY):
            self._end(State.REFUSED)
        elif self.state is State.WAITING_ANSWER:
            self.state = State.WAITING_RESULT
            self.deadline_us = now_us + self.timeout_us
        return True


def _code(frame: Frame, name: str) -> int | None:
    """QnRtn or ExeRtn of an answer; None when it carries none."""
    try:
        groups = frame.groups()
    except FrameRefused:
        return None
    for group in groups:
        for field_name, value in group:
            if field_name == name and value.isascii() and value.isdigit():
                return int(value[:6])
    return None
