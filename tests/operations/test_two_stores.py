"""One seed on PostgreSQL and on MariaDB, both captured into one lake: every number is the same.

And a store that is reset takes its rows in the lake along.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from aethermart import wiring
from aethermart.operations.catch_up import capture_shops, feed_lake
from aethermart.operations.lake import open_lake
from aethermart.operations.servers import servers_running
from aethermart.operations.store_reset import reset_store
from aethermart.servers.postgres import EmbeddedPostgres
from aethermart.simulate.generator import generate
from aethermart.store.connect import connect
from aethermart.store.schema import apply_schema
from aethermart.warehouse.metrics.declared import list_metrics
from aethermart.warehouse.metrics.query import query_metric
from aethermart.wiring import Project
from tests.mariadb import MariadbServer

pytestmark = [
    pytest.mark.service("postgres"),
    pytest.mark.service("mariadb"),
    pytest.mark.nightly,  # 25 s of CPU: it compiles the models and captures two shops
]
UNTIL = datetime(2026, 1, 31, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def project(
    postgres: EmbeddedPostgres,
    mariadb: MariadbServer,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Project]:
    """The same small shop on each; what is in both is in the lake."""
    home = tmp_path_factory.mktemp("two stores")
    for name in ("two_stores_platform", "two_stores"):
        postgres.create_database(name)
    on_postgres = postgres.dsn("two_stores")
    on_mariadb = mariadb.store_dsn(mariadb.new_database(), may_create_users=True)
    (home / "aethermart.toml").write_text(
        f'[platform]\ndsn = "{postgres.dsn("two_stores_platform")}"\n'
        f'[shops.on_postgres]\npack = "aethermart"\ndsn = "{on_postgres}"\nallow_ddl = true\n'
        f'[shops.on_mariadb]\npack = "aethermart"\ndsn = "{on_mariadb}"\nallow_ddl = true\n'
        "primary = true\n",
        encoding="utf-8",
    )
    for address in (on_postgres, on_mariadb):
        with closing(connect(address)) as session:
            apply_schema(session)
            generate(session, 0.02, 7, until=UNTIL)
    project = Project.open(home)
    project.state.mkdir()
    with servers_running(project):
        follow(project)
        yield project


def follow(project: Project) -> None:
    with closing(wiring.open_log(project)) as log, open_lake(project) as lake:
        capture_shops(project, log)
        feed_lake(project, log, lake)


def answers(project: Project, shop: str) -> dict[tuple[str, str | None], list[Any]]:
    """Each metric of a shop, whole and by channel where it has that."""
    found: dict[tuple[str, str | None], list[Any]] = {}
    with open_lake(project) as lake, lake.engine.read(120.0) as connection:
        for metric in list_metrics():
            for by in (None, *({"channel"} & set(metric.dimensions))):
                answer = query_metric(connection, metric.name, shop, by, None, None, UNTIL)
                found[metric.name, by] = sorted(
                    (str(row.currency), str(row.key), str(row.value)) for row in answer.rows
                )
    return found


@pytest.mark.promise("1")
@pytest.mark.promise("20")
def test_every_metric_is_equal_on_both_and_by_channel(project: Project) -> None:
    mine, theirs = answers(project, "on_postgres"), answers(project, "on_mariadb")
    assert mine == theirs
    ((currency, _, revenue),) = mine["revenue", None]
    assert currency == "EUR"
    by_channel = {key: Decimal(value) for _, key, value in mine["revenue", "channel"]}
    assert by_channel.keys() == {"web", "mobile", "partner", "popup"}
    assert sum(by_channel.values()) == Decimal(revenue) > 0


@pytest.mark.promise("153")
def test_after_a_reset_the_lake_has_the_new_rows_and_none_of_the_old(project: Project) -> None:
    before = answers(project, "on_postgres")
    done = reset_store(project, scale=0.03, seed=8, told=lambda _: None)
    assert done[-1].did.endswith("tables captured anew, archive and lake follow")
    with closing(connect(project.shop_dsn("on_mariadb"))) as session:
        ((orders,),) = session.rows("SELECT count(*) FROM orders WHERE status <> 'CANCELLED'")
        ((total,),) = session.rows(
            "SELECT sum(line_total) FROM order_items i INNER JOIN orders o"
            " ON o.order_id = i.order_id WHERE status <> 'CANCELLED'"
        )
        ((refunded,),) = session.rows("SELECT sum(refund_amount) FROM returns")
    now = answers(project, "on_mariadb")
    assert now["order_count", None] == [("EUR", "None", str(orders))]
    assert now["revenue", None] == [("EUR", "None", str(total - refunded))]
    assert answers(project, "on_postgres") == before
