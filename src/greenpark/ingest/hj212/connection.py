"""One connection of a station: bytes in, deliveries to the gate, answers out when they are on disk."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from greenpark.ingest.hj212.contracts import GATEWAY, ConnectionSnapshot, Counters
from greenpark.ingest.sink import Delivery, Problem, Receipt, RefusalCode, RejectedFrame
from greenpark.protocols.hj212 import (
    Assembler,
    Columns,
    Decoder,
    DeviceProfile,
    Event,
    Frame,
    FrameRefused,
    Header,
    Reject,
    RejectCode,
    answer,
    read,
)
from greenpark.protocols.hj212.codes import COMMANDS, MEASURING_CN, Kind
from greenpark.protocols.hj212.exchange import ANSWERS
from greenpark.protocols.hj212.packets import Ready

if TYPE_CHECKING:
    from greenpark.ingest.hj212.server import Hj212Server

log = logging.getLogger(__name__)

#: Evidence kept of a rejected stretch.
_RAW_LIMIT = 12_288
_STORED_KINDS = frozenset({Kind.PARAMETER, Kind.RESTART, Kind.OTHER_DATA})


@dataclass(slots=True, eq=False)
class _Entry:
    """A frame on its way to the store."""

    frame: Frame
    delivery: Delivery
    key: tuple[str, int] | None
    """QN and hash of the bytes, to recognise a resend; None without QN."""


class Connection(asyncio.Protocol):
    """asyncio protocol of one peer. One task stores in order; reading pauses while too much is waiting."""

    def __init__(self, server: Hj212Server) -> None:
        self.server = server
        self.counters = Counters()
        self.id = 0
        self.peer = ""
        self.headers: dict[str, Header] = {}
        """Last header by MN, for addressing commands."""
        self.connected_us = self.last_data_us = self.last_frame_us = 0
        self.transport: asyncio.Transport | None = None
        self.task: asyncio.Task[None] | None = None
        self._decoder = Decoder(server.directory.profile)
        self._assembler = Assembler()
        self._pending: list[_Entry] = []
        self._wake = asyncio.Event()
        self._writable = True
        self._blocked_since_us: int | None = None
        self._closing_since_us: int | None = None
        self._reading = True
        self._lost = False
        self._settle: asyncio.TimerHandle | None = None
        self._last_data = 0.0
        self._checked: tuple[Header, DeviceProfile] | None = None
        self._bad_in_a_row = 0
        self._kept_minute = 0
        self._kept = 0

    # ---- asyncio

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        name = transport.get_extra_info("peername")
        self.peer = f"{name[0]}:{name[1]}" if name else "?"
        self.connected_us = self.last_data_us = self.server.clock()
        if not self.server.joined(self):
            self._lost = True
            transport.abort()
            return
        transport.set_write_buffer_limits(high=self.server.settings.write_buffer)
        self.task = asyncio.get_running_loop().create_task(self._store_for_ever(), name=f"hj212 {self.peer}")

    def data_received(self, data: bytes) -> None:
        if self._lost:
            return
        now_us = self.last_data_us = self.server.clock()
        self.counters.bytes_in += len(data)
        self._take(self._decoder.feed(data), now_us)
        if self._decoder.buffered:
            self._arm_settling()

    def pause_writing(self) -> None:
        self._writable = False
        self._blocked_since_us = self.server.clock()
        self._update_reading()

    def resume_writing(self) -> None:
        self._writable = True
        self._blocked_since_us = None
        self._wake.set()
        self._update_reading()

    def connection_lost(self, exc: Exception | None) -> None:
        if not self._lost:
            now_us = self.server.clock()
            self._take(self._decoder.close(), now_us)
            for reject in self._assembler.close():
                self._reject(reject, now_us)
        self._lost = True
        if self._settle:
            self._settle.cancel()
        self.counters.odd_tails = self._decoder.odd_tails
        self._wake.set()  # what was received is still stored, then the task ends
        if self.task is None:
            self.server.left(self)

    # ---- taking frames

    def _take(self, events: Sequence[Event], now_us: int) -> None:
        for event in events:
            if isinstance(event, Frame):
                self._frame(event, now_us)
            else:
                self._reject(event, now_us)
        if self._pending:
            self._wake.set()
            self._update_reading()

    def _frame(self, frame: Frame, now_us: int) -> None:
        header = frame.header
        if header.cn in ANSWERS:
            if not self.server.answered(self, frame, now_us):
                self.counters.unexpected_answers += 1
            self.last_frame_us = now_us
            self._bad_in_a_row = 0
            return
        profile = self.server.directory.profile(header.mn)
        try:
            self._check(header, profile, now_us)
            assert profile is not None
            self._dispatch(frame, profile, now_us)
        except FrameRefused as refused:
            self._reject(
                Reject(frame.raw, refused.code, refused.reason, refused.likely_cause, header.mn, frame.qn), now_us
            )
            return
        self.last_frame_us = now_us
        self._bad_in_a_row = 0
        if self.headers.get(header.mn) is not header:
            self.headers[header.mn] = header
            self.server.speaks(self, header.mn)

    def _check(self, header: Header, profile: DeviceProfile | None, now_us: int) -> None:
        """MN, PW and ST against the directory (table 7). Raises FrameRefused. An upload with an error is dropped
        without an answer: 9011 with QnRtn is a station's answer to the centre, an upload knows only 9014 (6.5.2)."""
        checked = self._checked
        if checked is not None and checked[0] is header and checked[1] is profile:
            return
        if profile is None:
            self.server.discovered(self, header, now_us)
            raise FrameRefused(
                RejectCode.BAD_MN, f"MN {header.mn} 没有登记", "新接入的设备：请在“发现的设备”中核实后登记；或 MN 写错"
            )
        if profile.password is not None and header.pw != profile.password:
            raise FrameRefused(
                RejectCode.BAD_PW, "访问密码 PW 与设备档案不符", "设备改过密码（CN=1072），或冒用他人的 MN"
            )
        if profile.system_codes and header.st not in profile.system_codes:
            codes = "、".join(sorted(profile.system_codes))
            raise FrameRefused(RejectCode.BAD_ST, f"系统编码 ST={header.st} 与设备档案（{codes}）不符")
        self._checked = (header, profile)

    def _dispatch(self, frame: Frame, profile: DeviceProfile, now_us: int) -> None:
        header = frame.header
        if header.cn in MEASURING_CN:
            self._measured(frame, profile, now_us)
            return
        command = COMMANDS.get(header.cn)
        kind = Kind.REQUEST if command is None else command.kind
        if kind in _STORED_KINDS:
            read(frame, profile.zone)  # refuses what cannot be read before it is kept as evidence
            self._queue(frame, Columns(), now_us)
            self.server.answered(self, frame, now_us)
        elif kind is Kind.NOTIFICATION:
            self.counters.frames += 1
            if frame.qn:
                self.write(answer(frame.qn, header, "9013"))
            if header.cn == "1013" and profile.sets_clock:
                self.server.set_clock_later(header.mn, frame)
        else:
            name = command.name if command else "标准以外的命令"
            raise FrameRefused(
                RejectCode.BAD_CN, f"CN={header.cn}（{name}）不是现场机上传的命令", "命令方向错误，或厂家自定义命令"
            )

    def _measured(self, frame: Frame, profile: DeviceProfile, now_us: int) -> None:
        if frame.header.pnum is None:
            self._queue(frame, self.server.reader.decode(frame, profile), now_us)
        else:
            self._assembler.zone = profile.zone
            ready, rejects = self._assembler.add(frame, now_us)
            for reject in rejects:
                self._reject(reject, now_us)
            for one in ready:
                self._packet(one, profile, now_us)
        if self.server.exchanges:
            self.server.answered(self, frame, now_us)

    def _packet(self, one: Ready, profile: DeviceProfile, now_us: int) -> None:
        """One of several packets released together: a bad one must not take the others with it."""
        try:
            columns = self.server.reader.decode(one.frame, profile, one.data_time_us)
        except FrameRefused as refused:
            mn, qn = one.frame.header.mn, one.frame.qn
            self._reject(Reject(one.frame.raw, refused.code, refused.reason, refused.likely_cause, mn, qn), now_us)
            return
        self._queue(one.frame, columns, now_us)

    def _queue(self, frame: Frame, columns: Columns, now_us: int) -> None:
        header = frame.header
        delivery = Delivery(
            GATEWAY,
            self.peer,
            header.mn,
            now_us,
            frame.raw,
            columns.keys,
            columns.times,
            columns.values,
            columns.flags,
            columns.units,
        )
        if columns.problems:
            delivery.problems = {
                index: Problem(
                    RefusalCode.NOT_FINITE if p.not_finite else RefusalCode.BAD_VALUE,
                    p.text,
                    f"{p.reason}。请检查仪器或数采仪的输出",
                )
                for index, p in columns.problems.items()
            }
        self._pending.append(_Entry(frame, delivery, (frame.qn, hash(frame.raw)) if frame.qn else None))

    def _reject(self, reject: Reject, now_us: int) -> None:
        counters = self.counters
        code = reject.code.value
        counters.rejected[code] = counters.rejected.get(code, 0) + 1
        minute = now_us // 60_000_000
        if minute != self._kept_minute:
            self._kept_minute, self._kept = minute, 0
        if self._kept < self.server.settings.max_rejects_per_minute:
            self._kept += 1
            self.server.gate.reject(
                RejectedFrame(
                    GATEWAY,
                    self.peer,
                    reject.mn,
                    now_us,
                    reject.raw[:_RAW_LIMIT],
                    code,
                    reject.reason,
                    reject.likely_cause,
                )
            )
        else:
            counters.rejects_not_kept += 1
        self._bad_in_a_row += 1
        if self._bad_in_a_row >= self.server.settings.max_bad_in_a_row and self.transport:
            log.warning("hj212 %s: %d bad frames in a row, closing", self.peer, self._bad_in_a_row)
            self.close()

    # ---- storing and answering

    async def _store_for_ever(self) -> None:
        try:
            while True:
                await self._wake.wait()
                self._wake.clear()
                if self._pending and (self._writable or self._lost):
                    batch, self._pending = self._pending, []
                    if not await self._store(batch):
                        break
                    self._update_reading()
                if self._lost and not self._pending:
                    break
                if self._pending and (self._writable or self._lost):
                    self._wake.set()
        finally:
            self.abort()
            self.server.left(self)

    async def _store(self, batch: list[_Entry]) -> bool:
        """Store what is new, then acknowledge. False when the store failed to the end."""
        known = self.server.stored
        fresh: list[_Entry] = []
        coming: set[tuple[str, int]] = set()
        for entry in batch:
            if entry.key is not None and (entry.key in known or entry.key in coming):
                self.counters.duplicates += 1
                continue
            if entry.key is not None:
                coming.add(entry.key)
            fresh.append(entry)
        if fresh:
            receipts = await self._submit([entry.delivery for entry in fresh])
            if receipts is None:
                self.counters.not_stored += len(fresh)
                return False
            self.counters.frames += len(fresh)
            for receipt in receipts:
                self.counters.readings += receipt.accepted
                self.counters.refused_items += len(receipt.refused)
            self.server.remember(coming)
        self._acknowledge(batch)
        return True

    async def _submit(self, deliveries: list[Delivery]) -> list[Receipt] | None:
        for pause in (*self.server.settings.store_retries_s, None):
            try:
                return await self.server.gate.submit_many(deliveries)
            except Exception as error:
                log.exception("hj212 %s: %d frames not stored (%s)", self.peer, len(deliveries), error)
                if pause is None:
                    return None
                await asyncio.sleep(pause)
        return None

    def _acknowledge(self, batch: list[_Entry]) -> None:
        answers = [
            answer(entry.frame.qn, entry.frame.header, "9014")
            for entry in batch
            if entry.frame.header.wants_answer and entry.frame.qn
        ]
        if answers and not self._lost:
            self.counters.acknowledged += len(answers)
            self.write(b"".join(answers))

    # ---- the line

    def write(self, data: bytes) -> None:
        """Send bytes unless the connection is gone."""
        if self.transport and not self._lost:
            self.transport.write(data)

    def close(self) -> None:
        """Hang up; what was received is still stored."""
        if self.transport and not self._lost:
            if self._closing_since_us is None:
                self._closing_since_us = self.server.clock()
            self.transport.close()

    def abort(self) -> None:
        """Cut the line now."""
        if self.transport:
            self.transport.abort()

    def _update_reading(self) -> None:
        if self.transport is None or self._lost or self.transport.is_closing():
            return
        wanted = self._writable and len(self._pending) < self.server.settings.max_pending_frames
        if wanted and not self._reading:
            self.transport.resume_reading()
        elif not wanted and self._reading:
            self.transport.pause_reading()
        self._reading = wanted

    def _arm_settling(self) -> None:
        loop = asyncio.get_running_loop()
        self._last_data = loop.time()
        if self._settle is None:
            self._settle = loop.call_later(self.server.settings.settle_s, self._settle_now)

    def _settle_now(self) -> None:
        loop = asyncio.get_running_loop()
        quiet = loop.time() - self._last_data
        self._settle = None
        if self._lost or not self._decoder.buffered:
            return
        if quiet + 0.001 < self.server.settings.settle_s:
            self._settle = loop.call_later(self.server.settings.settle_s - quiet, self._settle_now)
            return
        self._take(self._decoder.settle(), self.server.clock())

    def sweep(self, now_us: int) -> None:
        """Called now and then: idle peers, peers that take no answers, packets that never came."""
        settings = self.server.settings
        for reject in self._assembler.expire(now_us):
            self._reject(reject, now_us)
        if self._reading and now_us - self.last_data_us > settings.idle_timeout_s * 1e6:
            log.info("hj212 %s: idle, closing", self.peer)
            self.close()
        since_us = self._blocked_since_us if self._closing_since_us is None else self._closing_since_us
        if since_us is not None and now_us - since_us > settings.write_timeout_s * 1e6:
            log.warning("hj212 %s: takes no answers, cut off", self.peer)
            self.abort()

    def snapshot(self) -> ConnectionSnapshot:
        self.counters.odd_tails = self._decoder.odd_tails
        headers = dict(self.headers)
        editions = {str(header.edition) for header in headers.values()}
        return ConnectionSnapshot(
            self.id,
            self.peer,
            tuple(headers),
            "、".join(sorted(editions)),
            self.connected_us,
            self.last_data_us,
            self.last_frame_us,
            len(self._pending),
            self._decoder.buffered,
            not self._reading,
            self.counters.copy(),
        )
