"""`aethermart demo --once --json`: nothing lost, the numbers right, and wrong ones told."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest

from aethermart import wiring
from aethermart.operations.folder import open_demo, remove_demo
from aethermart.packs.load import load_shipped
from tests.e2e import independent
from tests.e2e.platform import aethermart, demo_once

PARQUET = str(
    Path(load_shipped.__code__.co_filename).parent / "online_retail/online_retail.parquet"
)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("demo once") / "a home"  # spaces on purpose
    yield folder
    remove_demo(folder)


@pytest.fixture(scope="module")
def built(home: Path) -> dict[str, Any]:
    code, summary, errors = demo_once(home)
    assert code == 0, errors
    return summary


@pytest.mark.promise("B10", "104")
def test_every_row_is_kept_or_quarantined(built: dict[str, Any]) -> None:
    shop = built["shops"]["online_retail"]
    assert shop["source_rows"] == {"lines": 541_909}
    assert shop["kept"] == {"lines": 541_906}
    assert shop["quarantined"] == {"lines": 3}
    store = built["shops"]["aethermart"]
    assert store["source_rows"]["orders"] > 400
    for table, rows in store["source_rows"].items():
        assert store["kept"][table] + store["quarantined"][table] == rows, table


@pytest.mark.promise("97")
def test_revenue_equals_to_the_cent_what_an_independent_script_computes(
    built: dict[str, Any], home: Path
) -> None:
    retail, mine = built["shops"]["online_retail"], independent.online_retail(PARQUET)
    assert retail["revenue"] == {"GBP": mine["revenue"]} == {"GBP": "9758809.99"}
    assert retail["line_total_kept"] == {"GBP": "9758809.99"}
    assert retail["line_total_quarantined"] == {"GBP": "-11062.06"}
    assert retail["orders"] == mine["orders"] == 22_061
    project = open_demo(home)
    server = wiring.start_servers(project)
    try:
        theirs = independent.store(project.shop_dsn("aethermart"))
    finally:
        if server is not None:
            server.stop()
    store = built["shops"]["aethermart"]
    assert store["revenue"] == {"EUR": theirs["revenue"]}
    assert store["orders"] == theirs["orders"]


@pytest.mark.nightly
def test_every_declared_test_holds_on_what_was_built_and_no_drift_is_told(
    built: dict[str, Any], home: Path
) -> None:
    tested = aethermart("warehouse", "test", "--json", "--home", str(home))
    assert tested.returncode == 0, tested.stdout + tested.stderr
    outcome = json.loads(tested.stdout)
    assert outcome["broken"] == []
    assert outcome["tests"] > 150
    told = aethermart("warehouse", "drift", "--json", "--home", str(home))
    assert told.returncode == 0, told.stderr
    assert json.loads(told.stdout) == {"changes": []}
    with duckdb.connect(str(home / "state/lake.duckdb"), read_only=True) as connection:
        versions = connection.execute(
            "SELECT COUNT(*), BOOL_AND(is_current), MIN(valid_from) > TIMESTAMPTZ '2020-01-01'"
            " FROM gold.dim_product WHERE shop = 'aethermart' AND product_id <> 'unknown'"
        ).fetchall()
    # From the archive's own files: each product as the snapshot read it, at the time it did.
    products = built["shops"]["aethermart"]["source_rows"]["products"]
    assert versions == [(products, True, True)]


@pytest.mark.nightly
def test_a_second_build_goes_on_from_the_first_and_finds_the_same(
    built: dict[str, Any], home: Path
) -> None:
    code, again, errors = demo_once(home)
    assert code == 0, errors
    assert again["shops"] == built["shops"]


@pytest.mark.nightly
def test_one_row_missing_in_the_lake_is_told_and_fails(built: dict[str, Any], home: Path) -> None:
    with duckdb.connect(str(home / "state/lake.duckdb")) as connection:
        row = connection.execute("SELECT min(order_item_id) FROM mirror.aethermart__order_items")
        one = row.fetchall()[0][0]
        taken = connection.sql(
            "SELECT * FROM mirror.aethermart__order_items WHERE order_item_id = ?", params=[one]
        ).to_arrow_table()
        connection.execute(
            "DELETE FROM mirror.aethermart__order_items WHERE order_item_id = ?", [one]
        )
    code, _, errors = demo_once(home)
    assert code == 1
    rows = built["shops"]["aethermart"]["source_rows"]["order_items"]
    assert f"aethermart.order_items: source has {rows} rows, the lake {rows - 1} kept" in errors
    with duckdb.connect(str(home / "state/lake.duckdb")) as connection:
        connection.register("taken", taken)
        connection.execute("INSERT INTO mirror.aethermart__order_items SELECT * FROM taken")
    assert demo_once(home)[0] == 0


@pytest.mark.nightly
def test_the_mirror_rebuilt_from_the_log_equals_the_source(
    built: dict[str, Any], home: Path
) -> None:
    done = aethermart("sink", "rebuild", "mirror", "--home", str(home))
    assert done.returncode == 0, done.stderr
    code, again, errors = demo_once(home)
    assert code == 0, errors
    assert again["shops"] == built["shops"]


def test_a_folder_with_other_files_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "precious.txt").write_text("mine", encoding="utf-8")
    done = aethermart("demo", "--once", "--home", str(tmp_path))
    assert done.returncode == 2
    assert "has files in it but no aethermart.toml" in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["precious.txt"]
    cleaned = aethermart("demo", "--clean", "--home", str(tmp_path))
    assert cleaned.returncode == 2
    assert (tmp_path / "precious.txt").exists()
