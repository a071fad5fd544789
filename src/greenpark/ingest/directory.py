"""What the pipeline asks of the registry: which point a binding key means, and how to check its readings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from greenpark.kernel.points import BindingKey, PointSpec
from greenpark.kernel.readings import Floats, Int32s, Int64s

UNKNOWN = -1
_ALWAYS = np.iinfo(np.int64).min
_NEVER = np.iinfo(np.int64).max


class Directory(Protocol):
    """The registered points, as seen by gateways. Both may be called from any thread."""

    def version(self) -> object:
        """Changes whenever :meth:`bindings` would answer differently. Cheap: asked about once a second."""
        ...

    def bindings(self) -> Sequence[tuple[BindingKey, PointSpec]]:
        """Every binding with its point. A point may have several bindings; a key belongs to one point."""
        ...


@dataclass(frozen=True, slots=True)
class FixedDirectory:
    """A directory that never changes; for tests, benchmarks and the simulator."""

    pairs: tuple[tuple[BindingKey, PointSpec], ...]

    @classmethod
    def of(cls, pairs: Mapping[BindingKey, PointSpec]) -> FixedDirectory:
        return cls(tuple(pairs.items()))

    def version(self) -> object:
        return 0

    def bindings(self) -> Sequence[tuple[BindingKey, PointSpec]]:
        return self.pairs


class _Rows(dict[BindingKey, int]):
    """Key -> row. An unknown key is a row as well, so that looking up never raises in the middle of a column."""

    def __missing__(self, key: BindingKey) -> int:
        return UNKNOWN


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A directory turned into columns: row = one binding. Row -1 is a harmless stand-in for unknown keys.

    points         int32    point id
    low, high      float64  plausible range of a raw value, infinite where none is registered
    since, until   int64    in service from (inclusive) to (exclusive) [UTC µs]
    interval_us    int64    expected interval
    """

    version: object
    rows: dict[BindingKey, int]
    specs: tuple[PointSpec, ...]
    points: Int32s
    low: Floats
    high: Floats
    since: Int64s
    until: Int64s
    interval_us: Int64s

    @classmethod
    def of(cls, directory: Directory) -> Snapshot:
        """Read the directory once. The version is read first: a change in between is seen at the next look."""
        version = directory.version()
        pairs = list(directory.bindings())
        specs = tuple(spec for _, spec in pairs)

        def column(values: list[float] | list[int], stand_in: float, dtype: type) -> npt.NDArray[Any]:
            return np.array([*values, stand_in], dtype)

        return cls(
            version,
            _Rows((key, row) for row, (key, _) in enumerate(pairs)),
            specs,
            column([s.id for s in specs], 0, np.int32),
            column([-np.inf if s.min_value is None else s.min_value for s in specs], -np.inf, np.float64),
            column([_highest(s) for s in specs], np.inf, np.float64),
            column([_ALWAYS if s.commissioned_us is None else s.commissioned_us for s in specs], _ALWAYS, np.int64),
            column([_NEVER if s.decommissioned_us is None else s.decommissioned_us for s in specs], _NEVER, np.int64),
            column([s.expected_interval_s * 1_000_000 for s in specs], 0, np.int64),
        )


def _highest(spec: PointSpec) -> float:
    """A register never shows its own size: 99999.9 is followed by 0."""
    limits = [limit for limit in (spec.max_value,) if limit is not None]
    if spec.register_max is not None:
        limits.append(float(np.nextafter(spec.register_max, -np.inf)))
    return min(limits, default=float(np.inf))
