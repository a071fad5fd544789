"""The reduced fault benchmark (bench/faults.py is the whole): what meters with faults are booked for, against truth."""

import numpy as np
import pytest

from greenpark.kernel.readings import Rollups, Step
from greenpark.store.keeper import RollupKeeper
from greenpark.store.opening import open_store
from greenpark.store.tests import fault_world
from greenpark.store.tests.fault_world import DAY, HOUR, START

#: Greatest energy error of a group, and share of hours off by more than 5 %.
ENERGY, HOURS_CLEAN, HOURS_FAULTY = 0.001, 0.01, 0.05
COUNTS = {"clean": 6, "zero spikes": 4, "gaps": 4, "rollover": 2, "replaced": 2, "up-spike": 2, "late": 4, "jitter": 2}


@pytest.fixture(scope="module")
def world():
    return fault_world.make_world(days=14, counts=COUNTS)


@pytest.fixture(scope="module")
def live(world, tmp_path_factory):
    """Fed hour by hour, as the readings arrived."""
    return hours(world, tmp_path_factory.mktemp("live"), world.arrival // HOUR)


@pytest.fixture(scope="module")
def backfilled(world, tmp_path_factory):
    """Fed in one piece."""
    return hours(world, tmp_path_factory.mktemp("backfill"), np.zeros(len(world.readings)))


def hours(world, folder, batch_of):
    store = open_store(f"sqlite:///{folder}/r.sqlite3", str(folder / "history"), synchronous="NORMAL")
    specs = {s.id: s for s in world.specs}
    keeper = RollupKeeper(store, lambda points: [specs[p] for p in points], flush_us=0)
    for batch in np.unique(batch_of):
        part = world.readings.take(batch_of == batch)
        store.append(part, now_us=int(part.times.max()))
        keeper.committed(part)
    found = store.rollups(Step.HOUR, None, START - DAY, START + 60 * DAY)
    store.close()
    return found


@pytest.mark.parametrize("group", fault_world.GROUPS)
@pytest.mark.parametrize("way", ["live", "backfilled"])
def test_books_match_the_truth(world, group, way, request):
    booked = request.getfixturevalue(way)
    score = fault_world.score(world, group, booked.points, booked.starts, booked.amount)
    assert abs(score.energy) <= ENERGY
    assert score.worst_energy <= ENERGY
    assert score.hours_off <= (HOURS_CLEAN if group == "clean" else HOURS_FAULTY)


def test_live_and_backfill_book_the_same(live, backfilled):
    for name in Rollups.__slots__:
        np.testing.assert_allclose(getattr(live, name), getattr(backfilled, name), rtol=1e-9, atol=1e-8, err_msg=name)


def test_the_benchmark_notices_a_wrong_boundary(world, live):
    """An hour's energy booked one quarter late would be off in a large share of hours."""
    shifted = np.roll(live.amount, 1) * 0.25 + live.amount * 0.75
    assert fault_world.score(world, "clean", live.points, live.starts, shifted).hours_off > 0.05
