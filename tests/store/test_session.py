"""What a session of the store promises, on either database."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

import pyarrow as pa
import pytest

from aethermart.core.errors import BadInput, Conflict, Terminal, Unavailable
from aethermart.store.connect import connect
from tests.store.shop import Shop, count, undone

POSTS = "SELECT platform, author, body, likes FROM social_posts ORDER BY post_id"


def post(shop: Shop, author: str) -> None:
    shop.sql(
        "INSERT INTO social_posts (platform, author, body) VALUES ('forum', %(author)s, 'x')",
        author=author,
    )


def authors(shop: Shop) -> list[str]:
    return [author for (author,) in shop.sql("SELECT author FROM social_posts ORDER BY author")]


def test_values_go_in_and_come_out_as_they_are(shop: Shop) -> None:
    text = 'it\'s 100 % \\ "quoted" \n naïve 😀 %(x)s'
    at = datetime(2026, 3, 10, 14, 30, 0, 250000, tzinfo=timezone(timedelta(hours=2)))
    shop.sql(
        "UPDATE customers SET first_name = %(text)s, phone = NULL, created_at = %(at)s"
        " WHERE customer_id = 1",
        text=text,
        at=at,
    )
    shop.sql(
        "INSERT INTO exchange_rates (rate_date, currency, quote_currency, rate)"
        " VALUES (%(day)s, 'USD', 'EUR', %(rate)s)",
        day=date(2026, 3, 10),
        rate=Decimal("0.12345678"),
    )
    assert shop.sql(
        "SELECT first_name, phone, created_at FROM customers WHERE customer_id = 1"
    ) == [(text, None, datetime(2026, 3, 10, 12, 30, 0, 250000, tzinfo=UTC))]
    assert shop.sql("SELECT rate_date, currency, rate FROM exchange_rates") == [
        (date(2026, 3, 10), "USD", Decimal("0.12345678"))
    ]


def test_an_update_counts_the_rows_it_met(shop: Shop) -> None:
    same = "UPDATE customers SET last_name = last_name WHERE customer_id <= %(most)s"
    assert shop.session.execute(same, {"most": 2}) == 2
    assert shop.session.execute(same, {"most": 0}) == 0
    assert shop.session.execute("DELETE FROM social_posts") == 0


def test_transactions_nest_and_each_keeps_all_or_nothing(shop: Shop) -> None:
    with shop.session.transaction():
        post(shop, "ann")
        with undone(shop.session):
            post(shop, "bob")
            with shop.session.transaction():
                post(shop, "cid")
        with shop.session.transaction():
            post(shop, "dan")
        with pytest.raises(BadInput), shop.session.transaction():
            shop.sql("UPDATE social_posts SET likes = -1")
    assert authors(shop) == ["ann", "dan"]
    with undone(shop.session), shop.session.transaction():
        post(shop, "eve")
    assert authors(shop) == ["ann", "dan"]


def test_columns_are_loaded_as_they_are(shop: Shop) -> None:
    bodies = ["it's \\ fine\n", "", 'a "b", \t😀;', "NULL", "\\N", "x" * 300_000]
    likes = [1, 2, 3, 4, 5, 2**31 - 1]
    times = [datetime(2026, 3, 10, 12, 0, n, 5, tzinfo=UTC) for n in range(6)]
    loaded = shop.session.load(
        "social_posts",
        {
            "platform": pa.array(["forum", "blog"] * 3).dictionary_encode(),
            "author": pa.array(["ann"] * 6),
            "body": pa.array(bodies),
            "product_id": pa.array([1, None, 2, None, 3, None], pa.int64()),
            "likes": pa.array(likes, pa.int32()),
            "posted_at": pa.array(times, pa.timestamp("us", "UTC")),
        },
    )
    assert loaded == 6
    rows = shop.sql(
        "SELECT body, product_id, likes, posted_at FROM social_posts ORDER BY posted_at"
    )
    products = [1, None, 2, None, 3, None]
    assert rows == list(zip(bodies, products, likes, times, strict=True))


def test_truth_money_dates_and_nothing_are_loaded(shop: Shop) -> None:
    shop.session.load(
        "products",
        {
            "product_id": pa.array([4, 5]),
            "sku": pa.array(["A", "B"]),
            "name": pa.array(["A", "B"]),
            "category_id": pa.array([1, 1]),
            "price": pa.array([Decimal("0.10"), Decimal("9999999999.99")], pa.decimal128(12, 2)),
            "is_active": pa.array([True, False]),
        },
    )
    assert shop.sql("SELECT price, is_active FROM products WHERE product_id > 3 ORDER BY 1") == [
        (Decimal("0.10"), True),
        (Decimal("9999999999.99"), False),
    ]
    shop.session.load(
        "exchange_rates",
        {
            "rate_date": pa.array([date(2026, 3, 10)]),
            "currency": pa.array(["USD"]),
            "quote_currency": pa.array(["EUR"]),
            "rate": pa.array([Decimal("0.5")], pa.decimal128(18, 8)),
        },
    )
    assert shop.one("SELECT rate_date FROM exchange_rates") == date(2026, 3, 10)
    assert shop.session.load("exchange_rates", {"currency": pa.array([], pa.string())}) == 0


@pytest.mark.parametrize(
    "column, wrong, error",
    [("likes", [1, -1], BadInput), ("likes", [1, 2**40], BadInput), ("post_id", [7, 7], Conflict)],
)
def test_a_load_with_one_wrong_row_loads_nothing(
    shop: Shop, column: str, wrong: list[int], error: type[Exception]
) -> None:
    posts = {name: pa.array(["x", "y"]) for name in ("platform", "author", "body")}
    with pytest.raises(error):
        shop.session.load("social_posts", posts | {column: pa.array(wrong)})
    assert count(shop, "social_posts") == 0


def test_numbers_go_on_after_those_that_were_loaded(shop: Shop) -> None:
    with shop.session.transaction():
        shop.session.load(
            "categories", {"category_id": pa.array([7000]), "name": pa.array(["Garden"])}
        )
        shop.session.continue_after("categories", "category_id", 7000)
    shop.sql("INSERT INTO categories (name) VALUES ('Bath')")
    assert shop.one("SELECT category_id FROM categories WHERE name = 'Bath'") == 7001


def test_two_are_not_within_one_block(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("postgres", "mariadb"):
        monkeypatch.setattr(f"aethermart.store.{module}.session.ALONE_WAIT_S", 0.2)
    with shop.another() as rival:
        with rival.alone("a reset"):
            refused = pytest.raises(Conflict, match="somebody else does a reset on this store")
            with refused, shop.session.alone("a reset"):
                raise AssertionError
            with shop.session.alone("something else"):
                pass
        with shop.session.alone("a reset"):
            pass


def test_a_word_that_the_database_does_not_know_is_said(shop: Shop) -> None:
    with pytest.raises(Terminal, match="nowhere"):
        shop.sql("SELECT * FROM nowhere")
    assert count(shop, "products") == 3


@pytest.mark.parametrize("dsn", ["sqlite:///x", "oracle://a@b/c", "nothing"])
def test_a_store_lies_in_a_database_that_can_hold_one(dsn: str) -> None:
    with pytest.raises(BadInput, match="a store cannot lie in") as refused:
        connect(dsn)
    assert "mariadb://" in refused.value.fix


def test_a_server_that_does_not_answer_is_said_as_such(shop: Shop) -> None:
    nobody = "@127.0.0.1:1/"
    head, _, rest = shop.dsn.partition("@")
    with pytest.raises(Unavailable):
        connect(head + nobody + rest.partition("/")[2])
