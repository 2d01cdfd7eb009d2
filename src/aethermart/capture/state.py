"""What capture remembers between runs, in the platform database."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import asdict

from sqlalchemy import Delete, Engine, delete, select, update
from sqlalchemy.dialects.postgresql import Insert, insert

from aethermart.core.entries import Column, TableSchema
from aethermart.platform_db.reach import reached
from aethermart.platform_db.tables import captured_tables, snapshot_requests


class PlatformCaptureState:
    """CaptureState on the platform's tables `captured_tables` and `snapshot_requests`.

    Raises Unavailable while the platform database does not answer.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def announced(self, shop: str) -> dict[str, tuple[TableSchema, str]]:
        table = captured_tables
        query = select(table.c.table_name, table.c.schema_json).where(table.c.shop == shop)
        with reached(self._engine) as connection:
            rows = connection.execute(query).all()
        return {row[0]: _parse(row[1]) for row in rows if row[1] is not None}

    def stopped(self, shop: str) -> dict[str, str]:
        table = captured_tables
        query = select(table.c.table_name, table.c.error).where(
            table.c.shop == shop, table.c.error.is_not(None)
        )
        with reached(self._engine) as connection:
            return {row[0]: row[1] for row in connection.execute(query)}

    def announce(self, shop: str, schema: TableSchema, identity: str) -> None:
        text = json.dumps({**asdict(schema), "identity": identity})
        with reached(self._engine) as connection:
            connection.execute(_upsert(shop, schema.table, schema_json=text))

    def stop(self, shop: str, table: str, error: str) -> None:
        with reached(self._engine) as connection:
            connection.execute(_upsert(shop, table, error=error))
            connection.execute(_answered(shop, [table]))

    def requested_snapshots(self, shop: str) -> tuple[str, ...]:
        query = select(snapshot_requests.c.table_name).where(snapshot_requests.c.shop == shop)
        with reached(self._engine) as connection:
            return tuple(sorted(row[0] for row in connection.execute(query)))

    def request_snapshot(self, shop: str, tables: Collection[str]) -> None:
        rows = [{"shop": shop, "table_name": name} for name in tables]
        if rows:
            with reached(self._engine) as connection:
                connection.execute(insert(snapshot_requests).on_conflict_do_nothing(), rows)

    def snapshot_done(self, shop: str, tables: Collection[str]) -> None:
        table = captured_tables
        with reached(self._engine) as connection:
            connection.execute(
                update(table)
                .where(table.c.shop == shop, table.c.table_name.in_(tables))
                .values(error=None)
            )
            connection.execute(_answered(shop, tables))


def _upsert(shop: str, table: str, **values: str) -> Insert:
    statement = insert(captured_tables).values(shop=shop, table_name=table, **values)
    key = [captured_tables.c.shop, captured_tables.c.table_name]
    return statement.on_conflict_do_update(index_elements=key, set_=values)


def _answered(shop: str, tables: Collection[str]) -> Delete:
    requests = snapshot_requests
    return delete(requests).where(requests.c.shop == shop, requests.c.table_name.in_(tables))


def _parse(text: str) -> tuple[TableSchema, str]:
    record = json.loads(text)
    columns = tuple(Column(**column) for column in record["columns"])
    return TableSchema(record["table"], columns, tuple(record["key"])), record["identity"]
