"""The form in which triggers write a table's rows; kept in the shop beside the queue."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

import pyarrow as pa

from aethermart.capture.mariadb.schema import UTC, MariadbColumn, MariadbTable

LAYOUTS = "aethermart_change_queue_layouts"
RowsAs = Literal["image", "key"]
_TYPES: dict[str, pa.DataType] = {
    str(kind): kind
    for kind in (
        *(pa.bool_(), pa.int64(), pa.float64(), pa.date32(), UTC, pa.binary(), pa.string()),
    )
}
_DECIMAL = re.compile(r"decimal128\((\d+), (\d+)\)")


@dataclass(frozen=True, slots=True)
class Layout:
    """rows_as  image: the row with each change; key: its key alone
    release  of the triggers' own text
    """

    table: MariadbTable
    rows_as: RowsAs
    release: str

    def text(self) -> str:
        columns = [{**asdict(c), "type": str(c.type)} for c in self.table.columns]
        record = {
            "columns": columns,
            "key": self.table.key,
            "rows_as": self.rows_as,
            "release": self.release,
        }
        return json.dumps(record, ensure_ascii=False, sort_keys=True)

    @classmethod
    def parse(cls, table: str, text: str) -> Layout:
        record = json.loads(text)
        columns = tuple(
            MariadbColumn(**{**column, "type": _type(column["type"])})
            for column in record["columns"]
        )
        found = MariadbTable(table, columns, tuple(record["key"]))
        return cls(found, record["rows_as"], record["release"])

    def tells_all_of(self, table: MariadbTable) -> bool:
        """Whether rows written so have what the table has now, in the same form."""
        return self.table.key == table.key and _forms(self.table) == _forms(table)


def layouts(connection: Any) -> dict[int, Layout]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT layout, table_name, form FROM {LAYOUTS}")
        return {int(row[0]): Layout.parse(row[1], row[2]) for row in cursor.fetchall()}


def new_layout(connection: Any, layout: Layout) -> int:
    """The number of a form for triggers to be made, never given to any other."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {LAYOUTS} (table_name, form) VALUES (%s, %s)",
            (layout.table.name, layout.text()),
        )
        return int(cursor.lastrowid)


def _forms(table: MariadbTable) -> Sequence[tuple[str, str, str]]:
    return [(column.name, column.kind, str(column.type)) for column in table.columns]


def _type(text: str) -> pa.DataType:
    if match := _DECIMAL.fullmatch(text):
        return pa.decimal128(int(match[1]), int(match[2]))
    return _TYPES[text]
