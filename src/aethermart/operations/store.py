"""Make and fill our own store."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import psycopg

from aethermart.core.errors import NotFound
from aethermart.store.schema import apply_schema
from aethermart.wiring import Project


def primary_dsn(project: Project) -> str:
    """Address of the shop that takes orders."""
    for name, shop in project.settings.shops.items():
        if shop.primary:
            return project.shop_dsn(name)
    raise NotFound(
        "no shop of this project is primary", fix="set primary = true at the shop that takes orders"
    )


def create_store(project: Project) -> list[str]:
    """Bring the store's schema to this release; returns the files that were applied."""
    with psycopg.connect(primary_dsn(project)) as connection:
        return apply_schema(connection)


def fill_store(project: Project, *, scale: float, seed: int, say: Callable[[str], None]) -> bool:
    """Make the store and fill it, unless it has orders already; whether it was filled."""
    create_store(project)
    if has_orders(project):
        return False
    generate_orders(
        project,
        scale=scale,
        seed=seed,
        progress=lambda done, total: say(f"Generating orders: {done:,} of {total:,}"),
    )
    return True


def generate_orders(
    project: Project,
    *,
    scale: float,
    seed: int,
    progress: Callable[[int, int], None] | None = None,
) -> None:
    """Fill an empty store. Raises Conflict when it is not empty."""
    # Here, not above: its libraries are an extra, which no other command needs.
    from aethermart.simulate.generator import generate  # noqa: PLC0415

    until = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) - timedelta(hours=1)
    with psycopg.connect(primary_dsn(project)) as connection:
        generate(connection, scale, seed, progress, until=until)


def has_orders(project: Project) -> bool:
    with psycopg.connect(primary_dsn(project)) as connection:
        row = connection.execute("SELECT EXISTS (SELECT FROM orders)").fetchone()
    return bool(row and row[0])
