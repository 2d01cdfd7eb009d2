"""What only MariaDB shows: the vector index is used, and a filter beside it does not starve."""

from __future__ import annotations

import secrets
from collections.abc import Iterator

import numpy as np
import pytest

from aethermart.core.errors import BadInput, Unavailable
from aethermart.sinks.vectors.index import Collection, Facts, Filter, Stored
from aethermart.sinks.vectors.mariadb import MariadbIndex, nearest_sql, table_of
from tests.mariadb import MariadbServer

pytestmark = [pytest.mark.service("mariadb"), pytest.mark.promise(35)]


@pytest.fixture(scope="module")
def made(mariadb: MariadbServer) -> Iterator[tuple[MariadbIndex, Collection, str, np.ndarray]]:
    """1,500 vectors of 16 numbers of which every hundredth is red, and every second in stock."""
    database = mariadb.new_database()
    user, password = f"u_{secrets.token_hex(4)}", secrets.token_hex(8)
    mariadb.sql(f"CREATE USER {user}@'%' IDENTIFIED BY '{password}'")
    mariadb.sql(f"GRANT ALL ON {database}.* TO {user}@'%'")
    index = MariadbIndex(mariadb.dsn(database, user, password), scan_up_to=100)
    at = Collection("shop", "products", "m", 1, 16)
    numbers = np.random.default_rng(3).normal(size=(1500, 16)).astype(np.float32)
    vectors = numbers / np.linalg.norm(numbers, axis=1, keepdims=True)
    rows = [
        Stored(
            str(n),
            "t",
            vectors[n],
            Facts(category="red" if n % 100 == 0 else "blue", in_stock=n % 2 == 0),
        )
        for n in range(len(vectors))
    ]
    index.apply(at, 1, rows, ())
    yield index, at, database, vectors
    index.close()
    mariadb.sql(f"DROP DATABASE {database}")


def test_the_vector_index_answers(
    made: tuple[MariadbIndex, Collection, str, np.ndarray], mariadb: MariadbServer
) -> None:
    _, at, database, vectors = made
    table = f"`{database}`.{table_of(at)}"
    asked = [vectors[0].tobytes(), 10]
    (plan,) = mariadb.sql(f"EXPLAIN {nearest_sql(table)}", asked)
    assert "embedding" in plan  # the column `key`: the index that is used
    (plan,) = mariadb.sql(f"EXPLAIN {nearest_sql(f'{table} IGNORE INDEX (embedding)')}", asked)
    assert "embedding" not in plan
    ((_, ddl),) = mariadb.sql(f"SHOW CREATE TABLE {table}")
    assert "`embedding` vector(16) NOT NULL" in ddl
    assert ddl.count("VECTOR KEY") == 1


@pytest.mark.parametrize(
    "where",
    [Filter({"category": ["red"]}), Filter({"in_stock": [True]})],
    ids=["few match: compared", "many match: taken from the index"],
)
def test_a_filter_is_answered_with_the_nearest_that_match(
    made: tuple[MariadbIndex, Collection, str, np.ndarray], where: Filter
) -> None:
    index, at, _, vectors = made
    held = index.held(at)
    nearest = [str(n) for n in np.argsort(-(vectors @ vectors[1]))]
    expected = [key for key in nearest if where.holds(held[key].facts)][:10]
    found = [match.key for match in index.nearest(at, vectors[1], 10, where)]
    assert len(found) == 10
    assert len(set(found) & set(expected)) >= 9


def test_a_server_that_does_not_answer_is_unavailable() -> None:
    index = MariadbIndex("mariadb://ada:s3cret@127.0.0.1:1/vectors")
    with pytest.raises(Unavailable, match="does not answer") as caught:
        index.applied(Collection("shop", "products", "m", 1, 16))
    assert "s3cret" not in str(caught.value)


def test_a_wrong_password_is_bad_input(mariadb: MariadbServer) -> None:
    index = MariadbIndex(mariadb.dsn("nothing", "nobody", "s3cret"))
    with pytest.raises(BadInput, match="does not let us in") as caught:
        index.applied(Collection("shop", "products", "m", 1, 16))
    assert "s3cret" not in str(caught.value)
