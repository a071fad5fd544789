"""A generator that runs in a thread of its own.

The Delta writer pulls its input from within its own scheduler, where reading another Delta file is not possible; and it
turns an exception of its input into text. Here the input is made outside, and its exception is kept.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterable, Iterator
from typing import Generic, TypeVar

T = TypeVar("T")


class Ahead(Generic[T]):
    """Iterate once. ``error`` is what the source raised, if it did; the iteration then raises it too."""

    def __init__(self, source: Iterable[T], depth: int = 2) -> None:
        self.error: BaseException | None = None
        self._items: queue.Queue[T | None] = queue.Queue(depth)
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, args=(source,), daemon=True)
        self._thread.start()

    def _run(self, source: Iterable[T]) -> None:
        try:
            for item in source:
                if not self._put(item):
                    return
        except BaseException as error:  # noqa: BLE001 - handed to the reader, whatever it is
            self.error = error
        self._put(None)

    def _put(self, item: T | None) -> bool:
        while not self._stopped.is_set():
            try:
                self._items.put(item, timeout=0.2)
            except queue.Full:
                continue
            return True
        return False

    def __iter__(self) -> Iterator[T]:
        while (item := self._items.get()) is not None:
            yield item
        if self.error is not None:
            raise self.error

    def stop(self) -> None:
        """The reader is gone. Returns when the source has ended."""
        self._stopped.set()
        self._thread.join()
