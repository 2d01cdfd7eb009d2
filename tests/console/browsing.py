"""A visitor in a real browser, for every test that looks at a page."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

from tests.services import chromium_path, require_service

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Locator, Page, ViewportSize

WIDE: ViewportSize = {"width": 1440, "height": 1000}
NARROW: ViewportSize = {"width": 480, "height": 900}
SIZES = pytest.mark.parametrize(
    "size",
    [pytest.param(WIDE, id="wide"), pytest.param(NARROW, id="narrow", marks=pytest.mark.nightly)],
)
HOSTILE = "<img src=x onerror='window.hacked=1'>"
_WAIT_MS = 60_000  # spent only where a test fails: a machine at work is slow, not wrong


@contextmanager
def chromium() -> Iterator[Browser]:
    require_service("chromium")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium_path(),
            args=["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"],
        )
        yield browser
        browser.close()


@contextmanager
def visit(browser: Browser) -> Iterator[Page]:
    """A fresh visitor, who asks only this machine and whose browser finds no fault in the page."""
    context = browser.new_context(viewport=WIDE, accept_downloads=True)
    context.set_default_timeout(_WAIT_MS)
    page = context.new_page()
    hosts: set[str | None] = set()
    faults: list[str] = []
    page.on("request", lambda request: hosts.add(urlsplit(request.url).hostname))
    page.on("websocket", lambda socket: hosts.add(urlsplit(socket.url).hostname))
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("console", lambda said: faults.append(said.text) if _is_fault(said) else None)
    yield page
    context.close()
    assert hosts <= {"127.0.0.1", None}
    assert faults == []


def _is_fault(said: Any) -> bool:
    """Streamlit looks for its own address below the page's path first, and finds it above."""
    return said.type == "error" and "/_stcore/" not in said.location.get("url", "")


def expect(found: Locator) -> Any:
    """What is said of `found` comes true while one waits."""
    from playwright.sync_api import expect as assertions_on

    assertions_on.set_options(timeout=_WAIT_MS)
    return assertions_on(found)
