"""What depends on what: rings are refused, and the fall of a supplier is told before it happens."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from aethermart.core.errors import BadInput, Conflict, NotFound
from tests.store.mariadb.conftest import as_root, write
from tests.store.mariadb.sales import order, refund, shop

if TYPE_CHECKING:
    from aethermart.store.mariadb.session import MariadbSession
    from tests.mariadb import MariadbServer

pytestmark = pytest.mark.service("mariadb")

CLOTH, SHIRT, THREAD, SUIT, BUTTON, TIE = range(1, 7)
MILL, SPINNER, WEAVER, OTHER = range(1, 5)


def depends(session: MariadbSession, product: int, on: int, kind: str = "requires") -> None:
    session.execute(
        "INSERT INTO product_dependencies (product_id, depends_on_id, kind)"
        " VALUES (%(product)s, %(on)s, %(kind)s)",
        {"product": product, "on": on, "kind": kind},
    )


def pairs(session: MariadbSession) -> list[Any]:
    return session.rows("SELECT product_id, depends_on_id FROM product_dependencies ORDER BY 1, 2")


def test_a_product_requires_itself_by_no_way_round(store: MariadbSession) -> None:
    shop(store)
    depends(store, 1, 2)
    depends(store, 2, 3)
    depends(store, 3, 4)
    with pytest.raises(Conflict) as refused:
        depends(store, 4, 1)
    assert refused.value.cause == ("product 4 cannot require product 1, which requires it already")
    with pytest.raises(Conflict, match="product 3 cannot require product 2"):
        store.execute("UPDATE product_dependencies SET depends_on_id = 2 WHERE product_id = 3")
    assert pairs(store) == [(1, 2), (2, 3), (3, 4)]


def test_a_diamond_is_no_ring_and_other_kinds_may_be_mutual(store: MariadbSession) -> None:
    shop(store)
    for product, on in ((1, 2), (1, 3), (2, 4), (3, 4)):
        depends(store, product, on)
    depends(store, 5, 6, "accessory")
    depends(store, 6, 5, "accessory")
    # One that is turned round is not in its own way.
    store.execute(
        "UPDATE product_dependencies SET product_id = 4, depends_on_id = 3 WHERE product_id = 3"
    )
    assert pairs(store) == [(1, 2), (1, 3), (2, 4), (4, 3), (5, 6), (6, 5)]


def test_a_dependency_of_itself_or_of_an_unknown_kind_is_refused(store: MariadbSession) -> None:
    shop(store)
    with pytest.raises((BadInput, Conflict)):
        depends(store, 1, 1)
    with pytest.raises(BadInput, match="product_dependencies_not_of_itself"):
        depends(store, 1, 1, "replaces")
    with pytest.raises(BadInput, match="product_dependencies_kind_is_known"):
        depends(store, 1, 2, "likes")
    assert pairs(store) == []


def test_two_writers_do_not_close_a_ring_between_them(
    store: MariadbSession, mariadb: MariadbServer, mariadb_store: str
) -> None:
    shop(store, products=40)

    def write_one(pair: tuple[int, int]) -> bool:
        with closing(as_root(mariadb, mariadb_store)) as session:
            try:
                with session.transaction():
                    pairs(session)  # what was seen before must not count
                    depends(session, *pair)
            except Conflict:
                return False
            return True

    # 1 -> 2 -> … -> 20 -> 1: each edge by another writer, all at once.
    edges = [(n, n % 20 + 1) for n in range(1, 21)]
    with ThreadPoolExecutor(8) as pool:
        kept = list(pool.map(write_one, edges))
    assert sum(kept) == 19
    assert len(pairs(store)) == 19


@pytest.fixture
def network(store: MariadbSession) -> MariadbSession:
    """The mill supplies the spinner, who supplies the weaver."""
    shop(store)
    for supplier, name in ((MILL, "Mill"), (SPINNER, "Spinner"), (WEAVER, "W"), (OTHER, "O")):
        write(store, "suppliers", {"supplier_id": supplier, "name": name, "country": "DE"})
    for supplier, by in ((SPINNER, MILL), (WEAVER, SPINNER)):
        link(store, supplier, by)
    for product, suppliers in (
        (CLOTH, [WEAVER]),
        (SHIRT, [OTHER]),
        (THREAD, [SPINNER, OTHER]),
        (SUIT, [OTHER]),
        (BUTTON, [OTHER]),
        (TIE, [OTHER]),
    ):
        for supplier in suppliers:
            write(
                store,
                "product_suppliers",
                {
                    "product_id": product,
                    "supplier_id": supplier,
                    "unit_cost": 1,
                    "lead_time_days": 3,
                },
            )
    depends(store, SHIRT, CLOTH)
    depends(store, SUIT, THREAD)
    depends(store, TIE, CLOTH, "accessory")
    return store


def link(session: MariadbSession, supplier: int, by: int) -> None:
    write(session, "supplier_links", {"supplier_id": supplier, "supplied_by_id": by, "part": "x"})


STOPPED, GOES_ON = 1, 0
DIRECTLY, BY_ANOTHER = 1, 0
# Supplier -> product -> (is_stopped, is_direct), by hand.
HIT = {
    MILL: {
        CLOTH: (STOPPED, DIRECTLY),
        SHIRT: (STOPPED, BY_ANOTHER),
        THREAD: (GOES_ON, DIRECTLY),
        SUIT: (GOES_ON, BY_ANOTHER),
    },
    SPINNER: {
        CLOTH: (STOPPED, DIRECTLY),
        SHIRT: (STOPPED, BY_ANOTHER),
        THREAD: (GOES_ON, DIRECTLY),
        SUIT: (GOES_ON, BY_ANOTHER),
    },
    WEAVER: {CLOTH: (STOPPED, DIRECTLY), SHIRT: (STOPPED, BY_ANOTHER)},
    OTHER: {
        SHIRT: (STOPPED, DIRECTLY),
        THREAD: (GOES_ON, DIRECTLY),
        SUIT: (STOPPED, DIRECTLY),
        BUTTON: (STOPPED, DIRECTLY),
        TIE: (STOPPED, DIRECTLY),
    },
}


@pytest.mark.promise("65")
@pytest.mark.parametrize("supplier", HIT)
def test_what_a_supplier_s_fall_hits(network: MariadbSession, supplier: int) -> None:
    expected = HIT[supplier]
    of_all = network.rows(
        "SELECT product_id, is_stopped, is_direct FROM v_supplier_impact"
        " WHERE supplier_id = %(supplier)s",
        {"supplier": supplier},
    )
    of_one = network.rows(f"CALL sp_supplier_impact({supplier}, NULL)")
    assert {product: (stopped, direct) for product, stopped, direct in of_all} == expected
    assert {row[0]: (row[3], row[4]) for row in of_one} == expected


@pytest.mark.promise("65")
def test_a_ring_of_suppliers_ends_and_its_members_fall_together(network: MariadbSession) -> None:
    link(network, MILL, WEAVER)
    for supplier in (MILL, SPINNER, WEAVER):
        found = network.rows(f"CALL sp_supplier_impact({supplier}, NULL)")
        assert {row[0]: (row[3], row[4]) for row in found} == HIT[MILL]


@pytest.mark.promise("65")
def test_the_share_of_last_quarter_s_revenue_is_told_by_currency(network: MariadbSession) -> None:
    order(network, 1, "2026-01-01 00:00", (CLOTH, 2, "50.00"), (SHIRT, 1, "50.00"))
    order(network, 2, "2026-03-31 23:59:59", (BUTTON, 5, "10.00"))
    order(network, 3, "2026-02-02", (THREAD, 3, "10.00"), currency="USD")
    order(network, 4, "2026-02-02", (CLOTH, 1, "999.00"), status="CANCELLED")
    order(network, 5, "2025-12-31 23:59:59", (CLOTH, 1, "70.00"))
    order(network, 6, "2026-04-01 00:00", (CLOTH, 1, "80.00"))
    refund(network, 101, "2026-03-01", "20.00")
    refund(network, 501, "2026-04-02", "70.00")
    network.rows("SET SESSION time_zone = '+09:00'")  # quarters are UTC's all the same
    found = network.rows(f"CALL sp_supplier_impact({MILL}, '2026-05-10')")
    assert [(row[1], row[5], row[6], row[7]) for row in found] == [
        ("P3", Decimal("30.00"), "USD", Decimal("1.0000")),
        ("P1", Decimal("80.00"), "EUR", Decimal("0.4444")),  # 100 - 20 of 180
        ("P2", Decimal("50.00"), "EUR", Decimal("0.2778")),
        ("P4", Decimal(0), "EUR", None),
    ]


def test_an_unknown_supplier_is_not_found(network: MariadbSession) -> None:
    with pytest.raises(NotFound, match="there is no supplier 99"):
        network.rows("CALL sp_supplier_impact(99, NULL)")
