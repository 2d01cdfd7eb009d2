"""Open the DuckDB file as its one owner, and word what the machine does to it as our errors."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import duckdb

from aethermart.core.errors import Conflict, DiskFull, Terminal, Transient, Unavailable
from aethermart.engine.settings import EngineSettings

_FULL = ("No space left on device", "File too large", "Disk quota exceeded")


class OutOfMemory(Terminal):
    """DuckDB would need more memory than it may use."""


def open_lake(
    path: Path, settings: EngineSettings, files: Sequence[Path] | None = None
) -> duckdb.DuckDBPyConnection:
    """The file opened without configuration, then set up for all who use it in this process.

    files  the only folders whose files a statement may read, until the file is closed; None: any
    Raises Conflict when another process has it.
    """
    try:
        connection = duckdb.connect(str(path))
    except duckdb.IOException as error:
        if "could not set lock" in str(error).lower():
            raise Conflict(
                f"{path} is in use by another process: {_first_line(error)}",
                fix="stop the other `aethermart serve`, or use its API",
            ) from error
        raise Unavailable(
            f"{path} cannot be opened: {_first_line(error)}",
            fix="check the folder's rights and free disk space; "
            "the file is a cache and may be deleted: it is rebuilt from the log",
        ) from error
    connection.execute("SET GLOBAL memory_limit = ?", [settings.memory_limit])
    connection.execute("SET GLOBAL threads = ?", [settings.threads])
    # Automatic checkpoints stall the writer for up to 1.5 s; ours run beside it.
    connection.execute("SET GLOBAL checkpoint_threshold = '1GB'")
    connection.execute("SET GLOBAL TimeZone = 'UTC'")
    connection.execute("SET GLOBAL preserve_insertion_order = false")
    if files is not None:
        folders = [f"{folder}/" for folder in files]
        connection.execute("SET GLOBAL allowed_directories = ?", [folders])
        # From here on neither can be changed back. Its own file and spills stay open to it.
        connection.execute("SET GLOBAL enable_external_access = false")
    return connection


@contextmanager
def machine_errors_named() -> Iterator[None]:
    """Turn what disk and memory do to DuckDB into our errors; those of the SQL itself pass."""
    try:
        yield
    except duckdb.OutOfMemoryException as error:
        raise OutOfMemory(
            f"DuckDB ran out of memory: {_first_line(error)}",
            fix="raise `memory_limit` under [engine] in aethermart.toml",
        ) from error
    except (duckdb.IOException, duckdb.FatalException) as error:
        raise passing(error) from error


def passing(error: duckdb.Error) -> Transient:
    """What DuckDB could not do now, as an error that is worth another try."""
    if is_full_disk(error):
        return DiskFull(
            f"DuckDB cannot write its file: {_first_line(error)}",
            fix="free space on the disk that holds the state folder; this is retried",
        )
    return Unavailable(
        f"DuckDB cannot go on just now: {_first_line(error)}",
        fix="check the disk that holds the state folder; this is retried",
    )


def is_full_disk(error: duckdb.Error) -> bool:
    return any(text in str(error) for text in _FULL)


def _first_line(error: Exception) -> str:
    return str(error).strip().splitlines()[0]
