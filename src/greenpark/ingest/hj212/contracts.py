"""What the HJ 212 gateway needs from outside, and what it shows of itself."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from time import time_ns
from typing import Protocol, TypeAlias

from greenpark.ingest.sink import Delivery, Receipt, RejectedFrame
from greenpark.protocols.hj212 import DeviceProfile, Record, State

#: UTC microseconds now; tests pass their own.
Clock: TypeAlias = Callable[[], int]

GATEWAY = "hj212"


def wall_clock_us() -> int:
    return time_ns() // 1000


class DeviceDirectory(Protocol):
    """The stations that may send. Called for every frame from the event loop: answer from memory, and return the same
    object as long as nothing changed."""

    def profile(self, mn: str) -> DeviceProfile | None:
        """Settings of a station, None when it is unknown or switched off."""
        ...


class Gate(Protocol):
    """The batching submitter (``greenpark.ingest.batching.Submitter``)."""

    async def submit_many(self, deliveries: Sequence[Delivery]) -> list[Receipt]:
        """Receipts in order; what they accept is on disk. Raises when nothing was stored."""
        ...

    def reject(self, rejected: RejectedFrame) -> None:
        """Keep an unreadable frame for people; never waits."""
        ...


@dataclass(frozen=True, slots=True)
class Settings:
    """Limits of the gateway. Times in seconds."""

    max_connections: int = 2_000
    idle_timeout_s: float = 3_900.0
    """A little more than the longest real-time interval (3600 s)."""
    settle_s: float = 2.0
    """Quiet time after which a frame with a wrong length, whose end is in sight, is settled."""
    max_pending_frames: int = 2_000
    """Frames of one connection waiting for storage; above, nothing more is read from it."""
    write_timeout_s: float = 60.0
    """A peer that does not take its answers for so long is cut off."""
    write_buffer: int = 256 * 1024
    stop_s: float = 3.0
    """Time for peers to take their last answers when the gateway stops."""
    max_rejects_per_minute: int = 120
    """Rejected frames of one connection kept for people; more are only counted."""
    max_bad_in_a_row: int = 500
    """Rejected stretches without one good frame between them before the connection is closed."""
    store_retries_s: tuple[float, ...] = (0.2, 1.0, 5.0)
    """Pauses before the store is tried again; after the last the connection is closed, unacknowledged."""
    answer_timeout_s: float = 10.0
    resends: int = 3
    sweep_s: float = 5.0
    remembered_frames: int = 50_000
    """Stored frames by QN, to answer a resend without storing it again."""
    remembered_unknown: int = 1_000


@dataclass(slots=True)
class Counters:
    """Of one connection or, summed, of the gateway."""

    bytes_in: int = 0
    frames: int = 0
    readings: int = 0
    refused_items: int = 0
    acknowledged: int = 0
    duplicates: int = 0
    not_stored: int = 0
    """Frames lost because the store failed to the end; the station was not acknowledged."""
    rejected: dict[str, int] = field(default_factory=dict)
    rejects_not_kept: int = 0
    odd_tails: int = 0
    unexpected_answers: int = 0

    def add(self, other: Counters) -> None:
        for name in self.__slots__:
            if name != "rejected":
                setattr(self, name, getattr(self, name) + getattr(other, name))
        for code, count in list(other.rejected.items()):
            self.rejected[code] = self.rejected.get(code, 0) + count

    def copy(self) -> Counters:
        fresh = Counters()
        fresh.add(self)
        return fresh


@dataclass(frozen=True, slots=True)
class ConnectionSnapshot:
    """One live connection, for the gateway page. Times UTC µs; 0 when nothing came yet."""

    id: int
    peer: str
    mns: tuple[str, ...]
    edition: str
    connected_us: int
    last_data_us: int
    last_frame_us: int
    pending_frames: int
    buffered_bytes: int
    paused: bool
    counters: Counters


@dataclass(slots=True)
class UnknownDevice:
    """A station that sends but is not in the directory (发现列表)."""

    mn: str
    peer: str
    st: str
    cn: str
    edition: str
    first_us: int
    last_us: int
    frames: int = 1


@dataclass(frozen=True, slots=True)
class GatewaySnapshot:
    """Everything the gateway page shows."""

    address: str
    started_us: int
    connections: tuple[ConnectionSnapshot, ...]
    unknown_devices: tuple[UnknownDevice, ...]
    totals: Counters
    """Closed and live connections together."""
    connections_accepted: int
    connections_refused: int
    """Turned away because the limit was reached."""
    slow_frames: int
    """Frames that took the plain path of the decoder."""


class DeviceOffline(RuntimeError):
    """No live connection carries this MN."""


@dataclass(frozen=True, slots=True)
class CommandResult:
    """Outcome of a downward command."""

    mn: str
    cn: str
    qn: str
    state: State
    message: str
    """In Chinese, for people."""
    sent: int
    qn_rtn: int | None
    exe_rtn: int | None
    records: tuple[Record, ...]
    """Data the station returned, typed; measurements among them are stored like any upload."""

    @property
    def ok(self) -> bool:
        return self.state is State.DONE
