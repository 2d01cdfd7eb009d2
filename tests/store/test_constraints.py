"""Each constraint of the store refuses what violates it, and none is without its statement."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from aethermart.core.errors import AetherMartError, BadInput, Conflict, NotFound, Terminal
from aethermart.store.session import Kind
from tests.store.mariadb import violations as of_mariadb
from tests.store.shop import Shop, run, undone
from tests.store.violations import IMPLIED, ITEMS, ORDER, PARTIAL, VIOLATIONS, named_in_mariadb

_NAMES = {
    "postgres": "SELECT conname FROM pg_constraint"
    " WHERE connamespace = 'public'::regnamespace AND contype <> 'n'",
    "mariadb": "SELECT IF(constraint_type = 'PRIMARY KEY', CONCAT(table_name, '.PRIMARY'),"
    " constraint_name) FROM information_schema.table_constraints"
    " WHERE constraint_schema = DATABASE()"
    " AND table_name NOT LIKE 'staging\\_%' AND table_name <> 'aethermart_schema_files'",
}

# A customer who does not exist has no address either: MariaDB names the one or the other.
VIOLATED_TOO = {"orders_customer": "orders_address_of_customer"}


def violations(kind: Kind) -> dict[str, str]:
    if kind == "postgres":
        return VIOLATIONS
    ours = {named_in_mariadb(name): statement for name, statement in VIOLATIONS.items()}
    return ours | of_mariadb.VIOLATIONS


def blamed(kind: Kind, error: AetherMartError) -> str:
    """The constraint that an error names; of a primary key of MariaDB, PRIMARY."""
    if kind == "postgres":
        return str(re.findall(r'constraint "(\w+)"', error.cause)[-1])
    return str(re.findall(r"""(?:CONSTRAINT [`"](?:\w+\.)?|for key ')(\w+)""", error.cause)[-1])


@pytest.mark.promise("2")
def test_each_constraint_refuses_what_violates_it(shop: Shop) -> None:
    kinds, wrong = set(), {}
    with undone(shop.session):
        shop.session.bulk()
        # In bulk the triggers do not step in first: the constraint itself must refuse.
        shop.sql(ORDER)
        if shop.kind == "mariadb":
            shop.sql(of_mariadb.ROWS)
        for constraint, statement in violations(shop.kind).items():
            with pytest.raises(AetherMartError) as refused, shop.session.transaction():
                run(shop.session, statement)
            name = constraint.split(".")[-1]
            if blamed(shop.kind, refused.value) not in (name, VIOLATED_TOO.get(name)):
                wrong[statement] = refused.value.cause
            kinds.add(refused.type)
    assert wrong == {}
    assert kinds == {BadInput, Conflict, NotFound}


@pytest.mark.promise("2")
def test_no_constraint_is_without_its_statement(shop: Shop) -> None:
    there = {name for (name,) in shop.sql(_NAMES[shop.kind])}
    if shop.kind == "postgres":
        assert there | PARTIAL == VIOLATIONS.keys() | IMPLIED
        return
    implied = {named_in_mariadb(name) for name in IMPLIED} | of_mariadb.IMPLIED
    by_trigger = {"categories_not_its_own_parent"}  # as a check cannot name an AUTO_INCREMENT
    assert there | by_trigger == violations("mariadb").keys() | implied


@pytest.mark.promise("8")
def test_a_line_total_is_computed_never_written(shop: Shop) -> None:
    with shop.bulk():
        shop.sql(ORDER)
    for statement in (
        "UPDATE order_items SET line_total = 1",
        ITEMS.format(", line_total") + "VALUES (100, 3, 1, 1, 1, 7)",
    ):
        with pytest.raises(Terminal):
            shop.sql(statement)
    totals = shop.sql("SELECT line_total FROM order_items ORDER BY order_item_id")
    assert totals == [(Decimal("9.98"),), (Decimal("35.00"),)]


def test_a_required_value_that_is_missing_is_refused(shop: Shop) -> None:
    for statement in (
        "UPDATE products SET name = NULL",
        "INSERT INTO customers (email, first_name) VALUES ('x@example.org', 'x')",
    ):
        with pytest.raises(BadInput):
            shop.sql(statement)


def test_nothing_is_deleted_because_something_else_is(shop: Shop) -> None:
    """No ON DELETE CASCADE: what is referred to stays (FEATURES, decision 3)."""
    here = {"postgres": "'public'", "mariadb": "DATABASE()"}[shop.kind]
    rules = shop.sql(
        "SELECT DISTINCT delete_rule FROM information_schema.referential_constraints"
        f" WHERE constraint_schema = {here}"
    )
    assert {rule for (rule,) in rules} <= {"RESTRICT", "NO ACTION"}
    with shop.bulk():
        shop.sql(ORDER)
    with pytest.raises(NotFound):
        shop.sql("DELETE FROM orders WHERE order_id = 100")


def test_codes_compare_exactly_and_times_and_money_are_exact(shop: Shop) -> None:
    shop.sql(
        "INSERT INTO products (product_id, sku, name, category_id, price, created_at) VALUES"
        " (4, 'cup', 'Größe 😀', 1, 9999999999.99, '2026-03-10 12:00:00.123456'),"
        " (5, 'CUP ', 'x', 1, 0.01, '2026-03-10 12:00:00')"
    )
    name, price, at = shop.sql("SELECT name, price, created_at FROM products WHERE sku = 'cup'")[0]
    assert (name, price) == ("Größe 😀", Decimal("9999999999.99"))
    assert at == datetime(2026, 3, 10, 12, 0, 0, 123456, tzinfo=UTC)
    assert shop.sql("SELECT product_id FROM products WHERE sku = 'CUP '") == [(5,)]
    with pytest.raises(BadInput):
        shop.sql("UPDATE products SET price = 10000000000.00")
    with pytest.raises(BadInput):
        shop.sql("UPDATE products SET currency = 'EURO'")
