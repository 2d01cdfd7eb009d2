"""What is known of a test's lake beside its rows."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import duckdb

from aethermart.governance.catalogue import Catalogue
from aethermart.governance.checks import Checks
from aethermart.governance.lineage import LineageOf
from aethermart.operations.lake_answers import Governed
from tests.warehouse.lake import Lake


def governed_over(lake: Lake, folder: Path | None = None) -> Governed:
    """folder  where lineage and checks are kept; a new one each time where None"""
    kept = folder or Path(tempfile.mkdtemp(prefix="aethermart-test-"))

    @contextmanager
    def read(timeout_s: float) -> Iterator[duckdb.DuckDBPyConnection]:
        with closing(lake.connection.cursor()) as cursor:
            yield cursor

    return Governed(
        catalogue=Catalogue(lake.compiled, lake.shops),
        checks=Checks(read, lake.compiled, kept),
        lineage=LineageOf(lake.compiled, lake.shops, kept),
        mask_key="a key of the tests",
    )
