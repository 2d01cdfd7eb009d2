"""What only pgvector shows: which way a question is answered, and what it needs of the server."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import psycopg
import pytest

from aethermart.core.errors import Unavailable
from aethermart.sinks.vectors.index import Collection, Stored
from aethermart.sinks.vectors.pgvector import PgVectorIndex

pytestmark = [pytest.mark.service("postgres"), pytest.mark.promise(34)]
AT = Collection("shop", "products", "m", 1, 8)


def rows(count: int) -> list[Stored]:
    numbers = np.random.default_rng(5).normal(size=(count, 8)).astype(np.float32)
    numbers /= np.linalg.norm(numbers, axis=1, keepdims=True)
    return [Stored(str(n), "t", numbers[n]) for n in range(count)]


@pytest.fixture
def index(database: str) -> Iterator[PgVectorIndex]:
    made = PgVectorIndex(database, index_from_rows=300)
    yield made
    made.close()


def indexes(dsn: str) -> list[str]:
    with psycopg.connect(dsn) as connection:
        found = connection.execute(
            "SELECT indexdef FROM pg_indexes"
            " WHERE schemaname = 'vectors' AND indexdef LIKE '%hnsw%'"
        ).fetchall()
    return [row[0] for row in found]


def test_a_table_gets_its_index_once_it_is_large_and_built(
    index: PgVectorIndex, database: str
) -> None:
    index.apply(AT, 1, rows(299), ())
    assert indexes(database) == []
    index.apply(AT, None, rows(600), ())  # a build that is not done: an index would slow it
    assert indexes(database) == []
    index.apply(AT, 2, rows(600), ())
    (made,) = indexes(database)
    assert "USING hnsw (embedding vector_ip_ops)" in made


def test_the_index_answers_what_has_no_filter(index: PgVectorIndex, database: str) -> None:
    index.apply(AT, 1, rows(3000), ())
    with psycopg.connect(database) as connection:
        connection.execute(f"ANALYZE vectors.{AT.id}")
        plan = connection.execute(
            f"EXPLAIN SELECT key FROM vectors.{AT.id}"
            f" ORDER BY embedding <#> '{[0.1] * 8}'::vector LIMIT 10"
        ).fetchall()
    assert any(f"Index Scan using {AT.id}_hnsw" in line for (line,) in plan)


def test_a_server_that_does_not_answer_is_unavailable() -> None:
    index = PgVectorIndex("postgresql://ada:s3cret@127.0.0.1:1/platform")
    with pytest.raises(Unavailable, match="does not answer") as caught:
        index.applied(AT)
    assert "s3cret" not in str(caught.value)
