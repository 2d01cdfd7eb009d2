"""Write a messy shop as a SQLite file, loosely typed: keys are numbers, all else is text."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from aethermart.core.errors import Conflict
from aethermart.simulate.faults.sound import REFERENCES, TABLES, Row


def write_shop(tables: dict[str, list[Row]], file: Path) -> None:
    """Raises Conflict where the file is there already."""
    if file.exists():
        raise Conflict(f"{file} exists", fix="name a file that does not, or remove it")
    with closing(sqlite3.connect(file)) as connection, connection:
        for table, (key, columns) in TABLES.items():
            names = [key, *columns, *(["country"] if table == "customers" else [])]
            kinds = ", ".join(
                f'"{name}" INTEGER' if name in REFERENCES else f'"{name}" TEXT'
                for name in names[1:]
            )
            connection.execute(f'CREATE TABLE "{table}" ("{key}" INTEGER PRIMARY KEY, {kinds})')
            marks = ", ".join("?" for _ in names)
            connection.executemany(
                f'INSERT INTO "{table}" VALUES ({marks})',  # noqa: S608 - names of our own
                ([row[name] for name in names] for row in tables[table]),
            )
