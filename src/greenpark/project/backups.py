"""Backup and restore of a whole installation: application database, readings, history, evidence, configuration.

A backup can be made while everything runs. Each store is copied consistently by its own means; between them a few
seconds may lie, which is harmless: readings that came in meanwhile are in the one, and ledgers refer to older ones.
"""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import Iterator
from datetime import datetime
from hashlib import sha256
from pathlib import Path

from django.conf import settings
from django.core.management import call_command
from django.db import connection

from greenpark.domains.telemetry import facade as telemetry

APPLICATION = "application.sqlite3"
DUMP = "application.json"
MANIFEST = "backup.json"
#: Files and folders below var that are copied as they are.
PLAIN = ("secret-key", "gateways.toml", "evidence", "housing-key", "housing")


class BackupRefused(ValueError):
    """The target is not empty, the installation is not empty, or the backup is damaged."""


def backup(target: Path, *, now: datetime) -> Iterator[str]:
    """Copy everything into an empty folder, saying what was done. Raises BackupRefused."""
    target.mkdir(parents=True, exist_ok=True)
    if any(target.iterdir()):
        raise BackupRefused(f"{target} 不是空文件夹")
    _copy_application(target)
    yield "已备份应用数据库"
    telemetry.access().store.backup(target / "readings")
    yield "已备份读数与历史"
    for name in PLAIN:
        _copy(Path(settings.VAR) / name, target / name)
    digests = {str(f.relative_to(target)): _digest(f) for f in sorted(target.rglob("*")) if f.is_file()}
    manifest = {"made_at": now.isoformat(), "database": connection.vendor, "sha256": digests}
    (target / MANIFEST).write_text(json.dumps(manifest, indent=1), encoding="utf-8")
    yield f"完成：{len(digests)} 个文件，清单 {target / MANIFEST}"


def _copy_application(target: Path) -> None:
    if connection.vendor == "sqlite":
        with (
            sqlite3.connect(str(settings.DATABASES["default"]["NAME"])) as live,
            sqlite3.connect(target / APPLICATION) as copy,
        ):
            live.backup(copy)
        return
    call_command("dumpdata", "--natural-foreign", "--exclude=contenttypes", "--exclude=auth.permission",
                 "--exclude=sessions", "--output", str(target / DUMP), verbosity=0)  # fmt: skip


def _copy(source: Path, target: Path) -> None:
    if source.is_dir():
        shutil.copytree(source, target)
    elif source.exists():
        shutil.copy2(source, target)


def _digest(file: Path) -> str:
    with file.open("rb") as data:
        digest = sha256()
        while chunk := data.read(1 << 20):
            digest.update(chunk)
    return digest.hexdigest()


def check(source: Path) -> dict[str, str]:
    """The manifest's digests. Raises BackupRefused naming the first file that is missing or changed."""
    try:
        manifest = json.loads((source / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError) as problem:
        raise BackupRefused(f"{source} 不是备份：{problem}") from problem
    digests: dict[str, str] = manifest["sha256"]
    for name, expected in digests.items():
        file = source / name
        if not file.is_file() or _digest(file) != expected:
            raise BackupRefused(f"备份已损坏：{name} 缺失或被改动")
    return digests


def restore(source: Path) -> Iterator[str]:
    """Put a checked backup into the present, empty installation. Raises BackupRefused; then nothing is written."""
    digests = check(source)
    var = Path(settings.VAR)
    if _in_use():
        raise BackupRefused(f"{var} 已有数据。请把 GREENPARK_VAR 指向新的文件夹后再恢复")
    var.mkdir(parents=True, exist_ok=True)
    yield f"备份完好，{len(digests)} 个文件"
    connection.close()
    if (source / APPLICATION).exists():
        shutil.copy2(source / APPLICATION, settings.DATABASES["default"]["NAME"])
    else:
        call_command("migrate", verbosity=0)
        call_command("loaddata", str(source / DUMP), verbosity=0)
    yield "已恢复应用数据库"
    telemetry.access().store.restore(source / "readings")
    yield "已恢复读数与历史"
    for name in PLAIN:
        _copy(source / name, var / name)
    yield "完成"


def _in_use() -> bool:
    if connection.vendor == "sqlite" and not Path(settings.DATABASES["default"]["NAME"]).exists():
        return False
    return bool(connection.introspection.table_names())
