"""Loading a region pack: what the documents say, without destroying what people made of it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from django.db import models as django_models
from django.db import transaction

from greenpark.domains.accounts import facade as accounts
from greenpark.domains.accounts.contracts import ORGANISATION_KINDS, Actor
from greenpark.domains.registry import models
from greenpark.domains.registry.contracts import AliasState, PackChange, PackReport
from greenpark.domains.registry.rules import merge
from greenpark.domains.registry.services.points import touch_points
from greenpark.kernel.identity import NotACreditCode, credit_code
from greenpark.kernel.packs import BrokenPack, Column, Pack, Row, load_pack, refer

#: Between two quotes of one row.
QUOTES = " ‖ "


def _credit(text: str) -> str:
    try:
        return "" if credit_code(text) == text else "应写成 18 位大写、无空格"
    except NotACreditCode as wrong:
        return str(wrong)


_CODE = r"[A-Za-z0-9._-]{1,20}"
DOCUMENTS = (Column("code", unique=True), Column("title"), Column("number", required=False), Column("file"))
ORGANISATIONS = (
    Column("code", pattern=_CODE, unique=True),
    Column("name"),
    Column("kind", choices=frozenset(ORGANISATION_KINDS)),
    Column("parent", required=False),
    Column("document"),
    Column("quote"),
    Column("note", required=False),
)
PARKS = (
    Column("id", pattern=_CODE, unique=True),
    Column("name", unique=True),
    Column("kind"),
    Column("parent", required=False),
    Column("relation", required=False),
    Column("district", required=False),
    Column("document"),
    Column("quotes"),
    Column("note", required=False),
)
ENTERPRISES = (
    Column("id", pattern=_CODE, unique=True),
    Column("name", unique=True),
    Column("credit_code", required=False, unique=True, check=_credit),
    Column("district", required=False),
    Column("district_note", required=False),
    Column("industry", required=False),
    Column("role", required=False),
    Column("documents", "list"),
    Column("quotes"),
    Column("note", required=False),
)
ALIASES = (
    Column("kind", choices=frozenset({"enterprise", "park"})),
    Column("subject"),
    Column("text"),
    Column("document"),
    Column("quote"),
    Column("note", required=False),
)


@dataclass(frozen=True, slots=True)
class Region:
    """A region pack, read and checked."""

    pack: Pack
    digest: str
    organisations: list[Row]
    parks: list[Row]
    enterprises: list[Row]
    aliases: list[Row]


def read_region(folder: Path) -> Region:
    """Read and check a region pack. Raises BrokenPack with file, row and column, also for a quote that does not stand
    in its document and for a name that refers to nothing."""
    pack = load_pack(folder)
    if pack.manifest.kind != "region":
        raise BrokenPack(folder / "pack.json", None, "kind", f"应为 region，现为 {pack.manifest.kind!r}")
    texts = _documents(pack)
    region = Region(
        pack,
        _digest(pack),
        pack.table("organisations", ORGANISATIONS),
        pack.table("parks", PARKS),
        pack.table("enterprises", ENTERPRISES),
        pack.table("aliases", ALIASES),
    )
    parks, codes = {r.text("id") for r in region.parks}, {r.text("code") for r in region.organisations}
    refer(region.organisations, "parent", codes, "本表 code")
    refer(region.parks, "parent", parks, "本表 id")
    refer(region.enterprises, "district", {r.text("id") for r in region.parks if r.text("kind") == "区"}, "地点表的区")
    for kind, known in (("park", parks), ("enterprise", {r.text("id") for r in region.enterprises})):
        refer([r for r in region.aliases if r.text("kind") == kind], "subject", known, f"{kind} 表 id")
    for rows, column, source in (
        (region.organisations, "quote", "document"),
        (region.parks, "quotes", "document"),
        (region.enterprises, "quotes", "documents"),
        (region.aliases, "quote", "document"),
    ):
        _check_quotes(rows, column, source, texts)
    _check_order(region.organisations, "code")
    return region


def _documents(pack: Pack) -> dict[str, str]:
    texts: dict[str, str] = {}
    for row in pack.table("documents", DOCUMENTS):
        path = (pack.folder / row.text("file")).resolve()
        if not path.is_relative_to(pack.folder.resolve()) or not path.is_file():
            raise row.broken("file", f"没有文件 {row.text('file')}")
        texts[row.text("code")] = path.read_text(encoding="utf-8")
    return texts


def _check_quotes(rows: Iterable[Row], column: str, source: str, texts: dict[str, str]) -> None:
    for row in rows:
        sources = row[source] if isinstance(row[source], tuple) else (row[source],)
        if unknown := [code for code in sources if code not in texts]:
            raise row.broken(source, f"{unknown[0]!r} 不在 documents 表之中")
        for quote in row.text(column).split(QUOTES):
            if not any(quote in texts[code] for code in sources):
                raise row.broken(column, f"{quote!r} 在 {'、'.join(sources)} 中没有逐字出现")


def _check_order(rows: Iterable[Row], key: str) -> None:
    """Parents stand before their children, which also rules out circles."""
    seen: set[str] = set()
    for row in rows:
        if row.text("parent") and row.text("parent") not in seen:
            raise row.broken("parent", "上级须写在前面的行")
        seen.add(row.text(key))


def _digest(pack: Pack) -> str:
    digest = hashlib.sha256()
    for path in sorted(p for p in pack.folder.rglob("*") if p.is_file()):
        digest.update(path.relative_to(pack.folder).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


@dataclass(slots=True)
class _Loading:
    """What one load has found so far."""

    by: Actor
    at: datetime
    changes: list[PackChange] = field(default_factory=list)
    unchanged: int = 0

    def note(self, table: str, key: str, write: dict[str, Any], kept: dict[str, Any], before: Any) -> None:
        if write:
            fields = {name: (str(getattr(before, name)), str(value)) for name, value in write.items()}
            self.changes.append(PackChange(table, key, "changed", fields))
        if kept:
            self.changes.append(PackChange(table, key, "kept", kept))
        if not write and not kept:
            self.unchanged += 1


class _DryRun(Exception):
    """Takes the whole load back."""


def load_region(folder: Path, *, by: Actor, at: datetime, dry_run: bool = False) -> PackReport:
    """Load a region pack into the registry; all or nothing, idempotent.

    New rows are added. A field is changed only when it still holds what the pack gave last time; a person's edit
    stands and is reported as ``kept``. Rows that left the pack stay and are reported as ``gone``. Aliases arrive as
    inferences; decisions of people stand.

    Args:
        dry_run: report the difference and change nothing.

    Raises:
        BrokenPack: before anything was changed.
    """
    region = read_region(folder)
    loading = _Loading(by, at)
    try:
        with transaction.atomic():
            _load(region, loading)
            if dry_run:
                raise _DryRun
    except _DryRun:
        pass
    manifest = region.pack.manifest
    return PackReport(manifest.id, manifest.edition, region.digest, tuple(loading.changes), loading.unchanged)


def _load(region: Region, loading: _Loading) -> None:
    organisations = _load_organisations(region.organisations, loading)
    places = _load_places(region.parks, organisations, loading)
    enterprises = _load_enterprises(region.enterprises, places, organisations, loading)
    _load_aliases(region.aliases, {"park": places, "enterprise": enterprises}, loading)
    manifest = region.pack.manifest
    counts = {w: sum(c.what == w for c in loading.changes) for w in ("new", "changed", "kept", "gone")}
    models.PackLoad.objects.create(
        pack=manifest.id,
        edition=manifest.edition,
        digest=region.digest,
        loaded_at=loading.at,
        loaded_by=loading.by.name,
        summary=counts,
    )
    accounts.record(
        action="registry.pack.loaded",
        subject=f"pack:{manifest.id}",
        by=loading.by,
        at=loading.at,
        detail={"edition": manifest.edition, "sha256": region.digest, **counts},
    )
    if counts["new"] or counts["changed"]:
        touch_points()


def _load_organisations(rows: Iterable[Row], loading: _Loading) -> dict[str, int]:
    """Code in the pack -> organisation id. Existing organisations stay as people made them."""
    ids: dict[str, int] = {}
    known = accounts.organisation_ids()
    for row in rows:
        code = row.text("code")
        if code in known:
            loading.unchanged += 1
        else:
            loading.changes.append(PackChange("organisations", code, "new"))
        ids[code] = accounts.ensure_organisation(
            code=code,
            name=row.text("name"),
            kind=row.text("kind"),
            parent_id=ids.get(row.text("parent")),
            note=row.text("note"),
            by=loading.by,
            at=loading.at,
        )
    return ids


def _upsert(
    table: str,
    code: str,
    row: Any,
    wanted: dict[str, Any],
    make: Callable[[], Any],
    loading: _Loading,
) -> Any:
    """Create the row, or merge the pack's values into it; remembers what the pack gave."""
    if row is None:
        row = make()
        loading.changes.append(PackChange(table, code, "new"))
        write = wanted
    else:
        write, kept = merge(row.pack_row, wanted, {name: getattr(row, name) for name in wanted})
        loading.note(table, code, write, kept, row)
        if not write and row.pack_row == wanted:
            return row
    for name, value in write.items():
        setattr(row, name, value)
    if "name" in write:
        row.name_py = accounts.pinyin(row.name)
    row.pack_row = wanted
    row.save()
    return row


def _load_places(rows: list[Row], organisations: dict[str, int], loading: _Loading) -> dict[str, models.Place]:
    found: dict[str, models.Place] = {p.code: p for p in models.Place.objects.all()}
    _gone("parks", {r.text("id") for r in rows}, models.Place.objects.exclude(pack_row={}), loading)
    for row in rows:
        code = row.text("id")
        wanted = {name: row.text(name) for name in ("name", "kind", "relation", "district", "document", "note")}
        wanted["quote"] = row.text("quotes")
        found[code] = _upsert(
            "parks",
            code,
            found.get(code),
            wanted,
            lambda code=code: models.Place(code=code, organisation_id=organisations.get(code)),
            loading,
        )
    for row in rows:  # parents in a second pass: a table may name a place before its parent
        place, parent = found[row.text("id")], found.get(row.text("parent"))
        if parent is not None and place.parent_id is None and place.pk != parent.pk:
            place.parent = parent
            place.save(update_fields=["parent"])
    return found


def _load_enterprises(
    rows: list[Row], places: dict[str, models.Place], organisations: dict[str, int], loading: _Loading
) -> dict[str, models.Enterprise]:
    found = {e.code: e for e in models.Enterprise.objects.all()}
    _gone("enterprises", {r.text("id") for r in rows}, models.Enterprise.objects.exclude(pack_row={}), loading)
    root = next(iter(organisations.values()), None)
    for row in rows:
        code, district = row.text("id"), places.get(row.text("district"))
        wanted: dict[str, Any] = {
            name: row.text(name) for name in ("name", "credit_code", "district_note", "industry", "role", "note")
        }
        wanted["quote"] = row.text("quotes")
        wanted["document"] = "、".join(row["documents"])
        wanted["district_id"] = district.pk if district else None
        parent = organisations.get(row.text("district"), root)
        found[code] = _upsert(
            "enterprises",
            code,
            found.get(code),
            wanted,
            lambda code=code, row=row, parent=parent: models.Enterprise(
                code=code, organisation_id=_enterprise_organisation(code, row, parent, loading)
            ),
            loading,
        )
    return found


def _enterprise_organisation(code: str, row: Row, parent: int | None, loading: _Loading) -> int:
    return accounts.ensure_organisation(
        code=f"ent:{code}", name=row.text("name"), kind="enterprise", parent_id=parent, by=loading.by, at=loading.at
    )


def _gone(
    table: str,
    wanted: set[str],
    from_packs: django_models.QuerySet[Any],
    loading: _Loading,
) -> None:
    for code in from_packs.values_list("code", flat=True):
        if code not in wanted:
            loading.changes.append(PackChange(table, code, "gone"))


def _load_aliases(rows: Iterable[Row], targets: dict[str, dict[str, Any]], loading: _Loading) -> None:
    column = {"park": "place_id", "enterprise": "enterprise_id"}
    for row in rows:
        kind = row.text("kind")
        key = {column[kind]: targets[kind][row.text("subject")].pk, "text": row.text("text")}
        if models.Alias.objects.filter(**key).exists():
            loading.unchanged += 1
            continue
        models.Alias.objects.create(
            **key,
            state=AliasState.INFERENCE,
            document=row.text("document"),
            quote=row.text("quote"),
            note=row.text("note"),
        )
        loading.changes.append(PackChange("aliases", f"{row.text('subject')} {row.text('text')}", "new"))
