"""Fills a store until the file size limit stops it. Run as a program by the test, in a process of its own.

Arguments: readings address, history path, what to try (append or seal), most bytes a file may have. Prints one JSON
line: how many batches were acknowledged and which error came.
"""

from __future__ import annotations

import json
import resource
import sys

from greenpark.store.interface import StoreError
from greenpark.store.opening import open_store
from tests.conformance.store.builders import DAY, MINUTE, T0, grid

POINTS = 500


def main(url: str, history: str, what: str, limit: int) -> None:
    store = open_store(url, history)
    acknowledged, error = 0, ""
    try:
        if what == "append":
            resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
        for minute in range(400):
            store.append(grid(POINTS, 1, start=T0 + minute * MINUTE), now_us=T0)
            acknowledged += 1
            if what == "seal" and minute == 200:
                resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
                store.seal(DAY)
    except StoreError as failure:
        error = type(failure).__name__
    print(json.dumps({"acknowledged": acknowledged, "error": error}), flush=True)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4]))
