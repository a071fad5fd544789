"""Frames as evidence, and the list of what was not taken."""

from __future__ import annotations

import pytest

from greenpark.store import frame_ids
from greenpark.store.combined import ReadingStore
from greenpark.store.interface import Frame, NotTaken, Retention

from .builders import ALWAYS, DAY, HOUR, NEXT, T0, frame, one, refused
from .conftest import Place


def test_a_frame_is_found_before_and_after_its_seal(store: ReadingStore, place: Place) -> None:
    number = store.new_frame_ids(1, now_us=T0 + 9 * HOUR)[0]
    sent = frame(number, bytes(range(256)))
    store.append(one(1, T0, 1.0, frame=number), [sent], now_us=T0 + 9 * HOUR)
    assert store.frame(number) == sent
    store.seal(DAY)
    assert store.inbox.frame(number) is None
    assert store.frame(number) == place.open().frame(number) == sent
    assert store.frame(number + 1) is store.frame(0) is None


def test_a_frame_belongs_to_the_day_of_its_receipt(store: ReadingStore) -> None:
    number = store.new_frame_ids(1, now_us=T0 + 25 * HOUR)[0]
    store.append(one(1, T0, 1.0, frame=number), [frame(number)], now_us=T0)
    assert store.dirty_days() == [DAY, NEXT]
    store.seal(DAY)
    assert store.inbox.frame(number) is not None
    store.seal(NEXT)
    assert store.inbox.frame(number) is None
    assert store.frame(number) is not None
    assert store.dirty_days() == []


def test_frames_that_come_after_the_seal_join_the_archive(store: ReadingStore) -> None:
    first, second = store.new_frame_ids(2, now_us=T0 + 1)
    store.append(one(1, T0, 1.0, frame=second), [frame(second, b"2")], now_us=T0)
    store.seal(DAY)
    store.append(one(2, T0, 1.0, frame=first), [frame(first, b"1")], now_us=T0)
    store.append(one(2, T0, 1.0, frame=second), [frame(second, b"2")], now_us=T0)  # sent again after a lost answer
    store.seal(DAY)
    found = [store.frame(number) for number in (first, second)]
    assert [f.raw for f in found if f] == [b"1", b"2"]
    assert store.history.frames.rows(DAY.isoformat()) == 2


def test_ids_of_several_processes_never_meet(place: Place) -> None:
    stores = [place.open() for _ in range(3)]
    taken = [number for s in stores for _ in range(3) for number in s.new_frame_ids(1000, now_us=T0 + 7)]
    assert len(set(taken)) == 9000
    assert all(frame_ids.day_of(number) == DAY for number in taken)


def test_refusals_are_listed_newest_first_and_paged(store: ReadingStore) -> None:
    for n in range(5):
        store.refuse([refused(T0 + n)])
    store.append(one(1, T0, 1.0), (), [refused(T0 + 5, "bad_crc", "hj212")], now_us=T0)
    page = store.not_taken(start_us=0, end_us=ALWAYS[1], limit=4)
    assert [item.received_us - T0 for item in page] == [5, 4, 3, 2]
    rest = store.not_taken(start_us=0, end_us=ALWAYS[1], limit=4, before_id=page[-1].id)
    assert [item.received_us - T0 for item in rest] == [1, 0]
    assert store.not_taken(start_us=0, end_us=ALWAYS[1], code="bad_crc") == page[:1]
    assert store.not_taken(start_us=0, end_us=ALWAYS[1], gateway="http", limit=1) == page[1:2]
    assert [i.received_us - T0 for i in store.not_taken(start_us=T0 + 1, end_us=T0 + 3)] == [2, 1]


def test_a_refusal_keeps_all_that_people_need(store: ReadingStore) -> None:
    item = NotTaken(
        0, T0, "hj212", "10.1.1.1:9", "MN-2", 77, '["hj212","MN-2"]', "∞", "not_finite", "数值无效", "量程", b"#\xff"
    )
    store.refuse([item])
    (kept,) = store.not_taken(start_us=T0, end_us=T0 + 1)
    assert kept.id > 0
    assert NotTaken(0, *(getattr(kept, c) for c in NotTaken.__slots__[1:])) == item


def test_the_list_is_capped_by_count_and_age(store: ReadingStore) -> None:
    day_us = 24 * HOUR
    store.refuse([refused(T0 - 100 * day_us), *(refused(T0 + n) for n in range(9))])
    done = store.maintain(now_us=T0, keep=Retention(not_taken_rows=1000, not_taken_days=90))
    assert done.not_taken_dropped == 1
    done = store.maintain(now_us=T0, keep=Retention(not_taken_rows=4, not_taken_days=90))
    assert done.not_taken_dropped == 5
    kept = store.not_taken(start_us=0, end_us=ALWAYS[1])
    assert [item.received_us - T0 for item in kept] == [8, 7, 6, 5]


def test_old_evidence_is_dropped_by_whole_days_only_when_asked(store: ReadingStore) -> None:
    old, new = store.new_frame_ids(1, now_us=T0)[0], store.new_frame_ids(1, now_us=T0 + 30 * 24 * HOUR)[0]
    store.append(one(1, T0, 1.0, frame=old), [frame(old), frame(new)], now_us=T0)
    for day in store.dirty_days():
        store.seal(day)
    now = T0 + 31 * 24 * HOUR
    store.maintain(now_us=now)
    assert store.frame(old) is not None
    assert store.maintain(now_us=now, keep=Retention(frame_days=10)).frame_days_dropped == 1
    assert store.frame(old) is None
    assert store.frame(new) is not None


def test_a_thousand_large_frames_are_archived_in_parts(store: ReadingStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("greenpark.store.sealing._FRAME_BYTES", 10_000)
    numbers = store.new_frame_ids(1000, now_us=T0)
    frames = [Frame(n, T0, "http", "", "", bytes([n % 256]) * 100) for n in numbers]
    store.append(one(1, T0, 1.0), frames, now_us=T0)
    store.seal(DAY)
    assert store.history.frames.rows(DAY.isoformat()) == 1000
    assert all(store.frame(f.id) == f for f in frames[::97])
