"""Whether a captured table is what its pack expects: the gate that stops a batch of a wrong schema.

A column more is welcome, a column less or one whose values no longer fit is a fault.
"""

from __future__ import annotations

from dataclasses import dataclass

from aethermart.core.entries import TableSchema
from aethermart.packs.pack import Pack
from aethermart.packs.types import from_arrow


@dataclass(frozen=True, slots=True)
class Fault:
    """expected and found are type names; found is None for a column that is missing."""

    table: str
    column: str
    expected: str
    found: str | None

    def __str__(self) -> str:
        name = f"{self.table}.{self.column}"
        if self.found is None:
            return f"{name} is missing (expected {self.expected})"
        return f"{name} is {self.found} (expected {self.expected})"


def check_schema(pack: Pack, schema: TableSchema) -> list[Fault]:
    """Every fault of one captured table; empty for a table the pack does not know."""
    table = pack.tables.get(schema.table)
    if table is None:
        return []
    found = {column.name: column.type for column in schema.columns}
    faults: list[Fault] = []
    for name, expected in table.columns.items():
        if name not in found:
            faults.append(Fault(table.name, name, str(expected), None))
            continue
        captured = from_arrow(found[name])
        if captured is None or not expected.holds(captured):
            faults.append(Fault(table.name, name, str(expected), str(captured or found[name])))
    if set(schema.key) != set(table.key) and not faults:
        faults.append(Fault(table.name, "key", ", ".join(table.key), ", ".join(schema.key)))
    return faults
