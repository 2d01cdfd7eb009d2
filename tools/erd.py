"""Draw the store's tables as they stand in a live MariaDB: docs/images/store-erd.svg, docs/erd.md.

Names, types, keys and cardinalities are read from information_schema; only where a table is drawn
is said here. A table that is new is drawn below the last ones, one without keys to others is only
listed. Without a MariaDB on this machine nothing is written, and said so.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from contextlib import closing
from dataclasses import dataclass
from html import escape
from pathlib import Path

from aethermart.servers.mariadb import EmbeddedMariadb, mariadb_prefix
from aethermart.store.connect import connect
from aethermart.store.schema import apply_schema
from aethermart.store.session import StoreSession
from tools.generated import ROOT, cell

PAGE = ROOT / "docs" / "erd.md"
DRAWING = ROOT / "docs" / "images" / "store-erd.svg"

# Columns of the drawing, from above to below.
PLACES = (
    ("supplier_links", "suppliers", "product_suppliers", "product_dependencies", "categories",
     "category_attribute_schemas"),
    ("promotions", "product_attribute_values", "inventory_movements", "products", "social_posts"),
    ("returns", "order_items", "order_events", "payments", "orders", "reviews"),
    ("customer_addresses", "customers", "support_chats", "loads", "rejected_rows", "load_notes"),
)  # fmt: skip
_WIDTH, _GAP, _HEAD, _ROW, _BETWEEN, _EDGE = 192, 46, 22, 16, 26, 14


@dataclass(frozen=True, slots=True)
class Column:
    name: str
    type: str
    nullable: bool
    generated: str  # "VIRTUAL", "STORED" or ""
    in_key: bool  # of the primary one


@dataclass(frozen=True, slots=True)
class Link:
    """A foreign key. `once`: its columns are unique, so that the other has at most one such row."""

    table: str
    columns: tuple[str, ...]
    target: str
    optional: bool
    once: bool


@dataclass(frozen=True, slots=True)
class Schema:
    tables: dict[str, list[Column]]
    links: list[Link]


def read_schema(session: StoreSession) -> Schema:
    tables: dict[str, list[Column]] = {}
    for table, name, kind, null, extra, key in session.rows(
        """
        SELECT c.table_name, c.column_name, c.column_type, c.is_nullable, c.extra, c.column_key
        FROM information_schema.columns AS c
        INNER JOIN information_schema.tables AS t
            ON t.table_schema = c.table_schema AND t.table_name = c.table_name
        WHERE c.table_schema = DATABASE() AND t.table_type = 'BASE TABLE'
        ORDER BY c.table_name, c.ordinal_position
        """
    ):
        generated = str(extra).removesuffix(" GENERATED") if "GENERATED" in str(extra) else ""
        column = Column(name, str(kind), null == "YES", generated, key == "PRI")
        tables.setdefault(str(table), []).append(column)
    unique = {
        (table, frozenset(str(columns).split(",")))
        for table, columns in session.rows(
            """
            SELECT table_name, GROUP_CONCAT(column_name)
            FROM information_schema.statistics
            WHERE table_schema = DATABASE() AND non_unique = 0
            GROUP BY table_name, index_name
            """
        )
    }
    links = []
    for table, columns, target in session.rows(
        """
        SELECT
            table_name,
            GROUP_CONCAT(column_name ORDER BY ordinal_position),
            MAX(referenced_table_name)
        FROM information_schema.key_column_usage
        WHERE table_schema = DATABASE() AND referenced_table_name IS NOT NULL
        GROUP BY table_name, constraint_name
        ORDER BY table_name, constraint_name
        """
    ):
        names = tuple(str(columns).split(","))
        nullable = any(c.nullable for c in tables[table] if c.name in names)
        once = any((table, frozenset(names[:n])) in unique for n in range(1, len(names) + 1))
        links.append(Link(table, names, target, nullable, once))
    return Schema(tables, links)


# ---------------------------------------------------------------------------- the drawing


@dataclass(frozen=True, slots=True)
class _Box:
    x: int
    y: int
    rows: list[str]  # names of the columns shown

    @property
    def height(self) -> int:
        return _HEAD + _ROW * len(self.rows) + 6

    def row_y(self, column: str) -> int:
        at = self.rows.index(column) if column in self.rows else -1
        return self.y + _HEAD + _ROW * at + _ROW // 2 + 2


def draw(schema: Schema) -> str:
    boxes = _placed(schema)
    height = max(box.y + box.height for box in boxes.values()) + _EDGE
    width = _EDGE + len(PLACES) * (_WIDTH + _GAP)
    parts = [_OPENING.format(width=width, height=height)]
    drawn = sorted({(k.table, k.columns, k.target, k.optional, k.once) for k in schema.links})
    lanes: dict[int, int] = {}
    for table, columns, target, optional, once in drawn:
        link = Link(table, columns, target, optional, once)
        parts.append(_line(boxes, link, lanes))
    for name, box in boxes.items():
        parts.append(_box(name, box, schema))
    return "\n".join([*parts, "</svg>", ""])


def _placed(schema: Schema) -> dict[str, _Box]:
    linked = {k.table for k in schema.links} | {k.target for k in schema.links}
    known = {table for column in PLACES for table in column}
    columns = [[t for t in column if t in schema.tables] for column in PLACES]
    columns[-1] += sorted(linked - known)
    boxes = {}
    for place, tables in enumerate(columns):
        y = _EDGE
        for table in tables:
            box = _Box(_EDGE + place * (_WIDTH + _GAP), y, _shown(schema, table))
            boxes[table] = box
            y += box.height + _BETWEEN
    return boxes


def _shown(schema: Schema, table: str) -> list[str]:
    """Its primary key and its foreign ones."""
    foreign = {c for k in schema.links if k.table == table for c in k.columns}
    return [c.name for c in schema.tables[table] if c.in_key or c.name in foreign]


def _box(name: str, box: _Box, schema: Schema) -> str:
    columns = {c.name: c for c in schema.tables[name]}
    foreign = {c for k in schema.links if k.table == name for c in k.columns}
    parts = [
        (
            f'<rect class="box" x="{box.x}" y="{box.y}" width="{_WIDTH}" height="{box.height}"'
            ' rx="6"/>'
        ),
        f'<text class="name" x="{box.x + 8}" y="{box.y + 15}">{escape(name)}</text>',
    ]
    for column in box.rows:
        marks = [m for m, on in (("PK", columns[column].in_key), ("FK", column in foreign)) if on]
        y = box.row_y(column) + 4
        parts.append(
            f'<text class="small" x="{box.x + 8}" y="{y}">{escape(column)}</text>'
            f'<text class="small" text-anchor="end" x="{box.x + _WIDTH - 8}" y="{y}">'
            f"{' '.join(marks)}</text>"
        )
    return "\n".join(parts)


def _line(boxes: dict[str, _Box], link: Link, lanes: dict[int, int]) -> str:
    """From the foreign key's row to the head of the table that it names."""
    child, parent = boxes[link.table], boxes[link.target]
    y1, y2 = child.row_y(link.columns[0]), parent.y + _HEAD // 2
    if child.x == parent.x:  # in one column: round the right side
        x1 = x2 = child.x + _WIDTH
        lane = lanes[child.x] = lanes.get(child.x, 0) + 1
        out = 14 + 5 * (lane % 6)
        way = f"M{x1} {y1}h{out}V{y2}h-{out}"
        side1 = side2 = 1
    else:
        side1, side2 = (1, -1) if child.x < parent.x else (-1, 1)
        x1 = child.x + (_WIDTH if side1 > 0 else 0)
        x2 = parent.x + (_WIDTH if side2 > 0 else 0)
        bend = min(abs(x2 - x1) * 0.6, 60) * side1
        way = f"M{x1} {y1}C{x1 + bend:.0f} {y1} {x2 - bend:.0f} {y2} {x2} {y2}"
    many = "" if link.once else f"M{x1} {y1 - 4}l{8 * side1} 4l{-8 * side1} 4"
    one = f"M{x2 + 5 * side2} {y2 - 4}v8"
    ring = f'<circle class="ring" cx="{x2 + 11 * side2}" cy="{y2}" r="3"/>' if link.optional else ""
    return f'<path class="way" d="{way}{many}{one}"/>{ring}'


_OPENING = """\
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img"
     aria-labelledby="t d" font-family="system-ui, sans-serif" font-size="12">
<title id="t">The store's tables</title>
<desc id="d">Each table with its primary and foreign keys. A line goes from a foreign key to the
table that it names; three toes mean many rows, a bar one, a ring that there may be none.</desc>
<style>
  .box {{ fill: #f4f9f8; stroke: #2a6f6b; stroke-width: 1.2 }}
  .way {{ fill: none; stroke: #7d8f8d; stroke-width: 1.1 }}
  .ring {{ fill: #ffffff; stroke: #7d8f8d }}
  text {{ fill: #35514f }} .name {{ font-weight: 600; font-size: 11.5px }}
  .small {{ font-size: 11px; fill: #5d7270 }}
  @media (prefers-color-scheme: dark) {{
    .box {{ fill: #16211f }} .ring {{ fill: #16211f }}
    text {{ fill: #d5e4e2 }} .small {{ fill: #9fb5b2 }}
  }}
</style>"""

# ---------------------------------------------------------------------------- the page

_HEADER = """\
# The store's tables

Written by `python -m tools.erd` from the live schema of the store on MariaDB: do not edit. Each
table is drawn with its primary and foreign keys; all columns are listed below. A line goes from a
foreign key to the table that it names: three toes mean many rows, a bar exactly one, a ring before
the bar that there may be none.

![The store's tables](images/store-erd.svg)

What the tables are for, and what views and routines stand over them: [store-sql.md](store-sql.md).
"""


def render(schema: Schema) -> str:
    parts = [_HEADER]
    for table, columns in sorted(schema.tables.items()):
        parts.append(f"## {table}\n\n| column | type | |\n|---|---|---|")
        parts += [_told(table, column, schema) for column in columns]
        parts.append("")
    return "\n".join(parts)


def _told(table: str, column: Column, schema: Schema) -> str:
    said = ["primary key"] if column.in_key else []
    for link in schema.links:
        if link.table == table and column.name in link.columns:
            how = "at most one row" if link.once else "many rows"
            said.append(f"of [{link.target}](#{link.target}), {how} to each")
    if column.generated:
        said.append(f"generated, {column.generated.lower()}")
    elif column.nullable:
        said.append("may be null")
    return f"| {column.name} | {cell(column.type)} | {cell('; '.join(said))} |"


def generate(session: StoreSession) -> dict[Path, str]:
    schema = read_schema(session)
    return {PAGE: render(schema), DRAWING: draw(schema)}


def main() -> int:
    parser = argparse.ArgumentParser(description="Draw the store's tables.")
    parser.add_argument("--check", action="store_true", help="change nothing, fail if it is stale")
    check = parser.parse_args().check
    if mariadb_prefix() is None:
        print("no MariaDB on this machine: docs/erd.md is left as it is")
        return 0
    with tempfile.TemporaryDirectory() as folder:
        server = EmbeddedMariadb(Path(folder) / "mariadb")
        server.start()
        try:
            server.create_database("store")
            with closing(connect(server.dsn("store"))) as session:
                apply_schema(session)
                files = generate(session)
        finally:
            server.destroy()
    stale = [p for p, text in files.items() if not p.is_file() or p.read_text() != text]
    for path in stale:
        if check:
            print(f"{path.relative_to(ROOT)} is stale: run `make docs`")
        else:
            path.write_text(files[path], encoding="utf-8")
    return 1 if check and stale else 0


if __name__ == "__main__":
    sys.exit(main())
