"""What capture remembers between runs, in memory."""

from __future__ import annotations

from collections.abc import Collection

from aethermart.core.entries import TableSchema


class MemoryState:
    """CaptureState without a database; tests/capture/test_state.py holds it to the real one."""

    def __init__(self) -> None:
        self._announced: dict[tuple[str, str], tuple[TableSchema, str]] = {}
        self._errors: dict[tuple[str, str], str] = {}
        self._requests: set[tuple[str, str]] = set()

    def announced(self, shop: str) -> dict[str, tuple[TableSchema, str]]:
        return {table: news for (of, table), news in self._announced.items() if of == shop}

    def stopped(self, shop: str) -> dict[str, str]:
        return {table: error for (of, table), error in self._errors.items() if of == shop}

    def announce(self, shop: str, schema: TableSchema, identity: str) -> None:
        self._announced[shop, schema.table] = (schema, identity)

    def stop(self, shop: str, table: str, error: str) -> None:
        self._errors[shop, table] = error
        self._requests.discard((shop, table))

    def request_snapshot(self, shop: str, tables: Collection[str]) -> None:
        self._requests |= {(shop, table) for table in tables}

    def requested_snapshots(self, shop: str) -> tuple[str, ...]:
        return tuple(sorted(table for of, table in self._requests if of == shop))

    def snapshot_done(self, shop: str, tables: Collection[str]) -> None:
        for table in tables:
            self._errors.pop((shop, table), None)
            self._requests.discard((shop, table))
