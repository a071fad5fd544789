"""Files of readings: upload and preview, confirm, drop. One action, one transaction, an audit entry."""

from __future__ import annotations

from datetime import datetime
from hashlib import sha256
from typing import Any

from django.db import transaction

from greenpark.domains.accounts import facade as accounts
from greenpark.domains.accounts.contracts import Actor, OutOfScope
from greenpark.domains.registry import facade as registry
from greenpark.domains.telemetry import models
from greenpark.domains.telemetry.contracts import ImportView
from greenpark.domains.telemetry.selectors.store_access import access
from greenpark.ingest.files.importing import Preview, preview, store_file
from greenpark.ingest.files.layouts import Resolve
from greenpark.ingest.files.tables import BadFile
from greenpark.kernel.periods import to_us
from greenpark.kernel.points import PointSpec


class AlreadyDecided(ValueError):
    """The import was stored or dropped before."""


def resolver(actor: Actor) -> Resolve:
    """Point by code, name or external HTTP id, among the active points in the actor's scope. A code or name that
    several of them share means none."""
    known = access().directory.current()
    ids = [i for i, organisation in known.organisation_of.items() if actor.scope.allows(organisation)]
    views = registry.points_by_id(ids)
    names: dict[str, PointSpec | None] = {}

    def learn(name: str, spec: PointSpec) -> None:
        if name:
            names[name] = spec if names.get(name, spec) == spec else None

    for view in views.values():
        learn(view.code, view.spec)
        learn(view.name, view.spec)
        learn(f"{view.enterprise_name}/{view.code}", view.spec)
        if view.binding and view.binding[0] == "http":
            learn(view.binding[1], view.spec)
    return lambda text: names.get(text.strip())


def upload(*, name: str, data: bytes, by: Actor, at: datetime) -> ImportView:
    """Keep the file and its preview; nothing is stored yet. A file that cannot be used is kept as refused with the
    reason, without its bytes."""
    row = models.Import(
        name=name[-200:], organisation_id=by.organisation_id, by_id=by.id, by_name=by.name, at=at, size=len(data),
        digest=sha256(data).hexdigest(), state="previewed", content=data,
    )  # fmt: skip
    try:
        shown = preview(name, data, resolver(by), access().store, now_us=to_us(at))
    except BadFile as error:
        row.state, row.content, row.detail = "refused", None, {"reason": str(error)}
    else:
        _count(row, shown)
    with transaction.atomic():
        row.save()
        accounts.record(
            action="telemetry.import.uploaded", subject=f"import:{row.pk}", by=by, at=at,
            detail={"name": row.name, "state": row.state, "new": row.new, "errors": row.errors, "sha256": row.digest},
        )  # fmt: skip
    return view_of(row)


def _count(row: models.Import, shown: Preview) -> None:
    row.new, row.updated, row.unchanged = shown.new, shown.updated, shown.unchanged
    row.errors = len(shown.errors)
    row.detail = {
        "points": shown.points,
        "repeated": shown.repeated,
        "empty": shown.observations.empty,
        "rows": len(shown.table.rows),
        "first_us": shown.first_us,
        "last_us": shown.last_us,
    }


def again(actor: Actor, import_id: int, at: datetime) -> tuple[ImportView, Preview | None]:
    """The import with its preview as of now (the store may have changed); None when decided. Raises OutOfScope."""
    row = _mine(actor, import_id)
    if row.state != "previewed" or row.content is None:
        return view_of(row), None
    shown = preview(row.name, bytes(row.content), resolver(actor), access().store, now_us=to_us(at))
    _count(row, shown)
    return view_of(row), shown


def confirm(*, import_id: int, partial: bool, by: Actor, at: datetime) -> ImportView:
    """Store the file in one commit. Raises OutOfScope, AlreadyDecided, HasErrors (then nothing is stored)."""
    with transaction.atomic():
        row = models.Import.objects.select_for_update().get(pk=_mine(by, import_id).pk)
        if row.state != "previewed" or row.content is None:
            raise AlreadyDecided("这次导入已经处理过")
        found = access()
        shown = preview(row.name, bytes(row.content), resolver(by), found.store, now_us=to_us(at))
        _count(row, shown)
        # The readings are committed before this row. If the row is lost the import can be confirmed again: the same
        # readings are then unchanged.
        done = store_file(shown, found.pipeline, who=by.name, now_us=to_us(at), partial=partial)
        row.state = "partial" if shown.errors or done.refused else "stored"
        row.accepted, row.decided_at = done.accepted, at
        row.detail = {**row.detail, "refused": done.refused, "frames": list(done.frame_ids[:50])}
        if not shown.errors:
            row.content = None
        row.save()
        accounts.record(
            action="telemetry.import.stored", subject=f"import:{row.pk}", by=by, at=at,
            detail={"name": row.name, "accepted": done.accepted, "left_out": done.left_out, "sha256": row.digest},
        )  # fmt: skip
    found.keeper.flush()
    return view_of(row)


def drop(*, import_id: int, by: Actor, at: datetime) -> ImportView:
    """Give the import up; its bytes are deleted. Raises OutOfScope, AlreadyDecided."""
    with transaction.atomic():
        row = models.Import.objects.select_for_update().get(pk=_mine(by, import_id).pk)
        if row.state != "previewed":
            raise AlreadyDecided("这次导入已经处理过")
        row.state, row.content, row.decided_at = "dropped", None, at
        row.save(update_fields=["state", "content", "decided_at"])
        accounts.record(action="telemetry.import.dropped", subject=f"import:{row.pk}", by=by, at=at)
    return view_of(row)


def with_errors(actor: Actor, import_id: int, at: datetime) -> Preview:
    """The preview from which the workbook with the marked errors is made. Raises OutOfScope, AlreadyDecided."""
    row = _mine(actor, import_id)
    if row.content is None:
        raise AlreadyDecided("文件没有错误，或已不再保留")
    return preview(row.name, bytes(row.content), resolver(actor), access().store, now_us=to_us(at))


def _mine(actor: Actor, import_id: int) -> models.Import:
    row: models.Import | None = models.Import.objects.filter(pk=import_id).first()
    if row is None or not _may_see(actor, row):
        raise OutOfScope(f"import {import_id}")
    return row


def _may_see(actor: Actor, row: models.Import) -> bool:
    return actor.scope.everything or (row.organisation_id is not None and actor.scope.allows(row.organisation_id))


def imports(actor: Actor, offset: int, limit: int) -> tuple[list[ImportView], int]:
    """Imports in the actor's scope, newest first, and how many."""
    rows = models.Import.objects.defer("content")
    if not actor.scope.everything:
        rows = rows.filter(organisation_id__in=actor.scope.organisations)
    return [view_of(row) for row in rows[offset : offset + limit]], rows.count()


def view_of(row: models.Import) -> ImportView:
    detail: dict[str, Any] = dict(row.detail)
    return ImportView(
        row.pk, row.name, row.state, row.at, row.by_name, row.new, row.updated, row.unchanged, row.errors, row.accepted,
        row.size, detail,
    )  # fmt: skip
