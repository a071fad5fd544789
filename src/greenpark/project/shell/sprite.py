"""Build the icon sprite: ``python -m greenpark.project.shell.sprite FOLDER`` with the outline icons of Tabler (MIT).

``icons.txt`` lists what the product may draw, one name a line. The sprite holds these and no others, so a page
loads one small file. See docs/how-to/add-a-screen.md for how to get the folder.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
NAMES = HERE / "icons.txt"
SPRITE = HERE / "static" / "shell" / "vendor" / "icons.svg"

_SHAPE = re.compile(r"<(?:path|circle|rect|line|polyline|polygon|ellipse)\b[^>]*/>")
_BOUNDING_BOX = 'd="M0 0h24v24H0z"'


class IconMissing(LookupError):
    """icons.txt names an icon that the folder does not hold."""


def names() -> tuple[str, ...]:
    """The icons of the product, sorted."""
    return tuple(sorted({line.strip() for line in NAMES.read_text(encoding="utf-8").splitlines() if line.strip()}))


def symbol(name: str, svg: str) -> str:
    """One ``<symbol>`` with the shapes of an icon file; the invisible bounding box is left out."""
    shapes = "".join(shape for shape in _SHAPE.findall(svg) if _BOUNDING_BOX not in shape)
    return (
        f'<symbol id="{name}" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="1.75" '
        f'stroke-linecap="round" stroke-linejoin="round">{shapes}</symbol>'
    )


def build(folder: Path) -> str:
    """The sprite of all names. Raises IconMissing."""
    parts = []
    for name in names():
        file = folder / f"{name}.svg"
        if not file.exists():
            raise IconMissing(f"{name}: no such outline icon in {folder}; correct icons.txt")
        parts.append(symbol(name, file.read_text(encoding="utf-8")))
    head = "<!-- Tabler Icons, MIT licence, see tabler-icons.LICENSE -->"
    return f'<svg xmlns="http://www.w3.org/2000/svg">{head}' + "\n".join(parts) + "</svg>\n"


def main(arguments: list[str]) -> int:
    if len(arguments) != 1:
        print(__doc__, file=sys.stderr)
        return 2
    SPRITE.write_text(build(Path(arguments[0])), encoding="utf-8")
    print(f"{SPRITE}: {len(names())} icons", file=sys.stderr)
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
