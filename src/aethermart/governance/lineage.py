"""Where each column of the lake comes from, back to the shops' own columns, and what it flows into.

Columns are told by `flow`, which reads the compiled models in a process of its own, once for each
state of the project; the result lies beside the compiled models. Tables are told by what the models
read, which needs no reading of SQL.
"""

from __future__ import annotations

import json
import logging
import subprocess
import sys
import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from aethermart.core.errors import NotFound, Transient, Unavailable
from aethermart.core.files import write_whole
from aethermart.governance.nodes import Edge, Names, Node
from aethermart.packs.pack import Shop
from aethermart.warehouse.project import CompiledProject

Direction = Literal["up", "down"]
_log = logging.getLogger(__name__)
_VERSION = 1  # counts up when `flow` tells more than it did
_WAIT_S = 8.0
_TIMEOUT_S = 300.0
_KEPT = "lineage.json"


@dataclass(frozen=True, slots=True)
class Lineage:
    """sources: of an upward question, the columns (or tables) of the shops and the project."""

    node: str
    direction: Direction
    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    sources: tuple[str, ...]


class LineageOf:
    """Answers for one compiled project; `folder` is where the read columns are kept."""

    def __init__(self, compiled: CompiledProject, shops: Sequence[Shop], folder: Path) -> None:
        self._fingerprint = f"{_VERSION} {compiled.fingerprint}"
        self._names = Names(compiled, shops)
        self._file = folder / _KEPT
        self._tables = _Graph(self._names.table_edges())
        self._columns: _Graph | None = None
        self._lock = threading.Lock()
        self._reading: threading.Thread | None = None
        self._failed: str | None = None

    def of(self, node: str, direction: Direction) -> Lineage:
        """node  `gold.fct_sales` or `gold.fct_sales.revenue`

        Raises NotFound for one there is not, Unavailable while the columns are being read.
        """
        graph = self._tables if self._names.has_table(node) else self._graph_of(node)
        if graph is None:
            raise NotFound(
                f"there is no {node!r} in the models",
                fix="name a table such as gold.fct_sales, or its column: gold.fct_sales.revenue",
            )
        edges = graph.reached(node, direction)
        seen = dict.fromkeys([node, *(each for e in edges for each in (e.source, e.target))])
        nodes = tuple(self._names.node(each, graph.has_source(each)) for each in seen)
        outside = [n.node for n in nodes if n.layer in ("shop", "project")]
        return Lineage(
            node, direction, nodes, tuple(edges), tuple(outside) if direction == "up" else ()
        )

    def read(self) -> None:
        """Read the columns now, unless an earlier process has. Raises Transient where it fails."""
        flows = self._kept()
        if flows is None:
            flows = _read_apart(self._names.models, self._names.known)
            content = {"of": self._fingerprint, "flows": flows}
            write_whole(self._file, json.dumps(content))
        self._columns = _Graph(self._names.column_edges(flows))

    def warm(self) -> None:
        """Have the columns read before somebody asks for one."""
        try:
            self._of_columns()
        except Unavailable as error:
            _log.debug("lineage: %s", error)

    def _graph_of(self, column: str) -> _Graph | None:
        """None where there is no such column."""
        if self._names.has_column(column):
            return self._of_columns()
        # The columns of staging models stand in no contract.
        if not self._names.has_table(column.rpartition(".")[0]):
            return None
        columns = self._of_columns()
        return columns if columns.knows(column) else None

    def _of_columns(self) -> _Graph:
        with self._lock:
            if self._columns is None and self._reading is None:
                self._reading = threading.Thread(target=self._try, name="lineage", daemon=True)
                self._reading.start()
            reading = self._reading
        if reading is not None:
            reading.join(_WAIT_S)
        if self._columns is None:
            raise Unavailable(
                self._failed or "the lineage of columns is being read from the models",
                fix="try again in some seconds",
            )
        return self._columns

    def _try(self) -> None:
        try:
            self.read()
        except (Transient, OSError) as error:
            _log.warning("lineage: %s", error)
            self._failed = f"the lineage of columns could not be read: {error}"
        with self._lock:
            self._reading = None

    def _kept(self) -> Any:
        try:
            content = json.loads(self._file.read_text(encoding="utf-8"))
            return content["flows"] if content["of"] == self._fingerprint else None
        except (OSError, ValueError, KeyError, TypeError):
            return None


class _Graph:
    def __init__(self, edges: Iterable[Edge]) -> None:
        self._into: dict[str, list[Edge]] = {}
        self._out_of: dict[str, list[Edge]] = {}
        for edge in edges:
            self._into.setdefault(edge.target, []).append(edge)
            self._out_of.setdefault(edge.source, []).append(edge)

    def knows(self, node: str) -> bool:
        return node in self._into or node in self._out_of

    def has_source(self, node: str) -> bool:
        return node in self._into

    def reached(self, node: str, direction: Direction) -> list[Edge]:
        """Edges on all ways from the node, the nearest first."""
        edges = self._into if direction == "up" else self._out_of
        found: list[Edge] = []
        seen, waiting = {node}, [node]
        for each in waiting:
            for edge in edges.get(each, ()):
                found.append(edge)
                further = edge.source if direction == "up" else edge.target
                if further not in seen:
                    seen.add(further)
                    waiting.append(further)
        return found


def _read_apart(models: Mapping[str, str], columns: Mapping[str, tuple[str, ...]]) -> Any:
    """What `flow` says, in a process of its own: here it would hold up every other thread."""
    try:
        done = subprocess.run(
            [sys.executable, "-m", "aethermart.governance.flow"],
            input=json.dumps({"models": models, "columns": columns}),
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=_TIMEOUT_S,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise Transient(
            f"the models were not read within {_TIMEOUT_S:g} s", fix="free the machine; ask again"
        ) from error
    if done.returncode != 0:
        said = (done.stderr.strip().splitlines() or ["it said nothing"])[-1]
        raise Transient(f"the models' SQL could not be read: {said}", fix="see the log; ask again")
    return json.loads(done.stdout)
