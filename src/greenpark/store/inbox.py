"""The recent readings, newest values, frames and lists, in the database."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt

from greenpark.kernel.periods import day_start_us, local_day
from greenpark.kernel.quality import CONTENT_BITS
from greenpark.kernel.readings import Int32s, Int64s, Readings
from greenpark.store import frame_ids
from greenpark.store.database import READING, Database, Rows, Session, as_readings
from greenpark.store.interface import Appended, Frame, LateSpan, NotTaken, Replaced
from greenpark.store.merging import rounds
from greenpark.store.newest import Newest, newest_rows, spans

#: Late readings of a point further apart than this make two spans, so that only the touched periods are made again.
SPAN_GAP_US = 3_600_000_000
DAY_US = 86_400_000_000
#: Readings have times from 1970 to 2200 [UTC µs]; anything else is a broken clock or a wrong unit.
EARLIEST_US = 0
LATEST_US = 7_258_118_400_000_000

_FRAMES = (
    "INSERT INTO frames (id, received, gateway, peer, device, raw) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING"
)
_NOT_TAKEN = """INSERT INTO not_taken (received, gateway, peer, device, frame, item, value, code, reason, cause, raw)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"""
_LATEST_WINS = (
    "excluded.ts > latest.ts OR (excluded.ts = latest.ts"
    " AND (excluded.value <> latest.value"
    f" OR (excluded.quality & {CONTENT_BITS}) <> (latest.quality & {CONTENT_BITS})))"
)
_RECORD = """INSERT INTO replaced (point, ts, arrival, value, quality, frame, by_frame)
SELECT CAST(? AS INTEGER), CAST(? AS BIGINT), CAST(? AS BIGINT), CAST(? AS DOUBLE PRECISION), CAST(? AS INTEGER),
  CAST(? AS BIGINT), CAST(? AS BIGINT)
WHERE NOT EXISTS (SELECT 1 FROM replaced r
  WHERE r.point = ? AND r.ts = ? AND r.arrival > ? AND r.value = ? AND r.quality = ?)
ON CONFLICT DO NOTHING"""
_TIMES = np.dtype([("point", "i4"), ("ts", "i8")])
_WAITING = np.dtype([*READING.descr, ("arrival", "i8")])


def day_span(day: date) -> tuple[int, int]:
    """Half-open [UTC µs] of a local day."""
    start = day_start_us(day)
    return start, day_start_us(date.fromordinal(day.toordinal() + 1))


def tick(session: Session, now_us: int) -> int:
    """The number of this write: above all earlier ones, and at least the clock's milliseconds. Takes the write lock
    of PostgreSQL's row too, so that writers commit in the order of their numbers."""
    row = session.one(
        "UPDATE meta SET value = CASE WHEN value < ? THEN ? ELSE value + 1 END WHERE name = 'arrival' RETURNING value",
        (now_us // 1000, now_us // 1000),
    )
    assert row is not None
    return int(row[0])


class Inbox:
    """Rows of the database side. See :mod:`greenpark.store.interface` for what the operations promise."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self._newest = Newest()
        self._lock = threading.RLock()
        self._ids: tuple[int, frame_ids.FrameIds] | None = None

    # ── writing ────────────────────────────────────────────────────────────────────────────────────────────────

    def append(self, readings: Readings, frames: Sequence[Frame], refused: Sequence[NotTaken], now_us: int) -> Appended:
        must_be_sound(readings)
        ordered = readings.take(np.lexsort((readings.points, readings.times)))
        with self._turn(now_us) as (session, arrival, advanced):
            if frames:
                session.run_many(_FRAMES, ((f.id, f.received_us, f.gateway, f.peer, f.device, f.raw) for f in frames))
            if refused:
                _insert_not_taken(session, refused)
            new = replaced = 0
            for part in rounds(ordered):
                done = self._insert(session, part, arrival)
                new, replaced = new + done[0], replaced + done[1]
                advanced.append(self._advance(session, part, arrival))
        return Appended(new, len(ordered) - new - replaced, replaced, arrival)

    @contextmanager
    def _turn(self, now_us: int) -> Iterator[tuple[Session, int, list[tuple[Int32s, Int64s]]]]:
        """A numbered write transaction in which ``_newest`` is right. What the block puts into the list (points and
        their newest times) is taken over after the commit."""
        with self._lock:
            advanced: list[tuple[Int32s, Int64s]] = []
            with self.database.writing() as session:
                before = self.change_counter(session)
                arrival = tick(session, now_us)
                if self._newest.arrival != before:  # another process wrote, or none of this one yet
                    sql = "SELECT point, ts FROM latest WHERE arrival > ?"
                    rows = session.columns(sql, (self._newest.arrival,), _TIMES)
                    self._newest.update(rows["point"], rows["ts"], before)
                yield session, arrival, advanced
            self._newest.arrival = arrival
            for points, times in advanced:
                self._newest.update(points, times, arrival)

    def _insert(self, session: Session, ordered: Readings, arrival: int) -> tuple[int, int]:
        fresh = ordered.times > self._newest.of(ordered.points)
        if fresh.all():
            return session.upsert_readings(ordered, arrival)
        behind = ordered.take(~fresh)
        new, replaced = session.upsert_readings(ordered.take(fresh), arrival)
        late_new, late_replaced = session.upsert_readings(behind, arrival)
        if changed := late_new + late_replaced:
            if changed < len(behind):
                behind = behind.take(session.arrived(behind.points, behind.times, arrival))
            add_late(session, *spans(behind.points, behind.times, SPAN_GAP_US))
        return new + late_new, replaced + late_replaced

    def _advance(self, session: Session, ordered: Readings, arrival: int) -> tuple[Int32s, Int64s]:
        rows = ordered.take(newest_rows(ordered.points, ordered.times))
        rows = rows.take(rows.times >= self._newest.of(rows.points))
        if len(rows):
            columns: dict[str, npt.NDArray[Any]] = {
                "point": rows.points, "ts": rows.times, "value": rows.values, "quality": rows.quality,
                "frame": rows.frames, "arrival": np.full(len(rows), arrival, np.int64),
            }  # fmt: skip
            session.upsert("latest", ("point",), columns, _LATEST_WINS)
        return rows.points, rows.times

    def note_backfill(self, newest: Readings, late: tuple[Int32s, Int64s, Int64s] | None, now_us: int) -> None:
        """What an append does beside storing, for readings that went straight to the history."""
        with self._turn(now_us) as (session, arrival, advanced):
            advanced.append(self._advance(session, newest, arrival))
            if late is not None:
                add_late(session, *late)

    def refuse(self, items: Sequence[NotTaken]) -> None:
        with self.database.writing() as session:
            _insert_not_taken(session, items)

    def new_frame_ids(self, count: int, now_us: int) -> range:
        with self._lock:
            if self._ids is None or self._ids[0] != os.getpid():
                with self.database.writing() as session:
                    row = session.one("UPDATE meta SET value = value + 1 WHERE name = 'writer' RETURNING value")
                assert row is not None
                self._ids = (os.getpid(), frame_ids.FrameIds(int(row[0]) % frame_ids.WRITERS))
            return self._ids[1].take(count, now_us)

    def mark_dirty(self, points: Int32s, days: Sequence[date]) -> None:
        with self.database.writing() as session:
            arrival = tick(session, 0)
            for day in days:
                start, end = day_span(day)
                session.run(
                    "INSERT INTO dirty (day, arrival) VALUES (?, ?) "
                    "ON CONFLICT (day) DO UPDATE SET arrival = excluded.arrival",
                    (start, arrival),
                )
                n = len(points)
                add_late(session, points, np.full(n, start, np.int64), np.full(n, end, np.int64))

    def done_late(self, ids: Sequence[int]) -> None:
        with self.database.writing() as session:
            session.run_many("DELETE FROM late WHERE id = ?", ((int(i),) for i in ids))

    def prune_not_taken(self, rows: int, before_us: int) -> int:
        """Drop all but the newest ``rows`` and what was received before ``before_us``. Returns how many."""
        with self.database.writing() as session:
            nth = session.one("SELECT id FROM not_taken ORDER BY id DESC LIMIT 1 OFFSET ?", (rows,))
            dropped = session.run("DELETE FROM not_taken WHERE id <= ?", (nth[0],)) if nth else 0
            return dropped + session.run("DELETE FROM not_taken WHERE received < ?", (before_us,))

    # ── for the seal ───────────────────────────────────────────────────────────────────────────────────────────

    def count(self, start_us: int, end_us: int, watermark: int) -> int:
        sql = "SELECT count(*) FROM inbox WHERE ts >= ? AND ts < ? AND arrival <= ?"
        with self.database.reading() as session:
            row = session.one(sql, (start_us, end_us, watermark))
        return int(row[0]) if row else 0

    def waiting(self, start_us: int, end_us: int, watermark: int, low: int, high: int) -> Rows:
        """Rows of appends up to the watermark, of the points from ``low`` to ``high``, with their ``arrival``."""
        sql = """SELECT point, ts, value, quality, frame, arrival FROM inbox
WHERE ts >= ? AND ts < ? AND arrival <= ? AND point >= ? AND point <= ?"""
        with self.database.reading() as session:
            return session.columns(sql, (start_us, end_us, watermark, low, high), _WAITING)

    def slices(self, start_us: int, end_us: int, rows: int) -> Iterator[tuple[int, int]]:
        """Half-open spans that cover the span, each with about so many inbox rows (more when they share a time)."""
        low: int | None = start_us
        while low is not None:
            with self.database.reading() as session:
                sql = "SELECT ts FROM inbox WHERE ts >= ? AND ts < ? ORDER BY ts LIMIT 1 OFFSET ?"
                row = session.one(sql, (low, end_us, rows))
            high = int(row[0]) + 1 if row else end_us
            yield low, high
            low = high if row else None

    def delete(self, start_us: int, end_us: int, watermark: int) -> None:
        with self.database.writing() as session:
            session.run("DELETE FROM inbox WHERE ts >= ? AND ts < ? AND arrival <= ?", (start_us, end_us, watermark))

    def sealed_up_to(self, day_start: int) -> int:
        """Number of the append that the sealed state of the day reaches; -1 when it never was sealed."""
        with self.database.reading() as session:
            row = session.one("SELECT arrival FROM sealed WHERE day = ?", (day_start,))
        return int(row[0]) if row else -1

    def note_sealed(self, day_start: int, watermark: int) -> None:
        with self.database.writing() as session:
            session.run(
                "INSERT INTO sealed (day, arrival) VALUES (?, ?) "
                "ON CONFLICT (day) DO UPDATE SET arrival = excluded.arrival",
                (day_start, watermark),
            )

    def clear_dirty(self, day_start: int, watermark: int) -> None:
        with self.database.writing() as session:
            session.run("DELETE FROM dirty WHERE day = ? AND arrival <= ?", (day_start, watermark))

    def record_replaced(self, earlier: Readings, arrivals: Int64s, by_frames: Int64s, since: int) -> None:
        """Sealed values that give way. One whose end was recorded by an append after the number ``since`` (it was
        replaced in the inbox while the seal was writing it, or sent again before) is not recorded again."""
        columns: list[npt.NDArray[Any]] = [
            earlier.points, earlier.times, arrivals, earlier.values, earlier.quality, earlier.frames, by_frames,
            earlier.points, earlier.times, np.full(len(earlier), since, np.int64), earlier.values, earlier.quality,
        ]  # fmt: skip
        with self.database.writing() as session:
            session.run_many(_RECORD, zip(*(column.tolist() for column in columns), strict=True))

    def frames_between(self, low: int, end: int, limit: int) -> Iterator[Frame]:
        sql = "SELECT id, received, gateway, peer, device, raw FROM frames WHERE id >= ? AND id < ? ORDER BY id LIMIT ?"
        while limit > 0:
            with self.database.reading() as session:
                rows = session.all(sql, (low, end, min(limit, 2000)))
            for found, received, gateway, peer, device, raw in rows:
                yield Frame(found, received, gateway, peer, device, bytes(raw))
            if len(rows) < 2000:
                return
            low, limit = rows[-1][0] + 1, limit - len(rows)

    def delete_frames(self, ids: Sequence[int]) -> None:
        for first in range(0, len(ids), 5000):
            with self.database.writing() as session:
                session.run_many("DELETE FROM frames WHERE id = ?", ((i,) for i in ids[first : first + 5000]))

    def drop_frames(self, before_id: int) -> None:
        with self.database.writing() as session:
            session.run("DELETE FROM frames WHERE id < ?", (before_id,))

    def forget(self) -> None:
        """The database was exchanged."""
        self._newest = Newest()

    # ── reading ────────────────────────────────────────────────────────────────────────────────────────────────

    def change_counter(self, session: Session | None = None) -> int:
        if session is None:
            with self.database.reading() as own:
                return self.change_counter(own)
        row = session.one("SELECT value FROM meta WHERE name = 'arrival'")
        assert row is not None
        return int(row[0])

    def read(self, points: Int32s | None, start_us: int, end_us: int, watermark: int | None = None) -> Readings:
        """In the order of the table, by time. ``watermark``: only rows of appends up to this number."""
        sql = "SELECT point, ts, value, quality, frame FROM inbox WHERE ts >= ? AND ts < ?"
        params: list[Any] = [start_us, end_us]
        if watermark is not None:
            sql, params = sql + " AND arrival <= ?", [*params, watermark]
        if points is not None:
            condition, param = self.database.among("point", points)
            sql, params = f"{sql} AND {condition}", [*params, param]
        with self.database.reading() as session:
            return as_readings(session.columns(sql, params, READING))

    def latest(self, points: Int32s | None) -> Readings:
        sql, params = "SELECT point, ts, value, quality, frame FROM latest", []
        if points is not None:
            condition, param = self.database.among("point", points)
            sql, params = f"{sql} WHERE {condition}", [param]
        with self.database.reading() as session:
            return as_readings(session.columns(f"{sql} ORDER BY point", params, READING))

    def replaced(self, point: int, start_us: int, end_us: int) -> list[Replaced]:
        sql = """SELECT point, ts, value, quality, frame, arrival * 1000, by_frame FROM replaced
WHERE point = ? AND ts >= ? AND ts < ? ORDER BY ts, arrival"""
        with self.database.reading() as session:
            return [Replaced(*row) for row in session.all(sql, (point, start_us, end_us))]

    def frame(self, frame_id: int) -> Frame | None:
        with self.database.reading() as session:
            row = session.one("SELECT id, received, gateway, peer, device, raw FROM frames WHERE id = ?", (frame_id,))
        if row is None:
            return None
        found, received, gateway, peer, device, raw = row
        return Frame(found, received, gateway, peer, device, bytes(raw))

    def not_taken(
        self, start_us: int, end_us: int, code: str, gateway: str, limit: int, before_id: int | None
    ) -> list[NotTaken]:
        sql = """SELECT id, received, gateway, peer, device, frame, item, value, code, reason, cause, raw FROM not_taken
WHERE received >= ? AND received < ?"""
        params: list[Any] = [start_us, end_us]
        for condition, param in ((" AND code = ?", code), (" AND gateway = ?", gateway), (" AND id < ?", before_id)):
            if param:
                sql, params = sql + condition, [*params, param]
        with self.database.reading() as session:
            rows = session.all(f"{sql} ORDER BY id DESC LIMIT ?", [*params, limit])
        return [NotTaken(*(*row[:-1], bytes(row[-1]))) for row in rows]

    def take_late(self, limit: int) -> list[LateSpan]:
        with self.database.reading() as session:
            rows = session.all("SELECT id, point, start, stop FROM late ORDER BY id LIMIT ?", (limit,))
        return [LateSpan(*row) for row in rows]

    def dirty_days(self) -> list[date]:
        days = set()
        with self.database.reading() as session:
            row = session.one("SELECT min(ts) FROM inbox")
            while row is not None and row[0] is not None:
                days.add(local_day(row[0]))
                row = session.one("SELECT min(ts) FROM inbox WHERE ts >= ?", (day_span(local_day(row[0]))[1],))
            row = session.one("SELECT min(id) FROM frames")
            while row is not None and row[0] is not None:
                day = frame_ids.day_of(row[0])
                days.add(day)
                next_day = date.fromordinal(day.toordinal() + 1)
                row = session.one("SELECT min(id) FROM frames WHERE id >= ?", (frame_ids.first_of_day(next_day),))
            days.update(local_day(start) for (start,) in session.all("SELECT day FROM dirty"))
        return sorted(days)


def add_late(session: Session, points: Int32s, starts: Int64s, ends: Int64s) -> None:
    rows = zip(points.tolist(), starts.tolist(), ends.tolist(), strict=True)
    session.run_many("INSERT INTO late (point, start, stop) VALUES (?, ?, ?)", rows)


def _insert_not_taken(session: Session, items: Sequence[NotTaken]) -> None:
    session.run_many(
        _NOT_TAKEN,
        (
            (i.received_us, i.gateway, i.peer, i.device, i.frame_id, i.key, i.value, i.code, i.reason, i.likely_cause,
             i.raw)
            for i in items
        ),
    )  # fmt: skip


def must_be_sound(readings: Readings) -> None:
    """Raises ValueError for a value that is not finite or a time that no calendar holds."""
    strange = (readings.times < EARLIEST_US) | (readings.times >= LATEST_US)
    for bad, what, column in (
        (~np.isfinite(readings.values), "values are not finite", readings.values),
        (strange, "times are not in 1970 to 2200", readings.times),
    ):
        if rows := np.flatnonzero(bad).tolist():
            raise ValueError(
                f"{len(rows)} {what}, first at row {rows[0]}: point {readings.points[rows[0]]}, {column[rows[0]]}; "
                "refuse such items before they reach the store"
            )
