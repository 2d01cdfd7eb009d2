"""`bronze.<shop>__<table>` in DuckDB: views over the archive's files, renewed as it grows.

Beside them `bronze._entries`, what was archived when, and `bronze._resets`: the moments at which
all older rows of a table ended at once, by a truncation or a new snapshot; and the table
`gold.schema_drift`. Each view has the
columns of the shop's pack from the first day, so that models can be made over an empty archive.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Mapping, Sequence
from functools import partial

import duckdb

from aethermart.core.errors import AetherMartError
from aethermart.engine.engine import Engine
from aethermart.log.archive.archive import Archive
from aethermart.packs.pack import Shop
from aethermart.sinks.mirror.tables import quoted
from aethermart.warehouse.drift import Drift, drift_of, record_drift

_log = logging.getLogger(__name__)
_META = {
    "_op": "VARCHAR",
    "_position": "BIGINT",
    "_committed_at": "TIMESTAMPTZ",
    "_entry": "VARCHAR",
}
_ENTRY = {
    "shop": "VARCHAR",
    "log_offset": "BIGINT",
    "entry": "VARCHAR",
    "logged_at": "TIMESTAMPTZ",
    "captured_at": "TIMESTAMPTZ",
    "controls": "VARCHAR",
}
# A snapshot replaces what was there before it began; a truncation what came before its position.
_RESETS = """
CREATE OR REPLACE VIEW bronze._resets AS
WITH controls AS (
  SELECT
    shop,
    log_offset,
    logged_at,
    captured_at,
    UNNEST(CAST(controls AS JSON[])) AS control
  FROM bronze._entries
  WHERE controls LIKE '%snapshot%' OR controls LIKE '%truncate%'
),
named AS (
  SELECT
    shop,
    log_offset,
    logged_at,
    captured_at,
    control ->> 'is' AS kind,
    control ->> 'snapshot' AS snapshot,
    CASE
      WHEN control ->> 'is' = 'truncate' THEN [control ->> 'table']
      ELSE CAST(control -> 'tables' AS VARCHAR[])
    END AS tables,
    COALESCE(CAST(control ->> 'position' AS BIGINT), -1) AS position
  FROM controls
)
SELECT
  ended.shop,
  UNNEST(ended.tables) AS table_name,
  ended.kind,
  CASE WHEN ended.kind = 'truncate' THEN ended.log_offset ELSE begun.log_offset END
    AS begin_offset,
  ended.log_offset,
  ended.position,
  ended.captured_at AS reset_at,
  ended.logged_at
FROM named AS ended
LEFT JOIN named AS begun
  ON begun.shop = ended.shop
  AND begun.snapshot = ended.snapshot
  AND begun.kind = 'snapshot_begin'
WHERE ended.kind IN ('truncate', 'snapshot_end')
"""


class BronzeViews:
    """Keeps the views at the archive's newest version, one look every few seconds."""

    def __init__(self, engine: Engine, archive: Archive, shops: Sequence[Shop]) -> None:
        self._engine = engine
        self._archive = archive
        self._shops = tuple(shops)
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
        versions = {shop.name: self._archive.version(shop.name) for shop in self._shops}
        changed = [s for s in self._shops if versions[s.name] != self._versions.get(s.name)]
        if not changed:
            return
        files = {
            (shop.name, table): self._archive.files(shop.name, table)
            for shop in changed
            for table in self._archive.tables(shop.name)
        }
        entries = {shop.name: self._archive.entry_files(shop.name) for shop in self._shops}
        drifts = {
            shop.name: drift_of(shop.name, shop.pack, self._archive.announced(shop.name), {})
            for shop in changed
        }
        self._engine.write(
            partial(_replace, shops=self._shops, files=files, entries=entries, drifts=drifts)
        )
        self._versions = dict(versions)


def ensure_bronze(connection: duckdb.DuckDBPyConnection, shops: Sequence[Shop]) -> None:
    """Empty views where there are none yet, in the caller's transaction if it has one."""
    connection.execute("CREATE SCHEMA IF NOT EXISTS bronze")
    found = {
        name
        for (name,) in connection.execute(
            "SELECT view_name FROM duckdb_views() WHERE schema_name = 'bronze'"
        ).fetchall()
    }
    for shop in shops:
        for table in shop.pack.tables:
            if (name := f"{shop.name}__{table}") not in found:
                connection.execute(
                    f"CREATE VIEW bronze.{quoted(name)} AS {_empty(_columns(shop, table))}"
                )
    if "_entries" not in found:
        connection.execute(f"CREATE VIEW bronze._entries AS {_empty(_ENTRY)}")
        connection.execute(_RESETS)


def _replace(
    connection: duckdb.DuckDBPyConnection,
    shops: Sequence[Shop],
    files: Mapping[tuple[str, str], list[str]],
    entries: Mapping[str, list[str]],
    drifts: Mapping[str, list[Drift]],
) -> None:
    connection.execute("BEGIN TRANSACTION")
    ensure_bronze(connection, shops)
    by_name = {shop.name: shop for shop in shops}
    for (shop, table), paths in files.items():
        if not paths:
            continue
        # A pack may have a column that the archive never saw.
        rows = f"SELECT * FROM {_read(paths)}"
        if table in by_name[shop].pack.tables:
            rows = f"{_empty(_columns(by_name[shop], table))} UNION ALL BY NAME {rows}"
        connection.execute(f"CREATE OR REPLACE VIEW bronze.{quoted(f'{shop}__{table}')} AS {rows}")
    arms = [
        f'SELECT {_text(shop)}, "offset", entry, logged_at, captured_at, controls'
        f" FROM {_read(paths)}"
        for shop, paths in entries.items()
        if paths
    ]
    listed = " UNION ALL ".join([_empty(_ENTRY), *arms])
    connection.execute(f"CREATE OR REPLACE VIEW bronze._entries AS {listed}")
    for shop, drift in drifts.items():
        record_drift(connection, shop, drift)
    connection.execute("COMMIT")


def _columns(shop: Shop, table: str) -> dict[str, str]:
    columns = shop.pack.tables[table].columns
    return {name: kind.duckdb for name, kind in columns.items()} | _META


def _empty(columns: Mapping[str, str]) -> str:
    listed = ", ".join(f"CAST(NULL AS {kind}) AS {quoted(name)}" for name, kind in columns.items())
    return f"SELECT {listed} WHERE FALSE"


def _read(paths: Sequence[str]) -> str:
    names = ", ".join(map(_text, paths))
    return f"read_parquet([{names}], union_by_name = true, hive_partitioning = false)"


def _text(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
