"""Backup and restore of the database and the history as one consistent pair.

Layout of a backup::

    manifest.json             one line per file: path, bytes, SHA-256; format version
    database/                 the dump of the database
    history/<table>/          the data files that the table's version names, and its log

Both sides are taken under the seal lock: nothing moves from one to the other meanwhile, so each reading is in exactly
the side that the other one expects. Appends go on; those after the dump of the database began are not in it.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import unquote, urlsplit

from greenpark.store.database import Database
from greenpark.store.delta import Partitioned, translated
from greenpark.store.interface import NotEmpty, StoreError

FORMAT = 1
_MANIFEST = "manifest.json"


def copy_out(database: Database, tables: Sequence[Partitioned], root: str, target: Path) -> None:
    """Write a backup into an empty or new folder. Raises NotEmpty."""
    if target.exists() and any(target.iterdir()):
        raise NotEmpty(f"{target}：备份目录不为空，请指定一个空目录")
    base = _folder(root)
    with translated(str(target)):
        (target / "database").mkdir(parents=True)
        database.dump(target / "database")
        for table in tables:
            _copy_table(table, base, target / "history")
        entries = [_entry(file, target) for file in sorted(target.rglob("*")) if file.is_file()]
        manifest = {"format": FORMAT, "files": entries}
        (target / _MANIFEST).write_text(json.dumps(manifest, indent=1), encoding="utf-8")


def _copy_table(table: Partitioned, base: Path, target: Path) -> None:
    current = table.table()
    folder = _folder(table.uri)
    below = target / folder.relative_to(base)
    for uri in current.file_uris():
        file = _folder(uri)
        goal = below / file.relative_to(folder)
        goal.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(file, goal)
    log = below / "_delta_log"
    log.mkdir(parents=True, exist_ok=True)
    for file in sorted((folder / "_delta_log").iterdir()):
        if file.is_file() and not file.name.endswith(".tmp"):
            shutil.copy2(file, log / file.name)


def put_back(database: Database, tables: Sequence[Partitioned], root: str, source: Path) -> None:
    """Check a backup byte by byte and put it into an empty store. Raises NotEmpty, StoreError."""
    _verify(source)
    with database.reading() as session:
        if any(session.one(f"SELECT 1 FROM {table} LIMIT 1") for table in ("inbox", "latest", "frames")):
            raise NotEmpty(f"{database.name}：其中已有数据，只能恢复到空的存储中")
    base = _folder(root)
    if any(table.table().file_uris() for table in tables):
        raise NotEmpty(f"{base}：历史目录中已有数据，只能恢复到空的存储中")
    with translated(str(base)):
        for table in tables:
            folder = _folder(table.uri)
            shutil.rmtree(folder)
            saved = source / "history" / folder.relative_to(base)
            shutil.copytree(saved, folder)
            table.forget()
        database.load(source / "database")


def _verify(source: Path) -> None:
    try:
        manifest = json.loads((source / _MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise StoreError(f"{source}：不是完整的备份（缺少可读的 {_MANIFEST}）") from error
    if manifest.get("format") != FORMAT:
        raise StoreError(f"{source}：备份格式 {manifest.get('format')}，本程序只认 {FORMAT}")
    for entry in manifest["files"]:
        file = source / entry["path"]
        if not file.is_file() or _entry(file, source) != entry:
            raise StoreError(f"{file}：备份文件缺失或已损坏（与清单中的校验和不符），请改用另一份备份")


def _entry(file: Path, root: Path) -> dict[str, object]:
    with file.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
    return {"path": file.relative_to(root).as_posix(), "bytes": file.stat().st_size, "sha256": digest}


def _folder(uri: str) -> Path:
    """The folder of a path or file:// address; an object store has its own copies and versions."""
    parts = urlsplit(uri)
    if parts.scheme == "file":
        return Path(unquote(parts.path))
    if "://" in uri:
        raise StoreError(f"{uri}：对象存储请使用其自身的版本与复制功能备份")
    return Path(uri)
