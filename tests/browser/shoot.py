"""Pictures of pages for people to look at: ``python -m tests.browser.shoot [URL NAME…] --url http://127.0.0.1:8000``.

Works against a running demonstration (``./start``): signs in by the role chooser. Without names it takes every line of
the role's menu. Names that need arguments are written as paths: ``/enterprises/3/``. Pictures go to ./screenshots,
which git ignores. Faults that the guard of the browser tests would report are printed.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import Browser, Page

from tests.browser import driver

FOLDER = Path(__file__).resolve().parents[2] / "screenshots"


def paths(names: list[str]) -> list[str]:
    """URL names to paths; paths stay."""
    import os

    import django
    from django.urls import reverse

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "greenpark.project.settings")
    django.setup()
    return [name if name.startswith("/") else reverse(name) for name in names]


def sign_in(page: Page, role: str) -> None:
    """By the role chooser of a demonstration."""
    page.goto("/sign-in/")
    page.locator(f"button[name=role][value={role}]").click()
    page.wait_for_load_state("load")


def menu(page: Page) -> list[str]:
    """Addresses of the left menu."""
    page.goto("/")
    return page.eval_on_selector_all("#side li a", "links => links.map((link) => link.getAttribute('href'))")


def shoot(browser: Browser, base: str, role: str, size: str, wanted: list[str]) -> int:
    """Take the pictures of one size; returns the number of faults."""
    width, height = driver.VIEWPORTS[size]
    context = browser.new_context(viewport={"width": width, "height": height}, base_url=base, locale="zh-CN")
    page = context.new_page()
    guard = driver.Guard(page, urlsplit(base).netloc).watch()
    sign_in(page, role)
    for path in wanted or menu(page):
        page.goto(path)
        driver.settle(page)
        name = path.strip("/").replace("/", "-").replace("?", "_") or "start"
        page.screenshot(path=FOLDER / f"{name}@{role}@{size}.png", full_page=True)
        if wide := driver.sideways(page):
            guard.faults.append(f"{path} scrolls sideways: {wide[:3]}")
        print(f"{name} {size}", file=sys.stderr)
    context.close()
    for fault in guard.faults:
        print(f"{size}: {fault}")
    return len(guard.faults)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", help="URL names or paths")
    parser.add_argument("--url", default="http://127.0.0.1:8000")
    parser.add_argument("--role", default="duty-officer")
    parser.add_argument("--size", action="append", choices=list(driver.VIEWPORTS))
    options = parser.parse_args()
    FOLDER.mkdir(exist_ok=True)
    wanted = paths(options.names)
    with driver.launched() as browser:
        faults = sum(
            shoot(browser, options.url, options.role, size, wanted) for size in options.size or driver.VIEWPORTS
        )
    return 1 if faults else 0


if __name__ == "__main__":
    raise SystemExit(main())
