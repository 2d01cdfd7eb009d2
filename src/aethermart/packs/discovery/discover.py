"""Read a shop's schema and a sample of each table by SQLAlchemy's Inspector."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa
import sqlalchemy.exc
from sqlalchemy.dialects import mysql

from aethermart.core.errors import NotFound
from aethermart.core.schemas import Schemas
from aethermart.packs.discovery.address import read_only
from aethermart.packs.discovery.captured_types import bytes_of_an_id, captured_type
from aethermart.packs.discovery.facts import ColumnFacts, ForeignKey, ShopFacts, TableFacts
from aethermart.packs.discovery.peek import COUNTED, Peek
from aethermart.packs.load import UNFIT_IN_NAMES
from aethermart.packs.types import ColumnType

SAMPLE_ROWS = 500
_SCHEMAS = """
SELECT DISTINCT table_schema FROM information_schema.tables
WHERE table_type = 'BASE TABLE' AND table_schema <> 'information_schema'
  AND table_schema NOT LIKE 'pg\\_%' AND table_schema NOT LIKE 'aethermart\\_%'
ORDER BY table_schema
"""


@dataclass(frozen=True, slots=True)
class Discovered:
    """What was found, and the means to ask for a little more."""

    facts: ShopFacts
    peek: Peek


def schemas_of(dsn: str, folder: Path | None = None) -> list[str]:
    """A PostgreSQL database's schemas with tables that may be read, by name; [] elsewhere."""
    with read_only(dsn, folder) as connection:
        if connection.dialect.name != "postgresql":
            return []
        found: list[Any] = list(connection.execute(sa.text(_SCHEMAS)).scalars())
        connection.rollback()
    return [str(name) for name in found]


@contextmanager
def discovered(
    dsn: str, schema: str | None = None, folder: Path | None = None
) -> Iterator[Discovered]:
    """Everything readable in one schema, or in several with commas (see Schemas).

    The connection stays open for the caller's block.
    """
    with read_only(dsn, folder) as connection:
        schema = schema or ("public" if connection.dialect.name == "postgresql" else None)
        schemas = Schemas.of(schema) if schema else None
        peek = Peek(connection, schemas)
        yield Discovered(_facts(connection, schemas, peek), peek)


def _facts(connection: sa.Connection, schemas: Schemas | None, peek: Peek) -> ShopFacts:
    inspector = sa.inspect(connection)
    engine = connection.dialect.name
    names: list[str] = []
    views: list[str] = []
    for schema in schemas or [None]:
        found = inspector.get_table_names(schema)
        if not found:
            raise NotFound(
                f"there is no table in schema {schema!r}" if schema else "there is no table there",
                fix="name the schema with --schema, and grant SELECT on its tables to the user",
            )
        names += [_named(schemas, schema, name) for name in found]
        views += [_named(schemas, schema, name) for name in inspector.get_view_names(schema)]
    tables: dict[str, TableFacts] = {}
    unread: dict[str, str] = {}
    for name in sorted(names):
        if any(mark in name for mark in UNFIT_IN_NAMES):
            unread[name] = "its name holds a quote, a brace or a backslash"
            continue
        table = _table(inspector, engine, schemas, name, peek)
        if name in peek.failed:
            unread[name] = peek.failed.pop(name)
        elif table.bytes_key:
            unread[name] = "its key is of bytes, which capture cannot follow"
        elif table.columns:
            tables[name] = table
    connection.rollback()
    listed = ", ".join(schemas) if schemas else None
    return ShopFacts(engine, listed, tables, tuple(sorted(views)), unread)


def _named(schemas: Schemas | None, schema: str | None, relation: str) -> str:
    return schemas.named(schema, relation) if schemas and schema else relation


def _referred(inspector: Any, schemas: Schemas | None, schema: str | None, key: Any) -> str | None:
    """The table that a foreign key names; None where it is not among the shop's schemas."""
    relation, other = str(key["referred_table"]), key.get("referred_schema")
    if schemas is None:
        return relation if other in (None, schema) else None
    if other is None:  # in the search path
        other = schema if len(schemas.names) == 1 else inspector.default_schema_name
    return schemas.named(str(other), relation) if other in schemas.names else None


def _table(
    inspector: sa.Inspector, engine: str, schemas: Schemas | None, name: str, peek: Peek
) -> TableFacts:
    schema, relation = schemas.place(name) if schemas else (None, name)
    columns = {
        column.name: column
        for found in inspector.get_columns(relation, schema)
        if (column := _column(engine, found)) is not None
    }
    uniques = _uniques(inspector, relation, schema)
    key = tuple(inspector.get_pk_constraint(relation, schema)["constrained_columns"])
    key = key or _narrowest(uniques, columns)
    if not columns and not key:
        return TableFacts(name, {})
    if not key and engine == "sqlite" and "rowid" not in {c.lower() for c in columns}:
        # Capture keys such a table by SQLite's own row number.
        columns = {"rowid": ColumnFacts("rowid", "INTEGER", ColumnType("integer")), **columns}
        key = ("rowid",)
    if not set(key) <= set(columns):
        return TableFacts(name, columns, bytes_key=True)  # nothing can name such a row
    peek.digits[name] = {c.name for c in columns.values() if bytes_of_an_id(engine, c.declared)}
    first = next(iter(columns))
    rows = peek.count(name, first)
    return TableFacts(
        name=name,
        columns=columns,
        key=key,
        uniques=uniques,
        foreign_keys=tuple(
            ForeignKey(tuple(key["constrained_columns"]), referred, tuple(key["referred_columns"]))
            for key in inspector.get_foreign_keys(relation, schema)
            if (referred := _referred(inspector, schemas, schema, key)) is not None
        ),
        rows=rows,
        counted=rows is not None and rows <= COUNTED,
        sample=peek.rows(name, columns, SAMPLE_ROWS) if rows else (),
    )


def _narrowest(
    uniques: tuple[tuple[str, ...], ...], columns: Mapping[str, ColumnFacts]
) -> tuple[str, ...]:
    """Without a primary key capture takes the narrowest unique index that is never null."""
    whole = [u for u in uniques if all(c in columns and not columns[c].nullable for c in u)]
    return min(whole, key=len, default=())


def _column(engine: str, found: Any) -> ColumnFacts | None:
    """None for one that a pack cannot name or speak of."""
    if any(mark in str(found["name"]) for mark in UNFIT_IN_NAMES):
        return None
    kind = found["type"]
    try:
        declared = str(kind)
    except sqlalchemy.exc.CompileError:
        declared = type(kind).__name__
    if isinstance(kind, sa.DateTime | sa.TIMESTAMP) and engine != "sqlite":
        declared = "timestamp"
    elif isinstance(kind, sa.Enum):
        declared = "text"
    elif isinstance(kind, mysql.TINYINT | mysql.BIT):
        declared = kind.compile(dialect=mysql.dialect())  # its width says whether it is a boolean
    captured = captured_type(engine, declared.partition(" COLLATE ")[0])
    if captured is None:
        return None
    return ColumnFacts(
        name=str(found["name"]),
        declared=declared,
        kind=captured,
        nullable=bool(found["nullable"]),
        comment=str(found.get("comment") or ""),
    )


def _uniques(inspector: sa.Inspector, name: str, schema: str | None) -> tuple[tuple[str, ...], ...]:
    constraints: list[Any] = [
        c["column_names"] for c in inspector.get_unique_constraints(name, schema)
    ]
    indexes: list[Any] = [
        i["column_names"]
        for i in inspector.get_indexes(name, schema)
        if i.get("unique") and None not in i["column_names"]
    ]
    return tuple(dict.fromkeys(tuple(str(n) for n in names) for names in [*constraints, *indexes]))
