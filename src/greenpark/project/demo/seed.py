"""Writes the demo's registry, people, accounting sources and reports. Idempotent: running it again changes nothing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.db import transaction

from greenpark.domains.accounts import facade as accounts
from greenpark.domains.accounts import models as accounts_models
from greenpark.domains.accounts.contracts import SYSTEM, Actor
from greenpark.domains.accounts.selectors.actors import actor_of
from greenpark.domains.carbon import facade as carbon
from greenpark.domains.housing import demo as housing_demo
from greenpark.domains.planning import facade as planning
from greenpark.domains.registry import facade as registry
from greenpark.domains.registry.contracts import EnterpriseDraft, PointDraft
from greenpark.kernel.periods import PARK_ZONE, Month
from greenpark.project.demo import pack

COMMITTEE = "示范园区管委会（演示）"
#: Readings of the demo begin here before now; eleven whole months are closed behind it.
CLOSED_MONTHS = 11


@dataclass(frozen=True, slots=True)
class Seeded:
    """What the replay needs to know."""

    start: datetime
    """Readings begin at this moment: the first of the oldest month that will be closed."""
    points: dict[str, int]
    people: dict[str, int]
    enterprises: dict[str, int]


def first_month(now: datetime) -> Month:
    """The oldest month of the demo: eleven whole months lie between it and the present one."""
    month = Month.of(now.astimezone(PARK_ZONE).date())
    for _ in range(CLOSED_MONTHS):
        month = month.previous()
    return month


def seed(folder: Path, regions: Path, standards: Path, *, now: datetime) -> Seeded:
    """Load packs, then the demo's own enterprises, points, people and sources."""
    registry.load_region(regions / "wuhai", by=SYSTEM, at=now)
    planning.load_plan(regions / "wuhai", by=SYSTEM, at=now)
    carbon.load_factors(standards, at=now)
    start = datetime.combine(first_month(now).first_day(), datetime.min.time(), PARK_ZONE)
    with transaction.atomic():
        committee = accounts.ensure_organisation(
            code="demo-park", name=COMMITTEE, kind="park_committee", parent_id=_city(), by=SYSTEM, at=now
        )
        enterprises = _enterprises(folder, committee, now)
        points = _points(folder, enterprises, start, now)
        people = _people(committee, enterprises["DEMO-A"], now)
        _sources(folder, enterprises, points, first_month(now), now)
    housing_demo.build(at=now, parent_id=_city())
    return Seeded(start, points, people, enterprises)


def _city() -> int | None:
    cities = [o for o in accounts.organisations() if o.kind == "city"]
    return cities[0].id if cities else None


def _enterprises(folder: Path, committee: int, now: datetime) -> dict[str, int]:
    known = {e.code: e.id for e in registry.enterprises(SYSTEM, limit=None)[0]}
    districts = {p.name: p.id for p in registry.places()}
    for row in pack.enterprises(folder):
        draft = EnterpriseDraft(
            code=row.code,
            name=row.name,
            short_name=row.short_name,
            district_id=districts.get(row.district),
            industry=row.industry,
            role=row.role,
            note=row.note,
            parent_organisation_id=committee,
            demo=True,
        )
        known[row.code] = registry.save_enterprise(draft, by=SYSTEM, at=now, enterprise_id=known.get(row.code))
    return known


def _points(folder: Path, enterprises: dict[str, int], start: datetime, now: datetime) -> dict[str, int]:
    known = {p.code: p.id for p in registry.points(SYSTEM, limit=1000)[0] if p.demo}
    drafts = []
    rows = pack.points(folder)
    for row in rows:
        draft = PointDraft(
            enterprise_id=enterprises[row.enterprise],
            code=row.code,
            name=row.name,
            medium=row.medium,
            kind=row.kind,
            unit=row.unit,
            expected_interval_s=row.interval_s,
            balance=row.balance,
            min_value=row.min_value,
            max_value=row.max_value,
            max_rate=row.max_rate,
            commissioned_at=start - timedelta(days=1),
            binding=row.binding,
            demo=True,
            note="演示数据：实测序列平移",
        )
        drafts.append((known.get(row.code), draft))
    ids = registry.save_points(drafts, by=SYSTEM, at=now)
    return {row.code: point for row, point in zip(rows, ids, strict=True)}


def _people(committee: int, enterprise: int, now: datetime) -> dict[str, int]:
    city = _city()
    assert city is not None
    places = {"": city, "duty-officer": committee, "carbon-manager": committee}
    places |= housing_demo.places(at=now, parent_id=city)
    shown = registry.enterprise(SYSTEM, enterprise)
    return accounts.ensure_demo_people(at=now, organisations={**places, "enterprise-manager": shown.organisation_id})


def _sources(folder: Path, enterprises: dict[str, int], points: dict[str, int], since: Month, now: datetime) -> None:
    written = {(s.enterprise_id, s.code) for s in carbon.source_list(enterprises.values())}
    for row in pack.sources(folder):
        enterprise = enterprises[row["enterprise"]]
        if (enterprise, row["code"]) in written:
            continue
        bindings = [
            {**b, "points": [{"point": points[code], "sign": 1} for code in b["points"]]} if "points" in b else b
            for b in row["bindings"]
        ]
        carbon.save_source(
            enterprise_id=enterprise,
            code=row["code"],
            name=row["name"],
            process=row["process"],
            category=row["category"],
            medium=row["medium"],
            method=row["method"],
            options=row["options"],
            bindings=bindings,
            energy=row["energy"],
            market=row.get("market"),
            valid_from=since,
            by=SYSTEM,
            at=now,
            reason="演示",
        )


def actor(person_id: int) -> Actor:
    """The Actor of a demo person."""
    return actor_of(accounts_models.Person.objects.get(pk=person_id))


def report_and_close(folder: Path, seeded: Seeded, *, now: datetime) -> list[str]:
    """Fill in, submit and verify the reports of the whole months, then close them. Returns the months closed."""
    manager = actor(seeded.people["carbon-manager"])
    amounts, attached = pack.reported(folder), pack.evidence(folder)
    closed = []
    present = Month.of(now.astimezone(PARK_ZONE).date())
    for month in _months(first_month(now), present):
        if carbon.closing_status(manager, month, now).closed >= len(_accounted(folder)):
            continue
        for code in _accounted(folder):
            values = amounts.get((code, str(month)))
            if values:
                documents = [rest for owner, *rest in attached if owner == code]
                _report(seeded.enterprises[code], month, values, documents, now)
                _verify(seeded.enterprises[code], month, manager, now)
        ids = [seeded.enterprises[code] for code in _accounted(folder)]
        carbon.close_month(month=month, by=manager, at=now, enterprise_ids=ids)
        closed.append(str(month))
    return closed


def _months(first: Month, end: Month) -> list[Month]:
    months = []
    while first < end:
        months.append(first)
        first = first.next()
    return months


def _accounted(folder: Path) -> list[str]:
    return sorted({row["enterprise"] for row in pack.sources(folder)})


def _report(enterprise: int, month: Month, values: dict[str, str], documents: list[list[Any]], now: datetime) -> None:
    """Fill in and submit a month's report with its documents, unless that was done before."""
    if carbon.report(SYSTEM, enterprise, month, now).state not in ("missing", "draft", "returned"):
        return
    for item, name, content in documents:
        carbon.attach(enterprise_id=enterprise, month=month, name=name, content=content, by=SYSTEM, at=now, item=item)
    carbon.save_report(
        enterprise_id=enterprise,
        month=month,
        values=values,
        by=SYSTEM,
        at=now,
        filled_by="演示填报人",
        note="演示数据，非真实填报",
        submit=True,
    )


def _verify(enterprise: int, month: Month, manager: Actor, now: datetime) -> None:
    if carbon.report(SYSTEM, enterprise, month, now).state == "submitted":
        carbon.move_report(
            enterprise_id=enterprise, month=month, verb="verify", by=manager, at=now, opinion="演示：自动核验"
        )
