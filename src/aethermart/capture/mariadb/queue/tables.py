"""A shop's tables as the queue sees them: whether each can be captured, and by which triggers."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from aethermart.capture.compare.reader import ComparedTable
from aethermart.capture.mariadb.queue.install import Triggers, triggers
from aethermart.capture.mariadb.queue.layout import Layout
from aethermart.capture.mariadb.queue.packing import identifier
from aethermart.capture.mariadb.schema import MariadbTable, discover
from aethermart.core.entries import Column
from aethermart.servers.mysql_client import pymysql

_NO_RIGHT = (1142, 1143)
_COMPARE = 'or set capture = "compare" for this shop'
_TABLES = """
SELECT TABLE_NAME, TABLE_TYPE, ENGINE
FROM information_schema.TABLES
WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME IN %s
"""
# Foreign keys by which a change of another table changes this one's rows.
_CASCADES = """
SELECT TABLE_NAME, CONSTRAINT_NAME, REFERENCED_TABLE_NAME, DELETE_RULE, UPDATE_RULE
FROM information_schema.REFERENTIAL_CONSTRAINTS
WHERE
    CONSTRAINT_SCHEMA = DATABASE() AND TABLE_NAME IN %s
    AND (
        DELETE_RULE NOT IN ('RESTRICT', 'NO ACTION')
        OR UPDATE_RULE NOT IN ('RESTRICT', 'NO ACTION')
    )
ORDER BY CONSTRAINT_NAME
"""
# InnoDB's own numbers of tables: another one after TRUNCATE and whatever else rewrites a table.
_STORAGE = "SELECT NAME, TABLE_ID FROM information_schema.{} WHERE LEFT(NAME, %s) = %s"


@dataclass(frozen=True, slots=True)
class QueueTable:
    """A table as it stands now.

    fault     why it cannot be captured by triggers whatever is done, and what to do
    triggers  those that write to the queue; None where it has none
    storage   changes when rows were rewritten without a trigger
    """

    table: MariadbTable
    fault: tuple[str, str] | None
    triggers: Triggers | None
    storage: str

    @property
    def layout(self) -> int | None:
        return self.triggers.layout if self.triggers else None

    def compared(
        self, layouts: Mapping[int, Layout], time_zone: str, *, mends: bool
    ) -> ComparedTable:
        """As the watch looks at it. mends: triggers that are not as they should be are made anew"""
        fault, layout = self.fault, layouts.get(self.layout or 0)
        whole = layout is not None and layout.tells_all_of(self.table)
        mends = mends or not self.table.key  # then there is nothing to mend, and the watch says why
        if fault is None and layout is None and not mends:
            fault = ("its capture triggers are gone or not whole", f"set allow_ddl, {_COMPARE}")
        elif fault is None and not whole and not mends:
            fault = (
                "its columns are not those that its capture triggers were made for",
                f"set allow_ddl, so that they are made anew, {_COMPARE}",
            )
        of = self.table
        version = self.triggers.version if self.triggers else ""
        return ComparedTable(
            name=of.name,
            columns=tuple(
                # A zero date is null, whatever the column says.
                Column(c.name, str(c.type), c.nullable or c.kind in {"date", "datetime"})
                for c in of.columns
            ),
            types=tuple(column.type for column in of.columns),
            key=of.key,
            fingerprint=json.dumps(
                ["queue", self.layout if whole else None, version, self.storage, time_zone]
            ),
            fault=fault,
        )


def look(connection: Any, user: str, names: Sequence[str]) -> dict[str, QueueTable]:
    """The named tables that exist, by name; views among them, which have a fault."""
    if not names:
        return {}
    kinds = {row[0]: (row[1], row[2]) for row in _rows(connection, _TABLES, [tuple(names)])}
    found = discover(connection, names)
    cascades = {row[0]: row for row in _rows(connection, _CASCADES, [tuple(names)])}
    there, storage = triggers(connection), _storage(connection, names)
    tables = {}
    for name in names:
        if name not in kinds:
            continue
        fault = _fault(connection, user, name, kinds[name], cascades.get(name))
        table = found.get(name, MariadbTable(name, (), ()))
        tables[name] = QueueTable(table, fault, there.get(name), storage.get(name, ""))
    return tables


def faults(tables: Iterable[QueueTable]) -> list[str]:
    """What keeps a queue from telling all of these tables, a line each."""
    return [f"{of.table.name}: {of.fault[0]}" for of in tables if of.fault is not None]


def _fault(
    connection: Any, user: str, name: str, kind: tuple[str, str], cascade: Sequence[str] | None
) -> tuple[str, str] | None:
    of, engine = kind
    if of == "VIEW":
        return "it is a view, which has no triggers", f"name its tables in the pack, {_COMPARE}"
    if (engine or "").lower() != "innodb":
        return (
            (
                f"it is kept by {engine}, without transactions: what is rolled back stays,"
                " and its queue would not know"
            ),
            f"ALTER TABLE {name} ENGINE = InnoDB, {_COMPARE}",
        )
    if cascade is not None:
        _, constraint, parent, on_delete, on_update = cascade
        return (
            (
                f"foreign key {constraint} changes its rows with those of {parent}"
                f" (ON DELETE {on_delete}, ON UPDATE {on_update}), which fires no trigger"
            ),
            f"make it RESTRICT, {_COMPARE}",
        )
    try:
        _rows(connection, f"SELECT 1 FROM {identifier(name)} LIMIT 0", None)
    except pymysql().err.MySQLError as error:
        if error.args[0] not in _NO_RIGHT:
            raise
        return f"user {user!r} may not read it", f"GRANT SELECT ON {name} TO {user}"
    return None


def _storage(connection: Any, names: Sequence[str]) -> dict[str, str]:
    ((database,),) = _rows(connection, "SELECT DATABASE()", None)
    mariadb = "mariadb" in connection.get_server_info().lower()
    folder, *files = _file_names(connection, [database, *names], mariadb=mariadb)
    by_file = dict(zip(files, names, strict=True))
    query = _STORAGE.format("INNODB_SYS_TABLES" if mariadb else "INNODB_TABLES")
    numbers: dict[str, list[int]] = {}
    for path, number in _rows(connection, query, (len(folder) + 1, f"{folder}/")):
        file = path.partition("/")[2].partition("#")[0]  # a partition's begins with its table's
        if file in by_file:
            numbers.setdefault(by_file[file], []).append(int(number))
    return {name: ",".join(map(str, sorted(of))) for name, of in numbers.items()}


def _file_names(connection: Any, names: Sequence[str], *, mariadb: bool) -> list[str]:
    """As InnoDB has them. MySQL cannot be asked: there a name with signs in it has no storage."""
    if not mariadb:
        return list(names)
    encoded = ", ".join(["CAST(CONVERT(%s USING filename) AS BINARY)"] * len(names))
    (row,) = _rows(connection, f"SELECT {encoded}", names)
    return [bytes(value).decode() for value in row]


def _rows(connection: Any, query: str, values: Any) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(query, values)
        return list(cursor.fetchall())
