"""A window of the queue is one entry, however large; and only what the log has is cleaned away."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest

from aethermart.core.entries import Batch, Chunk, Heartbeat, Truncate
from tests.capture.bench import Bench
from tests.capture.conftest import MakeBench

pytestmark = pytest.mark.service("postgres")


@pytest.fixture
def bench(make_bench: MakeBench) -> Bench:
    made = make_bench(tables=["orders", "lines"])
    made.sql("CREATE TABLE orders (id int PRIMARY KEY, note text)")
    made.sql("CREATE TABLE lines (id int PRIMARY KEY, order_id int)")
    made.pump()
    return made


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Parts of a few rows, as those of a large window."""
    monkeypatch.setattr("aethermart.capture.postgres.window.INLINE_ROWS", 10)
    monkeypatch.setattr("aethermart.capture.postgres.copying.BLOCK_BYTES", 1000)
    monkeypatch.setattr("aethermart.capture.chunking.CHUNK_ROWS", 1000)


@pytest.mark.usefixtures("small")
def test_a_window_too_large_for_the_log_goes_to_chunks_and_is_one_entry(bench: Bench) -> None:
    with bench.connection.transaction():
        bench.sql(
            "INSERT INTO orders SELECT i, repeat('x', i % 50) FROM generate_series(1, 5000) i"
        )
        bench.sql("INSERT INTO lines SELECT i, i FROM generate_series(1, 3000) AS i")
        bench.sql("UPDATE orders SET id = -id WHERE id > 4000")
        bench.sql("DELETE FROM orders WHERE id BETWEEN 1 AND 100")
    assert bench.pump(heartbeat=False) == 1
    entry = bench.replay.entries[-1]
    assert {type(part) for part in entry.parts} == {Chunk}
    assert entry.tables == ("orders", "lines")
    assert entry.rows == 5000 + 3000 + 1000 + 1000 + 100
    assert len(entry.parts) >= 9
    assert bench.same("orders", "lines")


@pytest.mark.usefixtures("small")
def test_a_truncate_in_the_midst_of_chunks_is_where_it_was(bench: Bench) -> None:
    with bench.connection.transaction():
        bench.sql("INSERT INTO orders SELECT i, 'before' FROM generate_series(1, 2500) AS i")
        bench.sql("TRUNCATE orders")
        bench.sql("INSERT INTO orders SELECT i, 'after' FROM generate_series(1, 2500, 3) AS i")
    assert bench.pump(heartbeat=False) == 1
    assert [type(c) for c in bench.replay.entries[-1].controls] == [Truncate]
    assert bench.same("orders")


def test_a_window_of_few_but_large_rows_goes_to_chunks(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("aethermart.capture.postgres.window.INLINE_BYTES", 50_000)
    bench.sql("INSERT INTO orders SELECT i, repeat('x', 10000) FROM generate_series(1, 10) AS i")
    bench.pump()
    assert [type(part) for part in bench.replay.entries[-1].parts] == [Chunk]
    bench.sql("UPDATE orders SET note = 'short'")
    bench.pump()
    assert [type(part) for part in bench.replay.entries[-1].parts] == [Batch]
    assert bench.same("orders")


def test_a_window_given_up_before_it_was_appended_is_read_again(bench: Bench) -> None:
    bench.sql("INSERT INTO orders VALUES (1, 'a')")
    given_up = next(bench.read())
    bench.restart()
    bench.pump()
    assert bench.replay.entries[-1].id != given_up.id
    assert bench.same("orders")


def test_times_of_a_window_are_those_of_its_commits(bench: Bench) -> None:
    before = datetime.now(UTC)
    bench.sql("INSERT INTO orders VALUES (1, 'a')")
    middle = datetime.now(UTC)
    time.sleep(0.01)
    with bench.connection.transaction():
        bench.sql("INSERT INTO orders VALUES (2, 'b')")
        time.sleep(0.2)
    after = datetime.now(UTC)
    bench.pump()
    entry = bench.replay.entries[-1]
    assert entry.time_kind == "commit"
    part = entry.parts[0]
    assert isinstance(part, Batch)
    times: list[Any] = part.rows.column("_committed_at").to_pylist()
    first, second = times
    assert before <= first <= middle
    assert middle + timedelta(seconds=0.2) <= second <= after
    assert entry.committed_at == second
    assert after <= entry.captured_at <= datetime.now(UTC)


def test_a_quiet_shop_gives_heartbeats_when_asked_and_else_nothing(bench: Bench) -> None:
    assert bench.pump(heartbeat=False) == 0
    assert bench.pump() == 1
    assert bench.replay.entries[-1].controls == (Heartbeat(),)
    bench.sql("CREATE TABLE elsewhere (id int)")
    bench.sql("INSERT INTO elsewhere VALUES (1)")
    assert bench.pump(heartbeat=False) == 0


def test_only_what_the_log_has_is_cleaned_away(bench: Bench) -> None:
    bench.sql("INSERT INTO orders VALUES (1, 'logged')")
    bench.pump()
    with psycopg.connect(bench.dsn) as slow:
        slow.execute("INSERT INTO orders VALUES (2, 'still open')")
        bench.sql("INSERT INTO orders VALUES (3, 'not yet read')")
        entries = bench.read(heartbeat=False)
        bench.replay.apply(next(entries))
        list(entries)
        bench.sql("INSERT INTO orders VALUES (4, 'later')")
        bench.restart()  # its first acknowledgement cleans at once
        bench.source.acknowledge(bench.replay.end)
        left = bench.sql(
            "SELECT row_image ->> 'id' FROM aethermart_capture.change_queue ORDER BY id"
        )
        assert [row for (row,) in left] == ["3", "4"]  # 3 is younger than the open transaction
        slow.commit()
    bench.pump()
    assert bench.same("orders")
    bench.restart()
    bench.pump()
    assert bench.waiting() == 0


def test_a_position_acknowledged_late_cleans_nothing_newer(bench: Bench) -> None:
    old = bench.replay.end
    bench.sql("INSERT INTO orders VALUES (1, 'a')")
    bench.restart()
    bench.source.acknowledge(old)
    assert bench.waiting() == 1
    bench.pump()
    assert bench.same("orders")


def test_another_server_s_position_cleans_nothing(bench: Bench) -> None:
    bench.sql("INSERT INTO orders VALUES (1, 'a')")
    end = bench.replay.end
    other = end.replace(end.split('"')[3], "7/7/7").replace('"done":"', '"done":"9')
    bench.restart()
    bench.source.acknowledge(type(end)(other))
    assert bench.waiting() == 1


MILLION = """
    import resource, sys, time
    from pathlib import Path
    from tests.capture.bench import Bench

    bench = Bench(sys.argv[1], Path(sys.argv[2]), tables=["orders"])
    bench.sql("CREATE TABLE orders (id int PRIMARY KEY, total numeric(12, 2), note text,"
              " at timestamptz DEFAULT now(), doc jsonb, ok bool)")
    bench.pump()
    bench.sql("INSERT INTO orders (id, total, note, doc, ok)"
              " SELECT i, i * 1.25, 'note ' || i, '{\\"a\\": 1.50}', true"
              " FROM generate_series(1, 1000000) AS i")
    before = resource.getrusage(resource.RUSAGE_SELF)
    entries = list(bench.read(heartbeat=False))
    after = resource.getrusage(resource.RUSAGE_SELF)
    assert len(entries) == 1 and entries[0].rows == 1_000_000
    total = sum(
        sum(bench.chunks.read(part).column("total").to_pylist()) for part in entries[0].parts
    )
    assert total == 1_000_000 * 1_000_001 // 2 * 5 / 4, total
    print(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime,
          (after.ru_maxrss - before.ru_maxrss) // 1024)
    bench.close()
"""


@pytest.mark.nightly
def test_a_window_of_a_million_rows_is_one_entry_flat_in_memory(
    database: str, tmp_path: Path
) -> None:
    child = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(MILLION), database, str(tmp_path)],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
    )
    assert child.returncode == 0, child.stderr
    cpu_s, grown_mb = map(float, child.stdout.split())
    print(f"{cpu_s:.1f} CPU s, {grown_mb:.0f} MB more than before")  # noqa: T201 - for `-rP`
    assert cpu_s < 10  # 25 s when each row went through Python
    assert grown_mb < 350
