"""The peer's full load: dlt from PostgreSQL to DuckDB, the same two tables.

python -m benchmarks.sides.dlt_load {connectorx,pyarrow} STORE_DSN FOLDER
Runs in the peers' own environment. Prints one JSON line: what it used and what it found.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

from benchmarks.usage import own_cpu_s, peak_rss_mb, used

TABLES = ("orders", "order_items")


def load(backend: str, store: str, folder: Path) -> dict[str, Any]:
    import dlt
    import duckdb
    from dlt.sources.sql_database import sql_database

    # connectorx has an address of its own, without SQLAlchemy's driver.
    backend_kwargs = {"conn": store} if backend == "connectorx" else {}
    source = sql_database(
        store.replace("postgresql://", "postgresql+psycopg://"),
        schema="public",
        table_names=list(TABLES),
        backend=backend,
        backend_kwargs=backend_kwargs,
        reflection_level="full_with_precision",
    )
    file = folder / "peer.duckdb"
    pipeline = dlt.pipeline(
        "full_load",
        destination=dlt.destinations.duckdb(str(file)),
        dataset_name="shop",
        pipelines_dir=str(folder / "pipelines"),
    )
    pipeline.run(source, write_disposition="replace", loader_file_format="parquet")
    with duckdb.connect(str(file), read_only=True) as connection:
        found = connection.execute(
            "SELECT (SELECT count(*) FROM shop.orders),"
            " (SELECT sum(total_amount)::VARCHAR FROM shop.orders),"
            " (SELECT count(*) FROM shop.order_items),"
            " (SELECT sum(line_total)::VARCHAR FROM shop.order_items)"
        ).fetchall()[0]
        types = connection.execute(
            "SELECT data_type FROM information_schema.columns"
            " WHERE table_name = 'orders' AND column_name = 'total_amount'"
        ).fetchall()
    return {
        "found": list(found),
        "money_type": types[0][0],
        "file_mb": file.stat().st_size / 2**20,
        "versions": {"dlt": dlt.__version__, "duckdb (peer)": duckdb.__version__},
    }


def main() -> None:
    backend, store, folder = sys.argv[1:]
    os.environ["RUNTIME__DLTHUB_TELEMETRY"] = "false"
    with used() as inside:
        answer = load(backend, store, Path(folder))
    answer |= {"wall_s": inside.wall_s, "cpu_s": own_cpu_s(), "peak_mb": peak_rss_mb()}
    print(json.dumps(answer))


if __name__ == "__main__":
    main()
