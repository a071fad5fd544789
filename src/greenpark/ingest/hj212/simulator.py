"""A station (现场机) on the same codec: for tests, benchmarks and demonstrations.

It uploads records with a window of unacknowledged frames, sends again what was not acknowledged, answers the centre's
commands, and can misbehave on purpose (:class:`Faults`).
"""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Final, TypeAlias
from zoneinfo import ZoneInfo

from greenpark.kernel.periods import PARK_ZONE, from_us
from greenpark.protocols.hj212 import (
    CipherStyle,
    CrcVariant,
    Decoder,
    DeviceProfile,
    Edition,
    ExeRtn,
    Frame,
    FrameRefused,
    Message,
    QnRtn,
    answer,
    encode,
    qn_of,
    read,
    split,
)
from greenpark.protocols.hj212.codes import COMMANDS
from greenpark.protocols.hj212.message import Groups
from greenpark.protocols.hj212.records import ParameterRecord, format_time, parse_time

#: Start of the record's interval (or the moment), and its items without DataTime.
SeriesRecord: TypeAlias = tuple[datetime, Groups]
#: Command code (2031, 2041, 2051, 2061) -> records in order of time.
History: TypeAlias = Mapping[str, Sequence[SeriesRecord]]

_HISTORY_CN: Final = frozenset({"2031", "2041", "2051", "2061"})
_DONE_AT_ONCE: Final = frozenset({"3011", "3012", "3013", "3014", "3016", "3021"})


@dataclass(frozen=True, slots=True)
class StationSettings:
    """Who the station is and how it speaks."""

    mn: str
    password: str = "123456"
    st: str = "31"
    edition: Edition = Edition.E2017
    sm4_key: bytes | None = None
    cipher_style: CipherStyle = CipherStyle.RAW
    crc: CrcVariant = CrcVariant.STANDARD
    zone: ZoneInfo = PARK_ZONE
    timeout_s: float = 10.0
    resends: int = 3
    window: int = 1
    """Frames on their way without 9014. The standard's stations wait for each (1)."""


@dataclass(slots=True)
class Faults:
    """Misbehaviour. Probabilities apply to each uploaded frame; seeded, so runs repeat."""

    bad_crc: float = 0.0
    duplicate: float = 0.0
    garbage: float = 0.0
    truncate: float = 0.0
    chunk: int = 0
    """Write in pieces of so many bytes; 0 writes frames whole."""
    clock_skew: timedelta = timedelta(0)
    """Added to DataTime and QN."""
    split_at: int = 0
    """Split messages whose CP is longer [bytes]; 0: the standard's limit."""
    seed: int = 1


@dataclass(slots=True)
class UploadResult:
    """What became of the uploaded frames."""

    sent: int = 0
    acknowledged: int = 0
    resent: int = 0
    given_up: int = 0
    """No 9014 after the last resend."""


@dataclass(slots=True)
class _Pending:
    data: bytes
    deadline: float
    tries: int = 1


@dataclass(slots=True)
class Station:
    """A simulated station. ``await connect(...)``, ``await upload(...)``, ``await close()``."""

    settings: StationSettings
    history: History = field(default_factory=dict)
    faults: Faults = field(default_factory=Faults)
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    result: UploadResult = field(default_factory=UploadResult)
    received: list[str] = field(default_factory=list)
    """Command codes the centre sent, for tests and logs."""
    rtd_interval_s: int = 30
    min_interval_min: int = 10
    password: str = ""
    realtime_on: bool = True
    status_on: bool = True
    clock_offset: timedelta = timedelta(0)
    answers_commands: bool = True
    """False: stays silent, to try the centre's time-outs."""
    _reader: asyncio.StreamReader | None = None
    _writer: asyncio.StreamWriter | None = None
    _tasks: list[asyncio.Task[None]] = field(default_factory=list)
    _unacknowledged: dict[str, _Pending] = field(default_factory=dict)
    _moved: asyncio.Event = field(default_factory=asyncio.Event)
    _last_qn_us: int = 0
    _random: random.Random = field(default_factory=lambda: random.Random(1))

    def __post_init__(self) -> None:
        self.password = self.password or self.settings.password
        self._random = random.Random(self.faults.seed)

    # ---- the line

    async def connect(self, host: str, port: int) -> None:
        """Open the connection and start answering. Raises OSError."""
        self._reader, self._writer = await asyncio.open_connection(host, port)
        self._tasks = [asyncio.create_task(self._listen()), asyncio.create_task(self._resend_for_ever())]

    async def close(self) -> None:
        """Hang up."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._writer:
            self._writer.close()
            with contextlib.suppress(OSError):  # the centre hung up first
                await self._writer.wait_closed()

    async def __aenter__(self) -> Station:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    # ---- uploads

    def record_message(self, cn: str, at: datetime, groups: Groups, *, wants_answer: bool = True) -> Message:
        """A data message of one record; DataTime is put in front."""
        moment = at + self.faults.clock_skew
        items = ((("DataTime", format_time(moment, self.settings.zone)),), *groups)
        return self._message(cn, items, wants_answer=wants_answer)

    def _message(self, cn: str, groups: Groups, *, wants_answer: bool = False, qn: str = "") -> Message:
        s = self.settings
        if s.edition is Edition.E2005:  # neither QN nor Flag in uploads, so nothing to acknowledge
            return Message(qn, s.st, cn, self.password, s.mn, groups, edition=s.edition)
        return Message(qn or self._qn(), s.st, cn, self.password, s.mn, groups, edition=s.edition, answer=wants_answer)

    def _qn(self) -> str:
        """QN of now, at least a millisecond after the last one."""
        now = self.now() + self.clock_offset + self.faults.clock_skew
        now_us = round(now.timestamp() * 1000) * 1000
        self._last_qn_us = max(now_us, self._last_qn_us + 1000)
        return qn_of(from_us(self._last_qn_us), self.settings.zone)

    def encoded(self, message: Message) -> list[tuple[str, bytes]]:
        """QN and bytes of each packet of a message."""
        limit = self.faults.split_at
        size = sum(len(n) + len(v) + 2 for group in message.groups for n, v in group)
        packets = [message]
        if size > (limit or 900):
            qns = [message.qn, *(self._qn() for _ in range(size // max(limit or 900, 40) * 2 + 2))]
            packets = split(message, qns, limit) if limit else split(message, qns)
        s = self.settings
        return [(p.qn, encode(p, key=s.sm4_key, style=s.cipher_style, variant=s.crc)) for p in packets]

    async def upload(
        self, records: Iterable[SeriesRecord], cn: str, *, wants_answer: bool = True, window: int | None = None
    ) -> UploadResult:
        """Send records in order; returns when all are acknowledged or given up. Raises ConnectionError."""
        for at, groups in records:
            await self.send(self.record_message(cn, at, groups, wants_answer=wants_answer), window=window)
        await self.drained()
        return self.result

    async def send(self, message: Message, *, window: int | None = None) -> None:
        """Send one message; waits while the window of unacknowledged frames is full."""
        for qn, data in self.encoded(message):
            await self.send_bytes(qn if message.answer else "", data, window=window)

    async def send_bytes(self, qn: str, data: bytes, *, window: int | None = None) -> None:
        """Send a prepared frame; with a QN it counts as unacknowledged until its 9014 comes."""
        limit = window or self.settings.window
        # A frame that wants no answer never waits: it may be sent from the task that reads the answers.
        while qn and len(self._unacknowledged) >= limit:
            await self._movement()
        if qn:
            self._unacknowledged[qn] = _Pending(data, self._deadline())
        self.result.sent += 1
        await self._write(self._spoilt(data))

    async def drained(self) -> None:
        """Wait until nothing is unacknowledged."""
        while self._unacknowledged:
            await self._movement()

    async def _movement(self) -> None:
        if self._tasks and self._tasks[0].done():
            raise ConnectionResetError("上位机已断开连接")
        self._moved.clear()
        await self._moved.wait()

    def _deadline(self) -> float:
        return asyncio.get_running_loop().time() + self.settings.timeout_s

    async def _write(self, data: bytes) -> None:
        assert self._writer is not None, "connect first"
        step = self.faults.chunk or len(data) or 1
        for at in range(0, len(data), step):
            self._writer.write(data[at : at + step])
            if self.faults.chunk:
                await self._writer.drain()
                await asyncio.sleep(0)
        await self._writer.drain()

    def _spoilt(self, data: bytes) -> bytes:
        """Apply the faults to one transmission; a resend gets a fresh draw."""
        faults, draw = self.faults, self._random.random
        out = data
        if faults.truncate and draw() < faults.truncate:
            out = data[: len(data) // 2]
        elif faults.bad_crc and draw() < faults.bad_crc:
            wrong = b"0000" if data[-6:-2] != b"0000" else b"4040"
            out = data[:-6] + wrong + data[-2:]
        if faults.duplicate and draw() < faults.duplicate:
            out += data
        if faults.garbage and draw() < faults.garbage:
            out = self._random.randbytes(self._random.randrange(1, 40)) + out
        return out

    async def _resend_for_ever(self) -> None:
        """Send again what got no 9014 in time (6.2.1); give up after the last resend."""
        while True:
            await asyncio.sleep(min(self.settings.timeout_s / 4, 0.5))
            now = asyncio.get_running_loop().time()
            for qn, pending in list(self._unacknowledged.items()):
                if pending.deadline > now:
                    continue
                if pending.tries > self.settings.resends:
                    del self._unacknowledged[qn]
                    self.result.given_up += 1
                    self._moved.set()
                    continue
                pending.tries += 1
                pending.deadline = self._deadline()
                self.result.resent += 1
                await self._write(self._spoilt(pending.data))

    # ---- the centre speaks

    async def _listen(self) -> None:
        s = self.settings
        profile = DeviceProfile(s.mn, sm4_keys=(s.sm4_key,) if s.sm4_key else ())
        decoder = Decoder(lambda mn: profile)
        assert self._reader is not None
        try:
            while data := await self._reader.read(65536):
                for event in decoder.feed(data):
                    if isinstance(event, Frame):
                        await self._heard(event)
        except ConnectionError:
            pass
        finally:
            self._moved.set()
            asyncio.get_running_loop().call_soon(self._moved.set)  # once this task counts as done

    async def _heard(self, frame: Frame) -> None:
        cn = frame.header.cn
        if cn == "9014":
            if self._unacknowledged.pop(frame.qn, None) is not None:
                self.result.acknowledged += 1
                self._moved.set()
            return
        if cn == "9013":
            return
        self.received.append(cn)
        if self.answers_commands:
            await self._obey(frame)

    async def _obey(self, frame: Frame) -> None:
        """Request: 9011, the data asked for, 9012. Notification: 9013."""
        cn, qn, header = frame.header.cn, frame.qn, frame.header
        if cn in ("2012", "2022"):
            self._switch(cn)
            await self._write(answer(qn, header, "9013"))
            return
        code = self._objection(frame)
        await self._write(answer(qn, header, "9011", f"QnRtn={int(code)}"))
        if code is QnRtn.READY:
            outcome = await self._execute(frame)
            await self._write(answer(qn, header, "9012", f"ExeRtn={int(outcome)}"))

    def _objection(self, frame: Frame) -> QnRtn:
        """Table 7: what is wrong with a request."""
        header = frame.header
        if header.pw != self.password:
            return QnRtn.BAD_PW
        if header.mn != self.settings.mn:
            return QnRtn.BAD_MN
        if header.st != self.settings.st:
            return QnRtn.BAD_ST
        if header.cn not in COMMANDS:
            return QnRtn.BAD_CN
        return QnRtn.READY

    def _switch(self, cn: str) -> None:
        if cn == "2012":
            self.realtime_on = False
        else:
            self.status_on = False

    async def _execute(self, frame: Frame) -> ExeRtn:
        try:
            record = read(frame, self.settings.zone)
        except FrameRefused:
            return ExeRtn.WRONG_CONDITION
        if not isinstance(record, ParameterRecord):
            return ExeRtn.WRONG_CONDITION
        cn = record.cn
        if cn in _HISTORY_CN and record.get("BeginTime") is not None:
            return await self._send_history(cn, record)
        if cn in _DONE_AT_ONCE:
            return ExeRtn.DONE
        replies = self._reply(cn, record)
        if replies is not None:
            await self.send(self._message(cn, replies, qn=frame.qn))
            return ExeRtn.DONE
        return self._set(cn, record)

    def _reply(self, cn: str, record: ParameterRecord) -> Groups | None:
        """What a question about a parameter is answered with; None when the command is no question."""
        pol_id = str(record.get("PolId") or "")
        lead: Groups = ((("PolId", pol_id),),) if pol_id else ()
        clock = format_time(self.now() + self.clock_offset, self.settings.zone)
        answers: dict[str, Groups] = {
            "1011": (*lead, (("SystemTime", clock),)),
            "1061": ((("RtdInterval", str(self.rtd_interval_s)),),),
            "1063": ((("MinInterval", str(self.min_interval_min)),),),
            "3015": ((("DataTime", clock),), (("VaseNo", "1"),)),
            "3017": (*lead, (("CstartTime", "000000"),), (("Ctime", "2"),)),
            "3018": (*lead, (("Stime", "40"),)),
            "3019": (*lead, ((f"{pol_id or 'a00000'}-SN", "0" * 24),)),
            "3020": ((("DataTime", clock),), *lead, ((f"{record.get('InfoId') or 'i12001'}-Info", "0"),)),
        }
        return answers.get(cn)

    def _set(self, cn: str, record: ParameterRecord) -> ExeRtn:
        if cn == "1012":
            moment_us = parse_time(str(record.get("SystemTime")), self.settings.zone)
            if moment_us is None:
                return ExeRtn.WRONG_CONDITION
            self.clock_offset = from_us(moment_us) - self.now()
        elif cn == "1062" and isinstance(seconds := record.get("RtdInterval"), int):
            self.rtd_interval_s = seconds
        elif cn == "1064" and isinstance(minutes := record.get("MinInterval"), int):
            self.min_interval_min = minutes
        elif cn == "1072" and record.get("NewPW"):
            self.password = str(record.get("NewPW"))
        elif cn == "2011":
            self.realtime_on = True
        elif cn == "2021":
            self.status_on = True
        elif cn != "1000":
            return ExeRtn.WRONG_CONDITION
        return ExeRtn.DONE

    async def _send_history(self, cn: str, record: ParameterRecord) -> ExeRtn:
        """Records whose interval starts from BeginTime to EndTime, both included (C.20 to C.23)."""
        begin = parse_time(str(record.get("BeginTime")), self.settings.zone)
        end = parse_time(str(record.get("EndTime")), self.settings.zone)
        if begin is None or end is None or end < begin:
            return ExeRtn.WRONG_CONDITION
        chosen = [(at, g) for at, g in self.history.get(cn, ()) if from_us(begin) <= at <= from_us(end)]
        resent = self.settings.edition is Edition.E2025
        for at, groups in chosen:
            await self.send(replace(self.record_message(cn, at, groups, wants_answer=False), rf=resent))
        return ExeRtn.DONE if chosen else ExeRtn.NO_DATA

    async def live(self, source: Callable[[datetime], Groups], cn: str = "2011") -> None:
        """Upload ``source(now)`` every real-time interval until cancelled; skipped while the centre stopped it."""
        while True:
            if self.realtime_on:
                now = self.now().replace(microsecond=0)
                await self.send(self.record_message(cn, now, source(now)))
            await asyncio.sleep(self.rtd_interval_s)


def record_items(values: Mapping[str, float | str], flag: str = "N", digits: int = 3) -> Groups:
    """Items of a record from ``{"a21026-Avg": 11.4, "a21026-Max": 12.0, …}``: grouped by factor, with a data flag."""
    factors: dict[str, list[tuple[str, str]]] = {}
    for name, value in values.items():
        text = value if isinstance(value, str) else f"{value:.{digits}f}"
        factors.setdefault(name.rpartition("-")[0], []).append((name, text))
    return tuple((*items, (f"{factor}-Flag", flag)) for factor, items in factors.items())
