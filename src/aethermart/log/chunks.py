"""Chunks: rows too many for the log, as Parquet files beside it.

A file appears under its name only when it is complete and on the disk; the log entry that names it
is written after. So a crash can leave a file that nobody names (`orphans`), never the reverse.
Whoever asks for a file's path gets one whose size and SHA-256 were checked.
"""

from __future__ import annotations

import hashlib
import re
import secrets
import time
from collections.abc import Iterable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from aethermart.core.entries import Chunk
from aethermart.core.errors import Terminal
from aethermart.log.parquet import UNFINISHED, batches_of, write_parquet

_SUFFIX = ".parquet"


class CorruptChunk(Terminal):
    """A chunk file is gone, or is not the file that was written."""


class ChunkStore:
    """The folder of chunks. Any number of processes and threads may share the folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._checked: dict[str, tuple[int, int, str]] = {}  # file: mtime_ns, size, sha256

    def write(self, entry_id: str, table: str, rows: pa.Table | Iterable[pa.RecordBatch]) -> Chunk:
        """Write the rows, at least one batch, and return their claim check; durable on return.

        Raises DiskFull, and then leaves nothing behind.
        """
        self._folder.mkdir(parents=True, exist_ok=True)
        readable = re.sub(r"[^A-Za-z0-9_]", "_", table)[:60]
        name = f"{entry_id}-{readable}-{secrets.token_hex(4)}{_SUFFIX}"
        batches = batches_of(rows) if isinstance(rows, pa.Table) else rows
        written = write_parquet(self._folder / name, batches)
        return Chunk(table, name, written.rows, written.size_bytes, written.sha256)

    def path(self, chunk: Chunk) -> Path:
        """Where the chunk lies. Raises CorruptChunk unless size and SHA-256 are as written.

        A file is read through once a process, and again only if its time or size changed.
        """
        path = self._folder / _plain(chunk.file)
        try:
            found = path.stat()
            if found.st_size != chunk.size_bytes:
                raise _corrupt(chunk, f"{path} has {found.st_size} bytes, not {chunk.size_bytes}")
            seen = (found.st_mtime_ns, found.st_size, chunk.sha256)
            if self._checked.get(chunk.file) != seen:
                _check_digest(chunk, path)
                self._checked[chunk.file] = seen
        except FileNotFoundError as error:
            raise _corrupt(chunk, f"{path} is missing") from error
        return path

    def read(self, chunk: Chunk) -> pa.Table:
        return pq.read_table(self.path(chunk), partitioning=None)

    def delete(self, names: Iterable[str]) -> None:
        """Remove these files; one that is already gone is no error."""
        for name in names:
            (self._folder / _plain(name)).unlink(missing_ok=True)
            self._checked.pop(name, None)

    def orphans(self, known: set[str], older_than_s: float) -> list[str]:
        """Files that a killed writer left: not in `known`, or never finished, and old.

        A file younger than `older_than_s` may belong to an entry being appended just now.
        """
        if not self._folder.is_dir():
            return []
        newest = time.time() - older_than_s
        return sorted(
            path.name
            for path in self._folder.iterdir()
            if path.name.endswith((_SUFFIX, UNFINISHED))
            and path.name not in known
            and _modified_at(path) <= newest
        )

    def remove_orphans(self, known: set[str], older_than_s: float) -> list[str]:
        """Delete what `orphans` finds; returns the names."""
        names = self.orphans(known, older_than_s)
        self.delete(names)
        return names


def _plain(name: str) -> str:
    """The name itself, if it is one: a chunk's name never leads out of the folder."""
    if Path(name).name != name:
        raise ValueError(f"{name!r} is not the name of a chunk file")
    return name


def _check_digest(chunk: Chunk, path: Path) -> None:
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    if digest != chunk.sha256:
        raise _corrupt(chunk, f"{path} has SHA-256 {digest}, not {chunk.sha256}")


def _modified_at(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except FileNotFoundError:
        return float("inf")  # somebody else deleted it just now


def _corrupt(chunk: Chunk, why: str) -> CorruptChunk:
    return CorruptChunk(
        f"a chunk of {chunk.table} cannot be trusted: {why}",
        fix=f"capture the table anew: `aethermart capture run --snapshot {chunk.table}`",
    )
