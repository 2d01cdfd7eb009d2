from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from aethermart.engine.engine import Engine
from aethermart.engine.settings import EngineSettings
from aethermart.packs.pack import Shop
from aethermart.warehouse.project import CompiledProject
from tests.warehouse.publish.publishing import Publishing


@pytest.fixture
def publishing(
    empty_lake_file: Path, shops: tuple[Shop, ...], compiled: CompiledProject, tmp_path: Path
) -> Iterator[Publishing]:
    file = tmp_path / "lake.duckdb"
    shutil.copy(empty_lake_file, file)
    engine = Engine(file, EngineSettings())
    try:
        yield Publishing(engine, shops, compiled, tmp_path / "published")
    finally:
        engine.close()
