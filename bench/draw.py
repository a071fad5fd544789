"""How long a draw takes: 5,000 households drawn and verified, and a million applicants ranked.

    .venv/bin/python bench/draw.py

Prints seconds of CPU and the ratio per applicant between the two sizes (1 would be perfectly linear).
"""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

from greenpark.engines import drawing

FREEZE = datetime(2026, 9, 25, 2, tzinfo=UTC)
UNTIL = FREEZE + timedelta(hours=6)


def contributions() -> list[drawing.Contribution]:
    secrets = [("notary", "0f" * 16), ("residents", "a5" * 16)]
    kind = drawing.ContributionKind
    parts = [
        drawing.Contribution(
            p, kind.SECRET, drawing.commitment_of(s), FREEZE - timedelta(days=1), s, FREEZE + timedelta(hours=1)
        )
        for p, s in secrets
    ]
    return [*parts, drawing.Contribution("dice", kind.DICE, "", None, "3615" * 5, UNTIL + timedelta(minutes=1))]


def cpu(action) -> tuple[float, object]:
    begin = time.process_time()
    result = action()
    return time.process_time() - begin, result


def main() -> None:
    ceremony = drawing.Ceremony(FREEZE, UNTIL)
    rules = drawing.DrawRules("bench", (drawing.RoundRules("1", (drawing.Quota("p", 40),)),), ceremony)
    small = [drawing.Applicant(f"HN{n:05d}", ("p",) if n % 9 == 0 else ()) for n in range(5_000)]
    drawn, answer = cpu(lambda: drawing.draw(small, rules, contributions()))
    checked, findings = cpu(lambda: drawing.verify(answer[0]))
    assert findings == []
    print(f"5,000 households: drawn {drawn:.3f} s, verified {checked:.3f} s (goal: under 1 s together)")
    large = [drawing.Applicant(f"HN{n:07d}", ("p",) if n % 9 == 0 else ()) for n in range(1_000_000)]
    ranked, _ = cpu(lambda: drawing.rank(large, "ab" * 32, rules.rounds[0]))
    print(f"1,000,000 applicants ranked: {ranked:.1f} s (goal: under 30 s)")
    print(f"ratio per applicant, large to small: {(ranked / 1_000_000) / (drawn / 5_000):.2f}")


if __name__ == "__main__":
    main()
