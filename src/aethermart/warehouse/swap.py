"""Put compiled models in place: all views and changed kept tables in one transaction, or none.

A reader sees the old models or the new ones, never a mixture. Live data need no swap: views read
the mirror, and kept tables are refreshed with it.
"""

from __future__ import annotations

import duckdb

from aethermart.core import failpoints
from aethermart.core.errors import Terminal
from aethermart.sinks.mirror.tables import quoted
from aethermart.warehouse.kept import drop_forgotten, rebuild_changed
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
    for model in compiled.models:
        _replace_view(connection, model)
        failpoints.reached("warehouse.views_swapping")
    drop_forgotten(connection, compiled)
    return rebuild_changed(connection, compiled)


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
    _check_contract(connection, model)


def _check_contract(connection: duckdb.DuckDBPyConnection, model: Model) -> None:
    if not model.columns:
        return
    described = connection.execute(f"DESCRIBE {model.relation}").fetchall()
    found = {str(row[0]): str(row[1]).upper() for row in described}
    promised = dict(model.columns)
    for name in [*promised, *found]:
        if promised.get(name) != found.get(name):
            raise ContractBroken(
                f"model {model.schema}.{model.name}, column {name!r}: "
                f"promised {promised.get(name)}, found {found.get(name)}",
                fix="correct the model or its contract; the models in use were kept",
            )
