"""The same upsert in bare SQL on DuckDB, without a log, an offset or de-duplication.

python -m benchmarks.sides.hand_upsert {merge,delete_insert} FOLDER ROWS CHANGED SEED
`merge` is the peer; `delete_insert` the floor: what DuckDB itself takes for the way we chose.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import duckdb

from benchmarks.sides.orders import CHECK, KEY, all_rows, answer_until_end, changed_rows
from benchmarks.usage import peak_rss_mb, used

_MERGE = f"""
MERGE INTO orders USING incoming USING ({KEY})
WHEN MATCHED THEN UPDATE BY NAME
WHEN NOT MATCHED THEN INSERT BY NAME
"""
_WAYS = {
    "merge": (_MERGE,),
    "delete_insert": (
        f"DELETE FROM orders WHERE {KEY} IN (SELECT {KEY} FROM incoming)",
        "INSERT INTO orders BY NAME SELECT * FROM incoming",
    ),
}


def main() -> None:
    way, folder, *numbers = sys.argv[1:]
    rows, changed, seed = map(int, numbers)
    connection = duckdb.connect(str(Path(folder) / "hand.duckdb"))
    # As the product's engine sets them.
    connection.execute("SET GLOBAL threads = 2")
    connection.execute("SET GLOBAL memory_limit = '1GB'")
    connection.execute("SET GLOBAL checkpoint_threshold = '1GB'")
    connection.execute("SET GLOBAL preserve_insertion_order = false")
    connection.execute("SET GLOBAL TimeZone = 'UTC'")
    for number, piece in enumerate(all_rows(rows)):
        connection.register("incoming", piece)
        make = "INSERT INTO orders" if number else "CREATE TABLE orders AS"
        connection.execute(f"{make} SELECT * FROM incoming")
    connection.execute("CHECKPOINT")

    def answer(repetition: int) -> dict[str, Any]:
        connection.register("incoming", changed_rows(rows, changed, repetition, seed))
        with used() as upsert:
            connection.execute("BEGIN")
            for statement in _WAYS[way]:
                connection.execute(statement)
            connection.execute("COMMIT")
        check = connection.execute(f"SELECT {CHECK} FROM orders").fetchall()[0]
        connection.execute("CHECKPOINT")  # beside the product's writer there is one too
        return {
            "wall_s": upsert.wall_s,
            "cpu_s": upsert.cpu_s,
            "peak_mb": peak_rss_mb(),
            "check": list(check),
        }

    answer_until_end(answer)
    connection.close()


if __name__ == "__main__":
    main()
