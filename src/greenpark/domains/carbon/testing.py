"""Builders for tests of this and other domains: an enterprise with a ledger in one call.

The caller's test needs a database and an own readings store: see the ``store`` fixture in tests/conftest.py, which
points ``settings.READINGS_URL`` and ``settings.HISTORY_PATH`` to a temporary folder.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
from django.conf import settings

from greenpark.domains.accounts.contracts import SYSTEM
from greenpark.domains.carbon import facade
from greenpark.domains.carbon.contracts import MonthClosed
from greenpark.domains.registry import testing as registry
from greenpark.domains.registry.contracts import EnterpriseView
from greenpark.domains.telemetry import facade as telemetry
from greenpark.kernel.periods import Month, from_us, local_day
from greenpark.kernel.readings import Readings

#: Factors are loaded as known since then.
KNOWN = datetime(2025, 1, 1, tzinfo=UTC)

OCTOBER, MAY = Month(2025, 10), Month(2026, 5)

LHV = {"value": "38931", "unit": "kJ/Nm3", "ref": "缺省值表 A"}

GRID = {"region": "全国", "scope": "average", "year_rule": "latest-published"}


@dataclass(frozen=True, slots=True)
class Made:
    """An enterprise with an electricity meter, a gas meter, a reported coal item, and its sources."""

    enterprise: EnterpriseView
    electricity: int
    gas: int


def load_factors() -> None:
    """The standard packs of the product, known since :data:`KNOWN`."""
    facade.load_factors(settings.PACKS / "standards", at=KNOWN)


def electricity_source(point: int, *, green: bool = True) -> dict[str, object]:
    """Arguments of ``facade.save_source`` for bought electricity from one kWh meter, market-based beside it."""
    bindings: list[Mapping[str, object]] = [
        {
            "name": "外购电量",
            "path": "purchased",
            "kind": "points",
            "points": [{"point": point, "sign": 1}],
            "unit": "MWh",
            "scale": "0.001",
        }
    ]
    market: dict[str, object] = {
        "method": "electricity-market.gb32151-34-2024",
        "options": {"instruments": [{"kind": "green-power"}]},
        "inputs": {"consumed": "外购电量", "instruments/0/amount": "绿电"},
    }
    if green:
        item = {"kind": "report", "item": "green_electricity", "unit": "MWh"}
        bindings.append({"name": "绿电", **item, "optional": True})
    return {
        "code": "electricity",
        "name": "外购电力",
        "category": "electricity",
        "medium": "电力",
        "method": "electricity-location.guides-2013",
        "options": {"grid": GRID},
        "bindings": bindings,
        "energy": [{"carrier": "electricity", "input": "外购电量"}],
        "market": market if green else None,
    }


def gas_source(point: int) -> dict[str, object]:
    """Arguments of ``facade.save_source`` for natural gas burnt, from one Nm3 meter."""
    return {
        "code": "gas",
        "name": "锅炉天然气",
        "category": "fuel",
        "medium": "天然气",
        "process": "锅炉",
        "method": "fuel-combustion.guides-2013",
        "options": {"fuels": [{"fuel": "natural_gas", "set": "A"}]},
        "bindings": [
            {
                "name": "天然气",
                "path": "fuels/0/amount",
                "kind": "points",
                "points": [{"point": point, "sign": 1}],
                "unit": "1e4Nm3",
                "scale": "0.0001",
            }
        ],
        # GB/T 2589-2020 prints a range for natural gas, so a heating value must be given: here that of fuel set A.
        "energy": [{"carrier": "natural_gas", "input": "天然气", "lhv": LHV}],
    }


def coal_source() -> dict[str, object]:
    """Arguments of ``facade.save_source`` for coal burnt, as reported each month."""
    return {
        "code": "coal",
        "name": "窑炉烟煤",
        "category": "fuel",
        "medium": "烟煤",
        "process": "窑炉",
        "method": "fuel-combustion.guides-2013",
        "options": {"fuels": [{"fuel": "bituminous", "set": "A"}]},
        "bindings": [{"name": "烟煤", "path": "fuels/0/amount", "kind": "report", "item": "bituminous", "unit": "t"}],
        "energy": [{"carrier": "raw_coal", "input": "烟煤"}],
    }


def make_carbon_enterprise(code: str = "C01", *, since: Month = OCTOBER, **more: object) -> Made:
    """An enterprise with two meters and three sources (electricity, gas, reported coal); ``more`` is of the former."""
    enterprise = registry.make_enterprise(code, **more)
    power = registry.make_point(enterprise.id, "E1", kind="interval", unit="kWh", expected_interval_s=3600)
    gas = registry.make_point(
        enterprise.id, "G1", kind="interval", unit="Nm3", medium="natural_gas", expected_interval_s=3600
    )
    for arguments in (electricity_source(power.id), gas_source(gas.id), coal_source()):
        facade.save_source(enterprise_id=enterprise.id, valid_from=since, by=SYSTEM, at=KNOWN, **arguments)  # type: ignore[arg-type]
    return Made(enterprise, power.id, gas.id)


def put_month(month: Month, amounts: Mapping[int, float], *, until: datetime | None = None) -> None:
    """Hourly readings of interval points for a month (up to ``until``), and their rollups.

    ``amounts`` are point -> amount per hour.
    """
    end = month.end_us() if until is None else min(month.end_us(), int(until.timestamp() * 1_000_000))
    hours = np.arange(month.start_us(), end, 3_600_000_000, dtype=np.int64)
    points = np.repeat(np.asarray(sorted(amounts), np.int32), len(hours))
    values = np.repeat(np.asarray([amounts[p] for p in sorted(amounts)], float), len(hours))
    put(Readings.of(points, np.tile(hours, len(amounts)), values))


def put(readings: Readings) -> None:
    """Store readings and bring their rollups up to date."""
    access = telemetry.access()
    access.store.append(readings, now_us=int(readings.times.max()) + 1_000_000)
    first, last = local_day(int(readings.times.min())), local_day(int(readings.times.max()))
    access.keeper.rebuild(np.unique(readings.points).tolist(), first, last + timedelta(days=1))


def report(made: Made, month: Month, *, coal: str = "120.5", green: str = "", verify: bool = True) -> None:
    """A submitted (and verified) monthly report."""
    at = from_us(month.end_us()) + timedelta(days=3)
    values = {"bituminous": coal} | ({"electricity": "100000", "green_electricity": green} if green else {})
    facade.save_report(enterprise_id=made.enterprise.id, month=month, values=values, by=SYSTEM, at=at, submit=True)
    if verify:
        facade.move_report(enterprise_id=made.enterprise.id, month=month, verb="verify", by=SYSTEM, at=at)


def close(month: Month, enterprises: Sequence[int] | None = None) -> MonthClosed:
    """Close a month five days after its end."""
    at = from_us(month.end_us()) + timedelta(days=5)
    return facade.close_month(month=month, by=SYSTEM, at=at, enterprise_ids=enterprises)


def make_closed_month(code: str = "C01", month: Month = MAY, **more: object) -> Made:
    """Everything at once: factors, an enterprise, a month of readings, a verified report, the closed month."""
    load_factors()
    made = make_carbon_enterprise(code, **more)
    put_month(month, {made.electricity: 1000.0, made.gas: 50.0})
    report(made, month)
    close(month, [made.enterprise.id])
    return made
