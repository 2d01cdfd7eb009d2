"""The places of a lineage: every edge goes right, and of much a part is drawn and all is said."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from aethermart.client.answers.catalogue import Lineage, LineageEdge, LineageNode
from aethermart.console import lineage, lineage_drawing


def _lineage(focus: str, pairs: list[tuple[str, str]], *, up: bool = True) -> Lineage:
    names = sorted({focus} | {name for pair in pairs for name in pair})
    return Lineage(
        node=focus,
        direction="up" if up else "down",
        nodes=tuple(LineageNode(node=n, layer="gold", table=n.split(".")[-1]) for n in names),
        edges=tuple(LineageEdge(source=s, target=t) for s, t in pairs),
    )


def _drawn(graph: lineage.Graph) -> list[list[str]]:
    return [[node.node for node in column] for column in lineage.columns(graph)]


def test_a_node_stands_right_of_all_that_flow_into_it() -> None:
    up = _lineage("d", [("a", "b"), ("b", "d"), ("c", "d")])
    down = _lineage("d", [("d", "e")], up=False)
    graph = lineage.joined(up, down)
    # c is pulled next to d, its only way on, and does not stand at the far left with a.
    assert _drawn(graph) == [["a"], ["b", "c"], ["d"], ["e"]]
    assert (graph.into, graph.out_of, graph.left_out) == (("b", "c"), ("e",), 0)


def test_boxes_stand_in_the_order_that_crosses_least() -> None:
    pairs = [("a1", "b2"), ("a2", "b1"), ("b1", "z"), ("b2", "z")]
    first, second, _ = _drawn(lineage.joined(_lineage("z", pairs), _lineage("z", [], up=False)))
    meets = {"a1": "b2", "a2": "b1"}
    assert [meets[name] for name in first] == second


def test_a_table_alone_is_one_box_and_one_sentence() -> None:
    graph = lineage.joined(_lineage("gold.x", []), _lineage("gold.x", [], up=False))
    assert _drawn(graph) == [["gold.x"]]
    assert lineage_drawing.words(graph) == ["gold.x comes from no other table and goes into none"]


def test_of_many_sources_a_dozen_are_drawn_and_all_are_said() -> None:
    up = _lineage("z", [(f"s{n:03}", "z") for n in range(100)])
    graph = lineage.joined(up, _lineage("z", [("z", "after")], up=False))
    assert _drawn(graph) == [[f"s{n:03}" for n in range(12)], ["z"], ["after"]]
    assert graph.left_out == 88
    said = lineage_drawing.words(graph)
    assert said[0] == f"z comes from {', '.join(f's{n:03}' for n in range(100))}"
    assert said[1:] == ["z goes into after", "after comes from z"]


def test_an_answer_that_goes_round_is_drawn_all_the_same() -> None:
    graph = lineage.joined(_lineage("a", [("a", "b"), ("b", "a")]), _lineage("a", [], up=False))
    assert sorted(name for column in _drawn(graph) for name in column) == ["a", "b"]


@given(
    st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30)), max_size=60).map(
        lambda pairs: [(f"n{min(p):02}", f"n{max(p):02}") for p in pairs if p[0] != p[1]]
    )
)
def test_whatever_the_graph_each_node_stands_once_and_each_edge_goes_right(
    pairs: list[tuple[str, str]],
) -> None:
    graph = lineage.joined(_lineage("n00", pairs), _lineage("n00", [], up=False))
    drawn = _drawn(graph)
    at = {name: number for number, column in enumerate(drawn) for name in column}
    assert sorted(at) == sorted(node.node for node in graph.nodes)
    assert len(at) == sum(len(column) for column in drawn)
    assert all(at[edge.source] < at[edge.target] for edge in graph.edges)
    assert all(drawn)


def test_names_are_escaped_and_spoken() -> None:
    hostile = "gold.<b onclick='x'>\"&"
    graph = lineage.joined(_lineage(hostile, [("silver.a", hostile)]), _lineage(hostile, []))
    svg = lineage_drawing.drawing(graph, lineage.columns(graph))
    assert "<b" not in svg
    assert "&lt;b onclick=&#x27;x&#x27;&gt;&quot;&amp;; comes from silver.a" in svg
