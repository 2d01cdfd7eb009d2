"""The schemas of one shop's tables, on a database that has several."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from aethermart.core.errors import BadInput


@dataclass(frozen=True, slots=True)
class Schemas:
    """A table of the first schema goes by its own name, one of another by `schema.table`."""

    names: tuple[str, ...]

    @staticmethod
    def of(text: str) -> Schemas:
        """`sales`, or several: `sales, catalogue`. Raises BadInput."""
        names = tuple(name.strip() for name in text.split(","))
        if not all(names) or len(set(names)) < len(names):
            raise BadInput(
                f"schema {text!r} does not name each schema once",
                fix='write one, or several with commas: schema = "sales, catalogue"',
            )
        return Schemas(names)

    def __iter__(self) -> Iterator[str]:
        return iter(self.names)

    def place(self, table: str) -> tuple[str, str]:
        """Schema and name, within it, of the table that goes by `table`."""
        for schema in self.names[1:]:
            if table.startswith(f"{schema}."):
                return schema, table[len(schema) + 1 :]
        return self.names[0], table

    def named(self, schema: str, relation: str) -> str:
        """What a table of one of the schemas goes by."""
        return relation if schema == self.names[0] else f"{schema}.{relation}"
