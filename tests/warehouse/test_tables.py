"""Gold tables read row by row: pages that lose and repeat nothing, and no person in them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aethermart.core.errors import BadInput, NotFound
from aethermart.warehouse import tables
from aethermart.warehouse.tables import cursor, query
from aethermart.warehouse.tables.declared import ReadableTable, list_tables
from aethermart.warehouse.tables.query import TableAsked, TablePage, query_table
from tests.warehouse.lake import ORDERED, Lake

NOW = datetime(2026, 3, 11, 12, tzinfo=UTC)
GOLD = Path(tables.__file__).parents[1] / "dbt/models/gold/_gold.yml"


def ask(lake: Lake, name: str, **asked: object) -> TablePage:
    return query_table(lake.connection, name, TableAsked(**asked), NOW)  # type: ignore[arg-type]


def test_every_listed_column_is_in_the_contract_and_none_is_of_a_person() -> None:
    models = {model["name"]: model for model in yaml.safe_load(GOLD.read_text())["models"]}
    for table in list_tables():
        model = models.get(table.name) or models[f"v_{table.name}"]
        columns = {column["name"]: column for column in model["columns"]}
        assert {*table.columns, *table.key, *table.coarse} <= {*columns}
        for name in table.columns:
            kind = columns[name].get("config", {}).get("meta", {}).get("pii")
            # A payment's number may hold a check's: masked for whoever may not see it.
            shown = ((None, False), ("payment", False), ("location", True))
            assert (kind, name in table.coarse) in shown, name


@pytest.mark.nightly
def test_every_table_answers_with_its_columns(lake: Lake) -> None:
    lake.put("customer_addresses", address_id=1, latitude=52.517389, longitude=13.395131)
    lake.order(1, "10.00")
    lake.applied(whole=True)
    for table in list_tables():
        page = ask(lake, table.name)
        assert tuple(column.name for column in page.columns) == table.columns
    city = ask(lake, "dim_geography", where={"city": "Berlin"})
    assert city.rows == (("aethermart", "DE", "Berlin", "52.5", "13.4"),)


def test_rows_are_exact_and_change_with_the_shop(lake: Lake) -> None:
    lake.reflects("aethermart", NOW - timedelta(seconds=2))
    lake.order(1, "10.10", "0.20", total_amount=Decimal("12.34"))
    lake.order(2, "7.00", status="PENDING", ordered_at=ORDERED + timedelta(days=1))
    lake.order(3, "9.00", shop="north")
    lake.applied(whole=True)
    lake.applied(whole=True, shop="north")
    page = ask(lake, "fct_orders", shop="aethermart", where={"order_id": "1"})
    assert dict(zip((c.name for c in page.columns), page.rows[0], strict=True)) == {
        "shop": "aethermart",
        "order_id": "1",
        "ordered_at": "2026-03-10T12:00:00Z",
        "status": "PAID",
        "channel": "web",
        "country": None,
        "city": None,
        "currency": "EUR",
        "items": 2,
        "total": "10.30",
        "order_amount": "12.34",
        "segment": "standard",
    }
    assert {c.name: c.type for c in page.columns}["total"] == "decimal(18,2)"
    assert (page.as_of, page.lag_s) == (NOW - timedelta(seconds=2), 2.0)
    late = ask(lake, "fct_orders", shop="aethermart", since=ORDERED + timedelta(days=1))
    assert [row[1] for row in late.rows] == ["2"]
    before = ask(lake, "fct_orders", shop="aethermart", until=ORDERED + timedelta(days=1))
    assert [row[1] for row in before.rows] == ["1"]
    lake.remove("orders", order_id=2)
    lake.applied(["2"])
    assert ask(lake, "fct_orders", shop="aethermart").rows == page.rows


@pytest.mark.parametrize(
    "name,asked,error,words",
    [
        ("dim_customer", {}, NotFound, "'dim_customer'"),
        ("fct_orders; DROP TABLE x", {}, NotFound, "DROP"),
        ("fct_orders", {"shop": "nowhere"}, NotFound, "'nowhere'"),
        ("fct_orders", {"where": {"customer_id": "1"}}, BadInput, "'customer_id'"),
        ("fct_orders", {"sort": "total) --"}, BadInput, "no column"),
        ("fct_orders", {"where": {"items": "many"}}, BadInput, "'many'"),
        ("fct_orders", {"cursor": "bm9uZQ"}, BadInput, "no cursor"),
        ("fct_orders", {"limit": 0}, BadInput, "limit 0"),
        ("dim_geography", {"where": {"latitude": "52.517389"}}, BadInput, "coarsely"),
        ("dim_geography", {"sort": "latitude"}, BadInput, "coarsely"),
        ("dim_shop", {"since": NOW}, BadInput, "no time"),
    ],
)
def test_what_cannot_be_asked_is_refused_and_quoted(
    lake: Lake, name: str, asked: dict[str, object], error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words.replace("'", ".")):
        ask(lake, name, **asked)


def test_a_value_is_bound_never_run(lake: Lake) -> None:
    lake.order(1, "10.00")
    lake.applied(whole=True)
    assert ask(lake, "fct_orders", where={"status": "' OR TRUE --"}).rows == ()
    assert len(ask(lake, "fct_orders").rows) == 1


def test_a_cursor_of_another_sort_is_refused(lake: Lake) -> None:
    lake.order(1, "10.00")
    lake.order(2, "10.00")
    lake.applied(whole=True)
    page = ask(lake, "fct_orders", sort="-total", limit=1)
    with pytest.raises(BadInput, match="no cursor"):
        ask(lake, "fct_orders", sort="total", limit=1, cursor=page.next_cursor)


@pytest.fixture(scope="module")
def scratch() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        connection.execute("CREATE SCHEMA gold; CREATE SCHEMA mirror")
        connection.execute(
            "CREATE TABLE gold.dim_shop AS SELECT "
            "'s' AS shop, 'EUR' AS currency, 'UTC' AS time_zone, 'orders' AS entities"
        )
        connection.execute("CREATE TABLE gold.fct_quarantine AS SELECT 's' AS shop LIMIT 0")
        connection.execute("CREATE TABLE mirror._offsets (shop TEXT, as_of TIMESTAMPTZ)")
        connection.execute("CREATE TABLE gold.numbers (id BIGINT, value DECIMAL(18,2), shop TEXT)")
        yield connection


VALUES = st.one_of(st.none(), st.decimals(-3, 3, places=1))


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    values=st.lists(VALUES, max_size=12),
    added=st.lists(VALUES, max_size=4),
    limit=st.integers(1, 4),
    sort=st.sampled_from([None, "value", "-value"]),
)
def test_pages_hold_each_row_once_in_order_while_others_come_in(
    scratch: duckdb.DuckDBPyConnection,
    monkeypatch: pytest.MonkeyPatch,
    values: list[Decimal | None],
    added: list[Decimal | None],
    limit: int,
    sort: str | None,
) -> None:
    numbers = ReadableTable("numbers", "", ("id",), ("id", "value"))
    monkeypatch.setattr(query, "table_named", lambda name: numbers)
    scratch.execute("DELETE FROM gold.numbers")
    fill = "INSERT INTO gold.numbers VALUES (?, ?, 's')"
    for number, value in enumerate(values):
        scratch.execute(fill, [number, value])
    seen: list[tuple[object, ...]] = []
    page = query_table(scratch, "numbers", TableAsked(sort=sort, limit=limit), NOW)
    for number, value in enumerate(added):
        scratch.execute(fill, [100 + number, value])
    while True:
        seen += page.rows
        if page.next_cursor is None:
            break
        asked = TableAsked(sort=sort, limit=limit, cursor=page.next_cursor)
        page = query_table(scratch, "numbers", asked, NOW)
    ids = [int(str(row[0])) for row in seen]
    assert len(ids) == len(set(ids))
    assert {*range(len(values))} <= {*ids}
    known = {**dict(enumerate(values)), **{100 + n: v for n, v in enumerate(added)}}
    falling = -1 if sort == "-value" else 1

    def place(number: int) -> tuple[bool, Decimal, int]:
        value = known[number] if sort else None
        return (value is None, falling * (value or Decimal(0)), number)

    assert ids == sorted(ids, key=place)


def test_a_cursor_holds_values_alone_and_comes_back_as_it_was() -> None:
    text = cursor.write("-total", ["aethermart", None, Decimal("1.50")])
    assert cursor.read(text, "-total", 3) == ["aethermart", None, "1.50"]
    with pytest.raises(BadInput):
        cursor.read(text, "-total", 2)
