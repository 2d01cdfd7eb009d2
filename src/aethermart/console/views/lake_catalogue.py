"""The catalogue: every table with its owner, size and personal data; one with its columns."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from aethermart.client.answers.catalogue import TableInfo
from aethermart.client.answers.lake import TableColumn
from aethermart.console import grid, markup, tiles
from aethermart.console.asking import Asking
from aethermart.console.format import NOTHING, count
from aethermart.console.views.cards import card
from aethermart.console.views.places import remembered

GO_TO = "lake-go-to"  # the part to show next, for a button on another part
TABLE = "table"  # the table looked at, and its place in the address
NODE = "node"  # the table or column whose lineage is drawn, and its place in the address
_LAYERS = ("gold", "silver", "mirror", "bronze")
_ANY = "All layers"
_COLUMNS = (
    ("table", "text"),
    ("layer", "text"),
    ("shop", "text"),
    ("owner", "text"),
    ("rows", "integer"),
    ("columns", "integer"),
    ("personal_data", "text"),
    ("description", "text"),
)


def node_of(table: TableInfo) -> str:
    """The table as lineage names it: gold.fct_sales, silver.orders."""
    return table.name if "." in table.name else f"{table.layer}.{table.name}"


def tables_of(asking: Asking) -> tuple[TableInfo, ...] | None:
    """The tables of the chosen shop and of all shops; None without an answer."""
    tables = asking.read("catalogue", lambda api: api.lake.tables(), long=True).value
    if tables is None or asking.filters.shop is None:
        return tables
    return tuple(table for table in tables if table.shop in (None, asking.filters.shop))


def show(asking: Asking) -> None:
    with card("catalogue", "Catalogue", "Pick a row to see its columns."):
        left, middle, right = st.columns([3, 1, 1], vertical_alignment="bottom")
        find = left.text_input(
            "Find", key="find", placeholder="A table, a column, an owner, a word of its description"
        )
        layer = middle.selectbox("Layer", (_ANY, *_LAYERS), key="layer", bind="query-params")
        personal = right.toggle("Personal data only", key="personal")
        tables = tables_of(asking)
        if tables is None:
            st.html(tiles.nothing("No answer yet"))
            return
        found = [
            table
            for table in tables
            if layer in (_ANY, table.layer)
            and (not personal or any(column.pii for column in table.columns))
            and _holds(table, find)
        ]
        _list(found, of=len(tables))
    _one(asking, tables)


def _holds(table: TableInfo, find: str) -> bool:
    """Whether every word is somewhere in the table's own words."""
    columns = " ".join(column.name for column in table.columns)
    own = f"{table.name} {table.owner} {table.shop} {table.description} {columns}".casefold()
    return all(word in own for word in find.casefold().split())


def _list(found: Sequence[TableInfo], *, of: int) -> None:
    if not of:
        st.html(
            tiles.notice(
                "info",
                "The lake has no tables yet",
                "They are made with the first shop's data.",
                "connect a shop in aethermart.toml, or see it at work: aethermart demo",
            )
        )
        return
    st.html(tiles.nothing(f"{count(len(found))} of {count(of)} tables"))
    if not found:
        st.html(tiles.nothing("No table has all of these words. Take one away."))
        return
    shown = grid.Grid(
        tuple(TableColumn(name=name, type=kind) for name, kind in _COLUMNS),
        tuple(
            (
                table.name,
                table.layer,
                table.shop or "",
                table.owner or "",
                table.rows,
                len(table.columns),
                _personal(table),
                table.description,
            )
            for table in found
        ),
    )
    picked = grid.show(shown, "catalogue", "The tables of the lake")
    if picked is not None:
        st.session_state[TABLE] = found[picked].name


def _personal(table: TableInfo) -> str:
    """email, phone (masked): the classes, and whether the visitor sees pseudonyms."""
    held = list(dict.fromkeys(column.pii for column in table.columns if column.pii))
    masked = any(column.masked for column in table.columns)
    return f"{', '.join(held)}{' (masked for you)' if masked else ''}"


def _one(asking: Asking, tables: Sequence[TableInfo]) -> None:
    with card("table", "One table"):
        wanted = remembered(TABLE)
        table = next((each for each in tables if each.name == wanted), None)
        if not wanted:
            st.html(tiles.nothing("Pick a row above to see its columns."))
            return
        if table is None:
            st.html(tiles.nothing(f"There is no table {wanted} here."))
            return
        st.html(tiles.subheading(table.name, table.description))
        st.html(tiles.facts(_facts(table)))
        if st.button("Show its lineage", key="to-lineage", icon=":material/account_tree:"):
            st.session_state[NODE] = node_of(table)
            st.session_state[GO_TO] = "Lineage"
            st.rerun()
        st.html(_columns(table))


def _facts(table: TableInfo) -> list[tuple[str, str]]:
    return [
        ("Layer", table.layer),
        ("Owner", table.owner or "nobody named"),
        ("Shop", table.shop or "all shops"),
        ("Rows", NOTHING if table.rows is None else count(table.rows)),
        ("Key", ", ".join(table.key) or "none"),
        ("Time", table.time or "none"),
        ("Open to you", "yes" if table.readable else "its description only"),
    ]


def _columns(table: TableInfo) -> str:
    rows = []
    for column in table.columns:
        marks = ""
        if column.pii:
            marks = markup.mark(column.pii, "personal")
            marks += markup.mark("masked for you", "masked") if column.masked else ""
        rows.append(
            (column.name, column.type, markup.Html(marks or NOTHING), column.description or "")
        )
    return markup.table(("column", "type", "personal data", "description"), rows)
