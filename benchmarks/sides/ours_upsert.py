"""Our upsert: one log entry with changed rows applied to the mirror, offset and all.

python -m benchmarks.sides.ours_upsert FOLDER ROWS CHANGED SEED
"""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa

from aethermart.core.entries import (
    Batch,
    Column,
    Control,
    Entry,
    LoggedEntry,
    Position,
    SnapshotBegin,
    SnapshotEnd,
    TableSchema,
    new_entry_id,
    with_meta,
)
from aethermart.engine.engine import Engine
from aethermart.engine.settings import EngineSettings
from aethermart.log.chunks import ChunkStore
from aethermart.sinks.mirror.mirror import Mirror
from aethermart.sinks.mirror.touched import Route
from benchmarks.sides.orders import CHECK, KEY, all_rows, answer_until_end, changed_rows
from benchmarks.usage import peak_rss_mb, used

_NOW = datetime.now(UTC)
_SHOP, _TABLE = "shop", "orders"


class _Side:
    def __init__(self, folder: Path, rows: int, changed: int, seed: int) -> None:
        self._rows, self._changed, self._seed = rows, changed, seed
        self._chunks = ChunkStore(folder / "chunks")
        self._engine = Engine(folder / "lake.duckdb", EngineSettings())
        self._mirror = Mirror(
            self._engine,
            self._chunks,
            routes={(_SHOP, _TABLE): Route(KEY)},
            gate=lambda _shop, _schema: [],
            on_applied=lambda _connection, _touched: None,
        )
        self._offset = 0
        self._load()

    def answer(self, repetition: int) -> dict[str, Any]:
        rows = changed_rows(self._rows, self._changed, repetition, self._seed)
        entry = self._logged(_entry(rows, "u"))
        with used() as upsert:
            self._mirror.apply([entry])
        with self._engine.read(300.0) as connection:
            check = connection.execute(f"SELECT {CHECK} FROM mirror.shop__orders").fetchall()[0]
        return {
            "wall_s": upsert.wall_s,
            "cpu_s": upsert.cpu_s,
            "peak_mb": peak_rss_mb(),
            "check": list(check),
        }

    def close(self) -> None:
        self._engine.close()

    def _load(self) -> None:
        schema: pa.Schema | None = None
        for rows in all_rows(self._rows):
            if schema is None:
                schema = rows.schema
                columns = tuple(Column(field.name, str(field.type)) for field in schema)
                announced = TableSchema(_TABLE, columns, (KEY,))
                self._apply_controls(announced, SnapshotBegin("first", (_TABLE,)))
            entry = _entry(rows, "r")
            (part,) = entry.parts
            assert isinstance(part, Batch)
            chunk = self._chunks.write(entry.id, _TABLE, part.rows)
            self._mirror.apply([self._logged(_with(entry, parts=(chunk,)))])
            self._chunks.delete([chunk.file])
        self._apply_controls(SnapshotEnd("first", (_TABLE,)))
        self._engine.write(lambda connection: connection.execute("CHECKPOINT").fetchall())

    def _apply_controls(self, *controls: Control) -> None:
        self._mirror.apply([self._logged(_with(_entry(None, "r"), controls=controls))])

    def _logged(self, entry: Entry) -> LoggedEntry:
        self._offset += 1
        return LoggedEntry(self._offset, _NOW, entry)


def _entry(rows: pa.Table | None, op: str) -> Entry:
    entry = new_entry_id()
    parts = () if rows is None else (Batch(_TABLE, _with_meta(rows, op, entry)),)
    place = Position(entry)
    return Entry(_SHOP, entry, None, place, _NOW, "commit", _NOW if parts else None, parts)


def _with(entry: Entry, **fields: Any) -> Entry:
    return Entry(**{name: getattr(entry, name) for name in Entry.__slots__} | fields)


def _with_meta(rows: pa.Table, op: str, entry: str) -> pa.Table:
    n = rows.num_rows
    meta: list[Any] = [
        pa.repeat(op, n),
        pa.array(range(n), pa.int64()),
        pa.repeat(pa.scalar(_NOW, pa.timestamp("us", tz="UTC")), n),
        pa.repeat(entry, n),
    ]
    return pa.Table.from_arrays([*rows.columns, *meta], schema=with_meta(rows.schema))


def main() -> None:
    folder, rows, changed, seed = sys.argv[1:]
    side = _Side(Path(folder), int(rows), int(changed), int(seed))
    answer_until_end(side.answer)
    side.close()


if __name__ == "__main__":
    main()
