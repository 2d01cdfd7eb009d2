"""Vectors in MariaDB (11.7 or newer): a table a collection, with a vector index.

A table has one vector index, of one distance, and its column is never null. MariaDB applies a
condition after it has taken the nearest rows, so it would silently give fewer: with a filter more
are taken than asked for, and where these do not suffice, or few rows match, the index is left out
and every matching row is compared.
"""

from __future__ import annotations

from collections.abc import Collection as AnyOf
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from aethermart.core import failpoints
from aethermart.core.errors import BadInput, Terminal, Unavailable
from aethermart.servers.mysql_client import Address, parse_address, pymysql, said_by
from aethermart.sinks.vectors.index import (
    COLUMNS,
    TRUTHS,
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
from aethermart.sinks.vectors.libraries import Floats, np

_NEIGHBOURS = 16  # fewer lose a third of the nearest; see docs/vectors.md
_EF_SEARCH = 100
SCAN_UP_TO = 5_000
_TAKEN_MOST = 2_000  # rows that the index gives for one filtered question
_NO_TABLE = 1146
_GONE = (1053, 1205, 1213, 1927, 2002, 2003, 2006, 2013, 2014, 2055)

_APPLIED = """
CREATE TABLE IF NOT EXISTS embedding_collections (
    collection VARCHAR(64) NOT NULL PRIMARY KEY,
    log_offset BIGINT NOT NULL
) ENGINE = InnoDB
"""
# A vector index refuses a primary key of more than 256 bytes, so the entity's own is another.
_TABLE = """
CREATE TABLE IF NOT EXISTS {table} (
    embedding_id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
    entity_key VARCHAR(190) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL UNIQUE,
    text_hash  CHAR(32) CHARACTER SET ascii NOT NULL,
    embedding  VECTOR({dimension}) NOT NULL,
    category   VARCHAR(500) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin,
    brand      VARCHAR(500) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin,
    product    VARCHAR(500) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin,
    price      DOUBLE,
    rating     DOUBLE,
    in_stock   BOOLEAN,
    VECTOR INDEX embedding (embedding) M = {neighbours} DISTANCE = cosine
) ENGINE = InnoDB
"""


class MariadbIndex:
    """Any thread may use it. Raises Unavailable while the database does not answer."""

    name = "mariadb"

    def __init__(self, dsn: str, *, scan_up_to: int = SCAN_UP_TO) -> None:
        """scan_up_to: so many rows that match a filter are compared one by one."""
        self._address = parse_address(dsn, "[vectors] dsn")
        self._library = pymysql()
        self._kept = KeptConnections(self._connect, lambda connection: bool(connection.open))
        self._made: set[str] = set()
        self._scan_up_to = scan_up_to

    def apply(
        self,
        collection: Collection,
        offset: int | None,
        upserts: Sequence[Stored],
        deletes: Sequence[str],
    ) -> None:
        rows = [(row, checked_vector(collection, row)) for row in upserts]
        self._make(collection)
        with self._transaction() as cursor:
            cursor.execute(
                "SELECT log_offset FROM embedding_collections WHERE collection = %s FOR UPDATE",
                [collection.id],
            )
            applied = cursor.fetchone()
            if applied is None:  # dropped by somebody since
                self._made.discard(collection.id)
                raise Unavailable(
                    f"the vectors {collection.id} were dropped meanwhile", fix="this is retried"
                )
            if offset is not None and offset <= applied[0]:
                return
            _write(cursor, table_of(collection), rows, deletes)
            failpoints.reached("vectors.rows_written")
            if offset is not None:
                cursor.execute(
                    "UPDATE embedding_collections SET log_offset = %s WHERE collection = %s",
                    [offset, collection.id],
                )

    def applied(self, collection: Collection) -> int:
        found = self._asked(
            "SELECT log_offset FROM embedding_collections WHERE collection = %s", [collection.id]
        )
        return int(found[0][0]) if found else 0

    def held(self, collection: Collection, keys: AnyOf[str] | None = None) -> Mapping[str, Held]:
        if keys is not None and not keys:
            return {}
        some = "" if keys is None else " WHERE entity_key IN %s"
        rows = self._asked(
            f"SELECT entity_key, text_hash, {_FACTS} FROM {table_of(collection)}{some}",
            [] if keys is None else [list(keys)],
        )
        return {row[0]: Held(row[1], _facts(row[2:])) for row in rows}

    def vectors(self, collection: Collection, keys: Sequence[str]) -> Mapping[str, Floats]:
        if not keys:
            return {}
        rows = self._asked(
            f"SELECT entity_key, embedding FROM {table_of(collection)} WHERE entity_key IN %s",
            [list(keys)],
        )
        return {key: np.frombuffer(numbers, dtype="<f4").copy() for key, numbers in rows}

    def nearest(
        self, collection: Collection, query: Floats, limit: int, where: Filter | None = None
    ) -> list[Match]:
        if limit <= 0:
            return []
        table, asked = table_of(collection), _bytes(query)
        condition, values = _condition(where or Filter())
        if not where:
            return self._matches(nearest_sql(table), [asked, limit])
        count = self._asked(
            f"SELECT COUNT(*) FROM (SELECT 1 FROM {table} WHERE {condition}"
            f" LIMIT {self._scan_up_to + 1}) AS t",
            values,
        )
        if not count:
            return []  # no such table yet
        if count[0][0] > self._scan_up_to:
            taken = min(_TAKEN_MOST, 20 * limit)
            found = self._matches(
                f"SELECT * FROM ({nearest_sql(table)}) AS taken WHERE {condition}"
                " ORDER BY distance LIMIT %s",
                [asked, taken, *values, limit],
            )
            if len(found) == limit:
                return found
        return self._matches(
            nearest_sql(f"{table} IGNORE INDEX (embedding)", condition), [asked, *values, limit]
        )

    def drop(self, collection: Collection) -> None:
        self._made.discard(collection.id)
        with self._transaction() as cursor:
            cursor.execute(f"DROP TABLE IF EXISTS {table_of(collection)}")
            cursor.execute(_APPLIED)
            cursor.execute(
                "DELETE FROM embedding_collections WHERE collection = %s", [collection.id]
            )

    def close(self) -> None:
        """Let go of the connections that wait for work."""
        self._kept.close()

    def _make(self, collection: Collection) -> None:
        if collection.id in self._made:
            return
        with self._transaction() as cursor:
            cursor.execute(_APPLIED)
            try:
                cursor.execute(
                    _TABLE.format(
                        table=table_of(collection),
                        dimension=int(collection.dimension),
                        neighbours=_NEIGHBOURS,
                    )
                )
            except (
                self._library.err.ProgrammingError,
                self._library.err.OperationalError,
            ) as error:
                if error.args[0] in _GONE:
                    raise
                raise Terminal(
                    f"no table with vectors can be made at {self._address.told}: {error.args[1]}",
                    fix="use MariaDB 11.7 or newer, and a user who may create tables there",
                ) from error
            cursor.execute(
                "INSERT IGNORE INTO embedding_collections VALUES (%s, 0)", [collection.id]
            )
        self._made.add(collection.id)

    def _matches(self, statement: str, values: Sequence[Any]) -> list[Match]:
        rows = self._asked(statement, values)
        return [Match(row[0], 1.0 - float(row[1]), _facts(row[2:])) for row in rows]

    def _asked(self, statement: str, values: Sequence[Any]) -> list[Any]:
        """Rows of an answer; none where its table is not there yet."""
        try:
            with self._transaction() as cursor:
                cursor.execute(statement, values)
                return list(cursor.fetchall())
        except self._library.err.ProgrammingError as error:
            if error.args[0] == _NO_TABLE:
                return []
            raise

    @contextmanager
    def _transaction(self) -> Iterator[Any]:
        errors = self._library.err
        try:
            with self._kept.lent() as connection, connection.cursor() as cursor:
                connection.begin()
                yield cursor
                connection.commit()
        except (errors.OperationalError, errors.InterfaceError, errors.InternalError) as error:
            code = error.args[0] if error.args else 0
            if code in _GONE or isinstance(error, errors.InterfaceError):
                raise Unavailable(
                    f"{self._address.told} does not answer: {error.args[-1]}",
                    fix="check that MariaDB runs there; this is retried",
                ) from error
            raise

    def _connect(self) -> Any:
        connection = _opened(self._library, self._address)
        with connection.cursor() as cursor:
            cursor.execute("SET NAMES utf8mb4")
            try:
                cursor.execute(f"SET SESSION mhnsw_ef_search = {_EF_SEARCH}")
            except self._library.err.OperationalError as error:
                connection.close()
                raise Terminal(
                    f"{self._address.told} knows no vectors: {error.args[1]}",
                    fix="use MariaDB 11.7 or newer",
                ) from error
        return connection


def table_of(collection: Collection) -> str:
    """`product_embeddings_…`: of the entity, told apart by shop and model."""
    entity, _, mark = collection.id.partition("_")
    return f"`{entity.removesuffix('s')}_embeddings_{mark}`"


def nearest_sql(relation: str, condition: str = "TRUE") -> str:
    """The statement that the vector index answers: ORDER BY its distance, with a LIMIT."""
    where = "" if condition == "TRUE" else f" WHERE {condition}"
    return (
        f"SELECT entity_key, VEC_DISTANCE_COSINE(embedding, %s) AS distance, {_FACTS}"
        f" FROM {relation}{where} ORDER BY distance LIMIT %s"
    )


_FACTS = ", ".join(COLUMNS)


def _write(
    cursor: Any,
    table: str,
    rows: Sequence[tuple[Stored, Floats | None]],
    deletes: Sequence[str],
) -> None:
    if deletes:
        cursor.execute(f"DELETE FROM {table} WHERE entity_key IN %s", [list(deletes)])
    settings = ", ".join(
        f"{name} = VALUES({name})" for name in ("text_hash", "embedding", *COLUMNS)
    )
    new = [
        (row.key, row.text_hash, _bytes(vector), *facts_tuple(row.facts))
        for row, vector in rows
        if vector is not None
    ]
    kept = [
        (row.text_hash, *facts_tuple(row.facts), row.key) for row, vector in rows if vector is None
    ]
    if new:
        marks = ", ".join(["%s"] * (3 + len(COLUMNS)))
        cursor.executemany(
            f"INSERT INTO {table} (entity_key, text_hash, embedding, {_FACTS}) VALUES ({marks})"
            f" ON DUPLICATE KEY UPDATE {settings}",
            new,
        )
    if kept:
        facts = ", ".join(f"{name} = %s" for name in COLUMNS)
        cursor.executemany(
            f"UPDATE {table} SET text_hash = %s, {facts} WHERE entity_key = %s", kept
        )


def _condition(where: Filter) -> tuple[str, list[Any]]:
    parts: list[str] = []
    values: list[Any] = []
    for column, wanted in where.one_of.items():
        parts.append(f"{column} IN %s" if wanted else "FALSE")
        values += [list(wanted)] if wanted else []
    for column, (low, high) in where.between.items():
        parts.append(f"{column} IS NOT NULL")
        for sign, bound in ((">=", low), ("<=", high)):
            if bound is not None:
                parts.append(f"{column} {sign} %s")
                values.append(bound)
    return " AND ".join(parts) or "TRUE", values


def _facts(values: Sequence[Any]) -> Facts:
    told = dict(zip(COLUMNS, values, strict=True))
    for name in TRUTHS:
        told[name] = None if told[name] is None else bool(told[name])
    return Facts(**told)


def _bytes(vector: Floats) -> bytes:
    return np.asarray(vector, dtype="<f4").tobytes()


def _opened(library: Any, address: Address) -> Any:
    try:
        return library.connect(
            **address.arguments(),
            charset="utf8mb4",
            connect_timeout=10,
            program_name="aethermart vectors",
        )
    except library.err.OperationalError as error:
        code, said = said_by(error)
        if code in _GONE:
            raise Unavailable(
                f"{address.told} does not answer",
                fix="check that MariaDB runs there; this is retried",
            ) from error
        raise BadInput(
            f"{address.told} does not let us in: {said}",
            fix="check [vectors] dsn: user, password and database",
        ) from error
