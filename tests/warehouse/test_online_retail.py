"""Online Retail in silver and gold, beside what plain Python computes from the same Parquet."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal
from zoneinfo import ZoneInfo

import pyarrow.parquet as pq
import pytest

from aethermart.warehouse.metrics.query import query_metric
from aethermart.warehouse.reconcile import count_lake
from tests.warehouse.conftest import PARQUET
from tests.warehouse.lake import Lake

CENT = Decimal("0.01")
NOW = datetime(2011, 12, 10, tzinfo=UTC)


@pytest.fixture(scope="module")
def independent() -> list[tuple[str, str, str, Decimal]]:
    """(invoice, country, month in London, line total) of every line of the file."""
    lines = []
    for row in pq.read_table(PARQUET).to_pylist():
        total = (Decimal(row["Quantity"]) * Decimal(row["UnitPrice"])).quantize(
            CENT, rounding=ROUND_HALF_UP
        )
        lines.append((row["InvoiceNo"], row["Country"], row["InvoiceDate"][:7], total))
    return lines


def test_every_line_is_kept_or_quarantined(online_retail: Lake) -> None:
    counts = count_lake(online_retail.connection, online_retail.shops)["online_retail"]
    assert counts.kept == {"lines": 541_906}
    assert counts.quarantined == {"lines": 3}
    assert counts.orders == 22_061
    assert counts.revenue == {"GBP": Decimal("9758809.99")}
    assert counts.line_total_kept == {"GBP": Decimal("9758809.99")}
    assert counts.line_total_quarantined == {"GBP": Decimal("-11062.06")}


@pytest.mark.promise("97")
def test_revenue_orders_and_their_ratio_equal_pythons_to_the_cent(
    online_retail: Lake, independent: list[tuple[str, str, str, Decimal]]
) -> None:
    revenue = sum((t for invoice, _, _, t in independent if invoice[0] != "A"), Decimal(0))
    orders = len({invoice for invoice, *_ in independent if invoice[0] not in "AC"})
    expected = {
        "revenue": revenue,
        "order_count": orders,
        "average_order_value": (revenue / orders).quantize(CENT, rounding=ROUND_HALF_UP),
    }
    assert expected["revenue"] == Decimal("9758809.99")
    for name, value in expected.items():
        answer = query_metric(
            online_retail.connection, name, "online_retail", None, None, None, NOW
        )
        assert [(r.shop, r.currency, r.key, r.value) for r in answer.rows] == [
            ("online_retail", "GBP", None, value)
        ]
        assert answer.quality.quarantined_rows == 3


@pytest.mark.parametrize("by, column", [("country", 1), ("month", 2)])
def test_revenue_by_country_and_by_month_equals_pythons(
    online_retail: Lake,
    independent: list[tuple[str, str, str, Decimal]],
    by: str,
    column: int,
) -> None:
    expected: defaultdict[str, Decimal] = defaultdict(Decimal)
    for line in independent:
        if line[0][0] != "A":
            expected[str(line[column])] += line[3]
    answer = query_metric(online_retail.connection, "revenue", "online_retail", by, None, None, NOW)
    assert {row.key: row.value for row in answer.rows} == dict(expected)


def test_credit_notes_are_refunds_that_name_no_order(online_retail: Lake) -> None:
    assert online_retail.rows(
        "SELECT COUNT(*), COUNT(order_id), COUNT(DISTINCT document_number), SUM(quantity), "
        "SUM(refund_amount) FROM silver.returns"
    ) == [(9_288, 0, 3_836, 277_574, Decimal("896812.49"))]
    assert online_retail.rows(
        "SELECT quantity, unit_price, refund_amount, customer_id, currency, returned_at "
        "FROM silver.returns WHERE document_number = 'C536379'"
    ) == [
        (1, Decimal("27.5000"), Decimal("27.50"), "14527", "GBP",
         datetime(2010, 12, 1, 9, 41, tzinfo=UTC))
    ]  # fmt: skip


def test_quarantine_holds_the_three_adjustments_with_their_rows(online_retail: Lake) -> None:
    found = online_retail.rows(
        "SELECT source_table, entity, row_key, rule, amount, currency, "
        "source_row ->> 'InvoiceNo', source_row ->> 'UnitPrice' "
        "FROM silver.quarantine ORDER BY row_key"
    )
    assert found == [
        ("lines", "order_items", key, "accounting_adjustment", amount, "GBP", invoice, price)
        for key, amount, invoice, price in [
            ("299983", Decimal("11062.06"), "A563185", "11062.06"),
            ("299984", Decimal("-11062.06"), "A563186", "-11062.06"),
            ("299985", Decimal("-11062.06"), "A563187", "-11062.06"),
        ]
    ]


def test_customers_and_products_are_the_distinct_ones_of_the_lines(online_retail: Lake) -> None:
    assert online_retail.rows("SELECT COUNT(*) FROM silver.customers") == [(4_372,)]
    assert online_retail.rows("SELECT COUNT(*) FROM silver.products") == [(4_070,)]
    assert online_retail.rows(
        "SELECT name, price, currency FROM silver.products WHERE product_id = '85123A'"
    ) == [("CREAM HANGING HEART T-LIGHT HOLDER", None, "GBP")]


def test_local_times_become_instants(online_retail: Lake) -> None:
    summer = datetime(2011, 7, 1, 8, 16, tzinfo=ZoneInfo("Europe/London"))
    found = online_retail.rows(
        "SELECT MIN(ordered_at) FROM silver.orders WHERE ordered_on = DATE '2011-07-01'"
    )
    assert found == [(summer.astimezone(UTC),)]
    assert online_retail.rows("SELECT ordered_at FROM silver.orders WHERE order_id = '536365'") == [
        (datetime(2010, 12, 1, 8, 26, tzinfo=UTC),)
    ]


def test_kept_tables_are_their_views_and_touching_invoices_again_changes_nothing(
    online_retail: Lake,
) -> None:
    before = online_retail.rows("SELECT COUNT(*), SUM(line_total) FROM gold.fct_sales")
    assert before == [(541_906, Decimal("9758809.99"))]
    online_retail.applied(["536365", "C536379", "A563185", "no such"], shop="online_retail")
    assert online_retail.rows("SELECT COUNT(*), SUM(line_total) FROM gold.fct_sales") == before
    assert online_retail.differences() == {}
