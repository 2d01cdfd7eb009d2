from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Protocol

import pytest

from aethermart.capture.compare.settings import CompareSettings
from tests.capture.compare.bench import SMALL, Bench, Engine
from tests.capture.compare.engines import MariadbEngine, PostgresEngine, SqliteEngine
from tests.services import require_service

# What is MySQL's own is in test_mariadb.py, which runs on it each time.
MYSQL = pytest.param("mysql", marks=pytest.mark.nightly)


@pytest.fixture(params=["sqlite", "sqlite_wal", "postgres", "mariadb", MYSQL])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """An empty shop, once for each engine."""
    made: Any
    if request.param.startswith("sqlite"):
        made = SqliteEngine(tmp_path / "shop", wal=request.param == "sqlite_wal")
    elif request.param == "postgres":
        require_service("postgres")
        made = PostgresEngine(request.getfixturevalue("database"))
    else:
        made = MariadbEngine(request.getfixturevalue(request.param), request.param)
    yield made
    made.close()


class MakeBench(Protocol):
    def __call__(self, *tables: str, settings: CompareSettings = SMALL) -> Bench: ...


@pytest.fixture
def make_bench(engine: Engine, tmp_path: Path) -> Iterator[MakeBench]:
    made: list[Bench] = []

    def make(*tables: str, settings: CompareSettings = SMALL) -> Bench:
        made.append(Bench(engine, tmp_path, tables, settings))
        return made[-1]

    yield make
    for bench in made:
        bench.close()


ORDERS = "CREATE TABLE orders (id INT PRIMARY KEY, note VARCHAR(200), amount DECIMAL(12, 2))"
LINES = (
    "CREATE TABLE order_lines (order_id INT NOT NULL, line INT NOT NULL, product VARCHAR(50),"
    " PRIMARY KEY (order_id, line))"
)


@pytest.fixture
def bench(engine: Engine, make_bench: MakeBench) -> Bench:
    """A shop of 100 orders with two lines each, that nobody has captured yet."""
    engine.sql(ORDERS, LINES, *fill(range(1, 101)))
    return make_bench("orders", "order_lines")


def fill(orders: Sequence[int]) -> list[str]:
    rows = ", ".join(f"({n}, 'order {n}', {n}.5)" for n in orders)
    lines = ", ".join(f"({n}, {line}, 'p{line}')" for n in orders for line in (1, 2))
    return [f"INSERT INTO orders VALUES {rows}", f"INSERT INTO order_lines VALUES {lines}"]
