"""What the overview hands to its screens. Plain values; powers in kW, energy in kWh and tce, CO₂ in tCO2e."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

#: No permissions of its own: a page shows what the permissions of telemetry, carbon and registry allow.
PERMISSIONS: dict[str, str] = {}


@dataclass(frozen=True, slots=True)
class Todo:
    """One thing to do, with the place where it is done. ``level`` is bad, warn, info or none."""

    level: str
    tag: str
    """Short word beside it, such as 已逾期."""
    title: str
    note: str
    url_name: str
    args: tuple[object, ...] = ()
    query: str = ""
    rank: int = 50
    """Smaller comes first: due dates before figures."""
    count: int = 1


@dataclass(frozen=True, slots=True)
class Power:
    """Electric load of a scope now and over a span, from the 15-minute rollups of its balance meters."""

    now_kw: float | None
    """Mean of the newest slot that every live meter has filled; None without any."""
    slot_at: datetime | None
    """Start of that slot."""
    meters: int
    meters_in_slot: int
    times_ms: tuple[int, ...] = ()
    imported_kw: tuple[float | None, ...] = ()
    produced_kw: tuple[float | None, ...] = ()
    exported_kw: tuple[float | None, ...] = ()
    estimated_slots: int = 0
    """Slots of the span in which some amount was spread over a gap."""
    skipped: tuple[str, ...] = ()
    """Points whose unit has no place in an electric balance."""


@dataclass(frozen=True, slots=True)
class Collection:
    """How well data comes in: points that reported within three expected intervals, of all active points."""

    points: int
    online: int
    newest_at: datetime | None
    silent: tuple[tuple[int, str, datetime | None], ...] = ()
    """(point id, name, newest reading) of the first points that are not online."""

    @property
    def rate(self) -> float | None:
        return self.online / self.points if self.points else None


@dataclass(frozen=True, slots=True)
class LatestValue:
    """The newest reading of a point, scaled to the point's unit."""

    point_id: int
    code: str
    name: str
    facility: str
    medium: str
    medium_name: str
    kind: str
    kind_name: str
    unit: str
    value: float | None
    at: datetime | None
    quality: int
    quality_level: str
    """ok, warn, bad or none (no reading)"""
    quality_text: str
    online: bool
    demo: bool


@dataclass(frozen=True, slots=True)
class MediumAmount:
    """What an enterprise took in of one medium in a span, from its import meters."""

    medium: str
    medium_name: str
    amount: float
    unit: str
    estimated: float
    coverage: float
    """Lowest share of the span that valid data of a meter covers."""
    points: tuple[int, ...] = field(default=())


@dataclass(frozen=True, slots=True)
class Hit:
    """A result of the search."""

    kind: str
    title: str
    note: str
    href: str


@dataclass(frozen=True, slots=True)
class Refused:
    """A frame or item that a gateway did not take, in words."""

    at: datetime
    gateway: str
    device: str
    value: str
    reason: str
    likely_cause: str
