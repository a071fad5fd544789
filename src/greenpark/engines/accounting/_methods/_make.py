"""A method of a document: the fields that come from the document are filled in here."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import msgspec

from greenpark.engines.accounting._methods._documents import Document
from greenpark.engines.accounting._model import Category, Line, Method
from greenpark.engines.accounting._working import Working
from greenpark.kernel.factors import Confidence


def method(
    family: str,
    suffix: str,
    document: Document,
    titles: tuple[str, str],
    category: Category,
    formula: str,
    inputs: type[msgspec.Struct],
    compute: Callable[[Any, Working], Iterable[Line]],
    *,
    options: Any = None,
    gases: tuple[str, ...] = ("CO2",),
    confirmed: bool = False,
    page: str,
) -> Method:
    """``family.suffix`` is the id; titles are Chinese and English; ``confirmed``: the formula was retrieved."""
    return Method(
        id=f"{family}.{suffix}",
        family=family,
        title_zh=titles[0],
        title_en=titles[1],
        edition=document.edition,
        document=document.document,
        category=category,
        gases=gases,
        formula=formula,
        inputs=inputs,
        compute=compute,
        effective_from=document.effective_from,
        confidence=Confidence.CONFIRMED if confirmed else Confidence.RECALLED,
        dates=document.dates,
        options=options,
        gwp_edition=document.gwp_edition,
        page=page,
    )
