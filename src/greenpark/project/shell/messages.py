"""Texts and their English: ``python -m greenpark.project.shell.messages FOLDER…`` for each app folder.

Collects the texts of templates and Python files, keeps what is translated in ``locale/en/LC_MESSAGES/django.po``,
adds new texts empty, drops texts that are gone, and compiles ``django.mo`` beside it, without GNU gettext. With
``--check`` nothing is written and the exit code says whether anything is missing or stale.
"""

from __future__ import annotations

import ast
import os
import re
import struct
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TypeAlias

#: msgid, or msgid and plural
Key: TypeAlias = tuple[str, ...]
Catalogue: TypeAlias = dict[Key, tuple[str, ...]]

HEADER = (
    "Content-Type: text/plain; charset=UTF-8\nContent-Transfer-Encoding: 8bit\nLanguage: en\n"
    "Plural-Forms: nplurals=2; plural=(n != 1);\n"
)
_CALLS = {"_", "gettext", "gettext_lazy", "gettext_noop", "ngettext", "ngettext_lazy"}
_INLINE = re.compile(r"""_\((["'])(.+?)\1\)""")
_LINE = re.compile(r'(msgid|msgid_plural|msgstr|msgstr\[(\d)\])\s+(".*")')


def _python_texts(file: Path) -> Iterator[Key]:
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.Call):
            continue
        name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
        texts = [a.value for a in node.args if isinstance(a, ast.Constant) and isinstance(a.value, str)]
        if name in _CALLS and texts:
            yield tuple(texts[:2]) if name.startswith("ngettext") else (texts[0],)
        elif name == "MenuItem":
            named = [
                k.value.value
                for k in node.keywords
                if k.arg in ("group", "title") and isinstance(k.value, ast.Constant)
            ]
            yield from ((text,) for text in [*texts[:2], *named] if text)


def _template_texts(file: Path) -> Iterator[Key]:
    from django.template import Template
    from django.templatetags.i18n import BlockTranslateNode, TranslateNode

    source = file.read_text(encoding="utf-8")
    nodes = Template(source).nodelist
    for node in nodes.get_nodes_by_type(TranslateNode):
        literal = getattr(node.filter_expression.var, "literal", node.filter_expression.var)
        if isinstance(literal, str):
            yield (literal,)
    for node in nodes.get_nodes_by_type(BlockTranslateNode):
        forms = [node.render_token_list(tokens)[0] for tokens in (node.singular, node.plural) if tokens]
        yield tuple(forms)
    yield from ((match[2],) for match in _INLINE.finditer(source))


def collect(folder: Path) -> list[Key]:
    """All texts of an app folder, sorted; tests are left out."""
    found: set[Key] = set()
    for file in sorted(folder.rglob("*.py")):
        if "tests" not in file.relative_to(folder).parts:
            found.update(_python_texts(file))
    for file in sorted((folder / "templates").rglob("*.*")):
        if file.suffix in {".html", ".txt"}:
            found.update(_template_texts(file))
    return sorted(found)


def read(po: Path) -> Catalogue:
    """A .po file; the header and obsolete entries are left out."""
    catalogue: Catalogue = {}
    ids: list[str] = []
    texts: list[str] = []
    target: list[str] = ids

    def finish() -> None:
        if ids and ids[0]:
            catalogue[tuple(ids)] = tuple(texts)
        ids.clear()
        texts.clear()

    for line in po.read_text(encoding="utf-8").splitlines() if po.exists() else ():
        if match := _LINE.fullmatch(line.strip()):
            if match[1] == "msgid":
                finish()
            target = ids if match[1].startswith("msgid") else texts
            target.append(ast.literal_eval(match[3]))
        elif line.startswith('"'):
            target[-1] += ast.literal_eval(line)
    finish()
    return catalogue


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


def write(catalogue: Catalogue) -> str:
    """The text of a .po file."""
    lines = ['msgid ""', 'msgstr ""', *(_quoted(f"{line}\n") for line in HEADER.splitlines()), ""]
    for key, texts in sorted(catalogue.items()):
        lines.append(f"msgid {_quoted(key[0])}")
        if len(key) == 2:
            lines.append(f"msgid_plural {_quoted(key[1])}")
            lines += [f"msgstr[{i}] {_quoted(text)}" for i, text in enumerate(texts)]
        else:
            lines.append(f"msgstr {_quoted(texts[0])}")
        lines.append("")
    return "\n".join(lines)


def compile_mo(catalogue: Catalogue) -> bytes:
    """The bytes of a .mo file (GNU gettext, "The Format of GNU MO Files"); untranslated texts are left out."""
    pairs = {"": HEADER} | {"\0".join(k): "\0".join(v) for k, v in catalogue.items() if all(v)}
    rows = sorted((k.encode(), v.encode()) for k, v in pairs.items())
    start = 28 + 16 * len(rows)
    ids, texts, index_of_ids, index_of_texts = b"", b"", [], []
    for key, _text in rows:
        index_of_ids += [len(key), start + len(ids)]
        ids += key + b"\0"
    for _key, text in rows:
        index_of_texts += [len(text), start + len(ids) + len(texts)]
        texts += text + b"\0"
    head = struct.pack("<7I", 0x950412DE, 0, len(rows), 28, 28 + 8 * len(rows), 0, start)
    return head + struct.pack(f"<{4 * len(rows)}I", *index_of_ids, *index_of_texts) + ids + texts


def merged(folder: Path) -> Catalogue:
    """The texts of the app with the English that is known."""
    old = read(folder / "locale/en/LC_MESSAGES/django.po")
    return {key: old.get(key) or ("",) * len(key) for key in collect(folder)}


def faults(folder: Path) -> list[str]:
    """What keeps the English of an app from being complete and compiled."""
    place = folder / "locale/en/LC_MESSAGES"
    catalogue = merged(folder)
    found = [f"{folder.name}: no English for {key[0]!r}" for key, texts in catalogue.items() if not all(texts)]
    if read(place / "django.po").keys() - catalogue.keys():
        found.append(f"{folder.name}: django.po holds texts that no screen shows; run the command again")
    if not (place / "django.mo").exists() or (place / "django.mo").read_bytes() != compile_mo(catalogue):
        found.append(f"{folder.name}: django.mo is not compiled from django.po; run the command again")
    return found


def update(folder: Path) -> None:
    """Write both files of an app."""
    place = folder / "locale/en/LC_MESSAGES"
    place.mkdir(parents=True, exist_ok=True)
    catalogue = merged(folder)
    (place / "django.po").write_text(write(catalogue), encoding="utf-8")
    (place / "django.mo").write_bytes(compile_mo(catalogue))


def main(arguments: list[str]) -> int:
    import django

    folders = [Path(argument).resolve() for argument in arguments if not argument.startswith("-")]
    if not folders:
        print(__doc__, file=sys.stderr)
        return 2
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "greenpark.project.settings")
    django.setup()
    if "--check" not in arguments:
        for folder in folders:
            update(folder)
    found = [fault for folder in folders for fault in faults(folder)]
    print("\n".join(found) or "complete", file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
