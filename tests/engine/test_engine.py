from __future__ import annotations

import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import duckdb
import pytest

from aethermart.core.errors import Conflict, Unavailable
from aethermart.engine.deadlines import QueryTimeout
from aethermart.engine.engine import Engine, EngineClosed
from aethermart.engine.opening import OutOfMemory
from aethermart.engine.settings import EngineSettings

ENDLESS = "SELECT count(*) FROM range(1000000000000) AS r WHERE hash(r.range) % 7 = 1"
Connection = duckdb.DuckDBPyConnection


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "my state" / "lake.duckdb"


@pytest.fixture
def engine(path: Path) -> Iterator[Engine]:
    opened = Engine(path, EngineSettings(checkpoint_interval_s=1000))
    opened.write(statement("CREATE TABLE numbers (n BIGINT)"))
    yield opened
    opened.close()


def statement(sql: str) -> Callable[[Connection], None]:
    def job(connection: Connection) -> None:
        connection.execute(sql)

    return job


def rows(engine: Engine, sql: str = "SELECT n FROM numbers ORDER BY n") -> list[Any]:
    with engine.read() as connection:
        return connection.execute(sql).fetchall()


def test_a_job_gives_its_answer_to_its_caller(engine: Engine) -> None:
    answer = engine.write(
        lambda connection: connection.execute(
            "INSERT INTO numbers VALUES (1), (2) RETURNING n"
        ).fetchall()
    )
    assert answer == [(1,), (2,)]
    assert rows(engine) == [(1,), (2,)]


def test_every_query_of_a_read_sees_the_same_state(engine: Engine) -> None:
    engine.write(statement("INSERT INTO numbers VALUES (1)"))
    with engine.read() as connection:
        assert connection.execute("SELECT count(*) FROM numbers").fetchall() == [(1,)]
        engine.write(statement("INSERT INTO numbers VALUES (2)"))
        engine.write(statement("CREATE TABLE later (n BIGINT)"))
        assert connection.execute("SELECT count(*) FROM numbers").fetchall() == [(1,)]
        with pytest.raises(duckdb.CatalogException):
            connection.execute("SELECT * FROM later")
    assert rows(engine) == [(1,), (2,)]


def test_a_read_cannot_write(engine: Engine) -> None:
    with (
        pytest.raises(duckdb.TransactionException, match="read-only mode"),
        engine.read() as connection,
    ):
        connection.execute("INSERT INTO numbers VALUES (1)")
    assert rows(engine) == []


def test_readers_do_not_wait_for_each_other(engine: Engine) -> None:
    both = threading.Barrier(2, timeout=30)

    def meet(_: int) -> list[Any]:
        with engine.read() as connection:
            both.wait()  # only passes when both are inside
            return connection.execute("SELECT count(*) FROM numbers").fetchall()

    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(meet, range(2))) == [[(0,)], [(0,)]]


def test_jobs_run_one_after_another_in_the_order_they_came(engine: Engine) -> None:
    gate, order, threads = threading.Event(), [], set()

    def job(name: str) -> Callable[[Connection], None]:
        def run(_: Connection) -> None:
            gate.wait(30)
            threads.add(threading.current_thread().name)
            order.append(name)

        return run

    futures = [engine._enqueue(job(str(n))) for n in range(20)]
    gate.set()
    for future in futures:
        future.result(timeout=30)
    assert order == [str(n) for n in range(20)]
    assert threads == {"duckdb-writer"}


def test_a_failing_job_leaves_nothing_and_the_next_works(engine: Engine) -> None:
    def half(connection: Connection) -> None:
        connection.execute("BEGIN TRANSACTION")
        connection.execute("INSERT INTO numbers VALUES (1)")
        raise ZeroDivisionError("the job's own error")

    with pytest.raises(ZeroDivisionError, match="the job's own error"):
        engine.write(half)
    with pytest.raises(duckdb.ConversionException):
        engine.write(statement("INSERT INTO numbers VALUES ('seven')"))
    engine.write(statement("INSERT INTO numbers VALUES (2)"))
    assert rows(engine) == [(2,)]


def test_a_transaction_left_open_is_rolled_back(engine: Engine) -> None:
    def forgetful(connection: Connection) -> None:
        connection.execute("BEGIN TRANSACTION")
        connection.execute("INSERT INTO numbers VALUES (1)")

    engine.write(forgetful)
    engine.write(statement("INSERT INTO numbers VALUES (2)"))
    assert rows(engine) == [(2,)]


def test_a_write_conflict_is_tried_again(engine: Engine) -> None:
    attempts = []

    def job(connection: Connection) -> None:
        attempts.append(1)
        connection.execute("BEGIN TRANSACTION")
        connection.execute("INSERT INTO numbers VALUES (?)", [len(attempts)])
        if len(attempts) < 3:
            raise duckdb.TransactionException("write-write conflict")
        connection.execute("COMMIT")

    engine.write(job)
    assert rows(engine) == [(3,)]


def test_a_conflict_that_does_not_end_becomes_an_error_that_may_pass(engine: Engine) -> None:
    def job(_: Connection) -> None:
        raise duckdb.TransactionException("write-write conflict")

    with pytest.raises(Unavailable, match="write-write conflict"):
        engine.write(job)
    assert rows(engine) == []


def test_a_statement_past_the_deadline_is_interrupted(engine: Engine) -> None:
    started = time.monotonic()
    with (
        pytest.raises(QueryTimeout, match=r"longer than 0\.2 s"),
        engine.read(timeout_s=0.2) as connection,
    ):
        connection.execute(ENDLESS)
    assert time.monotonic() - started < 10
    assert rows(engine) == []


def test_a_statement_begun_after_the_deadline_is_interrupted_too(engine: Engine) -> None:
    def dawdle() -> None:
        with engine.read(timeout_s=0.05) as connection:
            time.sleep(0.3)  # the interrupt comes between two statements
            connection.execute(ENDLESS)

    started = time.monotonic()
    with pytest.raises(QueryTimeout):
        dawdle()
    assert time.monotonic() - started < 10


def test_an_error_in_a_read_is_the_callers_and_frees_the_cursor(engine: Engine) -> None:
    with pytest.raises(duckdb.BinderException), engine.read() as connection:
        connection.execute("SELECT missing FROM numbers")
    assert engine._readers == 0
    assert rows(engine) == []


def test_a_query_that_needs_too_much_memory_says_which_setting_to_raise(tmp_path: Path) -> None:
    engine = Engine(tmp_path / "lake.duckdb", EngineSettings(memory_limit="20MB"))
    try:
        with pytest.raises(OutOfMemory) as raised:
            rows(engine, "SELECT len(list(r.range::VARCHAR)) FROM range(20000000) AS r")
        assert "memory_limit" in raised.value.fix
        assert rows(engine, "SELECT 1") == [(1,)]
    finally:
        engine.close()


def test_close_finishes_what_waits_keeps_it_and_refuses_what_comes_later(path: Path) -> None:
    engine = Engine(path, EngineSettings())
    engine.write(statement("CREATE TABLE numbers (n BIGINT)"))
    futures = [engine._enqueue(statement(f"INSERT INTO numbers VALUES ({n})")) for n in range(5)]
    engine.close()
    assert [future.result(timeout=0) for future in futures] == [None] * 5
    engine.close()
    with pytest.raises(EngineClosed):
        engine.write(statement("INSERT INTO numbers VALUES (9)"))
    with pytest.raises(EngineClosed), engine.read():
        pass
    again = Engine(path, EngineSettings())
    assert rows(again) == [(0,), (1,), (2,), (3,), (4,)]
    again.close()


def test_no_writer_hangs_when_the_engine_closes_beside_it(tmp_path: Path) -> None:
    for n in range(10):
        engine = Engine(tmp_path / f"{n}.duckdb", EngineSettings())

        def work(engine: Engine = engine) -> int:
            done = 0
            while True:
                try:
                    done += engine.write(lambda _: 1)
                except EngineClosed:
                    return done

        with ThreadPoolExecutor(4) as pool:
            workers = [pool.submit(work) for _ in range(4)]
            time.sleep(0.01)
            engine.close()
            assert all(worker.result(timeout=30) >= 0 for worker in workers)


def test_a_second_process_is_refused_with_the_file_and_what_to_do(
    engine: Engine, path: Path
) -> None:
    script = """
        import sys
        from pathlib import Path
        from aethermart.core.errors import Conflict
        from aethermart.engine.engine import Engine
        from aethermart.engine.settings import EngineSettings
        try:
            Engine(Path(sys.argv[1]), EngineSettings())
        except Conflict as error:
            print(error)
    """
    second = [sys.executable, "-c", textwrap.dedent(script), str(path)]
    said = subprocess.run(second, capture_output=True, text=True, check=True, timeout=60).stdout
    assert f"{path} is in use by another process" in said
    assert "fix: stop the other `aethermart serve`, or use its API" in said
    engine.close()
    said = subprocess.run(second, capture_output=True, text=True, check=True, timeout=60).stdout
    assert said == ""


def test_a_file_that_is_not_ours_is_not_taken_for_one_in_use(tmp_path: Path) -> None:
    """Though its folder has `lock` in its name."""
    path = tmp_path / "block" / "lake.duckdb"
    path.parent.mkdir()
    path.write_bytes(b"no database" * 1000)
    with pytest.raises(Unavailable, match="cannot be opened") as raised:
        Engine(path, EngineSettings())
    assert not isinstance(raised.value, Conflict)


def test_checkpoints_run_beside_readers_and_writers(path: Path) -> None:
    engine = Engine(path, EngineSettings(checkpoint_interval_s=0.02))
    log = path.with_name("lake.duckdb.wal")
    try:
        engine.write(statement("CREATE TABLE numbers AS SELECT range AS n FROM range(1000)"))
        for _ in range(20):
            engine.write(statement("INSERT INTO numbers SELECT range FROM range(1000)"))
            assert rows(engine, "SELECT count(*) % 1000 FROM numbers") == [(0,)]
        deadline = time.monotonic() + 20
        while log.exists() and log.stat().st_size and time.monotonic() < deadline:
            time.sleep(0.02)
        assert not log.exists() or log.stat().st_size == 0
        assert rows(engine, "SELECT count(*) FROM numbers") == [(21_000,)]
    finally:
        engine.close()


def test_all_who_use_the_file_see_times_in_utc(engine: Engine) -> None:
    assert rows(engine, "SELECT current_setting('TimeZone')") == [("UTC",)]
    zone = engine.write(
        lambda c: c.execute("SELECT TIMESTAMPTZ '2026-07-01 12:00+02'::VARCHAR").fetchall()
    )
    assert zone == [("2026-07-01 10:00:00+00",)]


FULL_DISK = """
    import logging, resource, signal, sys
    from pathlib import Path
    from aethermart.core.errors import AetherMartError, Transient
    from aethermart.engine.engine import Engine
    from aethermart.engine.settings import EngineSettings

    logging.disable()
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    path, interval_s = Path(sys.argv[1]), float(sys.argv[2])
    engine = Engine(path, EngineSettings(checkpoint_interval_s=interval_s))
    engine.write(lambda c: c.execute("CREATE TABLE kept (n BIGINT, text VARCHAR)").fetchall())
    def add(n):
        def job(c):
            c.execute("BEGIN")
            c.execute(f"INSERT INTO kept SELECT {n}, md5(({n} * 1000 + range)::VARCHAR)"
                      " FROM range(500)")
            c.execute("COMMIT")
        engine.write(job)
    def kept():
        with engine.read() as c:
            return c.execute("SELECT n, count(*) FROM kept GROUP BY n ORDER BY n").fetchall()
    acknowledged, errors = [], []
    def add_many(numbers):
        for n in numbers:
            try:
                add(n)
                acknowledged.append((n, 500))
            except Transient as error:
                errors.append(type(error).__name__)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, resource.RLIM_INFINITY))
    add_many(range(80))
    assert "DiskFull" in errors and len(acknowledged) < 80, errors
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    before = len(errors)
    add_many(range(80, 90))
    assert len(errors) == before, errors
    assert kept() == acknowledged
    engine.close()
    engine = Engine(path, EngineSettings())
    assert kept() == acknowledged
    engine.close()
    print(len(acknowledged))
"""


@pytest.mark.parametrize("checkpoint_interval_s", ["1000", "0.05"])
def test_a_full_disk_is_an_error_that_passes_and_nothing_acknowledged_is_lost(
    path: Path, checkpoint_interval_s: str
) -> None:
    """Without checkpoints the commits meet it, with them DuckDB gives up and is opened anew."""
    script = [sys.executable, "-c", textwrap.dedent(FULL_DISK), str(path), checkpoint_interval_s]
    done = subprocess.run(script, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) > 10


def test_the_version_changes_with_every_write_and_with_no_read(engine: Engine) -> None:
    before = engine.version()
    engine.write(lambda connection: connection.execute("CREATE TABLE v (n INTEGER)"))
    after = engine.version()
    with engine.read() as connection:
        connection.execute("SELECT count(*) FROM v").fetchall()
    assert before != after == engine.version()
    with pytest.raises(duckdb.Error):
        engine.write(lambda connection: connection.execute("INSERT INTO nowhere VALUES (1)"))
    assert engine.version() != after


def test_sql_reads_files_of_the_folders_it_was_given_and_of_no_other(tmp_path: Path) -> None:
    inside, outside = tmp_path / "in [side]", tmp_path / "in [side]er"
    for folder in (inside, outside):
        folder.mkdir()
        (folder / "rows.csv").write_text("x\n1\n")
    engine = Engine(tmp_path / "lake.duckdb", EngineSettings(), (inside,))

    def read(path: str) -> object:
        with engine.read() as connection:
            return connection.execute("SELECT x FROM read_csv(?)", [path]).fetchall()

    try:
        assert read(str(inside / "rows.csv")) == [(1,)]
        for path in (outside / "rows.csv", "/etc/passwd", f"{inside}/../in [side]er/rows.csv"):
            with pytest.raises(duckdb.PermissionException):
                read(str(path))
        for sql in (
            f"COPY (SELECT 1) TO '{outside}/out.csv'",
            f"ATTACH '{outside}/other.duckdb'",
            "SET GLOBAL enable_external_access = true",
            "SET GLOBAL allowed_directories = ['/']",
            "SELECT * FROM tmp_path",
        ):
            with pytest.raises(duckdb.Error):
                engine.write(lambda connection, sql=sql: connection.execute(sql))  # type: ignore[misc]
        assert [p.name for p in outside.iterdir()] == ["rows.csv"]
    finally:
        engine.close()
