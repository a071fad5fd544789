"""A calculation that can be called without the web: ``greenpark calc NAME < input.json``.

An engine lists its calculations in a module-level ``CALCULATIONS`` tuple; the command line finds them there. Input and
output are msgspec Structs, so that JSON is validated on the way in and a JSON Schema can be printed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import msgspec


@dataclass(frozen=True, slots=True)
class Calculation:
    """One entry of the catalogue."""

    name: str
    """Kebab-case, unique in the product: ``comprehensive-energy``."""
    summary_zh: str
    summary_en: str
    input: type[msgspec.Struct]
    output: type[msgspec.Struct]
    run: Callable[[Any], Any]
    """Pure function from ``input`` to ``output``; raises ``ValueError`` subclasses with words of the trade."""
    source: str = ""
    """Standard and clause."""
    needs: tuple[str, ...] = ()
    """Fields of the input that the caller fills from the shipped packs when they are left empty: ``factors``."""
