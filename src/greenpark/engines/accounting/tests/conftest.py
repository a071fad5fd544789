"""The shipped packs as a book, and the worked examples of the documentation."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from greenpark.engines.accounting import FactorBook
from greenpark.kernel.factors import load_factors

ROOT = Path(__file__).resolve().parents[5]
PACKS = ROOT / "packs"
PAGES = ROOT / "docs" / "algorithms"


class Example(NamedTuple):
    """One fenced json block of a page."""

    page: str
    name: str
    input: dict[str, Any]
    output: dict[str, Any]

    def method(self) -> str:
        return str(self.input.get("method", self.name))


def examples() -> list[Example]:
    found = []
    for page in sorted(PAGES.glob("accounting*.md")):
        for block in re.findall(r"^```json\n(.*?)^```", page.read_text(), re.S | re.M):
            found.append(Example(page.name, **json.loads(block)))
    return found


@pytest.fixture(scope="session")
def book() -> FactorBook:
    return FactorBook(load_factors(PACKS))
