"""The border between gateways and the rest: what a gateway hands over, and what it gets back.

A gateway turns whatever arrived (a TCP frame, an MQTT message, an HTTP body, a file) into one :class:`Delivery`, gives
it to the :class:`Sink` and acknowledges to the device only after the :class:`Receipt` is there: acknowledged means
on disk.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from greenpark.kernel.points import BindingKey


class RefusalCode(StrEnum):
    """Why a single item was not taken."""

    UNKNOWN_POINT = "unknown_point"
    WRONG_UNIT = "wrong_unit"
    NOT_FINITE = "not_finite"
    IN_FUTURE = "in_future"
    BEFORE_COMMISSIONING = "before_commissioning"
    AFTER_DECOMMISSIONING = "after_decommissioning"
    BAD_TIME = "bad_time"
    BAD_VALUE = "bad_value"
    OUT_OF_SCOPE = "out_of_scope"


@dataclass(frozen=True, slots=True)
class Problem:
    """Why the gateway itself could not take an item (a value that is no number, a time that cannot be read)."""

    code: RefusalCode
    value: str
    """As it arrived, for people."""
    reason: str
    """In Chinese: what is wrong and what to do next."""


@dataclass(slots=True)
class Delivery:
    """One message with the observations read out of it, as parallel lists (an observation is one index).

    ``flags`` holds masks of :class:`greenpark.kernel.quality.Quality`; ``flags`` and ``units`` may stay empty when
    the protocol sends none. ``raw`` is kept as evidence and reachable from every reading.
    """

    gateway: str
    """hj212, mqtt, modbus, http, file …"""
    peer: str
    """Address or file name; for people."""
    device: str
    """MN, client id, station …; for people."""
    received_us: int
    raw: bytes
    keys: list[BindingKey] = field(default_factory=list)
    times: list[int] = field(default_factory=list)
    values: list[float] = field(default_factory=list)
    flags: list[int] = field(default_factory=list)
    units: list[str | None] = field(default_factory=list)
    problems: dict[int, Problem] = field(default_factory=dict)
    """Items already found unusable, by index; their time and value may be any number. Refused with this reason."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """One item that was not taken: which, why, and what to do about it (in Chinese, for people)."""

    index: int
    key: BindingKey
    time_us: int | None
    value: str
    code: RefusalCode
    reason: str


@dataclass(frozen=True, slots=True)
class Receipt:
    """The answer to one delivery. Accepted items are on disk when it is returned."""

    frame_id: int
    accepted: int
    refused: tuple[Refusal, ...] = ()


class Sink(Protocol):
    """Takes deliveries. One call is one commit; an exception means that nothing of the call was stored."""

    def accept(self, deliveries: Sequence[Delivery]) -> list[Receipt]:
        """Store what can be stored, refuse the rest item by item. Returns one receipt per delivery, in order."""
        ...

    def reject(self, rejected: Sequence[RejectedFrame]) -> None:
        """Keep frames that could not be read at all, for people to look at."""
        ...


@dataclass(frozen=True, slots=True)
class RejectedFrame:
    """A frame from which nothing was stored: the bytes, why, and the likely cause in words."""

    gateway: str
    peer: str
    device: str
    received_us: int
    raw: bytes
    code: str
    reason: str
    likely_cause: str = ""
