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

    def came_back(self, key: Key) -> bool:
        """The value that stands stood before, with another between. Such a one may keep its first frame."""
        return any(row[:2] == self.now[key][:2] for row in self.gone.get(key, ()))


def alike(found: list[tuple[int, int, float, int, int]], model: Model) -> bool:
    """The same rows; frames too, but for values that came back."""
    expected = [row for row in model.rows() if row[:2] in {(f[0], f[1]) for f in found}]
    return [row[:4] for row in found] == [row[:4] for row in expected] and all(
        f[4] == e[4] or model.came_back((f[0], f[1])) for f, e in zip(found, expected, strict=True)
    )


def check(store: ReadingStore, model: Model) -> None:
    found = rows(store.read(None, *ALWAYS))
    assert len(found) == len(model.rows())
    assert alike(found, model)
    newest: dict[int, tuple[int, int, float, int, int]] = {}
    for row in model.rows():
        newest[row[0]] = row
    latest = rows(store.latest(None))
    assert [row[:2] for row in latest] == [row[:2] for row in newest.values()]
    assert alike(latest, model)


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
        stands = model.now[point, time][:2]
        found = [(r.value, r.quality) for r in store.replaced(point, time, time + 1)]
        assert len(found) <= len(expected)
        assert {row for row in found if row != stands} == {row[:2] for row in expected if row[:2] != stands}
