"""Put compiled models in place: all views and changed kept tables in one transaction, or none.

A reader sees the old models or the new ones, never a mixture. Live data need no swap: views read
the mirror, and kept tables are refreshed with it.
"""

from __future__ import annotations

import duckdb

from aethermart.core import failpoints
from aethermart.core.errors import Terminal
from aethermart.sinks.mirror.tables import quoted
from aethermart.warehouse.kept import drop_forgotten, rebuild_if_changed, table_of
from aethermart.warehouse.project import CompiledProject, Model

_SCHEMAS = ("staging", "silver", "gold")


class ContractBroken(Terminal):
    """A model's result is not what it promises; nothing was changed."""


def swap(connection: duckdb.DuckDBPyConnection, compiled: CompiledProject) -> tuple[str, ...]:
    """Install `compiled`; returns the kept tables that were rebuilt because their SQL changed.

    Opens its own transaction. The mirror tables of every shop must exist.
    Raises ContractBroken, or Terminal for a model that DuckDB refuses.
    """
    connection.execute("BEGIN TRANSACTION")
    try:
        rebuilt = _install(connection, compiled)
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")
    return rebuilt


def _install(connection: duckdb.DuckDBPyConnection, compiled: CompiledProject) -> tuple[str, ...]:
    for schema in _SCHEMAS:
        connection.execute(f"CREATE SCHEMA IF NOT EXISTS {schema}")
    _drop_forgotten_views(connection, compiled)
    drop_forgotten(connection, compiled)
    rebuilt: list[str] = []
    for model in compiled.models:
        _replace_view(connection, model)
        if model.schema == "silver":
            # At once: what reads it would else complain of a column that is missing here.
            described = connection.execute(f"DESCRIBE {model.relation}").fetchall()
            _check_contract(model, {str(row[0]): str(row[1]).upper() for row in described})
        # At once: views further on read the kept table.
        if model.kept_by and rebuild_if_changed(connection, compiled, model):
            rebuilt.append(table_of(model))
        failpoints.reached("warehouse.views_swapping")
    _check_contracts(connection, compiled)
    return tuple(rebuilt)


def _drop_forgotten_views(connection: duckdb.DuckDBPyConnection, compiled: CompiledProject) -> None:
    """Views of a shop or an entity that the project no longer has."""
    wanted = {(model.schema, model.name) for model in compiled.models}
    found = connection.execute(
        "SELECT schema_name, view_name FROM duckdb_views() "
        "WHERE database_name = current_database() AND list_contains(?, schema_name)",
        [list(_SCHEMAS)],
    ).fetchall()
    for schema, name in found:
        if (schema, name) not in wanted:
            connection.execute(f"DROP VIEW {quoted(schema)}.{quoted(name)}")


def _replace_view(connection: duckdb.DuckDBPyConnection, model: Model) -> None:
    try:
        connection.execute(f"CREATE OR REPLACE VIEW {model.relation} AS {model.sql}")
    except duckdb.Error as error:
        raise Terminal(
            f"model {model.schema}.{model.name} does not fit the captured tables: {error}",
            fix="correct the pack's SQL or its columns; the models in use were kept",
        ) from error


def _check_contracts(connection: duckdb.DuckDBPyConnection, compiled: CompiledProject) -> None:
    """One question for all views: describing each takes as long as making it."""
    rows = connection.execute(
        "SELECT schema_name, table_name, column_name, data_type FROM duckdb_columns() "
        "WHERE database_name = current_database() AND list_contains(?, schema_name) "
        "ORDER BY column_index",
        [list(_SCHEMAS)],
    ).fetchall()
    found: dict[tuple[str, str], dict[str, str]] = {}
    for schema, view, column, kind in rows:
        found.setdefault((schema, view), {})[column] = str(kind).upper()
    for model in compiled.models:
        if model.columns:
            _check_contract(model, found.get((model.schema, model.name), {}))


def _check_contract(model: Model, described: dict[str, str]) -> None:
    promised = dict(model.columns)
    # DuckDB describes `"Quantity" AS quantity` as Quantity, though its results say quantity.
    spelt = {name.lower(): name for name in promised}
    found = {spelt.get(name.lower(), name): kind for name, kind in described.items()}
    for name in [*promised, *found]:
        if promised.get(name) != found.get(name):
            raise ContractBroken(
                f"model {model.schema}.{model.name}, column {name!r}: "
                f"promised {promised.get(name)}, found {found.get(name)}",
                fix="correct the model or its contract; the models in use were kept",
            )
