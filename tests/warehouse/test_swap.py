"""A swap puts all models in place or none, and never a model that breaks its contract."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import duckdb
import pytest

from aethermart.core.errors import Terminal
from aethermart.warehouse.project import CompiledProject, Model
from aethermart.warehouse.swap import ContractBroken, swap
from tests.warehouse.lake import Lake


def changed(compiled: CompiledProject, name: str, old: str, new: str) -> CompiledProject:
    """The project with one model's SQL edited."""
    model = compiled.model(name)
    assert old in model.sql
    return with_model(compiled, replace(model, sql=model.sql.replace(old, new)))


def with_model(compiled: CompiledProject, model: Model) -> CompiledProject:
    models = tuple(model if m.relation == model.relation else m for m in compiled.models)
    return replace(compiled, models=models)


def views(connection: duckdb.DuckDBPyConnection) -> set[tuple[str, ...]]:
    return set(
        connection.execute(
            "SELECT schema_name, view_name, sql FROM duckdb_views() "
            "WHERE schema_name IN ('staging', 'silver', 'gold')"
        ).fetchall()
    )


@pytest.mark.nightly
def test_a_second_swap_of_the_same_models_rebuilds_nothing(lake: Lake) -> None:
    assert swap(lake.connection, lake.compiled) == ()


def test_changed_sql_rebuilds_the_kept_tables_above_it_and_no_other(lake: Lake) -> None:
    lake.order(1, "10.00")
    lake.applied(whole=True)
    lake.connection.execute("DELETE FROM gold.fct_sales")
    lake.connection.execute("DELETE FROM gold.fct_orders")
    edited = changed(lake.compiled, "v_fct_sales", "'sale' AS line_kind", "'sold' AS line_kind")
    assert swap(lake.connection, edited) == ("gold.fct_sales",)
    assert lake.rows("SELECT line_kind FROM gold.fct_sales") == [("sold",)]
    assert lake.rows("SELECT COUNT(*) FROM gold.fct_orders") == [(0,)]


@pytest.mark.nightly
def test_a_change_deep_below_rebuilds_all_that_reads_it(lake: Lake) -> None:
    edited = changed(lake.compiled, "orders_checked", "< 0", "< 1")
    assert set(swap(lake.connection, edited)) == {
        "gold.fct_orders",
        "gold.fct_quarantine",
        "gold.fct_sales",
    }


def test_a_column_of_another_type_is_refused_and_all_stays_as_it_was(lake: Lake) -> None:
    before = views(lake.connection)
    edited = changed(
        lake.compiled, "v_fct_orders", "COALESCE(i.items, 0) AS items", "i.total AS items"
    )
    with pytest.raises(ContractBroken) as refused:
        swap(lake.connection, edited)
    assert refused.value.cause == (
        "model gold.v_fct_orders, column 'items': promised BIGINT, found DECIMAL(18,2)"
    )
    assert views(lake.connection) == before


@pytest.mark.parametrize(
    "old, new, column, promised, found",
    [
        ("  status,\n", "", "status", "VARCHAR", "None"),
        ("  status,\n", "  status,\n  status AS twice,\n", "twice", "None", "VARCHAR"),
    ],
)
def test_a_missing_or_additional_column_is_refused(
    lake: Lake, old: str, new: str, column: str, promised: str, found: str
) -> None:
    with pytest.raises(ContractBroken) as refused:
        swap(lake.connection, changed(lake.compiled, "orders", old, new))
    assert refused.value.cause == (
        f"model silver.orders, column '{column}': promised {promised}, found {found}"
    )


def test_a_model_that_does_not_bind_is_named_and_nothing_changes(lake: Lake) -> None:
    before = views(lake.connection)
    edited = changed(lake.compiled, "stg_north__orders", "  channel,", "  chanel AS channel,")
    with pytest.raises(Terminal, match=r"model staging\.stg_north__orders .*chanel"):
        swap(lake.connection, edited)
    assert views(lake.connection) == before


def test_a_reader_sees_the_old_models_until_the_swap_is_done(lake: Lake) -> None:
    lake.order(1, "10.00")
    lake.applied(whole=True)
    reader = lake.connection.cursor()
    reader.execute("BEGIN TRANSACTION")
    assert reader.execute("SELECT line_kind FROM gold.v_fct_sales").fetchall() == [("sale",)]
    edited = changed(lake.compiled, "v_fct_sales", "'sale' AS line_kind", "'sold' AS line_kind")
    swap(lake.connection, edited)
    for relation in ("v_fct_sales", "fct_sales"):
        kinds = reader.execute(f"SELECT line_kind FROM gold.{relation}").fetchall()
        assert kinds == [("sale",)]
    reader.execute("COMMIT")
    assert reader.execute("SELECT line_kind FROM gold.v_fct_sales").fetchall() == [("sold",)]
    reader.close()


def test_models_and_kept_tables_no_longer_wanted_are_dropped(lake: Lake) -> None:
    gone = {"v_fct_sales", "inventory_movements"}
    for model in lake.compiled.models:  # and what reads them, or the table kept for one
        if any(
            other.relation in model.depends_on
            for other in lake.compiled.models
            if other.name in gone
        ):
            gone.add(model.name)
    fewer = replace(
        lake.compiled, models=tuple(m for m in lake.compiled.models if m.name not in gone)
    )
    swap(lake.connection, fewer)
    left = lake.rows(
        "SELECT table_name FROM information_schema.tables WHERE table_schema <> 'mirror' "
        "AND table_name IN ('v_fct_sales', 'fct_sales', 'inventory_movements', 'fct_orders',"
        " 'fct_inventory_daily', 'mart_quarterly_sales')"
    )
    assert left == [("fct_orders",)]


KILLED = """
import sys
from pathlib import Path
import duckdb
from aethermart.warehouse.project import CompiledProject
from aethermart.warehouse.swap import swap
swap(duckdb.connect(sys.argv[1]), CompiledProject.load(Path(sys.argv[2])))
"""


NIGHTLY = pytest.mark.nightly


@pytest.mark.parametrize(
    "passage", [pytest.param(1, marks=NIGHTLY), 40, pytest.param(74, marks=NIGHTLY)]
)
def test_a_process_killed_between_two_views_leaves_all_old_models(
    lake: Lake, tmp_path: Path, passage: int
) -> None:
    lake.order(1, "10.00")
    lake.applied(whole=True)
    before = views(lake.connection)
    kept = lake.rows("SELECT * FROM gold.fct_sales")
    lake.connection.close()
    edited = lake.compiled
    for model in lake.compiled.models:
        edited = with_model(
            edited, replace(model, sql=f"SELECT * FROM (\n{model.sql}\n) AS edited")
        )
    edited.save(tmp_path / "edited.json")
    child = subprocess.run(
        [sys.executable, "-c", KILLED, tmp_path / "lake.duckdb", tmp_path / "edited.json"],
        env=os.environ | {"AETHERMART_KILL_AT": f"warehouse.views_swapping:{passage}"},
        check=False,
    )
    assert child.returncode == -signal.SIGKILL
    with duckdb.connect(tmp_path / "lake.duckdb") as connection:
        connection.execute("SET TimeZone = 'UTC'")
        assert views(connection) == before
        assert connection.execute("SELECT * FROM gold.fct_sales").fetchall() == kept


def test_a_column_that_differs_from_ours_in_capitals_only_keeps_the_contract(lake: Lake) -> None:
    """DuckDB describes it as the shop spelt it, while its results are spelt as the model does."""
    lake.connection.execute('CREATE TABLE staging.shouted ("Priority" BIGINT)')
    loud = Model(
        "silver",
        "loud",
        '"lake"."silver"."loud"',
        'SELECT t."Priority" AS priority FROM staging.shouted AS t',
        columns=(("priority", "BIGINT"),),
    )
    assert swap(lake.connection, replace(lake.compiled, models=(*lake.compiled.models, loud))) == ()
