"""What a shop lacks for a metric: a number that cannot be had is none, not 0."""

from __future__ import annotations

import duckdb

from aethermart.warehouse.metrics.declared import Metric

# Gold table -> entities without which it has no rows of a shop, whatever happened there. A metric
# that needs others says so itself (`needs` in metrics.toml).
_MADE_OF = {
    "fct_sales": ("orders", "order_items"),
    "fct_sales_margin": ("orders", "order_items", "product_suppliers"),
    "fct_sales_reported": ("orders", "order_items"),
    "fct_orders": ("orders",),
    "fct_orders_in_sequence": ("orders",),
    "fct_order_status": ("order_status_changes",),
    "fct_payments": ("payments",),
    "fct_reviews": ("reviews",),
    "fct_sessions": ("clickstream_events",),
    "fct_inventory_daily": ("inventory_movements",),
    "mart_social_trend": ("social_posts",),
}


def needs_of(metric: Metric) -> tuple[str, ...]:
    """Entities that a shop's pack must stage for the metric to have a value."""
    return tuple(dict.fromkeys(e for p in metric.parts for e in p.needs or _MADE_OF[p.table]))


def lacking(connection: duckdb.DuckDBPyConnection, metric: Metric, shop: str) -> tuple[str, ...]:
    """Entities that the metric needs and the shop's pack does not stage."""
    prefix = f"stg_{shop}__"
    staged = {
        name
        for (name,) in connection.execute(
            "SELECT view_name FROM duckdb_views() "
            "WHERE schema_name = 'staging' AND starts_with(view_name, ?)",
            [prefix],
        ).fetchall()
    }
    return tuple(entity for entity in needs_of(metric) if f"{prefix}{entity}" not in staged)
