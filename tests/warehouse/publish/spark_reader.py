"""Run by a Python that has pysail: read a published table by Spark SQL, at the manifest's version.

`spark_reader.py FOLDER TABLE SQL` prints the schema and the rows as JSON; SQL reads `published`.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from pysail.spark import SparkConnectServer
from pyspark.sql import SparkSession


def main(folder: Path, table: str, sql: str) -> None:
    state = json.loads((folder / "_publication.json").read_text())["tables"][table]
    server = SparkConnectServer("127.0.0.1", 0)
    server.start(background=True)
    spark = SparkSession.builder.remote(f"sc://127.0.0.1:{server.listening_address[1]}")
    session = spark.getOrCreate()
    frame = session.read.format("delta").option("versionAsOf", state["version"])
    read = frame.load(str(folder / state["path"]))
    read.createOrReplaceTempView("published")
    rows = [row.asDict() for row in session.sql(sql).collect()]
    print(json.dumps({"schema": dict(read.dtypes), "rows": rows}))  # noqa: T201
    session.stop()
    server.stop()


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], sys.argv[3])
