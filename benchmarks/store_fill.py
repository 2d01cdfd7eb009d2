"""A large store on MariaDB, filled by the server itself: the same rows for the same size and seed.

Not the shop that `store generate` makes up, whose customers behave like people: here only sizes,
spreads and links count, and a million lines are there in a minute.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from aethermart.store.session import StoreSession

DAYS = 730


def fill(session: StoreSession, orders: int, seed: int) -> dict[str, int]:
    """Returns the rows of each table. The two years end now."""
    with session.transaction():
        session.bulk()
        for statement in _statements(orders, seed):
            session.execute(statement)
    tables = sorted(session.tables())
    counted = {
        t: session.rows(f"SELECT COUNT(*) FROM `{t}`")[0][0] for t in tables if t[:2] != "v_"
    }
    session.rows(f"ANALYZE TABLE {', '.join(counted)}")
    return counted


def _statements(orders: int, seed: int) -> Iterator[str]:
    customers, products, suppliers = max(20, orders // 5), max(40, orders // 50), 60
    now = int(datetime.now(UTC).timestamp())
    start, span = now - DAYS * 86400, DAYS * 86400

    def drawn(salt: str, below: int, of: str = "s.seq") -> str:
        """0 to below - 1, by the row."""
        return f"(CRC32(CONCAT({seed}, '{salt}', {of})) % {below})"

    def at(seconds: str) -> str:
        return f"FROM_UNIXTIME({start} + {seconds})"

    # More of the newer days, as a shop that grows has it.
    ordered = f"FLOOR({span} * SQRT(s.seq / {orders + 1}))"
    yield "INSERT INTO categories (category_id, name) SELECT seq, CONCAT('C', seq) FROM seq_1_to_20"
    yield f"""
        INSERT INTO products
            (product_id, sku, name, description, category_id, price, stock_quantity, attributes)
        SELECT s.seq, CONCAT('SKU', s.seq), CONCAT('Product ', s.seq), REPEAT('Of use. ', 20),
            1 + {drawn("category", 20)}, 1 + {drawn("price", 9000)} / 100, {drawn("stock", 300)},
            CONCAT('{{"brand": "Brand ', {drawn("brand", 50)}, '"}}')
        FROM seq_1_to_{products} AS s"""
    yield f"""
        INSERT INTO customers (customer_id, email, first_name, last_name)
        SELECT s.seq, CONCAT('c', s.seq, '@example.org'), 'A', 'B' FROM seq_1_to_{customers} AS s"""
    yield f"""
        INSERT INTO customer_addresses
            (address_id, customer_id, street, city, postal_code, country)
        SELECT s.seq, s.seq, 'Long Lane', CONCAT('City ', {drawn("city", 80)}), 'E1', 'GB'
        FROM seq_1_to_{customers} AS s"""
    yield f"""
        INSERT INTO suppliers (supplier_id, name, country)
        SELECT seq, CONCAT('S', seq), 'DE' FROM seq_1_to_{suppliers}"""
    yield f"""
        INSERT INTO product_suppliers
            (product_id, supplier_id, unit_cost, lead_time_days, is_primary)
        SELECT s.seq, 1 + {drawn("supplier", suppliers)}, 1, 2 + {drawn("lead", 20)}, 1
        FROM seq_1_to_{products} AS s"""
    yield f"""
        INSERT INTO supplier_links (supplier_id, supplied_by_id, part)
        SELECT seq, 1 + seq % {suppliers // 3}, 'part'
        FROM seq_{suppliers // 3 + 1}_to_{suppliers}"""
    yield f"""
        INSERT INTO product_dependencies (product_id, depends_on_id, kind)
        SELECT s.seq, 1 + s.seq % 20, 'requires' FROM seq_21_to_{products // 4 + 21} AS s"""
    yield f"""
        INSERT INTO orders (order_id, customer_id, address_id, channel, status, ordered_at,
            total_amount)
        SELECT d.order_id, d.customer_id, d.customer_id, 'web', d.status, d.ordered_at, 100
        FROM (
            SELECT s.seq AS order_id,
                1 + FLOOR({customers} * POW({drawn("customer", 100000)} / 100000, 2))
                    AS customer_id,
                {at(ordered)} AS ordered_at,
                CASE WHEN s.seq > {orders} * 0.995 THEN ELT(1 + s.seq % 3, 'PENDING', 'PAID',
                    'SHIPPED') WHEN s.seq % 25 = 0 THEN 'CANCELLED' WHEN s.seq % 31 = 0 THEN
                    'RETURNED' ELSE 'DELIVERED' END AS status
            FROM seq_1_to_{orders} AS s
        ) AS d"""
    for line in (1, 2, 3, 4):
        yield f"""
            INSERT INTO order_items (order_id, line_number, product_id, quantity, unit_price)
            SELECT s.seq, {line},
                1 + FLOOR({products} * POW({drawn(f"product{line}", 100000)} / 100000, 2)),
                1 + {drawn(f"quantity{line}", 3)}, 1 + {drawn(f"price{line}", 9000)} / 100
            FROM seq_1_to_{orders} AS s WHERE {drawn("lines", 4)} + 1 >= {line}"""
    yield """
        INSERT INTO inventory_movements (product_id, quantity_change, reason, order_id, moved_at)
        SELECT i.product_id, -i.quantity, 'SALE', i.order_id, o.ordered_at
        FROM order_items AS i INNER JOIN orders AS o ON o.order_id = i.order_id"""
    yield """
        INSERT INTO payments (order_id, method, status, amount, paid_at)
        SELECT o.order_id, 'card', IF(o.order_id % 40 = 0, 'FAILED', 'CAPTURED'), o.total_amount,
            o.ordered_at
        FROM orders AS o WHERE o.status <> 'PENDING'"""
    yield """
        INSERT INTO returns
            (order_id, order_item_id, quantity, refund_amount, returned_at, reason)
        SELECT i.order_id, i.order_item_id, i.quantity, i.line_total,
            o.ordered_at + INTERVAL 9 DAY, 'unspecified'
        FROM orders AS o INNER JOIN order_items AS i ON i.order_id = o.order_id
        WHERE o.status = 'RETURNED'"""
    yield f"""
        INSERT INTO reviews
            (product_id, customer_id, order_id, rating, title, body, reviewed_at)
        SELECT i.product_id, o.customer_id, o.order_id, 1 + {drawn("rating", 5, "o.order_id")},
            'A title', REPEAT('Words. ', 20), o.ordered_at + INTERVAL 12 DAY
        FROM orders AS o INNER JOIN order_items AS i
            ON i.order_id = o.order_id AND i.line_number = 1
        WHERE o.status = 'DELIVERED' AND o.order_id % 3 = 0"""
    visits = orders
    yield f"""
        INSERT INTO clickstream_events
            (session_id, customer_id, event_type, product_id, channel, device, page, occurred_at)
        SELECT CONCAT('visit ', s.seq), IF(s.seq % 3 = 0, NULL, 1 + {drawn("visitor", customers)}),
            ELT(n.seq, 'page_view', 'product_view', 'add_to_cart', 'checkout'),
            1 + {drawn("seen", products)}, 'web', 'phone', '/p',
            {at(ordered)} + INTERVAL n.seq MINUTE
        FROM seq_1_to_{visits} AS s CROSS JOIN seq_1_to_4 AS n
        WHERE {drawn("steps", 5)} + 1 >= n.seq"""
