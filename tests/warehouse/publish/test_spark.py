"""Spark SQL reads what is published: by Sail, which speaks Spark Connect without a JVM."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from tests.services import sail_python
from tests.warehouse.publish.publishing import Publishing


@pytest.mark.nightly
@pytest.mark.service("sail")
@pytest.mark.promise("95")
def test_spark_sql_reads_the_version_that_the_manifest_names(publishing: Publishing) -> None:
    publishing.order(1, "10.00", "2.55")
    publishing.order(2, "5.00", shop="north", currency="USD")
    publishing.publisher().publish()
    sql = (
        "SELECT shop, ordered_month, COUNT(*) AS lines, CAST(SUM(revenue) AS STRING) AS revenue, "
        "CAST(MAX(ordered_at) AS STRING) AS last FROM published "
        "WHERE ordered_month = '2026-03' GROUP BY shop, ordered_month ORDER BY shop"
    )
    reader = str(Path(__file__).with_name("spark_reader.py"))
    done = subprocess.run(
        [str(sail_python()), reader, str(publishing.folder), "gold.fct_sales", sql],
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
        env={"TZ": "UTC"},
    )
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout.splitlines()[-1])
    assert [(r["shop"], r["lines"], r["revenue"]) for r in answer["rows"]] == [
        ("aethermart", 2, "12.55"),
        ("north", 1, "5.00"),
    ]
    assert {r["last"][:19] for r in answer["rows"]} == {"2026-03-10 12:00:00"}
    assert answer["schema"]["revenue"] == "decimal(18,2)"
    assert answer["schema"]["ordered_at"] == "timestamp"  # with a zone; without: timestamp_ntz
