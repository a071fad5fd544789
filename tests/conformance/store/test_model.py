"""Any order of appends, repeats, seals, backfills and restarts reads like a plain dictionary."""

from __future__ import annotations

from collections.abc import Callable

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from greenpark.kernel.readings import Readings
from greenpark.store.combined import ReadingStore

from .builders import ALWAYS, DAY, HOUR, NEXT, T0, rows
from .conftest import Place

POINTS = st.integers(1, 4)
TIMES = st.integers(0, 9).map(lambda n: T0 + 21 * HOUR + n * HOUR // 2)
ROWS = st.lists(st.tuples(POINTS, TIMES, st.sampled_from([0.0, 1.0, 2.5]), st.sampled_from([0, 256])), max_size=8)
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("append"), ROWS),
        st.tuples(st.just("backfill"), ROWS),
        st.tuples(st.just("seal"), st.sampled_from([DAY, NEXT])),
        st.tuples(st.just("reopen"), st.none()),
    ),
    max_size=12,
)

Key = tuple[int, int]


class Model:
    """Newest row of each key, and all that gave way."""

    def __init__(self) -> None:
        self.now: dict[Key, tuple[float, int, int]] = {}
        self.gone: dict[Key, list[tuple[float, int, int]]] = {}

    def write(self, batch: Readings) -> None:
        for point, time, value, quality, frame in rows(batch):
            known = self.now.get((point, time))
            if known is not None and known[:2] == (value, quality):
                continue
            if known is not None:
                self.gone.setdefault((point, time), []).append(known)
            self.now[point, time] = (value, quality, frame)

    def rows(self) -> list[tuple[int, int, float, int, int]]:
        return sorted((*key, *row) for key, row in self.now.items())


def check(store: ReadingStore, model: Model) -> None:
    assert rows(store.read(None, *ALWAYS)) == model.rows()
    newest: dict[int, tuple[int, int, float, int, int]] = {}
    for row in model.rows():
        newest[row[0]] = row
    assert rows(store.latest(None)) == list(newest.values())


@given(steps=STEPS)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_store_is_a_dictionary(new_place: Callable[[], Place], steps: list[tuple[str, object]]) -> None:
    place = new_place()
    try:
        play(place, steps)
    finally:
        place.close()


def play(place: Place, steps: list[tuple[str, object]]) -> None:
    store, model = place.open(), Model()
    for number, (what, given_value) in enumerate(steps, 1):
        if what in ("append", "backfill"):
            chosen = list(given_value)  # type: ignore[call-overload]
            columns = list(zip(*chosen, strict=True)) or [(), (), (), ()]
            batch = Readings.of(*columns, [number * 100 + n for n in range(len(chosen))])
            model.write(batch)
            if what == "append":
                store.append(batch, now_us=T0 + number)
            else:
                store.backfill(batch, now_us=T0 + number)
        elif what == "seal":
            store.seal(given_value)  # type: ignore[arg-type]
        else:
            store.close()
            store = place.open()
        check(store, model)
    for day in store.dirty_days():
        store.seal(day)
    check(store, model)
    assert len(store.inbox.read(None, *ALWAYS)) == 0
    for (point, time), expected in model.gone.items():
        found = [(r.value, r.quality, r.frame_id) for r in store.replaced(point, time, time + 1)]
        assert sorted(found) == sorted(expected)
