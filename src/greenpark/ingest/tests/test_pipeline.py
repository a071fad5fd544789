"""Checks of the pipeline, item by item; conservation: every item is either stored or refused."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from greenpark.ingest.directory import FixedDirectory
from greenpark.ingest.pipeline import NoKeeper, Pipeline
from greenpark.ingest.refusals import RefusalLimiter
from greenpark.ingest.sink import Delivery, Problem, RefusalCode, RejectedFrame
from greenpark.ingest.tests.memory import MemoryStore
from greenpark.kernel.points import BindingKey, PointKind, PointSpec
from greenpark.kernel.quality import Quality
from greenpark.kernel.readings import Readings

S = 1_000_000
NOW = 1_763_800_000 * S
DAY = 86_400 * S
METER: BindingKey = ("http", "M-1")
STACK: BindingKey = ("hj212", "A" * 24, "2011", "a21026-Rtd")
POINTS = {
    METER: PointSpec(7, PointKind.COUNTER, "kWh", 900, register_max=1_000_000.0, min_value=0.0),
    STACK: PointSpec(
        9, PointKind.CONCENTRATION, "mg/m3", 60, min_value=0.0, max_value=500.0,
        commissioned_us=NOW - 30 * DAY, decommissioned_us=NOW + DAY,
    ),
}  # fmt: skip


Item = tuple[BindingKey, int, float]


def delivery(
    *items: Item, flags: list[int] | None = None, units: list[str | None] | None = None, **more: object
) -> Delivery:
    keys, times, values = ([item[part] for item in items] for part in range(3))
    made = Delivery("http", "10.0.0.1:5000", "dev", NOW, b"{}", keys, times, values, flags or [], units or [])  # type: ignore[arg-type]
    return replace(made, **more)  # type: ignore[arg-type]


class Kept:
    def __init__(self) -> None:
        self.got: list[Readings] = []

    def committed(self, readings: Readings) -> None:
        self.got.append(readings)


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


@pytest.fixture
def pipeline(store: MemoryStore) -> Pipeline:
    return Pipeline(store, FixedDirectory.of(POINTS), NoKeeper(), lambda: NOW)  # type: ignore[arg-type]


def test_good_items_of_several_deliveries_are_one_commit(store: MemoryStore, pipeline: Pipeline) -> None:
    receipts = pipeline.accept([delivery((METER, NOW - S, 5.0), (STACK, NOW - S, 11.4)), delivery((METER, NOW, 6.0))])
    assert [r.accepted for r in receipts] == [2, 1]
    assert store.commits == 1
    r = store.readings
    assert r.points.tolist() == [7, 9, 7]
    assert r.values.tolist() == [5.0, 11.4, 6.0]
    assert r.quality.tolist() == [0, 0, 0]
    assert r.frames.tolist() == [receipts[0].frame_id] * 2 + [receipts[1].frame_id]
    assert [f.id for f in store.frames] == [receipts[0].frame_id, receipts[1].frame_id]


@pytest.mark.parametrize(
    ("key", "time", "value", "code", "says"),
    [
        (("http", "nobody"), NOW, 1.0, RefusalCode.UNKNOWN_POINT, "编号 nobody 没有绑定监测点"),
        (METER, NOW, math.nan, RefusalCode.NOT_FINITE, "不是有限的数"),
        (METER, NOW, -math.inf, RefusalCode.NOT_FINITE, "不是有限的数"),
        (METER, NOW + 601 * S, 1.0, RefusalCode.IN_FUTURE, "请给设备校时"),
        (METER, 0, 1.0, RefusalCode.BAD_TIME, "早于 2000 年"),
        (METER, -(2**63), 1.0, RefusalCode.BAD_TIME, "早于 2000 年"),
        (METER, 2**63 - 1, 1.0, RefusalCode.IN_FUTURE, "晚于接收时间"),
        (STACK, NOW - 31 * DAY, 1.0, RefusalCode.BEFORE_COMMISSIONING, "启用时间"),
    ],
)
def test_one_bad_item_is_refused_and_its_neighbours_are_kept(
    store: MemoryStore, pipeline: Pipeline, key: BindingKey, time: int, value: float, code: RefusalCode, says: str
) -> None:
    (receipt,) = pipeline.accept([delivery((METER, NOW - 2 * S, 1.0), (key, time, value), (STACK, NOW - S, 2.0))])
    assert receipt.accepted == 2
    (refused,) = receipt.refused
    assert (refused.index, refused.key, refused.code) == (1, key, code)
    assert says in refused.reason
    assert store.readings.values.tolist() == [1.0, 2.0]
    (note,) = store.notes
    assert note.frame_id == receipt.frame_id
    assert note.code == code


def test_decommissioning_is_the_first_moment_that_is_refused(store: MemoryStore, pipeline: Pipeline) -> None:
    later = NOW + DAY
    pipeline.clock = lambda: later
    (receipt,) = pipeline.accept([delivery((STACK, later - 1, 1.0), (STACK, later, 1.0), received_us=later)])
    assert [r.index for r in receipt.refused] == [1]
    assert receipt.refused[0].code == RefusalCode.AFTER_DECOMMISSIONING


def test_units_are_compared_by_meaning_of_the_spelling(store: MemoryStore, pipeline: Pipeline) -> None:
    units: list[str | None] = ["kW·h", "千瓦时", None, "Wh", "MWh"]
    (receipt,) = pipeline.accept([delivery(*[(METER, NOW - i * S, 1.0) for i in range(5)], units=units)])
    assert [(r.index, r.code) for r in receipt.refused] == [(3, RefusalCode.WRONG_UNIT), (4, RefusalCode.WRONG_UNIT)]
    assert "单位应为 kWh，收到 Wh" in receipt.refused[0].reason
    assert len(store.readings) == 3


def test_implausible_values_and_skewed_clocks_are_marked_not_refused(store: MemoryStore, pipeline: Pipeline) -> None:
    stopped = int(Quality.DEVICE_STOPPED)
    pipeline.accept([
        delivery((STACK, NOW, 501.0), (STACK, NOW - S, 0.0), (METER, NOW, 1_000_000.0), (METER, NOW + 61 * S, 1.0),
                 (METER, NOW - S, -1.0), flags=[stopped, stopped, 0, 0, 0]),
    ])  # fmt: skip
    assert store.readings.quality.tolist() == [
        Quality.DEVICE_STOPPED | Quality.RANGE, stopped, Quality.RANGE, Quality.CLOCK_SKEW, Quality.RANGE,
    ]  # fmt: skip


def test_the_gateways_own_reason_is_passed_on(store: MemoryStore, pipeline: Pipeline) -> None:
    problems = {0: Problem(RefusalCode.BAD_VALUE, "abc", "数值 abc 不是数字")}
    (receipt,) = pipeline.accept([delivery((METER, NOW, math.nan), (METER, NOW, 2.0), problems=problems)])
    assert receipt.accepted == 1
    assert receipt.refused[0].code == RefusalCode.BAD_VALUE
    assert receipt.refused[0].value == "abc"
    assert receipt.refused[0].reason == "数值 abc 不是数字"


def test_an_error_of_the_store_reaches_the_gateway_and_nothing_is_answered(
    store: MemoryStore, pipeline: Pipeline
) -> None:
    store.fail_append = OSError("disk full")
    with pytest.raises(OSError, match="disk full"):
        pipeline.accept([delivery((METER, NOW, 1.0), (("http", "nobody"), NOW, 1.0))])
    assert not store.parts
    assert not store.notes


def test_trouble_after_the_commit_does_not_deny_it(store: MemoryStore, caplog: pytest.LogCaptureFixture) -> None:
    class Broken:
        def committed(self, readings: Readings) -> None:
            raise RuntimeError("rollups")

    pipeline = Pipeline(store, FixedDirectory.of(POINTS), Broken(), lambda: NOW)  # type: ignore[arg-type]
    (receipt,) = pipeline.accept([delivery((METER, NOW, 1.0), (("http", "nobody"), NOW, 1.0))])
    assert receipt.accepted == 1
    assert "rollups of 1 readings" in caplog.text


def test_the_keeper_sees_exactly_what_was_stored(store: MemoryStore) -> None:
    kept = Kept()
    pipeline = Pipeline(store, FixedDirectory.of(POINTS), kept, lambda: NOW)  # type: ignore[arg-type]
    pipeline.accept([delivery((METER, NOW, 1.0), (METER, NOW, math.nan), (STACK, NOW, 3.0))])
    pipeline.accept([delivery((("http", "nobody"), NOW, 1.0))])
    (got,) = kept.got
    assert got.values.tolist() == [1.0, 3.0]


def test_a_newly_registered_point_is_found_at_once(store: MemoryStore) -> None:
    class Growing:
        def __init__(self) -> None:
            self.pairs: list[tuple[BindingKey, PointSpec]] = []

        def version(self) -> object:
            return len(self.pairs)

        def bindings(self) -> list[tuple[BindingKey, PointSpec]]:
            return list(self.pairs)

    directory = Growing()
    pipeline = Pipeline(store, directory, NoKeeper(), lambda: NOW)  # type: ignore[arg-type]
    assert pipeline.accept([delivery((METER, NOW, 1.0))])[0].accepted == 0
    directory.pairs.append((METER, POINTS[METER]))
    assert pipeline.accept([delivery((METER, NOW, 1.0))])[0].accepted == 1


def test_the_same_refusal_is_counted_instead_of_listed_again(store: MemoryStore) -> None:
    pipeline = Pipeline(store, FixedDirectory.of(POINTS), NoKeeper(), lambda: NOW, limiter=RefusalLimiter(per_key=2))  # type: ignore[arg-type]
    key = ("http", "nobody")
    for _ in range(10):
        assert len(pipeline.accept([delivery((key, NOW, 1.0))])[0].refused) == 1
    assert len(store.notes) == 2
    assert len(store.frames) == 2  # frames that nothing points to are not kept
    pipeline.accept([delivery((key, NOW, 1.0), received_us=NOW + 60 * S)])
    assert len(store.notes) == 3
    assert "另有 8 条相同情况" in store.notes[2].reason


def test_rejected_frames_are_listed_with_their_bytes_and_limited(store: MemoryStore, pipeline: Pipeline) -> None:
    frame = RejectedFrame("hj212", "10.0.0.9:4001", "", NOW, b"##0001X", "bad_crc", "CRC 不符", "字节序颠倒")
    pipeline.reject([frame] * 10)
    pipeline.reject([replace(frame, peer="10.0.0.9:4002")])  # the same device on a new connection
    assert len(store.notes) == 3
    assert store.notes[0].raw == b"##0001X"
    assert store.notes[0].key == ""
    assert store.notes[0].likely_cause == "字节序颠倒"


def test_columns_of_unequal_length_are_an_error_and_nothing_is_stored(store: MemoryStore, pipeline: Pipeline) -> None:
    broken = delivery((METER, NOW, 1.0))
    broken.values.append(2.0)
    with pytest.raises(ValueError, match="differ in length"):
        pipeline.accept([delivery((METER, NOW, 1.0)), broken])
    assert not store.parts


items = st.lists(
    st.tuples(
        st.sampled_from([METER, STACK, ("http", "nobody")]),
        st.sampled_from([0, NOW - 40 * DAY, NOW - S, NOW, NOW + 30 * S, NOW + 700 * S]),
        st.floats(allow_nan=True, allow_infinity=True, width=32),
    ),
    max_size=12,
)


@given(st.lists(items, max_size=6))
def test_every_item_is_either_stored_or_refused(batches: list[list[tuple[BindingKey, int, float]]]) -> None:
    store = MemoryStore()
    pipeline = Pipeline(store, FixedDirectory.of(POINTS), NoKeeper(), lambda: NOW)  # type: ignore[arg-type]
    receipts = pipeline.accept([delivery(*batch) for batch in batches])
    stored = store.readings
    assert len(receipts) == len(batches)
    for batch, receipt in zip(batches, receipts, strict=True):
        refused = {r.index for r in receipt.refused}
        kept = [item for i, item in enumerate(batch) if i not in refused]
        mine = stored.take(stored.frames == receipt.frame_id)
        assert receipt.accepted == len(kept) == len(mine)
        assert mine.times.tolist() == [t for _, t, _ in kept]
        assert mine.values.tolist() == [v for _, _, v in kept]
        assert mine.points.tolist() == [POINTS[k].id for k, _, _ in kept]


def test_what_comes_long_after_its_time_is_marked_late(store: MemoryStore, pipeline: Pipeline) -> None:
    # The meter sends every 900 s: late after 2700 s. The stack sends every 60 s: late after half an hour.
    ages = [(METER, 2700), (METER, 2701), (STACK, 1800), (STACK, 1801)]
    pipeline.accept([delivery(*((key, NOW - age * S, 1.0) for key, age in ages))])
    assert [bool(q & Quality.LATE) for q in store.readings.quality.tolist()] == [False, True, False, True]


def test_an_imported_file_is_never_late(store: MemoryStore, pipeline: Pipeline) -> None:
    pipeline.accept([delivery((METER, NOW - 3 * DAY, 1.0), gateway="file"), delivery((METER, NOW - 2 * DAY, 2.0))])
    assert [bool(q & Quality.LATE) for q in store.readings.quality.tolist()] == [False, True]
