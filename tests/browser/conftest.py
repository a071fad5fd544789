"""Fixtures for tests in a real browser. Without Chromium they are skipped, with the package's name."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, Page

from greenpark.domains.accounts import facade as accounts
from tests.browser import driver

#: One worker holds the one browser and the one database of these tests.
pytestmark = [pytest.mark.browser]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "tests/browser" in str(item.path):
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.xdist_group("browser"))


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    if driver.chromium_path() is None:
        pytest.skip("chromium is missing: apt-get install chromium fonts-noto-cjk")
    # Playwright keeps an event loop in this thread; Django then refuses its own synchronous ORM calls without this.
    patch = pytest.MonkeyPatch()
    patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
    with driver.launched() as browser:
        yield browser
    patch.undo()


@pytest.fixture(params=list(driver.VIEWPORTS))
def viewport(request: pytest.FixtureRequest) -> tuple[int, int]:
    """Each of the sizes that every page has to hold."""
    return driver.VIEWPORTS[request.param]


@pytest.fixture
def people(transactional_db: None) -> dict[str, int]:
    """One person per role, all working in one invented city."""
    now = datetime.now(UTC)
    city = accounts.ensure_organisation(code="demo-city", name="演示市", kind="city", by=accounts.SYSTEM, at=now)
    return accounts.ensure_demo_people(at=now, organisations={"": city})


class Desk:
    """Opens pages as somebody and keeps a guard on each."""

    def __init__(self, browser: Browser, base: str, people: dict[str, int]) -> None:
        self.browser, self.base, self.people = browser, base, people
        self.contexts: list[BrowserContext] = []
        self.guards: list[driver.Guard] = []

    def page(
        self,
        role: str | None = None,
        size: tuple[int, int] = (1366, 768),
        *,
        scripts: bool = True,
        expected: set[int] | None = None,
    ) -> Page:
        """A page of a signed-in person; ``role`` None is a stranger."""
        context = self.browser.new_context(
            viewport={"width": size[0], "height": size[1]},
            base_url=self.base,
            java_script_enabled=scripts,
            locale="zh-CN",
            timezone_id="Asia/Shanghai",
            has_touch=size[0] < 768,
        )
        self.contexts.append(context)
        if role is not None:
            context.add_cookies([self._session(role)])
        page = context.new_page()
        guard = driver.Guard(page, self.base.split("//")[1], expected or set())
        self.guards.append(guard.watch())
        return page

    def _session(self, role: str) -> dict[str, str]:
        from django.contrib.auth import get_user_model

        client = Client()
        client.force_login(
            get_user_model().objects.get(pk=self.people[role]), "django.contrib.auth.backends.ModelBackend"
        )
        value = client.cookies[settings.SESSION_COOKIE_NAME].value
        return {"name": settings.SESSION_COOKIE_NAME, "value": value, "url": self.base}

    def check(self) -> None:
        for guard in self.guards:
            guard.check()

    def close(self) -> None:
        for context in self.contexts:
            context.close()


@pytest.fixture
def desk(chromium: Browser, live_server: object, people: dict[str, int]) -> Iterator[Desk]:
    """Pages as a person of a role; at the end no page may have shown a fault."""
    desk = Desk(chromium, str(live_server), people)
    yield desk
    desk.close()
    desk.check()
