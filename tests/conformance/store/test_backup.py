"""A backup taken while the store is in use, put back byte for byte."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from greenpark.kernel.readings import Step
from greenpark.store.combined import ReadingStore
from greenpark.store.interface import NotEmpty, StoreError

from .builders import ALWAYS, DAY, HOUR, T0, frame, grid, one, refused, rows, same
from .conftest import Place
from .test_rollups import same as same_rollups
from .test_rollups import series


def filled(store: ReadingStore) -> int:
    number = store.new_frame_ids(2, now_us=T0)[0]
    store.append(grid(5, 50), [frame(number)], [refused(T0)], now_us=T0)
    store.seal(DAY)
    store.append(one(1, T0, 7.5, frame=number + 1), [frame(number + 1)], now_us=T0)
    store.append(grid(2, 5, start=T0 + 30 * HOUR), now_us=T0)
    store.backfill(one(1, T0 - HOUR, 2.5), now_us=T0)
    store.put_rollups(Step.HOUR, series(2, 10))
    store.backfill_rollups(Step.HOUR, series(2, 10, start=T0 - 100 * HOUR))
    return number


def test_what_is_restored_is_the_same_to_the_byte(new_place: Callable[[], Place], tmp_path: Path) -> None:
    store, target = new_place().open(), new_place().open()
    number = filled(store)
    store.backup(tmp_path / "backup")
    store.append(one(3, T0, -1.0), now_us=T0)  # after the backup
    target.restore(tmp_path / "backup")

    expected = store.read(None, *ALWAYS)
    changed = (expected.points == 3) & (expected.times == T0)
    restored = target.read(None, *ALWAYS)
    assert same(restored.take(~changed), expected.take(~changed))
    assert restored.values[changed].tolist() == [3000.0]
    assert same_rollups(target.rollups(Step.HOUR, None, *ALWAYS), store.rollups(Step.HOUR, None, *ALWAYS))
    assert target.replaced(1, *ALWAYS) == store.replaced(1, *ALWAYS)
    assert [target.frame(n) for n in (number, number + 1)] == [store.frame(n) for n in (number, number + 1)]
    spans = store.take_late()
    assert target.take_late() == spans[: len(target.take_late())]
    assert len(target.take_late()) == len(spans) - 1
    assert target.not_taken(start_us=0, end_us=ALWAYS[1]) == store.not_taken(start_us=0, end_us=ALWAYS[1])


def test_a_restored_store_goes_on_working(new_place: Callable[[], Place], tmp_path: Path) -> None:
    store, target = new_place().open(), new_place().open()
    number = filled(store)
    store.backup(tmp_path / "backup")
    target.restore(tmp_path / "backup")
    assert target.append(one(1, T0 + 30 * HOUR, 1000.0), now_us=T0).unchanged == 1
    target.refuse([refused(T0 + 1)])
    assert target.append(one(1, T0 + 29 * HOUR, 1.0), now_us=T0).new == 1
    assert target.take_late()[-1].id > max(span.id for span in store.take_late())
    assert number not in target.new_frame_ids(10, now_us=T0)
    assert [target.seal(day) for day in target.dirty_days()]
    assert len(target.read(None, *ALWAYS)) == len(store.read(None, *ALWAYS)) + 1


def test_two_backups_of_the_same_state_restore_alike(new_place: Callable[[], Place], tmp_path: Path) -> None:
    store = new_place().open()
    filled(store)
    store.backup(tmp_path / "one")
    again = new_place().open()
    again.restore(tmp_path / "one")
    again.backup(tmp_path / "two")
    files = [json.loads((tmp_path / name / "manifest.json").read_text())["files"] for name in ("one", "two")]
    history = [[entry for entry in listed if entry["path"].endswith(".parquet")] for listed in files]
    assert history[0] == history[1] != []


def test_a_store_with_data_is_not_overwritten(new_place: Callable[[], Place], tmp_path: Path) -> None:
    store, other = new_place().open(), new_place().open()
    filled(store)
    store.backup(tmp_path / "backup")
    other.append(one(9, T0, 9.0), now_us=T0)
    with pytest.raises(NotEmpty):
        other.restore(tmp_path / "backup")
    with pytest.raises(NotEmpty):
        store.backup(tmp_path / "backup")
    assert rows(other.read(None, *ALWAYS)) == [(9, T0, 9.0, 0, 0)]


@pytest.mark.parametrize("harm", ["flip", "remove", "manifest"])
def test_a_damaged_backup_is_refused_before_anything_is_written(
    new_place: Callable[[], Place], tmp_path: Path, harm: str
) -> None:
    store, target = new_place().open(), new_place().open()
    filled(store)
    store.backup(tmp_path / "backup")
    victim = sorted((tmp_path / "backup").rglob("*.parquet"))[0]
    if harm == "flip":
        data = bytearray(victim.read_bytes())
        data[len(data) // 2] ^= 1
        victim.write_bytes(data)
    elif harm == "remove":
        victim.unlink()
    else:
        (tmp_path / "backup" / "manifest.json").write_text("{")
    with pytest.raises(StoreError):
        target.restore(tmp_path / "backup")
    assert len(target.read(None, *ALWAYS)) == 0


def test_an_empty_store_can_be_saved_too(new_place: Callable[[], Place], tmp_path: Path) -> None:
    new_place().open().backup(tmp_path / "backup")
    target = new_place().open()
    target.restore(tmp_path / "backup")
    assert len(target.read(None, *ALWAYS)) == 0
    assert target.append(one(1, T0, 1.0), now_us=T0).new == 1
