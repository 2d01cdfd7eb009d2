"""Where a table or a column comes from and goes to, put into columns by steps.

Pure: nodes and edges in, places out. A node stands right of all that flow into it; within a column
nodes stand near those they are joined to. What lies farthest from the one asked for is left out
where there is too much to draw.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from aethermart.client.answers.catalogue import Lineage, LineageEdge, LineageNode

_SWEEPS = 4
_A_SIDE = 12


@dataclass(frozen=True, slots=True)
class Graph:
    """focus  the node asked for; into, out_of: all that it is joined to, also what is not drawn
    left_out  how many nodes are not in it
    """

    focus: str
    nodes: tuple[LineageNode, ...]
    edges: tuple[LineageEdge, ...]
    left_out: int = 0
    into: tuple[str, ...] = ()
    out_of: tuple[str, ...] = ()


def joined(up: Lineage, down: Lineage, *, most: int = 60) -> Graph:
    """Both directions as one graph: at most `most` nodes, the nearest to the one asked for, and of
    what one node is joined to on one side a dozen."""
    nodes = {node.node: node for node in (*up.nodes, *down.nodes)}
    edges = {(edge.source, edge.target): edge for edge in (*up.edges, *down.edges)}
    near = _nearest(up.node, edges, most) & set(nodes)
    return Graph(
        up.node,
        tuple(nodes[name] for name in sorted(near)),
        tuple(edges[pair] for pair in sorted(edges) if set(pair) <= near),
        left_out=len(nodes) - len(near),
        into=tuple(sorted(source for source, target in edges if target == up.node)),
        out_of=tuple(sorted(target for source, target in edges if source == up.node)),
    )


def columns(graph: Graph) -> list[list[LineageNode]]:
    """The nodes by steps from left to right, each column in the order to draw it."""
    names = [node.node for node in graph.nodes]
    by_name = {node.node: node for node in graph.nodes}
    into, out_of = _neighbours(graph.edges)
    step = _steps(names, into, out_of)
    drawn: list[list[str]] = [[] for _ in range(max(step.values(), default=-1) + 1)]
    for name in names:
        drawn[step[name]].append(name)
    for sweep in range(_SWEEPS):
        ahead = sweep % 2 == 0
        beside = into if ahead else out_of
        for column in drawn if ahead else reversed(drawn):
            _settle(column, beside, drawn)
    return [[by_name[name] for name in column] for column in drawn]


def _nearest(focus: str, edges: Iterable[tuple[str, str]], most: int) -> set[str]:
    into: dict[str, list[str]] = defaultdict(list)
    out_of: dict[str, list[str]] = defaultdict(list)
    for source, target in sorted(edges):
        into[target].append(source)
        out_of[source].append(target)
    found, ahead = {focus}, deque([focus])
    while ahead and len(found) < most:
        at = ahead.popleft()
        for name in (*into[at][:_A_SIDE], *out_of[at][:_A_SIDE]):
            if name not in found and len(found) < most:
                found.add(name)
                ahead.append(name)
    return found


def _neighbours(
    edges: Sequence[LineageEdge],
) -> tuple[Mapping[str, list[str]], Mapping[str, list[str]]]:
    into: dict[str, list[str]] = defaultdict(list)
    out_of: dict[str, list[str]] = defaultdict(list)
    for edge in edges:
        if edge.source != edge.target:
            into[edge.target].append(edge.source)
            out_of[edge.source].append(edge.target)
    return into, out_of


def _steps(
    names: Sequence[str], into: Mapping[str, list[str]], out_of: Mapping[str, list[str]]
) -> dict[str, int]:
    """Longest way from a source, in steps; a source stands right before what it flows into.

    Edges that close a ring are passed over: the models have none, an answer might.
    """
    step: dict[str, int] = {}
    under_way: set[str] = set()

    def of(name: str) -> int:
        if name not in step:
            under_way.add(name)
            before = [of(each) for each in into.get(name, ()) if each not in under_way]
            under_way.discard(name)
            step[name] = max(before, default=-1) + 1
        return step[name]

    for name in names:
        of(name)
    for name in names:
        if not into.get(name) and out_of.get(name):
            step[name] = max(0, min(step[each] for each in out_of[name]) - 1)
    least = min(step.values(), default=0)
    return {name: at - least for name, at in step.items()}


def _settle(column: list[str], beside: Mapping[str, list[str]], drawn: list[list[str]]) -> None:
    """Order a column by the mean place of what its nodes are joined to."""
    place = {name: at / max(1, len(each) - 1) for each in drawn for at, name in enumerate(each)}

    def mean(name: str) -> float:
        near = [place[each] for each in beside.get(name, ())]
        return sum(near) / len(near) if near else place[name]

    column.sort(key=lambda name: (mean(name), name))
