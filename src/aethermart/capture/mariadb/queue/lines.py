"""Lines of the queue, of a snapshot or of a second look as Arrow; packing.py is what wrote them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from io import BytesIO
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

from aethermart.capture.mariadb.decode import Decoder
from aethermart.capture.mariadb.queue.layout import Layout
from aethermart.capture.mariadb.queue.packing import as_text
from aethermart.capture.mariadb.schema import MariadbColumn, MariadbTable
from aethermart.core.entries import META, nullable

_PARSE = pyarrow.csv.ParseOptions(newlines_in_values=True)
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - text without a zone is made of it


Change = tuple[int, str, bytes, str]  # id, op, line, when as text


class LineReader:
    def __init__(self, decoder: Decoder) -> None:
        self._decoder = decoder

    def rows(
        self, table: str, columns: Sequence[MariadbColumn], lines: Sequence[bytes]
    ) -> pa.Table:
        """The columns of lines that have all of them, nullable. Raises UnfitValue."""
        return self.decoded(table, columns, values_of(columns, lines))

    def decoded(
        self, table: str, columns: Sequence[MariadbColumn], values: Sequence[Sequence[Any]]
    ) -> pa.Table:
        """The columns out of what a SELECT of them gave, a sequence a column. Raises UnfitValue."""
        arrays = [
            self._decoder.column(table, column, of)
            for column, of in zip(columns, values, strict=True)
        ]
        schema = pa.schema([(column.name, column.type) for column in columns])
        return pa.Table.from_arrays(arrays, schema=schema)

    def changes(self, layout: Layout, rows: Sequence[Change]) -> pa.Table:
        """Ids, ops, lines and times as the table's columns and META but for `_entry`.

        A deletion's line is its key's alone.
        """
        _, ops, lines, _ = zip(*rows, strict=True)
        table = layout.table
        deleted = [op == "d" for op in ops]
        images = [line for line, gone in zip(lines, deleted, strict=True) if not gone]
        keys = [line for line, gone in zip(lines, deleted, strict=True) if gone]
        key = [table.column(name) for name in table.key]
        made = self.joined(
            table, self.rows(table.name, table.columns, images), self.rows(table.name, key, keys)
        )
        return with_changes(made.take(_places(deleted)), rows)

    def joined(self, table: MariadbTable, images: pa.Table, keys: pa.Table) -> pa.Table:
        """Whole rows, then those of which the key alone is known."""
        whole = nullable(pa.schema([(column.name, column.type) for column in table.columns]))
        return pa.concat_tables([images.cast(whole), keys], promote_options="default").select(
            whole.names
        )


def values_of(columns: Sequence[MariadbColumn], lines: Sequence[bytes]) -> list[Sequence[Any]]:
    """What a SELECT of the columns would have given, a sequence a column."""
    texts = _texts(len(columns), lines)
    return [_as_read(column, texts.column(at)) for at, column in enumerate(columns)]


def with_changes(rows: pa.Table, changes: Sequence[Change]) -> pa.Table:
    """The rows with META but for `_entry`."""
    ids, ops, _, times = [*zip(*changes, strict=True)] or [()] * 4
    naive: Any = pc.cast(pa.array(times, pa.string()), pa.timestamp("us"))
    return (
        rows.append_column(META.field("_position"), pa.array(ids, pa.int64()))
        .append_column(META.field("_op"), pa.array(ops, pa.string()))
        .append_column(META.field("_committed_at"), pc.assume_timezone(naive, "UTC"))
        .select([*rows.schema.names, *META.names[:-1]])
    )


def _places(deleted: Sequence[bool]) -> pa.Array[Any]:
    """Where each row is, once those that are not deleted have been put first."""
    gone = pa.array(deleted)
    images = len(deleted) - sum(deleted)
    # A row's number among its own kind, then past the other kind.
    among_gone = pc.cumulative_sum(pc.cast(gone, pa.int64()))
    among_images = pc.cumulative_sum(pc.cast(pc.invert(gone), pa.int64()))
    places: pa.Array[Any] = pc.if_else(
        gone, pc.add(among_gone, images - 1), pc.subtract(among_images, 1)
    )
    return places


def _texts(width: int, lines: Sequence[bytes]) -> pa.Table:
    names = [str(number) for number in range(width)]
    schema = pa.schema([(name, pa.string()) for name in names])
    if not lines:
        return schema.empty_table()
    data = b"\n".join(lines) + b"\n"  # else null at its end would read as empty text
    if data.startswith(_BYTE_ORDER_MARK):
        data = _BYTE_ORDER_MARK + data  # the reader takes one away, also where it is a value's
    return pyarrow.csv.read_csv(
        BytesIO(data),
        read_options=pyarrow.csv.ReadOptions(column_names=names, block_size=max(len(data) + 1, 1)),
        parse_options=_PARSE,
        convert_options=pyarrow.csv.ConvertOptions(
            column_types=schema,
            null_values=[""],
            strings_can_be_null=True,
            quoted_strings_can_be_null=False,
        ),
    )


def _as_read(column: MariadbColumn, texts: pa.ChunkedArray[Any]) -> Sequence[Any]:
    """As a SELECT of the column would have given it."""
    if not as_text(column):
        values = [None if digits is None else bytes.fromhex(digits) for digits in texts.to_pylist()]
        if column.as_digits:
            return [None if value is None else value.hex() for value in values]
        return values
    if column.kind == "timestamp":
        return [None if text is None else _as_time(text) for text in texts.to_pylist()]
    return texts.to_pylist()


def _as_time(seconds: str) -> str:
    """Seconds since 1970 as text; 0 is how a zero date is kept."""
    whole, _, part = seconds.partition(".")
    if not int(whole) and not int(part or 0):
        return "0000-00-00 00:00:00"
    moment = _EPOCH + timedelta(seconds=int(whole))
    return f"{moment.isoformat(' ')}.{part or 0}"
