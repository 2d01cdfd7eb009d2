"""Whether a table's rows can have changed since the last publication, told without computing them.

A table's content is a hash of the SQL of its model and of all it reads, and of a token of each
captured table below. The mirror writes the log's offset beside each row, and offsets grow: an
insert or update raises the highest one, a mere deletion lowers the count. A heartbeat moves the
shop's offset and none of these.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any

import duckdb

from aethermart.warehouse.project import CompiledProject
from aethermart.warehouse.publish.tables import PublishedTable

_LAYOUT = 1  # counts up when files of the same rows are written otherwise
# Bronze grows only, and `_entries` is read through its rows: what is new in it has a new offset.
_ARCHIVED = """
SELECT COUNT(*), MAX(e.log_offset)
FROM {relation} AS a
INNER JOIN bronze._entries AS e
  ON e.entry = a._entry
"""
_BY_SCHEMA = {
    "mirror": "SELECT COUNT(*), MAX(_offset) FROM {relation}",
    "bronze": _ARCHIVED,
}
_BY_NAME = {
    "_entries": None,
    "_resets": "SELECT COUNT(*), MAX(log_offset) FROM {relation}",
}
_OTHERWISE = "SELECT COUNT(*), SUM(hash(t)) FROM {relation} AS t"


class Contents:
    """Content of tables within one transaction; each captured table is asked once."""

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        compiled: CompiledProject,
        compression: str,
    ) -> None:
        self._connection = connection
        self._compiled = compiled
        self._compression = compression
        self._models = {model.relation for model in compiled.models}
        self._tokens: dict[str, str] = {}

    def of(self, table: PublishedTable) -> str:
        read = (*self._compiled.ancestors(table.model), table.model)
        captured = {name for model in read for name in model.depends_on} - self._models
        stands_for = [
            self.layout_of(table),
            [[model.relation, model.sql] for model in read],
            [[name, self._token(name)] for name in sorted(captured)],
        ]
        return _hash(stands_for)

    def layout_of(self, table: PublishedTable) -> str:
        """Of the files, whatever rows are in them; partitions of one layout may lie together."""
        return _hash(
            [_LAYOUT, duckdb.__version__, self._compression, table.sql, table.partition_by]
        )

    def _token(self, relation: str) -> str:
        if relation not in self._tokens:
            _, schema, name = relation.replace('"', "").split(".", 2)
            sql = _BY_NAME.get(name, _BY_SCHEMA.get(schema, _OTHERWISE))
            self._tokens[relation] = str(
                self._connection.execute(sql.format(relation=relation)).fetchall() if sql else None
            )
        return self._tokens[relation]


def _hash(stands_for: list[Any]) -> str:
    return hashlib.sha256(json.dumps(stands_for).encode()).hexdigest()
