"""Parameters of the ledger as they stand."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from greenpark.domains.carbon import models
from greenpark.domains.carbon.rules import parameters as rules


@dataclass(frozen=True, slots=True)
class ParameterView:
    """A parameter with its present value; ``value`` is "" while nobody has set it."""

    key: str
    name: str
    unit: str
    help: str
    value: str
    source: str
    set_by: str
    known_since: datetime | None


def parameters() -> list[ParameterView]:
    newest: dict[str, models.Parameter] = {}
    for row in models.Parameter.objects.order_by("known_since", "id"):
        newest[row.key] = row
    return [
        ParameterView(
            known.key,
            known.name,
            known.unit,
            known.help,
            newest[known.key].value if known.key in newest else "",
            newest[known.key].source if known.key in newest else "",
            newest[known.key].set_by if known.key in newest else "",
            newest[known.key].known_since if known.key in newest else None,
        )
        for known in rules.PARAMETERS.values()
    ]


def parameter(key: str) -> Decimal | None:
    """The present value, None while nobody has set it."""
    row = models.Parameter.objects.filter(key=key).order_by("-known_since", "-id").first()
    return None if row is None else Decimal(row.value)
