"""Loading a pack's plan: difference first, idempotent, versions kept, decisions and reports of people untouched."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from django.db import transaction

from greenpark.domains.accounts import facade as accounts
from greenpark.domains.accounts.contracts import Actor
from greenpark.domains.planning import models
from greenpark.domains.planning.contracts import Change, ItemKind, LoadReport
from greenpark.domains.planning.rules.pack import PlanPack, read_plan
from greenpark.domains.planning.rules.units import units_of

_NAMES = {"indicator": "name_zh", "task": "title", "project": "name", "parameter": "name_zh", "system": "name_zh",
          "finding": "title_zh", "annex": "name"}  # fmt: skip


def load_plan(folder: Path, *, by: Actor, at: datetime, dry_run: bool = False) -> LoadReport:
    """Load the plan of a region pack, all or nothing.

    A row that changed is replaced and its earlier words are kept as a version; a row that left the pack is marked
    gone and keeps its reports; what people decided or reported is never written.

    Args:
        dry_run: report the difference and change nothing.

    Raises:
        BrokenPack: before anything was changed.
    """
    plan = read_plan(folder)
    with transaction.atomic():
        report = _load(plan, by=by, at=at, dry_run=dry_run)
        if dry_run:
            transaction.set_rollback(True)
    return report


def _rows(plan: PlanPack) -> Iterator[tuple[ItemKind, str, dict[str, Any]]]:
    readings, answers = plan.by_id("indicator_readings"), {r["system"]: r for r in plan.tables["coverage"]}
    joined: Mapping[str, Mapping[str, Mapping[str, Any]]] = {"indicators": readings, "systems": answers}
    for table, kind in (
        ("indicators", ItemKind.INDICATOR),
        ("tasks", ItemKind.TASK),
        ("projects", ItemKind.PROJECT),
        ("parameters", ItemKind.PARAMETER),
        ("systems", ItemKind.SYSTEM),
        ("findings", ItemKind.FINDING),
    ):
        for row in plan.tables[table]:
            extra = {k: v for k, v in joined.get(table, {}).get(row["id"], {}).items() if k not in row}
            yield kind, str(row["id"]), _plain(row | extra)
    for row in plan.tables["annexes"]:
        yield ItemKind.ANNEX, f"{row['annex']}#{row['no']}", _plain(row)


def _plain(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: list(value) if isinstance(value, tuple) else value for name, value in row.items()}


def _load(plan: PlanPack, *, by: Actor, at: datetime, dry_run: bool) -> LoadReport:
    pack = models.Pack.objects.filter(code=plan.id).first() or models.Pack(code=plan.id)
    before = pack.edition
    pack.title, pack.edition, pack.digest, pack.loaded_at = plan.title, plan.edition, plan.digest, at
    pack.texts, pack.counts = dict(plan.texts), dict(plan.counts)
    pack.save()
    units = _organisations()
    known = {(i.kind, i.code): i for i in models.Item.objects.filter(pack=pack)}
    changes: list[Change] = []
    unchanged = 0
    for order, (kind, code, row) in enumerate(_rows(plan)):
        item = known.pop((kind, code), None)
        change = _put(pack, item, kind, code, row, order, units, before=before, at=at)
        if change:
            changes.append(change)
        else:
            unchanged += 1
    for item in known.values():
        if not item.gone:
            item.gone = True
            item.save(update_fields=["gone"])
            changes.append(Change(item.kind, item.code, "gone"))
    report = LoadReport(plan.id, plan.edition, plan.digest, tuple(changes), unchanged)
    counts = {what: report.count(what) for what in ("new", "changed", "gone", "back")}
    if not dry_run and changes:
        detail = {"edition": plan.edition, "sha256": plan.digest, **counts}
        accounts.record(action="planning.pack.loaded", subject=f"pack:{plan.id}", by=by, at=at, detail=detail)
    return report


def _put(
    pack: models.Pack,
    item: models.Item | None,
    kind: ItemKind,
    code: str,
    row: dict[str, Any],
    order: int,
    units: Mapping[str, int],
    *,
    before: str,
    at: datetime,
) -> Change | None:
    name = str(row[_NAMES[kind]])[:300]
    if item is None:
        owner = _owner(kind, row, units)
        models.Item.objects.create(
            pack=pack, kind=kind, code=code, name=name, order=order, row=row, organisation_id=owner
        )
        return Change(kind, code, "new")
    fields = {
        key: (str(item.row.get(key, "")), str(row.get(key, "")))
        for key in sorted(item.row.keys() | row.keys())
        if item.row.get(key, "") != row.get(key, "")
    }
    what = "back" if item.gone else "changed"
    if not fields and not item.gone:
        if item.order != order:
            item.order = order
            item.save(update_fields=["order"])
        return None
    if fields:
        models.ItemVersion.objects.create(item=item, edition=before, row=item.row, replaced_at=at)
    item.row, item.name, item.order, item.gone = row, name, order, False
    if "organisation" not in item.decided:
        item.organisation_id = _owner(kind, row, units)
    item.save()
    return Change(kind, code, what, fields)


def _organisations() -> dict[str, int]:
    """Names of organisations, also without the name of the city in front (市水务局 for 乌海市水务局)."""
    names: dict[str, int] = {}
    for organisation in accounts.organisations():
        names[organisation.name] = organisation.id
        _, mark, tail = organisation.name.partition("市")
        if mark and tail:
            names.setdefault("市" + tail, organisation.id)
        if organisation.kind == "district":
            names.setdefault(organisation.name + "人民政府", organisation.id)
    return names


def _owner(kind: ItemKind, row: Mapping[str, Any], units: Mapping[str, int]) -> int | None:
    """The organisation that reports: declared provider, lead or first named unit. None: a person has to decide."""
    if kind is ItemKind.INDICATOR:
        return units.get(str(row["data_provider"]))
    if kind is ItemKind.PROJECT:
        return units.get(str(row["responsible_unit"]))
    if kind is ItemKind.TASK:
        found = units_of(str(row["responsible_units"]))
        return next((units[name] for name in (*found.lead, *found.named) if name in units), None)
    return None
