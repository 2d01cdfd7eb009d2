"""Where a table or a column comes from and goes to, drawn, with each step also in words."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from aethermart.client.answers.catalogue import TableInfo
from aethermart.console import lineage, lineage_drawing, markup, tiles
from aethermart.console.asking import Asking
from aethermart.console.format import count
from aethermart.console.views.cards import card
from aethermart.console.views.lake_catalogue import NODE, node_of, tables_of
from aethermart.console.views.places import remembered
from aethermart.core.errors import NotFound

_FOLDER = Path(__file__).parent.parent
_WHOLE = "The whole table"
_FIRST = "gold.fct_sales"


def show(asking: Asking) -> None:
    with card("lineage", "Lineage", "Left is where data come from. Choose a box to go there."):
        tables = tables_of(asking)
        if tables is None:
            st.html(tiles.nothing("No answer yet"))
            return
        if not tables:
            st.html(tiles.nothing("The lake has no tables yet: nothing to draw."))
            return
        node = _chosen(tables)
        _draw(asking, node)


def _chosen(tables: tuple[TableInfo, ...]) -> str:
    """The node to draw. A box may lead to one that no list has: a shop's own table."""
    by_node = {node_of(table): table for table in tables}
    node = remembered(NODE)
    if not node:
        node = _FIRST if _FIRST in by_node else next(iter(by_node))
    named = node if node in by_node else node.rpartition(".")[0]
    table = named if named in by_node else node
    left, right = st.columns(2)
    options = list(by_node) if table in by_node else [table, *by_node]
    picked = left.selectbox("Table", options, index=options.index(table), key=f"of-{node}")
    if picked != table:
        _go(picked or node)
    if table in by_node:
        names = [column.name for column in by_node[table].columns]
        at = node.removeprefix(f"{table}.") if node != table else _WHOLE
        options = [_WHOLE, *names]
        index = options.index(at) if at in options else 0
        column = right.selectbox("Column", options, index=index, key=f"column-of-{node}")
        if column != options[index]:
            _go(table if column == _WHOLE else f"{table}.{column}")
    return node


def _go(node: str) -> None:
    st.session_state[NODE] = node
    st.rerun(scope="fragment")


def _draw(asking: Asking, node: str) -> None:
    up = asking.read(("lineage", node, "up"), lambda api: api.lake.lineage(node), long=True)
    down = asking.read(
        ("lineage", node, "down"),
        lambda api: api.lake.lineage(node, direction="down"),
        long=True,
    )
    if up.value is None or down.value is None:
        if isinstance(up.problem or down.problem, NotFound):
            st.html(tiles.nothing(f"The models do not know {node}. Choose another table."))
        else:
            st.html(tiles.nothing("No answer yet"))
        return
    graph = lineage.joined(up.value, down.value)
    if graph.left_out:
        st.html(
            tiles.nothing(
                f"The nearest {count(len(graph.nodes))} are drawn, {count(graph.left_out)} others "
                "are left out. Choose a box to go on from there."
            )
        )
    _drawn()(
        data={"drawing": lineage_drawing.drawing(graph, lineage.columns(graph))},
        key="drawn",
        on_picked_change=_follow,
    )
    _in_words(graph)


def _follow() -> None:
    picked = st.session_state["drawn"].get("picked")
    if picked:
        st.session_state[NODE] = picked


@st.cache_resource(show_spinner=False)
def _drawn() -> st.components.v2.types.ComponentRenderer:
    return st.components.v2.component(
        "aethermart_lineage",
        html='<div class="am-drawing"></div>',
        css=(_FOLDER / "lineage.css").read_text(encoding="utf-8"),
        js=(_FOLDER / "lineage.js").read_text(encoding="utf-8"),
    )


def _in_words(graph: lineage.Graph) -> None:
    said = lineage_drawing.words(graph)
    changed = [edge for edge in graph.edges if edge.transformation and edge.target == graph.focus]
    with st.expander(f"In words: {count(len(said))} step{'' if len(said) == 1 else 's'}"):
        st.html(markup.listed(said))
        if changed:
            st.html(tiles.subheading("How it is computed"))
            st.html(
                markup.table(
                    ("from", "as"), [(edge.source, edge.transformation or "") for edge in changed]
                )
            )
