"""The inbox database in PostgreSQL, in a schema of its own. Bulk data moves by COPY in binary."""

from __future__ import annotations

import os
import struct
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import psycopg
from psycopg import sql as names

from greenpark.kernel.quality import CONTENT_BITS
from greenpark.kernel.readings import Int32s, Int64s, Readings
from greenpark.store import schema
from greenpark.store.database import Rows
from greenpark.store.interface import DiskFull, StoreBusy, StoreError

SCHEMA = "greenpark_readings"
#: Advisory locks of this product in the database.
_WRITE_LOCK, _SEAL_LOCK = 4_735_101, 4_735_102

_HEADER = b"PGCOPY\n\xff\r\n\x00" + struct.pack(">ii", 0, 0)
_END = struct.pack(">h", -1)
_TYPES = {"i4": "int4", "i8": "int8", "f8": "float8"}

_STAGED = ("inbox", "latest", *schema.ROLLUP_TABLES.values())
_GONE = f"""INSERT INTO replaced (point, ts, arrival, value, quality, frame, by_frame)
SELECT i.point, i.ts, s.arrival, i.value, i.quality, i.frame, s.frame FROM stage_inbox s JOIN inbox i USING (ts, point)
WHERE i.value <> s.value OR (i.quality & {CONTENT_BITS}) <> (s.quality & {CONTENT_BITS})
ON CONFLICT (point, ts, arrival, value, quality, frame) DO UPDATE SET by_frame = excluded.by_frame"""
_COME = f"""INSERT INTO inbox (ts, point, value, quality, frame, arrival)
SELECT ts, point, value, quality, frame, arrival FROM stage_inbox ON CONFLICT (ts, point) DO UPDATE
SET value = excluded.value, quality = excluded.quality, frame = excluded.frame, arrival = excluded.arrival
WHERE inbox.value <> excluded.value OR (inbox.quality & {CONTENT_BITS}) <> (excluded.quality & {CONTENT_BITS})"""
_ARRIVED = """SELECT i.ts IS NOT NULL FROM unnest(?::int8[], ?::int4[]) WITH ORDINALITY AS a (ts, point, n)
LEFT JOIN inbox i ON i.ts = a.ts AND i.point = a.point AND i.arrival = ? ORDER BY a.n"""


def _own(sql: str) -> bytes:
    """Statements are put together from constants of this package only; values are always parameters."""
    return sql.replace("?", "%s").encode()


def _translated(error: psycopg.Error, name: str) -> StoreError:
    if isinstance(error, psycopg.errors.DiskFull):
        return DiskFull(f"{name}：没有写入空间（{error}）。本次数据未写入，腾出磁盘空间后重试即可")
    if isinstance(error, psycopg.errors.LockNotAvailable | psycopg.errors.DeadlockDetected):
        return StoreBusy(f"{name}：另一进程占用写锁过久（{error}）。本次数据未写入，请重试")
    return StoreError(f"{name}：{type(error).__name__} {error}")


def _framed(dtype: np.dtype[np.void]) -> np.dtype[np.void]:
    """How one row of these columns lies in a binary COPY stream."""
    parts: list[tuple[str, str]] = [("_fields", ">i2")]
    for name in dtype.names or ():
        parts += [(f"_{name}", ">i4"), (name, dtype[name].newbyteorder(">").str)]
    return np.dtype(parts)


def _packed(columns: dict[str, npt.NDArray[Any]]) -> bytes:
    """Columns as a binary COPY stream."""
    framed = _framed(np.dtype([(name, column.dtype) for name, column in columns.items()]))
    rows = np.empty(len(next(iter(columns.values()))), framed)
    rows["_fields"] = len(columns)
    for name, column in columns.items():
        rows[f"_{name}"] = column.dtype.itemsize
        rows[name] = column
    return _HEADER + rows.tobytes() + _END


class PostgresSession:
    """One connection. See :class:`greenpark.store.database.Session`."""

    def __init__(self, connection: psycopg.Connection) -> None:
        self._connection = connection

    def run(self, sql: str, params: Sequence[Any] = ()) -> int:
        return self._connection.execute(_own(sql), params).rowcount

    def run_many(self, sql: str, rows: Iterable[Sequence[Any]]) -> None:
        with self._connection.cursor() as cursor:
            cursor.executemany(_own(sql), rows)

    def one(self, sql: str, params: Sequence[Any] = ()) -> tuple[Any, ...] | None:
        return self._connection.execute(_own(sql), params).fetchone()

    def all(self, sql: str, params: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        return self._connection.execute(_own(sql), params).fetchall()

    def columns(self, sql: str, params: Sequence[Any], dtype: np.dtype[np.void]) -> Rows:
        wanted = []
        for name in dtype.names or ():
            kind = dtype[name].str[1:]
            wanted.append(f"coalesce({name}, 'NaN')::float8" if kind == "f8" else f"{name}::{_TYPES[kind]}")
        statement = f"COPY (SELECT {', '.join(wanted)} FROM ({sql}) AS chosen) TO STDOUT (FORMAT binary)"
        with self._connection.cursor() as cursor, cursor.copy(_own(statement), params) as copy:
            stream = b"".join(copy)
        framed = np.frombuffer(stream, _framed(dtype), offset=len(_HEADER), count=self._rows(stream, dtype))
        rows = np.empty(len(framed), dtype)
        for name in dtype.names or ():
            rows[name] = framed[name]
        return rows

    @staticmethod
    def _rows(stream: bytes, dtype: np.dtype[np.void]) -> int:
        return (len(stream) - len(_HEADER) - len(_END)) // _framed(dtype).itemsize

    def _stage(self, table: str, columns: dict[str, npt.NDArray[Any]]) -> None:
        self._connection.execute(_own(f"TRUNCATE stage_{table}"))
        listed = ", ".join(columns)
        statement = _own(f"COPY stage_{table} ({listed}) FROM STDIN (FORMAT binary)")
        with self._connection.cursor() as cursor, cursor.copy(statement) as copy:
            copy.write(_packed(columns))

    def copy_in(self, table: str, file: Path) -> None:
        """Rows of a dump."""
        statement = _own(f"COPY {table} FROM STDIN (FORMAT binary)")
        with file.open("rb") as source, self._connection.cursor() as cursor, cursor.copy(statement) as copy:
            while block := source.read(1 << 20):
                copy.write(block)

    def upsert_readings(self, readings: Readings, arrival: int) -> tuple[int, int]:
        columns: dict[str, npt.NDArray[Any]] = {
            "ts": readings.times, "point": readings.points, "value": readings.values, "quality": readings.quality,
            "frame": readings.frames, "arrival": np.full(len(readings), arrival, np.int64),
        }  # fmt: skip
        self._stage("inbox", columns)
        replaced = self.run(_GONE)
        return self.run(_COME) - replaced, replaced

    def arrived(self, points: Int32s, times: Int64s, arrival: int) -> npt.NDArray[np.bool_]:
        rows = self.all(_ARRIVED, (times.tolist(), points.tolist(), arrival))
        return np.array([row[0] for row in rows], np.bool_)

    def upsert(self, table: str, key: Sequence[str], columns: dict[str, npt.NDArray[Any]], where: str = "") -> None:
        self._stage(table, columns)
        given = ", ".join(f"NULLIF({n}, 'NaN')" if c.dtype.kind == "f" else n for n, c in columns.items())
        sets = ", ".join(f"{name} = excluded.{name}" for name in columns if name not in key)
        self.run(
            f"INSERT INTO {table} ({', '.join(columns)}) SELECT {given} FROM stage_{table} "
            f"ON CONFLICT ({', '.join(key)}) DO UPDATE SET {sets} {'WHERE ' + where if where else ''}"
        )


class PostgresDatabase:
    """See :class:`greenpark.store.database.Database`. Writers queue on an advisory lock, so that appends are committed
    in the order of their numbers."""

    def __init__(self, url: str, *, wait_s: float = 30.0) -> None:
        self._url = url
        self._wait_ms = int(wait_s * 1000)
        self._lock = threading.RLock()
        self._mine = threading.local()
        self._writer: tuple[int, psycopg.Connection] | None = None
        info = psycopg.conninfo.conninfo_to_dict(url)
        self.name = f"postgresql://{info.get('host', 'localhost')}/{info.get('dbname', '')}"
        self._create()

    def _create(self) -> None:
        serial = "BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY"
        try:
            with closing(self._connect(self._wait_ms)) as connection, connection.transaction():
                connection.execute("SELECT pg_advisory_xact_lock(%s)", (_WRITE_LOCK,))
                connection.execute(names.SQL("CREATE SCHEMA IF NOT EXISTS {}").format(names.Identifier(SCHEMA)))
                for sql in schema.statements(serial=serial, blob="BYTEA", without_rowid=""):
                    connection.execute(_own(sql))
                found = connection.execute("SELECT value FROM meta WHERE name = 'schema'").fetchone()
        except psycopg.Error as error:
            raise _translated(error, self.name) from error
        if found and found[0] != schema.VERSION:
            raise StoreError(f"{self.name}：数据格式版本 {found[0]}，本程序只认 {schema.VERSION}，请使用匹配的程序版本")

    def _connect(self, lock_wait_ms: int) -> psycopg.Connection:
        connection = psycopg.connect(self._url, autocommit=True)
        connection.execute(names.SQL("SET search_path TO {}").format(names.Identifier(SCHEMA)))
        connection.execute("SET client_min_messages TO warning")
        connection.execute("SELECT set_config('lock_timeout', %s, false)", (str(lock_wait_ms),))
        return connection

    @contextmanager
    def writing(self) -> Iterator[PostgresSession]:
        with self._lock:
            try:
                connection = self._write_connection()
                with connection.transaction():
                    connection.execute("SELECT pg_advisory_xact_lock(%s)", (_WRITE_LOCK,))
                    yield PostgresSession(connection)
            except psycopg.Error as error:
                raise _translated(error, self.name) from error

    def _write_connection(self) -> psycopg.Connection:
        if self._writer is None or self._writer[0] != os.getpid() or self._writer[1].closed:
            connection = self._connect(self._wait_ms)
            for table in _STAGED:
                connection.execute(_own(f"CREATE TEMP TABLE stage_{table} (LIKE {table}) ON COMMIT DELETE ROWS"))
            self._writer = (os.getpid(), connection)
        return self._writer[1]

    @contextmanager
    def reading(self) -> Iterator[PostgresSession]:
        try:
            held: tuple[int, psycopg.Connection] | None = getattr(self._mine, "held", None)
            if held is None or held[0] != os.getpid() or held[1].closed:
                held = (os.getpid(), self._connect(self._wait_ms))
                held[1].execute("SET default_transaction_read_only TO on")
                self._mine.held = held
            yield PostgresSession(held[1])
        except psycopg.Error as error:
            raise _translated(error, self.name) from error

    @contextmanager
    def sealing(self) -> Iterator[None]:
        try:
            with closing(self._connect(max(self._wait_ms, 600_000))) as connection:
                connection.execute("SELECT pg_advisory_lock(%s)", (_SEAL_LOCK,))
                yield
        except psycopg.Error as error:
            raise _translated(error, self.name) from error

    def among(self, column: str, points: Int32s) -> tuple[str, Any]:
        if len(points) == 1:
            return f"{column} = ?", int(points[0])
        return f"{column} = ANY(?)", points.tolist()

    def tidy(self) -> None:
        try:
            with closing(self._connect(self._wait_ms)) as connection:
                for table in schema.NAMES:
                    connection.execute(_own(f"VACUUM (ANALYZE) {table}"))
        except psycopg.Error as error:
            raise _translated(error, self.name) from error

    def dump(self, target: Path) -> None:
        try:
            with closing(self._connect(self._wait_ms)) as connection:
                connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
                for table in schema.NAMES:
                    statement = _own(f"COPY {table} TO STDOUT (FORMAT binary)")
                    with (
                        (target / f"{table}.pgcopy").open("wb") as file,
                        connection.cursor() as cursor,
                        cursor.copy(statement) as copy,
                    ):
                        for block in copy:
                            file.write(block)
                connection.execute("COMMIT")
        except psycopg.Error as error:
            raise _translated(error, self.name) from error

    def load(self, source: Path) -> None:
        missing = [table for table in schema.NAMES if not (source / f"{table}.pgcopy").is_file()]
        if missing:
            raise StoreError(f"{source}：备份中没有 {missing[0]}.pgcopy（备份来自 SQLite 时请恢复到 SQLite）")
        with self.writing() as session:
            for table in schema.NAMES:
                session.run(f"TRUNCATE {table}")
                session.copy_in(table, source / f"{table}.pgcopy")
            for table in ("not_taken", "late"):
                session.run(
                    f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), "
                    f"(SELECT coalesce(max(id), 0) + 1 FROM {table}), false)"
                )

    def close(self) -> None:
        with self._lock, suppress(psycopg.Error):
            if self._writer is not None and self._writer[0] == os.getpid():
                self._writer[1].close()
            self._writer = None
        held = getattr(self._mine, "held", None)
        if held is not None and held[0] == os.getpid():
            with suppress(psycopg.Error):
                held[1].close()
        self._mine.held = None
