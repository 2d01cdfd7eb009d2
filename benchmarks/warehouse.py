"""The warehouse kept by touched orders, against building it anew and against a plain delete+insert.

A generated store is loaded once. Ours is the refresh that runs inside the mirror's transaction:
kept gold tables and their day totals, brought to what the touched orders show now. The peers work
on the same file: building the kept tables anew, silver and gold as tables in dbt's order (what a
nightly build does, over staging as views), and delete+insert of the touched keys through the
views, as dbt's incremental strategy writes it. After each repetition every kept table equals its
view, row by row.
"""

from __future__ import annotations

import argparse
import random
import re
import tempfile
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import duckdb

from aethermart import wiring
from aethermart.engine.opening import open_lake
from aethermart.sinks.mirror.touched import Touched
from aethermart.warehouse.compile import compile_warehouse
from aethermart.warehouse.kept import (
    compare_kept,
    delete_kept,
    kept_columns,
    kept_select,
    table_of,
)
from aethermart.warehouse.project import CompiledProject
from aethermart.warehouse.refresh import Refresh
from benchmarks.options import main, parser
from benchmarks.processes import SideFailed
from benchmarks.result import Result, Spread, versions
from benchmarks.serving import serving

_SHOP = "aethermart"
_RELATION = re.compile(r'"lake"\."\w+"\."[^"]+"')
_ANEW = "kept tables anew, with day totals"
_TABLES = "silver and gold as tables, in order"
_PEER = "delete+insert through the views"


@dataclass(frozen=True, slots=True)
class _Took:
    wall_s: float
    cpu_s: float


def measure(options: argparse.Namespace) -> Result:
    with tempfile.TemporaryDirectory() as name:
        home = options.home or Path(name) / "project"
        with serving(home, scale=options.scale, seed=options.seed) as made:
            project = made.project
        lake = Path(name) / "lake.duckdb"
        lake.write_bytes(project.lake_file.read_bytes())  # what is there stays as it is
        shops = wiring.shops(project)
        compiled = compile_warehouse(shops, project.state / "warehouse", project.logs)
        connection = open_lake(lake, project.settings.engine)
        try:
            return _measured(options, _Warehouse(connection, compiled, Refresh(compiled, shops)))
        finally:
            connection.close()


class _Warehouse:
    def __init__(
        self, connection: duckdb.DuckDBPyConnection, compiled: CompiledProject, refresh: Refresh
    ) -> None:
        self._connection = connection
        self._compiled = compiled
        self._refresh = refresh
        refresh.start(connection)

    def count(self, table: str) -> int:
        ((rows,),) = self._connection.execute(f"SELECT COUNT(*) FROM {table}").fetchall()
        return int(rows)

    def orders(self) -> list[str]:
        rows = self._connection.execute(
            "SELECT order_id FROM gold.fct_orders WHERE shop = ?", [_SHOP]
        ).fetchall()
        return [str(row[0]) for row in rows]

    def anew(self) -> None:
        self._refresh.refresh(self._connection, {_SHOP: Touched(whole=True)})

    def touched(self, orders: Iterable[str]) -> None:
        touched = Touched(whole=False, keys=tuple(sorted(orders)), tables=("orders",))
        self._refresh.refresh(self._connection, {_SHOP: touched})

    def through_views(self, orders: Iterable[str]) -> None:
        """Kept tables only: the peer keeps no day totals."""
        keys = sorted(orders)
        for model in self._compiled.kept:
            delete_kept(self._connection, model, _SHOP, keys)
            self._connection.execute(
                f"INSERT INTO {table_of(model)} ({kept_columns(model)}) "
                f"{kept_select(model, model.relation)} "
                f"WHERE shop = $shop AND {model.kept_by} IN (SELECT UNNEST($keys))",
                {"shop": _SHOP, "keys": keys},
            )

    def silver_and_gold(self) -> None:
        """Each reads the tables built before it, as in dbt."""
        built: dict[str, str] = {}
        for model in (m for m in self._compiled.models if m.schema != "staging"):
            name = f"built.{model.schema}__{model.name}"
            sql = _RELATION.sub(lambda found: built.get(found[0], found[0]), model.sql)
            self._connection.execute(f"CREATE OR REPLACE TABLE {name} AS {sql}")
            built[model.relation] = name
            if model.kept_by:
                built[model.relation.replace('"v_', '"')] = name

    def took(self, work: Callable[[], None], *, undone: bool = False) -> _Took:
        self._connection.execute("BEGIN TRANSACTION")
        wall, cpu = time.perf_counter(), time.process_time()
        work()
        if not undone:
            self._connection.execute("COMMIT")
        took = _Took(time.perf_counter() - wall, time.process_time() - cpu)
        if undone:
            self._connection.execute("ROLLBACK")
        self._connection.execute("CHECKPOINT")
        return took

    def require_equal(self) -> None:
        differing = [
            d
            for d in compare_kept(self._connection, self._compiled)
            if d.only_in_table or d.only_in_view
        ]
        if differing:
            raise SideFailed(f"kept tables differ from their views: {differing}")

    def begin(self) -> None:
        self._connection.execute("CREATE SCHEMA IF NOT EXISTS built")


def _measured(options: argparse.Namespace, warehouse: _Warehouse) -> Result:
    warehouse.begin()
    draw, orders = random.Random(options.seed), warehouse.orders()
    batches = [n for n in options.touched if n <= len(orders)]
    ours: dict[int, list[_Took]] = {n: [] for n in batches}
    peer: dict[int, list[_Took]] = {n: [] for n in batches}
    anew: list[_Took] = []
    tables: list[_Took] = []
    for _ in range(options.repetitions):
        for n in batches:
            some = draw.sample(orders, n)
            ours[n].append(warehouse.took(lambda some=some: warehouse.touched(some)))
            peer[n].append(
                warehouse.took(lambda some=some: warehouse.through_views(some), undone=True)
            )
        anew.append(warehouse.took(warehouse.anew))
        tables.append(warehouse.took(warehouse.silver_and_gold))
        warehouse.require_equal()
    sides = {f"ours, {n:,} orders touched": took for n, took in ours.items()}
    sides |= {f"{_PEER}, {n:,} orders": took for n, took in peer.items()}
    sides |= {_ANEW: anew, _TABLES: tables}
    return Result(
        name="warehouse",
        claim=f"a touched order is in gold at once, not after a build, at {len(orders):,} orders",
        sizes={
            "orders": len(orders),
            "order lines": warehouse.count("gold.fct_sales"),
            "repetitions": options.repetitions,
        },
        seed=options.seed,
        ratio={
            **{f"{_PEER} / ours, {n:,} orders, CPU": _ratio(peer[n], ours[n]) for n in batches},
            **{f"{_ANEW} / ours, {n:,} orders, CPU": _ratio(anew, ours[n]) for n in batches},
        },
        measures=[(side, _row(took)) for side, took in sides.items()],
        versions=versions("duckdb", "dbt-core"),
        notes=[
            "After each repetition every kept table and its day totals equalled its view.",
            "Touched orders are spread over the whole history, the worst case of a live shop.",
            "One transaction each, its commit counted (the peer's is undone, and not counted).",
        ],
    )


def _ratio(peer: list[_Took], ours: list[_Took]) -> Spread:
    return Spread.of(p.cpu_s / o.cpu_s for p, o in zip(peer, ours, strict=True))


def _row(took: list[_Took]) -> dict[str, Spread | float | str]:
    return {
        "wall s": Spread.of(t.wall_s for t in took),
        "CPU s": Spread.of(t.cpu_s for t in took),
    }


if __name__ == "__main__":
    made = parser(__doc__, repetitions=3)
    made.add_argument("--scale", type=float, default=100, help="1 is 10,000 orders (%(default)s)")
    made.add_argument("--home", type=Path, help="a project filled before, to be used again")
    made.add_argument(
        "--touched", type=int, nargs="+", default=[1, 100, 10_000], help="orders (%(default)s)"
    )
    main(made, measure)
