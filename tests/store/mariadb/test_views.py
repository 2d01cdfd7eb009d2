"""Views and functions against values written by hand, or computed without SQL."""

from __future__ import annotations

import random
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, Any

import pytest

from tests.store.mariadb.conftest import write
from tests.store.mariadb.sales import day, order, refund, shop

if TYPE_CHECKING:
    from aethermart.store.mariadb.session import MariadbSession

pytestmark = pytest.mark.service("mariadb")

QUARTERS = (
    "SELECT currency, sales_year, sales_quarter, orders, units, gross_sales, refunds, revenue,"
    " growth FROM v_quarterly_sales ORDER BY 1, 2, 3"
)


@pytest.mark.promise("7")
def test_quarterly_sales_of_a_few_orders(store: MariadbSession) -> None:
    shop(store)
    order(store, 1, "2025-12-31 23:59:59", (1, 2, "10.00"))
    order(store, 2, "2026-01-01 00:00:00", (1, 1, "10.00"), (2, 3, "7.50"))
    order(store, 3, "2026-01-02 00:00:00", (1, 1, "99.00"), status="CANCELLED")
    order(store, 4, "2026-03-01 00:00:00", (3, 1, "8.00"), currency="USD")
    order(store, 5, "2026-08-01 00:00:00", (3, 1, "1.00"))
    refund(store, 101, "2026-03-31 23:59:59", "5.00")
    store.rows("SET SESSION time_zone = '-11:00'")
    assert store.rows(QUARTERS) == [
        ("EUR", 2025, 4, 1, 2, Decimal("20.00"), Decimal(0), Decimal("20.00"), None),
        # 32.50 sold, 5.00 of the quarter before paid back; 27.50 after 20.00.
        (
            "EUR",
            2026,
            1,
            1,
            3,
            Decimal("32.50"),
            Decimal("5.00"),
            Decimal("27.50"),
            Decimal("0.375"),
        ),
        ("EUR", 2026, 3, 1, 1, Decimal("1.00"), Decimal(0), Decimal("1.00"), None),
        ("USD", 2026, 1, 1, 1, Decimal("8.00"), Decimal(0), Decimal("8.00"), None),
    ]


@pytest.mark.promise("7")
@pytest.mark.parametrize("seed", range(3))
def test_quarterly_sales_equal_what_is_computed_without_sql(
    store: MariadbSession, seed: int
) -> None:
    made = random.Random(seed)
    shop(store)
    expected: dict[Any, list[Any]] = defaultdict(lambda: [0, 0, Decimal(0), Decimal(0)])

    def quarter(at: datetime) -> tuple[int, int]:
        return at.year, (at.month + 2) // 3

    start = datetime(2024, 11, 1, tzinfo=UTC)
    for number in range(1, 121):
        at = start + timedelta(seconds=made.randrange(500 * 86400))
        currency = made.choice(["EUR", "EUR", "USD"])
        status = made.choice(["PENDING", "PAID", "DELIVERED", "RETURNED", "CANCELLED"])
        lines = [
            (made.randint(1, 6), made.randint(1, 9), f"{made.randrange(10_000) / 100:.2f}")
            for _ in range(made.randint(1, 3))
        ]
        order(store, number, f"{at:%Y-%m-%d %H:%M:%S}", *lines, status=status, currency=currency)
        if status == "CANCELLED":
            continue
        sold = expected[currency, *quarter(at)]
        sold[0] += 1
        for line, (_, quantity, price) in enumerate(lines, start=1):
            sold[1] += quantity
            sold[2] += quantity * Decimal(price)
            if status == "RETURNED":
                back = at + timedelta(days=made.randrange(120))
                worth = quantity * Decimal(price)
                refund(
                    store,
                    number * 100 + line,
                    f"{back:%Y-%m-%d %H:%M:%S}",
                    str(worth),
                    quantity,
                    currency,
                )
                returned = expected[currency, *quarter(back)]
                returned[1] -= quantity
                returned[3] += worth

    revenue = {key: gross - refunds for key, (_, _, gross, refunds) in expected.items()}
    store.rows("SET SESSION time_zone = '+05:45'")
    assert store.rows(QUARTERS) == [
        (*key, *expected[key], revenue[key], growth(revenue, key)) for key in sorted(expected)
    ]
    assert len(expected) > 8


def growth(revenue: dict[Any, Decimal], key: Any) -> Decimal | None:
    currency, year, quarter = key
    before = revenue.get(
        (currency, year, quarter - 1) if quarter > 1 else (currency, year - 1, 4), Decimal(0)
    )
    if not before:
        return None
    exact = revenue[key] / before - 1
    return exact.quantize(Decimal("0.0001"), ROUND_HALF_UP)


def test_the_old_names_answer_on_their_own_terms(store: MariadbSession) -> None:
    shop(store)
    order(store, 1, "2026-01-01", (1, 2, "10.00"))
    assert store.rows("SELECT COUNT(*) FROM v_QuarterlySales") == [(1,)]


def test_masked_customers_show_none_of_what_names_a_person(store: MariadbSession) -> None:
    shop(store)
    write(
        store,
        "customer_addresses",
        {
            "address_id": 99,
            "customer_id": 2,
            "street": "Rue 1",
            "city": "Paris",
            "postal_code": "75001",
            "country": "FR",
        },
    )
    found = store.rows(
        "SELECT country, city, has_phone, registered_in FROM v_customers_masked ORDER BY 1, 3"
    )
    assert found == [
        ("FR", "Paris", 0, "2026-01"),
        ("GB", "London", 0, "2026-01"),
        ("GB", "London", 1, "2026-01"),
    ]
    columns = [row[0] for row in store.rows("SHOW COLUMNS FROM v_customers_masked")]
    assert columns == ["customer", "country", "city", "has_phone", "registered_in"]


def test_a_pseudonym_is_the_same_everywhere_and_needs_the_secret(store: MariadbSession) -> None:
    shop(store)
    order(store, 1, "2026-01-01", (1, 1, "1.00"), customer=2)
    ((shown,),) = store.rows("SELECT customer FROM v_order_summary")
    customers = [name for (name,) in store.rows("SELECT customer FROM v_customers_masked")]
    assert len(set(customers)) == 3
    assert shown in customers
    ((without,),) = store.rows("SELECT LEFT(SHA2(CONCAT('', ':', 2), 256), 16)")
    assert shown != without
    assert store.rows("SELECT fn_customer_pseudonym(NULL)") == [(None,)]


def test_an_order_s_summary(store: MariadbSession) -> None:
    shop(store)
    order(store, 1, "2026-01-01", (1, 2, "10.00"), (2, 1, "5.00"), status="RETURNED")
    order(store, 2, "2026-01-02", (1, 1, "3.00"), status="CANCELLED", channel="popup")
    refund(store, 101, "2026-01-20", "20.00", 2)
    found = store.rows(
        "SELECT order_id, channel, status, city, line_count, units, lines_total, total_amount,"
        " refunded, revenue FROM v_order_summary ORDER BY 1"
    )
    d = Decimal
    assert found == [
        (1, "web", "RETURNED", "London", 2, 3, d("25.00"), d("32.00"), d("20.00"), d("5.00")),
        (2, "popup", "CANCELLED", "London", 1, 1, d("3.00"), d("10.00"), d("0.00"), d("0.00")),
    ]


def test_the_catalogue_shows_the_best_running_campaign_and_what_is_on_sale(
    store: MariadbSession,
) -> None:
    shop(store, products=4)
    store.execute("UPDATE products SET is_active = 0 WHERE product_id = 2")
    store.execute("UPDATE products SET stock_quantity = 0 WHERE product_id IN (3, 4)")
    store.execute("UPDATE products SET is_service = 1, price = 9.99 WHERE product_id = 4")
    store.execute('UPDATE products SET attributes = \'{"brand": "Acme"}\' WHERE product_id = 1')
    for campaign, product, percent, starts, ends in (
        ("a", 4, 10, "-1 DAY", "1 DAY"),
        ("b", 4, 25, "-1 DAY", "1 DAY"),
        ("over", 4, 50, "-2 DAY", "-1 DAY"),
        ("to come", 1, 50, "1 DAY", "2 DAY"),
    ):
        store.execute(
            "INSERT INTO promotions (campaign, product_id, discount_percent, starts_at, ends_at)"
            f" VALUES ('{campaign}', {product}, {percent}, NOW() + INTERVAL {starts},"
            f" NOW() + INTERVAL {ends})"
        )
    review(store, 1, 1, 5)
    review(store, 2, 1, 2)
    found = store.rows(
        "SELECT product_id, brand, category, list_price, price, discount_percent, is_available,"
        " rating, reviews FROM v_product_catalogue ORDER BY 1"
    )
    d = Decimal
    assert found == [
        (1, "Acme", "All", d("1.00"), d("1.00"), d(0), 1, d("3.50"), 2),
        (3, None, "All", d("3.00"), d("3.00"), d(0), 0, None, 0),
        (4, None, "All", d("9.99"), d("7.49"), d(25), 1, None, 0),
    ]


def review(session: MariadbSession, review_id: int, product: int, rating: int) -> None:
    write(
        session,
        "reviews",
        {
            "review_id": review_id,
            "product_id": product,
            "customer_id": 1,
            "rating": rating,
            "title": "t",
            "reviewed_at": day("2026-01-01") + timedelta(days=review_id),
        },
    )


def test_ratings_by_product(store: MariadbSession) -> None:
    shop(store)
    for number, rating in enumerate((5, 4, 1), start=1):
        review(store, number, 2, rating)
    assert store.rows(
        "SELECT product_id, reviews, rating, bad_reviews, good_reviews, verified_reviews,"
        " UNIX_TIMESTAMP(last_reviewed_at) FROM v_review_summary"
    ) == [(2, 3, Decimal("3.33"), 1, 2, 0, day("2026-01-04").timestamp())]


def test_stock_is_low_when_it_ends_before_the_supplier_can_bring_more(
    store: MariadbSession,
) -> None:
    shop(store, products=4)  # stock 10, 20, 30, 40
    write(store, "suppliers", {"supplier_id": 1, "name": "S", "country": "DE"})
    for product, lead_time in ((1, 3), (2, 20)):
        write(
            store,
            "product_suppliers",
            {
                "product_id": product,
                "supplier_id": 1,
                "unit_cost": 1,
                "lead_time_days": lead_time,
                "is_primary": 1,
            },
        )
    store.execute("UPDATE products SET stock_quantity = 0 WHERE product_id = 4")
    ago = datetime.now(UTC) - timedelta(days=5)
    order(store, 1, f"{ago:%Y-%m-%d %H:%M:%S}", (1, 28, "1.00"), (2, 56, "1.00"), (3, 1, "1.00"))
    order(store, 2, f"{ago:%Y-%m-%d %H:%M:%S}", (1, 500, "1.00"), status="CANCELLED")
    order(store, 3, "2020-01-01", (1, 500, "1.00"))
    assert store.rows(
        "SELECT product_id, stock_quantity, sold_in_28_days, days_left, lead_time_days, is_low"
        " FROM v_stock_status ORDER BY 1"
    ) == [
        (1, 10, 28, Decimal("10.0"), 3, 0),
        (2, 20, 56, Decimal("10.0"), 20, 1),
        (3, 30, 1, Decimal("840.0"), None, None),
        (4, 0, 0, None, None, 1),
    ]


def test_visits_count_in_each_step_that_they_reached(store: MariadbSession) -> None:
    for visit, steps in (
        ("a", ["page_view", "product_view", "add_to_cart", "checkout", "purchase"]),
        ("b", ["product_view", "product_view"]),
        ("c", ["page_view"]),
    ):
        for minute, step in enumerate(steps):
            write(
                store,
                "clickstream_events",
                {
                    "session_id": visit,
                    "event_type": step,
                    "order_id": 1 if step == "purchase" else None,
                    "channel": "web",
                    "device": "phone",
                    "page": "/",
                    # The visit goes on into the next day and counts on its first.
                    "occurred_at": day("2026-01-31 23:58") + timedelta(minutes=minute),
                },
            )
    assert store.rows("SELECT * FROM v_session_funnel") == [
        (day("2026-01-31").date(), "web", 3, 2, 1, 1, 1)
    ]


@pytest.mark.promise("10")
def test_a_customer_s_lifetime_value_by_currency(store: MariadbSession) -> None:
    shop(store)
    order(store, 1, "2026-01-01", (1, 2, "10.00"), status="RETURNED")
    order(store, 2, "2026-01-02", (1, 1, "3.50"), currency="USD")
    order(store, 3, "2026-01-03", (1, 1, "99.00"), status="CANCELLED")
    order(store, 4, "2026-01-03", (1, 1, "99.00"), customer=2)
    refund(store, 101, "2026-01-20", "5.00")
    assert values(store, "fn_customer_lifetime_value", (1, "EUR"), (1, "USD"), (1, "CHF")) == [
        Decimal("15.00"),
        Decimal("3.50"),
        Decimal("0.00"),
    ]
    assert values(store, "fn_customer_lifetime_value", (99, "EUR"), (None, "EUR")) == [None, None]


@pytest.mark.promise("10")
def test_whether_so_many_of_a_product_can_be_ordered(store: MariadbSession) -> None:
    shop(store)  # product 2 has 20
    store.execute("UPDATE products SET is_active = 0 WHERE product_id = 3")
    store.execute("UPDATE products SET stock_quantity = 0, is_service = 1 WHERE product_id = 4")
    asked = [(2, 20), (2, 21), (3, 1), (4, 1000), (99, 1), (2, None)]
    assert values(store, "fn_product_in_stock", *asked) == [1, 0, 0, 1, None, None]


@pytest.mark.promise("10")
def test_an_order_s_total_and_a_product_s_rating(store: MariadbSession) -> None:
    shop(store)
    order(store, 1, "2026-01-01", (1, 2, "10.00"), (2, 1, "0.50"))
    review(store, 1, 2, 5)
    review(store, 2, 2, 4)
    review(store, 3, 2, 4)
    assert values(store, "fn_order_total", (1,), (99,)) == [Decimal("27.50"), None]
    assert values(store, "fn_product_rating", (2,), (1,), (99,)) == [Decimal("4.33"), None, None]


def values(session: MariadbSession, function: str, *asked: tuple[Any, ...]) -> list[Any]:
    found = []
    for arguments in asked:
        named = {f"a{n}": each for n, each in enumerate(arguments)}
        marks = ", ".join(f"%({name})s" for name in named)
        ((value,),) = session.rows(f"SELECT {function}({marks})", named)
        found.append(value)
    return found
