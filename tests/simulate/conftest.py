"""An empty store in a database of its own."""

from __future__ import annotations

import psycopg
import pytest

from aethermart.store.postgres.session import PostgresSession
from aethermart.store.schema import apply_schema


@pytest.fixture
def store(database: str) -> str:
    """The DSN of a store without rows."""
    with psycopg.connect(database) as connection:
        apply_schema(PostgresSession(connection))
    return database
