"""Orders: where they stand over time, those stuck in PENDING, and each one with its story."""

from __future__ import annotations

from datetime import datetime, timedelta

import streamlit as st

from aethermart.client.answers.lake import TablePage
from aethermart.console import grid, marks, theme, tiles
from aethermart.console.asking import Asking
from aethermart.console.charts import STATUSES, Rows
from aethermart.console.figures import Figure, stamp_of, total
from aethermart.console.format import count
from aethermart.console.reading import Reading
from aethermart.console.views.cards import card, draw, foot, say_missing

TITLE = "Orders"
WORDS = "Status over time, stuck orders, and the story of each one"
_ANY = "Any status"
_STUCK = "Stuck in PENDING"
_STUCK_AFTER = timedelta(hours=24)
_ORDER = "order"  # the field and its place in the address
_LIST = (
    "order_id",
    "ordered_at",
    "status",
    "total",
    "currency",
    "items",
    "channel",
    "country",
    "city",
    "shop",
)
_LABELS = {"order_id": "Order", "ordered_at": "Ordered (UTC)", "total": "Lines' total"}


def show(asking: Asking, shops: tuple[str, ...]) -> None:
    with card("status-trend", "Orders by status over time", "By the date they were placed"):
        grain = st.segmented_control(
            "Grain",
            ("day", "week", "month"),
            default="week",
            required=True,
            format_func=str.capitalize,
            key="grain",
            bind="query-params",
            label_visibility="collapsed",
        )
        _trend(asking, shops, grain or "week")
    stuck = asking.metric("pending_stuck")
    if stuck.value:
        late = total(stuck.value)
        stamp = stamp_of(stuck.value, held_s=stuck.held_s)
        figure = Figure(count(late), "PENDING for more than 24 hours", stamp)
        st.html(tiles.tiles([tiles.tile("stuck", _STUCK, "", [figure], alert=late > 0)]))
    with card("orders", "Orders", "The newest first. Pick a row to see its lines and its story."):
        _list(asking)
    _one(asking)


def _trend(asking: Asking, shops: tuple[str, ...], grain: str) -> None:
    rows: Rows = []
    placed = asking.metric("orders_placed", by="status")
    found = {row.key for row in placed.value.rows} if placed.value else set()
    names = [each for each in STATUSES if each in found]
    names += sorted(each for each in found if each and each not in STATUSES)
    if placed.value and not names:
        say_missing(asking, shops, "fct_orders", "statuses of orders", "orders", "status")
    for name in names:
        answer = asking.metric("orders_placed", by=grain, where={"status": name}).value
        rows += marks.points(
            answer.rows if answer else (), grain, name, lambda value, _: count(value)
        )
    if rows:
        sums = {name: sum(row["value"] for row in rows if row["series"] == name) for name in names}
        words = ", ".join(f"{name} {count(int(value))}" for name, value in sums.items())
        chart = marks.lines(rows, "orders", stacked=True, colours=theme.STATUSES)
        draw(chart, f"Orders by status by {grain}", words)
    foot(placed)


def _list(asking: Asking) -> None:
    left, _ = st.columns([1, 2])
    status = left.selectbox("Status", (_ANY, _STUCK, *STATUSES), key="status", bind="query-params")
    reading = _asked(asking, status or _ANY)
    if reading.value is None:
        st.html(tiles.nothing("No answer yet"))
        return
    if not reading.value.rows:
        st.html(tiles.nothing(f"No such orders: {asking.filters.words}."))
        return
    shown = grid.grid_of(reading.value, _LIST)
    picked = grid.show(shown, "orders", "Orders, the newest first", labels=_LABELS)
    if picked is not None:
        row = shown.rows[picked]
        st.session_state[_ORDER] = f"{row[-1]}/{row[0]}"
    page = reading.value
    st.html(tiles.table_badge(page, reading.held_s))


def _asked(asking: Asking, status: str) -> Reading[TablePage]:
    if status == _STUCK:
        page = asking.table(
            "fct_orders",
            where={"status": "PENDING"},
            sort="ordered_at",
            limit=grid.MOST_SHOWN,
            dated=True,
        )
        return _only_late(page)
    where = {} if status == _ANY else {"status": status}
    return asking.table(
        "fct_orders", where=where, sort="-ordered_at", limit=grid.MOST_SHOWN, dated=True
    )


def _only_late(reading: Reading[TablePage]) -> Reading[TablePage]:
    """Of PENDING orders those older than a day by their own shop's present, as the metric says."""
    page = reading.value
    if page is None:
        return reading
    present = {age.shop: age.as_of for age in page.shops}
    names = [column.name for column in page.columns]
    shop, at = names.index("shop"), names.index("ordered_at")
    kept = tuple(
        row
        for row in page.rows
        if (now := present.get(str(row[shop]))) is not None
        and datetime.fromisoformat(str(row[at])) < now - _STUCK_AFTER
    )
    return Reading(page.model_copy(update={"rows": kept}), reading.held_s, reading.problem)


def _one(asking: Asking) -> None:
    with card("order", "One order"):
        asked = _written()
        if not asked:
            st.html(tiles.nothing("Pick a row above, or write a shop and an order's number."))
            return
        named, slash, number = asked.partition("/")
        shop = named if slash else asking.filters.shop
        number = number if slash else asked
        head = asking.table("fct_orders", shop=shop, where={"order_id": number}).value
        if head is None or not head.rows:
            st.html(tiles.nothing(f"There is no order {asked}."))
            return
        if len(head.rows) > 1:
            st.html(tiles.nothing(f"Several shops have an order {number}: write SHOP/{number}."))
            return
        where = {"order_id": number}
        st.html(tiles.facts(_facts(head)))
        for name, table, title, sort, only in (
            (
                "lines",
                "fct_sales",
                "Lines",
                "line_id",
                (
                    "line_kind",
                    "line_id",
                    "product_id",
                    "quantity",
                    "unit_price",
                    "line_total",
                    "revenue",
                    "currency",
                ),
            ),
            (
                "payments",
                "fct_payments",
                "Payments",
                "paid_at",
                ("payment_id", "paid_at", "method", "status", "amount", "currency"),
            ),
            (
                "history",
                "fct_order_status",
                "Status history",
                "changed_at",
                ("changed_at", "from_status", "to_status", "hours_in_status"),
            ),
        ):
            st.html(tiles.subheading(title))
            page = asking.table(table, shop=shop, where=where, sort=sort).value
            if page is None or not page.rows:
                st.html(tiles.nothing(f"No {title.lower()} are recorded."))
                continue
            grid.show(grid.grid_of(page, only), f"order-{name}", title, pick=False)


def _written() -> str:
    """The order asked for, which stands in the address too.

    Not by `bind`: Streamlit would set a bound field back to the address when the visitor writes
    while a run of the page is under way, as one is every few seconds.
    """
    if _ORDER not in st.session_state:
        st.session_state[_ORDER] = st.query_params.get(_ORDER, "")
    asked = st.text_input("Order", key=_ORDER, placeholder="SHOP/NUMBER, as in the table")
    if asked != st.query_params.get(_ORDER, ""):
        if asked:
            st.query_params[_ORDER] = asked
        else:
            del st.query_params[_ORDER]
    return asked


def _facts(page: TablePage) -> list[tuple[str, str]]:
    row = dict(zip((column.name for column in page.columns), page.rows[0], strict=True))
    at = f"{datetime.fromisoformat(str(row['ordered_at'])):%Y-%m-%d %H:%M:%S} UTC"
    return [
        ("Order", f"{row['order_id']} of {row['shop']}"),
        ("Ordered", at),
        ("Status", str(row["status"] or "not recorded")),
        ("Lines' total", f"{row['total']} {row['currency']}"),
        ("Whole amount", f"{row['order_amount']} {row['currency']}"),
        ("Place", ", ".join(str(row[n]) for n in ("city", "country") if row[n]) or "not recorded"),
        ("Channel", str(row["channel"] or "not recorded")),
    ]
