"""Why revenue changed: parts worked out by hand, and their sum, which is always the change."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aethermart.core.errors import BadInput, NotFound
from aethermart.warehouse.metrics.explanation import CAUSES, Sold, explain, parts_of
from tests.warehouse.lake import Lake

pytestmark = pytest.mark.promise("B8")

NOW = datetime(2026, 3, 20, 12, 0, 10, tzinfo=UTC)
MARCH, APRIL = date(2026, 3, 1), date(2026, 4, 1)


def _sold(refunds: str = "0.00", **products: tuple[int, str]) -> Sold:
    sales = {product: Decimal(amount) for product, (_, amount) in products.items()}
    units = {product: pieces for product, (pieces, _) in products.items()}
    revenue = sum(sales.values(), Decimal(0)) - Decimal(refunds)
    return Sold(dict(sales), dict(units), revenue)


def _parts(before: Sold, after: Sold) -> dict[str, str]:
    return {part.cause: str(part.amount) for part in parts_of(before, after, 2) if part.amount}


@pytest.mark.parametrize(
    "before,after,parts",
    [
        (_sold(pen=(10, "20.00")), _sold(pen=(15, "30.00")), {"volume": "10.00"}),
        (_sold(pen=(10, "20.00")), _sold(pen=(10, "15.00")), {"price": "-5.00"}),
        # Twenty pieces both times, at 3.00 on average; now fifteen of them are the dear ones.
        (
            _sold(pen=(10, "20.00"), ink=(10, "40.00")),
            _sold(pen=(5, "10.00"), ink=(15, "60.00")),
            {"mix": "10.00"},
        ),
        (
            _sold(pen=(1, "2.00"), old=(3, "9.00")),
            _sold(pen=(1, "2.00"), new=(1, "5.00")),
            {"new_products": "5.00", "gone_products": "-9.00"},
        ),
        (_sold("1.00", pen=(1, "2.00")), _sold("1.50", pen=(1, "2.00")), {"refunds": "-0.50"}),
        (Sold(), _sold(pen=(2, "4.00")), {"new_products": "4.00"}),
        (Sold(), Sold(), {}),
    ],
    ids=["volume", "price", "mix", "new and gone", "refunds", "nothing before", "nothing"],
)
def test_one_cause_at_a_time_is_named(before: Sold, after: Sold, parts: dict[str, str]) -> None:
    assert _parts(before, after) == parts


def test_what_rounding_leaves_goes_to_the_largest_part() -> None:
    before = _sold(a=(3, "10.00"), b=(7, "10.00"))
    after = _sold(a=(4, "14.00"), b=(5, "6.01"))
    # 10 pieces at 2.00 become 9: -2.00. At the old prices 4 a and 5 b are 20.476..: +2.476..
    # Now they cost 20.01: -0.466.., and 2.48 - 2.00 - 0.47 is the change of 0.01.
    assert _parts(before, after) == {"volume": "-2.00", "mix": "2.48", "price": "-0.47"}


_PRODUCT = st.sampled_from("abcde")
_LINE = st.tuples(st.integers(0, 50), st.decimals(0, 5000, places=2))
_SOLD = st.builds(
    lambda lines, refunds: _sold(str(refunds), **{p: (u, str(s)) for p, (u, s) in lines.items()}),
    st.dictionaries(_PRODUCT, _LINE, max_size=5),
    st.decimals(0, 500, places=2),
)


@given(_SOLD, _SOLD, st.sampled_from([0, 2, 3]))
def test_the_parts_always_sum_to_the_change(before: Sold, after: Sold, digits: int) -> None:
    parts = parts_of(before, after, digits)
    assert tuple(part.cause for part in parts) == CAUSES
    assert sum(part.amount for part in parts) == after.revenue - before.revenue


@pytest.fixture
def shop(lake: Lake) -> Lake:
    """Two days; on the second more pieces, of which one is dearer, and money is paid back."""
    lake.order(1, "10.00", ordered_at=datetime(2026, 3, 1, 12, tzinfo=UTC))
    lake.order(2, "10.00", "12.00", ordered_at=datetime(2026, 3, 2, 12, tzinfo=UTC))
    lake.order(3, "99.00", ordered_at=datetime(2026, 3, 2, 12, tzinfo=UTC), status="CANCELLED")
    lake.put(
        "returns",
        return_id=1,
        order_id=1,
        order_item_id=11,
        refund_amount=Decimal("4.00"),
        returned_at=datetime(2026, 3, 2, 13, tzinfo=UTC),
    )
    lake.reflects("aethermart", NOW)
    lake.applied(whole=True)
    return lake


def test_the_lake_s_revenue_is_explained_by_its_own_lines(shop: Lake) -> None:
    answer = explain(
        shop.connection, "revenue", "aethermart", date(2026, 3, 2), date(2026, 3, 3), NOW
    )
    assert answer.against == date(2026, 3, 1)
    [row] = answer.rows
    assert (row.currency, row.base, row.value) == ("EUR", Decimal("10.00"), Decimal("18.00"))
    # One piece at 10.00 became two, at 11.00 on average; 4.00 went back.
    assert {part.cause: part.amount for part in row.parts if part.amount} == {
        "volume": Decimal("10.00"),
        "price": Decimal("2.00"),
        "refunds": Decimal("-4.00"),
    }


def test_what_cannot_be_explained_is_refused(shop: Lake) -> None:
    connection = shop.connection
    with pytest.raises(BadInput, match="units cannot be explained"):
        explain(connection, "units", None, MARCH, APRIL, NOW)
    with pytest.raises(NotFound, match="'happiness'"):
        explain(connection, "happiness", None, MARCH, APRIL, NOW)
    with pytest.raises(BadInput, match="are of two kinds"):
        explain(connection, "revenue", None, MARCH, NOW, NOW)
    with pytest.raises(BadInput, match="is not before"):
        explain(connection, "revenue", None, APRIL, MARCH, NOW)
    with pytest.raises(BadInput, match="before the year 1"):
        explain(connection, "revenue", None, date(2, 1, 1), APRIL, NOW)
