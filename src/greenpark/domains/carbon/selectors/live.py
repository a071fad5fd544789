"""The live estimate: rollups up to the last reading x coefficients.

Coefficients of all metered sources are kept as arrays until factors, sources or parameters change. A question costs two
rollup queries (this month, today), one sum over the earlier months of the year, and a multiplication.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
from django.db.models import Count, Max, Q, Sum

from greenpark.domains.accounts.contracts import SYSTEM, Actor
from greenpark.domains.carbon import models
from greenpark.domains.carbon.contracts import Live, LiveFigures, NotFound
from greenpark.domains.carbon.rules import linear
from greenpark.domains.carbon.rules.bindings import Spec
from greenpark.domains.carbon.rules.computing import Setting
from greenpark.domains.carbon.selectors import computation, enterprises, sources
from greenpark.domains.registry import facade as registry
from greenpark.domains.telemetry import facade as telemetry
from greenpark.kernel.periods import PARK_ZONE, Month, day_start_us, from_us, to_us
from greenpark.kernel.readings import Step

_Floats: TypeAlias = npt.NDArray[np.float64]
_Ints: TypeAlias = npt.NDArray[np.int64]
_DAY_US = 86_400_000_000

#: Enterprises appear and move between organisations rarely; the kept model is looked at again after this.
_KEEP = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class _Model:
    """Everything that does not change with readings."""

    key: tuple[object, ...]
    built_at: datetime
    organisation_of: dict[int, int]
    points: _Ints
    owner: _Ints
    """Enterprise of each point."""
    coefficients: _Floats
    """(points, 3): tCO2e, tce calorific, tce equal-value per unit; NaN where the last is unknown."""
    metered: dict[int, int]
    unconfirmed: dict[int, int]
    reported: dict[int, int]
    reported_daily: dict[int, tuple[float, float, float]]
    """Of the newest month with figures, by the day."""
    not_computed: dict[int, int]


_kept: dict[str, _Model] = {}
#: Coefficients by (what factors and parameters hold, configuration): a new look at the sources costs little.
_coefficients: dict[tuple[object, ...], linear.Coefficients | None] = {}


def live(actor: Actor, at: datetime, *, enterprise_id: int | None = None) -> Live:
    """Today, this month and this year up to ``at``, for one enterprise or everything in the actor's scope.

    Raises NotFound for an enterprise outside the scope.
    """
    month = Month.of(at.astimezone(PARK_ZONE).date())
    model = _model(month, at)
    chosen = _scope(model, actor, enterprise_id)
    now_us = to_us(at)
    today_us = day_start_us(at.astimezone(PARK_ZONE).date())
    mask = np.isin(model.owner, np.asarray(sorted(chosen), np.int64))
    points, coefficients = model.points[mask], model.coefficients[mask]
    today = _times(points, coefficients, Step.DAY, today_us, now_us)
    so_far = _times(points, coefficients, Step.MONTH, month.start_us(), now_us)
    daily = np.array([model.reported_daily.get(e, (0.0, 0.0, 0.0)) for e in chosen], float).reshape(-1, 3).sum(0)
    part_today = daily * ((now_us - today_us) / _DAY_US)
    part_month = daily * ((now_us - month.start_us()) / _DAY_US)
    before, missing = _earlier(chosen, month)
    if len(coefficients) and np.isnan(coefficients[:, 2]).any():
        # Also while the points without a coefficient are silent: a sum of the others would be too small.
        part_today[2] = part_month[2] = np.nan
    return Live(
        at,
        _newest(points),
        _figures(today + part_today, part_today),
        _figures(so_far + part_month, part_month),
        _figures(before + so_far + part_month, part_month),
        sum(model.metered.get(e, 0) for e in chosen),
        sum(model.reported.get(e, 0) for e in chosen),
        sum(model.unconfirmed.get(e, 0) for e in chosen),
        sum(model.not_computed.get(e, 0) for e in chosen),
        f"{'、'.join(missing)} 没有台账，未计入本年" if missing else "",
    )


def _figures(values: _Floats, reported: _Floats) -> LiveFigures:
    equal = None if np.isnan(values[2]) else float(values[2])
    return LiveFigures(float(values[0]), float(values[1]), equal, float(reported[0]))


def _scope(model: _Model, actor: Actor, enterprise_id: int | None) -> list[int]:
    allowed = [e for e, organisation in model.organisation_of.items() if actor.scope.allows(organisation)]
    if enterprise_id is None:
        return allowed
    if enterprise_id not in allowed:
        raise NotFound("没有这家企业，或不在您的数据范围内")
    return [enterprise_id]


def _times(points: _Ints, coefficients: _Floats, step: Step, start_us: int, end_us: int) -> _Floats:
    """Sum over the points of amount x coefficient for the periods that start in the span."""
    if not len(points):
        return np.zeros(3)
    rows = telemetry.rollups(step, points.astype(np.int32), start_us, max(end_us, start_us + 1))
    if not len(rows):
        return np.zeros(3)
    where = np.searchsorted(points, rows.points)
    result: _Floats = np.nan_to_num(rows.amount) @ coefficients[where]
    return result


def _newest(points: _Ints) -> datetime | None:
    if not len(points):
        return None
    readings = telemetry.latest(points.astype(np.int32))
    return from_us(int(readings.times.max())) if len(readings) else None


def _earlier(chosen: list[int], month: Month) -> tuple[_Floats, list[str]]:
    """Sums of the ledger's earlier months of the year, and the months that have none at all."""
    names = [f"{month.year:04d}-{m:02d}" for m in range(1, month.month)]
    if not names or not chosen:
        return np.zeros(3), []
    rows = models.LedgerPeriod.objects.filter(month__in=names, enterprise_id__in=chosen)
    sums = (
        rows.values_list("month")
        .annotate(a=Sum("tco2e"), b=Sum("tce_calorific"), c=Sum("tce_equal"))
        .annotate(unknown=Count("id", filter=Q(tce_equal__isnull=True)))
        .order_by()
    )
    total, present = np.zeros(3), set()
    for name, a, b, c, unknown in sums:
        present.add(name)
        total += (float(a or 0), float(b or 0), np.nan if unknown else float(c or 0))
    return total, [n for n in names if n not in present]


def _key(month: Month) -> tuple[object, ...]:
    def newest(model: type) -> object:
        return model.objects.aggregate(n=Max("id"))["n"]  # type: ignore[attr-defined]

    return (
        str(month),
        newest(models.Factor),
        newest(models.Source),
        newest(models.Parameter),
        models.LedgerPeriod.objects.aggregate(n=Max("computed_at"))["n"],
        # A new enterprise or point is there at once, not after _KEEP.
        registry.point_version(),
        registry.enterprises(SYSTEM, limit=0)[1],
    )


def _model(month: Month, at: datetime) -> _Model:
    key = _key(month)
    kept = _kept.get("park")
    if kept is not None and kept.key == key and timedelta(0) <= at - kept.built_at < _KEEP:
        return kept
    _kept["park"] = fresh = _build(key, month, at)
    return fresh


def forget() -> None:
    """Drop the kept model (tests that change things behind its back)."""
    _kept.clear()
    _coefficients.clear()


def _build(key: tuple[object, ...], month: Month, at: datetime) -> _Model:
    known = enterprises.visible(SYSTEM)
    setting = computation.setting_of(month, at)
    per_point: dict[int, tuple[int, list[float]]] = {}
    metered: dict[int, int] = {}
    reported: dict[int, list[str]] = {}
    unconfirmed: dict[int, int] = {}
    not_computed: dict[int, int] = {}
    for enterprise, rows in sources.in_force(known, month, at).items():
        for row, spec in rows:
            if not linear.is_metered(spec):
                reported.setdefault(enterprise, []).append(row.code)
                continue
            found = _linear(spec, setting, key)
            if found is None:
                not_computed[enterprise] = not_computed.get(enterprise, 0) + 1
                continue
            metered[enterprise] = metered.get(enterprise, 0) + 1
            unconfirmed[enterprise] = unconfirmed.get(enterprise, 0) + found.unconfirmed
            for point, values in found.per_point.items():
                _, sums = per_point.setdefault(point, (enterprise, [0.0, 0.0, 0.0]))
                for i in range(3):
                    sums[i] += values[i]
    ids = sorted(per_point)
    daily = _reported_daily(reported, month)
    for enterprise, codes in reported.items():
        not_computed[enterprise] = not_computed.get(enterprise, 0) + (0 if enterprise in daily else len(codes))
    return _Model(
        key,
        at,
        {e.id: e.organisation_id for e in known.values()},
        np.asarray(ids, np.int64),
        np.asarray([per_point[p][0] for p in ids], np.int64),
        np.asarray([per_point[p][1] for p in ids], float).reshape(-1, 3),
        metered,
        unconfirmed,
        {e: len(codes) for e, codes in reported.items()},
        daily,
        not_computed,
    )


def _linear(spec: Spec, setting: Setting, key: tuple[object, ...]) -> linear.Coefficients | None:
    known = (*key[:2], key[3], setting.published_by, spec.enterprise_id, spec.digest)
    if known not in _coefficients:
        if len(_coefficients) > 20_000:
            _coefficients.clear()
        _coefficients[known] = linear.coefficients(spec, setting)
    return _coefficients[known]


def _reported_daily(reported: dict[int, list[str]], month: Month) -> dict[int, tuple[float, float, float]]:
    """Daily figures of sources that stand on reports, from each enterprise's newest earlier month that has them."""
    wanted = {(e, code) for e, codes in reported.items() for code in codes}
    rows = models.LedgerEntry.objects.filter(
        enterprise_id__in=list(reported), month__lt=str(month), month__gte=str(_back(month, 3)), problem=""
    ).values_list("month", "enterprise_id", "source_code", "tco2e", "tce_calorific", "tce_equal")
    newest: dict[tuple[int, str], tuple[str, list[float]]] = {}
    for name, enterprise, code, *figures in rows.order_by("month"):
        if (enterprise, code) not in wanted:
            continue
        kept = newest.get((enterprise, code))
        if kept is None or kept[0] != name:
            kept = newest[(enterprise, code)] = (name, [0.0, 0.0, 0.0])
        for i, figure in enumerate(figures):
            kept[1][i] += np.nan if figure is None else float(figure)
    daily: dict[int, tuple[float, float, float]] = {}
    for (enterprise, _), (name, sums) in newest.items():
        of = Month.parse(name)
        days = (of.end_us() - of.start_us()) / _DAY_US
        a, b, c = daily.get(enterprise, (0.0, 0.0, 0.0))
        daily[enterprise] = (a + sums[0] / days, b + sums[1] / days, c + sums[2] / days)
    return daily


def _back(month: Month, count: int) -> Month:
    for _ in range(count):
        month = month.previous()
    return month
