"""`bronze.<shop>__<table>` in DuckDB: views over the archive's files, renewed as it grows."""

from __future__ import annotations

import logging
import threading
from functools import partial

import duckdb

from aethermart.core.errors import AetherMartError
from aethermart.engine.engine import Engine
from aethermart.log.archive.archive import Archive
from aethermart.sinks.mirror.tables import quoted

_log = logging.getLogger(__name__)


class BronzeViews:
    """Keeps the views at the archive's newest version, one look every few seconds."""

    def __init__(self, engine: Engine, archive: Archive, shops: tuple[str, ...]) -> None:
        self._engine = engine
        self._archive = archive
        self._shops = shops
        self._versions: dict[str, object] = {}

    def run(self, stop: threading.Event, every_s: float = 5.0) -> None:
        while not stop.is_set():
            try:
                self.renew()
            except AetherMartError as error:
                _log.warning("bronze views stay as they are: %s", error)
            stop.wait(every_s)

    def renew(self) -> None:
        """Replace the views of each shop whose archive has a newer version."""
        for shop in self._shops:
            version = self._archive.version(shop)
            if version == self._versions.get(shop):
                continue
            files = {
                table: self._archive.files(shop, table) for table in self._archive.tables(shop)
            }
            self._engine.write(partial(_replace, shop=shop, files=files))
            self._versions[shop] = version


def _replace(connection: duckdb.DuckDBPyConnection, shop: str, files: dict[str, list[str]]) -> None:
    connection.execute("BEGIN TRANSACTION")
    connection.execute("CREATE SCHEMA IF NOT EXISTS bronze")
    for table, paths in files.items():
        if not paths:
            continue
        names = ", ".join("'" + path.replace("'", "''") + "'" for path in paths)
        connection.execute(
            f"CREATE OR REPLACE VIEW bronze.{quoted(f'{shop}__{table}')} AS"
            f" SELECT * FROM read_parquet([{names}], union_by_name = true)"
        )
    connection.execute("COMMIT")
