"""How often the same refusal is listed. A meter that sends nonsense every second must not fill the disk."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, field

MINUTE_US = 60_000_000


@dataclass(slots=True)
class _Seen:
    minute: int
    listed: int = 0
    counted: int = 0


@dataclass(slots=True)
class RefusalLimiter:
    """Lists at most ``per_key`` refusals of one cause per minute and ``in_all`` of all causes; counts the others.

    The count is handed out with the next refusal of the same cause that is listed, so that none is forgotten while the
    process runs. At most ``remember`` causes are remembered; the oldest go first.
    """

    per_key: int = 3
    in_all: int = 2_000
    remember: int = 50_000
    suppressed: int = 0
    """Counted and not listed, since the process started."""
    _seen: dict[Hashable, _Seen] = field(default_factory=dict)
    _minute: int = -1
    _listed: int = 0

    def admit(self, cause: Hashable, at_us: int) -> int | None:
        """None when the refusal is only counted; otherwise how many of the same cause were counted before it."""
        minute = at_us // MINUTE_US
        if minute != self._minute:
            self._minute, self._listed = minute, 0
        seen = self._seen.get(cause)
        if seen is None:
            while len(self._seen) >= self.remember:
                del self._seen[next(iter(self._seen))]
            seen = self._seen[cause] = _Seen(minute)
        if seen.minute != minute:
            seen.minute, seen.listed = minute, 0
        if seen.listed >= self.per_key or self._listed >= self.in_all:
            seen.counted += 1
            self.suppressed += 1
            return None
        more, seen.counted = seen.counted, 0
        seen.listed += 1
        self._listed += 1
        return more
