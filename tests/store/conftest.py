"""A small shop: two customers with an address each, three products; on each database in turn."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from aethermart.store.connect import connect
from aethermart.store.schema import apply_schema
from aethermart.store.session import Kind, StoreSession
from tests.services import require_service
from tests.store.shop import CATALOGUE, KEPT, Shop, run

if TYPE_CHECKING:
    from aethermart.servers.postgres import EmbeddedPostgres
    from tests.mariadb import MariadbServer

_KEYS = {
    "categories": "category_id",
    "products": "product_id",
    "customers": "customer_id",
    "customer_addresses": "address_id",
}


@pytest.fixture(scope="session")
def postgres_store(postgres: EmbeddedPostgres) -> str:
    postgres.create_database("small_shop")
    return _with_schema(postgres.dsn("small_shop"))


@pytest.fixture(scope="session")
def mariadb_store(mariadb: MariadbServer) -> str:
    return _with_schema(mariadb.store_dsn(mariadb.new_database()))


@pytest.fixture(params=["postgres", "mariadb"])
def kind(request: pytest.FixtureRequest) -> Kind:
    require_service(request.param)
    kind: Kind = request.param
    return kind


@pytest.fixture
def shop(kind: Kind, request: pytest.FixtureRequest) -> Iterator[Shop]:
    dsn: str = request.getfixturevalue(f"{kind}_store")
    with closing(connect(dsn)) as session:
        _empty(session)
        run(session, CATALOGUE)
        for table, key in _KEYS.items():
            session.continue_after(table, key, 49)
        yield Shop(kind, dsn, session)


@pytest.fixture
def mariadb_shop(mariadb_store: str) -> Iterator[Shop]:
    with closing(connect(mariadb_store)) as session:
        _empty(session)
        run(session, CATALOGUE)
        yield Shop("mariadb", mariadb_store, session)


@pytest.fixture
def bare_dsn(kind: Kind, request: pytest.FixtureRequest) -> str:
    """A database without any table."""
    if kind == "postgres":
        return str(request.getfixturevalue("database"))
    server: MariadbServer = request.getfixturevalue("mariadb")
    return server.store_dsn(server.new_database())


def _with_schema(dsn: str) -> str:
    with closing(connect(dsn)) as session:
        apply_schema(session)
    return dsn


def _empty(session: StoreSession) -> None:
    """A twentieth of the cost of a database of its own. Numbers go on where they were."""
    tables = sorted(session.tables())
    if session.kind == "postgres":
        session.execute(f"TRUNCATE {', '.join(tables)}")
        return
    session.execute("SET FOREIGN_KEY_CHECKS = 0")
    for table in tables:
        if table in KEPT:
            continue
        session.execute(f"DELETE FROM {table}")  # TRUNCATE makes a file anew: 17 ms
    session.execute("SET FOREIGN_KEY_CHECKS = 1")
