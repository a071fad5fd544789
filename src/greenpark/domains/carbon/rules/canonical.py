"""The bytes of a closed month, and their digests.

Canonical JSON: UTF-8, keys sorted, no blanks, no floats. Every quantity is a decimal string with a fixed number of
places, so that the bytes do not depend on a platform's printing of floats. Neither database ids of entries nor the
moment or the person of the closing are part of the bytes: closing twice from the same inputs must give the same.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any

from cryptography.hazmat.primitives.hashes import SM3, Hash

FORMAT = "greenpark-ledger-1"

#: Places kept of every figure of an entry [t, tce, activity units]. A gram for tonnes.
PLACES = Decimal("0.000001")


class NotCanonical(TypeError):
    """A value that has no canonical form, such as a float."""


def fixed(value: Decimal | float | int) -> Decimal:
    """Round half-even to six places; -0 becomes 0. Floats go through their shortest decimal form."""
    number = value if isinstance(value, Decimal) else Decimal(repr(value))
    rounded = number.quantize(PLACES, rounding=ROUND_HALF_EVEN)
    return rounded if rounded else Decimal(0).quantize(PLACES)


def text(value: Decimal | None) -> str | None:
    """Six places, no exponent."""
    return None if value is None else format(fixed(value), "f")


def _check(value: Any, path: str = "$") -> None:
    if value is None or isinstance(value, str | bool | int):
        return
    if isinstance(value, Mapping):
        for key, inner in value.items():
            _check(inner, f"{path}.{key}")
        return
    if isinstance(value, list | tuple):
        for index, inner in enumerate(value):
            _check(inner, f"{path}[{index}]")
        return
    raise NotCanonical(f"{path}: {type(value).__name__} has no canonical form")


def dump(value: Mapping[str, Any]) -> bytes:
    """Canonical bytes. Raises NotCanonical for floats and other types without one."""
    _check(value)
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode("utf-8")


def sm3(data: bytes) -> str:
    """SM3 digest (GB/T 32905-2016) in hexadecimal."""
    digest = Hash(SM3())
    digest.update(data)
    return digest.finalize().hex()


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def month_bytes(month: str, parts: Iterable[tuple[str, str, str]]) -> bytes:
    """Bytes of a whole month: enterprise code, SM3 and SHA-256 of each closed enterprise, by code."""
    rows = [{"enterprise": code, "sm3": a, "sha256": b} for code, a, b in sorted(parts)]
    return dump({"format": FORMAT, "month": month, "enterprises": rows})
