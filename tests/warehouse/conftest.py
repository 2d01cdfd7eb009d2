"""The models compiled once a session, and lakes over them: empty ones, and one of Online Retail."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from aethermart.packs import load
from aethermart.packs.load import load_shipped
from aethermart.packs.pack import Shop
from aethermart.warehouse.compile import compile_warehouse
from aethermart.warehouse.mirror_tables import ensure_mirror_tables
from aethermart.warehouse.project import CompiledProject
from aethermart.warehouse.refresh import Refresh
from aethermart.warehouse.swap import swap
from tests.warehouse.lake import Lake, copied_lake

PARQUET = Path(load.__file__).parent / "online_retail" / "online_retail.parquet"


@pytest.fixture(scope="session")
def shops() -> tuple[Shop, ...]:
    """Two shops share a pack."""
    store = load_shipped("aethermart")
    return (
        Shop("aethermart", store),
        Shop("north", store),
        Shop("online_retail", load_shipped("online_retail")),
    )


@pytest.fixture(scope="session")
def warehouse_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("a path with spaces") / "state" / "warehouse"


@pytest.fixture(scope="session")
def compiled(shops: tuple[Shop, ...], warehouse_folder: Path) -> CompiledProject:
    return compile_warehouse(shops, warehouse_folder, warehouse_folder.parent / "logs")


@pytest.fixture(scope="session")
def empty_lake_file(
    shops: tuple[Shop, ...], compiled: CompiledProject, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """Views and kept tables in place, no rows: copying it is faster than a swap."""
    file = tmp_path_factory.mktemp("empty") / "lake.duckdb"
    with duckdb.connect(file) as connection:
        ensure_mirror_tables(connection, shops)
        swap(connection, compiled)
        Refresh(compiled, shops).start(connection)
    return file


@pytest.fixture
def lake(
    empty_lake_file: Path, shops: tuple[Shop, ...], compiled: CompiledProject, tmp_path: Path
) -> Iterator[Lake]:
    file = tmp_path / "lake.duckdb"
    with copied_lake(empty_lake_file, file) as connection:
        yield Lake(connection, shops, compiled, Refresh(compiled, shops), offset=1)


@pytest.fixture(scope="session")
def online_retail(
    empty_lake_file: Path,
    shops: tuple[Shop, ...],
    compiled: CompiledProject,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Lake]:
    """All of Online Retail; tests only read it."""
    file = tmp_path_factory.mktemp("online_retail") / "lake.duckdb"
    with copied_lake(empty_lake_file, file) as connection:
        connection.execute(
            "INSERT INTO mirror.online_retail__lines SELECT file_row_number + 1, "
            "* EXCLUDE (file_row_number), file_row_number, now(), 1 "
            "FROM read_parquet(?, file_row_number = true)",
            [str(PARQUET)],
        )
        filled = Lake(connection, shops, compiled, Refresh(compiled, shops), offset=1)
        filled.applied(shop="online_retail", whole=True)
        yield filled
