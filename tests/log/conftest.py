from __future__ import annotations

from collections.abc import Iterator

import pytest

from aethermart.log.tail import PostgresTail
from aethermart.platform_db.migrate import migrate


@pytest.fixture
def platform(database: str) -> str:
    """The DSN of an empty platform database."""
    migrate(database)
    return database


@pytest.fixture
def tail(platform: str) -> Iterator[PostgresTail]:
    opened = PostgresTail(platform)
    yield opened
    opened.close()
