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


class UnfitRows(Terminal):
    """Rows of one table do not share one schema, or do not fit the mirror's."""


class Incoming:
    """The rows of several parts of one table as one relation, named by `relation`.

    Small parts are read where they lie in memory; parts with chunks are spooled into a temporary
    table once, because an upsert reads them three times. `close` lets go of both.
    """

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
        if inline:
            connection.register(_INLINE, _concatenated(parts[0][1].table, inline))
            selects.append(f"SELECT * FROM {_INLINE}")
        union = " UNION ALL BY NAME ".join(selects)
        if len(selects) == 1 and inline:
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
) -> None:
    """Make `target` reflect the newest change of each key; rows up to `past_position` are void."""
    key = ", ".join(quoted(name) for name in schema.key)
    connection.execute(f"DELETE FROM {target} WHERE ({key}) IN (SELECT ({key}) FROM {relation})")
    connection.execute(
        f"INSERT INTO {target} BY NAME"
        f" SELECT {_columns(schema)} FROM ("
        f"  SELECT * FROM {relation} WHERE _position > {past_position}"
        f"  QUALIFY row_number() OVER"
        f"  (PARTITION BY {key} ORDER BY _offset DESC, _position DESC) = 1"
        ") AS newest WHERE _op <> 'd'"
    )


def append(
    connection: duckdb.DuckDBPyConnection, target: str, schema: TableSchema, relation: str
) -> None:
    """Add the rows as they are: a snapshot holds each key once."""
    connection.execute(f"INSERT INTO {target} BY NAME SELECT {_columns(schema)} FROM {relation}")


def any_in(connection: duckdb.DuckDBPyConnection, relation: str) -> bool:
    # fetchall, here and elsewhere: after a fetchone the result is unfinished and blocks `register`.
    return bool(connection.execute(f"SELECT 1 FROM {relation} LIMIT 1").fetchall())


def values_of(
    connection: duckdb.DuckDBPyConnection, column: str, relation: str, condition: str = "true"
) -> set[str]:
    """Distinct values of a column, as text, without null."""
    name = quoted(column)
    rows = connection.execute(
        f"SELECT DISTINCT {name}::VARCHAR FROM {relation} WHERE {name} IS NOT NULL AND {condition}"
    ).fetchall()
    return {value for (value,) in rows}


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
