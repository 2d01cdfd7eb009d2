"""A store on MariaDB, made once for the session and emptied for each test."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

from tests.services import require_service

if TYPE_CHECKING:
    from aethermart.store.mariadb.session import MariadbSession
    from tests.mariadb import MariadbServer

KEPT = ("aethermart_schema_files", "masking_salt", "store_locks")


@pytest.fixture(scope="session")
def mariadb_store(mariadb: MariadbServer) -> str:
    """Its database's name, with the whole schema."""
    require_service("mariadb")
    from aethermart.store.schema import apply_schema

    name = mariadb.new_database()
    with as_root(mariadb, name) as session:
        apply_schema(session)
    return name


@pytest.fixture
def store(mariadb: MariadbServer, mariadb_store: str) -> Iterator[MariadbSession]:
    with as_root(mariadb, mariadb_store) as session:
        empty(session)
        yield session


def as_root(server: MariadbServer, database: str) -> MariadbSession:
    """As who made the store."""
    from aethermart.store.mariadb.session import MariadbSession

    return MariadbSession(server.connect(database))


def empty(session: MariadbSession) -> None:
    tables = session.rows(
        "SELECT table_name FROM information_schema.tables"
        " WHERE table_schema = DATABASE() AND table_type = 'BASE TABLE'"
    )
    session.rows("SET SESSION foreign_key_checks = 0")
    for (table,) in tables:
        if table not in KEPT:
            session.execute(f"DELETE FROM `{table}`")
    session.rows("SET SESSION foreign_key_checks = 1")


def write(session: MariadbSession, table: str, *rows: dict[str, Any]) -> None:
    """Rows as they are: triggers derive nothing from them."""
    with session.transaction():
        session.bulk()
        for row in rows:
            columns = ", ".join(f"`{name}`" for name in row)
            marks = ", ".join(f"%({name})s" for name in row)
            session.execute(f"INSERT INTO `{table}` ({columns}) VALUES ({marks})", row)
