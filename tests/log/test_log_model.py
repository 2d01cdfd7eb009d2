"""The real log, archive and mirror against the model, whatever happens in whatever order."""

from __future__ import annotations

import itertools
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule, run_state_machine_as_test

from aethermart.core.entries import (
    Batch,
    Chunk,
    Column,
    Control,
    Entry,
    Heartbeat,
    LoggedEntry,
    Position,
    SnapshotBegin,
    SnapshotEnd,
    TableSchema,
    Truncate,
    with_meta,
)
from aethermart.engine.engine import Engine
from aethermart.engine.settings import EngineSettings
from aethermart.log.archive.archive import Archive
from aethermart.log.archive.settings import ArchiveSettings
from aethermart.log.chunks import ChunkStore
from aethermart.log.log import Log
from aethermart.log.tail import PostgresTail, StalePosition
from aethermart.sinks.mirror.mirror import Mirror
from aethermart.sinks.mirror.tables import mirror_table
from aethermart.sinks.mirror.touched import Route, Touched
from tests.log.made import NOON
from tests.log.model import Change, Part, Row, Shop, State, Step

pytestmark = pytest.mark.service("postgres")

NIGHTLY = settings().max_examples >= 1000
SHOPS = ("north", "south")
TYPES: dict[str, pa.DataType] = {
    "order_id": pa.int64(),
    "customer": pa.string(),
    "total": pa.decimal128(12, 2),
    "line_id": pa.int64(),
    "product": pa.string(),
    "country": pa.string(),
    "place": pa.string(),
    "sku": pa.string(),
    "quantity": pa.int64(),
}
COLUMNS = {
    "orders": ("order_id", "customer", "total"),
    "lines": ("line_id", "order_id", "product"),
    "customers": ("customer", "country"),
    "stock": ("place", "sku", "quantity"),
}
KEYS = {
    "orders": ("order_id",),
    "lines": ("line_id",),
    "customers": ("customer",),
    "stock": ("place", "sku"),
}
ROUTES = {
    "orders": Route("order_id"),
    "lines": Route("order_id"),
    "customers": Route("customer", via="orders", via_column="customer", key="order_id"),
}
VALUES: dict[str, st.SearchStrategy[Any]] = {
    "order_id": st.integers(1, 5),
    "customer": st.sampled_from(["ann", "bob", "cy"]),
    "total": st.integers(-500, 500).map(lambda cents: Decimal(cents) / 100),
    "line_id": st.integers(1, 6),
    "product": st.none() | st.text("ab'\"ä", max_size=3),
    "country": st.sampled_from(["DE", "FR", None]),
    "place": st.sampled_from(["a", "b"]),
    "sku": st.sampled_from(["x", "y"]),
    "quantity": st.none() | st.integers(-3, 3),
}
ADDED = st.none() | st.text("xy", max_size=2)
tables = st.sampled_from(sorted(COLUMNS))
some_tables = st.lists(tables, min_size=1, max_size=4, unique=True)
shops = st.sampled_from(SHOPS)
_numbers = itertools.count(1)


class Platform:
    """The real thing in a folder of its own; shops get names that no other example has."""

    def __init__(self, dsn: str) -> None:
        self.home = Path(tempfile.mkdtemp(prefix="log model "))
        number = next(_numbers)
        self.names = {shop: f"{shop}_{number}" for shop in SHOPS}
        self.dsn = dsn
        self.told: list[tuple[Mapping[str, Touched], list[int]]] = []
        self.open()

    def open(self) -> None:
        self.chunks = ChunkStore(self.home / "chunks")
        self.archive = Archive(
            self.home / "bronze",
            self.chunks,
            ArchiveSettings(compact_from_files=3, keep_replaced_hours=0),
        )
        # Two writers, each with a connection of its own.
        self.logs = [Log(PostgresTail(self.dsn), self.archive, self.chunks) for _ in range(2)]
        self.engine = Engine(self.home / "lake.duckdb", EngineSettings(checkpoint_interval_s=1000))
        self.mirror = Mirror(
            self.engine,
            self.chunks,
            routes={(n, t): route for n in self.names.values() for t, route in ROUTES.items()},
            gate=lambda _shop, _schema: [],
            on_applied=self._on_applied,
        )

    def close(self) -> None:
        self.engine.close()
        for log in self.logs:
            log.close()

    def _on_applied(
        self, connection: duckdb.DuckDBPyConnection, touched: Mapping[str, Touched]
    ) -> None:
        (shop,) = touched
        table = mirror_table(shop, "orders")
        here = connection.execute(
            "SELECT count(*) FROM duckdb_tables() WHERE table_name = ?", [f"{shop}__orders"]
        ).fetchall()
        rows = connection.execute(f"SELECT order_id FROM {table}").fetchall() if here[0][0] else []
        self.told.append((touched, sorted(key for (key,) in rows)))


class LogMachine(RuleBasedStateMachine):
    def __init__(self, dsn: str) -> None:
        super().__init__()
        self.real = Platform(dsn)
        self.model = {shop: Shop() for shop in SHOPS}
        self.columns = {shop: dict(COLUMNS) for shop in SHOPS}
        self.announced: dict[str, set[str]] = {shop: set() for shop in SHOPS}
        self.snapshots: dict[str, tuple[str, ...] | None] = dict.fromkeys(SHOPS)
        self.archived = dict.fromkeys(SHOPS, 0)
        self.pruned = dict.fromkeys(SHOPS, 0)
        self.mirrored = dict.fromkeys(SHOPS, 0)
        self.entries: dict[str, list[Entry]] = {shop: [] for shop in SHOPS}
        self.serial = 0
        self.positions = itertools.count(10)

    def teardown(self) -> None:
        try:
            for shop in SHOPS:
                self.check_read(shop, 0, 100)
                self.check_mirror(shop)
                self.archive(shop, 100)
                self.prune(shop, 100)
                self.check_read(shop, 0, 7)
                self.reset(shop)
                self.mirror(shop, 100, 0)
                assert self.real.archive.verify(self.real.names[shop]) == []
                assert self.chunk_files(shop) == set()
        finally:
            self.real.close()
            shutil.rmtree(self.real.home)

    # What writers do.

    @rule(shop=shops, writer=st.integers(0, 1), data=st.data())
    def transaction(self, shop: str, writer: int, data: st.DataObject) -> None:
        """Changes of several tables, in one order; perhaps a truncate among them."""
        controls = []
        changes: dict[str, list[Change]] = {}
        for _ in range(data.draw(st.integers(1, 8), label="how many changes")):
            table = data.draw(tables)
            kind = data.draw(st.sampled_from(["put", "put", "put", "delete", "move", "truncate"]))
            if kind == "truncate":
                if data.draw(st.booleans()):
                    controls.append(("truncate", table, next(self.positions)))
                    changes.setdefault(table, [])
                continue
            changes.setdefault(table, []).extend(self.changes(shop, table, kind, data))
        self.append(shop, changes, controls, data, writer)

    @rule(shop=shops, table=tables, data=st.data())
    def add_column(self, shop: str, table: str, data: st.DataObject) -> None:
        self.widen(shop, table)
        changes = (
            {table: self.changes(shop, table, "put", data)} if data.draw(st.booleans()) else {}
        )
        self.append(shop, changes, [self.schema(shop, table)], data)

    @rule(shop=shops, chosen=some_tables, data=st.data())
    def begin_snapshot(self, shop: str, chosen: list[str], data: st.DataObject) -> None:
        """Perhaps with a column more or less; an open snapshot is given up."""
        for table in chosen:
            change = data.draw(st.sampled_from(["same", "same", "wider", "narrower"]))
            if change == "wider":
                self.widen(shop, table)
            elif change == "narrower":
                self.columns[shop][table] = COLUMNS[table]
        schemas = [self.schema(shop, table) for table in chosen]
        self.append(shop, {}, [*schemas, ("begin", tuple(chosen))], data)
        self.snapshots[shop] = tuple(chosen)
        self.positions_read = itertools.count(1)

    @precondition(lambda self: any(self.snapshots.values()))
    @rule(data=st.data())
    def snapshot_piece(self, data: st.DataObject) -> None:
        """Rows that the snapshot read; it reads each key once."""
        shop = data.draw(st.sampled_from([s for s in SHOPS if self.snapshots[s]]))
        table = data.draw(st.sampled_from(self.snapshots[shop] or ()))
        seen = self.model[shop].states[-1].staged[table].rows
        rows = data.draw(st.lists(self.rows(shop, table), max_size=5))
        fresh = {tuple(row[name] for name in KEYS[table]): row for row in rows}
        changes = [
            Change("r", next(self.positions_read), row)
            for key, row in fresh.items()
            if key not in seen
        ]
        self.append(shop, {table: changes}, [], data)

    @precondition(lambda self: any(self.snapshots.values()))
    @rule(data=st.data())
    def end_snapshot(self, data: st.DataObject) -> None:
        """Perhaps without a table that could not be read to its end."""
        shop = data.draw(st.sampled_from([s for s in SHOPS if self.snapshots[s]]))
        whole = self.snapshots[shop] or ()
        if len(whole) > 1 and data.draw(st.integers(0, 3)) == 0:
            whole = whole[1:]
        self.append(shop, {}, [("end", whole)], data)
        self.snapshots[shop] = None

    @rule(shop=shops, moves=st.booleans())
    def heartbeat(self, shop: str, moves: bool) -> None:
        """It may end where it started."""
        start = self.model[shop].position
        self.serial += 1
        end = start if start is not None and not moves else f"at {self.serial}"
        step = Step(self.new_id(), start, end, self.serial, (), (("heartbeat",),))
        self.log_it(shop, step, self.entry_of(shop, step, ()), 0)

    @rule(shop=shops, back=st.integers(0, 3), writer=st.integers(0, 1))
    def stale_writer(self, shop: str, back: int, writer: int) -> None:
        """It starts from a place that is no longer the end: refused, without any effect."""
        model = self.model[shop]
        places = [None, *(step.end for step in model.steps), "nowhere"]
        start = places[-1 - min(back, len(places) - 1)]
        if start == model.position:
            return
        step = Step(self.new_id(), start, "at last", self.serial, (), (("heartbeat",),))
        log = self.real.logs[writer]
        before = log.head(self.real.names[shop])
        with pytest.raises(StalePosition):
            log.append(self.entry_of(shop, step, ()))
        assert log.head(self.real.names[shop]) == before

    @rule(shop=shops, back=st.integers(0, 3), writer=st.integers(0, 1))
    def the_same_again(self, shop: str, back: int, writer: int) -> None:
        """As after an answer that was lost: the same offset, and nothing new."""
        head = self.model[shop].head
        offset = head - back
        if offset < 1:
            return
        log, again = self.real.logs[writer], self.entries[shop][offset - 1]
        if offset > self.pruned[shop] or offset == head:
            assert log.append(again) == offset
        else:
            with pytest.raises(StalePosition):
                log.append(again)
        assert log.head(self.real.names[shop]).offset == head

    # What keeps the log.

    @rule(shop=shops, count=st.integers(0, 6))
    def archive(self, shop: str, count: int) -> None:
        name = self.real.names[shop]
        self.real.archive.apply(self.real.logs[0].read(name, self.archived[shop], count))
        self.archived[shop] = min(self.archived[shop] + count, self.model[shop].head)
        assert self.real.archive.applied(name) == self.archived[shop]

    @rule(shop=shops, through=st.integers(0, 40))
    def prune(self, shop: str, through: int) -> None:
        """Never past the archive; chunk files go with the entries that name them."""
        self.real.logs[0].prune(self.real.names[shop], through)
        self.pruned[shop] = max(self.pruned[shop], min(through, self.archived[shop]))
        named = {
            part.file
            for entry in self.entries[shop][self.pruned[shop] :]
            for part in entry.parts
            if isinstance(part, Chunk)
        }
        assert self.chunk_files(shop) == named

    @rule(shop=shops)
    def compact(self, shop: str) -> None:
        self.real.archive.compact(self.real.names[shop])

    @rule()
    def restart(self) -> None:
        self.real.close()
        self.real.open()

    # What readers see.

    @rule(shop=shops, after=st.integers(0, 40), limit=st.integers(1, 9))
    def read(self, shop: str, after: int, limit: int) -> None:
        self.check_read(shop, min(after, self.model[shop].head), limit)

    @rule(shop=shops, count=st.integers(1, 12), repeated=st.integers(0, 2))
    def mirror(self, shop: str, count: int, repeated: int) -> None:
        """Apply the next entries, perhaps with some that were applied before."""
        name, done = self.real.names[shop], self.mirrored[shop]
        self.real.told.clear()
        start = max(0, done - repeated)
        entries: list[LoggedEntry] = []
        while len(entries) < count + done - start:
            more = self.real.logs[1].read(name, start + len(entries), count + done - start)
            if not more:
                break
            entries += more
        self.real.mirror.apply(entries[: count + done - start])
        self.mirrored[shop] = max(done, min(done + count, self.model[shop].head))
        self.check_mirror(shop)
        self.check_told(shop, done)

    @rule(shop=shops)
    def reset(self, shop: str) -> None:
        """For a replay from the start, from wherever the entries now lie."""
        self.real.mirror.reset(self.real.names[shop])
        self.mirrored[shop] = 0
        assert self.real.mirror.applied(self.real.names[shop]) == 0

    # The comparisons.

    def check_read(self, shop: str, after: int, limit: int) -> None:
        """Page by page to the end."""
        name = self.real.names[shop]
        while True:
            found = self.real.logs[0].read(name, after, limit)
            expected = self.model[shop].read(after, limit)
            assert bool(found) == bool(expected)
            if not found:
                return
            for logged, (offset, step) in zip(found, expected, strict=False):
                assert logged.offset == offset
                assert self.step_of(logged.entry) == step
                assert logged.entry.shop == name
            after += len(found)

    def check_mirror(self, shop: str) -> None:
        name, mirror = self.real.names[shop], self.real.mirror
        state = self.model[shop].states[self.mirrored[shop]]
        assert mirror.applied(name) == self.mirrored[shop]
        seen = state.seen_minute
        assert mirror.as_of(name) == (None if seen is None else NOON + timedelta(minutes=seen))
        for table in state.tables:
            shown = self.mirror_rows(name, table, set(state.tables[table].columns))
            assert shown == self.model_rows(state, table)

    def mirror_rows(self, name: str, table: str, columns: set[str]) -> list[Row]:
        """A reset empties a table and keeps its later columns, which are null until announced."""
        with self.real.engine.read() as connection:
            found = connection.execute(f"SELECT * FROM {mirror_table(name, table)}")
            names = [column[0] for column in found.description or ()]
            rows = [dict(zip(names, values, strict=True)) for values in found.fetchall()]
        for row in rows:
            assert row.pop("_committed_at") == NOON + timedelta(seconds=row["_position"])
            for column in row.keys() - columns - {"_position", "_offset"}:
                assert row.pop(column) is None
        return sorted(rows, key=repr_of)

    def model_rows(self, state: State, table: str) -> list[Row]:
        return sorted(state.tables[table].rows.values(), key=repr_of)

    def check_told(self, shop: str, before: int) -> None:
        """The keys told cover every order a changed row belongs to, before or after."""
        old, new = (self.model[shop].states[at] for at in (before, self.mirrored[shop]))
        needed, changed = orders_touched(old, new)
        if not self.real.told:
            assert not changed
            return
        ((touched, seen),) = self.real.told
        assert seen == sorted(row["order_id"] for row in rows_of(new, "orders").values())
        told = touched[self.real.names[shop]]
        assert told.whole or needed <= set(told.keys)

    # Making entries.

    def new_id(self) -> str:
        self.serial += 1
        return f"{self.serial:016x}abcdef123456"

    def widen(self, shop: str, table: str) -> None:
        columns = self.columns[shop][table]
        if len(columns) < len(COLUMNS[table]) + 2:
            added = f"added_{len(columns)}"
            TYPES[added], VALUES[added] = pa.string(), ADDED
            self.columns[shop][table] = (*columns, added)

    def schema(self, shop: str, table: str) -> tuple[Any, ...]:
        self.announced[shop].add(table)
        return ("schema", table, self.columns[shop][table], KEYS[table])

    def rows(self, shop: str, table: str) -> st.SearchStrategy[Row]:
        return st.fixed_dictionaries({name: VALUES[name] for name in self.columns[shop][table]})

    def changes(self, shop: str, table: str, kind: str, data: st.DataObject) -> list[Change]:
        row = data.draw(self.rows(shop, table), label=table)
        if kind == "put":
            return [Change(data.draw(st.sampled_from("cu")), next(self.positions), row)]
        gone = row if data.draw(st.booleans()) else only_key(row, table)
        deleted = Change("d", next(self.positions), gone)
        if kind == "delete":
            return [deleted]
        moved = {**row, **{name: data.draw(VALUES[name]) for name in KEYS[table]}}
        return [deleted, Change("u", next(self.positions), moved)]

    def append(
        self,
        shop: str,
        changes: Mapping[str, list[Change]],
        controls: list[tuple[Any, ...]],
        data: st.DataObject,
        writer: int = 0,
    ) -> None:
        """One entry; tables that were never announced are, and rows go inline or into chunks."""
        named = {*changes, *(c[1] for c in controls if c[0] == "truncate")}
        new = [self.schema(shop, t) for t in sorted(named - self.announced[shop])]
        parts = [
            Part(table, tuple(piece))
            for table, of_table in changes.items()
            for piece in cut(of_table, data)
        ]
        self.serial += 1
        step = Step(
            self.new_id(),
            self.model[shop].position,
            f"at {self.serial}",
            self.serial,
            tuple(parts),
            (*new, *controls) if new or controls or parts else (("heartbeat",),),
        )
        inline = [data.draw(st.booleans(), label="inline") for _ in parts]
        real_parts = tuple(
            self.part_of(step.id, shop, part, inline=flag)
            for part, flag in zip(parts, inline, strict=True)
        )
        self.log_it(shop, step, self.entry_of(shop, step, real_parts), writer)

    def log_it(self, shop: str, step: Step, entry: Entry, writer: int) -> None:
        offset = self.real.logs[writer].append(entry)
        assert offset == self.model[shop].append(step)
        self.entries[shop].append(entry)

    # From plain data to the real thing and back.

    def part_of(self, entry_id: str, shop: str, part: Part, *, inline: bool) -> Batch | Chunk:
        fields = [pa.field(name, TYPES[name]) for name in self.columns[shop][part.table]]
        records: list[Mapping[str, Any]] = [
            {
                **change.row,
                "_op": change.op,
                "_position": change.position,
                "_committed_at": NOON + timedelta(seconds=change.position),
                "_entry": entry_id,
            }
            for change in part.changes
        ]
        rows = pa.Table.from_pylist(records, schema=with_meta(pa.schema(fields)))
        if inline:
            return Batch(part.table, rows)
        return self.real.chunks.write(entry_id, part.table, rows)

    def entry_of(self, shop: str, step: Step, parts: tuple[Batch | Chunk, ...]) -> Entry:
        return Entry(
            shop=self.real.names[shop],
            id=step.id,
            start=None if step.start is None else Position(step.start),
            end=Position(step.end),
            captured_at=NOON + timedelta(minutes=step.minute),
            time_kind="commit",
            committed_at=NOON if parts else None,
            parts=parts,
            controls=tuple(map(control_of, step.controls)),
        )

    def step_of(self, entry: Entry) -> Step:
        assert entry.committed_at == (NOON if entry.parts else None)
        return Step(
            entry.id,
            entry.start,
            entry.end,
            (entry.captured_at - NOON) // timedelta(minutes=1),
            tuple(self.plain_part(entry.id, part) for part in entry.parts),
            tuple(map(plain_control, entry.controls)),
        )

    def plain_part(self, entry_id: str, part: Batch | Chunk) -> Part:
        rows = part.rows if isinstance(part, Batch) else self.real.chunks.read(part)
        changes = []
        for record in rows.to_pylist():
            op, position, at, owner = (record.pop(f"_{n}") for n in META_NAMES)
            assert (at, owner) == (NOON + timedelta(seconds=position), entry_id)
            changes.append(Change(op, position, record))
        return Part(part.table, tuple(changes))

    def chunk_files(self, shop: str) -> set[str]:
        """Files of this shop; ids are not shared by shops."""
        ids = {step.id for step in self.model[shop].steps}
        folder = self.real.home / "chunks"
        names = [path.name for path in folder.iterdir()] if folder.is_dir() else []
        return {name for name in names if name.split("-")[0] in ids}


META_NAMES = ("op", "position", "committed_at", "entry")


def control_of(control: tuple[Any, ...]) -> Control:
    match control:
        case ("schema", table, columns, key):
            return TableSchema(table, tuple(Column(c, str(TYPES[c])) for c in columns), key)
        case ("begin", chosen):
            return SnapshotBegin("snapshot", chosen)
        case ("end", chosen):
            return SnapshotEnd("snapshot", chosen)
        case ("truncate", table, position):
            return Truncate(table, position)
    return Heartbeat()


def plain_control(control: Control) -> tuple[Any, ...]:
    match control:
        case TableSchema(table, columns, key):
            return ("schema", table, tuple(column.name for column in columns), key)
        case SnapshotBegin(_, chosen):
            return ("begin", chosen)
        case SnapshotEnd(_, chosen):
            return ("end", chosen)
        case Truncate(table, position):
            return ("truncate", table, position)
    return ("heartbeat",)


def cut(changes: list[Change], data: st.DataObject) -> list[list[Change]]:
    """In one part or in two, either of which may be empty."""
    if not data.draw(st.booleans(), label="in two parts"):
        return [changes]
    at = data.draw(st.integers(0, len(changes)), label="cut at")
    return [changes[:at], changes[at:]]


def only_key(row: Row, table: str) -> Row:
    return {name: row[name] if name in KEYS[table] else None for name in row}


def repr_of(row: Row) -> str:
    return repr(sorted(row.items()))


def rows_of(state: State, table: str) -> dict[Any, Row]:
    return state.tables[table].rows if table in state.tables else {}


def orders_touched(old: State, new: State) -> tuple[set[str], bool]:
    """Orders that changed rows belong to, as text; and whether any row changed at all."""
    needed: set[Any] = set()
    changed_any = False
    for table in COLUMNS:
        before, after = rows_of(old, table), rows_of(new, table)
        for key in before.keys() | after.keys():
            pair = [rows[key] for rows in (before, after) if key in rows]
            if len(pair) == 2 and own_columns(pair[0]) == own_columns(pair[1]):
                continue
            changed_any = True
            if table == "customers":
                orders = rows_of(new, "orders").values()
                needed |= {o["order_id"] for o in orders if o["customer"] == key[0]}
            elif table != "stock":
                needed |= {row["order_id"] for row in pair}
    return {str(key) for key in needed if key is not None}, changed_any


def own_columns(row: Row) -> Row:
    """Without where it was changed, and without a column added since."""
    return {name: value for name, value in row.items() if name[0] != "_" and value is not None}


def test_whatever_happens_the_log_is_a_list_and_the_mirror_a_dict(
    platform: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("aethermart.log.archive.archive.ROWS_A_READ", 12)
    run_state_machine_as_test(
        lambda: LogMachine(platform),  # type: ignore[arg-type]  # any factory will do
        settings=settings(
            max_examples=300 if NIGHTLY else 10,
            stateful_step_count=60 if NIGHTLY else 40,
            # Each attempt at a smaller example costs a second: `make test` does not wait for it.
            phases=[*Phase] if NIGHTLY else [Phase.explicit, Phase.reuse, Phase.generate],
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
        ),
    )


def test_the_model_itself_says_what_is_written_by_hand() -> None:
    """A check of the checker, on one story."""
    shop = Shop()
    columns = ("order_id", "total")
    schema = ("schema", "orders", columns, ("order_id",))

    def step(end: int, parts: tuple[Part, ...] = (), *controls: tuple[Any, ...]) -> Step:
        return Step(f"e{end}", shop.position, f"at {end}", end, parts, controls)

    def row(op: str, position: int, key: int, total: int | None) -> Change:
        return Change(op, position, {"order_id": key, "total": total})

    shop.append(step(1, (Part("orders", (row("c", 1, 1, 10), row("c", 2, 2, 20))),), schema))
    changed = Part("orders", (row("c", 3, 3, 30), row("u", 5, 1, 11), row("d", 6, 3, None)))
    shop.append(step(2, (changed,), ("truncate", "orders", 4)))
    shop.append(step(3, (), ("begin", ("orders",))))
    shop.append(step(4, (Part("orders", (row("r", 1, 7, 70),)),)))
    shop.append(step(5, (Part("orders", (row("u", 7, 1, 12),)),)))
    shop.append(step(6, (), ("end", ("orders",))))

    def shown(offset: int) -> dict[int, int]:
        rows = shop.states[offset].tables["orders"].rows
        return {key: row["total"] for (key,), row in rows.items()}

    assert [shown(offset) for offset in range(1, 7)] == [
        {1: 10, 2: 20},
        {1: 11},
        {1: 11},
        {1: 11},
        {1: 12},
        {7: 70},
    ]
    assert [state.seen_minute for state in shop.states] == [None, 1, 2, 2, 2, 2, 6]
    assert shop.states[6].tables["orders"].rows[(7,)]["_offset"] == 4
    assert [offset for offset, _ in shop.read(2, 3)] == [3, 4, 5]
    assert replace(shop.steps[0], id="e") != shop.steps[0]
