"""Fill an empty store with a made-up shop: seeded, repeatable to the byte, of any size."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from aethermart.core.errors import BadInput, Conflict, NotFound
from aethermart.simulate.campaigns import make_campaigns
from aethermart.simulate.catalogue import make_catalogue
from aethermart.simulate.engagement import make_engagement
from aethermart.simulate.history import HOURS, History
from aethermart.simulate.lives import HOUR_US
from aethermart.simulate.people import make_people
from aethermart.simulate.rates import make_rates
from aethermart.simulate.suppliers import make_suppliers
from aethermart.store.session import StoreSession

_ORDERS, _CUSTOMERS, _PRODUCTS = 10_000, 2_000, 300  # at scale 1
_LARGEST_SCALE = 10_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_STOCKS = 500  # of products a statement
_IDENTITIES = {
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


@dataclass(frozen=True, slots=True)
class Generated:
    rows: dict[str, int]  # a table


def generate(
    session: StoreSession,
    scale: float,
    seed: int,
    progress: Callable[[int, int], None] | None = None,
    *,
    until: datetime,
) -> Generated:
    """Write the twelve months before `until`; all or nothing, in one transaction.

    scale     1: 10,000 orders of 2,000 customers; both grow with it, products with its root
    seed      with `until` it decides every byte of every table
    progress  called with the orders written and those to come in all
    Raises BadInput, NotFound (no schema), Conflict (the store is not empty).
    """
    _check(scale, seed, until)
    with session.alone("generate"), session.transaction():
        _require_empty(session)
        # Statuses, events and stock come consistent: the store's triggers need not derive them.
        session.bulk()
        end = int((until - _EPOCH).total_seconds()) * 1_000_000
        start = end - HOURS * HOUR_US
        products = max(30, round(_PRODUCTS * scale**0.5))
        catalogue, catalogue_rows = make_catalogue(session, seed, products, start, end)
        customers = max(20, round(_CUSTOMERS * scale))
        people, people_rows = make_people(session, seed, customers, start, end)
        supplier_rows = make_suppliers(session, seed, catalogue, start)
        campaigns, campaign_rows = make_campaigns(session, seed, catalogue, start)
        rate_rows = make_rates(session, seed, _date(start), _date(end))
        history = History(session, catalogue, people, campaigns, seed, start)
        orders = max(1, round(_ORDERS * scale))
        for done in history.write(orders):
            if progress is not None:
                progress(done, orders)
        _set_stock(session, history)
        rows = catalogue_rows | people_rows | supplier_rows | campaign_rows | rate_rows
        rows |= history.ids.by_table()
        rows |= make_engagement(session, seed, len(catalogue), customers, end)
        _set_identities(session, rows)
    return Generated(rows)


def _date(microseconds: int) -> date:
    return (_EPOCH + timedelta(microseconds=microseconds)).date()


def _check(scale: float, seed: int, until: datetime) -> None:
    if not 0 < scale <= _LARGEST_SCALE:
        raise BadInput(
            f"{scale} is not a scale", fix=f"use a number above 0 and up to {_LARGEST_SCALE}"
        )
    if seed < 0:
        raise BadInput(f"{seed} is not a seed", fix="use a whole number of 0 or more")
    if until.tzinfo is None:
        raise BadInput(f"{until} has no time zone", fix="pass a time in UTC")


def _require_empty(session: StoreSession) -> None:
    there = session.tables()
    for table in _IDENTITIES:
        if table not in there:
            raise NotFound(f"the database has no table {table}", fix="create the store first")
        if session.rows(f"SELECT 1 FROM {table} LIMIT 1"):  # noqa: S608 - our own names
            raise Conflict(
                f"the store is not empty: {table} has rows",
                fix="reset the store, or generate into a new database",
            )


def _set_stock(session: StoreSession, history: History) -> None:
    stock = history.stock.tolist()
    for first in range(1, len(stock) + 1, _STOCKS):
        some = dict(enumerate(stock[first - 1 : first - 1 + _STOCKS], start=first))
        cases = " ".join(f"WHEN {product} THEN {units}" for product, units in some.items())
        session.execute(
            f"UPDATE products SET stock_quantity = CASE product_id {cases} END"  # noqa: S608 - numbers
            " WHERE product_id BETWEEN %(first)s AND %(last)s",
            {"first": first, "last": first + len(some) - 1},
        )


def _set_identities(session: StoreSession, rows: dict[str, int]) -> None:
    """Whoever inserts next continues after the last row."""
    for table, column in _IDENTITIES.items():
        if rows[table]:
            session.continue_after(table, column, rows[table])
