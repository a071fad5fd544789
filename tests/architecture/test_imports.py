"""Which way imports point: the linter's contracts, and the core without the framework."""

from __future__ import annotations

import pkgutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

import greenpark

ROOT = Path(__file__).resolve().parents[2]
FREE = ("kernel", "protocols", "engines", "store", "ingest")

#: Imports every module of a package with the framework out of reach; names those that cannot do without.
_BLOCKED = """
import importlib, pkgutil, sys

class Wall:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in ("django", "ninja", "axes", "csp"):
            raise ImportError(f"{name} is out of reach here")

sys.meta_path.insert(0, Wall())
package = importlib.import_module(sys.argv[1])
for module in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
    if ".tests" not in module.name and not module.name.endswith("__main__"):
        importlib.import_module(module.name)
"""


def test_import_contracts() -> None:
    program = Path(sys.executable).with_name("lint-imports")
    command = [str(program)] if program.exists() else [sys.executable, "-m", "importlinter.cli", "lint-imports"]
    done = subprocess.run([*command, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]


@pytest.mark.parametrize("package", FREE)
def test_the_core_needs_no_framework(package: str) -> None:
    command = [sys.executable, "-W", "ignore", "-c", _BLOCKED, f"greenpark.{package}"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stderr[-3000:]


def test_every_domain_has_contracts_and_an_app() -> None:
    domains = find_spec("greenpark.domains")
    assert domains is not None
    for found in pkgutil.iter_modules(domains.submodule_search_locations):
        folder = Path(next(iter(greenpark.__path__))) / "domains" / found.name
        if (folder / "models.py").exists() or (folder / "models").exists():
            assert (folder / "apps.py").exists(), found.name
            assert (folder / "contracts.py").exists() or (folder / "contracts").exists(), found.name
