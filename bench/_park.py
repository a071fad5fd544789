"""A made-up park for benchmarks (演示数据): Django on an empty folder, enterprises, electricity meters at their border,
and purchased electricity as the source of each enterprise. Import it before anything of Django's.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

KNOWN = datetime(2025, 1, 1, tzinfo=UTC)
GRID = {"region": "全国", "scope": "average", "year_rule": "latest-published"}


def set_up(folder: Path) -> None:
    """Settings on the folder, empty tables, the factors of the standard packs."""
    os.environ.update(GREENPARK_VAR=str(folder), DJANGO_SETTINGS_MODULE="greenpark.project.settings")
    import django

    django.setup()
    from django.conf import settings
    from django.core.management import call_command

    from greenpark.domains.carbon import facade as carbon

    call_command("migrate", verbosity=0)
    carbon.load_factors(settings.PACKS / "standards", at=KNOWN)


def make(
    enterprises: int, meters: int, *, interval_s: int = 900, binding: Callable[[int], tuple[str, ...]] | None = None
) -> list[int]:
    """Meters dealt out to the enterprises; each enterprise buys what its meters count. Returns the points."""
    from django.db import transaction

    from greenpark.domains.accounts.contracts import SYSTEM
    from greenpark.domains.carbon import facade as carbon
    from greenpark.domains.registry import facade as registry
    from greenpark.domains.registry.contracts import EnterpriseDraft, PointDraft
    from greenpark.kernel.periods import Month

    points: list[int] = []
    with transaction.atomic():
        for number in range(enterprises):
            draft = EnterpriseDraft(code=f"B{number:03d}", name=f"示范企业 {number:03d}", demo=True)
            enterprise = registry.save_enterprise(draft, by=SYSTEM, at=KNOWN)
            own = []
            for meter in range(number, meters, enterprises):
                point = PointDraft(
                    enterprise_id=enterprise,
                    code=f"E{meter:04d}",
                    name=f"进线电表 {meter:04d}",
                    medium="electricity",
                    kind="counter",
                    unit="kWh",
                    expected_interval_s=interval_s,
                    balance="import",
                    binding=("http", f"meter-{meter}") if binding is None else binding(meter),
                    demo=True,
                )
                own.append(registry.save_point(point, by=SYSTEM, at=KNOWN))
            points += own
            bought = {
                "name": "外购电量",
                "path": "purchased",
                "kind": "points",
                "points": [{"point": p, "sign": 1} for p in own],
                "unit": "MWh",
                "scale": "0.001",
            }
            carbon.save_source(
                enterprise_id=enterprise,
                valid_from=Month(2025, 1),
                by=SYSTEM,
                at=KNOWN,
                code="electricity",
                name="外购电力",
                category="electricity",
                medium="电力",
                method="electricity-location.guides-2013",
                options={"grid": GRID},
                bindings=[bought],
                energy=[{"carrier": "electricity", "input": "外购电量"}],
            )
    return points
