"""How the amount of a gap is divided over its quarters: after the same meter's comparable days, if there are any."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import numpy as np

from greenpark.engines.rollup.layout import Bools, Pieces
from greenpark.engines.rollup.quarters import Gaps
from greenpark.engines.rollup.slots import QUARTER_US, Days
from greenpark.kernel.periods import PARK_ZONE
from greenpark.kernel.readings import Floats, Int32s, Int64s, Rollups

#: Days before the gap that are looked at. Only the past counts, so that live and later computations agree.
HISTORY_DAYS = 28
#: Working days, Saturday and Sunday are compared with their like.
_CLASS_OF_WEEKDAY = np.array([0, 0, 0, 0, 0, 1, 2], np.int32)


def measured(rows: Rollups) -> Rollups:
    """Quarters fully measured and not estimated: the only ones a shape may be learned from."""
    return rows.take((rows.coverage > 1 - 1e-9) & (rows.estimated == 0) & ~np.isnan(rows.amount))


def spread(gaps: Gaps, history: Rollups, zone: ZoneInfo = PARK_ZONE) -> Rollups:
    """Additive quarter-hour rows (see :func:`aggregate.merge`) that hold the amounts of the gaps, all of it marked GAP
    and ESTIMATED, divided as :func:`shares` says and by time where it does not. By point and start.

    history: quarters before the gaps; those not fully measured are left out. The rows of one gap add up to its amount.
    """
    pieces = Pieces.of(gaps.begins, gaps.ends)
    lengths = (pieces.hi - pieces.lo).astype(np.float64)
    by_time = lengths / (gaps.ends - gaps.begins)[pieces.span]
    history = history.take(np.isin(history.points, gaps.points))
    part, found = shares(gaps.points, gaps.begins, pieces, measured(history), zone)
    amount = gaps.amount[pieces.span] * np.where(found[pieces.span], part, by_time)
    n = len(amount)
    unknown, none = np.full(n, np.nan), np.zeros(n, np.int32)
    return Rollups(
        points=gaps.points[pieces.span],
        starts=pieces.slot * QUARTER_US,
        amount=amount,
        mean=unknown,
        low=unknown,
        high=unknown,
        count=none,
        valid=none,
        coverage=np.zeros(n),
        estimated=amount,
        quality=gaps.quality[pieces.span],
    )


def needed_history(gaps: Gaps) -> tuple[Int32s, int, int]:
    """Points and span [UTC µs] of the quarters that :func:`spread` looks at."""
    first = int(gaps.begins.min()) - (HISTORY_DAYS + 1) * 96 * QUARTER_US
    return np.unique(gaps.points), first, int(gaps.begins.max())


def shares(
    points: Int32s, begins: Int64s, pieces: Pieces, history: Rollups, zone: ZoneInfo = PARK_ZONE
) -> tuple[Floats, Bools]:
    """Share of its span's amount that each piece gets, and for which spans a shape was found.

    Weight of a quarter: mean amount of the same quarter of the local day over the measured days of the same class
    (working day, Saturday, Sunday) in the ``HISTORY_DAYS`` before the gap begins; over all of those days when none of
    the class was measured. A gap in which any quarter stays unknown, or in which all are 0, keeps its division by time.

    points, begins: point and begin [UTC µs] of each span, shape (s,). history: measured quarters, any order.
    Returns shares (pieces,), each span's adding up to 1 where found, and found (s,).
    """
    found = np.zeros(len(points), np.bool_)
    part = np.zeros(len(pieces.span))
    if not len(points) or not len(history):
        return part, found
    days = Days(int(pieces.lo.min()), int(pieces.lo.max()), zone, before=HISTORY_DAYS)
    at = pieces.slot * QUARTER_US
    today = days.index(at)
    into_day = at - days.starts[today]
    back = np.arange(1, HISTORY_DAYS + 1)
    earlier_day = today[:, None] - back[None, :]
    usable = earlier_day >= 0
    earlier_day = np.maximum(earlier_day, 0)
    earlier = days.starts[earlier_day] + into_day[:, None]
    begin = begins[pieces.span][:, None]
    usable &= (earlier + QUARTER_US <= begin) & (earlier >= begin - HISTORY_DAYS * 96 * QUARTER_US)

    known = _lookup(points[pieces.span], earlier // QUARTER_US, history)
    known = np.where(usable, known, np.nan)
    classes = _CLASS_OF_WEEKDAY[days.weekdays]
    alike = classes[earlier_day] == classes[today][:, None]
    weight = _mean(np.where(alike, known, np.nan))
    weight = np.where(np.isnan(weight), _mean(known), weight)
    weight = np.maximum(weight, 0.0) * (pieces.hi - pieces.lo)
    totals = np.bincount(pieces.span, weights=weight, minlength=len(points))  # NaN spoils its whole span, as meant
    found = totals > 0
    part = np.where(found[pieces.span], weight / np.where(found, totals, 1.0)[pieces.span], 0.0)
    return part, found


def _mean(rows: Floats) -> Floats:
    known = ~np.isnan(rows)
    counts = known.sum(axis=1)
    return np.asarray(np.where(counts > 0, np.where(known, rows, 0).sum(axis=1) / np.maximum(counts, 1), np.nan))


def _lookup(points: Int32s, slots: Int64s, history: Rollups) -> Floats:
    """Amount of the quarter of (point, slot); NaN where not measured. Shape of ``slots``."""
    width = np.int64(1) << 32  # quarters since 1970 need 22 bits until the year 2089
    keys = history.points.astype(np.int64) * width + history.starts // QUARTER_US
    order = np.argsort(keys, kind="stable")
    keys = keys[order]
    wanted = points.astype(np.int64)[:, None] * width + slots
    at = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
    return np.asarray(np.where(keys[at] == wanted, history.amount[order[at]], np.nan), np.float64)
