"""A platform database for identity, made once and emptied before each test."""

from __future__ import annotations

import secrets
from collections.abc import Iterator

import pytest
from sqlalchemy import Engine, text

from aethermart.platform_db.migrate import migrate, platform_engine
from aethermart.servers.postgres import EmbeddedPostgres
from tests.identity.made import Made


@pytest.fixture(scope="session")
def identity_engine(postgres: EmbeddedPostgres) -> Iterator[Engine]:
    name = f"identity_{secrets.token_hex(6)}"
    postgres.create_database(name)
    dsn = postgres.dsn(name)
    migrate(dsn)
    engine = platform_engine(dsn, kept=4)
    yield engine
    engine.dispose()


@pytest.fixture
def engine(identity_engine: Engine) -> Engine:
    with identity_engine.begin() as connection:
        connection.execute(text("TRUNCATE accounts, login_failures CASCADE"))
    return identity_engine


@pytest.fixture
def made(engine: Engine) -> Made:
    return Made(engine)
