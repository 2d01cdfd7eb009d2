"""Reading a pack: what it says is taken word for word, what it should not say is quoted back."""

from __future__ import annotations

from pathlib import Path

import pytest

from aethermart.core.errors import AetherMartError, BadInput, NotFound
from aethermart.packs.load import load_pack, load_shipped, shipped_packs
from aethermart.packs.pack import Pack, Rule, Shop, TouchesThrough
from aethermart.packs.types import ColumnType

PACK = """
format = 1
name = "corner"
title = "Corner shop"
currency = "EUR"
time_zone = "Europe/Berlin"

[tables.orders]
key = ["order_id"]
feeds = ["orders"]
touches = "order_id"
[tables.orders.columns]
order_id = "integer"
address_id = "integer"
total = "decimal(12,2)"
placed = "text"
[tables.orders.parse]
placed = "timestamp"
[tables.orders.pii]
address_id = "address"

[tables.addresses]
key = ["address_id"]
feeds = ["addresses"]
touches_through = { table = "orders", column = "address_id" }
[tables.addresses.columns]
address_id = "integer"

[[rules]]
name = "test_order"
entities = ["orders"]
broken_when = "order_id < 0"
"""
STAGING = {
    "orders": "SELECT order_id FROM {{ captured(shop, 'orders') }}",
    "addresses": "SELECT address_id FROM {{ captured(shop, 'addresses') }}",
}


def written(folder: Path, text: str = PACK, **staging: str) -> Path:
    (folder / "pack.toml").write_text(text)
    for entity, sql in (STAGING | staging).items():
        (folder / f"stg_{entity}.sql").write_text(sql)
    return folder


def refusal(folder: Path) -> AetherMartError:
    with pytest.raises(AetherMartError) as refused:
        load_pack(folder)
    return refused.value


def test_a_pack_is_what_its_folder_says(tmp_path: Path) -> None:
    pack = load_pack(written(tmp_path))
    assert (pack.name, pack.title, pack.currency) == ("corner", "Corner shop", "EUR")
    assert pack.time_zone == "Europe/Berlin"
    orders = pack.tables["orders"]
    assert orders.columns["total"] == ColumnType("decimal", 12, 2)
    assert (orders.key, orders.feeds, orders.touches) == (("order_id",), ("orders",), "order_id")
    assert orders.parse == {"placed": ColumnType("timestamp")}
    assert orders.pii == {"address_id": "address"}
    assert pack.tables["addresses"].touches_through == TouchesThrough("orders", "address_id")
    assert pack.rules == (Rule("test_order", ("orders",), "order_id < 0"),)
    assert pack.staging == STAGING


@pytest.mark.parametrize(
    "old, new, cause",
    [
        ("format = 1", "format = 2", "format = 2 is unknown"),
        ("format = 1", "format = true", "format = True is not of type int"),
        ('title = "Corner shop"\n', "", "'title' is missing"),
        ('currency = "EUR"', 'currency = "Euro"', "currency = 'Euro' does not fit"),
        ('name = "corner"', 'name = "My Shop"', "name = 'My Shop' does not fit"),
        ("Europe/Berlin", "Europe/Berlino", "'Europe/Berlino' is not a time zone"),
        ('key = ["order_id"]\n', "", "[tables.orders]: 'key' is missing"),
        ('key = ["order_id"]', "key = []", "[tables.orders]: key = [] names no column"),
        ('key = ["order_id"]', "key = [1]", "key = [1] is not a list of names"),
        ('key = ["order_id"]', 'key = ["id"]', "'id' is not among its columns"),
        ('touches = "order_id"', 'touches = "id"', "'id' is not among its columns"),
        ('touches = "order_id"', 'tuches = "order_id"', "unknown field 'tuches'"),
        ('"decimal(12,2)"', '"money"', "total: 'money' is not a column type"),
        ('"decimal(12,2)"', '"decimal(2,12)"', "total: 'decimal(2,12)' is not a column type"),
        ('feeds = ["orders"]', 'feeds = ["ordres"]', "feeds: unknown 'ordres'"),
        ('placed = "text"', 'placed = "date"', "parse: 'placed' is not text"),
        ('address_id = "address"', 'address_id = "home"', "address_id: unknown 'home'"),
        ('table = "orders", column', 'table = "items", column', "touches_through items.address_id"),
        ('entities = ["orders"]', 'entities = ["sales"]', "entities: unknown 'sales'"),
        ("format = 1", 'format = 1\nsurplus = "drop"', "surplus: unknown 'drop'"),
        ('broken_when = "order_id < 0"', "", "'broken_when' is missing"),
        (
            'column = "address_id" }',
            'column = "address_id", by = "home" }',
            "touches_through by 'home', which is no column of it",
        ),
        ('feeds = ["addresses"]', 'feeds = ["orders"]', "two tables feed 'orders'"),
        ('feeds = ["addresses"]', 'feeds = ["returns"]', "feeds 'returns', which no file stages"),
        ("format = 1", "format = ", "is not TOML"),
    ],
)
def test_a_wrong_word_is_quoted_with_its_place(
    tmp_path: Path, old: str, new: str, cause: str
) -> None:
    assert old in PACK
    error = refusal(written(tmp_path, PACK.replace(old, new, 1)))
    assert isinstance(error, BadInput)
    assert cause in error.cause
    assert error.fix


def test_a_staging_file_of_no_entity_is_refused(tmp_path: Path) -> None:
    error = refusal(written(tmp_path, sales="SELECT 1"))
    assert "stg_*.sql: unknown 'sales'" in error.cause


def test_an_order_may_not_show_a_table_whose_changes_touch_no_order(tmp_path: Path) -> None:
    through = 'touches_through = { table = "orders", column = "address_id" }\n'
    error = refusal(written(tmp_path, PACK.replace(through, "")))
    assert "stg_addresses.sql reads 'addresses', whose changes touch no order" in error.cause
    error = refusal(written(tmp_path, orders="SELECT 1 FROM {{ captured(shop, 'baskets') }}"))
    assert "stg_orders.sql reads 'baskets', which is not declared" in error.cause


def test_a_column_more_is_told_unless_the_pack_or_its_table_says_stop(tmp_path: Path) -> None:
    def surplus(text: str) -> dict[str, str]:
        pack = load_pack(written(tmp_path, text))
        return {name: table.surplus for name, table in pack.tables.items()}

    of_orders = PACK.replace('touches = "order_id"\n', 'touches = "order_id"\nsurplus = "stop"\n')
    of_all = PACK.replace("format = 1\n", 'format = 1\nsurplus = "stop"\n')
    but_orders = of_all.replace(
        'touches = "order_id"\n', 'touches = "order_id"\nsurplus = "tell"\n'
    )
    assert surplus(PACK) == {"orders": "tell", "addresses": "tell"}
    assert surplus(of_orders) == {"orders": "stop", "addresses": "tell"}
    assert surplus(of_all) == {"orders": "stop", "addresses": "stop"}
    assert surplus(but_orders) == {"orders": "tell", "addresses": "stop"}


def test_a_table_with_blanks_in_its_name_is_declared_and_read_like_any_other(
    tmp_path: Path,
) -> None:
    text = PACK.replace("tables.addresses", 'tables."home addresses"')
    sql = "SELECT address_id FROM {{ captured(shop, 'home addresses') }}"
    pack = load_pack(written(tmp_path, text, addresses=sql))
    assert fed(pack)["home addresses"] == ("addresses",)
    error = refusal(written(tmp_path, addresses=sql, customers=sql))
    assert "reads 'home addresses', which is not declared" in error.cause
    assert error.fix == 'add [tables."home addresses"]'


@pytest.mark.parametrize("name", ["it's", "{x}", "back\\\\slash"])
def test_a_name_that_would_end_a_quoted_one_is_refused(tmp_path: Path, name: str) -> None:
    error = refusal(written(tmp_path, PACK.replace("tables.addresses", f'tables."{name}"')))
    assert "holds a quote, a brace or a backslash" in error.cause


def test_a_folder_without_a_pack_is_not_found(tmp_path: Path) -> None:
    error = refusal(tmp_path)
    assert isinstance(error, NotFound)
    assert str(tmp_path / "pack.toml") in error.cause


def test_the_shipped_packs_load() -> None:
    assert shipped_packs() == (
        "aethermart",
        "classicmodels",
        "ecommerce",
        "messy_shop",
        "online_retail",
        "star_shop",
    )
    for name in shipped_packs():
        assert load_shipped(name).name == name
    store, retail = load_shipped("aethermart"), load_shipped("online_retail")
    assert fed(store) == {
        "categories": ("categories",),
        "products": ("products",),
        "customers": ("customers",),
        "customer_addresses": ("addresses",),
        "orders": ("orders",),
        "order_items": ("order_items",),
        "order_events": ("order_status_changes",),
        "returns": ("returns",),
        "inventory_movements": ("inventory_movements",),
        "suppliers": ("suppliers",),
        "product_suppliers": ("product_suppliers",),
        "payments": ("payments",),
        "reviews": ("reviews",),
        "promotions": ("promotions",),
        "exchange_rates": ("exchange_rates",),
        "clickstream_events": ("clickstream_events",),
        "device_telemetry": ("device_telemetry",),
        "social_posts": ("social_posts",),
        "support_chats": ("support_chats",),
    }
    assert fed(retail) == {"lines": ("order_items", "returns")}
    assert (retail.currency, retail.time_zone) == ("GBP", "Europe/London")


def fed(pack: Pack) -> dict[str, tuple[str, ...]]:
    return {name: table.feeds for name, table in pack.tables.items()}


def test_an_unknown_shipped_pack_is_named_with_those_there_are() -> None:
    with pytest.raises(NotFound) as refused:
        load_shipped("amazon")
    assert "'amazon'" in refused.value.cause
    assert refused.value.fix.startswith("use one of aethermart, classicmodels, ")


@pytest.mark.parametrize("name", ["", "Shop", "1shop", "a shop", "a__b", "a" * 32, "shop;"])
def test_a_shops_name_is_one_that_can_stand_in_a_tables_name(tmp_path: Path, name: str) -> None:
    with pytest.raises(BadInput, match="is not a shop's name"):
        Shop(name, load_pack(written(tmp_path)))


def test_a_shops_own_time_zone_comes_before_its_packs(tmp_path: Path) -> None:
    pack = load_pack(written(tmp_path))
    assert Shop("corner", pack).zone == "Europe/Berlin"
    assert Shop("corner", pack, "UTC").zone == "UTC"
    with pytest.raises(BadInput, match="'Mars/Base' is not a time zone"):
        Shop("corner", pack, "Mars/Base")


def test_a_row_may_reach_orders_by_another_column_than_its_key(tmp_path: Path) -> None:
    text = PACK.replace('key = ["address_id"]', 'key = ["address_id", "version"]')
    text = text.replace('column = "address_id" }', 'column = "address_id", by = "address_id" }')
    text = text.replace(
        "[tables.addresses.columns]\n", '[tables.addresses.columns]\nversion = "integer"\n'
    )
    pack = load_pack(written(tmp_path, text))
    assert pack.tables["addresses"].touches_through == TouchesThrough(
        "orders", "address_id", "address_id"
    )
