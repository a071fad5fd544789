"""Setting parameters of the ledger."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from greenpark.domains.accounts import facade as accounts
from greenpark.domains.accounts.contracts import Actor
from greenpark.domains.carbon import models
from greenpark.domains.carbon.rules import parameters as rules


@transaction.atomic
def set_parameter(*, key: str, value: str, source: str, by: Actor, at: datetime) -> None:
    """Write a new value of a parameter; the earlier ones stay. Raises NotAllowed, BadParameter."""
    by.need("carbon.configure")
    rules.check(key, value)
    if not source.strip():
        raise rules.BadParameter("请写明取值的依据（文件或会议纪要）")
    models.Parameter.objects.create(
        key=key, value=value.strip(), source=source.strip()[:300], set_by=by.name, known_since=at
    )
    accounts.record(
        action="carbon.parameter.set",
        subject=f"parameter:{key}",
        by=by,
        at=at,
        detail={"value": value.strip(), "source": source.strip()[:300]},
    )
