"""Rows of quarter hours under construction: where each reading falls, and what has been summed there."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from greenpark.engines.rollup.slots import QUARTER_US
from greenpark.kernel.pointtable import PointTable, run_starts
from greenpark.kernel.readings import Floats, Int32s, Int64s, Readings

Indices = npt.NDArray[np.intp]
Bools = npt.NDArray[np.bool_]


@dataclass(slots=True)
class Layout:
    """One contiguous block of quarter-hour rows for each run of readings of a point.

    ``slot`` and ``row`` belong to readings: the quarter since 1970 and the row it falls in. The other arrays belong to
    rows. Times are sums of µs, kept as floats.
    """

    slot: Int64s
    row: Indices
    run: Indices
    """Index of the first reading of each run."""
    spec: Indices
    """Row of the table for each run."""
    first_slot: Int64s
    sizes: Int64s
    total: int
    one_each: bool
    """Every row holds exactly one reading, in order: sums need no scattering."""
    amount: Floats = field(init=False)
    measured: Floats = field(init=False)
    spread: Floats = field(init=False)
    estimated: Floats = field(init=False)
    quality: Int32s = field(init=False)

    def __post_init__(self) -> None:
        self.amount = np.zeros(self.total)
        self.measured = np.zeros(self.total)
        self.spread = np.zeros(self.total)
        self.estimated = np.zeros(self.total)
        self.quality = np.zeros(self.total, np.int32)

    @classmethod
    def of(cls, readings: Readings, table: PointTable, *, ends: Int64s | None = None) -> Layout:
        """``ends`` are the exclusive ends of what each reading covers when that is more than a moment [UTC µs]."""
        n = len(readings)
        slot = readings.times // QUARTER_US
        run = run_starts(readings.points)
        last = np.append(run[1:], n) - 1
        last_slot = slot[last]
        if ends is not None:
            last_slot = np.maximum(last_slot, np.maximum.reduceat((ends - 1) // QUARTER_US, run))
        first_slot = slot[run]
        sizes = last_slot - first_slot + 1
        base = np.cumsum(sizes) - sizes
        row = slot + np.repeat(base - first_slot, np.diff(run, append=n))
        total = int(sizes.sum())
        one_each = total == n and bool((np.diff(row) == 1).all())
        return cls(slot, row, run, table.rows(readings.points[run]), first_slot, sizes, total, one_each)

    def per_reading(self, column: npt.NDArray[np.generic]) -> npt.NDArray[np.generic]:
        """A column of the table for each reading."""
        of_run = column[self.spec]
        if len(of_run) and (of_run == of_run[0]).all():
            return np.broadcast_to(of_run[:1], (len(self.row),))
        return np.repeat(of_run, np.diff(self.run, append=len(self.row)))

    def per_row(self, column: npt.NDArray[np.generic]) -> npt.NDArray[np.generic]:
        """A column of the table for each row."""
        return np.repeat(column[self.spec], self.sizes)

    def starts(self) -> Int64s:
        """Start of each row [UTC µs]."""
        base = np.cumsum(self.sizes) - self.sizes
        within = np.arange(self.total) - np.repeat(base, self.sizes)
        return np.asarray((np.repeat(self.first_slot, self.sizes) + within) * QUARTER_US, np.int64)

    def scatter(self, rows: Indices, values: Floats) -> Floats:
        """Sum of ``values`` per row, added in the order given. Shape (total,)."""
        return np.asarray(np.bincount(rows, weights=values, minlength=self.total), np.float64)


@dataclass(frozen=True, slots=True)
class Pieces:
    """Parts of spans, one for each quarter a span touches. ``span`` is the index of the span, ``lo`` and ``hi`` are
    the part's edges [UTC µs], ``slot`` its quarter since 1970."""

    span: Indices
    slot: Int64s
    lo: Int64s
    hi: Int64s

    @classmethod
    def of(cls, begins: Int64s, ends: Int64s) -> Pieces:
        """Cut the half-open spans at the quarters."""
        first = begins // QUARTER_US
        counts = (ends - 1) // QUARTER_US - first + 1
        span = np.repeat(np.arange(len(begins)), counts)
        within = np.arange(len(span)) - np.repeat(np.cumsum(counts) - counts, counts)
        slot = first[span] + within
        lo = np.maximum(begins[span], slot * QUARTER_US)
        hi = np.minimum(ends[span], (slot + 1) * QUARTER_US)
        return cls(span, slot, lo, hi)
