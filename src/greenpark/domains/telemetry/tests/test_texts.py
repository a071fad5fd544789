"""Every text of the screens goes through gettext; that each has its English is a test of the shell."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from greenpark.domains.registry.contracts import MEDIA, POINT_KINDS
from greenpark.domains.telemetry import contracts, rules
from greenpark.domains.telemetry.ui import words

HERE = Path(__file__).parents[1]
HAN = re.compile("[一-鿿]")
TRANSLATED = re.compile(
    r"""{%\s*blocktranslate.*?{%\s*endblocktranslate\s*%}|{%\s*translate\s+"[^"]*"\s*%}|_\("[^"]*"\)"""
)


@pytest.mark.parametrize("template", sorted((HERE / "templates").rglob("*.html")), ids=lambda p: p.name)
def test_no_text_of_a_template_bypasses_gettext(template: Path) -> None:
    left = TRANSLATED.sub("", template.read_text(encoding="utf-8"))
    assert [line for line in left.splitlines() if HAN.search(line)] == []


def test_every_word_of_the_tables_is_collected() -> None:
    tables = {
        *rules.QUALITY_WORDS.values(), *rules.CODES.values(), *rules.GATEWAYS.values(), *rules.ORDER_NAMES.values(),
        *contracts.ACTIONS.values(), *MEDIA.values(), *POINT_KINDS.values(),
        *(label for _, label in rules.STEPS.values()), *(group for group, _ in rules.ORDER_GROUPS),
        *(field.label for field in rules.ORDER_FIELDS.values()), *(f.hint for f in rules.ORDER_FIELDS.values()),
        *(text for _, text in contracts.IMPORT_STATES.values()), *(text for _, text in contracts.ORDER_STATES.values()),
    }  # fmt: skip
    assert {text for text in tables if HAN.search(text)} - set(words.TEXTS) == set()
