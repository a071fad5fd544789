"""The page frame's own addresses."""

from __future__ import annotations

from tests.access.framework import Row

ROWS = [
    Row("shell:home", "", ok=(302, 403)),
    Row("shell:scope", "", method="post", data=lambda w: {"scope": ""}),
    Row("shell:language", None, method="post", data=lambda w: {"language": "en"}),
]
