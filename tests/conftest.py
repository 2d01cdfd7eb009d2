"""Fixtures every floor's tests share: the service mechanism, a PostgreSQL, a fresh database."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import pytest
from hypothesis import HealthCheck, settings
from psycopg import sql

from tests.disks import one_mebibyte_at
from tests.services import require_service

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from aethermart.servers.postgres import EmbeddedPostgres
    from tests.identity.made import Made
    from tests.mariadb import MariadbServer

# `make test` repeats the same examples everywhere; `make test-all` looks for new ones.
settings.register_profile("steady", derandomize=True, deadline=None, print_blob=True)
settings.register_profile(
    "nightly",
    deadline=None,
    print_blob=True,
    max_examples=1000,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "steady"))


@pytest.fixture(scope="session", autouse=True)
def compiled_models(tmp_path_factory: pytest.TempPathFactory) -> None:
    """What was compiled once is not compiled again, by no worker and no command."""
    folder = tmp_path_factory.getbasetemp()
    shared = folder.parent if "PYTEST_XDIST_WORKER" in os.environ else folder
    os.environ.setdefault("AETHERMART_COMPILED_MODELS", str(shared / "compiled models"))


def pytest_runtest_setup(item: pytest.Item) -> None:
    for marker in item.iter_markers("service"):
        for name in marker.args:
            require_service(name)


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of data sets beside the repository; a test that needs it is skipped without."""
    folder = Path(__file__).resolve().parents[2] / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("needs the data sets in ../shared/data")
    return folder


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 1 MiB."""
    with one_mebibyte_at(tmp_path / "small") as folder:
        yield folder


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedPostgres]:
    """One embedded server for the whole session; take `database` where that is enough."""
    require_service("postgres")
    from aethermart.servers.postgres import EmbeddedPostgres

    server = EmbeddedPostgres(tmp_path_factory.mktemp("postgres"))
    server.start()
    try:
        yield server
    finally:
        server.destroy()


@pytest.fixture(scope="session")
def mariadb() -> Iterator[MariadbServer]:
    """One server for the whole session."""
    require_service("mariadb")
    from tests.mariadb import MariadbServer

    yield from running(MariadbServer())


@pytest.fixture(scope="session")
def mysql() -> Iterator[MariadbServer]:
    """One server for the whole session."""
    require_service("mysql")
    from tests.mysql import MysqlServer

    yield from running(MysqlServer())


def running(server: MariadbServer) -> Iterator[MariadbServer]:
    try:
        server.start()
        yield server
    finally:
        server.stop()


@pytest.fixture
def database(postgres: EmbeddedPostgres) -> Iterator[str]:
    """The DSN of a fresh, empty database, dropped afterwards whoever is still connected."""
    name = f"test_{secrets.token_hex(6)}"
    postgres.create_database(name)
    try:
        yield postgres.dsn(name)
    finally:
        with psycopg.connect(postgres.dsn(), autocommit=True) as connection:
            connection.execute(
                sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
            )


@pytest.fixture(scope="session")
def identity_engine(postgres: EmbeddedPostgres) -> Iterator[Engine]:
    """A platform database, made once; take `accounts_engine`, which is empty."""
    from aethermart.platform_db.migrate import migrate, platform_engine

    name = f"identity_{secrets.token_hex(6)}"
    postgres.create_database(name)
    migrate(postgres.dsn(name))
    engine = platform_engine(postgres.dsn(name), kept=4)
    yield engine
    engine.dispose()


@pytest.fixture
def accounts_engine(identity_engine: Engine) -> Engine:
    """A platform database in which nobody has an account."""
    from sqlalchemy import text

    with identity_engine.begin() as connection:
        connection.execute(text("TRUNCATE accounts, login_failures CASCADE"))
    return identity_engine


@pytest.fixture
def made(accounts_engine: Engine) -> Made:
    """Identity on it, with a clock to turn."""
    from tests.identity.made import Made

    return Made(accounts_engine)
