"""Which readings of ever-rising registers count, and which steps are a wrapped or an exchanged register.

All decisions are local: they look at no more than ``CONTEXT`` readings on either side, so that any window that carries
this much context decides alike. The page docs/algorithms/quality.md says why each rule is as it is.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from greenpark.kernel.quality import Quality
from greenpark.kernel.readings import Floats, Int32s, Int64s

Indices = npt.NDArray[np.intp]
Bools = npt.NDArray[np.bool_]

#: Longest run of readings that can be a spike. A longer excursion is believed.
MAX_SPIKE_RUN = 3
#: Steps on either side of a step that tell its ordinary size.
LOCAL_STEPS = 4
#: Readings on either side that can influence a verdict; what a caller has to provide as context.
CONTEXT = 32
#: A step back no larger than this many ordinary steps is noise of the register and counts as it is.
NOISE_STEPS = 1.0
#: A register that comes back this close to where it was [share of the excursion] has come back.
RETURN_TOLERANCE = 0.1
#: A register that falls by less than this share of itself and stays there is corrected, not exchanged.
SAME_REGISTER = 1e-3
#: Without a known highest rate: a rate this many times the highest around it has to be confirmed by the next reading.
SUSPICIOUS_FACTOR = 10.0
#: Rollover without any rate to compare with: from the last tenth of the register to its first tenth.
ROLLOVER_EDGE = 0.1
#: Passes over runs of spikes that hide each other.
PASSES = 4

_SPIKE, _RESET, _ROLLOVER = int(Quality.SPIKE), int(Quality.RESET), int(Quality.ROLLOVER)
_SCALE = int(Quality.MULTIPLIER_CHANGE)


@dataclass(frozen=True, slots=True)
class Registers:
    """Counting readings of counters, by point and time; one row a reading. ``limit`` is the highest plausible
    rise [raw units per µs], ``register_max`` the size of the register; NaN where unknown."""

    points: Int32s
    times: Int64s
    values: Floats
    limit: Floats
    register_max: Floats
    confirmed: Bools

    def take(self, index: Indices | Bools) -> Registers:
        return Registers(*(getattr(self, name)[index] for name in self.__slots__))


def needs_a_look(r: Registers) -> Bools:
    """Rows where a step goes back, rises faster than plausible, or is the last and not yet confirmed (shape (n,))."""
    n = len(r.values)
    flagged = np.zeros(n, np.bool_)
    if n < 2:
        return flagged
    same = r.points[1:] == r.points[:-1]
    rise = np.diff(r.values)
    flagged[1:] = (rise < 0) & same
    if not np.isnan(r.limit).all():
        flagged[1:] |= (rise > r.limit[1:] * np.diff(r.times)) & same
    flagged |= _unconfirmed_ends(r)
    return flagged


def verdicts(r: Registers) -> Int32s:
    """Quality bits (SPIKE, RESET, ROLLOVER, MULTIPLIER_CHANGE) found for each row; RESET and ROLLOVER stand on the
    first reading after the event. Shape (n,)."""
    found = np.zeros(len(r.values), np.int32)
    suspects = needs_a_look(r)
    if not suspects.any():
        return found
    concerned = np.flatnonzero(np.isin(r.points, np.unique(r.points[suspects])))
    chosen = r.take(concerned)
    alive = np.arange(len(concerned))
    for _ in range(PASSES):
        part = chosen.take(alive)
        spikes = _spikes(part)
        spikes &= ~part.confirmed
        if not spikes.any():
            break
        found[concerned[alive[spikes]]] |= _SPIKE
        alive = alive[~spikes]
    found[concerned[alive]] |= _exchanges(chosen.take(alive))
    return found


def _around(center: Indices, points: Int32s, quantity: Floats, offsets: Indices) -> Floats:
    """``quantity`` of the steps around the step INTO each of ``center``; NaN beyond the point. Shape (len, offsets).

    ``quantity[i]`` belongs to the step from row i-1 to row i."""
    n = len(points)
    index = center[:, None] + offsets[None, :]
    inside = (index >= 1) & (index < n)
    index = np.clip(index, 1, n - 1)
    inside &= (points[index] == points[center][:, None]) & (points[index - 1] == points[center][:, None])
    return np.where(inside, quantity[index], np.nan)


def _median(rows: Floats) -> Floats:
    """Median of each row without its NaN; NaN when nothing is left (silently, unlike numpy's)."""
    ordered = np.sort(rows, axis=1)
    counts = (~np.isnan(rows)).sum(axis=1)
    pick = np.maximum(counts - 1, 0)
    low = np.take_along_axis(ordered, (pick // 2)[:, None], 1)[:, 0]
    high = np.take_along_axis(ordered, ((pick + 1) // 2)[:, None], 1)[:, 0]
    return np.asarray(np.where(counts > 0, (low + high) / 2, np.nan), np.float64)


def _highest(rows: Floats) -> Floats:
    """Highest of each row without its NaN; NaN when nothing is left."""
    top = np.where(np.isnan(rows), -np.inf, rows).max(axis=1, initial=-np.inf)
    return np.asarray(np.where(np.isinf(top), np.nan, top), np.float64)


def _steps(r: Registers) -> tuple[Floats, Floats, Bools]:
    """Step into each row: rise, rate [raw per µs], and whether it stays within one point."""
    rise = np.diff(r.values, prepend=r.values[:1])
    spent = np.maximum(np.diff(r.times, prepend=r.times[:1]), 1)
    same = np.diff(r.points, prepend=r.points[:1] - 1) == 0
    return rise, rise / spent, same


_SIDES = np.array([o for o in range(-LOCAL_STEPS, LOCAL_STEPS + 1) if o != 0], np.intp)
_BEFORE = np.arange(-2 * LOCAL_STEPS, 0)
_AFTER = np.arange(1, 2 * LOCAL_STEPS + 1)


def _spikes(r: Registers) -> Bools:
    """Rows that belong to a spike up or down which the readings around it contradict."""
    rise, _, same = _steps(r)
    marked = np.zeros(len(rise), np.bool_)
    drops = np.flatnonzero((rise < 0) & same)
    if not len(drops):
        return marked
    ordinary = _median(np.abs(_around(drops, r.points, rise, _SIDES)))
    drops = drops[~(-rise[drops] <= NOISE_STEPS * ordinary)]
    down, up = _down_runs(r, drops), _up_runs(r, drops)
    clear = (down > 0) != (up > 0)
    if not clear.any():  # the drop explains itself both ways: believe the reading before it
        clear = down > 0
        up = np.where(clear, 0, up)
    for k in range(1, MAX_SPIKE_RUN + 1):
        _mark(marked, drops[clear & (down == k)], k)
    for k in range(1, MAX_SPIKE_RUN + 1):
        # What a rise begins from must not be a spike itself; the next pass sees the rise without it.
        chosen = clear & (down == 0) & (up == k)
        chosen[chosen] = ~marked[drops[chosen] - k - 1]
        _mark(marked, drops[chosen] - k, k)
    return marked


def _mark(marked: Bools, starts: Indices, length: int) -> None:
    for i in range(length):
        marked[starts + i] = True


def _down_runs(r: Registers, drops: Indices) -> Indices:
    """Length of the run from each drop after which the register is back where it was; 0 when it does not come back."""
    n, length = len(r.values), np.zeros(len(drops), np.intp)
    before = r.values[drops - 1]
    lowest = r.values[drops]
    for k in range(1, MAX_SPIKE_RUN + 1):
        after = np.minimum(drops + k, n - 1)
        inside = (drops + k < n) & (r.points[after] == r.points[drops])
        back = r.values[after] >= before - RETURN_TOLERANCE * (before - lowest)
        length = np.where((length == 0) & inside & back, k, length)
        lowest = np.minimum(lowest, r.values[after])
    return length


def _up_runs(r: Registers, drops: Indices) -> Indices:
    """Length of the run before each drop that rose above everything around it; 0 when there is none."""
    length = np.zeros(len(drops), np.intp)
    after = r.values[drops]
    open_run = np.ones(len(drops), np.bool_)
    lowest = r.values[drops - 1]
    for k in range(1, MAX_SPIKE_RUN + 1):
        member = np.maximum(drops - k, 0)
        open_run &= (drops - k >= 0) & (r.points[member] == r.points[drops]) & (r.values[member] > after)
        lowest = np.minimum(lowest, r.values[member])
        base = np.maximum(drops - k - 1, 0)
        inside = (drops - k - 1 >= 0) & (r.points[base] == r.points[drops])
        came_from_below = r.values[base] <= after + RETURN_TOLERANCE * (lowest - after)
        length = np.where((length == 0) & open_run & inside & came_from_below, k, length)
    return length


def _readings_after(points: Int32s) -> Indices:
    """How many readings of the same point follow each row."""
    n = len(points)
    ends = np.concatenate((np.flatnonzero(points[1:] != points[:-1]) + 1, [n]))
    return np.repeat(ends, np.diff(ends, prepend=0)) - np.arange(n) - 1


def _exchanges(r: Registers) -> Int32s:
    """Bits for the steps that spikes do not explain: wrapped, exchanged, or still open because nothing follows."""
    found = np.zeros(len(r.values), np.int32)
    if len(found) < 2:
        return found
    rise, rate, same = _steps(r)
    after = _readings_after(r.points)
    spent = np.maximum(np.diff(r.times, prepend=r.times[:1]), 1)

    drops = np.flatnonzero((rise < 0) & same)
    ordinary = _median(np.abs(_around(drops, r.points, rise, _SIDES))) if len(drops) else np.zeros(0)
    small = (-rise[drops] <= NOISE_STEPS * ordinary) | (-rise[drops] <= SAME_REGISTER * np.abs(r.values[drops - 1]))
    drops = drops[~small]
    wrapped = _wrapped(r, drops, rate, spent) if len(drops) else np.zeros(0, np.bool_)
    found[drops[wrapped]] |= _ROLLOVER
    settled = after[drops] >= MAX_SPIKE_RUN
    found[drops[~wrapped & settled]] |= _RESET
    opened = drops[~wrapped & ~settled]

    jumps = np.flatnonzero((rise > r.limit * spent) & same)
    settled = after[jumps] >= MAX_SPIKE_RUN
    found[jumps[settled]] |= _RESET
    opened = np.concatenate((opened, jumps[~settled]))

    found[_rescaled(r, np.flatnonzero(found & _RESET), rise)] |= _SCALE
    for row in opened:  # at most MAX_SPIKE_RUN rows a point
        found[row : row + after[row] + 1] |= np.where(r.confirmed[row : row + after[row] + 1], 0, _SPIKE)
    found[_unconfirmed_ends(r) & (found == 0)] |= _SPIKE
    return found


def _wrapped(r: Registers, drops: Indices, rate: Floats, spent: Int64s) -> Bools:
    """Whether each drop is the register starting again at 0 after its highest value."""
    size, before, now = r.register_max[drops], r.values[drops - 1], r.values[drops]
    wrapped_rise = size - before + now
    around = _highest(_around(drops, r.points, rate, np.concatenate((_BEFORE, _AFTER))))
    limit = np.where(np.isnan(r.limit[drops]), SUSPICIOUS_FACTOR * around, r.limit[drops])
    by_rate = wrapped_rise <= limit * spent[drops]
    at_edge = (before >= (1 - ROLLOVER_EDGE) * size) & (now <= ROLLOVER_EDGE * size)
    unknown = np.isnan(limit) | (limit <= 0)
    return (wrapped_rise >= 0) & np.where(unknown, at_edge, by_rate)


def _rescaled(r: Registers, resets: Indices, rise: Floats) -> Indices:
    """Resets at which register and ordinary step changed by the same ratio: kWh became Wh, a CT was exchanged."""
    if not len(resets):
        return resets
    ordinary_before = _median(_around(resets, r.points, rise, _BEFORE))
    ordinary_after = _median(_around(resets, r.points, rise, _AFTER))
    before, now = r.values[resets - 1], r.values[resets]
    usable = (ordinary_before > 0) & (ordinary_after > 0) & (before > 0) & (now > 0)
    register_ratio = np.where(usable, now / np.where(usable, before, 1), 1.0)
    step_ratio = np.where(usable, ordinary_after / np.where(usable, ordinary_before, 1), 1.0)
    changed = np.abs(np.log(register_ratio)) > np.log(2)
    alike = np.abs(np.log(register_ratio / step_ratio)) < np.log(1.5)
    return np.asarray(resets[usable & changed & alike])


def _unconfirmed_ends(r: Registers) -> Bools:
    """The last reading of a point when its rise is out of proportion and nothing has confirmed it yet, and a first
    reading of 0 that the rest contradicts. Points with a known highest rate are judged by that alone."""
    flagged = np.zeros(len(r.values), np.bool_)
    starts = np.concatenate(([0], np.flatnonzero(r.points[1:] != r.points[:-1]) + 1))
    ends = np.concatenate((starts[1:], [len(r.points)])) - 1
    long = (ends - starts >= 3) & np.isnan(r.limit[starts])
    starts, ends = starts[long], ends[long]
    if not len(starts):
        return flagged

    def rates(rows: Indices, offsets: Indices) -> Floats:
        index = np.clip(rows[:, None] + offsets[None, :], starts[:, None] + 1, ends[:, None])
        inside = index == rows[:, None] + offsets[None, :]
        spent = np.maximum(r.times[index] - r.times[index - 1], 1)
        return np.where(inside, (r.values[index] - r.values[index - 1]) / spent, np.nan)

    here = np.zeros(1, np.intp)
    last = rates(ends, here)[:, 0] > SUSPICIOUS_FACTOR * np.maximum(_highest(rates(ends, _BEFORE)), 0)
    flagged[ends[last & ~r.confirmed[ends]]] = True
    top = _highest(rates(starts + 1, _AFTER))
    first = (rates(starts + 1, here)[:, 0] > SUSPICIOUS_FACTOR * np.maximum(top, 0)) & (r.values[starts] == 0)
    flagged[starts[first & (top > 0) & ~r.confirmed[starts]]] = True
    return flagged
