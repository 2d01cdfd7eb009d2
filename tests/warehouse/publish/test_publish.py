"""What is published is what the lake holds, in types every reader knows, whole or not at all."""

from __future__ import annotations

import dataclasses
import json
import shutil
import threading
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.parquet as pq
import pytest
from deltalake import DeltaTable

from aethermart.core.errors import BadInput, Conflict
from aethermart.core.files import only_one
from aethermart.engine.deadlines import QueryTimeout
from aethermart.warehouse.publish.manifest import BrokenPublication, read_publication
from aethermart.warehouse.publish.writing import Stopped
from tests.warehouse.publish.publishing import AS_OF, Publishing, revenue, sorted_rows

FEBRUARY = datetime(2026, 2, 27, 23, 30, tzinfo=UTC)


@pytest.fixture
def two_months(publishing: Publishing) -> Publishing:
    """Two orders of one shop in two months, one of another shop, one cancelled."""
    publishing.order(1, "10.00", "2.55")
    publishing.order(2, "99.99", ordered_at=FEBRUARY)
    publishing.order(3, "0.01", status="CANCELLED")
    publishing.order(4, "5.00", shop="north", currency="USD")
    return publishing


def files_of(publishing: Publishing, name: str) -> list[str]:
    return sorted(publishing.table(name).file_uris())


@pytest.mark.promise("95")
def test_every_table_of_silver_and_gold_equals_the_lakes(two_months: Publishing) -> None:
    done = two_months.publisher("*").publish()
    tables = done.publication.tables
    models = {
        m.name.removeprefix("v_")
        for m in two_months.compiled.models
        if m.schema == "gold" and m.published
    }
    assert {name for name in tables if name.startswith("gold.")} == {f"gold.{m}" for m in models}
    assert len([name for name in tables if name.startswith("silver.")]) == 24
    for name, state in tables.items():
        published = two_months.table(name).to_pyarrow_table()
        lakes = two_months.in_lake(name)
        assert published.schema.names == lakes.schema.names
        assert sorted_rows(published) == sorted_rows(lakes), name
        assert state.rows == lakes.num_rows


def test_sums_are_to_the_cent_and_a_currency_each(two_months: Publishing) -> None:
    """10.00 + 2.55 + 99.99; the cancelled order's cent is a line, and no revenue."""
    sales = two_months.publisher().publish().publication.tables["gold.fct_sales"]
    assert sales.rows == 5
    assert sales.sums == {
        "line_total": {"EUR": "112.55", "USD": "5.00"},
        "revenue": {"EUR": "112.54", "USD": "5.00"},
    }


def test_the_manifest_says_how_far_each_shop_is(two_months: Publishing) -> None:
    publication = two_months.publisher().publish().publication
    shops = {name: (s.log_offset, s.as_of) for name, s in publication.shops.items()}
    assert shops == {
        "aethermart": (4, "2026-03-31T23:59:00.000000Z"),
        "north": (5, "2026-03-31T23:59:00.000000Z"),
    }
    assert read_publication(two_months.folder) == publication
    assert datetime.fromisoformat(publication.shops["north"].as_of or "") == AS_OF


def test_money_is_decimal_and_time_has_a_zone(two_months: Publishing) -> None:
    publication = two_months.publisher("*").publish().publication
    schema = two_months.table("gold.fct_sales").to_pyarrow_dataset().schema
    assert schema.field("revenue").type == pa.decimal128(18, 2)
    assert schema.field("unit_price").type == pa.decimal128(18, 4)
    assert schema.field("ordered_at").type == pa.timestamp("us", "UTC")
    assert schema.field("ordered_on").type == pa.date32()
    for name in publication.tables:
        protocol = two_months.table(name).protocol()
        assert (protocol.min_reader_version, protocol.min_writer_version) == (1, 2), name
        types = two_months.table(name).to_pyarrow_dataset().schema.types
        assert [t for t in types if pa.types.is_timestamp(t) and t.tz is None] == []


@pytest.mark.promise("69", "118")
@pytest.mark.parametrize("compression", ["snappy", "gzip"])
def test_files_are_parquet_of_the_compression_asked_for(
    two_months: Publishing, compression: str
) -> None:
    two_months.publisher(compression=compression).publish()
    for name in two_months.publication().tables:
        for path in files_of(two_months, name):
            group = pq.read_metadata(path).row_group(0)
            used = {group.column(i).compression for i in range(group.num_columns)}
            assert used == {compression.upper()}


@pytest.mark.promise("69")
def test_sales_lie_by_shop_and_month_and_small_tables_do_not(two_months: Publishing) -> None:
    two_months.publisher().publish()
    folder = two_months.folder / "gold/fct_sales"
    assert {
        str(Path(p).parent.relative_to(folder)) for p in files_of(two_months, "gold.fct_sales")
    } == {
        "shop=aethermart/ordered_month=2026-02",
        "shop=aethermart/ordered_month=2026-03",
        "shop=north/ordered_month=2026-03",
    }
    assert two_months.table("gold.fct_sales").metadata().partition_columns == [
        "shop",
        "ordered_month",
    ]
    assert two_months.table("gold.dim_shop").metadata().partition_columns == []
    months = {row["ordered_on"]: row["ordered_month"] for row in two_months.rows("gold.fct_sales")}
    assert months == {date(2026, 2, 27): "2026-02", date(2026, 3, 10): "2026-03"}


def test_pyarrow_duckdb_and_pandas_read_the_same(two_months: Publishing) -> None:
    two_months.publisher().publish()
    table = two_months.table("gold.fct_sales")
    dataset: ds.Dataset = table.to_pyarrow_dataset()
    by_arrow = dataset.to_table(filter=ds.field("ordered_month") == "2026-03", columns=["revenue"])
    assert sorted(by_arrow.column("revenue").to_pylist()) == [
        Decimal("0.00"),
        Decimal("2.55"),
        Decimal("5.00"),
        Decimal("10.00"),
    ]
    by_duckdb = duckdb.sql(
        "SELECT shop, CAST(SUM(revenue) AS VARCHAR) FROM "
        f"read_parquet({table.file_uris()!r}, hive_partitioning = true) GROUP BY shop ORDER BY shop"
    )
    assert by_duckdb.fetchall() == [("aethermart", "112.54"), ("north", "5.00")]
    frame = table.to_pandas()
    assert frame["revenue"].sum() == Decimal("117.54")
    assert str(frame["ordered_at"].dt.tz) == "UTC"


def test_files_say_their_bounds_so_that_readers_skip_them(two_months: Publishing) -> None:
    two_months.publisher().publish()
    actions = pa.table(two_months.table("gold.fct_sales").get_add_actions(flatten=True)).to_pylist()
    bounds = {
        (a["partition.shop"], a["partition.ordered_month"]): (
            a["num_records"],
            a["min.ordered_at"],
            a["max.ordered_on"],
        )
        for a in actions
    }
    noon = datetime(2026, 3, 10, 12, tzinfo=UTC)
    assert bounds == {
        ("aethermart", "2026-02"): (1, FEBRUARY, date(2026, 2, 27)),
        ("aethermart", "2026-03"): (3, noon, date(2026, 3, 10)),
        ("north", "2026-03"): (1, noon, date(2026, 3, 10)),
    }


def test_only_what_changed_is_written(two_months: Publishing) -> None:
    first = two_months.publisher().publish()
    assert set(first.written) == set(first.publication.tables)
    again = two_months.publisher().publish()
    assert again.written == ()
    assert again.publication.tables == first.publication.tables
    assert again.publication.publication == 2
    two_months.change(lambda lake: lake.put("categories", category_id=7))
    third = two_months.publisher().publish()
    assert "silver.categories" in third.written
    assert "gold.dim_category" in third.written
    assert "silver.orders" not in third.written
    assert [row["name"] for row in two_months.rows("silver.categories")] == ["Pens"]


def test_a_heartbeat_moves_the_offset_and_writes_no_table(two_months: Publishing) -> None:
    two_months.publisher().publish()
    two_months.change(lambda _lake: None)
    done = two_months.publisher().publish()
    assert done.written == ()
    assert done.publication.shops["aethermart"].log_offset == 6


def test_a_mere_deletion_is_a_change(two_months: Publishing) -> None:
    two_months.publisher().publish()
    two_months.change(lambda lake: lake.remove("order_items", order_item_id=11))
    done = two_months.publisher().publish()
    assert "gold.fct_sales" in done.written
    assert revenue(done.publication) == Decimal("102.54")


def test_another_compression_writes_everything_anew(two_months: Publishing) -> None:
    two_months.publisher().publish()
    done = two_months.publisher(compression="gzip").publish()
    assert set(done.written) == set(done.publication.tables)


def test_a_model_with_other_columns_and_partitions_replaces_the_table_in_one_commit(
    two_months: Publishing,
) -> None:
    two_months.publisher().publish()
    before = two_months.publication().tables["gold.fct_sales"]
    models = tuple(
        dataclasses.replace(
            model,
            columns=tuple(c for c in model.columns if c[0] != "city"),
            published_by_month=None,
        )
        if model.name == "v_fct_sales"
        else model
        for model in two_months.compiled.models
    )
    two_months.compiled = dataclasses.replace(two_months.compiled, models=models)
    two_months.publisher().publish()
    table = two_months.table("gold.fct_sales")
    assert table.version() == before.version + 1
    assert table.metadata().partition_columns == []
    assert "city" not in table.schema().to_json()
    assert sum(row["revenue"] for row in two_months.rows("gold.fct_sales")) == Decimal("117.54")
    # The version before is whole: who follows the older manifest still reads it.
    old = DeltaTable(two_months.folder / before.path, version=before.version)
    assert old.metadata().partition_columns == ["shop", "ordered_month"]
    assert old.to_pyarrow_table().num_rows == 5


def test_a_table_the_project_no_longer_has_goes_with_the_last_publication_that_names_it(
    two_months: Publishing,
) -> None:
    publisher = two_months.publisher(kept_publications=2)
    publisher.publish()
    kept = tuple(m for m in two_months.compiled.models if m.name != "dim_channel")
    two_months.compiled = dataclasses.replace(two_months.compiled, models=kept)
    publisher = two_months.publisher(kept_publications=2)
    folder = two_months.folder / "gold/dim_channel"
    assert "gold.dim_channel" not in publisher.publish().publication.tables
    assert folder.is_dir()
    publisher.publish()
    assert not folder.exists()


def test_a_folder_that_was_taken_away_is_written_again(two_months: Publishing) -> None:
    two_months.publisher().publish()
    shutil.rmtree(two_months.folder / "gold/dim_shop")
    done = two_months.publisher().publish()
    assert done.written == ("gold.dim_shop",)
    assert len(two_months.rows("gold.dim_shop")) == 3


def test_only_the_tables_asked_for_are_published(two_months: Publishing) -> None:
    done = two_months.publisher("gold.fct_sales, silver.order?").publish()
    assert sorted(done.publication.tables) == ["gold.fct_sales", "silver.orders"]
    with pytest.raises(BadInput, match=r"no table of silver or gold is named 'gold\.fct_sale'"):
        two_months.publisher("gold.fct_sale").publish()
    assert sorted(two_months.publication().tables) == ["gold.fct_sales", "silver.orders"]


def test_an_empty_lake_is_published_with_its_columns(publishing: Publishing) -> None:
    publishing.publisher().publish()
    assert publishing.rows("gold.fct_sales") == []
    assert "revenue" in publishing.table("gold.fct_sales").schema().to_json()
    assert publishing.publication().tables["gold.fct_sales"].sums == {
        "line_total": {},
        "revenue": {},
    }


def test_a_second_publisher_is_refused(two_months: Publishing) -> None:
    two_months.folder.mkdir()
    with (
        only_one(two_months.folder / ".lock", "a publication"),
        pytest.raises(Conflict, match="a publication runs already on this folder"),
    ):
        two_months.publisher().publish()
    assert read_publication(two_months.folder) is None
    assert len(two_months.publisher().publish().written) > 5


def test_a_publication_told_to_stop_leaves_the_one_before(two_months: Publishing) -> None:
    two_months.publisher().publish()
    before = two_months.publication()
    two_months.order(9, "7.00")
    stop = threading.Event()
    stop.set()
    with pytest.raises(Stopped):
        two_months.publisher().publish(stop)
    assert two_months.publication() == before
    assert revenue(before) == Decimal("112.54")
    assert sum(row["revenue"] for row in two_months.rows("gold.fct_sales")) == Decimal("117.54")


def test_a_publication_beyond_its_time_is_given_up(two_months: Publishing) -> None:
    with pytest.raises(QueryTimeout):
        two_months.publisher(timeout_s=0.02).publish()
    assert read_publication(two_months.folder) is None


@pytest.mark.parametrize("text", ["", "[]", '{"format": 2}', '{"format": 1, "tables": {}}'])
def test_a_manifest_of_someone_else_is_not_overwritten(two_months: Publishing, text: str) -> None:
    two_months.folder.mkdir()
    file = two_months.folder / "_publication.json"
    file.write_text(text)
    with pytest.raises(BrokenPublication, match="no manifest of this release"):
        two_months.publisher().publish()
    assert file.read_text() == text


def test_the_manifest_is_plain_json_for_readers_without_us(two_months: Publishing) -> None:
    two_months.publisher().publish()
    content: dict[str, Any] = json.loads((two_months.folder / "_publication.json").read_text())
    sales = content["tables"]["gold.fct_sales"]
    assert (content["format"], content["publication"], content["compression"]) == (1, 1, "snappy")
    assert (sales["path"], sales["version"], sales["partition_by"]) == (
        "gold/fct_sales",
        0,
        ["shop", "ordered_month"],
    )
    assert content["earlier"] == []
