"""Writing accounting sources: every change is a new version."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from greenpark.domains.accounts import facade as accounts
from greenpark.domains.accounts.contracts import Actor
from greenpark.domains.carbon import models
from greenpark.domains.carbon.contracts import NotFound, SourceRefused
from greenpark.domains.carbon.rules import bindings as rules
from greenpark.domains.carbon.selectors import enterprises
from greenpark.kernel.periods import Month


@transaction.atomic
def save_source(
    *,
    enterprise_id: int,
    code: str,
    name: str,
    category: str,
    method: str,
    bindings: Sequence[Mapping[str, Any]],
    valid_from: Month,
    by: Actor,
    at: datetime,
    options: Mapping[str, Any] | None = None,
    energy: Sequence[Mapping[str, Any]] = (),
    market: Mapping[str, Any] | None = None,
    process: str = "",
    medium: str = "",
    valid_to: Month | None = None,
    reason: str = "",
) -> int:
    """Write a source, or the next version of it. Returns the version.

    ``valid_from`` is the first month it holds for, ``valid_to`` the first month it no longer does. Months already
    closed keep the version they were closed with. Raises NotAllowed, NotFound, SourceRefused.
    """
    by.need("carbon.configure")
    enterprise = enterprises.one(by, enterprise_id)
    code = code.strip()
    _check_words(code, name, valid_from, valid_to)
    spec = rules.parse(
        enterprise_id=enterprise_id,
        code=code,
        version=0,
        name=name.strip(),
        process=process.strip(),
        category=category,
        medium=medium.strip(),
        method=method,
        options=options or {},
        bindings=bindings,
        energy=energy,
        market=market,
    )
    rules.check(spec, valid_from.first_day())
    _check_points(spec, by)
    before = models.Source.objects.filter(enterprise_id=enterprise_id, code=code).order_by("-version").first()
    if before and not reason.strip():
        raise SourceRefused("修改核算源须写明理由", {"reason": "请写明修改的理由，将留在版本历史中"})
    row = models.Source.objects.create(
        enterprise_id=enterprise_id,
        code=code,
        version=(before.version if before else 0) + 1,
        name=spec.name,
        process=spec.process,
        category=spec.category,
        medium=spec.medium,
        method=spec.method,
        options=dict(options or {}),
        bindings=[dict(b) for b in bindings],
        energy=[dict(e) for e in energy],
        market=dict(market or {}),
        valid_from=valid_from.first_day(),
        valid_to=valid_to.first_day() if valid_to else None,
        known_since=at,
        changed_by=by.name,
        reason=reason.strip(),
    )
    _record("saved", row, enterprise.organisation_id, by, at, {"method": method, "digest": spec.digest})
    return row.version


def _check_words(code: str, name: str, valid_from: Month, valid_to: Month | None) -> None:
    if not code or len(code) > 60:
        raise SourceRefused("请填写编号，最多 60 个字符", {"code": "请填写编号，最多 60 个字符"})
    if not name.strip():
        raise SourceRefused("请填写名称", {"name": "请填写名称"})
    if valid_to is not None and valid_to <= valid_from:
        raise SourceRefused("停用月份应晚于启用月份", {"valid_to": "停用月份应晚于启用月份"})


def _record(
    verb: str, row: models.Source, organisation_id: int, by: Actor, at: datetime, more: Mapping[str, Any]
) -> None:
    accounts.record(
        action=f"carbon.source.{verb}",
        subject=f"enterprise:{row.enterprise_id}/source:{row.code}",
        by=by,
        at=at,
        detail={"version": row.version, "reason": row.reason, **more},
        organisation_id=organisation_id,
    )


def _check_points(spec: rules.Spec, by: Actor) -> None:
    """The points must exist and belong to the enterprise: another's meter would book its energy twice."""
    own = {p.id for p in enterprises.points_of(by, spec.enterprise_id)}
    foreign = sorted(spec.point_ids() - own)
    if foreign:
        text = f"监测点 {'、'.join(map(str, foreign))} 不属于这家企业或已停用"
        raise SourceRefused(text, {"bindings": text})


@transaction.atomic
def retire_source(*, enterprise_id: int, code: str, from_month: Month, reason: str, by: Actor, at: datetime) -> int:
    """End a source with the start of ``from_month``; the past keeps it. Returns the new version."""
    by.need("carbon.configure")
    enterprise = enterprises.one(by, enterprise_id)
    before = models.Source.objects.filter(enterprise_id=enterprise_id, code=code).order_by("-version").first()
    if before is None:
        raise NotFound(f"没有编号为 {code} 的核算源")
    if not reason.strip():
        raise SourceRefused("停用核算源须写明理由", {"reason": "请写明停用的理由"})
    end = from_month.first_day()
    if end <= before.valid_from:
        raise SourceRefused("停用月份应晚于启用月份", {"valid_to": "停用月份应晚于启用月份"})
    values = {f.attname: getattr(before, f.attname) for f in models.Source._meta.concrete_fields if f.attname != "id"}
    values |= {
        "version": before.version + 1,
        "valid_to": end,
        "known_since": at,
        "changed_by": by.name,
        "reason": reason.strip(),
        "retired": True,
    }
    row = models.Source.objects.create(**values)
    _record("retired", row, enterprise.organisation_id, by, at, {"from": str(from_month)})
    return row.version
