"""How to get a store."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import unquote, urlsplit

from greenpark.store.combined import ReadingStore
from greenpark.store.database import Database
from greenpark.store.interface import StoreError
from greenpark.store.postgres import PostgresDatabase
from greenpark.store.sqlite import SqliteDatabase


def open_store(readings_url: str, history_path: str, *, synchronous: str = "FULL") -> ReadingStore:
    """Open (and on first use create) a store.

    readings_url  ``sqlite:///absolute/path.sqlite3`` or ``postgresql://user:password@host:port/name``
    history_path  a folder, a shared disk, or an object store's address
    synchronous   SQLite only: FULL (default, survives power loss) or NORMAL

    One store object serves all threads of a process; open one per process. Raises StoreError for an unknown address.
    """
    return ReadingStore(_database(readings_url, synchronous), history_path)


def _database(url: str, synchronous: str) -> Database:
    parts = urlsplit(url)
    if parts.scheme == "sqlite":
        path = unquote(parts.path)
        # As the application's database address: sqlite:////x and sqlite:///x are both /x, sqlite:///C:/x is C:/x.
        strip = path.startswith("//") or path[2:3] == ":"
        return SqliteDatabase(Path(path[1:] if strip else path), synchronous=synchronous)
    if parts.scheme in ("postgres", "postgresql"):
        return PostgresDatabase(url)
    raise StoreError(f"读数库地址 {parts.scheme}:// 无法识别，应为 sqlite:///路径 或 postgresql://用户@主机/库名")
