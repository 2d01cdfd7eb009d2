"""Our cleansing of a messy shop: the models of silver over a mirror of it, each computed whole.

python -m benchmarks.sides.ours_cleansing SHOP.db CLAIMS.jsonl FOLDER
The compiled models are kept in FOLDER; reading the shop and compiling are not counted.
"""

from __future__ import annotations

import json
import sqlite3
import sys
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import asdict
from pathlib import Path

import duckdb
import pyarrow as pa

from aethermart.packs.load import load_shipped
from aethermart.packs.pack import Shop
from aethermart.warehouse.compile import compile_warehouse
from aethermart.warehouse.swap import swap
from benchmarks.cleansing_score import EMPTIED, SET_ASIDE, Claim
from benchmarks.memory_lake import memory_lake
from benchmarks.usage import peak_rss_mb, used

_SHOP = "messy"
_COMMITTED = "2026-02-01 00:00:00+00"  # the store's year ends the day before
_ENTITIES = (
    "customers", "addresses", "suppliers", "products", "categories", "orders", "order_items",
    "payments", "reviews",
)  # fmt: skip
_DERIVED = ("quarantine", "findings", "customer_links", "product_links", "product_full_names")
_KEYS = {
    "customers": "customer_id",
    "addresses": "address_id",
    "suppliers": "supplier_id",
    "products": "product_id",
    "orders": "order_id",
    "order_items": "line_id",
    "payments": "payment_id",
    "reviews": "review_id",
}
_KIND_OF_FINDING = {
    "email_respelled": "email_spelling",
    "email_unusable": "email_unusable",
    "phone_respelled": "phone_spelling",
    "phone_without_country": "phone_spelling",
    "phone_unusable": "phone_spelling",
    "person_name_respelled": "person_name_inconsistent",
    "company_name_respelled": "company_inconsistent",
    "street_written_out": "street_abbreviated",
    "place_name_respelled": "street_abbreviated",
    "blanks_removed": "product_name_abbreviated",
    "amount_read": "price_as_text",
    "columns_swapped": "swapped_columns",
    "order_missing": "orphan_row",
    "product_missing": "orphan_row",
    "customer_missing": "orphan_row",
}


def cleanse(file: Path, folder: Path) -> tuple[dict[str, float], list[Claim]]:
    shop = Shop(_SHOP, load_shipped("messy_shop"))
    compiled = compile_warehouse([shop], folder / "warehouse", folder / "logs")
    with memory_lake(shop) as memory:
        rows = fill(memory, shop, file)
        swap(memory, compiled)
        with used() as cleaning:
            for name in (*_ENTITIES, *_DERIVED):
                memory.execute(f"CREATE TABLE memory.main.{name} AS SELECT * FROM silver.{name}")
        figures = {
            "rows": rows,
            "wall_s": cleaning.wall_s,
            "cpu_s": cleaning.cpu_s,
            "peak_mb": peak_rss_mb(),
        }
        return figures, list(claims_of(memory, shop))


def fill(connection: duckdb.DuckDBPyConnection, shop: Shop, file: Path) -> int:
    """Every row of the shop's file into its mirror."""
    count = 0
    with closing(sqlite3.connect(file)) as messy:
        for table in shop.pack.tables.values():
            names = ", ".join(f'"{name}"' for name in table.columns)
            columns = [*zip(*messy.execute(f'SELECT {names} FROM "{table.name}"'), strict=True)]
            kinds = [pa.int64() if c.kind == "integer" else pa.string()
                     for c in table.columns.values()]  # fmt: skip
            rows = pa.table(
                {name: pa.array(values, kind) for name, values, kind in
                 zip(table.columns, columns or [()] * len(kinds), kinds, strict=True)}
            )  # fmt: skip
            connection.register("messy_rows", rows)
            connection.execute(
                f'INSERT INTO mirror."{shop.mirror_table(table.name)}" '
                f"({names}, _position, _committed_at, _offset) "
                f"SELECT {names}, 1, TIMESTAMPTZ '{_COMMITTED}', 1 FROM messy_rows"
            )
            connection.unregister("messy_rows")
            count += rows.num_rows
    return count


def claims_of(connection: duckdb.DuckDBPyConnection, shop: Shop) -> Iterator[Claim]:
    """Consequences are no claims: what was set aside for its order's sake."""
    source_of = {e: t.name for t in shop.pack.tables.values() for e in t.feeds}
    for entity, key in _KEYS.items():
        values = _values(connection, entity, key)
        names = {"line_id": "order_item_id"}
        for row_key, column, finding, done in connection.execute(
            "SELECT row_key, column_name, finding, done FROM memory.main.findings WHERE entity = ?",
            [entity],
        ).fetchall():
            if finding not in _KIND_OF_FINDING or row_key not in values:
                continue
            found = values[row_key].get(column)
            if column == "price" and entity == "products":
                found = f"{found} {values[row_key]['currency']}"
            value = EMPTIED if done == "emptied" else (
                SET_ASIDE if finding.endswith("_missing") else str(found)
            )  # fmt: skip
            yield Claim(_KIND_OF_FINDING[finding], source_of[entity], row_key,
                        names.get(column, column), value)  # fmt: skip
    yield from _set_aside(connection)
    for key, name in connection.execute(
        "SELECT product_id, full_name FROM memory.main.product_full_names"
    ).fetchall():
        yield Claim("product_name_abbreviated", "products", key, "name", name)
    for entity, key in (("customer", "customer_id"), ("product", "product_id")):
        for one, first in connection.execute(
            f"SELECT {key}, canonical_{key} FROM memory.main.{entity}_links"
        ).fetchall():
            yield Claim(f"duplicate_{entity}", f"{entity}s", one, None, first)


def _values(
    connection: duckdb.DuckDBPyConnection, entity: str, key: str
) -> dict[str, dict[str, object]]:
    """As read and spelled; of rows that are set aside as read, for their cells count, too."""
    relation = f"memory.main.{entity}"
    if entity in ("orders", "order_items", "payments", "reviews"):
        relation = f"staging.{entity}_checked"
    found = connection.execute(f"SELECT * FROM {relation}")
    names = [column[0] for column in found.description or ()]
    rows = (dict(zip(names, row, strict=True)) for row in found.fetchall())
    return {str(row[key]): row for row in rows}


def _set_aside(connection: duckdb.DuckDBPyConnection) -> Iterator[Claim]:
    for table, row_key, rule in connection.execute(
        "SELECT source_table, row_key, rule FROM memory.main.quarantine "
        "WHERE rule <> 'order_quarantined'"
    ).fetchall():
        column = rule.removeprefix("unreadable_")
        if rule == "date_outside_shops_life" or column.endswith("_at"):
            kind = "impossible_date"
        elif rule.endswith("_not_negative"):
            kind = "negative_total"
        elif rule == "order_missing":
            kind = "orphan_row"
        else:
            kind = "price_ambiguous"
        yield Claim(kind, table, row_key, None, SET_ASIDE)


def write_claims(claims: Iterable[Claim], file: Path) -> None:
    lines = (json.dumps(asdict(claim), ensure_ascii=False) for claim in claims)
    file.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")


def read_claims(file: Path) -> list[Claim]:
    with file.open(encoding="utf-8") as lines:
        return [Claim(**json.loads(line)) for line in lines]


if __name__ == "__main__":
    shop_file, claims_file, work = (Path(argument) for argument in sys.argv[1:4])
    figures, claims = cleanse(shop_file, work)
    write_claims(claims, claims_file)
    print(json.dumps(figures))
