"""Own one DuckDB file: one writer thread, a cursor and a snapshot a reader, checkpoints beside.

One master connection is opened without any configuration and kept to the end: every other user of
the file in this process must open the identical path with none either. All DDL and all writes run
on the writer thread, in order, so that nothing makes the sink's commit fail. A reader's statement
past its deadline is interrupted inside DuckDB, not merely abandoned.
"""

from __future__ import annotations

import contextlib
import logging
import queue
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from pathlib import Path
from typing import Any, TypeVar

import duckdb

from aethermart.core.errors import Conflict, Terminal, Unavailable
from aethermart.engine.settings import EngineSettings

T = TypeVar("T")
_log = logging.getLogger(__name__)
_CONFLICT_RETRIES = 20


class EngineClosed(Terminal):
    """The engine was asked to work after `close`."""


class QueryTimeout(Terminal):
    """A read took longer than its deadline and was interrupted."""


class Engine:
    def __init__(self, path: Path, settings: EngineSettings) -> None:
        """Opens the file, making it and its folder where missing.

        Raises Conflict when another process owns the file.
        """
        path.parent.mkdir(parents=True, exist_ok=True)
        self._settings = settings
        self._master = _open(path)
        self._configure()
        self._jobs: queue.SimpleQueue[tuple[Callable[..., Any], Future[Any]] | None]
        self._jobs = queue.SimpleQueue()
        self._closing = threading.Event()
        self._writer = threading.Thread(target=self._write_loop, name="duckdb-writer", daemon=True)
        self._checkpointer = threading.Thread(
            target=self._checkpoint_loop, name="duckdb-checkpoints", daemon=True
        )
        self._writer.start()
        self._checkpointer.start()

    def write(self, job: Callable[[duckdb.DuckDBPyConnection], T]) -> T:
        """Run a job on the writer thread and return its answer.

        The job opens and ends its own transactions; one it leaves open is rolled back. It is run
        again when DuckDB reports a write conflict, so it must not have effects elsewhere.
        """
        if self._closing.is_set():
            raise EngineClosed("the engine is closed", fix="open a new one")
        future: Future[T] = Future()
        self._jobs.put((job, future))
        return future.result()

    @contextlib.contextmanager
    def read(self, timeout_s: float | None = None) -> Iterator[duckdb.DuckDBPyConnection]:
        """A cursor in one read transaction: every query in the block sees the same state."""
        if self._closing.is_set():
            raise EngineClosed("the engine is closed", fix="open a new one")
        deadline_s = self._settings.query_timeout_s if timeout_s is None else timeout_s
        cursor = self._master.cursor()
        expired = threading.Event()

        def interrupt() -> None:
            expired.set()
            cursor.interrupt()

        timer = threading.Timer(deadline_s, interrupt)
        timer.daemon = True
        timer.start()
        try:
            cursor.execute("BEGIN TRANSACTION READ ONLY")
            yield cursor
        except duckdb.InterruptException as error:
            if not expired.is_set():
                raise
            raise QueryTimeout(
                f"the query ran longer than {deadline_s:g} s and was stopped",
                fix="ask for less: a shorter period, one shop, a coarser grain",
            ) from error
        finally:
            timer.cancel()
            with contextlib.suppress(duckdb.Error):
                cursor.execute("ROLLBACK")
            cursor.close()

    def close(self) -> None:
        """Finish the waiting jobs, write a last checkpoint, release the file."""
        if self._closing.is_set():
            return
        self._closing.set()
        self._jobs.put(None)
        self._writer.join()
        self._checkpointer.join()
        with contextlib.suppress(duckdb.Error):
            self._master.execute("CHECKPOINT")
        self._master.close()

    def _configure(self) -> None:
        settings = self._settings
        self._master.execute("SET GLOBAL memory_limit = ?", [settings.memory_limit])
        self._master.execute("SET GLOBAL threads = ?", [settings.threads])
        # Automatic checkpoints stall the writer for up to 1.5 s; ours run beside it.
        self._master.execute("SET GLOBAL checkpoint_threshold = '1GB'")
        self._master.execute("SET GLOBAL TimeZone = 'UTC'")
        self._master.execute("SET GLOBAL preserve_insertion_order = false")

    def _write_loop(self) -> None:
        cursor = self._master.cursor()
        while (item := self._jobs.get()) is not None:
            job, future = item
            try:
                future.set_result(_run(cursor, job))
            except BaseException as error:  # noqa: BLE001 - the caller's thread raises it
                future.set_exception(error)
        cursor.close()

    def _checkpoint_loop(self) -> None:
        cursor = self._master.cursor()
        while not self._closing.wait(self._settings.checkpoint_interval_s):
            try:
                cursor.execute("CHECKPOINT")
            except duckdb.TransactionException:
                _log.debug("checkpoint put off: a write transaction is open")
            except duckdb.Error as error:
                _log.warning("checkpoint failed: %s", error)
        cursor.close()


def _run(cursor: duckdb.DuckDBPyConnection, job: Callable[[duckdb.DuckDBPyConnection], T]) -> T:
    for attempt in range(_CONFLICT_RETRIES + 1):
        try:
            return job(cursor)
        except duckdb.TransactionException:
            if attempt == _CONFLICT_RETRIES:
                raise
        except duckdb.IOException as error:
            raise Unavailable(
                f"DuckDB cannot write its file: {str(error).strip()}",
                fix="free space on the disk that holds the state folder; this is retried",
            ) from error
        finally:
            with contextlib.suppress(duckdb.Error):
                cursor.execute("ROLLBACK")  # a no-op after a commit
    raise AssertionError("unreachable")


def _open(path: Path) -> duckdb.DuckDBPyConnection:
    try:
        return duckdb.connect(str(path))
    except duckdb.IOException as error:
        if "lock" not in str(error).lower():
            raise Unavailable(
                f"{path} cannot be opened: {str(error).strip()}",
                fix="check the folder's rights and free disk space; "
                "the file is a cache and may be deleted: it is rebuilt from the log",
            ) from error
        raise Conflict(
            f"{path} is in use by another process: {str(error).strip()}",
            fix="stop the other `aethermart serve`, or use its API",
        ) from error
