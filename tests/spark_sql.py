"""Run by the Python that has PySpark: SQL on published tables, by Spark with Delta's own library.

Reads from standard input `{"tables": {"gold.fct_sales": FOLDER}, "statements": [SQL, …]}` and
writes an answer a statement: columns as [name, type], rows with every value as text.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from pyspark.sql import SparkSession


def main(jars: Path, work: str) -> None:
    asked = json.load(sys.stdin)
    spark = (
        SparkSession.builder.master("local[1]")
        .config("spark.jars", ",".join(str(jar) for jar in sorted(jars.glob("*.jar"))))
        .config("spark.sql.extensions", "io.delta.sql.DeltaSparkSessionExtension")
        .config(
            "spark.sql.catalog.spark_catalog", "org.apache.spark.sql.delta.catalog.DeltaCatalog"
        )
        .config("spark.sql.session.timeZone", "UTC")
        .config("spark.sql.shuffle.partitions", "2")
        .config("spark.databricks.delta.snapshotPartitions", "2")
        .config("spark.driver.memory", "1g")
        .config("spark.driver.host", "127.0.0.1")
        .config("spark.driver.bindAddress", "127.0.0.1")
        .config("spark.ui.enabled", "false")
        .config("spark.sql.warehouse.dir", work)
        .getOrCreate()
    )
    spark.sparkContext.setLogLevel("ERROR")
    for name, folder in asked["tables"].items():
        spark.sql(f"CREATE DATABASE IF NOT EXISTS {name.split('.')[0]}")
        spark.sql(f"CREATE TABLE {name} USING delta LOCATION '{folder}'")
    answers = [_answer(spark, statement) for statement in asked["statements"]]
    print(json.dumps(answers))  # noqa: T201
    spark.stop()


def _answer(spark: SparkSession, statement: str) -> dict[str, object]:
    frame = spark.sql(statement)
    rows = [[None if value is None else str(value) for value in row] for row in frame.collect()]
    return {"columns": frame.dtypes, "rows": rows}


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
