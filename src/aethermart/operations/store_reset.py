"""`store reset`: our store removed and made anew, and the platform brought along.

Five steps, each logged by its name: teardown, schema, data, security, migration. What is done
stands in state/store_reset.json until all of it is, so that after a fault or a kill in any step
the next call goes on with that step; each can be done twice. A shop that is not primary and a
database that we did not make are refused before anything happens.
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path

from aethermart import wiring
from aethermart.core.errors import BadInput, Conflict, NotFound
from aethermart.core.failpoints import reached
from aethermart.core.files import only_one, write_whole
from aethermart.operations.catch_up import capture_shops, feed_lake
from aethermart.operations.lake import open_lake
from aethermart.operations.servers import servers_running
from aethermart.operations.store import (
    create_store,
    generate_orders,
    primary_shop,
    told_database,
)
from aethermart.operations.store_accounts import drop_store_accounts, secure_store
from aethermart.store.connect import connect
from aethermart.store.session import StoreSession
from aethermart.store.teardown import require_ours, store_objects, tear_down
from aethermart.wiring import Project

_log = logging.getLogger(__name__)
STEPS = ("teardown", "schema", "data", "security", "migration")


@dataclass(frozen=True, slots=True)
class StepDone:
    step: str
    did: str
    seconds: float


@dataclass(frozen=True, slots=True)
class Removal:
    """What a reset would remove of the store.

    rows  of each table that is there
    """

    database: str
    rows: dict[str, int]
    objects: int


@dataclass(frozen=True, slots=True)
class _Run:
    """What has to be the same when a run is taken up again, and how far it is."""

    database: str
    scale: float
    seed: int
    done: list[str] = field(default_factory=list)


Told = Callable[[StepDone], None]


def would_remove(project: Project, shop: str | None = None) -> Removal:
    """Raises what `reset_store` raises before its first step."""
    name = _primary(project, shop)
    with _session(project, name) as session:
        objects = store_objects(session.kind)
        rows = {
            table: int(session.rows(f"SELECT count(*) FROM {table}")[0][0])  # noqa: S608 - ours
            for table in sorted(session.tables() & {each.name for each in objects})
        }
    return Removal(told_database(project, name), rows, len(objects))


def reset_store(
    project: Project, *, scale: float, seed: int, told: Told, shop: str | None = None
) -> list[StepDone]:
    """Do the steps that are not done yet; returns them.

    scale, seed  of the data; a run that is taken up again keeps those it began with
    told         called after each step
    Raises BadInput (a shop that is not primary), NotFound (no primary shop), Conflict (a database
    that we did not make, another reset, or `serve` running on this folder).
    """
    name = _primary(project, shop)
    with (
        only_one(project.state / "store_reset.lock", "`aethermart store reset`"),
        only_one(project.state / "serve.lock", "`aethermart serve`"),
        servers_running(project),
        _session(project, name) as session,
        session.alone("store reset"),
    ):
        run = _taken_up(project, _Run(told_database(project, name), scale, seed))
        steps = {
            "teardown": lambda: _teardown(project, name, session),
            "schema": lambda: _schema(project),
            "data": lambda: _data(project, session, run),
            "security": lambda: _security(project, name, session),
            "migration": lambda: _migration(project, name),
        }
        done = []
        for step in STEPS:
            if step in run.done:
                _log.info("store reset: %s was done before", step)
                continue
            began = time.monotonic()
            _log.info("store reset: %s begins", step)
            did = steps[step]()
            run.done.append(step)
            write_whole(_state_file(project), json.dumps(asdict(run)))
            done.append(StepDone(step, did, round(time.monotonic() - began, 1)))
            _log.info("store reset: %s done: %s", step, did)
            told(done[-1])
        _state_file(project).unlink()
    return done


def _teardown(project: Project, shop: str, session: StoreSession) -> str:
    drop_store_accounts(project, shop, session)
    removed = tear_down(session)
    reached("reset.torn_down")
    tables = sum(each.kind == "TABLE" for each in removed)
    return f"{tables} tables and {len(removed) - tables} other objects removed"


def _schema(project: Project) -> str:
    applied = create_store(project)
    reached("reset.made")
    return f"{len(applied)} files applied"


def _data(project: Project, session: StoreSession, run: _Run) -> str:
    # Products are written by the generator alone, whole with all the rest: nobody else's orders
    # can make a half of it look like the whole.
    if session.rows("SELECT 1 FROM products LIMIT 1"):
        return "was generated before"
    rows = generate_orders(project, scale=run.scale, seed=run.seed)
    reached("reset.filled")
    return f"{rows['orders']:,} orders, {sum(rows.values()):,} rows in {len(rows)} tables"


def _security(project: Project, shop: str, session: StoreSession) -> str:
    did = secure_store(project, shop, session)
    reached("reset.secured")
    return did


def _migration(project: Project, shop: str) -> str:
    """The lake shows the new rows and none of the old, where it showed any."""
    log = wiring.open_log(project)
    with closing(log):
        if shop not in log.heads():
            reached("reset.migrated")
            return "nothing was captured before: `aethermart serve` begins with the new store"
        tables = wiring.pack_named(project, project.settings.shops[shop].pack).tables
        wiring.capture_state(project).request_snapshot(shop, tables)
        with open_lake(project) as lake:
            capture_shops(project, log, [shop])
            feed_lake(project, log, lake)
    reached("reset.migrated")
    return f"{len(tables)} tables captured anew, archive and lake follow"


def _taken_up(project: Project, asked: _Run) -> _Run:
    file = _state_file(project)
    if not file.exists():
        return asked
    run = _Run(**json.loads(file.read_text(encoding="utf-8")))
    if run.database != asked.database:
        raise Conflict(
            f"a reset of {run.database} has not ended, and the primary shop is now"
            f" {asked.database}",
            fix=f"finish it with the settings it began with, or remove {file}",
        )
    _log.warning("store reset: taken up after %s", run.done[-1])
    return run


def _state_file(project: Project) -> Path:
    return project.state / "store_reset.json"


def _primary(project: Project, shop: str | None) -> str:
    shops = project.settings.shops
    if shop is not None and shop not in shops:
        raise NotFound(f"there is no shop {shop!r}", fix=f"use one of {', '.join(shops)}")
    if shop is not None and not shops[shop].primary:
        raise BadInput(
            f"shop {shop} is not primary: it is only read", fix="reset the shop that takes orders"
        )
    return primary_shop(project)


@contextmanager
def _session(project: Project, shop: str) -> Iterator[StoreSession]:
    with closing(connect(project.shop_dsn(shop))) as session:
        require_ours(session, told_database(project, shop))
        yield session
