"""What a query answers: exact values with their types, age and sources, within its limits."""

from __future__ import annotations

import json
import re
import time
from pathlib import Path

import pytest

from aethermart.core.errors import BadInput
from aethermart.engine.deadlines import QueryTimeout
from aethermart.engine.engine import Engine
from aethermart.engine.settings import EngineSettings
from aethermart.warehouse.masking import ALL, LakeTable
from aethermart.warehouse.sql_queries.query import MOST_CHARACTERS, run_query
from tests.warehouse.lake import ORDERED
from tests.warehouse.sql_queries.conftest import KEY, MASKED, NOW, Asking

REVENUE = (
    "SELECT country, sum(revenue) AS revenue, count(*) AS lines FROM gold.fct_sales GROUP BY 1"
)


def test_rows_are_exact_and_come_with_types_sources_and_the_text_that_ran(asking: Asking) -> None:
    answer = asking.ask(REVENUE)
    assert [(c.name, c.type) for c in answer.columns] == [
        ("country", "text"),
        ("revenue", "decimal(38,2)"),
        ("lines", "integer"),
    ]
    assert answer.rows == (("DE", "12.30", 5),)
    assert (answer.row_count, answer.truncated) == (1, False)
    assert answer.sources == ("gold.fct_sales",)
    assert answer.masked == ("gold.fct_sales.customer_id",)
    assert "FROM gold.fct_sales" in answer.sql
    assert KEY not in answer.sql


def test_a_new_row_and_the_shops_age_are_seen(asking: Asking) -> None:
    count = "SELECT count(*) FROM silver.promotions"
    assert asking.rows(count) == [(0,)]
    asking.lake.put("promotions", promotion_id=1)
    asking.lake.reflects("aethermart", ORDERED)
    answer = asking.ask(count)
    assert answer.rows == ((1,),)
    ages = {age.shop: age.as_of for age in answer.shops}
    assert ages["aethermart"] == ORDERED
    assert answer.as_of is None  # the other shops have none yet
    assert answer.quality.quarantined_rows > 0


@pytest.mark.parametrize(
    "sql, row",
    [
        ("SELECT 1.10::DECIMAL(4,2), 2, 'x', NULL, TRUE", ("1.10", 2, "x", None, True)),
        ("SELECT DATE '2026-01-31', 0.5::DOUBLE", ("2026-01-31", "0.5")),
        ("SELECT TIMESTAMPTZ '2026-01-31 12:00:00+01'", ("2026-01-31T11:00:00Z",)),
        ("SELECT [1.5, 2], {'a': DATE '2026-01-31'}", ('["1.5", "2.0"]', '{"a": "2026-01-31"}')),
        ("SELECT sum(x) FROM (VALUES (1), (2)) AS t (x)", (3,)),
        ("WITH a AS (SELECT 1 AS x) FROM (WITH a AS (SELECT 2 AS x) FROM a) AS b, a", (2, 1)),
        ("SELECT list_filter([1, 2, 3], lambda x: x > 1)", ("[2, 3]",)),
        ("SELECT 'a' LIKE 'A', 'a' ILIKE 'A', 5 // 2, 7 % 4", (False, True, 2, 3)),
    ],
)  # fmt: skip
def test_values_keep_their_digits(asking: Asking, sql: str, row: tuple[object, ...]) -> None:
    assert asking.rows(sql) == [row]


def test_more_rows_than_asked_for_are_said_to_be_missing(asking: Asking) -> None:
    sql = "SELECT line_id FROM gold.fct_sales ORDER BY line_id"
    cut = asking.ask(sql, limit=2)
    assert (len(cut.rows), cut.truncated) == (2, True)
    whole = asking.ask(sql, limit=5)
    assert (len(whole.rows), whole.truncated) == (5, False)
    assert whole.rows[:2] == cut.rows


@pytest.mark.promise("54")
def test_pseudonyms_join_and_count_as_the_values_they_stand_for(asking: Asking) -> None:
    joined = (
        "SELECT c.email, count(DISTINCT s.order_id) FROM silver.customers AS c "
        "JOIN gold.fct_sales AS s USING (shop, customer_id) GROUP BY 1 ORDER BY 2 DESC"
    )
    clear = asking.ask(joined, ALL)
    masked = asking.ask(joined, MASKED)
    assert clear.rows == (("canary.ada@canary.example", 2), ("bob@example.org", 1))
    assert [row[1] for row in masked.rows] == [2, 1]
    first = str(masked.rows[0][0])
    assert first.startswith("e_")
    assert len(first) == 18
    assert clear.masked == ()
    versions = asking.rows("SELECT email FROM dim_customer WHERE email = (SELECT min(email) "
                           "FROM silver.customers WHERE email LIKE 'e_%')")  # fmt: skip
    assert len(versions) == 1


def test_another_key_gives_other_pseudonyms(asking: Asking) -> None:
    table = LakeTable("silver", "customers", {"email": "VARCHAR"}, {"email": "email"})
    sql, found = "SELECT max(email) FROM silver.customers", []
    for key in ("one", "one", "another"):
        with asking.lake.connection.cursor() as cursor:
            answer = run_query(cursor, sql, {table.full_name: table}, MASKED, key, 1, NOW)
            found.append(answer.rows)
    assert found[0] == found[1] != found[2]


def test_places_are_rounded_and_texts_covered(asking: Asking) -> None:
    sql = "SELECT latitude, longitude, street FROM silver.addresses"
    assert asking.rows(sql, ALL) == [("52.517389", "13.395131", "Canary Street 5")]
    assert asking.rows(sql) == [("52.500000", "13.400000", "***")]


def test_an_unknown_class_is_covered_and_no_text_is_left_out() -> None:
    table = LakeTable("gold", "t", {"a": "VARCHAR", "b": "DATE"}, {"a": "shoe_size", "b": "born"})
    assert table.select(MASKED) == (
        'SELECT CASE WHEN "a" IS NOT NULL THEN \'***\' END AS "a", CAST(NULL AS DATE) AS "b" '
        'FROM "gold"."t"'
    )
    assert table.select(ALL) == 'SELECT "a", "b" FROM "gold"."t"'


def test_a_text_that_is_too_long_is_not_even_read(asking: Asking) -> None:
    with pytest.raises(BadInput, match="characters"):
        asking.ask("SELECT 1 -- " + "x" * MOST_CHARACTERS)


def test_a_query_without_end_is_stopped(tmp_path: Path) -> None:
    engine = Engine(tmp_path / "lake.duckdb", EngineSettings())
    endless = "SELECT count(*) FROM " + ", ".join(
        f"(VALUES (1),(2),(3),(4),(5),(6),(7),(8),(9)) AS t{n} (x)" for n in range(12)
    )
    begun = time.monotonic()
    try:
        with pytest.raises(QueryTimeout), engine.read(0.5) as connection:
            run_query(connection, endless, {}, MASKED, KEY, 1, NOW)
    finally:
        engine.close()
    assert time.monotonic() - begun < 10


DOC = (Path(__file__).parents[3] / "docs" / "lake-api.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```sql\n(.*?)```", DOC, re.DOTALL)
EXAMPLES += [json.loads(body)["sql"] for body in re.findall(r"```json\n(.*?)```", DOC, re.DOTALL)]


@pytest.mark.parametrize("sql", EXAMPLES, ids=range(len(EXAMPLES)))
def test_the_examples_of_the_documentation_run(asking: Asking, sql: str) -> None:
    assert asking.ask(sql).rows
