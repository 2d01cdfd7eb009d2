"""Vectors in PostgreSQL by pgvector: a table a collection, in a schema `vectors` of its own.

The type fixes the dimension, so each collection has its own table: a new model's grows beside the
old one's. A small table is scanned, which is exact; a large one has an HNSW index. With a filter
the index is scanned on until enough rows match; few that match, or an index that gave up, are
compared one by one. So no filter starves an answer.
"""

from __future__ import annotations

from collections.abc import Collection as AnyOf
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg import sql

from aethermart.core import failpoints
from aethermart.core.errors import Terminal, Unavailable
from aethermart.sinks.vectors.index import (
    COLUMNS,
    Collection,
    Facts,
    Filter,
    Held,
    Match,
    Stored,
    checked_vector,
    facts_tuple,
)
from aethermart.sinks.vectors.kept_connections import KeptConnections
from aethermart.sinks.vectors.libraries import Floats
from aethermart.sinks.vectors.pg_type import PgVector, learn_vector

INDEX_FROM_ROWS = 10_000  # a scan takes 1.2 us a row, the index 0.4 ms to make of a row
SCAN_UP_TO = 5_000
_EF_SEARCH = 120
_MOST_SCANNED = 40_000  # tuples that the index may look at for one query, then a scan is cheaper
_BUILD_MEMORY = "256MB"  # a graph that does not fit is built many times slower
_LOCK_KEY = 0x56454354  # one creation of a table at a time

_CREATE = """
CREATE EXTENSION IF NOT EXISTS vector;
CREATE SCHEMA IF NOT EXISTS vectors;
CREATE TABLE IF NOT EXISTS vectors.applied (
    collection TEXT PRIMARY KEY,
    log_offset BIGINT NOT NULL
);
CREATE TABLE IF NOT EXISTS vectors.{table} (
    key       TEXT PRIMARY KEY,
    text_hash TEXT NOT NULL,
    embedding vector({dimension}) NOT NULL,
    category  TEXT,
    brand     TEXT,
    product   TEXT,
    price     DOUBLE PRECISION,
    rating    DOUBLE PRECISION,
    in_stock  BOOLEAN
);
-- Vectors do not compress, and a scan must not fetch each from elsewhere.
ALTER TABLE vectors.{table} ALTER COLUMN embedding SET STORAGE PLAIN
"""


class PgVectorIndex:
    """Any thread may use it. Raises Unavailable while the database does not answer."""

    name = "pgvector"

    def __init__(
        self, dsn: str, *, index_from_rows: int = INDEX_FROM_ROWS, scan_up_to: int = SCAN_UP_TO
    ) -> None:
        """scan_up_to: so many rows that match a filter are compared one by one."""
        self._dsn = dsn
        self._scan_up_to = scan_up_to
        self._index_from_rows = index_from_rows
        self._kept = KeptConnections(self._connect, lambda connection: not connection.closed)
        self._made: set[str] = set()  # collections whose table is known to be there

    def apply(
        self,
        collection: Collection,
        offset: int | None,
        upserts: Sequence[Stored],
        deletes: Sequence[str],
    ) -> None:
        rows = [(row, checked_vector(collection, row)) for row in upserts]
        self._make(collection)
        with self._connection() as connection, connection.transaction():
            applied = connection.execute(
                "SELECT log_offset FROM vectors.applied WHERE collection = %s FOR UPDATE",
                [collection.id],
            ).fetchone()
            if applied is None:  # dropped by somebody since
                self._made.discard(collection.id)
                raise Unavailable(
                    f"the vectors {collection.id} were dropped meanwhile", fix="this is retried"
                )
            if offset is not None and offset <= applied[0]:
                return
            self._write(connection, collection, rows, deletes)
            failpoints.reached("vectors.rows_written")
            if offset is not None:
                connection.execute(
                    "UPDATE vectors.applied SET log_offset = %s WHERE collection = %s",
                    [offset, collection.id],
                )
        if offset is not None and upserts:
            self._index(collection)

    def applied(self, collection: Collection) -> int:
        with self._connection() as connection:
            if not _there(connection, "applied"):
                return 0
            row = connection.execute(
                "SELECT log_offset FROM vectors.applied WHERE collection = %s", [collection.id]
            ).fetchone()
        return int(row[0]) if row else 0

    def held(self, collection: Collection, keys: AnyOf[str] | None = None) -> Mapping[str, Held]:
        query = sql.SQL("SELECT key, text_hash, {} FROM vectors.{}").format(
            _columns(), _name(collection)
        )
        with self._connection() as connection:
            if not _there(connection, collection.id):
                return {}
            if keys is None:
                rows = connection.execute(query).fetchall()
            else:
                some = query + sql.SQL(" WHERE key = ANY(%s)")
                rows = connection.execute(some, [list(keys)]).fetchall()
        return {row[0]: Held(row[1], Facts(*row[2:])) for row in rows}

    def vectors(self, collection: Collection, keys: Sequence[str]) -> Mapping[str, Floats]:
        with self._connection() as connection:
            if not _there(connection, collection.id):
                return {}
            rows = connection.execute(
                sql.SQL("SELECT key, embedding FROM vectors.{} WHERE key = ANY(%s)").format(
                    _name(collection)
                ),
                [list(keys)],
                binary=True,
            ).fetchall()
        return dict(rows)

    def nearest(
        self, collection: Collection, query: Floats, limit: int, where: Filter | None = None
    ) -> list[Match]:
        asked = _Asked(collection, PgVector(query), limit, where or Filter())
        with self._connection() as connection, connection.transaction():
            if limit <= 0 or not _there(connection, collection.id):
                return []
            if self._large(connection, collection) and not asked.few(connection, self._scan_up_to):
                found = asked.by_index(connection)
                if len(found) == limit:
                    return found
            return asked.by_scan(connection)

    def drop(self, collection: Collection) -> None:
        self._made.discard(collection.id)
        with self._connection() as connection, connection.transaction():
            if not _there(connection, "applied"):
                return
            connection.execute("DELETE FROM vectors.applied WHERE collection = %s", [collection.id])
            connection.execute(sql.SQL("DROP TABLE IF EXISTS vectors.{}").format(_name(collection)))

    def close(self) -> None:
        """Let go of the connections that wait for work."""
        self._kept.close()

    def _make(self, collection: Collection) -> None:
        if collection.id in self._made:
            return
        create = sql.SQL(_CREATE).format(
            table=_name(collection), dimension=sql.Literal(collection.dimension)
        )
        with self._connection() as connection, connection.transaction():
            connection.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK_KEY])
            try:
                connection.execute(create)
            except (psycopg.errors.FeatureNotSupported, psycopg.errors.UndefinedFile) as error:
                raise _no_pgvector("it is not installed on the server") from error
            except psycopg.errors.InsufficientPrivilege as error:
                raise _no_pgvector(str(error).splitlines()[0]) from error
            connection.execute(
                "INSERT INTO vectors.applied VALUES (%s, 0) ON CONFLICT DO NOTHING",
                [collection.id],
            )
        self._kept.close()  # those from before the extension do not know its type
        self._made.add(collection.id)

    def _write(
        self,
        connection: psycopg.Connection[Any],
        collection: Collection,
        rows: Sequence[tuple[Stored, Floats | None]],
        deletes: Sequence[str],
    ) -> None:
        table = _name(collection)
        if deletes:
            connection.execute(
                sql.SQL("DELETE FROM vectors.{} WHERE key = ANY(%s)").format(table),
                [list(deletes)],
            )
        new = [
            (row.key, row.text_hash, PgVector(vector), *facts_tuple(row.facts))
            for row, vector in rows
            if vector is not None
        ]
        kept = [
            (row.text_hash, *facts_tuple(row.facts), row.key)
            for row, vector in rows
            if vector is None
        ]
        settings = sql.SQL(", ").join(
            sql.SQL("{0} = excluded.{0}").format(sql.Identifier(name))
            for name in ("text_hash", "embedding", *COLUMNS)
        )
        with connection.cursor() as cursor:
            if new:
                cursor.executemany(
                    sql.SQL(
                        "INSERT INTO vectors.{} (key, text_hash, embedding, {})"
                        " VALUES (%s, %s, %b, %s, %s, %s, %s, %s, %s)"
                        " ON CONFLICT (key) DO UPDATE SET {}"
                    ).format(table, _columns(), settings),
                    new,
                )
            if kept:
                facts = sql.SQL(", ").join(
                    sql.SQL("{} = %s").format(sql.Identifier(name)) for name in COLUMNS
                )
                cursor.executemany(
                    sql.SQL("UPDATE vectors.{} SET text_hash = %s, {} WHERE key = %s").format(
                        table, facts
                    ),
                    kept,
                )

    def _large(self, connection: psycopg.Connection[Any], collection: Collection) -> bool:
        """Whether the table has its index."""
        return _there(connection, _index_name(collection))

    def _index(self, collection: Collection) -> None:
        """Give a table that has grown large its index; writers wait, readers do not."""
        table = _name(collection)
        with self._connection() as connection, connection.transaction():
            if self._large(connection, collection):
                return
            enough = connection.execute(
                sql.SQL("SELECT count(*) FROM (SELECT FROM vectors.{} LIMIT {}) AS t").format(
                    table, sql.Literal(self._index_from_rows)
                )
            ).fetchone()
            if enough is None or enough[0] < self._index_from_rows:
                return
            connection.execute(f"SET LOCAL maintenance_work_mem = '{_BUILD_MEMORY}'")
            connection.execute("SET LOCAL max_parallel_maintenance_workers = 0")
            connection.execute(
                sql.SQL(
                    "CREATE INDEX IF NOT EXISTS {} ON vectors.{} USING hnsw"
                    " (embedding vector_ip_ops) WITH (m = 16, ef_construction = 100)"
                ).format(sql.Identifier(_index_name(collection)), table)
            )

    @contextmanager
    def _connection(self) -> Iterator[psycopg.Connection[Any]]:
        """A connection in autocommit. Raises Unavailable."""
        try:
            with self._kept.lent() as connection:
                yield connection
        except psycopg.OperationalError as error:
            raise Unavailable(
                f"the database of the vectors does not answer: {str(error).strip()}",
                fix="check that PostgreSQL runs and that its disk is not full; this is retried",
            ) from error

    def _connect(self) -> psycopg.Connection[Any]:
        connection = psycopg.connect(self._dsn, connect_timeout=10, autocommit=True)
        learn_vector(connection)
        return connection


class _Asked:
    """One question, in the two ways that it can be answered."""

    def __init__(self, collection: Collection, query: PgVector, limit: int, where: Filter) -> None:
        conditions, self._values = _conditions(where)
        self._where = where
        self._limit = limit
        self._parts = {
            "table": _name(collection),
            "facts": _columns(),
            "where": conditions,
        }
        self._values |= {"query": query, "limit": limit}

    def few(self, connection: psycopg.Connection[Any], most: int) -> bool:
        """Whether at most so many rows match."""
        if not self._where:
            return False  # the index is there, so the rows are many
        row = connection.execute(
            sql.SQL(
                "SELECT count(*) FROM (SELECT FROM vectors.{table} WHERE {where} LIMIT {most}) AS t"
            ).format(**self._parts, most=sql.Literal(most + 1)),
            self._values,
        ).fetchone()
        return row is not None and row[0] <= most

    def by_index(self, connection: psycopg.Connection[Any]) -> list[Match]:
        ef_search = min(1000, max(_EF_SEARCH, 2 * self._limit))
        connection.execute("SET LOCAL hnsw.iterative_scan = strict_order")
        connection.execute(f"SET LOCAL hnsw.ef_search = {ef_search}")
        connection.execute(f"SET LOCAL hnsw.max_scan_tuples = {_MOST_SCANNED}")
        return self._matches(
            connection,
            "SELECT key, -(embedding <#> %(query)b), {facts} FROM vectors.{table} WHERE {where}"
            " ORDER BY embedding <#> %(query)b LIMIT %(limit)s",
        )

    def by_scan(self, connection: psycopg.Connection[Any]) -> list[Match]:
        return self._matches(
            connection,
            "WITH matching AS MATERIALIZED (SELECT * FROM vectors.{table} WHERE {where})"
            " SELECT key, -(embedding <#> %(query)b), {facts} FROM matching"
            " ORDER BY embedding <#> %(query)b, key LIMIT %(limit)s",
        )

    def _matches(self, connection: psycopg.Connection[Any], statement: str) -> list[Match]:
        query = sql.SQL(statement).format(**self._parts)
        rows = connection.execute(query, self._values).fetchall()
        return [Match(row[0], float(row[1]), Facts(*row[2:])) for row in rows]


def _conditions(where: Filter) -> tuple[sql.Composable, dict[str, Any]]:
    parts: list[sql.Composable] = []
    values: dict[str, Any] = {}
    for column, wanted in where.one_of.items():
        parts.append(
            sql.SQL("{} = ANY({})").format(sql.Identifier(column), sql.Placeholder(column))
        )
        values[column] = list(wanted)
    for column, bounds in where.between.items():
        for side, bound in zip(("low", "high"), bounds, strict=True):
            if bound is None:
                parts.append(sql.SQL("{} IS NOT NULL").format(sql.Identifier(column)))
                continue
            sign = sql.SQL(">=" if side == "low" else "<=")
            name = f"{column}_{side}"
            parts.append(
                sql.SQL("{} {} {}").format(sql.Identifier(column), sign, sql.Placeholder(name))
            )
            values[name] = bound
    return (sql.SQL(" AND ").join(parts) if parts else sql.SQL("TRUE")), values


def _there(connection: psycopg.Connection[Any], name: str) -> bool:
    row = connection.execute("SELECT to_regclass(%s) IS NOT NULL", [f"vectors.{name}"]).fetchone()
    return bool(row and row[0])


def _name(collection: Collection) -> sql.Identifier:
    return sql.Identifier(collection.id)


def _index_name(collection: Collection) -> str:
    return f"{collection.id}_hnsw"


def _columns() -> sql.Composable:
    return sql.SQL(", ").join(map(sql.Identifier, COLUMNS))


def _no_pgvector(why: str) -> Terminal:
    return Terminal(
        f"the platform's PostgreSQL has no extension `vector`: {why}",
        fix='let its owner run CREATE EXTENSION vector there, or set [vectors] store = "faiss"',
    )
