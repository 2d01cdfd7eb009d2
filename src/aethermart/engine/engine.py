"""Own one DuckDB file: one writer thread, a cursor and a snapshot a reader, checkpoints beside.

One master connection is opened without any configuration and kept to the end: every other user of
the file in this process must open the identical path with none either. All DDL and all writes run
on the writer thread, in order, so that nothing makes the sink's commit fail. A reader's statement
past its deadline is interrupted inside DuckDB, not merely abandoned. After an error that DuckDB
calls fatal (a checkpoint on a full disk) it refuses everything; the file is then opened anew.
"""

from __future__ import annotations

import contextlib
import logging
import queue
import secrets
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from pathlib import Path
from typing import Any, TypeVar

import duckdb

from aethermart.core.errors import AetherMartError, Terminal, Unavailable
from aethermart.engine.deadlines import Deadlines
from aethermart.engine.opening import is_full_disk, machine_errors_named, open_lake, passing
from aethermart.engine.settings import EngineSettings

T = TypeVar("T")
_log = logging.getLogger(__name__)
_CONFLICT_RETRIES = 20


class EngineClosed(Terminal):
    """The engine was asked to work after `close`."""


class Engine:
    def __init__(
        self, path: Path, settings: EngineSettings, files: Sequence[Path] | None = None
    ) -> None:
        """Opens the file, making it and its folder where missing.

        files  the only folders whose files SQL may read; None: any
        Raises Conflict when another process owns the file.
        """
        path.parent.mkdir(parents=True, exist_ok=True)
        self._path = path
        self._settings = settings
        self._files = files
        self._master = open_lake(path, settings, files)
        self._jobs: queue.SimpleQueue[tuple[Callable[..., Any], Future[Any]] | None]
        self._jobs = queue.SimpleQueue()
        self._lock = threading.Condition()  # guards the closing, the readers' number and reopening
        self._readers = 0
        self._opened = secrets.token_hex(4)
        self._written = 0
        self._invalid = False  # DuckDB refuses everything until the file is opened anew
        self._closing = threading.Event()
        self._deadlines = Deadlines()
        self._writer = threading.Thread(target=self._write_loop, name="duckdb-writer", daemon=True)
        self._checkpointer = threading.Thread(
            target=self._checkpoint_loop, name="duckdb-checkpoints", daemon=True
        )
        self._writer.start()
        self._checkpointer.start()

    def write(self, job: Callable[[duckdb.DuckDBPyConnection], T]) -> T:
        """Run a job on the writer thread and return its answer.

        The job opens and ends its own transactions; one it leaves open is rolled back. It is run
        again when DuckDB reports a write conflict, so it must not have effects elsewhere. Raises
        DiskFull, OutOfMemory, Unavailable and what the job raises.
        """
        return self._enqueue(job).result()

    @contextlib.contextmanager
    def read(self, timeout_s: float | None = None) -> Iterator[duckdb.DuckDBPyConnection]:
        """A cursor in one read transaction: every query in the block sees the same state."""
        deadline_s = self._settings.query_timeout_s if timeout_s is None else timeout_s
        with (
            self._cursor() as cursor,
            self._deadlines.interrupting(cursor, deadline_s),
            machine_errors_named(),
        ):
            try:
                cursor.execute("BEGIN TRANSACTION READ ONLY")
                yield cursor
            except duckdb.FatalException:
                self._open_anew_soon()
                raise
            finally:
                with contextlib.suppress(duckdb.Error):
                    cursor.execute("ROLLBACK")

    def version(self) -> str:
        """Changes with every job that was written; of no use to another opening of the file."""
        return f"{self._opened}.{self._written}"

    def close(self) -> None:
        """Finish the waiting jobs, write a last checkpoint, release the file."""
        with self._lock:
            if self._closing.is_set():
                return
            self._closing.set()
            self._jobs.put(None)
        self._writer.join()
        self._checkpointer.join()
        self._deadlines.close()
        with contextlib.suppress(duckdb.Error):
            self._master.execute("CHECKPOINT")
        self._master.close()

    def _enqueue(self, job: Callable[[duckdb.DuckDBPyConnection], T]) -> Future[T]:
        future: Future[T] = Future()
        with self._lock:
            self._require_open()
            self._jobs.put((job, future))
        return future

    def _require_open(self) -> None:
        if self._closing.is_set():
            raise EngineClosed("the engine is closed", fix="open a new one")

    @contextlib.contextmanager
    def _cursor(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """A cursor for a thread of its own; none stays while the file is opened anew."""
        with self._lock:
            self._require_open()
            if self._invalid:
                raise Unavailable(
                    f"{self._path} is being opened anew after an error",
                    fix="check the disk that holds it; this is retried",
                )
            cursor = self._master.cursor()
            self._readers += 1
        try:
            yield cursor
        finally:
            cursor.close()
            with self._lock:
                self._readers -= 1
                self._lock.notify_all()

    def _write_loop(self) -> None:
        cursor = self._master.cursor()
        while (item := self._jobs.get()) is not None:
            job, future = item
            try:
                if self._invalid:
                    cursor.close()
                    cursor = self._opened_anew()
                made = _run(cursor, job)
                self._written += 1  # before its caller can ask for what it wrote
                future.set_result(made)
            except BaseException as error:  # noqa: BLE001 - the caller's thread raises it
                self._written += 1  # of several transactions one may have been committed
                if isinstance(error.__cause__, duckdb.FatalException):
                    self._open_anew_soon()
                future.set_exception(error)
        cursor.close()

    def _open_anew_soon(self) -> None:
        with self._lock:
            if not self._invalid and not self._closing.is_set():
                self._invalid = True
                self._jobs.put((lambda _cursor: None, Future()))

    def _opened_anew(self) -> duckdb.DuckDBPyConnection:
        """The writer's new cursor. Raises Unavailable while the file cannot be opened."""
        with self._lock:
            # Their statements fail at once; a cursor left open would keep the invalid database.
            self._lock.wait_for(lambda: self._readers == 0, self._settings.query_timeout_s)
            self._master.close()
            self._master = open_lake(self._path, self._settings, self._files)
            self._invalid = False
        _log.warning("%s was opened anew after a fatal error", self._path)
        return self._master.cursor()

    def _checkpoint_loop(self) -> None:
        while not self._closing.wait(self._settings.checkpoint_interval_s):
            try:
                with self._cursor() as cursor, machine_errors_named():
                    self._checkpoint(cursor)
            except AetherMartError as error:
                _log.warning("checkpoint failed: %s", error)
            except duckdb.Error as error:
                _log.warning("checkpoint failed: %s", error)

    def _checkpoint(self, cursor: duckdb.DuckDBPyConnection) -> None:
        try:
            cursor.execute("CHECKPOINT")
        except duckdb.TransactionException:
            _log.debug("checkpoint put off: a write transaction is open")
        except duckdb.FatalException:
            self._open_anew_soon()
            raise


def _run(cursor: duckdb.DuckDBPyConnection, job: Callable[[duckdb.DuckDBPyConnection], T]) -> T:
    with machine_errors_named():
        for attempt in range(_CONFLICT_RETRIES + 1):
            try:
                return job(cursor)
            except duckdb.TransactionException as error:
                if attempt == _CONFLICT_RETRIES or is_full_disk(error):
                    raise passing(error) from error
            finally:
                with contextlib.suppress(duckdb.Error):
                    cursor.execute("ROLLBACK")  # a no-op after a commit
    raise AssertionError("unreachable")
