"""What `./test` runs: style, types, borders between layers, then the tests. The last lines are pytest's own count.

./test                the whole suite
./test --nightly      and the long checks
./test --no-lint …    tests only; anything else is passed on to pytest
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
BIN = ROOT / ".venv" / "bin"
#: Debian package -> how to tell that it is there.
DEBIAN = {
    "chromium": lambda: shutil.which("chromium"),
    "mosquitto": lambda: shutil.which("mosquitto") or Path("/usr/sbin/mosquitto").exists(),
    "fonts-noto-cjk": lambda: any(Path("/usr/share/fonts").rglob("NotoSansCJK*")),
}
#: Layers in which every function is fully typed, and the pure modules of the domains.
STRICT = ["kernel", "protocols", "engines", "store", "ingest"]


def install_debian_packages() -> list[str]:
    """Install what the tests of real parts need, when we may; return what is still missing."""
    missing = [name for name, there in DEBIAN.items() if not there()]
    if not missing or not shutil.which("apt-get"):
        return missing
    prefix = [] if os.geteuid() == 0 else ["sudo", "-n"]
    if prefix and not shutil.which("sudo"):
        return missing
    print(f"installing from Debian: {' '.join(missing)}", flush=True)
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    quiet = {"stdout": subprocess.DEVNULL, "env": environment, "stdin": subprocess.DEVNULL, "check": False}
    subprocess.run([*prefix, "apt-get", "-q", "update"], **quiet)
    subprocess.run([*prefix, "apt-get", "-q", "-y", "--no-install-recommends", "install", *missing], **quiet)
    return [name for name, there in DEBIAN.items() if not there()]


def strict_paths() -> list[str]:
    source = ROOT / "src" / "greenpark"
    layers = [source / layer for layer in STRICT]
    pure = [p for name in ("rules", "contracts") for p in source.glob(f"domains/*/{name}*")]
    return [str(p.relative_to(ROOT)) for p in [*layers, *sorted(pure)] if p.exists()]


def step(title: str, *command: str | Path) -> bool:
    print(f"— {title}", flush=True)
    return subprocess.run([str(c) for c in command], cwd=ROOT, check=False).returncode == 0


def main(arguments: list[str]) -> int:
    nightly = "--nightly" in arguments
    lint = "--no-lint" not in arguments
    rest = [a for a in arguments if a not in ("--nightly", "--no-lint")]
    missing = install_debian_packages()
    good = True
    if lint:
        good &= step("ruff: style", BIN / "ruff", "check", "src", "tests", "bench", "scripts")
        good &= step("ruff: format", BIN / "ruff", "format", "--check", "src", "tests", "bench", "scripts")
        good &= step("mypy: types", BIN / "mypy", *strict_paths())
        good &= step("import-linter: borders", BIN / "lint-imports")
    if missing:
        print(f"not installed, so their tests are skipped and counted below: {', '.join(missing)}")
        print(f"    fix with: apt-get install -y {' '.join(missing)}", flush=True)
    marks = "" if nightly else "not nightly"
    workers = [] if any(a.startswith("-n") for a in rest) else ["-n", "2", "--dist", "loadgroup"]
    good &= step("pytest", BIN / "python", "-m", "pytest", "-m", marks, "-rfEs", *workers, *rest)
    if not good:
        print("FAILED: see the first step above that reports an error", file=sys.stderr)
    return 0 if good else 1


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
