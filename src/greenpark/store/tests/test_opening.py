"""Addresses of a store, and what the SQLite file is set to."""

from __future__ import annotations

import multiprocessing
from pathlib import Path

import pytest

from greenpark.kernel.readings import Readings
from greenpark.store.combined import ReadingStore
from greenpark.store.interface import StoreError
from greenpark.store.opening import open_store

NOW = 1_790_000_000_000_000


def pragma(store: ReadingStore, name: str) -> object:
    with store.database.writing() as session:
        row = session.one(f"PRAGMA {name}")
    return row and row[0]


@pytest.mark.parametrize("slashes", ["sqlite://", "sqlite:///"])
def test_an_absolute_path_with_three_or_four_slashes(tmp_path: Path, slashes: str) -> None:
    store = open_store(f"{slashes}{tmp_path}/a%20b/r.sqlite3", str(tmp_path / "history"))
    assert (tmp_path / "a b" / "r.sqlite3").exists()
    store.close()


def test_commits_wait_for_the_disk_by_default(tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path}/r.sqlite3", str(tmp_path / "history"))
    assert (pragma(store, "synchronous"), pragma(store, "journal_mode")) == (2, "wal")
    relaxed = open_store(f"sqlite:///{tmp_path}/s.sqlite3", str(tmp_path / "history2"), synchronous="NORMAL")
    assert pragma(relaxed, "synchronous") == 1
    store.close()
    relaxed.close()


def test_an_unknown_address_is_named(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="mysql"):
        open_store("mysql://x/y", str(tmp_path))


def test_a_file_of_another_version_is_refused(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/r.sqlite3"
    store = open_store(url, str(tmp_path / "history"))
    with store.database.writing() as session:
        session.run("UPDATE meta SET value = 99 WHERE name = 'schema'")
    store.close()
    with pytest.raises(StoreError, match="99"):
        open_store(url, str(tmp_path / "history"))


def _append_in_child(store: ReadingStore) -> None:
    store.append(Readings.of([2], [NOW], [2.0]), now_us=NOW)
    assert store.new_frame_ids(1, now_us=NOW)
    store.close()


def test_a_store_opened_before_a_fork_serves_the_child(tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path}/r.sqlite3", str(tmp_path / "history"))
    store.append(Readings.of([1], [NOW], [1.0]), now_us=NOW)
    mine = store.new_frame_ids(1, now_us=NOW)[0]
    child = multiprocessing.get_context("fork").Process(target=_append_in_child, args=(store,))
    child.start()
    child.join()
    assert child.exitcode == 0
    assert store.latest(None).points.tolist() == [1, 2]
    assert store.append(Readings.of([2], [NOW - 1], [2.0]), now_us=NOW).new == 1
    assert [span.point for span in store.take_late()] == [2]
    assert mine + 1 in store.new_frame_ids(1, now_us=NOW)
    store.close()
