"""The warehouse's own fixtures, since pages are tested over its real SQL, and a browser."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from tests.console.browsing import chromium, visit
from tests.console.running import RunningConsole, running_console
from tests.services import require_service
from tests.warehouse.conftest import (  # noqa: F401
    compiled,
    empty_lake_file,
    shops,
    warehouse_folder,
)

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    with visit(browser) as page:
        yield page


@pytest.fixture(scope="module")
def console(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningConsole]:
    """Over a platform that each test puts behind it."""
    require_service("chromium")
    with running_console(tmp_path_factory.mktemp("console")) as console:
        yield console
