"""A project with an embedded PostgreSQL, made once for the tests of this folder."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from aethermart.operations.folder import open_demo, remove_demo
from aethermart.wiring import Project
from tests.services import require_service


@pytest.fixture(scope="package")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    """Its server does not run."""
    require_service("postgres")
    home = tmp_path_factory.mktemp("operations") / "a home"
    yield open_demo(home)
    remove_demo(home)


@pytest.fixture(params=["postgres", "mariadb"])
def store_address(request: pytest.FixtureRequest) -> str:
    """Of an empty database, on each server that our store can lie on."""
    require_service(request.param)
    if request.param == "postgres":
        return str(request.getfixturevalue("database"))
    server = request.getfixturevalue("mariadb")
    return str(server.store_dsn(server.new_database()))
