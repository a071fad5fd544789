"""What energy costs by time of use: energy in exact millionths of its unit, money in Decimal."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Context, Decimal, localcontext
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

from greenpark.engines.tariff import schedule
from greenpark.engines.tariff.schedule import Tariff
from greenpark.kernel.periods import from_us, local_day, to_us
from greenpark.kernel.readings import Floats, Int32s, Int64s

Indices = npt.NDArray[np.intp]

#: Energy is counted in whole parts of this size of its unit; a step of a register is never finer.
PARTS_PER_UNIT = 1_000_000
#: Sums above this many parts would no longer be exact as 64-bit integers.
MOST_PARTS = 1 << 62
_NOT_PRICED = -1


class UnpricedHours(ValueError):
    """Energy falls into hours for which the tariff knows no kind or no price. ``spans`` lists them, as UTC moments."""

    def __init__(self, tariff: Tariff, spans: list[tuple[datetime, datetime]]) -> None:
        zone = tariff.zone_info()
        named = "；".join(
            f"{a.astimezone(zone):%Y-%m-%d %H:%M} 至 {b.astimezone(zone):%Y-%m-%d %H:%M}" for a, b in spans[:5]
        )
        more = f" 等 {len(spans)} 段" if len(spans) > 5 else ""
        super().__init__(f"电价「{tariff.name}」没有覆盖：{named}{more}，请补充时段或价格")
        self.spans = spans


@dataclass(frozen=True, slots=True)
class PriceLine:
    """Stretches of time with one kind and one price. ``edges`` [UTC µs] has one more entry than ``price_row``, whose
    entries are rows of ``tariff.prices`` or -1."""

    tariff: Tariff
    edges: Int64s
    price_row: Indices

    def rates(self) -> Floats:
        """Price of each stretch as float, NaN where there is none; for charts, not for bills."""
        prices = np.array([float(p.price) for p in self.tariff.prices] + [np.nan])
        return np.asarray(prices[self.price_row], np.float64)


def price_line(tariff: Tariff, start_us: int, end_us: int) -> PriceLine:
    """Work out kind and price of every moment of [start_us, end_us). Raises TariffError where hours overlap or two
    prices of a kind hold at once."""
    schedule.check(tariff)
    zone = tariff.zone_info()
    prices = [
        (p.kind, to_us(schedule.moment_of(p.valid_from, tariff)), _end(p, tariff), row)
        for row, p in enumerate(tariff.prices)
    ]
    pieces = _kinds(tariff, zone, start_us, end_us)
    edges = {start_us, end_us}
    edges.update(e for begin, end, _ in pieces for e in (begin, end))
    edges.update(e for _, begin, end, _ in prices for e in (begin, end))
    cut = np.array(sorted(e for e in edges if start_us <= e <= end_us), np.int64)
    rows = np.full(max(len(cut) - 1, 0), _NOT_PRICED, np.intp)
    for begin, end, kind in pieces:
        inside = slice(int(np.searchsorted(cut, begin)), int(np.searchsorted(cut, end)))
        for price_kind, valid_from, valid_to, row in prices:
            if price_kind != kind:
                continue
            low = max(inside.start, int(np.searchsorted(cut, valid_from)))
            high = min(inside.stop, int(np.searchsorted(cut, valid_to)))
            if low < high and (rows[low:high] != _NOT_PRICED).any():
                when = from_us(int(cut[low])).astimezone(zone)
                raise schedule.TariffError(f"电价「{tariff.name}」：{when:%Y-%m-%d %H:%M} 起{kind}有两个价格")
            rows[low:high] = row
    return PriceLine(tariff, cut, rows)


def _end(price: schedule.Price, tariff: Tariff) -> int:
    return (1 << 62) if price.valid_to is None else to_us(schedule.moment_of(price.valid_to, tariff))


def _kinds(tariff: Tariff, zone: ZoneInfo, start_us: int, end_us: int) -> list[tuple[int, int, str]]:
    """(begin, end, kind) in UTC µs, clipped to the span. Clock times are local: a day of 23
    hours has a shorter night."""
    found = []
    for day in schedule.days_between(local_day(start_us, zone), local_day(max(end_us - 1, start_us), zone)):
        midnight = datetime(day.year, day.month, day.day, tzinfo=zone)
        for begin, end, kind in schedule.hours_of_day(day, tariff):
            low, high = (_clock(midnight, m) for m in (begin, end))
            low, high = max(low, start_us), min(high, end_us)
            if low < high:
                found.append((low, high, kind))
    return found


def _clock(midnight: datetime, minute: int) -> int:
    """UTC µs of a clock time of the day; arithmetic on an aware datetime is that of the clock on the wall."""
    if minute == 1440:
        return to_us(midnight + timedelta(days=1))
    return to_us(midnight.replace(hour=minute // 60, minute=minute % 60))


@dataclass(frozen=True, slots=True)
class Item:
    """One line of a bill. ``cost`` is exact: energy × price, not rounded."""

    group: int
    kind: str
    price: Decimal
    energy: Decimal
    cost: Decimal


@dataclass(frozen=True, slots=True)
class Bill:
    """Items by group, then in the order of the tariff's prices. ``unknown`` are the rows of energy that were NaN: they
    are not billed, and a bill with such rows is not complete."""

    items: tuple[Item, ...]
    unknown: Indices
    split: int
    """Periods that lie in more than one stretch of the tariff; their energy was divided by time."""

    def total(self, group: int | None = None) -> Decimal:
        """Sum of the exact costs, of one group or all."""
        with localcontext(_EXACT):
            return sum((i.cost for i in self.items if group is None or i.group == group), Decimal(0))


#: Products of 19-digit energies with prices fit without rounding.
_EXACT = Context(prec=60)


def bill(line: PriceLine, groups: Int32s, starts: Int64s, lengths: Int64s | int, energy: Floats) -> Bill:
    """Cost of energy by group, kind and price.

    Args:
        groups: whose energy it is (a meter, an enterprise), int32.
        starts, lengths: periods [UTC µs, µs], inside the line.
        energy: [unit of the tariff], NaN where unknown; rounded to 1e-6 of the unit, half to even.

    Raises:
        UnpricedHours: energy lies in hours without kind or price (also when it is 0: the hole is real).
        ValueError: periods outside the line, or energies too large to be exact.
    """
    known = np.flatnonzero(~np.isnan(energy))
    lengths = np.broadcast_to(np.asarray(lengths, np.int64), starts.shape)
    begin, end = starts[known], starts[known] + lengths[known]
    if len(known) and (begin.min() < line.edges[0] or end.max() > line.edges[-1]):
        raise ValueError("用电时段超出了电价计算的区间")
    parts = np.rint(energy[known] * PARTS_PER_UNIT)
    if np.abs(parts).sum() >= MOST_PARTS:
        raise ValueError("电量过大，无法精确计费，请缩短时段分批计算")
    first = np.searchsorted(line.edges, begin, side="right") - 1
    last = np.searchsorted(line.edges, end, side="left") - 1
    row, stretch, amount = _divided(line, begin, end, first, last, parts.astype(np.int64))
    price_row = line.price_row[stretch]
    if (price_row == _NOT_PRICED).any():
        raise UnpricedHours(line.tariff, _spans(line, np.unique(stretch[price_row == _NOT_PRICED])))
    return Bill(_items(line, groups[known][row], price_row, amount), np.flatnonzero(np.isnan(energy)),
                int((last > first).sum()))  # fmt: skip


def _divided(
    line: PriceLine, begin: Int64s, end: Int64s, first: Indices, last: Indices, parts: Int64s
) -> tuple[Indices, Indices, Int64s]:
    """Energy of each stretch a period lies in, by time; what rounding leaves goes to the last, so that nothing is
    lost. Returns period, stretch, parts."""
    counts = last - first + 1
    if not len(counts) or (counts == 1).all():
        return np.arange(len(parts)), first, parts
    row = np.repeat(np.arange(len(parts)), counts)
    nth = np.arange(len(row)) - np.repeat(np.cumsum(counts) - counts, counts)
    stretch = first[row] + nth
    # Cumulated shares are rounded, not the shares: then the differences add up to the whole.
    until = np.minimum(line.edges[stretch + 1], end[row])
    share = (until - begin[row]) / (end - begin)[row]
    so_far = np.rint(parts[row] * share).astype(np.int64)
    so_far = np.where(until == end[row], parts[row], so_far)
    amount = np.diff(so_far, prepend=0)
    amount[nth == 0] = so_far[nth == 0]
    return row, stretch, amount


def _items(line: PriceLine, groups: Int32s, price_row: Indices, amount: Int64s) -> tuple[Item, ...]:
    width = len(line.tariff.prices)
    keys = groups.astype(np.int64) * width + price_row
    found, at = np.unique(keys, return_inverse=True)
    sums = np.zeros(len(found), np.int64)
    np.add.at(sums, at, amount)
    items = []
    with localcontext(_EXACT):
        for key, parts in zip(found.tolist(), sums.tolist(), strict=True):
            price = line.tariff.prices[key % width]
            energy = Decimal(parts) / PARTS_PER_UNIT
            items.append(Item(key // width, price.kind, price.price, energy, energy * price.price))
    return tuple(items)


def _spans(line: PriceLine, stretches: Indices) -> list[tuple[datetime, datetime]]:
    """Neighbouring stretches joined."""
    spans: list[tuple[datetime, datetime]] = []
    for i in stretches.tolist():
        begin, end = from_us(int(line.edges[i])), from_us(int(line.edges[i + 1]))
        if spans and spans[-1][1] == begin:
            spans[-1] = (spans[-1][0], end)
        else:
            spans.append((begin, end))
    return spans


def rounded(money: Decimal, places: int = 2) -> Decimal:
    """Money as it is printed: half up, as commercial rounding goes. Round totals, not items."""
    return money.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP, context=_EXACT)


def costs(line: PriceLine, starts: Int64s, lengths: Int64s | int, energy: Floats) -> Floats:
    """Cost of each period as float [currency], NaN where the energy is unknown: for charts and comparisons. Bills are
    made by :func:`bill`. Raises UnpricedHours."""
    lengths = np.broadcast_to(np.asarray(lengths, np.int64), starts.shape)
    known = ~np.isnan(energy)
    first = np.searchsorted(line.edges, starts, side="right") - 1
    last = np.searchsorted(line.edges, starts + lengths, side="left") - 1
    rates = line.rates()
    touched = np.zeros(len(rates) + 1, np.int64)
    np.add.at(touched, first[known], 1)
    np.add.at(touched, last[known] + 1, -1)
    holes = (np.cumsum(touched)[:-1] > 0) & np.isnan(rates)
    if holes.any():
        raise UnpricedHours(line.tariff, _spans(line, np.flatnonzero(holes)))
    # Price integrated over time at the edges; the mean price of a period is a difference of two of its values.
    spent = np.concatenate(([0.0], np.cumsum(np.nan_to_num(rates) * np.diff(line.edges))))
    reach = [spent[np.clip(i, 0, None)] + np.nan_to_num(rates)[i] * (t - line.edges[i])
             for i, t in ((first, starts), (last, starts + lengths))]  # fmt: skip
    mean = np.where(first == last, rates[first], (reach[1] - reach[0]) / lengths)
    return np.asarray(energy * mean, np.float64)
