"""Set up the project's own environment in .venv. Standard library only; works from any folder; safe to run twice.

    python3 scripts/bootstrap.py run    what the product needs
    python3 scripts/bootstrap.py dev    and what its tests need

Packages are pinned by hash in requirements.lock and requirements-dev.lock. uv installs them when it is present or can
be fetched into .tools; otherwise pip does. A site's package mirror configured for pip is honoured.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
VENV = ROOT / ".venv"
TOOLS = ROOT / ".tools"
LOCKS = {"run": ROOT / "requirements.lock", "dev": ROOT / "requirements-dev.lock"}
PYTHON = VENV / "bin" / "python"


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def stop(what: str, fix: str) -> None:
    say(f"\n安装未完成：{what}\nSetup failed: {what}\n请执行 / fix with:\n    {fix}")
    raise SystemExit(1)


def stamp_of(kind: str) -> str:
    digest = hashlib.sha256(LOCKS[kind].read_bytes())
    digest.update(f"{sys.version_info[:3]} {ROOT}".encode())
    return digest.hexdigest()


def is_ready(kind: str) -> bool:
    """Whether the environment holds what ``kind`` asks for (dev includes run)."""
    for candidate in ("dev", kind):
        stamp = VENV / f"greenpark-{candidate}.stamp"
        if PYTHON.exists() and stamp.exists() and stamp.read_text() == stamp_of(candidate):
            return True
    return False


def run(*command: str | Path, env: dict[str, str] | None = None) -> bool:
    return subprocess.run([str(c) for c in command], env=env, stdout=sys.stderr, check=False).returncode == 0


def make_venv() -> None:
    if PYTHON.exists() and run(PYTHON, "-c", "pass"):
        return
    shutil.rmtree(VENV, ignore_errors=True)
    if not run(sys.executable, "-m", "venv", VENV) and not run(sys.executable, "-m", "venv", "--without-pip", VENV):
        stop("python3 cannot make a virtual environment", "apt-get install -y python3-venv")


def pip_setting(name: str) -> str:
    """A setting of the site's pip (a package mirror, say); empty when there is none."""
    answer = subprocess.run(
        [sys.executable, "-m", "pip", "config", "get", f"global.{name}"], capture_output=True, text=True, check=False
    )
    return answer.stdout.strip() if answer.returncode == 0 else ""


def find_uv() -> Path | None:
    if found := shutil.which("uv"):
        return Path(found)
    mine = TOOLS / "bin" / "uv"
    if not mine.exists():
        say("准备安装工具 … fetching the installer")
        run(sys.executable, "-m", "pip", "install", "--quiet", "--target", TOOLS, "uv")
    return mine if mine.exists() else None


def uv_environment() -> dict[str, str]:
    env = dict(os.environ)
    if mirror := pip_setting("index-url"):
        env.setdefault("UV_DEFAULT_INDEX", mirror)
    if certificate := pip_setting("cert"):
        env.setdefault("SSL_CERT_FILE", certificate)
    return env


def install(kind: str) -> None:
    lock = LOCKS[kind]
    uv = find_uv()
    if uv and run(
        uv, "pip", "install", "--quiet", "--require-hashes", "-r", lock, "--python", PYTHON, env=uv_environment()
    ):
        return
    say("改用 pip 安装 … installing with pip")
    own_pip = run(PYTHON, "-m", "pip", "--version")
    pip = [PYTHON, "-m", "pip"] if own_pip else [sys.executable, "-m", "pip", "--python", PYTHON]
    if not run(*pip, "install", "--quiet", "--require-hashes", "-r", lock):
        stop(
            f"the packages of {lock.name} could not be installed",
            f"{PYTHON} -m pip install --require-hashes -r {lock}",
        )


def link_source() -> None:
    """Make ``import greenpark`` work in the environment, from this checkout."""
    packages = next((VENV / "lib").glob("python3.*")) / "site-packages"
    (packages / "greenpark.pth").write_text(f"{ROOT / 'src'}\n", encoding="utf-8")


def main(kind: str) -> None:
    if sys.version_info < (3, 11):  # noqa: UP036 - this file runs before the version is settled
        stop(f"Python 3.11 or newer is needed, this is {sys.version.split()[0]}", "apt-get install -y python3.11")
    if is_ready(kind):
        return
    with (ROOT / ".bootstrap.lock").open("w") as guard:
        fcntl.flock(guard, fcntl.LOCK_EX)
        if is_ready(kind):
            return
        say("首次运行，正在准备环境 … setting up the environment (once)")
        make_venv()
        install(kind)
        link_source()
        (VENV / f"greenpark-{kind}.stamp").write_text(stamp_of(kind))


if __name__ == "__main__":
    try:
        main(sys.argv[1] if len(sys.argv) > 1 else "run")
    except OSError as problem:
        stop(f"{problem.filename}: {problem.strerror}", f"chown -R $(id -un) '{ROOT}'")
