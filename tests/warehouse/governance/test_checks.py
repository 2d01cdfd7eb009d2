"""The models' own tests on live rows: what each found, remembered."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from aethermart.governance.checks import Checks
from aethermart.warehouse.project import Test
from tests.warehouse.lake import Lake

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def checks_of(lake: Lake, folder: Path, *more: Test) -> Checks:
    @contextmanager
    def read(timeout_s: float) -> Iterator[duckdb.DuckDBPyConnection]:
        with lake.connection.cursor() as cursor:
            yield cursor

    wanted = [test for test in lake.compiled.tests if test.name.startswith("not_null_v_fct_sales")]
    return Checks(read, replace(lake.compiled, tests=(*wanted, *more)), folder, lambda: NOON)


def test_a_broken_promise_is_counted_with_its_table_and_column(lake: Lake, tmp_path: Path) -> None:
    checks = checks_of(lake, tmp_path, Test("revenue_is_odd", "SELECT 1 UNION ALL SELECT 2"))
    assert checks.results() == []
    checks.check_all()
    found = {each.name: each for each in checks.results()}
    revenue = found["not_null_v_fct_sales_revenue"]
    assert (revenue.table, revenue.column, revenue.kind) == (
        "gold.fct_sales",
        "revenue",
        "not_null",
    )
    assert (revenue.failing_rows, revenue.error, revenue.checked_at) == (0, None, NOON)
    assert (found["revenue_is_odd"].failing_rows, found["revenue_is_odd"].table) == (2, None)


def test_results_outlive_the_process_and_a_damaged_file_is_as_none(
    lake: Lake, tmp_path: Path
) -> None:
    first = checks_of(lake, tmp_path)
    first.check_all()
    assert list(checks_of(lake, tmp_path).results()) == list(first.results())
    (tmp_path / "checks.json").write_text('[{"name": 1}]')
    assert checks_of(lake, tmp_path).results() == []


def test_one_that_cannot_run_says_why_and_the_others_go_on(lake: Lake, tmp_path: Path) -> None:
    checks = checks_of(lake, tmp_path, Test("of_nothing", "SELECT * FROM gold.no_such_table"))
    checks.check_all()
    last = checks.results()[-1]
    assert (last.name, last.failing_rows) == ("of_nothing", None)
    assert last.error is not None
    assert "no_such_table" in last.error
    assert len(checks.results()) > 1


def test_a_stop_ends_it_before_the_next(lake: Lake, tmp_path: Path) -> None:
    checks, stop = checks_of(lake, tmp_path), threading.Event()
    stop.set()
    checks.check_all(stop)
    assert len(checks.results()) == 1
