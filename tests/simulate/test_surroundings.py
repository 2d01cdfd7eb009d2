"""What lies around the made-up orders: campaigns, money, reviews, visits, chats."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from datetime import UTC, date, datetime, timedelta
from typing import Any, LiteralString

import psycopg
import pytest

from aethermart.servers.postgres import EmbeddedPostgres
from aethermart.simulate.generator import generate
from aethermart.simulate.words import LIFT
from aethermart.store.postgres.session import PostgresSession
from aethermart.store.schema import apply_schema

pytestmark = pytest.mark.service("postgres")

UNTIL = datetime(2026, 1, 31, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def year(postgres: EmbeddedPostgres) -> str:
    """Large enough for a campaign's effect to stand out of chance."""
    postgres.create_database("busy_year")
    with psycopg.connect(postgres.dsn("busy_year")) as connection:
        apply_schema(PostgresSession(connection))
        generate(PostgresSession(connection), 2, 11, until=UNTIL)
    return postgres.dsn("busy_year")


def rows(dsn: str, query: LiteralString) -> list[tuple[Any, ...]]:
    with psycopg.connect(dsn) as connection:
        return connection.execute(query).fetchall()


@pytest.mark.promise("144")
def test_a_campaigns_known_lift_is_found_by_comparing_with_what_was_not_promoted(
    year: str,
) -> None:
    """Promoted against other products, during against before: the season falls out."""
    campaigns: dict[str, tuple[datetime, datetime]] = {}
    promoted: defaultdict[str, set[int]] = defaultdict(set)
    for name, product, starts, ends in rows(
        year, "SELECT campaign, product_id, starts_at, ends_at FROM promotions"
    ):
        campaigns[name] = (starts, ends)
        promoted[name].add(product)
    assert len(campaigns) == 6
    lines = Counter[tuple[str, bool, bool]]()
    for product, at in rows(
        year, "SELECT product_id, ordered_at FROM order_items JOIN orders USING (order_id)"
    ):
        for name, (starts, ends) in campaigns.items():
            before = starts - (ends - starts)
            if before <= at < ends:
                lines[name, product in promoted[name], at >= starts] += 1
    lifts = [
        lines[name, True, True]
        / lines[name, True, False]
        / (lines[name, False, True] / lines[name, False, False])
        for name in campaigns
    ]
    mean = math.exp(sum(map(math.log, lifts)) / len(lifts)) - 1
    assert abs(mean - LIFT) < 0.15, lifts


def test_promoted_lines_have_the_campaigns_cut_and_nothing_else(year: str) -> None:
    wrong = rows(
        year,
        """
        SELECT count(*) FILTER (
            WHERE i.discount_amount
                <> trunc(i.quantity * i.unit_price * p.discount_percent / 100, 2)
        ), count(*) > 500
        FROM order_items AS i
        JOIN orders AS o USING (order_id)
        JOIN promotions AS p
            ON p.product_id = i.product_id
            AND o.ordered_at >= p.starts_at
            AND o.ordered_at < p.ends_at
        """,
    )
    assert wrong == [(0, True)]


def test_every_paid_order_was_paid_once_and_money_went_back_where_it_had_to(year: str) -> None:
    assert rows(
        year,
        """
        SELECT
            count(*) FILTER (WHERE (o.paid IS NOT NULL) <> (c.payment_id IS NOT NULL)),
            count(*) FILTER (WHERE c.amount <> o.total_amount OR c.paid_at <> o.paid),
            count(*) FILTER (WHERE r.amount <> CASE o.status
                WHEN 'CANCELLED' THEN o.total_amount
                WHEN 'RETURNED' THEN o.total_amount - o.tax_amount - o.shipping_amount
            END),
            count(*) FILTER (WHERE (r.payment_id IS NOT NULL) <> (
                o.status = 'RETURNED' OR (o.status = 'CANCELLED' AND o.paid IS NOT NULL)
            )),
            count(r.payment_id) > 100
        FROM (
            SELECT orders.*, (
                SELECT min(e.changed_at) FROM order_events AS e
                WHERE e.order_id = orders.order_id AND e.to_status = 'PAID'
            ) AS paid
            FROM orders
        ) AS o
        LEFT JOIN payments AS c ON c.order_id = o.order_id AND c.status = 'CAPTURED'
        LEFT JOIN payments AS r ON r.order_id = o.order_id AND r.status = 'REFUNDED'
        """,
    ) == [(0, 0, 0, 0, True)]
    failed = rows(
        year, "SELECT count(*) * 100.0 / (SELECT count(*) FROM orders) FROM payments"
        " WHERE status = 'FAILED'"
    )  # fmt: skip
    assert 3 < float(failed[0][0]) < 10


def test_who_sent_it_back_rates_it_worse(year: str) -> None:
    found = dict(
        rows(
            year,
            """
            SELECT (o.status = 'RETURNED'), avg(r.rating)::float
            FROM reviews AS r JOIN orders AS o USING (order_id) GROUP BY 1
            """,
        )
    )
    assert found[False] > 3.8
    assert found[True] < 2.5
    assert rows(
        year,
        """
        SELECT count(*) FROM reviews AS r JOIN orders AS o USING (order_id)
        LEFT JOIN order_items AS i USING (order_id, product_id)
        WHERE r.customer_id <> o.customer_id OR i.order_item_id IS NULL
            OR r.reviewed_at < o.ordered_at OR r.reviewed_at >= '2026-01-31 12:00+00'
            OR o.status NOT IN ('DELIVERED', 'RETURNED')
        """,
    ) == [(0,)]


def test_each_order_of_the_last_weeks_has_its_visit_and_most_visits_led_to_none(
    year: str,
) -> None:
    assert rows(
        year,
        """
        SELECT count(*)
        FROM orders AS o
        LEFT JOIN clickstream_events AS e ON e.order_id = o.order_id
        WHERE o.channel IN ('web', 'mobile') AND o.ordered_at >= '2026-01-02 12:00+00'
            AND (
                e.event_id IS NULL OR e.customer_id <> o.customer_id
                OR e.occurred_at > o.ordered_at OR e.channel <> o.channel
            )
        """,
    ) == [(0,)]
    visits, bought, since, until = rows(
        year,
        """
        SELECT count(DISTINCT session_id), count(order_id), min(occurred_at), max(occurred_at)
        FROM clickstream_events
        """,
    )[0]
    assert 0.09 < bought / visits < 0.13
    assert since >= UNTIL - timedelta(days=30)
    assert until < UNTIL
    assert rows(
        year,
        """
        SELECT count(*) FROM (
            SELECT session_id FROM clickstream_events GROUP BY session_id
            HAVING count(DISTINCT channel) > 1 OR count(DISTINCT device) > 1
                OR max(occurred_at) - min(occurred_at) > interval '2 minutes'
        ) AS odd
        """,
    ) == [(0,)]


def test_rates_are_of_working_days_and_reach_over_the_year(year: str) -> None:
    found = rows(
        year,
        """
        SELECT currency::text, count(*), min(rate_date), max(rate_date), bool_and(rate > 0),
            bool_or(extract(isodow FROM rate_date) > 5)
        FROM exchange_rates WHERE quote_currency = 'EUR' GROUP BY currency ORDER BY currency
        """,
    )
    assert [row[0] for row in found] == ["CHF", "DKK", "GBP", "PLN", "SEK", "USD"]
    for _, count, first, last, positive, weekend in found:
        assert first <= date(2025, 1, 24)
        assert last == date(2026, 1, 30)
        assert (positive, weekend) == (True, False)
        assert count == 269


def test_every_product_has_one_supplier_whose_cost_counts_below_its_price(year: str) -> None:
    assert rows(
        year,
        """
        SELECT count(*) FROM products AS p
        LEFT JOIN product_suppliers AS s ON s.product_id = p.product_id AND s.is_primary
        WHERE s.unit_cost IS NULL OR s.unit_cost >= p.price
        """,
    ) == [(0,)]


def test_posts_name_their_product_and_chats_follow_their_order(year: str) -> None:
    assert rows(
        year,
        """
        SELECT count(*), count(*) FILTER (WHERE position(p.name IN s.body) = 0)
        FROM social_posts AS s JOIN products AS p USING (product_id)
        """,
    ) == [(800, 0)]
    late = rows(
        year,
        """
        SELECT count(*) > 300, count(*) FILTER (WHERE c.opened_at < o.ordered_at
            OR c.customer_id <> o.customer_id OR c.closed_at >= '2026-01-31 12:00+00')
        FROM support_chats AS c JOIN orders AS o USING (order_id)
        """,
    )
    assert late == [(True, 0)]
