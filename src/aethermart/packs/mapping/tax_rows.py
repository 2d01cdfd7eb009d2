"""Tax as rows of a table beside the sale (adjustments, totals of an order by code): then a line
that adds up to a total may include tax, although no column of the sale speaks of it."""

from __future__ import annotations

from aethermart.packs.mapping.build import Builder
from aethermart.packs.mapping.roles import Sale
from aethermart.packs.mapping.words import concepts_of

_HOPS = 3
_KINDS = {"type", "code", "key", "class", "group"}
_SUMS = {"amount", "total", "price"}


def tax_rows(sale: Sale, builder: Builder) -> str:
    """The table and the column that names its rows tax, empty where there is none."""
    sold = {sale.lines.table.name, *([sale.header.table.name] if sale.header else [])}
    for table in builder.facts.tables.values():
        if table.name in sold or not _leads_to(table.name, sold, builder):
            continue
        sums = [
            c
            for c, about in ((c, set(concepts_of(c))) for c in table.columns)
            if about & _SUMS and table.columns[c].kind.kind in ("integer", "decimal", "double")
        ]
        if not sums:
            continue
        for column, facts in table.columns.items():
            if facts.kind.kind == "text" and _KINDS & set(concepts_of(column)[-1:]):
                values = builder.peek.distinct(table.name, column)
                if any(concepts_of(str(v)) == ("tax",) for v, _ in values):
                    return f"{table.name}.{column}"
    return ""


def _leads_to(table: str, sold: set[str], builder: Builder) -> bool:
    reached = {table}
    for _ in range(_HOPS):
        reached |= {link.table for name in reached for link in builder.links.get(name, ())}
        if reached & sold:
            return True
    return False
