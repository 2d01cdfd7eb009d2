"""Rows into mirror tables: what arrives as one relation, then delete and insert.

DELETE and INSERT by key beat MERGE and UPDATE many times over on DuckDB (benchmarks/upsert.py).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress

import duckdb
import pyarrow as pa

from aethermart.core.entries import Batch, Chunk, TableSchema
from aethermart.core.errors import Terminal
from aethermart.log.chunks import ChunkStore
from aethermart.sinks.mirror.tables import OWN_COLUMNS, quoted

OffsetPart = tuple[int, Batch | Chunk]  # the offset of the entry that the part came in
_INLINE = "_incoming_rows"
_SPOOLED = "_incoming_spooled"
_RETURNED_AT_MOST = 500  # rows


class UnfitRows(Terminal):
    """Rows of one table do not share one schema, or do not fit the mirror's."""


class Incoming:
    """The rows of several parts of one table as one relation, named by `relation`.

    Small parts are read where they lie in memory, in `few`; parts with chunks are spooled into a
    temporary table once, because an upsert reads them three times. `close` lets go of both.
    """

    few: pa.Table | None = None

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        chunks: ChunkStore,
        parts: Sequence[OffsetPart],
        *,
        read_once: bool = False,
    ) -> None:
        self._connection = connection
        selects = [
            f"SELECT *, {offset}::BIGINT AS _offset"
            # Else a folder named `key=value` on the way would become a column.
            f" FROM read_parquet({_text(chunks.path(part))}, hive_partitioning = false)"
            for offset, part in parts
            if isinstance(part, Chunk)
        ]
        inline = [(offset, part.rows) for offset, part in parts if isinstance(part, Batch)]
        only_inline = bool(inline) and not selects
        if inline:
            in_memory = _concatenated(parts[0][1].table, inline)
            connection.register(_INLINE, in_memory)
            selects.append(f"SELECT * FROM {_INLINE}")
            self.few = in_memory if only_inline else None
        union = " UNION ALL BY NAME ".join(selects)
        if only_inline:
            self.relation = _INLINE
        elif read_once:
            self.relation = f"({union})"
        else:
            connection.execute(f"CREATE OR REPLACE TEMP TABLE {_SPOOLED} AS {union}")
            self.relation = _SPOOLED

    def close(self) -> None:
        # After an error the transaction accepts nothing more, and its rollback undoes both.
        with suppress(duckdb.Error):
            self._connection.unregister(_INLINE)
            if self.relation == _SPOOLED:
                self._connection.execute(f"DROP TABLE {_SPOOLED}")


@contextmanager
def unfit_rows_named(shop: str, table: str) -> Iterator[None]:
    """Turn what DuckDB says of rows that do not fit into UnfitRows."""
    try:
        yield
    except (duckdb.DataError, duckdb.ProgrammingError, duckdb.IntegrityError) as error:
        raise UnfitRows(
            f"{shop}.{table}: rows do not fit the mirror's table: {str(error).splitlines()[0]}",
            fix=f"capture it anew: `aethermart capture run --shop {shop} --snapshot {table}`",
        ) from error


def upsert(
    connection: duckdb.DuckDBPyConnection,
    target: str,
    schema: TableSchema,
    relation: str,
    past_position: int,
    *,
    few: pa.Table | None = None,
    asked: str | None = None,
) -> set[str]:
    """Make `target` reflect the newest change of each key; rows up to `past_position` are void.

    few    the rows of `relation` where they lie in memory: then half of the statements do
    asked  a column; its values in the rows replaced and in `relation` are returned, as text
    """
    key = ", ".join(quoted(name) for name in schema.key)
    replaced = f"({key}) IN (SELECT ({key}) FROM {relation})"
    values: set[str] = set()
    if asked:
        values = _values_in_memory(few, asked) or _values_of(connection, asked, relation)
    # What a DELETE returns it reads whole: of many rows, one column is read apart.
    at_once = few is not None and few.num_rows <= _RETURNED_AT_MOST
    if asked and not at_once:
        values |= _values_of(connection, asked, target, replaced)
    returning = f" RETURNING {quoted(asked)}::VARCHAR" if asked and at_once else ""
    gone = connection.execute(f"DELETE FROM {target} WHERE {replaced}{returning}").fetchall()
    if returning:
        values |= {value for (value,) in gone if value is not None}
    newest = (
        ""
        if few is not None and _each_once(few, schema.key)
        else f" QUALIFY row_number() OVER"
        f" (PARTITION BY {key} ORDER BY _offset DESC, _position DESC) = 1"
    )
    connection.execute(
        f"INSERT INTO {target} BY NAME SELECT {_columns(schema)} FROM ("
        f"SELECT * FROM {relation} WHERE _position > {past_position}{newest}"
        ") AS newest WHERE _op <> 'd'"
    )
    return values


def append(
    connection: duckdb.DuckDBPyConnection, target: str, schema: TableSchema, relation: str
) -> None:
    """Add the rows as they are: a snapshot holds each key once."""
    connection.execute(f"INSERT INTO {target} BY NAME SELECT {_columns(schema)} FROM {relation}")


def any_in(connection: duckdb.DuckDBPyConnection, relation: str) -> bool:
    # fetchall, here and elsewhere: after a fetchone the result is unfinished and blocks `register`.
    return bool(connection.execute(f"SELECT 1 FROM {relation} LIMIT 1").fetchall())


def _values_of(
    connection: duckdb.DuckDBPyConnection, column: str, relation: str, condition: str = "true"
) -> set[str]:
    """Distinct values of a column, as text, without null."""
    name = quoted(column)
    rows = connection.execute(
        f"SELECT DISTINCT {name}::VARCHAR FROM {relation} WHERE {name} IS NOT NULL AND {condition}"
    ).fetchall()
    return {value for (value,) in rows}


def _values_in_memory(few: pa.Table | None, column: str) -> set[str]:
    """As `_values_of`; none where DuckDB must be asked: other types it may spell otherwise."""
    if few is None or column not in few.column_names:
        return set()
    values = few.column(column)
    if not (pa.types.is_integer(values.type) or pa.types.is_string(values.type)):
        return set()
    return {str(value) for value in values.unique().to_pylist() if value is not None}


def _each_once(few: pa.Table, key: Sequence[str]) -> bool:
    """Whether no key is in these rows twice."""
    if any(name not in few.column_names for name in key):
        return False
    return bool(few.group_by([*key]).aggregate([]).num_rows == few.num_rows)


def _columns(schema: TableSchema) -> str:
    return ", ".join(quoted(name) for name in [c.name for c in schema.columns] + [*OWN_COLUMNS])


def _concatenated(table: str, parts: Sequence[tuple[int, pa.Table]]) -> pa.Table:
    marked = [
        rows.append_column("_offset", pa.repeat(pa.scalar(offset, pa.int64()), rows.num_rows))
        for offset, rows in parts
    ]
    try:
        return pa.concat_tables(marked, promote_options="default")
    except pa.ArrowException as error:
        raise UnfitRows(
            f"{table}: the type of a column differs between entries: {error}",
            fix=f"capture the table anew: `aethermart capture run --snapshot {table}`",
        ) from error


def _text(path: object) -> str:
    return "'" + str(path).replace("'", "''") + "'"
