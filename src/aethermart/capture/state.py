"""What capture remembers between runs, in the platform database."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import asdict

from sqlalchemy import Engine, delete, select, update
from sqlalchemy.dialects.postgresql import insert

from aethermart.core.entries import Column, TableSchema
from aethermart.platform_db.tables import captured_tables, snapshot_requests


class PlatformCaptureState:
    """CaptureState on the platform's tables `captured_tables` and `snapshot_requests`."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def schemas(self, shop: str) -> dict[str, TableSchema]:
        table = captured_tables
        query = select(table.c.table_name, table.c.schema_json).where(table.c.shop == shop)
        with self._engine.connect() as connection:
            rows = connection.execute(query).all()
        return {row[0]: _parse(row[1]) for row in rows if row[1] is not None}

    def stopped(self, shop: str) -> dict[str, str]:
        table = captured_tables
        query = select(table.c.table_name, table.c.error).where(
            table.c.shop == shop, table.c.error.is_not(None)
        )
        with self._engine.connect() as connection:
            return {row[0]: row[1] for row in connection.execute(query)}

    def announce(self, shop: str, schema: TableSchema) -> None:
        self._upsert(shop, schema.table, schema_json=json.dumps(asdict(schema)))

    def stop(self, shop: str, table: str, error: str) -> None:
        self._upsert(shop, table, error=error)

    def requested_snapshots(self, shop: str) -> tuple[str, ...]:
        query = select(snapshot_requests.c.table_name).where(snapshot_requests.c.shop == shop)
        with self._engine.connect() as connection:
            return tuple(sorted(row[0] for row in connection.execute(query)))

    def request_snapshot(self, shop: str, tables: Collection[str]) -> None:
        rows = [{"shop": shop, "table_name": name} for name in tables]
        with self._engine.begin() as connection:
            connection.execute(insert(snapshot_requests).on_conflict_do_nothing(), rows)

    def snapshot_done(self, shop: str, tables: Collection[str]) -> None:
        with self._engine.begin() as connection:
            connection.execute(
                update(captured_tables)
                .where(captured_tables.c.shop == shop, captured_tables.c.table_name.in_(tables))
                .values(error=None)
            )
            connection.execute(
                delete(snapshot_requests).where(
                    snapshot_requests.c.shop == shop, snapshot_requests.c.table_name.in_(tables)
                )
            )

    def _upsert(self, shop: str, table: str, **values: str) -> None:
        statement = insert(captured_tables).values(shop=shop, table_name=table, **values)
        with self._engine.begin() as connection:
            connection.execute(
                statement.on_conflict_do_update(
                    index_elements=[captured_tables.c.shop, captured_tables.c.table_name],
                    set_=values,
                )
            )


def _parse(text: str) -> TableSchema:
    record = json.loads(text)
    columns = tuple(Column(**column) for column in record["columns"])
    return TableSchema(record["table"], columns, tuple(record["key"]))
