"""The made-up shop: repeatable to the byte, of the size asked for, and right by the store's rules.

Its rules are checked by queries of our own over what was written, not by the generator's code.
"""

from __future__ import annotations

import hashlib
import subprocess
import sys
from datetime import UTC, datetime, timedelta, timezone
from typing import LiteralString

import psycopg
import pytest
from psycopg import sql

from aethermart.core.errors import BadInput, Conflict, NotFound
from aethermart.servers.postgres import EmbeddedPostgres
from aethermart.simulate.cities import CITIES, COUNTRIES
from aethermart.simulate.generator import generate
from aethermart.store.orders import OrderLine, OrderRequest, place_order
from aethermart.store.postgres.session import PostgresSession
from aethermart.store.schema import apply_schema

pytestmark = pytest.mark.service("postgres")

UNTIL = datetime(2026, 1, 31, 12, tzinfo=UTC)
TABLES = {
    "categories": "category_id",
    "products": "product_id",
    "customers": "customer_id",
    "customer_addresses": "address_id",
    "orders": "order_id",
    "order_items": "order_item_id",
    "order_events": "order_event_id",
    "returns": "return_id",
    "inventory_movements": "movement_id",
    "suppliers": "supplier_id",
    "product_suppliers": "product_supplier_id",
    "payments": "payment_id",
    "reviews": "review_id",
    "promotions": "promotion_id",
    "exchange_rates": "rate_id",
    "clickstream_events": "event_id",
    "device_telemetry": "telemetry_id",
    "social_posts": "post_id",
    "support_chats": "chat_id",
}


@pytest.fixture(scope="module")
def year(postgres: EmbeddedPostgres) -> str:
    """A shop of scale 0.3: large enough for every rare thing to occur."""
    postgres.create_database("year")
    with psycopg.connect(postgres.dsn("year")) as connection:
        apply_schema(PostgresSession(connection))
        generate(PostgresSession(connection), 0.3, 7, until=UNTIL)
    return postgres.dsn("year")


def rows(dsn: str, query: LiteralString) -> list[tuple[object, ...]]:
    with psycopg.connect(dsn) as connection:
        return connection.execute(query).fetchall()


def hashes(dsn: str) -> dict[str, str]:
    """Of each table's rows as COPY writes them, every column included."""
    found = {}
    with psycopg.connect(dsn) as connection, connection.cursor() as cursor:
        for table, key in TABLES.items():
            statement = sql.SQL("COPY (SELECT * FROM {} ORDER BY {}) TO STDOUT").format(
                sql.Identifier(table), sql.Identifier(key)
            )
            digest = hashlib.sha256()
            with cursor.copy(statement) as copy:
                for block in copy:
                    digest.update(block)
            found[table] = digest.hexdigest()
    return found


@pytest.mark.promise("51")
def test_the_same_seed_gives_the_same_bytes(
    postgres: EmbeddedPostgres, store: str, year: str
) -> None:
    with psycopg.connect(store) as connection:
        generate(
            PostgresSession(connection),
            0.3,
            7,
            until=UNTIL.astimezone(timezone(timedelta(hours=5))),
        )
    assert hashes(store) == hashes(year)


@pytest.mark.promise("51")
def test_another_seed_gives_another_shop(store: str, year: str) -> None:
    with psycopg.connect(store) as connection:
        generate(PostgresSession(connection), 0.3, 8, until=UNTIL)
    other, first = hashes(store), hashes(year)
    assert {table for table in TABLES if other[table] == first[table]} == {"categories"}


@pytest.mark.promise("51", "86")
def test_the_scale_decides_the_size(store: str, year: str) -> None:
    with psycopg.connect(store) as connection:
        made = generate(PostgresSession(connection), 0.05, 7, until=UNTIL)
        counted = {
            table: connection.execute(
                sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(table))
            ).fetchone()
            for table in TABLES
        }
    assert {table: (count,) for table, count in made.rows.items()} == counted
    sizes = {table: made.rows[table] for table in ("orders", "customers", "products")}
    assert sizes == {"orders": 500, "customers": 100, "products": 67}
    assert rows(year, "SELECT count(*) FROM orders") == [(3000,)]
    assert rows(year, "SELECT count(*) FROM customers") == [(600,)]
    assert rows(year, "SELECT count(*) FROM categories") == [(19,)]


@pytest.mark.promise("86")
def test_people_products_and_sales_are_there(year: str) -> None:
    assert rows(
        year,
        """
        SELECT count(*) FROM customers
        WHERE email !~ '^[a-z0-9]+[.][a-z0-9]+[.][0-9]+@example[.]org$'
            OR first_name = '' OR last_name = ''
        """,
    ) == [(0,)]
    assert rows(
        year, "SELECT count(*) FROM products WHERE price <= 0 OR name !~ '^[A-Z].* [A-Z]'"
    ) == [(0,)]
    names = rows(year, "SELECT count(DISTINCT last_name) > 200 FROM customers")
    assert names == [(True,)]


def test_addresses_lie_in_their_cities(year: str) -> None:
    known = {(city.name, city.country): city for city in CITIES}
    found = rows(
        year, "SELECT city, country, latitude, longitude, postal_code FROM customer_addresses"
    )
    assert {place[:2] for place in found} == known.keys()
    for name, country, latitude, longitude, postal_code in found:
        city = known[str(name), str(country)]
        assert abs(float(str(latitude)) - city.latitude) < 0.2
        assert abs(float(str(longitude)) - city.longitude) < 0.2
        code = str(postal_code)
        assert code.startswith(city.postal_start)
        assert code.endswith(city.postal_end)
        assert len(code) == len(city.postal_start) + city.postal_digits + len(city.postal_end)
    assert len({city.country for city in CITIES}) == len(COUNTRIES) == 12


def test_orders_fill_the_year_before_until_and_nothing_is_later(year: str) -> None:
    assert rows(
        year,
        """
        SELECT
            min(ordered_at) >= '2025-01-31 12:00+00',
            max(ordered_at) < '2026-01-31 12:00+00',
            max(updated_at) < '2026-01-31 12:00+00',
            count(DISTINCT date_trunc('week', ordered_at)) >= 52
        FROM orders
        """,
    ) == [(True, True, True, True)]
    later = rows(
        year,
        """
        SELECT (SELECT count(*) FROM order_events WHERE changed_at >= '2026-01-31 12:00+00')
            + (SELECT count(*) FROM returns WHERE returned_at >= '2026-01-31 12:00+00')
            + (SELECT count(*) FROM inventory_movements WHERE moved_at >= '2026-01-31 12:00+00')
            + (SELECT count(*) FROM customers WHERE created_at >= '2026-01-31 12:00+00')
        """,
    )
    assert later == [(0,)]


def test_orders_come_in_the_order_of_time_from_customers_who_had_joined(year: str) -> None:
    assert rows(
        year,
        """
        SELECT count(*) FILTER (WHERE c.created_at > o.ordered_at),
            count(*) FILTER (WHERE next.ordered_at < o.ordered_at)
        FROM orders AS o
        JOIN customers AS c USING (customer_id)
        LEFT JOIN orders AS next ON next.order_id = o.order_id + 1
        """,
    ) == [(0, 0)]


def test_statuses_are_as_in_a_real_shop(year: str) -> None:
    query = "SELECT status, (100.0 * count(*) / 3000)::text FROM orders GROUP BY status"
    share = {str(status): float(str(percent)) for status, percent in rows(year, query)}
    assert share.keys() == {"PENDING", "PAID", "SHIPPED", "DELIVERED", "CANCELLED", "RETURNED"}
    assert 80 < share["DELIVERED"] < 90
    assert 4 < share["CANCELLED"] < 9
    assert 4 < share["RETURNED"] < 9
    stuck = rows(
        year,
        "SELECT count(*) BETWEEN 2 AND 15 FROM orders"
        " WHERE status = 'PENDING' AND ordered_at < '2026-01-30 12:00+00'",
    )
    assert stuck == [(True,)]
    unfinished = rows(
        year,
        "SELECT count(*) FROM orders"
        " WHERE status IN ('PENDING', 'PAID', 'SHIPPED') AND ordered_at < '2025-12-15'",
    )
    assert unfinished == [(0,)]


@pytest.mark.promise("87")
def test_every_order_came_to_its_status_by_legal_moves(year: str) -> None:
    moves = rows(year, "SELECT DISTINCT from_status, to_status FROM order_events")
    assert set(moves) == {
        (None, "PENDING"),
        ("PENDING", "PAID"),
        ("PENDING", "CANCELLED"),
        ("PAID", "SHIPPED"),
        ("PAID", "CANCELLED"),
        ("SHIPPED", "DELIVERED"),
        ("DELIVERED", "RETURNED"),
    }
    broken = rows(
        year,
        """
        SELECT count(*)
        FROM (
            SELECT
                from_status,
                lag(to_status) OVER one_order AS before,
                changed_at,
                lag(changed_at) OVER one_order AS changed_before
            FROM order_events
            WINDOW one_order AS (PARTITION BY order_id ORDER BY order_event_id)
        ) AS e
        WHERE e.from_status IS DISTINCT FROM e.before OR e.changed_at < e.changed_before
        """,
    )
    assert broken == [(0,)]
    newest = rows(
        year,
        """
        SELECT count(*)
        FROM orders AS o
        JOIN (
            SELECT DISTINCT ON (order_id) order_id, to_status, changed_at
            FROM order_events
            ORDER BY order_id, order_event_id DESC
        ) AS e USING (order_id)
        WHERE e.to_status = o.status AND e.changed_at = o.updated_at
        """,
    )
    assert newest == [(3000,)]


def test_totals_are_those_of_the_lines(year: str) -> None:
    assert rows(
        year,
        """
        SELECT count(*), sum(discounted) BETWEEN 800 AND 1300, bool_or(lines > 1)
        FROM orders AS o
        JOIN (
            SELECT
                order_id,
                sum(line_total) AS net,
                count(*) AS lines,
                max(line_number) AS last_line,
                count(DISTINCT product_id) AS products,
                (sum(discount_amount) > 0)::int AS discounted
            FROM order_items
            GROUP BY order_id
        ) AS i USING (order_id)
        WHERE
            o.total_amount = i.net + o.tax_amount + o.shipping_amount
            AND i.lines = i.last_line
            AND i.lines = i.products
        """,
    ) == [(3000, True, True)]
    tax = rows(
        year,
        "SELECT count(*) FROM orders JOIN customer_addresses USING (address_id)"
        " WHERE (country = 'US') <> (tax_amount = 0)",
    )
    assert tax == [(0,)]


def test_a_returned_order_has_all_its_lines_refunded_and_no_other_has(year: str) -> None:
    assert rows(
        year,
        """
        SELECT count(*)
        FROM order_items AS i
        JOIN orders AS o USING (order_id)
        LEFT JOIN returns AS r USING (order_item_id)
        WHERE
            (o.status = 'RETURNED') <> (r.return_id IS NOT NULL)
            OR r.refund_amount <> i.line_total
            OR r.quantity <> i.quantity
            OR r.returned_at <> o.updated_at
        """,
    ) == [(0,)]


def test_stock_is_what_moved_and_was_never_below_nothing(year: str) -> None:
    assert rows(
        year,
        """
        SELECT count(*), bool_and(p.stock_quantity = m.stock), min(m.least) >= 0
        FROM products AS p
        JOIN (
            SELECT product_id, sum(quantity_change) AS stock, min(level) AS least
            FROM (
                SELECT
                    product_id,
                    quantity_change,
                    sum(quantity_change) OVER (
                        PARTITION BY product_id ORDER BY moved_at, movement_id
                    ) AS level
                FROM inventory_movements
            ) AS levels
            GROUP BY product_id
        ) AS m USING (product_id)
        """,
    ) == [(164, True, True)]
    assert rows(
        year,
        """
        SELECT m.reason, count(*) - count(*) FILTER (
            WHERE abs(m.quantity_change) = i.quantity AND o.status = ANY(
                CASE m.reason
                    WHEN 'CANCELLATION' THEN '{CANCELLED}'::text[]
                    WHEN 'RETURN' THEN '{RETURNED}'
                    ELSE '{PENDING,PAID,SHIPPED,DELIVERED,CANCELLED,RETURNED}'
                END
            )
        )
        FROM inventory_movements AS m
        JOIN orders AS o USING (order_id)
        JOIN order_items AS i USING (order_id, product_id)
        GROUP BY m.reason
        ORDER BY m.reason
        """,
    ) == [("CANCELLATION", 0), ("RETURN", 0), ("SALE", 0)]


def test_the_store_goes_on_after_it(store: str) -> None:
    """Identities continue, and the triggers are themselves again."""
    with psycopg.connect(store, autocommit=True) as connection:
        generate(PostgresSession(connection), 0.01, 7, until=UNTIL)
        stock = "SELECT stock_quantity FROM products WHERE product_id = 1"
        before = connection.execute(stock).fetchone()
        placed = place_order(
            PostgresSession(connection), OrderRequest(1, 1, "web", (OrderLine(1, 2),))
        )
        assert placed.order_id == 101
        after = connection.execute(stock).fetchone()
        assert before is not None
        assert after == (before[0] - 2,)
        event = "SELECT to_status FROM order_events WHERE order_id = 101"
        assert connection.execute(event).fetchall() == [("PENDING",)]


def test_triggers_of_others_see_every_row(store: str) -> None:
    """Capture's triggers stand on these tables while they are filled."""
    with psycopg.connect(store) as connection:
        connection.execute(
            """
            CREATE TABLE seen (rows bigint);
            CREATE FUNCTION see() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
                INSERT INTO seen SELECT count(*) FROM new_rows;
                RETURN NULL;
            END $$;
            CREATE TRIGGER see AFTER INSERT ON order_items REFERENCING NEW TABLE AS new_rows
            FOR EACH STATEMENT EXECUTE FUNCTION see();
            """
        )
        made = generate(PostgresSession(connection), 0.01, 7, until=UNTIL)
        assert connection.execute("SELECT sum(rows) FROM seen").fetchone() == (
            made.rows["order_items"],
        )


def test_progress_ends_with_all_orders(store: str) -> None:
    told: list[tuple[int, int]] = []
    with psycopg.connect(store) as connection:
        generate(
            PostgresSession(connection), 0.02, 7, lambda *how_far: told.append(how_far), until=UNTIL
        )
    assert told[-1] == (200, 200)
    assert [done for done, _ in told] == sorted({done for done, _ in told})


@pytest.mark.parametrize("orders, scale", [(1, 0.0001), (7, 0.0007)])
def test_a_shop_may_be_tiny(store: str, orders: int, scale: float) -> None:
    with psycopg.connect(store) as connection:
        assert generate(PostgresSession(connection), scale, 7, until=UNTIL).rows["orders"] == orders


def test_a_store_with_rows_is_left_alone(year: str) -> None:
    before = hashes(year)
    with (
        psycopg.connect(year) as connection,
        pytest.raises(Conflict, match="the store is not empty: categories has rows"),
    ):
        generate(PostgresSession(connection), 0.01, 8, until=UNTIL)
    assert hashes(year) == before


def test_a_failure_leaves_nothing(store: str) -> None:
    def fail(done: int, orders: int) -> None:
        raise KeyboardInterrupt

    with psycopg.connect(store, autocommit=True) as connection:
        with pytest.raises(KeyboardInterrupt):
            generate(PostgresSession(connection), 0.02, 7, fail, until=UNTIL)
        for table in TABLES:
            count = sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(table))
            assert connection.execute(count).fetchone() == (0,)


def test_a_database_without_the_store_is_named(database: str) -> None:
    with (
        psycopg.connect(database) as connection,
        pytest.raises(NotFound, match="the database has no table categories"),
    ):
        generate(PostgresSession(connection), 1, 7, until=UNTIL)


@pytest.mark.parametrize(
    "scale, seed, until, cause",
    [
        (0, 7, UNTIL, "0 is not a scale"),
        (-1, 7, UNTIL, "-1 is not a scale"),
        (float("nan"), 7, UNTIL, "nan is not a scale"),
        (1e9, 7, UNTIL, "1000000000.0 is not a scale"),
        (1, -7, UNTIL, "-7 is not a seed"),
        (1, 7, UNTIL.replace(tzinfo=None), "2026-01-31 12:00:00 has no time zone"),
    ],
)
def test_senseless_wishes_are_refused(
    store: str, scale: float, seed: int, until: datetime, cause: str
) -> None:
    with psycopg.connect(store) as connection, pytest.raises(BadInput, match=cause):
        generate(PostgresSession(connection), scale, seed, until=until)


@pytest.mark.parametrize("library", ["faker", "numpy"])
def test_without_its_libraries_the_extra_is_named(library: str) -> None:
    script = (
        f"import sys; sys.modules[{library!r}] = None\n"
        "from aethermart.core.errors import Terminal\n"
        "try:\n    import aethermart.simulate.generator\n"
        "except Terminal as error:\n    print(error)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert f"the library {library}, with which a shop is made up, is not installed" in done.stdout
    assert "pip install 'aethermart[simulate]'" in done.stdout
