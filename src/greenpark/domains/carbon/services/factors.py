"""The factor library: loading packs, confirming a value, writing a new version."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from django.db import transaction
from django.db.models import Max

from greenpark.domains.accounts import facade as accounts
from greenpark.domains.accounts.contracts import SYSTEM, Actor
from greenpark.domains.carbon import models
from greenpark.domains.carbon.contracts import FactorRefused, NotFound
from greenpark.domains.carbon.rules import factors as rules
from greenpark.kernel.factors import Confidence, Factor, load_factors


@dataclass(frozen=True, slots=True)
class Loaded:
    """What a load did."""

    added: int
    revised: int
    unchanged: int


@transaction.atomic
def load(root: Path, *, at: datetime, by: Actor = SYSTEM) -> Loaded:
    """Bring the library up to the packs below ``root``; running it again changes nothing.

    A row that the pack changed becomes a new version known since ``at``; the version before stays for the months that
    were closed with it. What a person confirmed or revised stays in force until the pack itself changes that row.
    Raises BrokenPack.
    """
    current = {f.code: f for f in models.Factor.objects.current()}
    seen = dict(
        models.Factor.objects.exclude(pack_digest="").values("code").annotate(n=Max("version")).values_list("code", "n")
    )
    from_packs = models.Factor.objects.exclude(pack_digest="").values_list("code", "version", "pack_digest")
    digests = {(code, version): digest for code, version, digest in from_packs}
    fresh: list[models.Factor] = []
    replaced: list[int] = []
    unchanged = 0
    for factor in load_factors(root):
        packed = rules.pack_up(factor)
        digest = rules.digest(packed)
        if digests.get((factor.id, seen.get(factor.id, 0))) == digest:
            unchanged += 1
            continue
        before = current.get(factor.id)
        if before:
            replaced.append(before.pk)
        fresh.append(_row(factor, (before.version if before else 0) + 1, at, digest=digest))
    models.Factor.objects.filter(pk__in=replaced).update(superseded_at=at)
    models.Factor.objects.bulk_create(fresh, batch_size=500)
    result = Loaded(len(fresh) - len(replaced), len(replaced), unchanged)
    if fresh:
        accounts.record(
            action="carbon.factors.loaded",
            subject="factors",
            by=by,
            at=at,
            detail={"added": result.added, "revised": result.revised},
        )
    return result


def _row(factor: Factor, version: int, at: datetime, *, digest: str = "") -> models.Factor:
    return models.Factor(
        code=factor.id,
        version=version,
        kind=factor.kind,
        subject=factor.subject,
        region=factor.region,
        name=factor.name_zh,
        value="" if factor.value is None else format(factor.value, "f"),
        unit=factor.unit,
        edition=factor.edition,
        valid_from=factor.valid_from,
        valid_to=factor.valid_to,
        source="; ".join(factor.source),
        confidence=factor.confidence.value,
        notes=factor.notes,
        pack=factor.pack,
        pack_digest=digest,
        payload=rules.pack_up(factor),
        known_since=at,
    )


@transaction.atomic
def confirm(*, code: str, document: str, reason: str, by: Actor, at: datetime) -> int:
    """Record that a person compared an unconfirmed value with the document. Returns the new version's number.

    The value stays as it is; the confirmation is a new version known since ``at``, so that months closed before keep
    their «unconfirmed». Raises NotAllowed, NotFound, FactorRefused.
    """
    by.need("carbon.configure")
    before = _current(code)
    rules.check_confirmation(before.confidence, reason=reason, document=document)
    return _supersede(before, {"confidence": Confidence.CONFIRMED.value}, document, reason, by, at, "confirmed")


@transaction.atomic
def revise(
    *, code: str, value: str, valid_from: date | None, document: str, reason: str, by: Actor, at: datetime
) -> int:
    """Write a new value from a document as the next version. Returns its number.

    Months already closed keep the version they were closed with. Raises NotAllowed, NotFound, FactorRefused.
    """
    by.need("carbon.configure")
    before = _current(code)
    number = rules.check_revision(value, valid_from=valid_from, reason=reason, document=document)
    assert valid_from is not None
    change = {
        "value": format(number, "f"),
        "valid_from": valid_from.isoformat(),
        "confidence": Confidence.CONFIRMED.value,
        "edition": document.strip(),
    }
    return _supersede(before, change, document, reason, by, at, "revised")


def _current(code: str) -> models.Factor:
    found = models.Factor.objects.current().select_for_update().filter(code=code).order_by("-version").first()
    if found is None:
        raise NotFound(f"没有编号为 {code} 的因子")
    return found


def _supersede(
    before: models.Factor, change: dict[str, str], document: str, reason: str, by: Actor, at: datetime, verb: str
) -> int:
    if at <= before.known_since:
        raise FactorRefused("该因子刚刚有了更新的版本，请刷新后再试")
    payload = {**before.payload, **change}
    row = _row(rules.unpack(payload), before.version + 1, at)
    row.document, row.reason, row.decided_by = document.strip(), reason.strip(), by.name
    row.save(force_insert=True)
    models.Factor.objects.filter(pk=before.pk).update(superseded_at=at)
    accounts.record(
        action=f"carbon.factor.{verb}",
        subject=f"factor:{before.code}",
        by=by,
        at=at,
        detail={"version": row.version, "value": row.value, "document": row.document, "reason": row.reason},
    )
    return row.version
