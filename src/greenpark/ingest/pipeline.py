"""From deliveries to the store: look up, check, mark, write once, answer.

What a single reading tells by itself is checked here, for thousands of readings at a time; what needs neighbours
(spikes, flat lines, gaps, resets) is found by ``engines.quality`` when periods are rolled up, because a later reading
may contradict an earlier one.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import chain, repeat
from typing import Protocol

import numpy as np
import numpy.typing as npt

from greenpark.ingest import reasons
from greenpark.ingest.directory import UNKNOWN, Directory, Snapshot
from greenpark.ingest.keys import to_text
from greenpark.ingest.refusals import RefusalLimiter
from greenpark.ingest.sink import Delivery, Receipt, Refusal, RefusalCode, RejectedFrame
from greenpark.ingest.units import same_unit
from greenpark.kernel.quality import Quality
from greenpark.kernel.readings import Floats, Int32s, Int64s, Readings
from greenpark.store.interface import Frame, NotTaken, Store

log = logging.getLogger(__name__)

#: Gateways that bring history on purpose.
NEVER_LATE = frozenset({"file"})

#: 2000-01-01 in UTC µs. A device that lost its clock starts at 1970; a real meter of this product does not.
EARLIEST_US = 946_684_800_000_000


class Keeper(Protocol):
    """Keeps latest values and rollups up to date behind the store."""

    def committed(self, readings: Readings) -> None:
        """These readings are on disk. Called in the order of the commits."""
        ...


class NoKeeper:
    """Nothing to keep; for benchmarks of the bare way to disk and for processes that only write."""

    def committed(self, readings: Readings) -> None:
        return None


@dataclass(frozen=True, slots=True)
class Tolerances:
    """Clocks of devices are never quite right. All in seconds."""

    future_s: int = 600
    """A reading further ahead of its receipt than this is refused."""
    skew_s: int = 60
    """A reading further ahead than this is taken and marked CLOCK_SKEW."""
    late_intervals: int = 3
    late_s: int = 1800
    """A reading received later than ``late_intervals`` of its point's expected intervals after its time, and at least
    ``late_s``, is marked LATE: by then its point counted as silent and its quarter of an hour had been rolled up. The
    mark changes no sum and no mean. Imported files are history on purpose and never late."""


@dataclass(slots=True)
class _Columns:
    rows: Int64s
    times: Int64s
    values: Floats
    flags: Int32s
    received: Int64s
    current: npt.NDArray[np.bool_]
    """Not history on purpose: what may be late."""
    lengths: Int64s


@dataclass(slots=True, eq=False)
class Pipeline:
    """The sink of the product. Safe to call from several threads; one call is one commit of the store."""

    store: Store
    directory: Directory
    keeper: Keeper
    clock: Callable[[], int]
    """Now [UTC µs]."""
    tolerances: Tolerances = field(default_factory=Tolerances)
    limiter: RefusalLimiter = field(default_factory=RefusalLimiter)
    recheck_us: int = 1_000_000
    """How often the directory's version is asked for."""
    _snapshot: Snapshot | None = None
    _checked_us: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def accept(self, deliveries: Sequence[Delivery]) -> list[Receipt]:
        """See :class:`greenpark.ingest.sink.Sink`. Raises ValueError when columns of a delivery differ in length, and
        whatever the store raises; nothing is stored then."""
        if not deliveries:
            return []
        with self._lock:
            return self._accept(deliveries)

    def reject(self, rejected: Sequence[RejectedFrame]) -> None:
        """List unreadable frames; the same fault of the same peer only as often as the limiter allows."""
        with self._lock:
            items = []
            for frame in rejected:
                who = frame.device or frame.peer.rsplit(":", 1)[0]
                more = self.limiter.admit((frame.gateway, who, frame.code), frame.received_us)
                if more is not None:
                    items.append(_not_taken_frame(frame, more))
            if items:
                self.store.refuse(items)

    # ---- one commit

    def _accept(self, deliveries: Sequence[Delivery]) -> list[Receipt]:
        now_us = self.clock()
        snapshot = self._current(now_us)
        columns = _columns(deliveries, snapshot)
        if (columns.rows == UNKNOWN).any() and (fresh := self._refreshed(snapshot)) is not snapshot:
            snapshot = fresh
            columns = _columns(deliveries, snapshot)
        offenders = self._offenders(columns, deliveries, snapshot)
        refused = self._refusals(offenders, columns, deliveries, snapshot)
        ids = self.store.new_frame_ids(len(deliveries), now_us=now_us)
        frame_ids = np.arange(ids.start, ids.stop, dtype=np.int64)
        kept = np.ones(len(columns.rows), bool)
        kept[list(offenders)] = False
        readings = self._readings(columns, snapshot, np.repeat(frame_ids, columns.lengths), kept)
        notes = self._notes(refused, deliveries, ids)
        frames = self._frames(deliveries, ids, refused, notes)
        if len(readings) or frames or notes:
            self.store.append(readings, frames, notes, now_us=now_us)
        self._afterwards(readings)
        nothing: tuple[Refusal, ...] = ()
        return [
            Receipt(ids.start + i, len(d.values) - len(r), r)
            for i, d in enumerate(deliveries)
            for r in (refused.get(i, nothing),)
        ]

    def _current(self, now_us: int) -> Snapshot:
        if self._snapshot is None:
            self._snapshot = Snapshot.of(self.directory)
            self._checked_us = now_us
        elif abs(now_us - self._checked_us) >= self.recheck_us:
            self._checked_us = now_us
            return self._refreshed(self._snapshot)
        return self._snapshot

    def _refreshed(self, known: Snapshot) -> Snapshot:
        if self.directory.version() != known.version:
            self._snapshot = Snapshot.of(self.directory)
            return self._snapshot
        return known

    def _offenders(
        self, columns: _Columns, deliveries: Sequence[Delivery], snapshot: Snapshot
    ) -> dict[int, RefusalCode | None]:
        """Index over all deliveries -> code; None where the gateway already gave its own reason."""
        found: dict[int, RefusalCode | None] = {}
        ahead = columns.times - columns.received
        # The first reason that holds is the one reported; the order is that of usefulness to the reader.
        for code, mask in (
            (RefusalCode.UNKNOWN_POINT, columns.rows == UNKNOWN),
            (RefusalCode.NOT_FINITE, ~np.isfinite(columns.values)),
            (RefusalCode.BAD_TIME, columns.times < EARLIEST_US),
            (RefusalCode.IN_FUTURE, ahead > self.tolerances.future_s * 1_000_000),
            (RefusalCode.BEFORE_COMMISSIONING, columns.times < snapshot.since[columns.rows]),
            (RefusalCode.AFTER_DECOMMISSIONING, columns.times >= snapshot.until[columns.rows]),
        ):
            for at in np.flatnonzero(mask).tolist():
                found.setdefault(at, code)
        offset = 0
        for delivery in deliveries:
            for at in delivery.problems:
                if found.get(offset + at) != RefusalCode.UNKNOWN_POINT:
                    found[offset + at] = None
            if delivery.units:
                for at in _wrong_units(delivery, columns.rows, offset, snapshot):
                    found.setdefault(at, RefusalCode.WRONG_UNIT)
            offset += len(delivery.values)
        return found

    def _refusals(
        self,
        offenders: dict[int, RefusalCode | None],
        columns: _Columns,
        deliveries: Sequence[Delivery],
        snapshot: Snapshot,
    ) -> dict[int, tuple[Refusal, ...]]:
        """Delivery index -> its refusals, by item."""
        if not offenders:
            return {}
        ends = np.cumsum(columns.lengths)
        by_delivery: dict[int, list[Refusal]] = {}
        for at in sorted(offenders):
            which = int(np.searchsorted(ends, at, side="right"))
            delivery = deliveries[which]
            index = at - int(ends[which] - columns.lengths[which])
            row = int(columns.rows[at])
            spec = snapshot.specs[row] if row != UNKNOWN else None
            code = offenders[at]
            by_delivery.setdefault(which, []).append(reasons.refusal(delivery, index, code, spec))
        return {which: tuple(items) for which, items in by_delivery.items()}

    def _readings(
        self, columns: _Columns, snapshot: Snapshot, frame_ids: Int64s, kept: npt.NDArray[np.bool_]
    ) -> Readings:
        rows, values, times = columns.rows, columns.values, columns.times
        quality = columns.flags
        with np.errstate(invalid="ignore"):  # refused values may be NaN
            implausible = (values < snapshot.low[rows]) | (values > snapshot.high[rows])
        quality[implausible] |= int(Quality.RANGE)
        quality[times - columns.received > self.tolerances.skew_s * 1_000_000] |= int(Quality.CLOCK_SKEW)
        patience = np.maximum(self.tolerances.late_intervals * snapshot.interval_us[rows],
                              self.tolerances.late_s * 1_000_000)  # fmt: skip
        quality[columns.current & (columns.received - times > patience)] |= int(Quality.LATE)
        readings = Readings(snapshot.points[rows], times, values, quality, frame_ids)
        return readings if kept.all() else readings.take(kept)

    def _notes(
        self, refused: dict[int, tuple[Refusal, ...]], deliveries: Sequence[Delivery], ids: range
    ) -> list[NotTaken]:
        """What goes into the list for people."""
        notes = []
        for which, items in refused.items():
            delivery = deliveries[which]
            for item in items:
                more = self.limiter.admit((item.key, item.code), delivery.received_us)
                if more is not None:
                    notes.append(_not_taken_item(delivery, item, ids.start + which, more))
        return notes

    @staticmethod
    def _frames(
        deliveries: Sequence[Delivery], ids: range, refused: dict[int, tuple[Refusal, ...]], notes: list[NotTaken]
    ) -> list[Frame]:
        """Frames that something points to: an accepted reading, or an item in the list of refused ones."""
        pointed_to = {note.frame_id for note in notes}
        return [
            Frame(frame_id, d.received_us, d.gateway, d.peer, d.device, d.raw)
            for i, (frame_id, d) in enumerate(zip(ids, deliveries, strict=True))
            if i not in refused or len(refused[i]) < len(d.values) or frame_id in pointed_to
        ]

    def _afterwards(self, readings: Readings) -> None:
        """The readings are on disk and will be acknowledged; trouble from here on must not deny that."""
        if len(readings):
            try:
                self.keeper.committed(readings)
            except Exception:
                log.exception("rollups of %d readings are behind until the next repair", len(readings))


def _columns(deliveries: Sequence[Delivery], snapshot: Snapshot) -> _Columns:
    """All deliveries as columns over their items. Raises ValueError on unequal lengths."""
    for d in deliveries:
        n = len(d.values)
        if len(d.keys) != n or len(d.times) != n or (d.flags and len(d.flags) != n) or (d.units and len(d.units) != n):
            raise ValueError(f"columns of a delivery from {d.gateway} {d.device or d.peer} differ in length")
    lengths = np.fromiter((len(d.values) for d in deliveries), np.int64, len(deliveries))
    total = int(lengths.sum())
    flat = chain.from_iterable
    return _Columns(
        np.fromiter(map(snapshot.rows.__getitem__, flat([d.keys for d in deliveries])), np.int64, total),
        np.fromiter(flat([d.times for d in deliveries]), np.int64, total),
        np.fromiter(flat([d.values for d in deliveries]), np.float64, total),
        np.fromiter(flat([d.flags or repeat(0, len(d.values)) for d in deliveries]), np.int32, total),
        np.repeat(np.fromiter((d.received_us for d in deliveries), np.int64, len(deliveries)), lengths),
        np.repeat(np.fromiter((d.gateway not in NEVER_LATE for d in deliveries), np.bool_, len(deliveries)), lengths),
        lengths,
    )


def _wrong_units(delivery: Delivery, rows: Int64s, offset: int, snapshot: Snapshot) -> list[int]:
    specs = snapshot.specs
    return [
        at
        for at, (unit, row) in enumerate(
            zip(delivery.units, rows[offset : offset + len(delivery.units)].tolist(), strict=True), offset
        )
        if unit and row != UNKNOWN and unit != specs[row].unit and not same_unit(unit, specs[row].unit)
    ]


def _not_taken_item(delivery: Delivery, item: Refusal, frame_id: int, more: int) -> NotTaken:
    return NotTaken(
        id=0,
        received_us=delivery.received_us,
        gateway=delivery.gateway,
        peer=delivery.peer,
        device=delivery.device,
        frame_id=frame_id,
        key=to_text(item.key),
        value=item.value,
        code=str(item.code),
        reason=item.reason + reasons.repeated(more),
        likely_cause=reasons.LIKELY_CAUSE.get(item.code, ""),
        raw=b"",
    )


def _not_taken_frame(frame: RejectedFrame, more: int) -> NotTaken:
    return NotTaken(
        id=0,
        received_us=frame.received_us,
        gateway=frame.gateway,
        peer=frame.peer,
        device=frame.device,
        frame_id=0,
        key="",
        value="",
        code=frame.code,
        reason=frame.reason + reasons.repeated(more),
        likely_cause=frame.likely_cause,
        raw=frame.raw,
    )
