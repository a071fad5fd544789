"""Publicly verifiable selection after RFC 3797 (Eastlake, 2004), exactly: canonical key, MD5, list removal.

MD5 is what the RFC prescribes; its weakness to chosen collisions does not matter where the inputs are public numbers
that nobody chooses, which is the only use this mode is offered for.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

#: RFC 3797 section 4.3: the index goes into the hash as two bytes.
LARGEST_PICK = 65_536


class NotAPublicNumber(ValueError):
    """A group of sources holds something other than whole numbers."""


def key_of(groups: Sequence[Sequence[int]]) -> str:
    """
    Canonical key of the sources, RFC 3797 section 4.2.

    Within a source the numbers are sorted ascending and each is followed by a period; a slash ends each source.

    >>> key_of([[9319], [2, 5, 12, 8, 10], [9, 18, 26, 34, 41, 45]])
    '9319./2.5.8.10.12./9.18.26.34.41.45./'
    """
    return "".join("".join(f"{number}." for number in sorted(group)) + "/" for group in groups)


def parse_groups(text: str) -> list[list[int]]:
    """
    Groups of public numbers written ``9319;2 5 12 8 10;9 18 26``. Raises NotAPublicNumber.
    """
    groups: list[list[int]] = []
    for part in text.split(";"):
        numbers = part.split()
        if not numbers or not all(n.isascii() and n.isdigit() for n in numbers):
            raise NotAPublicNumber(f"每组应为以空格分开的非负整数，现为 {part!r}")
        groups.append([int(n) for n in numbers])
    return groups


def select(key: str, pool: int, pick: int) -> list[int]:
    """
    Numbers 1..pool in the order in which RFC 3797 selects the first ``pick`` of them.

    Raises ValueError when pick exceeds the pool or the RFC's two-byte index.

    >>> select("9319./2.5.8.10.12./9.18.26.34.41.45./", pool=25, pick=4)
    [17, 7, 2, 16]
    """
    if not 0 <= pick <= min(pool, LARGEST_PICK):
        raise ValueError(f"抽取数应在 0—{min(pool, LARGEST_PICK)} 之间，现为 {pick}")
    remaining = list(range(1, pool + 1))
    middle = key.encode("ascii")
    selected: list[int] = []
    for index in range(pick):
        edge = index.to_bytes(2, "big")
        number = int.from_bytes(hashlib.md5(edge + middle + edge, usedforsecurity=False).digest(), "big")
        selected.append(remaining.pop(number % len(remaining)))
    return selected
