from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from aethermart.sinks.vectors.index import VectorIndex
from tests.services import require_service
from tests.sinks.vectors.exact import ExactIndex
from tests.sinks.vectors.stores import STORES, Open, close, open_store


def address_of(name: str, request: pytest.FixtureRequest, folder: Path) -> str:
    """Where a store of this name writes; the test is skipped where its server cannot be had."""
    if name == "faiss":
        return str(folder)
    if name == "pgvector":
        require_service("postgres")
        server = request.getfixturevalue("postgres")
        server.create_database("vectors_suite")
        address: str = server.dsn("vectors_suite")
        return address
    require_service("mariadb")
    server = request.getfixturevalue("mariadb")
    server.sql("CREATE DATABASE IF NOT EXISTS vectors_suite CHARACTER SET utf8mb4")
    server.sql("CREATE USER IF NOT EXISTS vectors@'%' IDENTIFIED BY 'v3ctors'")
    server.sql("GRANT ALL ON vectors_suite.* TO vectors@'%'")
    return str(server.dsn("vectors_suite", "vectors", "v3ctors"))


@pytest.fixture(scope="session")
def store_address(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[str], str]:
    """One database a server, and one folder, for the whole session."""
    folder = tmp_path_factory.mktemp("vectors")
    return lambda name: address_of(name, request, folder)


@pytest.fixture(scope="session", params=[*STORES, "exact"])
def store(request: pytest.FixtureRequest, store_address: Callable[[str], str]) -> Open:
    """Every store; each call opens what was written before, as after a restart. Close it."""
    if request.param == "exact":
        reference = ExactIndex()
        return lambda: reference
    address = store_address(request.param)
    return lambda: open_store(request.param, address)


@pytest.fixture
def opened(store: Open) -> Iterator[Open]:
    """The same; what the test opened is closed after it."""
    made: list[VectorIndex] = []

    def opens() -> VectorIndex:
        made.append(store())
        return made[-1]

    yield opens
    for each in made:
        close(each)
