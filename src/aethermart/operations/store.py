"""Make and fill our own store."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any

import psycopg

from aethermart.core.errors import BadInput, NotFound
from aethermart.operations.progress import Progress, Say
from aethermart.settings.sections import EMBEDDED
from aethermart.store.engagement import Stream, record
from aethermart.store.schema import apply_schema
from aethermart.wiring import Project

_BATCH = 500  # events a statement


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


def fill_store(
    project: Project,
    *,
    scale: float,
    seed: int,
    progress: Callable[[int, int], None] | None = None,
) -> bool:
    """Make the store and fill it, unless it has orders already; whether it was filled.

    progress  told how many orders are generated, of how many
    """
    create_store(project)
    if has_orders(project):
        return False
    generate_orders(project, scale=scale, seed=seed, progress=progress)
    return True


def demo_store(project: Project) -> str | None:
    """The shop that the demo may fill and send traffic to: the embedded one, if there is one.

    Raises BadInput where orders would go into a database that is not ours.
    """
    for name, shop in project.settings.shops.items():
        if shop.primary and shop.dsn != EMBEDDED:
            raise BadInput(
                f"the demo makes up orders, and shop {name} is a database of your own",
                fix=f"leave out `primary` at [shops.{name}], or use `aethermart serve`",
            )
        if shop.primary:
            return name
    return None


def fill_demo_store(project: Project, *, scale: float, seed: int, say: Say) -> None:
    """As `fill_store`; nothing where no shop is ours to fill."""
    if demo_store(project) is not None:
        fill_store(
            project,
            scale=scale,
            seed=seed,
            progress=lambda done, total: say(Progress("Generating orders", done, total)),
        )


def generate_orders(
    project: Project,
    *,
    scale: float,
    seed: int,
    progress: Callable[[int, int], None] | None = None,
) -> dict[str, int]:
    """Fill an empty store; returns the rows of each table. Raises Conflict when it is not empty."""
    # Here, not above: its libraries are an extra, which no other command needs.
    from aethermart.simulate.generator import generate  # noqa: PLC0415

    until = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) - timedelta(hours=1)
    with psycopg.connect(primary_dsn(project)) as connection:
        return generate(connection, scale, seed, progress, until=until).rows


def ingest_events(project: Project, stream: Stream, lines: Iterable[str]) -> int:
    """Take in events of one kind, a JSON object a line: all of them or none; returns how many.

    Raises BadInput (a line that is no such event), NotFound (what it names is not there).
    """
    taken = 0
    numbered = ((number, line) for number, line in enumerate(lines, start=1) if line.strip())
    # One transaction around the batches', each of which would else commit.
    with psycopg.connect(primary_dsn(project)) as connection, connection.transaction():
        while batch := [_event(*line) for line in islice(numbered, _BATCH)]:
            taken += record(connection, stream, batch, first=taken + 1)
    return taken


def _event(number: int, line: str) -> dict[str, Any]:
    try:
        event = json.loads(line)
    except ValueError as error:
        event = error
    if not isinstance(event, dict):
        raise BadInput(
            f"line {number} is not an event: {line.strip()[:80]!r}",
            fix="write one JSON object a line",
        )
    return event


def has_orders(project: Project) -> bool:
    with psycopg.connect(primary_dsn(project)) as connection:
        row = connection.execute("SELECT EXISTS (SELECT FROM orders)").fetchone()
    return bool(row and row[0])
