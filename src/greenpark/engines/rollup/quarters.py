"""Readings to quarter-hour rows. Steps between readings are cut at the quarters in proportion to time.

Rows are additive: the rows of two neighbouring stretches of readings, merged by :func:`aggregate.merge`, are the rows
of both together. That is what makes batch, live and rebuilt figures one and the same.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from greenpark.engines.rollup.layout import Bools, Indices, Layout, Pieces
from greenpark.engines.rollup.slots import HOUR_US, QUARTER_US
from greenpark.kernel.points import PointKind
from greenpark.kernel.pointtable import KINDS, PointTable, run_starts
from greenpark.kernel.quality import INVALID, Quality
from greenpark.kernel.readings import Floats, Int32s, Int64s, Readings, Rollups

#: A step longer than this many expected intervals has readings missing: half way to one missing reading.
GAP_FACTOR = 1.5
#: Gaps of registers at least this long take the shape of comparable days; shorter ones are divided by time [µs].
SHORTEST_SHAPED_US = HOUR_US
#: Rates are interpolated over a gap up to this long, or 4 expected intervals if that is longer [µs]. Nothing is known
#: about a power or a flow in a longer gap, unlike a register, which has counted on.
LONGEST_RATE_BRIDGE_US = HOUR_US
RATE_BRIDGE_INTERVALS = 4
#: After an exchange the new register is taken to have started at 0 when it shows no more than this many times what
#: the meter would have counted at the rates around it.
FRESH_REGISTER_FACTOR = 4.0
#: Readings rolled up together; a block fits the processor's cache.
BLOCK = 1 << 15

COUNTER, INTERVAL, RATE, CONCENTRATION, STATE = (
    KINDS.index(k)
    for k in (PointKind.COUNTER, PointKind.INTERVAL, PointKind.RATE, PointKind.CONCENTRATION, PointKind.STATE)
)
_INVALID, _CONFIRMED = int(INVALID), int(Quality.CONFIRMED)
_RESET, _ROLLOVER = int(Quality.RESET), int(Quality.ROLLOVER)
_GAP, _ESTIMATED = int(Quality.GAP), int(Quality.ESTIMATED)
_SUBSTITUTED = int(Quality.SUBSTITUTED)


@dataclass(frozen=True, slots=True)
class Gaps:
    """Amounts counted over long gaps of registers, still to be divided: see :func:`shapes.spread`.

    points int32; begins, ends int64 [UTC µs], half-open; amount float64 [unit, multiplier applied]; quality int32."""

    points: Int32s
    begins: Int64s
    ends: Int64s
    amount: Floats
    quality: Int32s

    def __len__(self) -> int:
        return len(self.points)

    def take(self, index: Indices | Bools) -> Gaps:
        return Gaps(*(getattr(self, name)[index] for name in self.__slots__))

    @classmethod
    def concat(cls, parts: list[Gaps]) -> Gaps:
        if len(parts) == 1:
            return parts[0]
        return cls(*(np.concatenate([getattr(p, name) for p in parts]) for name in cls.__slots__))

    @classmethod
    def none(cls) -> Gaps:
        longs = np.zeros(0, np.int64)
        return cls(np.zeros(0, np.int32), longs, longs, np.zeros(0), np.zeros(0, np.int32))


def quarters(readings: Readings, table: PointTable, *, own: Bools | None = None) -> tuple[Rollups, Gaps]:
    """Quarter-hour rows of readings sorted by point and time, each moment once, with their screened quality; and the
    long gaps, whose amounts the rows do not hold yet.

    ``own`` says which readings contribute: a reading contributes its count, its value and the step that leads to it.
    Readings with False are context (the last one of what was rolled up before). All by default. Shape (n,).

    Raises UnknownPoint for readings without a specification.
    """
    if not len(readings):
        return Rollups.empty(), Gaps.none()
    runs = run_starts(readings.points)
    kinds = table.kinds[table.rows(readings.points[runs])]
    if np.count_nonzero(np.diff(kinds)) >= len(_ROLLERS):
        return _by_kind(readings, table, own, np.repeat(kinds, np.diff(runs, append=len(readings))))
    parts, gaps = [], []
    for start, end, kind in _blocks(runs, kinds, len(readings)):
        piece = slice(start, end)
        rows, found = _ROLLERS[kind](readings.take(piece), table, None if own is None else own[piece])
        parts.append(rows)
        if len(found):
            gaps.append(found)
    return parts[0] if len(parts) == 1 else Rollups.concat(parts), Gaps.concat(gaps) if gaps else Gaps.none()


def _by_kind(
    readings: Readings, table: PointTable, own: Bools | None, kinds: npt.NDArray[np.int8]
) -> tuple[Rollups, Gaps]:
    """The same with the points of one kind brought together, where kinds take turns: a few large blocks instead of
    many small ones. ``kinds`` per reading."""
    order = np.argsort(kinds, kind="stable")
    rows, gaps = quarters(readings.take(order), table, own=None if own is None else own[order])
    return rows.take(np.argsort(rows.points, kind="stable")), gaps.take(np.argsort(gaps.points, kind="stable"))


def _blocks(runs: Indices, kinds: npt.NDArray[np.int8], n: int) -> list[tuple[int, int, int]]:
    """Stretches of whole points of one kind, each of about ``BLOCK`` readings."""
    change = np.flatnonzero(np.diff(kinds) != 0) + 1
    blocks = []
    for low, high in zip(np.append(0, change), np.append(change, len(runs)), strict=True):
        at, last = int(runs[low]), int(runs[high]) if high < len(runs) else n
        edges = np.append(runs[low:high], last)
        while at < last:
            following = int(edges[np.searchsorted(edges, min(at + BLOCK, last), side="left")])
            blocks.append((at, following, int(kinds[low])))
            at = following
    return blocks


@dataclass(frozen=True, slots=True)
class _Counting:
    """The readings that count, as columns of one length m, and the steps into them (index 0 is no step)."""

    points: Int32s
    times: Int64s
    values: Floats
    quality: Int32s
    slot: Int64s
    row: Indices
    own: Bools | None
    table_row: Callable[[Indices], Indices]
    longest: Int64s
    """Longest step without a gap [µs], shape (m,) or broadcast."""
    multiplier: Floats

    @classmethod
    def of(cls, r: Readings, table: PointTable, layout: Layout, own: Bools | None) -> _Counting:
        longest = layout.per_reading((table.interval_us * GAP_FACTOR).astype(np.int64))
        multiplier = layout.per_reading(table.multiplier)
        chosen = counting_rows(r.quality)
        columns = (r.points, r.times, r.values, r.quality, layout.slot, layout.row)
        if chosen is not None:
            columns = tuple(c[chosen] for c in columns)  # type: ignore[assignment]
            longest, multiplier = longest[chosen], multiplier[chosen]
            own = None if own is None else own[chosen]
        points = columns[0]
        return cls(*columns, own, lambda index: table.rows(points[index]), longest, multiplier)  # type: ignore[arg-type]

    def __len__(self) -> int:
        return len(self.times)


def counting_rows(quality: Int32s) -> Indices | None:
    """Indices of readings that count; None when all do."""
    if not quality.any():
        return None
    counts = ((quality & _INVALID) == 0) | ((quality & _CONFIRMED) != 0)
    return None if counts.all() else np.flatnonzero(counts)


def _roll_counters(r: Readings, table: PointTable, own: Bools | None) -> tuple[Rollups, Gaps]:
    layout = Layout.of(r, table)
    c = _Counting.of(r, table, layout, own)
    gaps = Gaps.none()
    if len(c) > 1:
        spent, mine, special = _steps(c)
        rise = np.diff(c.values)
        if c.quality.any():
            special |= (c.quality[1:] & (_RESET | _ROLLOVER)) != 0
        amount = rise * c.multiplier[1:]
        _add_ordinary(layout, c, spent, amount, mine & ~special, None)
        picked = np.flatnonzero(mine & special)
        if len(picked):
            gaps = _add_special_counts(layout, c, table, picked, spent, amount)
    return _rows(r, table, layout, own, c, COUNTER), gaps


def _roll_rates(r: Readings, table: PointTable, own: Bools | None) -> tuple[Rollups, Gaps]:
    layout = Layout.of(r, table)
    c = _Counting.of(r, table, layout, own)
    if len(c) > 1:
        spent, mine, special = _steps(c)
        v = c.values * c.multiplier
        amount = (v[1:] + v[:-1]) * (spent / (2.0 * HOUR_US))
        _add_ordinary(layout, c, spent, amount, mine & ~special, v)
        picked = np.flatnonzero(mine & special)
        if len(picked):
            _add_special_rates(layout, c, table, picked, spent, v)
    return _rows(r, table, layout, own, c, RATE), Gaps.none()


def _roll_states(r: Readings, table: PointTable, own: Bools | None) -> tuple[Rollups, Gaps]:
    """The value holds until the next reading, but not longer than a step without a gap."""
    layout = Layout.of(r, table)
    c = _Counting.of(r, table, layout, own)
    if len(c) > 1:
        spent = np.diff(c.times)
        same = np.diff(c.points) == 0
        picked = np.flatnonzero(same if c.own is None else same & c.own[1:])
        held = np.minimum(spent[picked], c.longest[picked + 1])
        pieces = Pieces.of(c.times[picked], c.times[picked] + held)
        rows = c.row[picked][pieces.span] + pieces.slot - c.slot[picked][pieces.span]
        lengths = (pieces.hi - pieces.lo).astype(np.float64)
        layout.amount += layout.scatter(rows, lengths * (c.values * c.multiplier)[picked][pieces.span])
        layout.measured += layout.scatter(rows, lengths)
        _mark_gaps(layout, c, picked[spent[picked] > c.longest[picked + 1]])
    return _rows(r, table, layout, own, c, STATE), Gaps.none()


def _roll_intervals(r: Readings, table: PointTable, own: Bools | None) -> tuple[Rollups, Gaps]:
    """The amount of a reading belongs to the expected interval that starts at its time."""
    interval = np.repeat(
        table.interval_us[table.rows(r.points[run_starts(r.points)])],
        np.diff(run_starts(r.points), append=len(r)),
    )
    layout = Layout.of(r, table, ends=r.times + interval)
    c = _Counting.of(r, table, layout, own)
    chosen = counting_rows(r.quality)
    interval = interval if chosen is None else interval[chosen]
    picked = np.arange(len(c)) if c.own is None else np.flatnonzero(c.own)
    pieces = Pieces.of(c.times[picked], c.times[picked] + interval[picked])
    rows = c.row[picked][pieces.span] + pieces.slot - c.slot[picked][pieces.span]
    lengths = pieces.hi - pieces.lo
    amount = (c.values * c.multiplier)[picked][pieces.span] * (lengths / interval[picked][pieces.span])
    layout.amount += layout.scatter(rows, amount)
    # Where intervals overlap, the time belongs to the earlier one.
    fresh = c.times.copy()
    fresh[1:] = np.where(c.points[1:] == c.points[:-1], np.maximum(fresh[1:], (c.times + interval)[:-1]), fresh[1:])
    seen = np.maximum(pieces.hi - np.maximum(pieces.lo, fresh[picked][pieces.span]), 0)
    layout.measured += layout.scatter(rows, seen.astype(np.float64))
    replaced = (c.quality[picked][pieces.span] & _SUBSTITUTED) != 0
    if replaced.any():
        layout.estimated += layout.scatter(rows, np.where(replaced, amount, 0.0))
    if len(c) > 1:
        spent, mine, _ = _steps(c)
        missed = np.flatnonzero(mine & (spent > c.longest[1:]))
        _mark_gaps(layout, c, missed, c.times[missed] + interval[missed])
    return _rows(r, table, layout, own, c, INTERVAL), Gaps.none()


def _roll_concentrations(r: Readings, table: PointTable, own: Bools | None) -> tuple[Rollups, Gaps]:
    layout = Layout.of(r, table)
    return _rows(r, table, layout, own, _Counting.of(r, table, layout, own), CONCENTRATION), Gaps.none()


_ROLLERS: dict[int, Callable[[Readings, PointTable, Bools | None], tuple[Rollups, Gaps]]] = {
    COUNTER: _roll_counters,
    RATE: _roll_rates,
    STATE: _roll_states,
    INTERVAL: _roll_intervals,
    CONCENTRATION: _roll_concentrations,
}


def _steps(c: _Counting) -> tuple[Int64s, Bools, Bools]:
    """Duration of the step into rows 1.., whether it contributes, and whether it cannot be cut once at a boundary."""
    spent = np.diff(c.times)
    same = c.points[1:] == c.points[:-1]
    mine = same if c.own is None else same & c.own[1:]
    special = (spent > c.longest[1:]) | (np.diff(c.row) > 1)
    return spent, mine, special


def _add_ordinary(
    layout: Layout, c: _Counting, spent: Int64s, amount: Floats, use: Bools, rates: Floats | None
) -> None:
    """Add steps that lie in one quarter or cross a single boundary. With ``rates`` the amount is the area under the
    straight line between two values, else it grows evenly."""
    boundary = c.slot[1:] * QUARTER_US
    earlier = np.maximum(boundary - c.times[:-1], 0)
    if not use.all():
        amount = np.where(use, amount, 0.0)
        spent = np.where(use, spent, 0)
        earlier = np.where(use, earlier, 0)
    share = earlier / np.maximum(spent, 1)
    if rates is None:
        first = amount * share
    else:
        first = (earlier / HOUR_US) * (rates[:-1] + (rates[1:] - rates[:-1]) * (share * 0.5))
    second = amount - first
    later = spent - earlier
    if layout.one_each and len(c) == layout.total:
        layout.amount[:-1] += first
        layout.amount[1:] += second
        layout.measured[:-1] += earlier
        layout.measured[1:] += later
        return
    layout.amount += layout.scatter(c.row[:-1], first) + layout.scatter(c.row[1:], second)
    layout.measured += layout.scatter(c.row[:-1], earlier) + layout.scatter(c.row[1:], later)


def _place(c: _Counting, picked: Indices, pieces: Pieces) -> Indices:
    """Row of each piece of the steps into rows ``picked + 1``."""
    return np.asarray(c.row[picked][pieces.span] + pieces.slot - c.slot[picked][pieces.span], np.intp)


def _add_special_counts(
    layout: Layout, c: _Counting, table: PointTable, picked: Indices, spent: Int64s, amount: Floats
) -> Gaps:
    """Steps over gaps, rollovers, exchanges, or several quarters at once. Returns the long gaps instead of adding."""
    bits = c.quality[picked + 1] & (_RESET | _ROLLOVER)
    counted = amount[picked].copy()
    wrapped, exchanged = (bits & _ROLLOVER) != 0, (bits & _RESET) != 0
    if wrapped.any():
        size = table.register_max[c.table_row(picked + 1)]
        counted[wrapped] += (size * c.multiplier[picked + 1])[wrapped]
    if exchanged.any():
        counted[exchanged] = _after_exchange(c, picked[exchanged], spent, amount)
    is_gap = spent[picked] > c.longest[picked + 1]
    bits |= np.where(is_gap, _GAP | _ESTIMATED, 0).astype(np.int32)
    bits |= np.where(exchanged, _ESTIMATED, 0).astype(np.int32)
    long = is_gap & (spent[picked] >= SHORTEST_SHAPED_US)
    gaps = Gaps(c.points[picked], c.times[picked], c.times[picked + 1], counted, bits).take(long)

    short = np.flatnonzero(~long)
    pieces = Pieces.of(c.times[picked[short]], c.times[picked[short] + 1])
    rows = _place(c, picked[short], pieces)
    lengths = (pieces.hi - pieces.lo).astype(np.float64)
    parts = counted[short][pieces.span] * (lengths / spent[picked[short]][pieces.span])
    guessed = (bits[short] & _ESTIMATED)[pieces.span] != 0
    layout.amount += layout.scatter(rows, parts)
    layout.measured += layout.scatter(rows, np.where(guessed, 0.0, lengths))
    layout.spread += layout.scatter(rows, np.where(guessed, lengths, 0.0))
    layout.estimated += layout.scatter(rows, np.where(guessed, parts, 0.0))
    np.bitwise_or.at(layout.quality, rows, bits[short][pieces.span])
    return gaps


def _after_exchange(c: _Counting, picked: Indices, spent: Int64s, amount: Floats) -> Floats:
    """Amount between the last reading of the old meter and the first of the new one: the mean of the rates around it,
    and at least what the new register shows if it can have started at 0."""
    rates = []
    for other in (picked - 1, picked + 1):
        inside = (other >= 0) & (other < len(amount))
        at = np.clip(other, 0, len(amount) - 1)
        inside &= (c.points[at] == c.points[picked]) & (c.points[at + 1] == c.points[picked])
        inside &= (c.quality[at + 1] & (_RESET | _ROLLOVER)) == 0
        rates.append(np.where(inside, amount[at] / np.maximum(spent[at], 1), np.nan))
    known = ~np.isnan(rates)
    rate = np.where(known, rates, 0.0).sum(axis=0) / np.maximum(known.sum(axis=0), 1)
    expected = rate * spent[picked]
    shown = c.values[picked + 1] * c.multiplier[picked + 1]
    lower = c.values[picked + 1] < c.values[picked]
    fresh = lower & (np.abs(shown) <= FRESH_REGISTER_FACTOR * np.abs(expected))
    fresh |= lower & ~known.any(axis=0)
    return np.asarray(np.where(fresh & (np.abs(shown) > np.abs(expected)), shown, expected), np.float64)


def _add_special_rates(
    layout: Layout, c: _Counting, table: PointTable, picked: Indices, spent: Int64s, v: Floats
) -> None:
    """Rates over several quarters or over gaps; gaps too long to interpolate only leave their mark."""
    is_gap = spent[picked] > c.longest[picked + 1]
    interval = table.interval_us[c.table_row(picked + 1)]
    bridge = np.maximum(LONGEST_RATE_BRIDGE_US, RATE_BRIDGE_INTERVALS * interval)
    unknown = is_gap & (spent[picked] > bridge)
    _mark_gaps(layout, c, picked[unknown])
    picked, is_gap = picked[~unknown], is_gap[~unknown]
    begin, length = c.times[picked], spent[picked]
    pieces = Pieces.of(begin, c.times[picked + 1])
    rows = _place(c, picked, pieces)
    low = (pieces.lo - begin[pieces.span]) / length[pieces.span]
    high = (pieces.hi - begin[pieces.span]) / length[pieces.span]
    start, end = v[picked][pieces.span], v[picked + 1][pieces.span]
    lengths = (pieces.hi - pieces.lo).astype(np.float64)
    parts = (lengths / HOUR_US) * (start + (end - start) * (low + high) * 0.5)
    guessed = is_gap[pieces.span]
    layout.amount += layout.scatter(rows, parts)
    layout.measured += layout.scatter(rows, np.where(guessed, 0.0, lengths))
    layout.spread += layout.scatter(rows, np.where(guessed, lengths, 0.0))
    layout.estimated += layout.scatter(rows, np.where(guessed, parts, 0.0))
    np.bitwise_or.at(layout.quality, rows[guessed], np.int32(_GAP | _ESTIMATED))


def _mark_gaps(layout: Layout, c: _Counting, picked: Indices, begins: Int64s | None = None) -> None:
    """Write GAP on the quarters that the steps into rows ``picked + 1`` touch, from ``begins`` or their beginning."""
    pieces = Pieces.of(c.times[picked] if begins is None else begins, c.times[picked + 1])
    np.bitwise_or.at(layout.quality, _place(c, picked, pieces), np.int32(_GAP))


def _rows(r: Readings, table: PointTable, layout: Layout, own: Bools | None, c: _Counting, kind: int) -> Rollups:
    """Finish: statistics of the readings, and the rows to which anything contributed."""
    ones = None if own is None else own.astype(np.float64)
    if own is None and layout.one_each:
        count = np.ones(layout.total, np.int32)
    else:
        count = np.bincount(layout.row, weights=ones, minlength=layout.total).astype(np.int32)
    if r.quality.any():
        mine = r.quality if own is None else np.where(own, r.quality, 0)
        np.bitwise_or.at(layout.quality, layout.row, mine.astype(np.int32))
    valid, low, high, total = _extremes(layout, c, kind)
    known = layout.measured + layout.spread
    if kind == INTERVAL:
        known = known + (layout.amount != 0)
    coverage = np.minimum(layout.measured / QUARTER_US, 1.0)
    spec = np.repeat(layout.spec, layout.sizes)
    amount = np.where(known > 0, layout.amount, np.nan)
    mean = np.full(layout.total, np.nan)
    if kind == RATE:
        exact = layout.measured > 0
        mean = np.where(
            exact, (layout.amount - layout.estimated) / np.where(exact, layout.measured, 1.0) * HOUR_US, np.nan
        )
    elif kind == STATE:
        mean = np.where(known > 0, layout.amount / np.where(known > 0, known, 1.0), np.nan)
        amount = np.full(layout.total, np.nan)
    elif kind != COUNTER:
        mean = np.where(valid > 0, total / np.maximum(valid, 1), np.nan)
    if kind == CONCENTRATION:
        coverage = np.minimum(valid * table.interval_us[spec] / QUARTER_US, 1.0)
    rows = Rollups(
        points=table.ids[spec],
        starts=layout.starts(),
        amount=amount,
        mean=mean,
        low=low,
        high=high,
        count=count,
        valid=valid,
        coverage=coverage,
        estimated=layout.estimated,
        quality=layout.quality,
    )
    touched = (count > 0) | (known > 0) | (layout.quality != 0)
    return rows if touched.all() else rows.take(touched)


def _extremes(layout: Layout, c: _Counting, kind: int) -> tuple[Int32s, Floats, Floats, Floats]:
    """Number, lowest, highest and sum of the counting readings of each row; registers stay raw, the rest is in units
    of the point."""
    values = c.values if kind == COUNTER else c.values * c.multiplier
    row = c.row
    if c.own is not None:
        row, values = row[c.own], values[c.own]
    if layout.one_each and len(row) == layout.total:
        return np.ones(layout.total, np.int32), values, values, values
    valid = np.zeros(layout.total, np.int32)
    low, high = np.full(layout.total, np.nan), np.full(layout.total, np.nan)
    total = np.zeros(layout.total)
    if not len(row):
        return valid, low, high, total
    first = np.concatenate(([0], np.flatnonzero(row[1:] != row[:-1]) + 1))
    at = row[first]
    valid[at] = np.diff(first, append=len(row))
    low[at], high[at] = np.minimum.reduceat(values, first), np.maximum.reduceat(values, first)
    total[at] = np.add.reduceat(values, first)
    return valid, low, high, total
