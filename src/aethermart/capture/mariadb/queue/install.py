"""Install and remove the change queue in a MariaDB or MySQL shop: three tables, three triggers a
captured table.

The triggers write into the same transaction as the change itself, so the queue holds a change
exactly if the shop does. They run with the rights of whoever made them: that user must stay.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

from aethermart.capture.mariadb.queue.layout import LAYOUTS, Layout, RowsAs, layouts, new_layout
from aethermart.capture.mariadb.queue.packing import identifier, packed, packed_or_key
from aethermart.capture.mariadb.schema import MariadbColumn, MariadbTable
from aethermart.core.errors import Unavailable
from aethermart.servers.mysql_client import LOCK_WAIT_TIMEOUT, pymysql

QUEUE = "aethermart_change_queue"
READER = "aethermart_change_queue_reader"
EVENTS = ("insert", "update", "delete")
_PREFIX = "trg_aethermart_"
_LOCK_WAIT_S = 2  # writers queue behind a trigger that waits for its table
_COMPARED_AS_THEY_ARE = ("tinyint", "smallint", "mediumint", "int", "bigint", "decimal", "date")


@dataclass(frozen=True, slots=True)
class Triggers:
    """The capture triggers that a table has.

    layouts  by which they write
    layout   the one by which all three do; None where they do not, or one is not there
    version  changes when one is made anew
    """

    layouts: tuple[int, ...]
    layout: int | None
    version: str


_NONE = Triggers((), None, "")


def has_queue(connection: Any) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT COUNT(*) FROM information_schema.TABLES"
            " WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME IN (%s, %s, %s)",
            (QUEUE, LAYOUTS, READER),
        )
        return bool(int(cursor.fetchall()[0][0]) == 3)


def install_queue(connection: Any, tables: Iterable[MariadbTable], rows_as: RowsAs) -> None:
    """Make the queue and the tables' triggers; does nothing where they are there already.

    Making a trigger locks its table against writing for a moment. Raises Unavailable when the
    writers do not let go of it.
    """
    with connection.cursor() as cursor:
        cursor.execute("SET SESSION lock_wait_timeout = %s", [_LOCK_WAIT_S])
    if not has_queue(connection):  # even IF NOT EXISTS would wait for all who write to it
        _make_queue(connection)
    there, known = triggers(connection), layouts(connection)
    for table in tables:
        layout = Layout(table, rows_as, release())
        has = there.get(table.name, _NONE)
        if has.layout is None or known.get(has.layout) != layout:
            with _patient(table.name):
                _drop(connection, has.layouts)
                _make(connection, layout, new_layout(connection, layout))


def uninstall_queue(connection: Any) -> None:
    """Remove the triggers, then the queue."""
    for has in triggers(connection).values():
        _drop(connection, has.layouts)
    with connection.cursor() as cursor:
        for table in (QUEUE, LAYOUTS, READER):
            cursor.execute(f"DROP TABLE IF EXISTS {table}")


def triggers(connection: Any) -> dict[str, Triggers]:
    """By table; those of a layout that nobody knows are not ours."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT EVENT_OBJECT_TABLE, TRIGGER_NAME, CREATED FROM information_schema.TRIGGERS"
            " WHERE TRIGGER_SCHEMA = DATABASE() AND LEFT(TRIGGER_NAME, %s) = %s"
            " ORDER BY EVENT_OBJECT_TABLE, TRIGGER_NAME",
            (len(_PREFIX), _PREFIX),
        )
        rows = cursor.fetchall()
    by_table: dict[str, list[Sequence[str]]] = {}
    for table, name, created in rows:
        event, _, number = name.removeprefix(_PREFIX).partition("_")
        if event in EVENTS and number.isdigit():
            by_table.setdefault(table, []).append((event, number, str(created)))
    found = {}
    for table, of in by_table.items():
        numbers = tuple(sorted({int(number) for _, number, _ in of}))
        layout = numbers[0] if len(of) == len(EVENTS) and len(numbers) == 1 else None
        found[table] = Triggers(numbers, layout, " ".join(created for *_, created in of))
    return found


def release() -> str:
    """Of the triggers' text."""
    texts = [_script(f"capture_{event}.sql") for event in EVENTS]
    texts.append(files(__package__).joinpath("packing.py").read_text(encoding="utf-8"))
    return hashlib.sha256("\0".join(texts).encode()).hexdigest()[:16]


def trigger_name(event: str, layout: int) -> str:
    return f"{_PREFIX}{event}_{layout}"


def _make_queue(connection: Any) -> None:
    with connection.cursor() as cursor:
        for script in ("change_queue.sql", "change_queue_layouts.sql", "change_queue_reader.sql"):
            cursor.execute(_script(script))
        cursor.execute(f"INSERT IGNORE INTO {READER} VALUES (1, %s, 0)", [secrets.token_hex(16)])


def _make(connection: Any, layout: Layout, number: int) -> None:
    table = layout.table
    key = [table.column(name) for name in table.key]
    new_key = packed(key, "NEW")
    if layout.rows_as == "image":
        new_row = packed_or_key(table.columns, table.key, "NEW")
    else:
        new_row = f"CONCAT('?', {new_key})"
    with connection.cursor() as cursor:
        for event in EVENTS:
            statement = _script(f"capture_{event}.sql").format(
                trigger=identifier(trigger_name(event, number)),
                table=identifier(table.name),
                queue=identifier(QUEUE),
                layout=number,
                new_row=new_row,
                old_key=packed(key, "OLD"),
                same_key=_same_key(key),
            )
            cursor.execute(statement)


def _same_key(key: Sequence[MariadbColumn]) -> str:
    """By bytes: two texts that a collation calls equal are two keys to everyone else."""
    if all(column.kind in _COMPARED_AS_THEY_ARE for column in key):
        names = [identifier(column.name) for column in key]
        return " AND ".join(f"OLD.{name} = NEW.{name}" for name in names)
    return f"CAST({packed(key, 'OLD')} AS BINARY) = CAST({packed(key, 'NEW')} AS BINARY)"


def _drop(connection: Any, numbers: Iterable[int]) -> None:
    with connection.cursor() as cursor:
        for number in numbers:
            for event in EVENTS:
                cursor.execute(f"DROP TRIGGER IF EXISTS {identifier(trigger_name(event, number))}")


@contextmanager
def _patient(table: str) -> Iterator[None]:
    try:
        yield
    except pymysql().err.MySQLError as error:
        if error.args[:1] != (LOCK_WAIT_TIMEOUT,):
            raise
        raise Unavailable(
            f"table {table} was being written to for {_LOCK_WAIT_S} s without a pause: its capture"
            " triggers could not be made",
            fix="nothing if it passes: this is retried; else begin at a quiet hour",
        ) from error


def _script(name: str) -> str:
    return files(__package__).joinpath(name).read_text(encoding="utf-8")
