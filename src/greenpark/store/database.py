"""What the inbox needs of a database. SQLite and PostgreSQL differ here and nowhere else.

Statements are written with ``?`` for parameters and in the SQL that both understand.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from greenpark.kernel.readings import Int32s, Int64s, Readings

Rows = npt.NDArray[np.void]

#: Columns of a reading as they come out of the database.
READING = np.dtype([("point", "i4"), ("ts", "i8"), ("value", "f8"), ("quality", "i4"), ("frame", "i8")])


def as_readings(rows: Rows) -> Readings:
    return Readings(*(np.ascontiguousarray(rows[name]) for name in READING.names or ()))


class Session(Protocol):
    """One connection while somebody uses it."""

    def run(self, sql: str, params: Sequence[Any] = ()) -> int:
        """Execute; returns the rows changed."""
        ...

    def run_many(self, sql: str, rows: Iterable[Sequence[Any]]) -> None: ...

    def one(self, sql: str, params: Sequence[Any] = ()) -> tuple[Any, ...] | None: ...

    def all(self, sql: str, params: Sequence[Any] = ()) -> list[tuple[Any, ...]]: ...

    def columns(self, sql: str, params: Sequence[Any], dtype: np.dtype[np.void]) -> Rows:
        """The result as a structured array, NULL as NaN; made without a Python object per value being kept."""
        ...

    def upsert_readings(self, readings: Readings, arrival: int) -> tuple[int, int]:
        """Into ``inbox``, each point and time once; earlier values go to ``replaced``. Returns (new, replaced)."""
        ...

    def arrived(self, points: Int32s, times: Int64s, arrival: int) -> npt.NDArray[np.bool_]:
        """Which of the inbox rows were written by the append with this number."""
        ...

    def upsert(self, table: str, key: Sequence[str], columns: dict[str, npt.NDArray[Any]], where: str = "") -> None:
        """Insert, or update all other columns (under the condition ``where``) when the key exists. NaN becomes NULL."""
        ...


class Database(Protocol):
    #: Name of the database in messages; no password.
    name: str

    def writing(self) -> AbstractContextManager[Session]:
        """A write transaction, one at a time over all processes; committed and on disk at the end of the block."""
        ...

    def reading(self) -> AbstractContextManager[Session]:
        """For queries; never waits for a writer. Statements of the block may see different commits."""
        ...

    def sealing(self) -> AbstractContextManager[None]:
        """Held by one thread of all processes at a time; released when its process dies."""
        ...

    def among(self, column: str, points: Int32s) -> tuple[str, Any]:
        """A condition that the column is one of the points, and its parameter."""
        ...

    def tidy(self) -> None:
        """Daily: statistics, log files."""
        ...

    def dump(self, target: Path) -> None:
        """A consistent copy of all tables into an existing empty folder."""
        ...

    def load(self, source: Path) -> None:
        """Tables from a dump, replacing what is in them."""
        ...

    def close(self) -> None: ...
