"""The declared differences are those that the docs tell."""

from __future__ import annotations

import re
from pathlib import Path

from aethermart.store.orders import OrderLine, place_order
from aethermart.store.refusals import refusal
from tests.store.gaps import GAPS, gap
from tests.store.shop import Shop, request

DOCS = Path(__file__).resolve().parents[2] / "docs" / "store.md"


def test_the_docs_tell_each_declared_gap_and_no_other() -> None:
    told = DOCS.read_text(encoding="utf-8").partition("## Where the databases differ")[2]
    assert re.findall(r"^- \*\*(.+?)\*\*", told, re.MULTILINE) == list(GAPS)


def test_the_docs_tell_what_each_refusal_becomes() -> None:
    rows = re.findall(r"^\| (AM0\d\d) \| .+ \| `(\w+)` \|$", DOCS.read_text("utf-8"), re.MULTILINE)
    assert len(rows) == 11
    assert {state: type(refusal(state, "x")).__name__ for state, _ in rows} == dict(rows)


def test_a_product_on_two_lines_has_a_movement_a_line_or_one(shop: Shop) -> None:
    order_id = place_order(shop.session, request(OrderLine(1, 2), OrderLine(1, 1))).order_id
    movements = shop.sql(
        "SELECT quantity_change FROM inventory_movements WHERE order_id = %(order)s"
        " ORDER BY movement_id",
        order=order_id,
    )
    assert movements == ([(-2,), (-1,)] if gap(shop.kind, "a movement a line") else [(-3,)])
