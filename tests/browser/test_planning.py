"""Pages of planning in a real browser, with the pack of Wuhai loaded."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from greenpark.domains.accounts.contracts import SYSTEM
from greenpark.domains.planning import facade as planning
from greenpark.domains.registry import facade as registry

WUHAI = Path(__file__).resolve().parents[2] / "packs" / "regions" / "wuhai"
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("size", [(1440, 900), (375, 812)])
def test_pages_open_without_faults(desk: Any, size: tuple[int, int]) -> None:
    now = datetime.now(UTC)
    registry.load_region(WUHAI, by=SYSTEM, at=now)
    planning.load_plan(WUHAI, by=SYSTEM, at=now)
    page = desk.page("bureau-staff", size)
    pictures = os.environ.get("PICTURES", "")
    for name in ("indicators", "annexes", "tasks", "projects", "parameters", "consistency", "coverage"):
        page.goto(f"/plan/{name}/")
        assert page.locator("h1").count() == 1
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), name
        if pictures:
            page.screenshot(path=f"{pictures}/{name}-{size[0]}.png")
        if name in ("indicators", "tasks", "projects"):
            page.locator("td.name a").first.click()
            page.wait_for_load_state("load")
            assert page.locator("blockquote").count() >= 1
            if pictures:
                page.screenshot(path=f"{pictures}/{name}-one-{size[0]}.png", full_page=True)
    desk.check() if hasattr(desk, "check") else None
