from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Protocol

import pytest

from tests.capture.mariadb_queue.bench import Bench
from tests.mariadb import MariadbServer


class MakeBench(Protocol):
    def __call__(self, *tables: str, **settings: Any) -> Bench: ...


@pytest.fixture
def server(mariadb: MariadbServer) -> MariadbServer:
    """What the shop runs on; a module may have its own."""
    return mariadb


@pytest.fixture
def shop(server: MariadbServer) -> Iterator[str]:
    """The name of an empty database."""
    name = server.new_database()
    yield name
    server.sql(f"DROP DATABASE {name}")


@pytest.fixture
def make_bench(server: MariadbServer, shop: str, tmp_path: Path) -> Iterator[MakeBench]:
    made: list[Bench] = []

    def make(*tables: str, **settings: Any) -> Bench:
        made.append(Bench(server, shop, tmp_path, *tables, **settings))
        return made[-1]

    yield make
    for bench in made:
        bench.close()
