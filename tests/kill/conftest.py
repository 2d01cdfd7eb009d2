from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from aethermart.servers.postgres import EmbeddedPostgres
from tests.kill.shop_home import Home


@pytest.fixture
def shop_home(postgres: EmbeddedPostgres, database: str, tmp_path: Path) -> Iterator[Home]:
    """A busy shop that nobody has captured yet, and an empty platform."""
    with _home(postgres, database, tmp_path) as home:
        yield home


@pytest.fixture
def compared_home(postgres: EmbeddedPostgres, database: str, tmp_path: Path) -> Iterator[Home]:
    """The same, to be captured by compare."""
    with _home(postgres, database, tmp_path, compared=True) as home:
        yield home


@contextmanager
def _home(
    postgres: EmbeddedPostgres, database: str, tmp_path: Path, *, compared: bool = False
) -> Iterator[Home]:
    name = f"platform_{secrets.token_hex(6)}"
    postgres.create_database(name)
    try:
        yield Home.made(tmp_path / "my project", database, postgres.dsn(name), compared=compared)
    finally:
        with psycopg.connect(postgres.dsn(), autocommit=True) as connection:
            connection.execute(
                sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
            )
