"""The inbox database in one SQLite file, in WAL mode: one writer at a time, readers never wait."""

from __future__ import annotations

import json
import os
import sqlite3
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from functools import lru_cache
from itertools import chain, repeat
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from greenpark.kernel.quality import CONTENT_BITS
from greenpark.kernel.readings import Int32s, Int64s, Readings
from greenpark.store import schema
from greenpark.store.database import Rows
from greenpark.store.interface import DiskFull, StoreBusy, StoreError

_FULL = {"SQLITE_FULL", "SQLITE_IOERR_WRITE", "SQLITE_IOERR_FSYNC", "SQLITE_IOERR_SHMSIZE", "SQLITE_IOERR_TRUNCATE"}
_BUSY = {"SQLITE_BUSY", "SQLITE_BUSY_SNAPSHOT", "SQLITE_BUSY_TIMEOUT", "SQLITE_LOCKED"}

_TRIGGER = """CREATE TRIGGER IF NOT EXISTS inbox_replaced AFTER UPDATE ON inbox BEGIN
  INSERT INTO replaced (point, ts, arrival, value, quality, frame, by_frame)
  VALUES (old.point, old.ts, new.arrival, old.value, old.quality, old.frame, new.frame)
  ON CONFLICT (point, ts, arrival, value, quality, frame) DO UPDATE SET by_frame = excluded.by_frame;
END"""

_UPSERT_READING = f"""INSERT INTO inbox (ts, point, value, quality, frame, arrival) VALUES (?, ?, ?, ?, ?, ?)
ON CONFLICT (ts, point) DO UPDATE
SET value = excluded.value, quality = excluded.quality, frame = excluded.frame, arrival = excluded.arrival
WHERE inbox.value <> excluded.value OR (inbox.quality & {CONTENT_BITS}) <> (excluded.quality & {CONTENT_BITS})"""


def _translated(error: sqlite3.Error, name: str) -> StoreError:
    code = getattr(error, "sqlite_errorname", "") or ""
    if code in _FULL:
        return DiskFull(f"{name}：没有写入空间（{code}：{error}）。本次数据未写入，腾出磁盘空间后重试即可")
    if code in _BUSY:
        return StoreBusy(f"{name}：另一进程占用写锁过久（{code}）。本次数据未写入，请重试")
    return StoreError(f"{name}：{code} {error}")


#: Rows of one INSERT. Each statement gives Python's lock away and has to win it back: thousands of rows at a time cost
#: half as much as one by one, and a busy thread beside does not slow the commit down.
_ROWS = (1000, 100, 10, 1)
#: Parameters that a statement may have in every SQLite since 3.32.
_MOST_PARAMETERS = 32_766


@lru_cache(maxsize=256)
def _widened(sql: str, rows: int) -> str:
    """An INSERT of one row of parameters as one of several."""
    head, given, tail = _split(sql)
    return f"{head}VALUES {', '.join([f'({given})'] * rows)}{tail}"


@lru_cache(maxsize=256)
def _split(sql: str) -> tuple[str, str, str]:
    """Before, between and after the parentheses of ``VALUES (?, ?)``."""
    head, _, rest = sql.partition("VALUES (")
    given, _, tail = rest.partition(")")
    return head, given, tail


class SqliteSession:
    """One connection. See :class:`greenpark.store.database.Session`."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection = connection

    def run(self, sql: str, params: Sequence[Any] = ()) -> int:
        return self.connection.execute(sql, params).rowcount

    def run_many(self, sql: str, rows: Iterable[Sequence[Any]]) -> None:
        if set(_split(sql)[1]) == set("?, "):
            self._insert(sql, rows)
        else:
            self.connection.executemany(sql, rows)

    def _insert(self, sql: str, rows: Iterable[Sequence[Any]]) -> int:
        """``INSERT … VALUES (?, …) …`` for all rows; returns how many the statements themselves wrote."""
        flat = list(chain.from_iterable(rows))
        width = _split(sql)[1].count("?")
        at = written = 0
        for size in _ROWS:
            step = size * width
            count = (len(flat) - at) // step if step <= _MOST_PARAMETERS else 0
            if count:
                end = at + count * step
                parts = (flat[i : i + step] for i in range(at, end, step))
                written += self.connection.executemany(_widened(sql, size), parts).rowcount
                at = end
        return written

    def one(self, sql: str, params: Sequence[Any] = ()) -> tuple[Any, ...] | None:
        row: tuple[Any, ...] | None = self.connection.execute(sql, params).fetchone()
        return row

    def all(self, sql: str, params: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        return self.connection.execute(sql, params).fetchall()

    def columns(self, sql: str, params: Sequence[Any], dtype: np.dtype[np.void]) -> Rows:
        return np.fromiter(self.connection.execute(sql, params), dtype=dtype)

    def upsert_readings(self, readings: Readings, arrival: int) -> tuple[int, int]:
        # rowcount adds up what the statements changed themselves; total_changes also what their triggers inserted.
        before = self.connection.total_changes
        rows = zip(
            readings.times.tolist(), readings.points.tolist(), readings.values.tolist(), readings.quality.tolist(),
            readings.frames.tolist(), repeat(arrival),
        )  # fmt: skip
        written = self._insert(_UPSERT_READING, rows)
        replaced = self.connection.total_changes - before - written
        return written - replaced, replaced

    def arrived(self, points: Int32s, times: Int64s, arrival: int) -> npt.NDArray[np.bool_]:
        sql = "SELECT 1 FROM inbox WHERE ts = ? AND point = ? AND arrival = ?"
        find = self.connection.execute
        hits = (
            find(sql, (t, p, arrival)).fetchone() is not None
            for t, p in zip(times.tolist(), points.tolist(), strict=True)
        )
        return np.fromiter(hits, dtype=np.bool_, count=len(points))

    def upsert(self, table: str, key: Sequence[str], columns: dict[str, npt.NDArray[Any]], where: str = "") -> None:
        names = list(columns)
        sets = ", ".join(f"{c} = excluded.{c}" for c in names if c not in key)
        sql = (
            f"INSERT INTO {table} ({', '.join(names)}) VALUES ({', '.join('?' * len(names))}) "
            f"ON CONFLICT ({', '.join(key)}) DO UPDATE SET {sets} {'WHERE ' + where if where else ''}"
        )
        self._insert(sql, zip(*(c.tolist() for c in columns.values()), strict=True))


class SqliteDatabase:
    """See :class:`greenpark.store.database.Database`.

    ``synchronous`` FULL waits for the disk at each commit; NORMAL survives the death of the process but may lose the
    last commits when the power fails.
    """

    def __init__(self, path: Path, *, synchronous: str = "FULL", wait_s: float = 30.0) -> None:
        if synchronous not in ("FULL", "NORMAL"):
            raise ValueError(f"synchronous {synchronous!r}; FULL or NORMAL")
        self.path = path
        self.name = str(path)
        self._synchronous = synchronous
        self._wait_s = wait_s
        self._lock = threading.RLock()
        self._mine = threading.local()
        self._writer: tuple[int, sqlite3.Connection] | None = None
        path.parent.mkdir(parents=True, exist_ok=True)
        self._create()

    def _create(self) -> None:
        serial = "INTEGER PRIMARY KEY AUTOINCREMENT"
        with self.writing() as session:
            for sql in (*schema.statements(serial=serial, blob="BLOB", without_rowid=" WITHOUT ROWID"), _TRIGGER):
                session.run(sql)
            found = session.one("SELECT value FROM meta WHERE name = 'schema'")
        if found and found[0] != schema.VERSION:
            raise StoreError(f"{self.name}：数据格式版本 {found[0]}，本程序只认 {schema.VERSION}，请使用匹配的程序版本")

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(
            self.path, timeout=self._wait_s, isolation_level=None, check_same_thread=False, cached_statements=64
        )
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute(f"PRAGMA synchronous={self._synchronous}")
        connection.execute("PRAGMA wal_autocheckpoint=8000")
        connection.execute("PRAGMA cache_size=-32000")
        connection.execute("PRAGMA temp_store=MEMORY")
        return connection

    @contextmanager
    def writing(self) -> Iterator[SqliteSession]:
        with self._lock:
            try:
                connection = self._write_connection()
                connection.execute("BEGIN IMMEDIATE")
                try:
                    yield SqliteSession(connection)
                    connection.execute("COMMIT")
                except BaseException:
                    if connection.in_transaction:
                        connection.execute("ROLLBACK")
                    raise
            except sqlite3.Error as error:
                raise _translated(error, self.name) from error

    def _write_connection(self) -> sqlite3.Connection:
        # A connection must not be carried over a fork.
        if self._writer is None or self._writer[0] != os.getpid():
            self._writer = (os.getpid(), self._connect())
        return self._writer[1]

    @contextmanager
    def reading(self) -> Iterator[SqliteSession]:
        try:
            held: tuple[int, sqlite3.Connection] | None = getattr(self._mine, "held", None)
            if held is None or held[0] != os.getpid():
                held = (os.getpid(), self._connect())
                held[1].execute("PRAGMA query_only=1")
                self._mine.held = held
            yield SqliteSession(held[1])
        except sqlite3.Error as error:
            raise _translated(error, self.name) from error

    @contextmanager
    def sealing(self) -> Iterator[None]:
        # A second small database as the lock: works on every platform and lets go when the process dies.
        file = self.path.with_name(self.path.name + "-seal")
        try:
            with closing(sqlite3.connect(file, timeout=max(self._wait_s, 600), isolation_level=None)) as lock:
                lock.execute("BEGIN EXCLUSIVE")
                yield
                lock.execute("ROLLBACK")
        except sqlite3.Error as error:
            raise _translated(error, str(file)) from error

    def among(self, column: str, points: Int32s) -> tuple[str, Any]:
        if len(points) == 1:
            return f"{column} = ?", int(points[0])
        return f"{column} IN (SELECT value FROM json_each(?))", json.dumps(points.tolist())

    def tidy(self) -> None:
        with self._lock:
            try:
                connection = self._write_connection()
                connection.execute("PRAGMA optimize")
                connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            except sqlite3.Error as error:
                raise _translated(error, self.name) from error

    def dump(self, target: Path) -> None:
        try:
            with self.reading() as session, closing(sqlite3.connect(target / "readings.sqlite3")) as copy:
                session.connection.backup(copy)
                copy.execute("PRAGMA journal_mode=DELETE")
        except sqlite3.Error as error:
            raise _translated(error, str(target)) from error

    def load(self, source: Path) -> None:
        file = source / "readings.sqlite3"
        if not file.exists():
            raise StoreError(f"{source}：备份中没有 readings.sqlite3（备份来自 PostgreSQL 时请恢复到 PostgreSQL）")
        with self._lock:
            try:
                with closing(sqlite3.connect(file)) as copy:
                    copy.backup(self._write_connection())
            except sqlite3.Error as error:
                raise _translated(error, self.name) from error

    def close(self) -> None:
        with self._lock:
            if self._writer is not None and self._writer[0] == os.getpid():
                self._writer[1].close()
            self._writer = None
        held = getattr(self._mine, "held", None)
        if held is not None and held[0] == os.getpid():
            held[1].close()
        self._mine.held = None
