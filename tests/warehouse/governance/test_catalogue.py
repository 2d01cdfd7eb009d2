"""The catalogue: every table with its columns and classes, and rows as far as a role may see."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import duckdb
import pytest

from aethermart.core.errors import BadInput, Forbidden, NotFound
from aethermart.governance.catalogue import RowCounts
from aethermart.identity.roles import Caller, Role
from aethermart.operations.lake_answers import LakeAnswers
from aethermart.warehouse.tables.query import TableAsked
from tests.warehouse.governed import governed_over
from tests.warehouse.lake import ORDERED, Lake


def caller(role: Role) -> Caller:
    return Caller(f"u-{role}", role, role)


ADMIN, MARKETING, ARCHITECT = map(caller, (Role.ADMIN, Role.MARKETING, Role.ARCHITECT))


@pytest.fixture
def answers(lake: Lake) -> LakeAnswers:
    @contextmanager
    def read(timeout_s: float | None = None) -> Iterator[duckdb.DuckDBPyConnection]:
        with lake.connection.cursor() as cursor:
            yield cursor

    lake.put("customers", customer_id=7, email="ada@example.org", first_name="Ada")
    lake.order(1, "10.00", customer_id=7)
    lake.applied(whole=True)
    return LakeAnswers(read, governed_over(lake), lambda: ORDERED)


@pytest.mark.promise("59")
def test_every_relation_of_the_lake_is_in_it(answers: LakeAnswers, lake: Lake) -> None:
    listed = answers.list_tables(ADMIN)
    names = {t.name if t.layer != "gold" else f"gold.{t.name}" for t in listed}
    assert len(names) == len(listed)
    there = {
        f"{schema}.{name}"
        for schema, name in lake.rows(
            "SELECT table_schema, table_name FROM information_schema.tables "
            "WHERE table_schema IN ('bronze', 'mirror', 'silver', 'gold')"
        )
    }
    books = {name for name in there if name.partition(".")[2].startswith("_")}
    # Views that compute kept tables, and sums of those.
    assert there - names - books == {
        "gold.v_fct_orders", "gold.v_fct_sales", "gold.v_fct_quarantine",
        "gold.fct_orders_by_day", "gold.fct_sales_by_day",
    }  # fmt: skip
    assert names - there == set()


@pytest.mark.promise("59")
def test_a_table_is_told_with_owner_key_rows_and_classes(answers: LakeAnswers) -> None:
    tables = {table.name: table for table in answers.list_tables(MARKETING)}
    customers = tables["dim_customer"]
    assert (customers.layer, customers.owner) == ("gold", "marketing")
    assert customers.key == ("shop", "customer_id", "valid_from")
    assert customers.about_customers
    email = next(column for column in customers.columns if column.name == "email")
    assert (email.type, email.pii, email.masked) == ("VARCHAR", "email", True)
    lines = tables["mirror.aethermart__orders"]
    assert (lines.layer, lines.shop, lines.key) == ("mirror", "aethermart", ("order_id",))
    assert not lines.readable
    assert lines.rows == 1
    bronze = next(c for c in tables["bronze.north__customers"].columns if c.name == "email")
    assert bronze.pii == "email"
    assert all(table.owner and table.description for table in tables.values())
    assert {table.owner for table in tables.values()} <= {str(role) for role in Role}


def test_rows_are_counted_anew_after_a_minute_and_a_look_counts_for_a_moment_only(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clock = [0.0]
    monkeypatch.setattr("aethermart.governance.catalogue.time.monotonic", lambda: clock[0])
    with duckdb.connect() as lake:
        lake.execute("CREATE TABLE main.a (x INT); CREATE TABLE main.b (x INT)")
        counts = RowCounts(["main.a", "main.b"])
        assert counts.counted(lake) == {"main.a": 0, "main.b": 0}
        lake.execute("INSERT INTO main.a VALUES (1)")
        assert counts.counted(lake) == {"main.a": 0, "main.b": 0}
        clock[0] = 61.0
        assert counts.counted(lake) == {"main.a": 1, "main.b": 0}
        lake.execute("INSERT INTO main.a VALUES (2); INSERT INTO main.b VALUES (1)")
        monkeypatch.setattr("aethermart.governance.catalogue._BUDGET_S", -1.0)
        clock[0] = 200.0
        assert counts.counted(lake) == {"main.a": 1, "main.b": 0}


def test_rows_of_customers_are_masked_for_who_may_not_see_them(answers: LakeAnswers) -> None:
    asked = TableAsked(where={"shop": "aethermart"})
    clear = answers.table("silver.customers", asked, ADMIN)
    assert clear.rows[0][1:4] == ("7", "ada@example.org", "Ada")
    masked = answers.table("silver.customers", asked, MARKETING)
    assert masked.columns == clear.columns
    assert len(masked.rows) == 1
    _, pseudonym, email, first_name = masked.rows[0][:4]
    assert str(pseudonym).startswith("c_")
    assert str(email).startswith("e_")
    assert first_name == "***"
    assert masked.detail is not None
    assert masked.sources == ("silver.customers",)
    found = answers.table("silver.customers", TableAsked(where={"email": str(email)}), MARKETING)
    assert found.rows == masked.rows
    guess = TableAsked(where={"email": "ada@example.org"})
    assert answers.table("silver.customers", guess, MARKETING).rows == ()


def test_pages_of_a_masked_table_hold_each_row_once(answers: LakeAnswers, lake: Lake) -> None:
    for number in range(20, 25):
        lake.put("customers", customer_id=number, email=f"{number}@example.org")
    seen, cursor = [], None
    while True:
        asked = TableAsked(shop="aethermart", limit=2, cursor=cursor)
        page = answers.table("silver.customers", asked, MARKETING)
        seen += page.rows
        cursor = page.next_cursor
        if cursor is None:
            break
    assert len(seen) == len(set(seen)) == 6


def test_an_architect_sees_the_columns_of_customers_and_none_of_their_rows(
    answers: LakeAnswers,
) -> None:
    with pytest.raises(Forbidden, match=r"gold\.dim_customer tells of single customers"):
        answers.table("dim_customer", TableAsked(), ARCHITECT)
    detail = answers.table("dim_customer", TableAsked(limit=0), ARCHITECT)
    assert detail.rows == ()
    assert detail.detail is not None
    assert not detail.detail.readable
    with pytest.raises(Forbidden, match=r"silver\.customers"):
        answers.query("SELECT count(*) FROM silver.customers", 10, ARCHITECT)
    assert answers.query("SELECT count(*) FROM gold.fct_orders", 10, ARCHITECT).rows == ((1,),)


def test_captured_rows_are_not_shown_to_anybody(answers: LakeAnswers) -> None:
    with pytest.raises(BadInput, match="as the shop wrote them"):
        answers.table("mirror.aethermart__customers", TableAsked(), ADMIN)
    page = answers.table("mirror.aethermart__customers", TableAsked(limit=0), ADMIN)
    assert page.detail is not None
    assert "email" in {column.name for column in page.detail.columns}


def test_a_table_without_a_key_is_left_to_queries(answers: LakeAnswers) -> None:
    with pytest.raises(BadInput, match="no key"):
        answers.table("silver.findings", TableAsked(), ADMIN)


@pytest.mark.parametrize("name", ["fct_sale", "v_fct_sales", "gold._kept", "mirror._offsets", ""])
def test_an_unknown_table_is_not_found(answers: LakeAnswers, name: str) -> None:
    with pytest.raises(NotFound, match=repr(name)):
        answers.table(name, TableAsked(), ADMIN)


def test_the_key_of_the_masks_is_not_shown(answers: LakeAnswers) -> None:
    assert answers._governed.mask_key not in repr(answers._governed)
