"""Small paths into JSON: ``data.values[0].p``; members with dots in brackets and quotes: ``data["a.b"]``."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any, TypeAlias

Path: TypeAlias = tuple[str | int, ...]

_STEP = re.compile(r"""\.?([^.\[\]"]+)|\[(\d+)\]|\["([^"]*)"\]""")


class BadPath(ValueError):
    """The path is misspelt; says where."""


class Absent:
    """Stands for a member that is not there; None is a JSON null."""


ABSENT = Absent()


@lru_cache(maxsize=4096)
def parse(text: str) -> Path:
    """Text -> steps; the empty text is the whole. Raises BadPath."""
    steps: list[str | int] = []
    at = 0
    while at < len(text):
        match = _STEP.match(text, at)
        if match is None or (at == 0 and text[0] == "."):
            raise BadPath(f"路径 {text!r} 第 {at + 1} 个字符处有误，写法如 data.values[0].p")
        name, index, quoted = match.groups()
        steps.append(int(index) if index is not None else quoted if quoted is not None else name)
        at = match.end()
    return tuple(steps)


def find(value: Any, path: Path) -> Any:
    """What stands at the path, or ABSENT."""
    for step in path:
        if isinstance(step, int):
            if not isinstance(value, list) or step >= len(value):
                return ABSENT
            value = value[step]
        else:
            if not isinstance(value, dict) or step not in value:
                return ABSENT
            value = value[step]
    return value
