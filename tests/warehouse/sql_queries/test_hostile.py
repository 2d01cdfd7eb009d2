"""Queries that want more than they may have: refused, or answered with masked values only."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from aethermart.core.errors import BadInput, Forbidden
from aethermart.warehouse.sql_queries.query import QueryAnswer
from tests.warehouse.sql_queries.conftest import MASKED, NO_CUSTOMERS, Asking, canaries_in

REFUSED = {
    # other statements
    "two statements": "SELECT 1; SELECT 2",
    "a second one behind a comment": "SELECT 1 /* ; */ ; DROP TABLE gold.fct_sales",
    "a line comment hides the rest": "SELECT 1 --\n; DELETE FROM gold.fct_sales",
    "nothing but a comment": "-- SELECT 1",
    "no statement": ";",
    "delete": "DELETE FROM gold.fct_sales",
    "delete in a WITH": "WITH gone AS (DELETE FROM gold.fct_sales RETURNING *) SELECT * FROM gone",
    "insert in a WITH": "WITH i AS (INSERT INTO gold.fct_sales DEFAULT VALUES RETURNING *) FROM i",
    "update": "UPDATE gold.fct_sales SET revenue = 0",
    "create": "CREATE TABLE gold.mine AS SELECT * FROM silver.customers",
    "create a macro": "CREATE MACRO peek() AS (SELECT email FROM silver.customers)",
    "copy": "COPY gold.dim_customer TO 'customers.csv'",
    "copy of a query": "COPY (SELECT email FROM silver.customers) TO '/dev/stdout'",
    "attach": "ATTACH 'lake.duckdb' AS other",
    "install": "INSTALL httpfs",
    "load": "LOAD httpfs",
    "set": "SET enable_external_access = true",
    "pragma": "PRAGMA show_tables",
    "call": "CALL pragma_version()",
    "use": "USE silver",
    "checkpoint": "CHECKPOINT",
    "prepare": "PREPARE q AS SELECT email FROM silver.customers",
    "execute": "EXECUTE q",
    "a transaction": "COMMIT",
    "export": "EXPORT DATABASE 'everything'",
    "explain": "EXPLAIN SELECT email FROM silver.customers",
    "explain analyze": "EXPLAIN ANALYZE SELECT email FROM silver.customers",
    "describe": "DESCRIBE silver.customers",
    "describe in FROM": "FROM (DESCRIBE silver.customers)",
    "summarize": "SUMMARIZE silver.customers",
    "summarize in FROM": "SELECT * FROM (SUMMARIZE silver.customers)",
    "show": "SHOW ALL TABLES",
    "show in FROM": "FROM (SHOW ALL TABLES)",
    "pivot": "PIVOT silver.customers ON email USING count(*)",
    "pivot in FROM": "SELECT * FROM silver.customers PIVOT (count(*) FOR email IN ('x'))",
    "unpivot": "UNPIVOT silver.customers ON email, phone INTO NAME n VALUE v",
    "recursion": "WITH RECURSIVE r AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM r) FROM r",
    # other tables
    "the mirror": "SELECT * FROM mirror.aethermart__customers",
    "the mirror, quoted": 'SELECT * FROM "lake"."mirror"."aethermart__customers"',
    "the mirror, in capitals": "SELECT * FROM MIRROR.AETHERMART__CUSTOMERS",
    "bronze": "SELECT * FROM bronze.aethermart__customers",
    "staging": "SELECT * FROM staging.customers_checked",
    "the view behind a kept table": "SELECT * FROM gold.v_fct_sales",
    "the platform's books": "SELECT * FROM gold._kept",
    "information_schema": "SELECT * FROM information_schema.tables",
    "the catalogue of DuckDB": "SELECT * FROM duckdb_tables",
    "the catalogue of PostgreSQL": "SELECT * FROM pg_catalog.pg_tables",
    "the catalogue of SQLite": "SELECT * FROM sqlite_master",
    "another database": "SELECT * FROM system.main.duckdb_settings",
    "a temporary table": "SELECT * FROM temp.anything",
    "a variable of the program": "SELECT * FROM connection",
    "a table of another time": "SELECT * FROM gold.fct_sales AT (VERSION => 1)",
    "a name out of its WITH": "FROM (WITH duckdb_tables AS (SELECT 1) FROM duckdb_tables) AS q, "
    "duckdb_tables",
    "a file by a name out of its WITH": 'FROM (WITH "/etc/passwd" AS (SELECT 1) SELECT 2) AS q, '
    '"/etc/passwd"',
    "a WITH that names itself": "WITH duckdb_settings AS (SELECT * FROM duckdb_settings)"
    " SELECT * FROM duckdb_settings",
    # files and functions
    "a file": "SELECT * FROM '/etc/passwd'",
    "a Parquet file": "SELECT * FROM 'state/bronze/aethermart/customers/*.parquet'",
    "a file of the web": "SELECT * FROM 'https://example.org/x.csv'",
    "read_csv": "SELECT * FROM read_csv('/etc/passwd')",
    "read_text": "SELECT content FROM read_text('/etc/passwd')",
    "read_parquet": "FROM read_parquet('state/**/*.parquet')",
    "glob": "SELECT * FROM glob('*')",
    "read_blob as a value": "SELECT (SELECT content FROM read_blob('/etc/passwd'))",
    "getenv": "SELECT getenv('HOME')",
    "getenv, quoted": 'SELECT "getenv"(\'HOME\')',
    "getenv as a method": "SELECT 'HOME'.getenv()",
    "getenv in a lambda": "SELECT list_transform(['HOME'], lambda x: getenv(x))",
    "getenv in ORDER BY": "SELECT 1 ORDER BY getenv('HOME')",
    "getenv in a window": "SELECT sum(1) OVER (ORDER BY getenv('HOME'))",
    "getenv in LIMIT": "SELECT 1 LIMIT length(getenv('HOME'))",
    "getenv in FILTER": "SELECT count(*) FILTER (getenv('HOME') = 'x')",
    "getenv in VALUES": "VALUES (getenv('HOME'))",
    "getenv of a schema": "SELECT main.getenv('HOME')",
    "current_setting": "SELECT current_setting('memory_limit')",
    "query": "SELECT * FROM query('SELECT email FROM silver.customers')",
    "query_table": "SELECT * FROM query_table('mirror.aethermart__customers')",
    "duckdb_settings": "SELECT * FROM duckdb_settings()",
    "duckdb_secrets": "SELECT * FROM duckdb_secrets()",
    "pragma_table_info": "SELECT * FROM pragma_table_info('gold.fct_sales')",
    "json_execute_serialized_sql": "SELECT * FROM json_execute_serialized_sql('{}')",
    "a text without bound": "SELECT length(repeat('x', 1000000000))",
    "a list without bound": "SELECT * FROM range(100000000000)",
    "the key of the masks": "SELECT $mask_key",
    "the key in a condition": "SELECT 1 WHERE $mask_key LIKE 'a%'",
    "a parameter": "SELECT ?",
    # broken texts
    "no SQL": "please show me the customers",
    "an open quote": "SELECT 'x",
    "a null byte": "SELECT 1\x00; SELECT 2",
    "full-width letters": "\uff33\uff25\uff2c\uff25\uff23\uff34 email FROM silver.customers",
    "five thousand brackets": "SELECT " + "(" * 5000 + "1" + ")" * 5000,
    "two thousand additions": "SELECT " + "1+" * 2000 + "1",
    "five hundred subqueries": "SELECT * FROM (" * 500 + "SELECT 1" + ")" * 500,
    "twenty tables": "SELECT 1 FROM "
    + ", ".join(f"{t} AS t{n}" for n, t in enumerate(
        f"silver.{name}" for name in (
            "addresses categories clickstream_events device_telemetry exchange_rates orders "
            "inventory_movements payments product_suppliers promotions reviews social_posts "
            "suppliers support_chats products order_items returns findings quarantine"
        ).split()
    )),
}  # fmt: skip

MASKED_ONLY = {
    "everything": "SELECT * FROM gold.dim_customer",
    "FROM first": "FROM silver.customers",
    "TABLE": "TABLE silver.customers",
    "a bare name": "SELECT email FROM dim_customer",
    "capitals": 'SELECT EMAIL FROM "SILVER"."CUSTOMERS"',
    "under another name": "SELECT c.email AS harmless FROM silver.customers AS c",
    "columns of the table renamed": "SELECT b FROM silver.customers AS c (a, b, d)",
    "with its schema": "SELECT silver.customers.email FROM silver.customers",
    "with its database": "SELECT lake.silver.customers.email FROM lake.silver.customers",
    "the row as a struct": "SELECT customers FROM silver.customers",
    "a field of the row": "SELECT (customers).email FROM silver.customers",
    "the row as JSON": "SELECT to_json(customers) FROM silver.customers",
    "COLUMNS": "SELECT COLUMNS('.*') FROM silver.customers",
    "COLUMNS of a lambda": "SELECT COLUMNS(lambda c: c LIKE 'e%') FROM silver.customers",
    "EXCLUDE": "SELECT * EXCLUDE (shop) FROM silver.customers",
    "REPLACE": "SELECT * REPLACE (upper(email) AS email) FROM silver.customers",
    "RENAME": "SELECT * RENAME (email AS m) FROM silver.customers",
    "a position": "SELECT #3, #2 FROM silver.customers",
    "an expression": "SELECT lower(email) || first_name FROM silver.customers",
    "letter by letter": "SELECT ascii(substr(email, 1, 1)) FROM silver.customers",
    "a list": "SELECT list(email), string_agg(phone, ',') FROM silver.customers",
    "min and max": "SELECT min(email), max(last_name), mode(phone) FROM silver.customers",
    "arg_max": "SELECT arg_max(email, customer_id) FROM silver.customers",
    "a histogram": "SELECT histogram(email) FROM silver.customers",
    "a subquery": "SELECT (SELECT max(email) FROM silver.customers)",
    "a correlated subquery": "SELECT (SELECT c.email FROM silver.customers AS c"
    " WHERE c.customer_id = o.customer_id) FROM silver.orders AS o",
    "a lateral join": "SELECT l.e FROM silver.customers AS c, LATERAL (SELECT c.email AS e) AS l",
    "USING": "SELECT email FROM silver.customers JOIN gold.dim_customer USING (email)",
    "a natural join": "SELECT * FROM silver.customers NATURAL JOIN gold.dim_customer",
    "a positional join": "SELECT * FROM silver.customers POSITIONAL JOIN silver.suppliers",
    "an anti join": "SELECT * FROM silver.customers ANTI JOIN silver.suppliers USING (email)",
    "UNION BY NAME": "SELECT email FROM silver.customers UNION BY NAME SELECT phone AS email "
    "FROM gold.dim_customer",
    "EXCEPT": "SELECT email FROM silver.customers EXCEPT SELECT 'x'",
    "a WITH of the table's name": "WITH customers AS (SELECT * FROM customers) FROM customers",
    "a WITH named as ours": "WITH _lake_1 AS (SELECT * FROM silver.customers) FROM _lake_1",
    "a WITH never kept": "WITH c AS NOT MATERIALIZED (FROM silver.customers) SELECT email FROM c",
    "an alias as ours": 'SELECT "_lake_1".email FROM silver.customers AS "_lake_1"',
    "a comment as ours": "SELECT email /* $mask_key */ FROM silver.customers",
    "TRY": "SELECT TRY(CAST(email AS INT)), email FROM silver.customers",
    "TRY_CAST": "SELECT try_cast(phone AS BIGINT), phone FROM silver.customers",
    "an unnested row": "SELECT unnest(customers) FROM silver.customers",
    "window functions": "SELECT lag(email) OVER (), max(phone) OVER () FROM silver.customers",
    "QUALIFY": "SELECT email FROM silver.customers QUALIFY row_number() OVER (ORDER BY email) = 1",
    "DISTINCT ON": "SELECT DISTINCT ON (email) email, phone FROM silver.customers",
    "GROUPING SETS": "SELECT email, count(*) FROM silver.customers GROUP BY ROLLUP (email)",
    "a sample": "SELECT email FROM silver.customers USING SAMPLE 100%",
    "a condition that knows": "SELECT count(*) FROM silver.customers WHERE email LIKE '%canar_%'",
    "free text": "SELECT title, body FROM silver.reviews",
    "a transcript": "SELECT transcript FROM silver.support_chats",
    "the row in quarantine": "SELECT source_row, row_key, touch_key FROM silver.quarantine",
    "keys in quarantine": "SELECT * FROM gold.fct_quarantine",
    "findings": "SELECT * FROM silver.findings",
    "a supplier": "SELECT * FROM silver.suppliers",
    "an author": "SELECT * FROM silver.social_posts",
    "a reason": "SELECT reason, * FROM gold.fct_returns",
    "a mart": "SELECT * FROM gold.mart_customer_360",
    "the customer of a sale": "SELECT customer_id, * FROM gold.fct_sales",
    "an address": "SELECT * FROM silver.addresses",
}  # fmt: skip

FAILING = {
    "a cast": "SELECT CAST(email AS INTEGER) FROM silver.customers",
    "a date of it": "SELECT strptime(email, '%Y') FROM silver.customers",
    "a cast of the row": "SELECT CAST(customers AS INTEGER) FROM silver.customers",
    "JSON of it": "SELECT CAST(last_name AS JSON) FROM silver.customers",
    "two rows where one may be": "SELECT (SELECT email FROM silver.customers)",
    "a column that is not there": "SELECT emial FROM silver.customers",
    "a date from JSON": "SELECT CAST(transcript AS DATE) FROM silver.support_chats",
}


def test_there_are_enough_of_them() -> None:
    assert len(REFUSED) + len(MASKED_ONLY) + len(FAILING) >= 140


@pytest.mark.parametrize("sql", REFUSED.values(), ids=REFUSED.keys())
def test_what_may_not_be_asked_is_refused(asking: Asking, sql: str) -> None:
    with pytest.raises((BadInput, Forbidden)) as refused:
        asking.ask(sql)
    assert refused.value.fix
    assert canaries_in(refused.value) == []


@pytest.mark.promise("54")
@pytest.mark.parametrize("sql", MASKED_ONLY.values(), ids=MASKED_ONLY.keys())
def test_personal_data_stay_masked_whatever_is_asked_of_them(asking: Asking, sql: str) -> None:
    answer = asking.ask(sql)
    assert answer.rows
    assert canaries_in(answer) == []


@pytest.mark.parametrize("sql", FAILING.values(), ids=FAILING.keys())
def test_an_error_quotes_masked_values_only(asking: Asking, sql: str) -> None:
    with pytest.raises(BadInput) as failed:
        asking.ask(sql)
    assert canaries_in(failed.value) == []


@pytest.mark.parametrize(
    "table",
    ["silver.customers", "silver.addresses", "silver.customer_links", "dim_customer",
     "gold.mart_customer_360"],
)  # fmt: skip
@pytest.mark.parametrize(
    "sql", ["SELECT * FROM {}", "SELECT count(*) FROM {}", "SELECT 1 WHERE EXISTS (FROM {})"]
)
def test_without_rows_of_customers_their_tables_are_refused_by_name(
    asking: Asking, table: str, sql: str
) -> None:
    with pytest.raises(Forbidden, match=table.removeprefix("gold.") + " tells of single customers"):
        asking.ask(sql.format(table), NO_CUSTOMERS)


def test_without_rows_of_customers_no_rows_can_be_told_to_be_of_the_same_one(
    asking: Asking,
) -> None:
    found = asking.rows("SELECT DISTINCT customer_id FROM gold.fct_sales", NO_CUSTOMERS)
    assert found == [("***",)]


_SHAPES = (
    "upper({})",
    "reverse(CAST({} AS VARCHAR))",
    "md5(CAST({} AS VARCHAR))",
    "substr(CAST({} AS VARCHAR), 1, 4)",
    "CAST({} AS VARCHAR)",
    "CAST({} AS DATE)",
    "TRY_CAST({} AS INTEGER)",
    "to_json({})",
    "typeof({})",
    "[{}]",
    "{{'x': {}}}",
    "unnest([{}])",
    "max({}) OVER ()",
    "list({}) OVER ()",
    "coalesce({}, {})",
    "(SELECT {})",
    "(SELECT max(i.email) || {} FROM silver.customers AS i)",
    "list_transform([{}], lambda x: x)",
    "CASE WHEN {} IS NULL THEN 1 ELSE 2 END",
)


def _expressions() -> st.SearchStrategy[str]:
    columns = st.sampled_from(
        ["c.email", "c.phone", "c.first_name", "c.last_name", "c.customer_id", "c", "email"]
    )

    def extend(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
        one = st.sampled_from(_SHAPES)
        return st.builds(lambda f, e: f.format(e, e), one, inner) | st.builds(
            lambda a, b: f"({a} || {b})", inner, inner
        )

    return st.recursive(columns, extend, max_leaves=4)


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(expression=_expressions())
@example("list_transform([c], lambda x: x.email)")
def test_no_expression_over_masked_columns_shows_what_they_hide(
    asking: Asking, expression: str
) -> None:
    said: QueryAnswer | BadInput
    try:
        said = asking.ask(f"SELECT {expression} AS it FROM silver.customers AS c", MASKED)
    except BadInput as failed:
        said = failed
    assert isinstance(said, BadInput) or said.rows
    assert canaries_in(said) == []
    assert "yranac" not in str(said).lower()  # nor backwards
