"""Habits of the source that a linter of lines does not see."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src" / "greenpark"
LONGEST_FUNCTION = 70
LONGEST_FILE = 600
#: What shall not appear anywhere in the product: unfinished work.
UNFINISHED = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b|raise NotImplementedError")

FILES = sorted(p for p in SOURCE.rglob("*.py") if "migrations" not in p.parts)
OWN = [p for p in FILES if "tests" not in p.parts]


def _id(path: Path) -> str:
    return str(path.relative_to(SOURCE))


def test_every_folder_with_code_is_a_package() -> None:
    folders = {p.parent for root in (SOURCE, ROOT / "tests") for p in root.rglob("*.py")}
    missing = sorted(str(f.relative_to(ROOT)) for f in folders if not (f / "__init__.py").exists())
    assert not missing


def test_functions_are_short() -> None:
    wrong = [
        f"{_id(path)}:{node.lineno} {node.name} has {length} lines"
        for path in OWN
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (length := (node.end_lineno or 0) - node.lineno + 1) > LONGEST_FUNCTION
    ]
    assert not wrong


def test_files_are_short() -> None:
    lengths = {_id(p): len(p.read_text(encoding="utf-8").splitlines()) for p in OWN}
    assert not {name: n for name, n in lengths.items() if n > LONGEST_FILE}


@pytest.mark.parametrize("path", OWN, ids=_id)
def test_nothing_is_unfinished(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    found = UNFINISHED.search(text)
    assert found is None, f"{_id(path)}: {found.group() if found else ''}"


def test_modules_say_what_they_are_for() -> None:
    """Every module with code has a docstring; apps.py and empty packages need none."""
    wrong = []
    for path in OWN:
        tree = ast.parse(path.read_text(encoding="utf-8"))
        if tree.body and path.name != "apps.py" and ast.get_docstring(tree) is None:
            wrong.append(_id(path))
    assert not wrong


def test_templates_keep_the_content_security_policy() -> None:
    """No inline script, style or handler: browsers would refuse them."""
    bad = re.compile(r"<script(?![^>]*\bsrc=)[^>]*>|\son\w+=|<style|javascript:|hx-on|hx-vals=.js:", re.IGNORECASE)
    wrong = []
    for path in SOURCE.rglob("templates/**/*.html"):
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
            if bad.search(line):
                wrong.append(f"{_id(path)}:{number} {line.strip()[:80]}")
    assert not wrong
