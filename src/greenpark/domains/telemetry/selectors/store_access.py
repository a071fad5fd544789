"""The readings store of this process: one store, one rollup keeper, one pipeline, opened on first use.

Web workers, jobs and the gateway process all come in here; the addresses are settings.READINGS_URL and HISTORY_PATH.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from time import time_ns

from django.conf import settings
from django.db import close_old_connections

from greenpark.domains.registry import facade as registry
from greenpark.ingest.pipeline import Pipeline
from greenpark.kernel.points import BindingKey, PointSpec
from greenpark.store.combined import ReadingStore
from greenpark.store.keeper import RollupKeeper
from greenpark.store.opening import open_store


@dataclass(eq=False)
class RegistryDirectory:
    """The registry's points as gateways see them. Every point can also be named by ``("point", id)``."""

    changed: Callable[[Sequence[int]], None] = lambda ids: None
    """Told which points have another specification now."""
    _known: registry.PointDirectory | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def version(self) -> object:
        close_old_connections()  # a gateway's thread lives longer than a database connection may
        return registry.point_version()

    def current(self) -> registry.PointDirectory:
        """All active points; read again only when something changed."""
        with self._lock:
            close_old_connections()
            before, self._known = self._known, registry.point_directory(self._known)
            known = self._known
        if before is not None and before is not known:
            self.changed([i for i in before.by_id if known.by_id.get(i) != before.by_id[i]])
        return known

    def bindings(self) -> list[tuple[BindingKey, PointSpec]]:
        known = self.current()
        named: list[tuple[BindingKey, PointSpec]] = [(("point", str(i)), spec) for i, spec in known.by_id.items()]
        return [*known.by_key.items(), *named]

    def specs(self, ids: Sequence[int]) -> Iterable[PointSpec]:
        by_id = self.current().by_id
        return [by_id[i] for i in map(int, ids) if i in by_id]


@dataclass(frozen=True)
class Access:
    """Everything a process needs to read and write readings."""

    store: ReadingStore
    keeper: RollupKeeper
    directory: RegistryDirectory
    pipeline: Pipeline


#: Rollups are written by whoever calls ``keeper.flush()`` (a gateway's own thread every second, a web request before it
#: answers), never inside a commit: a burst of readings must not wait for them.
BY_HAND = 1 << 62

_open: dict[tuple[int, str, str], Access] = {}
_lock = threading.Lock()


def access() -> Access:
    """The access of this process to the configured store. A forked child gets its own."""
    place = (os.getpid(), str(settings.READINGS_URL), str(settings.HISTORY_PATH))
    found = _open.get(place)
    if found is None:
        with _lock:
            found = _open.get(place)
            if found is None:
                found = _open[place] = make_access(place[1], place[2])
    return found


def make_access(readings_url: str, history_path: str) -> Access:
    """A new access; processes use :func:`access`."""
    store = open_store(readings_url, history_path)
    directory = RegistryDirectory()
    keeper = RollupKeeper(store, directory.specs, flush_us=BY_HAND)
    directory.changed = keeper.specs_changed
    return Access(store, keeper, directory, Pipeline(store, directory, keeper, lambda: time_ns() // 1_000))


def close_access() -> None:
    """Write what the keeper still holds and close; for the end of a process and for tests."""
    with _lock:
        for place in [p for p in _open if p[0] == os.getpid()]:
            found = _open.pop(place)
            found.keeper.flush()
            found.store.close()
