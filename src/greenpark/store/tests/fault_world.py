"""Meters with known truth and known faults, for the fault benchmark and its reduced test.

Load of a meter: rated power 50 to 800 kW times a daily shape (continuous, two shifts, or one shift; ramps of an hour),
Saturdays and Sundays at a share of their own, a day factor (log-normal, 5 %) and a noise of minutes (AR(1), 5 %,
correlation time 10 minutes). Its integral is the register, read every 15 minutes at a phase of the meter's own (half of
the meters exactly on the quarter) and rounded to 0.01 kWh. Truth is the integral between full hours. Every meter is
made up; nothing here was measured.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from greenpark.kernel.points import PointKind, PointSpec
from greenpark.kernel.readings import Readings

MINUTE, QUARTER, HOUR, DAY = 60_000_000, 900_000_000, 3_600_000_000, 86_400_000_000
#: 2026-06-01 00:00 in Shanghai, a Monday [UTC µs].
START = 1_780_243_200_000_000
GROUPS = {
    "clean": 100,
    "zero spikes": 20,
    "gaps": 20,
    "rollover": 10,
    "replaced": 10,
    "up-spike": 10,
    "late": 20,
    "jitter": 10,
}
UP_SPIKE_KWH = 5_000_000.0
#: An hour (day) is off when it misses the truth by more than 5 % of it, or of a tenth of the meter's mean hour (day)
#: where the truth is smaller than that.
OFF, FLOOR = 0.05, 0.10


@dataclass(slots=True)
class World:
    """Readings as they were taken (by point and time), when each arrived, and the truth."""

    days: int
    specs: list[PointSpec] = field(default_factory=list)
    group: dict[str, list[int]] = field(default_factory=dict)
    readings: Readings = field(default_factory=Readings.empty)
    arrival: np.ndarray = field(default_factory=lambda: np.zeros(0, np.int64))
    truth: dict[int, np.ndarray] = field(default_factory=dict)
    """Energy of each hour since START [kWh], per point."""


def make_world(*, days: int = 30, seed: int = 7, counts: dict[str, int] | None = None) -> World:
    rng = np.random.default_rng(seed)
    world = World(days)
    parts, arrivals = [], []
    point = 0
    for group, count in (counts or GROUPS).items():
        world.group[group] = []
        for i in range(count):
            point += 1
            times, register, truth = _meter(rng, days, on_quarter=i % 2 == 0)
            spec = {"id": point, "kind": PointKind.COUNTER, "unit": "kWh", "expected_interval_s": 900}
            times, register, arrival = _FAULTS[group](rng, times, register, truth, spec)
            world.specs.append(PointSpec(**spec))
            world.group[group].append(point)
            world.truth[point] = truth
            parts.append(Readings.of(np.full(len(times), point), times, np.round(register, 2)))
            arrivals.append(arrival)
    world.readings = Readings.concat(parts)
    world.arrival = np.concatenate(arrivals)
    return world


def _meter(rng, days, *, on_quarter):
    minutes = days * 1440
    rated = rng.uniform(50, 800)
    clock = (np.arange(minutes + 1) % 1440) / 60
    weekday = (np.arange(minutes + 1) // 1440) % 7
    hours = [(0.0, 24.0), (6.0, 22.0), (8.0, 18.0)][rng.integers(3)]
    base = rng.uniform(0.15, 0.3)
    on = np.clip(np.minimum(clock - hours[0] + 0.5, hours[1] - clock + 0.5), 0, 1) if hours[1] < 24 else 1.0
    lunch = 1 - 0.15 * np.exp(-0.5 * ((clock - 12.5) / 0.5) ** 2)
    shape = base + (0.85 - base) * on * lunch
    weekend = np.where(weekday == 5, rng.uniform(0.6, 1), np.where(weekday == 6, rng.uniform(0.4, 1), 1.0))
    day_factor = np.exp(rng.normal(0, 0.05, days + 1))[np.arange(minutes + 1) // 1440]
    keep = np.exp(-1 / 10)
    shocks = rng.normal(0, 0.05 * np.sqrt(1 - keep**2), minutes + 1)
    noise = np.zeros(minutes + 1)
    level = rng.normal(0, 0.05)
    for k in range(minutes + 1):
        level = keep * level + shocks[k]
        noise[k] = level
    power = rated * shape * weekend * day_factor * np.maximum(1 + noise, 0)
    energy = np.concatenate(([0.0], np.cumsum(power[:-1] / 60))) + rng.uniform(0, 50_000)
    phase = 0 if on_quarter else int(rng.integers(1, 900)) * 1_000_000
    times = START + phase + np.arange(days * 96 + (1 if on_quarter else 0)) * QUARTER
    grid = START + np.arange(minutes + 1) * MINUTE
    register = np.interp(times, grid, energy)
    return times, register, np.diff(energy[::60])


def _clean(rng, times, register, truth, spec):
    return times, register, times.copy()


def _zero_spikes(rng, times, register, truth, spec):
    hit = rng.random(len(times)) < 0.005
    return times, np.where(hit, 0.0, register), times.copy()


def _gaps(rng, times, register, truth, spec):
    keep = np.ones(len(times), bool)
    at = times[0] + int(rng.uniform(2, 5) * DAY)
    while at < times[-1] - DAY:
        length = int(rng.uniform(2, 24) * HOUR)
        keep &= ~((times > at) & (times < at + length))
        at += length + int(rng.uniform(2, 5) * DAY)
    return times[keep], register[keep], times[keep].copy()


def _rollover(rng, times, register, truth, spec):
    spec["register_max"] = 1_000_000.0
    total = register[-1] - register[0]
    begin = 1_000_000.0 - rng.uniform(0.2, 0.8) * total
    return times, np.round(register - register[0] + begin, 2) % 1_000_000.0, times.copy()


def _replaced(rng, times, register, truth, spec):
    """The old meter goes and the new one begins at 0 at a moment between two readings."""
    at = times[0] + int(rng.uniform(0.2, 0.8) * (times[-1] - times[0]))
    shown = np.interp(at, times, register)
    return times, np.where(times > at, register - shown, register), times.copy()


def _up_spike(rng, times, register, truth, spec):
    changed = register.copy()
    for begin in range(0, len(times), 960):
        changed[min(begin + int(rng.integers(1, 959)), len(times) - 2)] += UP_SPIKE_KWH
    return times, changed, times.copy()


def _late(rng, times, register, truth, spec):
    arrival = times.copy()
    begin = int(rng.integers(96, len(times) - 2 * 96))
    arrival[begin : begin + 24] += 12 * HOUR
    return times, register, arrival


def _jitter(rng, times, register, truth, spec):
    """±2 % of the mean quarter hour on every reading; at standby, readings step back."""
    step = (register[-1] - register[0]) / (len(register) - 1)
    return times, register + rng.uniform(-0.02, 0.02, len(times)) * step, times.copy()


_FAULTS = {
    "clean": _clean,
    "zero spikes": _zero_spikes,
    "gaps": _gaps,
    "rollover": _rollover,
    "replaced": _replaced,
    "up-spike": _up_spike,
    "late": _late,
    "jitter": _jitter,
}


@dataclass(frozen=True, slots=True)
class Score:
    """Result of a group: energy error [share of the truth, signed: + is invented], shares of hours and days off."""

    energy: float
    worst_energy: float
    hours_off: float
    days_off: float
    hours: int


def score(world: World, group: str, points: np.ndarray, starts: np.ndarray, amount: np.ndarray) -> Score:
    """Compare hourly amounts with the truth. Hours before a meter's first and after its last reading cannot be known
    and are left out, whole."""
    off = days_off = hours = days = 0
    booked = true = worst = 0.0
    for point in world.group[group]:
        mine = points == point
        got = np.zeros(world.days * 24)
        index = (starts[mine] - START) // HOUR
        got[index[index < len(got)]] = np.nan_to_num(amount[mine])[index < len(got)]
        times = world.readings.times[world.readings.points == point]
        low, high = -(-(int(times[0]) - START) // HOUR), (int(times[-1]) - START) // HOUR
        truth, got = world.truth[point][low:high], got[low:high]
        off += int((np.abs(got - truth) > OFF * np.maximum(truth, FLOOR * truth.mean())).sum())
        hours += len(truth)
        first = (24 - low) % 24
        whole = (len(truth) - first) // 24 * 24
        per_day = [a[first : first + whole].reshape(-1, 24).sum(axis=1) for a in (got, truth)]
        days_off += int((np.abs(per_day[0] - per_day[1]) > OFF * per_day[1]).sum())
        days += len(per_day[1])
        booked += got.sum()
        true += truth.sum()
        worst = max(worst, abs(got.sum() / truth.sum() - 1))
    return Score(booked / true - 1, worst, off / hours, days_off / days, hours)
