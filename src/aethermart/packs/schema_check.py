"""Whether a captured table is what its pack expects: the gate that stops a batch of a wrong schema.

A column less or one whose values no longer fit is a fault. A column more is drift, told and passed
on, unless the pack wants exactly its own (`surplus = "stop"`).
"""

from __future__ import annotations

from dataclasses import dataclass

from aethermart.core.entries import TableSchema
from aethermart.packs.pack import Pack
from aethermart.packs.types import from_arrow


@dataclass(frozen=True, slots=True)
class Fault:
    """expected and found are type names.

    found     None for a column that is missing
    expected  None for a column that the pack does not name
    """

    table: str
    column: str
    expected: str | None
    found: str | None

    def __str__(self) -> str:
        name = f"{self.table}.{self.column}"
        if self.found is None:
            return f"{name} is missing (expected {self.expected})"
        if self.expected is None:
            return f"{name} is not in the pack ({self.found})"
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
    if table.surplus == "stop":
        faults += [
            Fault(table.name, name, None, str(from_arrow(kind) or kind))
            for name, kind in found.items()
            if name not in table.columns
        ]
    if set(schema.key) != set(table.key) and not faults:
        faults.append(Fault(table.name, "key", ", ".join(table.key), ", ".join(schema.key)))
    return faults
