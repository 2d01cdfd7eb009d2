"""Lineage of columns: written by hand for some, and for all that none is left without a word."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from aethermart.core.errors import NotFound
from aethermart.governance.flow import Flow, flows_of
from aethermart.governance.lineage import Lineage, LineageOf
from aethermart.packs.load import load_shipped, shipped_packs
from aethermart.packs.pack import Shop
from aethermart.warehouse.compile import compile_warehouse
from aethermart.warehouse.project import CompiledProject


@pytest.fixture(scope="module")
def lineage(
    shops: tuple[Shop, ...], compiled: CompiledProject, tmp_path_factory: pytest.TempPathFactory
) -> LineageOf:
    of = LineageOf(compiled, shops, tmp_path_factory.mktemp("lineage"))
    of.read()
    return of


def up(lineage: LineageOf, node: str) -> set[str]:
    return set(lineage.of(node, "up").sources)


def edges(found: Lineage) -> dict[tuple[str, str], str | None]:
    return {(edge.source, edge.target): edge.transformation for edge in found.edges}


def both(table_column: str) -> set[str]:
    """Of the two shops that share the store's pack."""
    return {f"shop.{shop}.{table_column}" for shop in ("aethermart", "north")}


def test_revenue_comes_from_lines_and_refunds_of_every_shop(lineage: LineageOf) -> None:
    assert up(lineage, "gold.fct_sales.revenue") == (
        both("order_items.line_total")
        | both("returns.refund_amount")
        | both("orders.status")  # a cancelled order counts 0
        | {"shop.online_retail.lines.Quantity", "shop.online_retail.lines.UnitPrice"}
    )
    found = edges(lineage.of("gold.fct_sales.revenue", "up"))
    assert found["silver.order_items.line_total", "gold.fct_sales.revenue"] == (
        "CASE WHEN o.status = 'CANCELLED' THEN CAST(0 AS DECIMAL(18, 2)) ELSE i.line_total END"
    )
    assert found["silver.returns.refund_amount", "gold.fct_sales.revenue"] == (
        "CAST(-r.refund_amount AS DECIMAL(18, 2))"
    )
    passed_on = (
        "staging.staged_north__order_items.line_total",
        "staging.staged_order_items.line_total",
    )
    assert found[passed_on] is None  # the union over shops
    captured = "mirror.aethermart__order_items.line_total"
    assert found["shop.aethermart.order_items.line_total", captured] is None


def test_a_citys_name_comes_from_the_address_of_the_order(lineage: LineageOf) -> None:
    assert up(lineage, "gold.fct_sales.city") == both("customer_addresses.city")


def test_a_customers_mail_comes_through_bronze_and_the_mirror(lineage: LineageOf) -> None:
    """Cleansing takes it from a name or a telephone number where it was written there."""
    found = lineage.of("gold.dim_customer.email", "up")
    fields = ("email", "first_name", "last_name", "phone")
    assert set(found.sources) == {s for field in fields for s in both(f"customers.{field}")}
    nodes = {node.node: node for node in found.nodes}
    assert nodes["bronze.aethermart__customers.email"].layer == "bronze"
    assert nodes["mirror.north__customers.email"].shop == "north"
    assert nodes["shop.north.customers.email"].pii == "email"
    made = edges(found)["staging.customers_checked.email", "silver.customers.email"]
    assert made is not None
    assert made.startswith("CASE WHEN REGEXP_MATCHES(c.email")


def test_a_version_begins_when_the_shop_committed_it_which_no_column_says(
    lineage: LineageOf,
) -> None:
    """valid_from of an SCD2 dimension: the commit's time, the platform's own."""
    found = lineage.of("gold.dim_product.valid_from", "up")
    assert found.sources == ()
    leaves = {node.node for node in found.nodes if node.computed}
    assert leaves
    assert all(leaf.startswith("staging.") for leaf in leaves)
    # Of Online Retail the last line of a product tells its name.
    assert up(lineage, "gold.dim_product.name") == both("products.name") | {
        "shop.online_retail.lines.Description",
        "shop.online_retail.lines.line_number",
    }


def test_a_column_that_a_macro_writes_is_read_as_well(lineage: LineageOf) -> None:
    """Dates on the shop's calendar are made by a macro, one a shop's time zone."""
    assert up(lineage, "gold.fct_orders.ordered_on") == both("orders.ordered_at") | {
        "shop.online_retail.lines.InvoiceDate"
    }
    found = edges(lineage.of("gold.fct_orders.ordered_on", "up"))
    assert any("TIME ZONE" in (text or "").upper() for text in found.values())


def test_downwards_it_tells_all_that_a_shops_column_flows_into(lineage: LineageOf) -> None:
    found = lineage.of("shop.north.customers.phone", "down")
    assert {node.node for node in found.nodes if node.layer == "gold"} >= {
        "gold.dim_customer.phone"
    }
    assert found.sources == ()
    assert found.nodes[0].node == "shop.north.customers.phone"


def test_a_table_is_told_by_what_the_models_read(lineage: LineageOf) -> None:
    found = lineage.of("gold.fct_sales", "up")
    assert set(found.sources) == (
        both("order_items") | both("orders") | both("customer_addresses") | both("returns")
        | {"shop.online_retail.lines"}
    )  # fmt: skip
    assert all(node.column is None for node in found.nodes)
    down = {node.node for node in lineage.of("gold.fct_sales", "down").nodes}
    assert "gold.mart_product_performance" in down


@pytest.mark.parametrize(
    "node", ["gold.fct_sale", "gold.fct_sales.profit", "fct_sales", "", "shop.x.y.z", "staging.a.b"]
)
def test_an_unknown_node_is_not_found_and_quoted(lineage: LineageOf, node: str) -> None:
    with pytest.raises(NotFound, match=repr(node)):
        lineage.of(node, "up")


# Columns of gold that no column of a shop is behind: constants, numbers of rows, the calendar, the
# platform's own times. Beside them the column `shop`, which every table has.
COMPUTED = {
    "dim_shop": {"pack", "currency", "time_zone", "reporting_currency", "entities"},
    "dim_date": {
        "date_day", "year", "quarter", "month", "day_of_month", "iso_week", "year_month",
        "iso_weekday", "is_weekend",
    },
    "dim_channel": {"is_online"},
    "dim_customer": {"valid_from"},
    "dim_product": {"valid_from"},
    "dim_order_status": {"valid_from"},
    "fct_sessions": {"events", "currency"},
    "fct_orders": {"items"},
    "fct_orders_in_sequence": {"items"},
    "fct_sales": {"line_kind"},
    "fct_sales_margin": {"line_kind"},
    "fct_sales_reported": {"line_kind", "currency"},
    "fct_sales_as_ordered": {"line_kind", "product_valid_from"},
    "fct_pending_orders": {"as_of"},
    "fct_reviews": {"currency"},
    "fct_quarantine": {"source_table", "entity"},
    "fct_inventory_daily": {"date_day"},
    "reporting_rates": {"reporting_currency"},
    "mart_campaign_effect": {"products"},
    "mart_product_performance": {"reviews", "views"},
    "mart_search_terms": {"searches"},
    "mart_social_trend": {"posts", "lines_sold", "currency"},
    "mart_city_performance": {"orders"},
    "mart_customer_360": {
        "orders", "customer_segment", "returned_lines", "reviews", "visits", "chats",
        "failed_payments",
    },
}  # fmt: skip


def test_every_column_of_gold_reaches_a_shop_or_is_known_to_be_computed(
    lineage: LineageOf, compiled: CompiledProject
) -> None:
    computed: dict[str, set[str]] = {}
    for model in compiled.models:
        if model.schema == "gold":
            for column, _ in model.columns:
                if not up(lineage, f"gold.{model.table}.{column}") and column != "shop":
                    computed.setdefault(model.table, set()).add(column)
    assert computed == COMPUTED


@pytest.mark.nightly
def test_the_models_of_every_shipped_pack_can_be_read(tmp_path: Path) -> None:
    """And no more of gold is computed with them than without."""
    packs = [load_shipped(name) for name in shipped_packs()]
    shops = tuple(Shop(pack.name, pack) for pack in packs)
    compiled = compile_warehouse(shops, tmp_path / "warehouse", tmp_path / "logs")
    of = LineageOf(compiled, shops, tmp_path)
    of.read()
    for model in compiled.models:
        if model.schema == "gold":
            known = COMPUTED.get(model.table, set()) | {"shop"}
            bare = {c for c, _ in model.columns if not up(of, f"gold.{model.table}.{c}")}
            assert bare <= known, model.table
    assert unclassed(of, shops) <= HARMLESS


# What is made of personal data and is none itself: numbers of customers, classes of them, words
# that were searched for (masked as they come in, and without whose they are), the name of a city
# (where a postal code was written into it), what a rule is called, and how somebody paid.
HARMLESS = {
    "gold.dim_geography.city", "gold.fct_orders_in_sequence.customer_segment",
    "gold.fct_orders_in_sequence.order_number", "gold.fct_sales_as_ordered.customer_segment",
    "gold.fct_quarantine.rule", "gold.mart_city_performance.customers", "silver.addresses.city",
    "silver.findings.done", "silver.findings.finding", "silver.quarantine.rule",
    "silver.payments.method", "gold.fct_payments.method", "gold.mart_search_terms.query",
}  # fmt: skip


@pytest.mark.promise("54")
def test_personal_data_of_a_shop_keep_a_class_wherever_they_flow(
    lineage: LineageOf, compiled: CompiledProject, shops: tuple[Shop, ...]
) -> None:
    """Else a mask would have a hole that nobody sees: masks follow the classes of the contracts."""
    assert unclassed(lineage, shops) <= HARMLESS


def unclassed(lineage: LineageOf, shops: Sequence[Shop]) -> set[str]:
    """Columns of silver and gold without a class that personal data of a shop flow into."""
    personal = {
        f"shop.{shop.name}.{table.name}.{column}"
        for shop in shops
        for table in shop.pack.tables.values()
        for column in table.pii or {}
    }
    assert len(personal) > 20
    return {
        node.node
        for source in personal
        for node in lineage.of(source, "down").nodes
        if node.layer in ("silver", "gold") and not node.pii
    }


def test_what_was_read_once_is_not_read_again(
    lineage: LineageOf,
    shops: tuple[Shop, ...],
    compiled: CompiledProject,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("the models were read again")

    monkeypatch.setattr("subprocess.run", refuse)
    again = LineageOf(compiled, shops, lineage._file.parent)
    assert again.of("gold.fct_sales.city", "up") == lineage.of("gold.fct_sales.city", "up")


def test_a_file_of_other_models_is_not_believed(
    shops: tuple[Shop, ...], compiled: CompiledProject, tmp_path: Path
) -> None:
    (tmp_path / "lineage.json").write_text('{"of": "1 others", "flows": {}}')
    assert LineageOf(compiled, shops, tmp_path)._kept() is None


BASE = {'"lake"."mirror"."t"': ("a", "b", "c")}


@pytest.mark.parametrize(
    "sql, made_of",
    [
        ("SELECT a AS x FROM lake.mirror.t", {"x": ["a"]}),
        ("SELECT t.a + t.b AS x, 1 AS one FROM lake.mirror.t AS t", {"x": ["a", "b"], "one": []}),
        ("SELECT * EXCLUDE (b) FROM lake.mirror.t", {"a": ["a"], "c": ["c"]}),
        ("SELECT * REPLACE (b AS a) FROM lake.mirror.t", {"a": ["b"], "b": ["b"], "c": ["c"]}),
        ("WITH q AS (SELECT a AS z FROM lake.mirror.t) SELECT z FROM q", {"z": ["a"]}),
        ("SELECT a FROM lake.mirror.t UNION ALL SELECT b FROM lake.mirror.t", {"a": ["a", "b"]}),
        ("SELECT (SELECT MAX(b) FROM lake.mirror.t) AS m FROM lake.mirror.t", {"m": ["b"]}),
        ("SELECT (SELECT o.a) AS m FROM lake.mirror.t AS o", {"m": ["a"]}),
        ("SELECT COUNT(*) AS n FROM lake.mirror.t WHERE a > 1", {"n": []}),
        ("SELECT a AS x, x + 1 AS y FROM lake.mirror.t", {"x": ["a"], "y": ["a"]}),
        ("SELECT LIST_TRANSFORM(a, LAMBDA b: b + 1) AS x FROM lake.mirror.u", {"x": []}),
        ("SELECT SUM(a) OVER (PARTITION BY b) AS s FROM lake.mirror.t", {"s": ["a", "b"]}),
        ("SELECT q.x FROM (SELECT c AS x FROM lake.mirror.t) AS q", {"x": ["c"]}),
        ("SELECT v.x FROM (VALUES (1)) AS v (x)", {"x": []}),
    ],
)
def test_each_kind_of_select_is_followed(sql: str, made_of: dict[str, list[str]]) -> None:
    quoted = sql.replace("lake.mirror.t", '"lake"."mirror"."t"')
    found = flows_of({"m": quoted}, BASE)["m"]
    assert {name: sorted(flow.column for flow in flows) for name, flows in found.items()} == made_of


def test_steps_are_told_from_the_inner_to_the_outer() -> None:
    sql = (
        'WITH q AS (SELECT TRIM(a) AS x FROM "lake"."mirror"."t"), p AS (SELECT x FROM q) '
        "SELECT UPPER(x) AS x FROM p"
    )
    assert flows_of({"m": sql}, BASE)["m"] == {
        "x": [Flow('"lake"."mirror"."t"', "a", ("TRIM(a)", "UPPER(x)"))]
    }
