"""The peer's upsert: dlt's merge of an Arrow table into DuckDB, by its default strategy.

python -m benchmarks.sides.dlt_upsert FOLDER ROWS CHANGED SEED
Runs in the peers' own environment.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import dlt
import duckdb

from benchmarks.sides.orders import CHECK, KEY, all_rows, answer_until_end, changed_rows
from benchmarks.usage import peak_rss_mb, used


def main() -> None:
    folder = Path(sys.argv[1])
    rows, changed, seed = map(int, sys.argv[2:])
    file = folder / "peer.duckdb"
    pipeline = dlt.pipeline(
        "upsert",
        destination=dlt.destinations.duckdb(str(file)),
        dataset_name="shop",
        pipelines_dir=str(folder / "pipelines"),
    )
    how = {"table_name": "orders", "primary_key": KEY, "loader_file_format": "parquet"}
    pipeline.run(all_rows(rows), write_disposition="replace", **how)

    def answer(repetition: int) -> dict[str, Any]:
        incoming = changed_rows(rows, changed, repetition, seed)
        with used() as upsert:
            pipeline.run([incoming], write_disposition="merge", **how)
        with duckdb.connect(str(file), read_only=True) as connection:
            connection.execute("SET TimeZone = 'UTC'")
            check = connection.execute(f"SELECT {CHECK} FROM shop.orders").fetchall()[0]
        return {
            "wall_s": upsert.wall_s,
            "cpu_s": upsert.cpu_s,
            "peak_mb": peak_rss_mb(),
            "check": list(check),
            "versions": {"dlt": dlt.__version__, "duckdb (peer)": duckdb.__version__},
        }

    answer_until_end(answer)


if __name__ == "__main__":
    main()
