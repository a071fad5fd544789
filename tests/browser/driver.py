"""A real Chromium and a guard that notices what users and security officers would not forgive."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from playwright.sync_api import Browser, ConsoleMessage, Page, Request, Response, sync_playwright

FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
#: Debian's package; Playwright's own download is not used.
CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
VIEWPORTS = {"1366x768": (1366, 768), "1440x900": (1440, 900), "375x812": (375, 812)}

_REPORT_CSP = """
document.addEventListener('securitypolicyviolation', (event) =>
  console.error(`CSP: ${event.violatedDirective} refused ${event.blockedURI} ${event.sample}`));
"""


def chromium_path() -> str | None:
    """Where Chromium is, or None."""
    return shutil.which(CHROMIUM) or shutil.which("chromium")


@contextmanager
def launched() -> Iterator[Browser]:
    """A headless Chromium."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path(), args=list(FLAGS))
        try:
            yield browser
        finally:
            browser.close()


@dataclass
class Guard:
    """Collects faults of a page: console errors, CSP violations, requests to other hosts, failed answers.

    ``expected`` holds statuses that the test provokes itself.
    """

    page: Page
    host: str
    expected: set[int] = field(default_factory=set)
    faults: list[str] = field(default_factory=list)

    def watch(self) -> Guard:
        self.page.add_init_script(_REPORT_CSP)
        self.page.on("console", self._console)
        self.page.on("pageerror", lambda error: self.faults.append(f"uncaught: {error}"))
        self.page.on("request", self._request)
        self.page.on("response", self._response)
        return self

    def _console(self, message: ConsoleMessage) -> None:
        if message.type != "error":
            return
        if "Failed to load resource" in message.text and self.expected:
            return
        self.faults.append(f"console: {message.text}")

    def _request(self, request: Request) -> None:
        parts = urlsplit(request.url)
        if parts.scheme in {"http", "https", "ws", "wss"} and parts.netloc != self.host:
            self.faults.append(f"outside request: {request.url}")

    def _response(self, response: Response) -> None:
        if response.status >= 400 and response.status not in self.expected:
            self.faults.append(f"{response.status} for {response.url}")

    def check(self) -> None:
        """Raise AssertionError with all faults so far."""
        assert not self.faults, "\n".join(self.faults)


def settle(page: Page) -> None:
    """Wait until fonts and charts are there."""
    page.wait_for_load_state("load")
    page.evaluate("document.fonts.ready")
    page.wait_for_function(
        "[...document.querySelectorAll('[data-chart]')].every("
        "(place) => place.querySelector('svg, canvas') || place.classList.contains('chart-error'))"
    )


def sideways(page: Page) -> list[str]:
    """Elements that make the page scroll sideways, as short descriptions; empty when nothing does.

    Content inside an element that scrolls by itself (a wide table) does not count.
    """
    return page.evaluate(
        """() => {
          const width = document.documentElement.clientWidth;
          if (document.documentElement.scrollWidth <= width) return [];
          const contained = (node) => {
            for (let up = node.parentElement; up; up = up.parentElement) {
              const style = getComputedStyle(up);
              if (style.overflowX !== 'visible' || style.position === 'fixed') return true;
            }
            return false;
          };
          const wide = [...document.body.querySelectorAll('*')].filter((node) => {
            const box = node.getBoundingClientRect();
            const fixed = getComputedStyle(node).position === 'fixed';
            return box.width && box.right > width + 1 && !fixed && !contained(node);
          });
          return wide.length ? wide.map((node) => `${node.tagName}.${node.className}`) : ['the document itself'];
        }"""
    )


def clipped(page: Page) -> list[str]:
    """Controls under 24 px on a side (WCAG 2.2, 2.5.8), links inside sentences left out."""
    return page.evaluate(
        """() => [...document.querySelectorAll('button, .button, select, input:not([type=hidden])')].filter((node) => {
          const box = node.getBoundingClientRect();
          const style = getComputedStyle(node);
          if (!box.width || style.visibility === 'hidden') return false;
          if (['checkbox', 'radio'].includes(node.type)) return false;
          return node.classList.contains('chart-download') ? false : box.height < 24 || box.width < 24;
        }).map((node) => `${node.tagName}.${node.className} ${node.textContent.trim().slice(0, 20)}`)"""
    )
