"""`pack check`: does a pack fit its shop, does its SQL run, what does it leave out and cost.

A sample of whole orders is staged in a DuckDB of its own, by the warehouse's own models, so that
what would be quarantined is seen before anything is captured.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from zoneinfo import ZoneInfo

import duckdb

from aethermart.core.errors import AetherMartError
from aethermart.core.money import UNKNOWN_CURRENCY
from aethermart.packs.discovery.as_captured import as_captured
from aethermart.packs.discovery.discover import discovered
from aethermart.packs.discovery.facts import Row, ShopFacts, Value
from aethermart.packs.discovery.peek import Peek
from aethermart.packs.mapping.entities import ENTITY_COLUMNS, cost_of
from aethermart.packs.pack import Pack, Shop, SourceTable
from aethermart.warehouse.compile import compile_warehouse, known_warehouse
from aethermart.warehouse.mirror_tables import ensure_mirror_tables
from aethermart.warehouse.project import CompiledProject
from aethermart.warehouse.swap import swap

_ORDERS = 500  # sampled with all that belongs to them
_ROWS = 20_000
_NULL = re.compile(r"CAST\(NULL AS [A-Z]+(?:\(\d+,\s*\d+\))?\) AS (\w+)")


@dataclass(slots=True)
class Checked:
    """faults stop the pack; warnings do not. missing: entity or entity.column -> what it costs.

    kept, quarantined  of the sample: entity -> rows, (entity, rule) -> rows
    revenue            of the sample's kept orders, by currency
    no_revenue         why none can be had; empty where one can
    """

    pack: str
    faults: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    missing: dict[str, str] = field(default_factory=dict)
    kept: dict[str, int] = field(default_factory=dict)
    quarantined: dict[str, int] = field(default_factory=dict)
    revenue: dict[str, str] = field(default_factory=dict)
    no_revenue: str = ""


def check_pack(
    name: str,
    pack: Pack,
    dsn: str | None,
    *,
    schema: str | None = None,
    time_zone: str | None = None,
    base: Path | None = None,
    compiled: Compiled | None = None,
) -> Checked:
    """dsn None: no shop is read through it, only the pack itself is looked at."""
    checked = Checked(name)
    shop = Shop(name, pack, time_zone)
    _missing(checked, pack)
    with (
        tempfile.TemporaryDirectory(prefix="aethermart-check-") as made,
        # The file's stem is the database's name in the compiled SQL.
        duckdb.connect(Path(made) / "lake.duckdb") as lake,
    ):
        kept = compiled or Compiled(Path(made))
        _look(checked, shop, lake, kept, _Where(dsn, schema, base))
    checked.no_revenue = _no_revenue(checked, pack)
    return checked


@dataclass(frozen=True, slots=True)
class Compiled:
    """Where the models' SQL is found or kept, so that an unchanged pack is checked without dbt.

    folder     of what checks compile
    warehouse  where the project's own is kept, with all of its shops; it is only read
    """

    folder: Path
    warehouse: Path | None = None
    shops: tuple[Shop, ...] = ()
    reporting: str | None = None

    def of(self, shop: Shop) -> tuple[Sequence[Shop], CompiledProject]:
        if self.warehouse is not None and shop in self.shops:
            known = known_warehouse(self.shops, self.warehouse, self.reporting)
            if known is not None:
                return self.shops, known
        folder = self.folder / shop.name
        return [shop], compile_warehouse([shop], folder / "warehouse", folder / "logs")


@dataclass(frozen=True, slots=True)
class _Where:
    dsn: str | None
    schema: str | None
    base: Path | None


def _look(
    checked: Checked, shop: Shop, lake: duckdb.DuckDBPyConnection, compiled: Compiled, where: _Where
) -> None:
    lake.execute("SET TimeZone = 'UTC'")
    if not _staging_runs(checked, shop, lake, compiled) or where.dsn is None:
        return
    with discovered(where.dsn, where.schema, where.base) as found:
        _fits(checked, shop.pack, found.facts)
        if not checked.faults:
            _sample(checked, shop, lake, found.peek)


def _missing(checked: Checked, pack: Pack) -> None:
    if pack.currency == UNKNOWN_CURRENCY:
        checked.warnings.append(
            f"the currency is unknown ({UNKNOWN_CURRENCY}): write the shop's own into pack.toml, "
            "or give --currency to pack init"
        )
    for entity in ENTITY_COLUMNS:
        if entity not in pack.staging:
            checked.missing[entity] = cost_of(entity)
            continue
        for column in _NULL.findall(pack.staging[entity]):
            if cost_of(entity, column):
                checked.missing[f"{entity}.{column}"] = cost_of(entity, column)


def _staging_runs(
    checked: Checked, shop: Shop, lake: duckdb.DuckDBPyConnection, compiled: Compiled
) -> bool:
    try:
        shops, project = compiled.of(shop)
        ensure_mirror_tables(lake, shops)
        swap(lake, project)
    except AetherMartError as error:
        checked.faults.append(error.cause)
        return False
    return True


def _fits(checked: Checked, pack: Pack, facts: ShopFacts) -> None:
    for table in pack.tables.values():
        found = facts.tables.get(table.name)
        if found is None:
            why = facts.unread.get(table.name, "it is not there")
            checked.faults.append(f"table {table.name}: {why}")
            continue
        for column, kind in table.columns.items():
            live = found.columns.get(column)
            if live is None:
                checked.faults.append(f"{table.name}.{column} is gone")
            elif not kind.holds(live.kind):
                checked.faults.append(
                    f"{table.name}.{column} is {live.kind} (the pack says {kind})"
                )
        if table.surplus == "stop":
            more = [name for name in found.columns if name not in table.columns]
            checked.faults += [f"{table.name}.{name} is not in the pack" for name in more]
        if not found.key:
            checked.faults.append(f"table {table.name} has no primary key: it cannot be captured")
        elif set(found.key) != set(table.key):
            checked.faults.append(
                f"the key of {table.name} is {', '.join(found.key)} "
                f"(the pack says {', '.join(table.key)})"
            )


def _sample(checked: Checked, shop: Shop, lake: duckdb.DuckDBPyConnection, peek: Peek) -> None:
    for table, rows in _sampled(shop.pack, peek).items():
        try:
            _insert(lake, shop, shop.pack.tables[table], rows)
        except (ValueError, duckdb.Error) as error:
            checked.faults.append(f"rows of {table} do not fit the pack's types: {error}")
            return
    for table, why in peek.failed.items():
        checked.warnings.append(f"{table} could not be sampled: {why}")
    for entity in shop.pack.staging:
        (row,) = lake.sql(f"SELECT COUNT(*) FROM silver.{entity}").fetchall()  # noqa: S608 - of ENTITIES
        checked.kept[entity] = int(row[0])
    for entity, rule, rows in lake.execute(
        "SELECT entity, rule, COUNT(*) FROM silver.quarantine GROUP BY 1, 2 ORDER BY 1, 2"
    ).fetchall():
        checked.quarantined[f"{entity}: {rule}"] = rows
    checked.revenue = {
        str(currency): str(amount)
        for currency, amount in lake.execute(
            "SELECT currency, SUM(revenue) FROM gold.v_fct_sales GROUP BY 1 ORDER BY 1"
        ).fetchall()
    }
    if "orders" in checked.kept and not checked.kept["orders"]:
        checked.warnings.append("no sampled order is kept: no number of sales will be had")


def _no_revenue(checked: Checked, pack: Pack) -> str:
    """Revenue needs orders and their lines, staged and kept."""
    for entity in ("orders", "order_items"):
        if entity not in pack.staging:
            return f"the pack has no {entity} (the TODO in pack.toml says why)"
    if not checked.kept:
        return ""  # nothing was sampled
    for entity in ("orders", "order_items"):
        rules = {
            rule.partition(": ")[2]: rows
            for rule, rows in checked.quarantined.items()
            if rule.partition(": ")[0] == entity
        }
        if not checked.kept[entity]:
            why = ", ".join(f"{rule}: {rows}" for rule, rows in rules.items())
            what = f"every one is quarantined ({why})" if why else "there is none"
            return f"of the sampled {entity.replace('_', ' ')} {what}"
    return "" if checked.revenue else "no sampled line belongs to an order that counts"


def _sampled(pack: Pack, peek: Peek) -> dict[str, Sequence[Row]]:
    """Some orders whole: every row of theirs in each table, and what those rows refer to."""
    first = _orders_table(pack)
    found: dict[str, Sequence[Row]] = {}
    keys: list[Value] = []
    if first is not None and first.touches:
        head = peek.rows(first.name, first.columns, _ORDERS)
        keys = list(dict.fromkeys(r[first.touches] for r in head if r[first.touches] is not None))
    for table in pack.tables.values():
        if table.touches and keys:
            asked = [_of_kind(key, table.columns[table.touches].kind) for key in keys]
            found[table.name] = peek.rows(
                table.name, table.columns, _ROWS, among=(table.touches, asked)
            )
    for table in pack.tables.values():
        through = table.touches_through
        if table.name in found:
            continue
        if through is not None and through.table in found:
            column = through.by or table.key[0]
            values = dict.fromkeys(r[through.column] for r in found[through.table])
            asked = [_of_kind(v, table.columns[column].kind) for v in values if v is not None]
            found[table.name] = peek.rows(table.name, table.columns, _ROWS, among=(column, asked))
        else:
            found[table.name] = peek.rows(table.name, table.columns, _ORDERS)
    return found


def _orders_table(pack: Pack) -> SourceTable | None:
    named = pack.reading("orders").tables
    return next((pack.tables[n] for n in named if pack.tables[n].touches), None)


def _of_kind(value: Value, kind: object) -> Value:
    if str(kind) == "text":
        return str(value)
    return int(str(value)) if str(kind) == "integer" and str(value).isdigit() else value


def _insert(
    lake: duckdb.DuckDBPyConnection, shop: Shop, table: SourceTable, rows: Sequence[Row]
) -> None:
    if not rows:
        return
    zone = ZoneInfo(shop.zone)
    names = ", ".join('"' + name + '"' for name in table.columns)
    marks = ", ".join("?" for _ in table.columns)
    lake.executemany(
        f'INSERT INTO mirror."{shop.mirror_table(table.name)}" ({names}) VALUES ({marks})',  # noqa: S608 - names of the pack, quoted
        [[as_captured(row[n], kind, zone) for n, kind in table.columns.items()] for row in rows],
    )
