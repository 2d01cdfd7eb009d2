"""Trino and Spark over what is published: the same SQL, types and sums as in the local engine.

On a demo's lake, which has half a million real lines; its folder has a space in its name.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from aethermart.operations.folder import open_demo, remove_demo
from aethermart.operations.lake import Lake, open_lake
from aethermart.warehouse.publish.manifest import Publication, read_publication
from aethermart.warehouse.publish.tables import PublishedTable, published_tables
from tests.e2e.platform import aethermart, demo_once
from tests.services import require_service
from tests.spark import spark_sql
from tests.trino import TrinoServer

pytestmark = [pytest.mark.nightly, pytest.mark.service("postgres")]
STATEMENTS = sorted((Path(__file__).resolve().parents[2] / "examples/sql").glob("*.sql"))
# Delta's own names; Spark's are these. Trino shows the timestamps of Delta to the millisecond.
_TRINO = {
    "VARCHAR": "varchar",
    "JSON": "varchar",
    "BIGINT": "bigint",
    "INTEGER": "integer",
    "DOUBLE": "double",
    "BOOLEAN": "boolean",
    "DATE": "date",
    "TIMESTAMP WITH TIME ZONE": "timestamp(3) with time zone",
}
_SPARK = {
    **_TRINO,
    "VARCHAR": "string",
    "JSON": "string",
    "INTEGER": "int",
    "TIMESTAMP WITH TIME ZONE": "timestamp",  # an instant; one without a zone is timestamp_ntz
}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("engines") / "a home"
    try:
        code, _, errors = demo_once(folder)
        assert code == 0, errors
        done = aethermart("warehouse", "publish", "--home", str(folder), "--json")
        assert done.returncode == 0, done.stderr
        yield folder
    finally:
        remove_demo(folder)


@pytest.fixture(scope="module")
def lake(home: Path) -> Iterator[Lake]:
    with open_lake(open_demo(home)) as lake:
        yield lake


@pytest.fixture(scope="module")
def tables(lake: Lake) -> tuple[PublishedTable, ...]:
    return published_tables(lake.compiled)


@pytest.fixture(scope="module")
def published(home: Path) -> Path:
    return home / "state/published"


@pytest.fixture(scope="module")
def publication(published: Path) -> Publication:
    found = read_publication(published)
    assert found is not None
    return found


@pytest.fixture(scope="module")
def trino(published: Path, publication: Publication) -> Iterator[TrinoServer]:
    require_service("trino")
    server = TrinoServer()
    try:
        server.start()
        server.register(published, list(publication.tables))
        yield server
    finally:
        server.stop()


def in_duckdb(lake: Lake, statement: str) -> list[tuple[str | None, ...]]:
    with lake.engine.read(60.0) as connection:
        return texts(connection.execute(statement).fetchall())


def texts(rows: list[Any]) -> list[tuple[str | None, ...]]:
    return [tuple(None if value is None else str(value) for value in row) for row in rows]


def totals_of(table: PublishedTable) -> str:
    """Rows, and the exact sum of every money column over all currencies."""
    sums = "".join(f", SUM({column})" for column, _ in table.money)
    return f"SELECT COUNT(*){sums} FROM {table.name}"


def in_manifest(table: PublishedTable, publication: Publication) -> tuple[Any, ...]:
    state = publication.tables[table.name]
    sums = [sum(map(Decimal, state.sums[column].values()), Decimal(0)) for column, _ in table.money]
    return state.rows, *sums


def counted(row: tuple[Any, ...]) -> tuple[Any, ...]:
    """As `in_manifest` has it: rows whole, money exact, a sum of nothing 0."""
    rows, *sums = row
    return int(rows), *(Decimal(0) if amount is None else Decimal(amount) for amount in sums)


def declared(table: PublishedTable, names: dict[str, str]) -> dict[str, str]:
    """column -> type of the model's contract, and of the partition's column, as an engine says."""
    types = {
        column: re.sub(r"DECIMAL\((\d+),\s*(\d+)\)", r"decimal(\1,\2)", names.get(kind, kind))
        for column, kind in table.model.columns
    }
    months = [column for column in table.partition_by if column not in types]
    return {**types, **dict.fromkeys(months, names["VARCHAR"])}


@pytest.mark.service("trino")
@pytest.mark.promise("69", "95")
def test_trino_finds_every_row_and_cent_of_every_table(
    trino: TrinoServer, tables: tuple[PublishedTable, ...], publication: Publication
) -> None:
    read = {table.name: counted(trino.sql(totals_of(table)).rows[0]) for table in tables}
    assert read == {table.name: in_manifest(table, publication) for table in tables}
    assert read["gold.fct_sales"][0] > 541_000


@pytest.mark.service("trino")
@pytest.mark.promise("95")
def test_trino_has_the_types_of_the_contracts(
    trino: TrinoServer, tables: tuple[PublishedTable, ...]
) -> None:
    for table in tables:
        told = {row[0]: row[1] for row in trino.sql(f"DESCRIBE {table.name}").rows}
        assert told == declared(table, _TRINO), table.name


@pytest.mark.service("trino")
@pytest.mark.promise("71")
@pytest.mark.parametrize("file", [pytest.param(f, id=f.stem) for f in STATEMENTS])
def test_the_same_sql_answers_the_same_in_the_local_engine_and_on_trino(
    file: Path, lake: Lake, trino: TrinoServer
) -> None:
    statement = file.read_text(encoding="utf-8")
    here = in_duckdb(lake, statement)
    assert texts(trino.sql(statement).rows) == here
    assert here


@pytest.mark.service("trino")
def test_trino_reads_only_the_partitions_of_the_months_asked_for(
    trino: TrinoServer, lake: Lake
) -> None:
    month = "SELECT SUM(revenue) FROM gold.fct_sales WHERE shop = 'online_retail' AND "
    (lines,) = in_duckdb(
        lake,
        "SELECT COUNT(*) FROM gold.fct_sales WHERE shop = 'online_retail' "
        "AND ordered_on BETWEEN DATE '2011-11-01' AND DATE '2011-11-30'",
    )[0]
    by_partition = trino.sql(month + "ordered_month = '2011-11'")
    by_date = trino.sql(month + "ordered_on BETWEEN DATE '2011-11-01' AND DATE '2011-11-30'")
    assert by_partition.rows_read == by_date.rows_read == int(str(lines))
    assert by_partition.rows == by_date.rows


@pytest.mark.service("trino")
def test_an_instant_is_the_same_moment_in_trino(trino: TrinoServer, lake: Lake) -> None:
    statement = (
        "SELECT order_id, CAST(date_trunc('second', ordered_at) AS VARCHAR), "
        "EXTRACT(HOUR FROM ordered_at) FROM gold.fct_orders WHERE shop = 'online_retail' "
        "ORDER BY ordered_at, order_id LIMIT 3"
    )
    found = [(order, at[:19], hour) for order, at, hour in trino.sql(statement).rows]
    # 08:26 on a winter's day in London is 08:26 UTC.
    assert found[0] == ("536365", "2010-12-01 08:26:00", 8)
    with lake.engine.read(60.0) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        here = connection.execute(statement).fetchall()
    assert found == [(order, at[:19], hour) for order, at, hour in here]


@pytest.mark.service("spark")
@pytest.mark.promise("71", "95")
def test_spark_with_deltas_own_library_agrees_in_rows_cents_types_and_answers(
    tables: tuple[PublishedTable, ...], publication: Publication, published: Path, lake: Lake
) -> None:
    statements = [file.read_text(encoding="utf-8") for file in STATEMENTS]
    asked = [table for table in tables if table.name in _BY_SPARK]
    version = publication.tables["gold.fct_sales"].version
    answers = iter(
        spark_sql(
            {name: published / state.path for name, state in publication.tables.items()},
            [
                *statements,
                *(totals_of(table) for table in asked),
                *(f"SELECT * FROM {table.name} LIMIT 0" for table in tables),
                f"SELECT COUNT(*) FROM gold.fct_sales VERSION AS OF {version}",
                "EXPLAIN SELECT SUM(revenue) FROM gold.fct_sales WHERE ordered_month = '2011-11'",
            ],
        )
    )
    for statement in statements:
        assert next(answers).rows == in_duckdb(lake, statement)
    for table in asked:
        (row,) = next(answers).rows
        assert counted(row) == in_manifest(table, publication)
    for table in tables:
        assert next(answers).types == declared(table, _SPARK), table.name
    assert next(answers).rows == [(str(publication.tables["gold.fct_sales"].rows),)]
    plan = str(next(answers).rows)
    assert re.search(r"PartitionFilters: \[[^\]]*ordered_month\S* = 2011-11", plan), plan


# Each table costs Spark a second; of those that lie side by side one is enough.
_BY_SPARK = {
    "gold.fct_sales",
    "gold.fct_orders",
    "gold.fct_payments",
    "gold.fct_sales_reported",
    "gold.fct_inventory_daily",
    "silver.orders",
    "silver.clickstream_events",
    "silver.exchange_rates",
}
