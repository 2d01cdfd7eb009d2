"""Make and fill our own store."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any

from aethermart.core.errors import BadInput, NotFound
from aethermart.operations.new_project import database_of
from aethermart.operations.progress import Progress, Say
from aethermart.settings.sections import OWN
from aethermart.store.connect import connect
from aethermart.store.engagement import Stream, record
from aethermart.store.schema import apply_schema
from aethermart.store.teardown import require_ours
from aethermart.wiring import Project

_BATCH = 500  # events a statement


def primary_shop(project: Project) -> str:
    """Name of the shop that takes orders. Raises NotFound."""
    for name, shop in project.settings.shops.items():
        if shop.primary:
            return name
    raise NotFound(
        "no shop of this project is primary", fix="set primary = true at the shop that takes orders"
    )


def primary_dsn(project: Project) -> str:
    """Its address."""
    return project.shop_dsn(primary_shop(project))


def told_database(project: Project, shop: str) -> str:
    """A shop's database by a name that may be shown and is the same whatever port a server has."""
    dsn = project.settings.shops[shop].dsn or ""
    return f"{shop} ({database_of(dsn) if '://' in dsn else dsn})"


def create_store(project: Project) -> list[str]:
    """Bring the store's schema to this release; returns the files that were applied.

    Raises Conflict for a database with tables that no store of ours has: it is left as it is.
    """
    with closing(connect(primary_dsn(project))) as session:
        require_ours(session, told_database(project, primary_shop(project)))
        return apply_schema(session)


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
    """The shop that the demo may fill and send traffic to, if there is one.

    Raises BadInput where orders would go into a database that is not ours.
    """
    for name, shop in project.settings.shops.items():
        if shop.primary and not shop.demo and shop.dsn not in OWN:
            raise BadInput(
                f"the demo makes up orders, and shop {name} is a database of your own",
                fix=f"leave out `primary` at [shops.{name}], or use `aethermart serve`; if its"
                " orders may be made up, set demo = true there",
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
    with closing(connect(primary_dsn(project))) as session:
        return generate(session, scale, seed, progress, until=until).rows


def ingest_events(project: Project, stream: Stream, lines: Iterable[str]) -> int:
    """Take in events of one kind, a JSON object a line: all of them or none; returns how many.

    Raises BadInput (a line that is no such event), NotFound (what it names is not there).
    """
    taken = 0
    numbered = ((number, line) for number, line in enumerate(lines, start=1) if line.strip())
    # One transaction around the batches', each of which would else commit.
    with closing(connect(primary_dsn(project))) as session, session.transaction():
        while batch := [_event(*line) for line in islice(numbered, _BATCH)]:
            taken += record(session, stream, batch, first=taken + 1)
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
    with closing(connect(primary_dsn(project))) as session:
        return bool(session.rows("SELECT 1 FROM orders LIMIT 1"))
