"""Decisions on what the measure leaves open."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from greenpark.domains.accounts import facade as accounts
from greenpark.domains.accounts.contracts import Actor
from greenpark.domains.housing import models
from greenpark.domains.housing.contracts import NotFound, Refused
from greenpark.domains.housing.rules.parameters import PARAMETER_OWNERS, Owner
from greenpark.domains.housing.selectors.parameters import READERS


@transaction.atomic
def set_parameter(name: str, value: str, *, document: str, reason: str, by: Actor, at: datetime) -> int:
    """Record a decision as a new version; blank takes it back. Returns its version.

    The manager's own parameters need housing.manage, all others housing.configure. Every decision names its document.
    Raises NotAllowed, NotFound, Refused.
    """
    if name not in PARAMETER_OWNERS:
        raise NotFound(f"没有参数「{name}」")
    title, point, owner = PARAMETER_OWNERS[name]
    by.need("housing.manage" if owner is Owner.MANAGER else "housing.configure")
    errors = {}
    if len(document.strip()) < 4:
        errors["document"] = "请写明作出决定的文件或会议纪要"
    if len(reason.strip()) < 2:
        errors["reason"] = "请写明理由"
    try:
        if value.strip():
            READERS[name](value.strip())
    except ValueError as fault:
        errors["value"] = str(fault) if "is not a valid" not in str(fault) else f"「{value}」不是可选的值"
    if errors:
        raise Refused("；".join(errors.values()), errors)
    row = models.Parameter.objects.create(
        name=name, value=value.strip(), owner=str(owner), document=document.strip(), reason=reason.strip(),
        by=by.name, at=at,
    )  # fmt: skip
    accounts.record(
        action="housing.parameter.set",
        subject=f"housing/parameter:{name}",
        by=by,
        at=at,
        detail={"title": title, "point": point, "value": row.value, "document": row.document},
    )
    return int(row.pk)
