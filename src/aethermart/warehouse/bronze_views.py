"""`bronze.<shop>__<table>` in DuckDB: views over the archive's files, renewed as it grows.

Beside them `bronze._entries`, what was archived when, and `bronze._resets`: the moments at which
all older rows of a table ended at once, by a truncation or a new snapshot; and the table
`gold.schema_drift`. Each view has the
columns of the shop's pack from the first day, so that models can be made over an empty archive.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from itertools import chain

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from aethermart.core.errors import AetherMartError, Unavailable
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
        self._shown: dict[tuple[str, str], list[str]] = {}
        self._layouts = _Layouts()

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
        self._layouts.look_into([*chain(*files.values()), *chain(*entries.values())])
        drifts = {
            shop.name: drift_of(shop.name, shop.pack, self._archive.announced(shop.name), {})
            for shop in changed
        }
        self._engine.write(
            partial(
                _replace,
                shops=self._shops,
                files={
                    table: self._layouts.grouped(paths)
                    for table, paths in files.items()
                    if paths != self._shown.get(table)
                },
                entries={shop: self._layouts.grouped(paths) for shop, paths in entries.items()},
                drifts=drifts,
            )
        )
        self._shown |= files
        self._versions = dict(versions)


class _Layouts:
    """Groups a table's files by their columns, with one look into each file.

    To union files by name DuckDB opens every one of them, for each statement that names the view;
    of files that are alike it opens the first.
    """

    def __init__(self) -> None:
        self._of_file: dict[str, str] = {}

    def look_into(self, paths: Iterable[str]) -> None:
        """Know these files and no others. Raises Unavailable where one cannot be read."""
        self._of_file = {path: self._of_file.get(path) or _layout(path) for path in paths}

    def grouped(self, paths: Iterable[str]) -> list[list[str]]:
        groups: dict[str, list[str]] = {}
        for path in paths:
            groups.setdefault(self._of_file[path], []).append(path)
        return list(groups.values())


def _layout(path: str) -> str:
    try:
        return str(pq.read_schema(path).remove_metadata())
    except (OSError, pa.ArrowException) as error:
        raise Unavailable(
            f"{path} cannot be read: {str(error).splitlines()[0]}",
            fix="check the folder's rights and the disk; this is retried",
        ) from error


def empty_bronze(connection: duckdb.DuckDBPyConnection, shops: Sequence[Shop]) -> None:
    """Every view without a row, in the caller's transaction if it has one.

    For the start: what an earlier process left may name files that are gone, or lack a column that
    a newer pack has, and no model could be made over it. `renew` follows.
    """
    connection.execute("CREATE SCHEMA IF NOT EXISTS bronze")
    for shop in shops:
        for table in shop.pack.tables:
            _view(connection, f"{shop.name}__{table}", _empty(_columns(shop, table)))
    _view(connection, "_entries", _empty(_ENTRY))
    connection.execute(_RESETS)


def _replace(
    connection: duckdb.DuckDBPyConnection,
    shops: Sequence[Shop],
    files: Mapping[tuple[str, str], list[list[str]]],
    entries: Mapping[str, list[list[str]]],
    drifts: Mapping[str, list[Drift]],
) -> None:
    connection.execute("BEGIN TRANSACTION")
    connection.execute("CREATE SCHEMA IF NOT EXISTS bronze")
    by_name = {shop.name: shop for shop in shops}
    for (shop, table), alike in files.items():
        if not alike:
            continue
        arms = [f"SELECT * FROM {_read(paths)}" for paths in alike]
        if table in by_name[shop].pack.tables:
            # It may have a column that the archive never saw.
            arms.insert(0, _empty(_columns(by_name[shop], table)))
        _view(connection, f"{shop}__{table}", " UNION ALL BY NAME ".join(arms))
    arms = [
        f'SELECT {_text(shop)}, "offset", entry, logged_at, captured_at, controls'
        f" FROM {_read(paths)}"
        for shop, alike in entries.items()
        for paths in alike
    ]
    listed = " UNION ALL ".join([_empty(_ENTRY), *arms])
    _view(connection, "_entries", listed)
    connection.execute(_RESETS)
    for shop, drift in drifts.items():
        record_drift(connection, shop, drift)
    connection.execute("COMMIT")


def _view(connection: duckdb.DuckDBPyConnection, name: str, sql: str) -> None:
    connection.execute(f"CREATE OR REPLACE VIEW bronze.{quoted(name)} AS {sql}")


def _columns(shop: Shop, table: str) -> dict[str, str]:
    columns = shop.pack.tables[table].columns
    return {name: kind.duckdb for name, kind in columns.items()} | _META


def _empty(columns: Mapping[str, str]) -> str:
    listed = ", ".join(f"CAST(NULL AS {kind}) AS {quoted(name)}" for name, kind in columns.items())
    return f"SELECT {listed} WHERE FALSE"


def _read(paths: Sequence[str]) -> str:
    names = ", ".join(map(_text, paths))
    return f"read_parquet([{names}], hive_partitioning = false)"


def _text(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
