"""The domains of this installation, in the order of the menu. Everything else follows by convention:

``domains/<name>/apps.py``        the Django application, label = name
``domains/<name>/ui/urls.py``     ``urlpatterns`` mounted at the site root, ``app_name`` = name
``domains/<name>/ui/menu.py``     ``MENU``: a tuple of ``MenuItem``
``domains/<name>/api/__init__.py``  ``router``: a ninja Router mounted at /api/v1/<name>
``domains/<name>/commands.py``   ``app``: a typer app mounted as ``greenpark <name>``
"""

from __future__ import annotations

from importlib.util import find_spec
from types import ModuleType

DOMAINS: tuple[str, ...] = (
    "accounts",
    "registry",
    "telemetry",
    "carbon",
    "overview",
    "housing",
    "planning",
)


def modules(suffix: str) -> dict[str, ModuleType]:
    """The module ``domains/<name>/<suffix>`` of each domain that has one."""
    from importlib import import_module

    found: dict[str, ModuleType] = {}
    for name in DOMAINS:
        dotted = f"greenpark.domains.{name}.{suffix}"
        try:
            present = find_spec(dotted) is not None
        except ModuleNotFoundError:
            present = False
        if present:
            found[name] = import_module(dotted)
    return found
