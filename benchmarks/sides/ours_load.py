"""Our full load, a stage a process as in the product: capture, then mirror, archive beside it.

python -m benchmarks.sides.ours_load {capture,mirror,archive} STORE_DSN PLATFORM_DSN FOLDER
Prints one JSON line: what it used and what it found.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from benchmarks.store import TABLES
from benchmarks.usage import own_cpu_s, peak_rss_mb, used

SHOP = "aethermart"


def capture(store: str, platform: str, folder: Path) -> dict[str, Any]:
    from aethermart.capture.postgres.source import PostgresShop, PostgresSource
    from aethermart.capture.state import PlatformCaptureState
    from aethermart.platform_db.migrate import platform_engine

    log, chunks, _ = _log(platform, folder)
    shop = PostgresShop(SHOP, store, TABLES, allow_ddl=True)
    source = PostgresSource(shop, PlatformCaptureState(platform_engine(platform)), chunks)
    rows = 0
    for entry in source.read(None, heartbeat=False):
        log.append(entry)
        rows += entry.rows
    source.close()
    return {"rows": rows}


def mirror(_store: str, platform: str, folder: Path) -> dict[str, Any]:
    from aethermart.engine.engine import Engine
    from aethermart.engine.settings import EngineSettings
    from aethermart.sinks.mirror.mirror import Mirror

    log, chunks, _ = _log(platform, folder)
    engine = Engine(folder / "lake.duckdb", EngineSettings())
    sink = Mirror(
        engine,
        chunks,
        routes={},
        gate=lambda _shop, _schema: [],
        on_applied=lambda _connection, _touched: None,
    )
    _feed(log, sink)
    with engine.read() as connection:
        found = connection.execute(
            "SELECT (SELECT count(*) FROM mirror.aethermart__orders),"
            " (SELECT sum(total_amount)::VARCHAR FROM mirror.aethermart__orders),"
            " (SELECT count(*) FROM mirror.aethermart__order_items),"
            " (SELECT sum(line_total)::VARCHAR FROM mirror.aethermart__order_items)"
        ).fetchall()[0]
    engine.close()
    return {"found": list(found), "file_mb": (folder / "lake.duckdb").stat().st_size / 2**20}


def archive(_store: str, platform: str, folder: Path) -> dict[str, Any]:
    log, _, bronze = _log(platform, folder)
    _feed(log, bronze)
    size = sum(file.stat().st_size for file in (folder / "bronze").rglob("*.parquet"))
    return {"file_mb": size / 2**20}


def _log(platform: str, folder: Path) -> tuple[Any, Any, Any]:
    from aethermart.log.archive.archive import Archive
    from aethermart.log.chunks import ChunkStore
    from aethermart.log.log import Log
    from aethermart.log.tail import PostgresTail

    chunks = ChunkStore(folder / "chunks")
    bronze = Archive(folder / "bronze", chunks)
    return Log(PostgresTail(platform), bronze, chunks), chunks, bronze


def _feed(log: Any, sink: Any) -> None:
    after = 0
    while entries := log.read(SHOP, after, 256):
        sink.apply(entries)
        after = entries[-1].offset


def main() -> None:
    stage, store, platform, folder = sys.argv[1:]
    with used() as inside:
        answer = {"capture": capture, "mirror": mirror, "archive": archive}[stage](
            store, platform, Path(folder)
        )
    answer |= {"wall_s": inside.wall_s, "cpu_s": own_cpu_s(), "peak_mb": peak_rss_mb()}
    print(json.dumps(answer))


if __name__ == "__main__":
    main()
