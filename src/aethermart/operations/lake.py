"""The lake of one project in this process: DuckDB, the models, the mirror that feeds them."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from aethermart import wiring
from aethermart.engine.engine import Engine
from aethermart.packs.pack import Shop
from aethermart.sinks.mirror.mirror import Mirror
from aethermart.warehouse.bronze_views import BronzeViews
from aethermart.warehouse.compile import compile_warehouse
from aethermart.warehouse.mirror_tables import ensure_mirror_tables
from aethermart.warehouse.project import CompiledProject
from aethermart.warehouse.refresh import Refresh
from aethermart.warehouse.reporting import load_rates, read_rates
from aethermart.warehouse.swap import swap
from aethermart.wiring import Project

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Lake:
    """Open while its process owns the DuckDB file."""

    engine: Engine
    mirror: Mirror
    shops: tuple[Shop, ...]
    compiled: CompiledProject
    refresh: Refresh


@contextmanager
def open_lake(project: Project) -> Iterator[Lake]:
    """Compile the models if they changed, put them in place, and have the mirror keep them.

    Raises Conflict when another process owns the lake.
    """
    engine = wiring.open_engine(project)
    try:
        shops = wiring.shops(project)
        reporting = project.settings.reporting
        rates = read_rates(project.home / reporting.rates) if reporting.rates else []
        compiled = compile_warehouse(
            shops, project.state / "warehouse", project.logs, reporting.currency
        )
        refresh = Refresh(compiled, shops)
        mirror = wiring.mirror(project, engine, refresh.refresh)
        engine.write(lambda connection: ensure_mirror_tables(connection, shops))
        engine.write(lambda connection: load_rates(connection, rates))
        BronzeViews(engine, wiring.archive(project), shops).renew()
        rebuilt = engine.write(lambda connection: swap(connection, compiled))
        engine.write(refresh.start)
        if rebuilt:
            _log.info("kept tables rebuilt: %s", ", ".join(rebuilt))
        yield Lake(engine, mirror, tuple(shops), compiled, refresh)
    finally:
        engine.close()
