"""What a shop's log and its mirror must be: a list and a dict, plain data, nothing of ours.

A log is a list of steps; offset n is the n-th. What the mirror shows at an offset is a dict of
tables, each a dict of rows by key, made by walking the list from its start. Nothing here is fast.
"""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

Row = dict[str, Any]
Key = tuple[Any, ...]


@dataclass(frozen=True)
class Change:
    """One changed row: op c, u, d or r, where in the step, the table's own columns."""

    op: str
    position: int
    row: Row


@dataclass(frozen=True)
class Part:
    table: str
    changes: tuple[Change, ...]


@dataclass(frozen=True)
class Step:
    """One entry. A control is a tuple whose first word says which:

    ("schema", table, column names, key names), ("begin", tables), ("end", tables),
    ("truncate", table, position), ("heartbeat",)
    """

    id: str
    start: str | None
    end: str
    minute: int  # when it was captured
    parts: tuple[Part, ...] = ()
    controls: tuple[tuple[Any, ...], ...] = ()


@dataclass
class Table:
    """Rows by key; each row has every column and where it was last changed."""

    columns: list[str]
    key: tuple[str, ...]
    rows: dict[Key, Row] = field(default_factory=dict)

    def widen(self, columns: tuple[str, ...]) -> None:
        for name in columns:
            if name not in self.columns:
                self.columns.append(name)
                for row in self.rows.values():
                    row[name] = None

    def put(self, change: Change, offset: int) -> None:
        key = tuple(change.row[name] for name in self.key)
        if change.op == "d":
            self.rows.pop(key, None)
            return
        row = {name: change.row.get(name) for name in self.columns}
        self.rows[key] = {**row, "_position": change.position, "_offset": offset}


@dataclass
class State:
    """What the mirror shows at an offset. `staged` holds what an open snapshot has read."""

    tables: dict[str, Table] = field(default_factory=dict)
    announced: dict[str, tuple[str, ...]] = field(default_factory=dict)
    staged: dict[str, Table] = field(default_factory=dict)
    seen_minute: int | None = None  # every commit before this minute can be seen

    def apply(self, offset: int, step: Step) -> None:
        for control in step.controls:
            if control[0] == "schema":
                self._announce(*control[1:])
            elif control[0] == "begin":
                self.staged = {
                    table: Table([*self.announced[table]], self.tables[table].key)
                    for table in control[1]
                }
        self._change(offset, step)
        for control in step.controls:
            if control[0] == "end":
                self.tables |= {t: self.staged[t] for t in control[1] if t in self.staged}
                self.staged = {}
        if not self.staged:
            self.seen_minute = step.minute

    def _announce(self, table: str, columns: tuple[str, ...], key: tuple[str, ...]) -> None:
        self.announced[table] = columns
        self.tables.setdefault(table, Table([], key)).widen(columns)
        if table in self.staged:
            self.staged[table].widen(columns)

    def _change(self, offset: int, step: Step) -> None:
        """Row by row, in the order of their positions; a truncate where it stands among them."""
        events: list[tuple[int, str, Change | None]] = [
            (change.position, part.table, change) for part in step.parts for change in part.changes
        ]
        events += [(c[2], c[1], None) for c in step.controls if c[0] == "truncate"]
        for _, table, change in sorted(events, key=lambda event: event[0]):
            if change is None:
                self.tables[table].rows.clear()
            elif change.op == "r" and table in self.staged:
                self.staged[table].put(change, offset)
            else:
                self.tables[table].put(change, offset)


@dataclass
class Shop:
    """One shop's log: the list, and the dict after each of its steps."""

    steps: list[Step] = field(default_factory=list)
    states: list[State] = field(default_factory=lambda: [State()])

    @property
    def head(self) -> int:
        return len(self.steps)

    @property
    def position(self) -> str | None:
        return self.steps[-1].end if self.steps else None

    def append(self, step: Step) -> int:
        assert step.start == self.position
        self.steps.append(step)
        state = deepcopy(self.states[-1])
        state.apply(self.head, step)
        self.states.append(state)
        return self.head

    def read(self, after: int, limit: int) -> list[tuple[int, Step]]:
        return list(enumerate(self.steps, start=1))[after : after + limit]
