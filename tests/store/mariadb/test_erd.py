"""The drawing of the tables is that of the live schema."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tools.erd import Link, generate, read_schema

if TYPE_CHECKING:
    from aethermart.store.mariadb.session import MariadbSession

pytestmark = pytest.mark.service("mariadb")


@pytest.mark.promise("1")
def test_the_entity_diagram_and_its_page_are_those_of_the_live_schema(
    store: MariadbSession,
) -> None:
    stale = [path.name for path, text in generate(store).items() if path.read_text() != text]
    assert stale == [], "run `make docs`"


def test_keys_and_cardinalities_are_read_as_they_are(store: MariadbSession) -> None:
    links = read_schema(store).links
    orders = [link for link in links if link.table == "orders"]
    assert orders == [
        Link("orders", ("address_id", "customer_id"), "customer_addresses", False, False),
        Link("orders", ("customer_id",), "customers", False, False),
    ]
    assert Link("returns", ("order_item_id", "order_id"), "order_items", False, True) in links
    assert Link("categories", ("parent_id",), "categories", True, False) in links
