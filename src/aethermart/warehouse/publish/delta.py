"""One published table: each writing of it is one Delta commit, of all rows or of some partitions.

Older versions stay until they are pruned. Nothing is left to delta-rs' own vacuum and log
clean-up: they go by age, and know nothing of the versions that a manifest names.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pyarrow as pa
from deltalake import CommitProperties, DeltaTable, PostCommitHookProperties, Schema
from deltalake.exceptions import DeltaError
from deltalake.transaction import AddAction, RemoveAction, create_table_with_add_actions

from aethermart.core.errors import DiskFull, Terminal
from aethermart.log.parquet import sync_folder
from aethermart.warehouse.publish.files import File
from aethermart.warehouse.publish.parts import Values

_FULL = ("No space left on device", "File too large", "Disk quota exceeded")
_NO_HOOKS = PostCommitHookProperties(create_checkpoint=False, cleanup_expired_logs=False)
_LOG = "_delta_log"
_LOG_NAME = re.compile(r"(\d{20})\.(?:json|checkpoint\.parquet)")
_CHECKPOINT_EVERY = 20


class BrokenTable(Terminal):
    """A published table is not what we left there."""


def version_of(folder: Path) -> int:
    """The table's newest version, -1 where there is none."""
    with errors_named(folder):
        if not DeltaTable.is_deltatable(str(folder)):
            return -1
        return DeltaTable(folder).version()


def replace(
    folder: Path,
    schema: pa.Schema,
    partition_by: Sequence[str],
    files: Sequence[File],
    note: Mapping[str, str],
) -> int:
    """Make these files the table, in one durable commit; returns its version.

    note  stands in the commit
    """
    actions = _added(files, _now_ms())
    commit = CommitProperties(custom_metadata=dict(note))
    with errors_named(folder):
        table = DeltaTable(folder) if DeltaTable.is_deltatable(str(folder)) else None
        wanted = Schema.from_arrow(schema)
        if table is not None and _fits(table, wanted, partition_by):
            table.create_write_transaction(
                actions,
                mode="overwrite",
                schema=wanted,
                partition_by=list(partition_by),
                commit_properties=commit,
                post_commithook_properties=_NO_HOOKS,
            )
        else:
            # CREATE OR REPLACE TABLE: other columns, or another partitioning, in the same commit.
            folder.mkdir(parents=True, exist_ok=True)
            create_table_with_add_actions(
                str(folder),
                wanted,
                actions,
                mode="overwrite",
                partition_by=list(partition_by),
                commit_properties=commit,
                post_commithook_properties=_NO_HOOKS,
            )
        version = DeltaTable(folder).version()
        _sync(folder / _LOG, version)
    return version


def amend(
    folder: Path,
    schema: pa.Schema,
    partition_by: Sequence[str],
    gone: Collection[Values],
    files: Sequence[File],
    note: Mapping[str, str],
) -> int:
    """Put these files in the place of some partitions' files, in one durable commit; its version.

    gone  partitions whose present files go, with or without new ones; all others stay as they are
    """
    now_ms = _now_ms()
    with errors_named(folder):
        table = DeltaTable(folder)
        found = pa.table(table.get_add_actions(flatten=True)).to_pylist()
        removed: list[Any] = [
            RemoveAction(
                file["path"],
                True,
                now_ms,
                size=file["size_bytes"],
                partition_values={name: file[f"partition.{name}"] for name in partition_by},
            )
            for file in found
            if tuple(file[f"partition.{name}"] for name in partition_by) in gone
        ]
        table.create_write_transaction(
            removed + _added(files, now_ms),
            mode="append",  # the only one that takes removals: what it adds is what is named
            schema=Schema.from_arrow(schema),
            partition_by=list(partition_by),
            commit_properties=CommitProperties(custom_metadata=dict(note)),
            post_commithook_properties=_NO_HOOKS,
        )
        version = DeltaTable(folder).version()
        _sync(folder / _LOG, version)
    return version


def prune(folder: Path, kept: set[int]) -> int:
    """Delete files that neither the newest version nor one of `kept` has; returns how many.

    Also what a killed writer left behind. Only for who holds the publication's lock.
    """
    with errors_named(folder):
        newest = DeltaTable(folder)
        wanted = _files(newest)
        present = {version for version in kept if version <= newest.version()}
        for version in present - {newest.version()}:
            wanted |= _files(DeltaTable(folder, version=version))
        gone = [path for path in folder.rglob("*.parquet") if _ours(folder, path, wanted)]
        for path in gone:
            path.unlink(missing_ok=True)
            with suppress(OSError):  # not empty
                for parent in path.relative_to(folder).parents[:-1]:
                    (folder / parent).rmdir()
        _shorten_log(folder, min(present | {newest.version()}))
    return len(gone)


def _added(files: Sequence[File], now_ms: int) -> list[Any]:
    return [AddAction(f.name, f.size_bytes, f.partition, now_ms, True, f.stats) for f in files]


def _now_ms() -> int:
    return int(time.time() * 1000)


def _files(table: DeltaTable) -> set[Path]:
    return {Path(unquote(urlsplit(uri).path)) for uri in table.file_uris()}


def _ours(folder: Path, path: Path, wanted: set[Path]) -> bool:
    return path.relative_to(folder).parts[0] != _LOG and path not in wanted


def _shorten_log(folder: Path, oldest: int) -> None:
    """A checkpoint at the oldest version that is kept, now and then; what is before it goes."""
    log = folder / _LOG
    found = [(int(hit[1]), path) for path in log.iterdir() if (hit := _LOG_NAME.match(path.name))]
    if oldest - min((number for number, _ in found), default=oldest) < _CHECKPOINT_EVERY:
        return
    DeltaTable(folder, version=oldest).create_checkpoint()
    with (log / f"{oldest:020}.checkpoint.parquet").open("rb") as checkpoint:
        os.fsync(checkpoint.fileno())
    sync_folder(log)
    for number, path in found:
        if number < oldest:
            path.unlink(missing_ok=True)


def _fits(table: DeltaTable, wanted: Schema, partition_by: Sequence[str]) -> bool:
    return table.schema() == wanted and table.metadata().partition_columns == list(partition_by)


def _sync(log: Path, version: int) -> None:
    with (log / f"{version:020}.json").open("rb") as commit:
        os.fsync(commit.fileno())
    for folder in (log, log.parent, log.parent.parent):
        sync_folder(folder)


@contextmanager
def errors_named(folder: Path) -> Iterator[None]:
    """What the disk and delta-rs say, as errors of ours."""
    try:
        yield
    except (DeltaError, OSError, pa.ArrowException) as error:
        full = [text for text in _FULL if text in str(error)]
        if full:
            raise DiskFull(
                f"no room to publish in {folder}: {full[0]}",
                fix="free space there; the last publication stays readable, and this is retried",
            ) from error
        if isinstance(error, DeltaError):
            raise BrokenTable(
                f"the published table {folder} cannot be used: {_plain(error)}",
                fix="move its folder away and publish again: it is computed from the lake",
            ) from error
        raise


def _plain(error: Any) -> str:
    """delta-rs words an error in colours over many lines: the first that says something."""
    lines = re.sub(r"\x1b\[\d+m|↳", "", str(error)).splitlines()
    return next((line.strip() for line in lines if line.strip()), type(error).__name__)
