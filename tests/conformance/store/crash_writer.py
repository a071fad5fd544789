"""Appends numbered batches and says so after each; is killed by the test. Run as a program.

Arguments: readings address, history path, first batch number.
"""

from __future__ import annotations

import sys

from greenpark.kernel.readings import Readings
from greenpark.store.opening import open_store
from tests.conformance.store.builders import DAY, MINUTE, T0, frame

POINTS = 40


def batch(number: int, frame_id: int = 0) -> Readings:
    """Batch ``number``: minute ``number`` of all points, and once more the values of an earlier minute."""
    points = list(range(1, POINTS + 1))
    times = [T0 + number * MINUTE] * POINTS
    values = [float(number * 1000 + point) for point in points]
    return Readings.of(points, times, values, None, [frame_id] * POINTS)


def main(url: str, history: str, first: int) -> None:
    store = open_store(url, history)
    number = first
    while number < 1440:
        frame_id = store.new_frame_ids(1, now_us=T0 + number * MINUTE)[0]
        store.append(batch(number, frame_id), [frame(frame_id, str(number).encode())], now_us=T0 + number * MINUTE)
        print(number, frame_id, flush=True)
        if number % 7 == 6:
            store.append(batch(number - 3), now_us=T0 + number * MINUTE)  # sent again
        if number % 10 == 9:
            store.seal(DAY)
        number += 1


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
