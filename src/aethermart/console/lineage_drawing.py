"""The drawing of a lineage as SVG: columns of boxes on a wide page, one list with arcs on a narrow.

Each box is a button of its own, reachable by keyboard, with a name that says what it is joined to.
Everything from outside is escaped.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape

from aethermart.client.answers.catalogue import LineageNode
from aethermart.console.lineage import Graph

_HIGH = 46
_GAP_Y = 12
_FEW_COLUMNS = 5
_ROW = 58
_RAIL = 64
_LIST_BOX = 270
_LIST_LETTERS = 36
_MOST_LISTED = 40
_WIDE_NAME, _NARROW_NAME = "am-lineage-wide", "am-lineage-narrow"  # lineage.css shows one of them

Place = tuple[float, float]


@dataclass(frozen=True, slots=True)
class _Size:
    """Of a box: its width, the room to the next column, the letters it has room for."""

    wide: int
    gap: int
    letters: int


_ROOMY, _TIGHT = _Size(184, 44, 25), _Size(150, 26, 21)


def drawing(graph: Graph, columns: Sequence[Sequence[LineageNode]]) -> str:
    """Both drawings; the style shows the one that the page has room for."""
    return _in_columns(graph, columns) + _in_a_list(graph, columns)


def words(graph: Graph) -> list[str]:
    """The edges as sentences: those of the focus, whole, then one a node drawn."""
    into: dict[str, list[str]] = defaultdict(list)
    for edge in graph.edges:
        into[edge.target].append(edge.source)
    into.pop(graph.focus, None)
    said = []
    if graph.into:
        said.append(f"{graph.focus} comes from {', '.join(graph.into)}")
    if graph.out_of:
        said.append(f"{graph.focus} goes into {', '.join(graph.out_of)}")
    said += [f"{name} comes from {', '.join(sorted(into[name]))}" for name in sorted(into)]
    return said or [f"{graph.focus} comes from no other table and goes into none"]


def _in_columns(graph: Graph, columns: Sequence[Sequence[LineageNode]]) -> str:
    size = _ROOMY if len(columns) <= _FEW_COLUMNS else _TIGHT
    tallest = max(len(column) for column in columns)
    height = tallest * (_HIGH + _GAP_Y) - _GAP_Y
    width = len(columns) * (size.wide + size.gap) - size.gap
    places: dict[str, Place] = {}
    for across, column in enumerate(columns):
        taken = len(column) * (_HIGH + _GAP_Y) - _GAP_Y
        for down, node in enumerate(column):
            places[node.node] = (
                across * (size.wide + size.gap),
                (height - taken) / 2 + down * (_HIGH + _GAP_Y),
            )
    lines = "".join(
        _line(
            _curve(places[edge.source], places[edge.target], size.wide),
            edge.transformation,
            _WIDE_NAME,
            focus=graph.focus in (edge.source, edge.target),
        )
        for edge in graph.edges
    )
    boxes = _boxes(graph, columns, places, size.wide, size.letters)
    return _svg(_WIDE_NAME, graph.focus, width, height, lines + boxes, least=width * 0.8)


def _in_a_list(graph: Graph, columns: Sequence[Sequence[LineageNode]]) -> str:
    listed = [node for column in columns for node in column]
    if len(listed) > _MOST_LISTED:
        beside = {graph.focus} | {
            name
            for edge in graph.edges
            if graph.focus in (edge.source, edge.target)
            for name in (edge.source, edge.target)
        }
        rest = [node for node in listed if node.node not in beside]
        kept = beside | {node.node for node in rest[: max(0, _MOST_LISTED - len(beside))]}
        listed = [node for node in listed if node.node in kept][:_MOST_LISTED]
    places = {node.node: (float(_RAIL), down * float(_ROW)) for down, node in enumerate(listed)}
    lines = "".join(
        _line(
            _arc(places[edge.source], places[edge.target], len(listed)),
            edge.transformation,
            _NARROW_NAME,
            focus=graph.focus in (edge.source, edge.target),
        )
        for edge in graph.edges
        if edge.source in places and edge.target in places
    )
    boxes = _boxes(graph, [listed], places, _LIST_BOX, _LIST_LETTERS)
    width, height = _RAIL + _LIST_BOX, len(listed) * _ROW - (_ROW - _HIGH)
    return _svg(_NARROW_NAME, graph.focus, width, height, lines + boxes, least=0)


def _svg(name: str, focus: str, width: float, height: float, inside: str, *, least: float) -> str:
    return (
        f'<div class="am-lineage {name}"><svg viewBox="-3 -3 {width + 6:.0f} {height + 6:.0f}" '
        f'style="min-width:{least:.0f}px;max-width:{width + 6:.0f}px" role="group" '
        f'aria-label="Lineage of {escape(focus)}"><defs><marker id="{name}-tip" viewBox="0 0 8 8" '
        'refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">'
        f'<path class="am-tip" d="M0 0 L8 4 L0 8 z"/></marker></defs>{inside}</svg></div>'
    )


def _line(path: str, transformation: str | None, drawing: str, *, focus: bool) -> str:
    title = f"<title>{escape(transformation)}</title>" if transformation else ""
    kind = "am-edge am-focus" if focus else "am-edge"
    return f'<path class="{kind}" d="{path}" marker-end="url(#{drawing}-tip)">{title}</path>'


def _curve(source: Place, target: Place, wide: int) -> str:
    x0, y0 = source[0] + wide, source[1] + _HIGH / 2
    x1, y1 = target[0], target[1] + _HIGH / 2
    bend, below = min(80.0, (x1 - x0) / 2), 0.0
    if x1 <= x0:  # a ring's own edge goes back, around below
        bend, below = 60.0, 60.0
    turns = f"{x0 + bend:.0f} {y0 + below:.0f} {x1 - bend:.0f} {y1 + below:.0f}"
    return f"M{x0:.0f} {y0:.0f} C{turns} {x1:.0f} {y1:.0f}"


def _arc(source: Place, target: Place, rows: int) -> str:
    y0, y1 = source[1] + _HIGH / 2, target[1] + _HIGH / 2
    apart = abs(y1 - y0) / _ROW
    reach = _RAIL - 8 - (_RAIL - 26) * min(1.0, apart / max(2, rows / 2))
    return f"M{_RAIL} {y0:.0f} C{reach:.0f} {y0:.0f} {reach:.0f} {y1:.0f} {_RAIL} {y1:.0f}"


def _boxes(
    graph: Graph,
    columns: Sequence[Sequence[LineageNode]],
    places: Mapping[str, Place],
    width: int,
    letters: int,
) -> str:
    into, out_of = defaultdict(list), defaultdict(list)
    for edge in graph.edges:
        into[edge.target].append(edge.source)
        out_of[edge.source].append(edge.target)
    return "".join(
        _box(
            node,
            places[node.node],
            width,
            letters,
            _spoken(node, into[node.node], out_of[node.node]),
            chosen=node.node == graph.focus,
        )
        for column in columns
        for node in column
    )


def _box(
    node: LineageNode, place: Place, width: int, letters: int, spoken: str, *, chosen: bool
) -> str:
    kind = f"am-node am-layer-{escape(node.layer)}{' am-chosen' if chosen else ''}"
    above = [
        node.layer,
        *([node.shop] if node.shop else []),
        *([node.table] if node.column else []),
    ]
    mark = (
        f'<text class="am-pii" x="{width - 8}" y="18" text-anchor="end">personal</text>'
        if node.pii
        else ""
    )
    name = node.column or node.table
    if node.shop and node.column is None:  # it stands above
        name = name.removeprefix(f"{node.shop}__")
    room = letters + 3 - (10 if node.pii else 0)
    return (
        f'<g class="{kind}" transform="translate({place[0]:.0f} {place[1]:.0f})" role="button" '
        f'tabindex="0" data-node="{escape(node.node)}" aria-label="{escape(spoken)}"'
        f"{' aria-current=' + chr(34) + 'true' + chr(34) if chosen else ''}>"
        f"<title>{escape(node.node)}</title>"
        f'<rect width="{width}" height="{_HIGH}" rx="7"/>'
        f'<text class="am-above" x="10" y="18">{escape(_short(" · ".join(above), room))}</text>'
        f'<text class="am-name" x="10" y="35">{escape(_short(name, letters))}'
        f"</text>{mark}</g>"
    )


def _spoken(node: LineageNode, into: Sequence[str], out_of: Sequence[str]) -> str:
    parts = [node.node]
    if node.pii:
        parts.append(f"personal data: {node.pii}")
    if into:
        parts.append(f"comes from {', '.join(into)}")
    if out_of:
        parts.append(f"goes into {', '.join(out_of)}")
    return "; ".join(parts)


def _short(text: str, letters: int) -> str:
    return text if len(text) <= letters else f"{text[: letters - 1]}…"
